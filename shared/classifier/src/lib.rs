//! Decides a ticket's intent and whether it may be automated. Pure.
