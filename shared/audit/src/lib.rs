//! What we must be able to prove: who did what to which, when, with what result, in a chain that shows any change.
//!
//! Each subject (a ticket, an execution) has its own chain. A record's hash covers the hash before it and the record's
//! canonical form, so an edited, removed or inserted record breaks the chain at that place; the subject's own row holds
//! the head, so a shortened chain shows too.

mod actor;
mod chain;
mod record;
mod verify;

pub use actor::Actor;
pub use chain::append;
pub use record::{Entry, Record, Subject};
pub use verify::{Break, Verdict, verify};
