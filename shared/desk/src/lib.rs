//! What every service does to a ticket: take it in, classify it, tell the PSA, escalate.
