//! Putting an entry behind the last.

use crate::record::{Entry, Record, Subject, hash};
use domain::{ChainHead, Tenant};

/// The record of `entry` behind `head`, and the head after it.
#[must_use]
pub fn append(
    tenant: &Tenant,
    subject: &Subject,
    head: &ChainHead,
    entry: Entry,
) -> (Record, ChainHead) {
    let seq = head.seq + 1;
    let hash = hash(tenant.as_str(), subject, seq, &entry, &head.hash);
    let record = Record {
        seq,
        entry,
        prev_hash: head.hash.clone(),
        hash: hash.clone(),
    };
    (record, ChainHead { seq, hash })
}
