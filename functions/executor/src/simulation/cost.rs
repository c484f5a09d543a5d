//! About what a run writes: units of `DynamoDB`, by the rows of each write. A row of up to 1 KB in a transaction is two, with
//! its audit record four.

use playbook::Capability;

/// The run, the ticket's pointer to it, a record of each; the index by start.
pub(crate) const START: u32 = 9;

/// The end of the run and the ticket with a record of each, and the mark of the note.
pub(crate) const END: u32 = 12;

/// A step that is skipped: the run and a record.
pub(crate) const SKIP: u32 = 4;

/// A step that is taken back: begun and ended, each with a record.
pub(crate) const UNDO: u32 = 8;

/// A step that acts: begun and ended, each with a record, and the rows that its service keeps besides.
pub(crate) fn of(service: Capability) -> u32 {
    let besides = if service.is_verification() {
        // The request when it is asked and when it is answered, what counts it, what finds it again.
        8
    } else if service.outlives_its_state() {
        // The delivery three times, and the credential that is destroyed.
        8
    } else if service.is_sensitive() {
        // The receipt that is spent, and the row of what was made or given.
        6
    } else {
        0
    };
    8 + besides
}
