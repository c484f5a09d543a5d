//! Doubles that tests need.
