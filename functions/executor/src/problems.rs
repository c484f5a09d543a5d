//! What a caller is told of an action that was not made.

use crate::look::Refused;
use crate::needs::Lacking;
use http::StatusCode;
use kit::Problem;

/// It may not be.
pub(crate) fn refused(no: &Refused) -> Problem {
    Problem::new(no.status, no.code, no.why.clone())
}

/// A proof is missing or spent.
pub(crate) fn lacking(lack: &Lacking) -> Problem {
    match lack {
        Lacking::Missing { why, missing } => {
            Problem::forbidden("VERIFICATION_REQUIRED", why.clone(), missing)
        }
        Lacking::Spent(spending) => Problem::conflict(
            "RECEIPT_SPENT",
            format!("{}; ask for another", lack.sentence()),
        )
        .with("spent_on", spending.action.clone())
        .with("spent_at", spending.at.to_string()),
    }
}

/// It was not done.
pub(crate) fn failed(reason: &str, retryable: bool) -> Problem {
    let sentence = format!("nothing was changed: {reason}");
    Problem::new(StatusCode::BAD_GATEWAY, "VENDOR_FAILED", sentence).with("retryable", retryable)
}

/// Some of it was done.
pub(crate) fn partly(reason: &str, retryable: bool) -> Problem {
    let sentence = format!("only some of it was done: {reason}; ask again for the rest");
    Problem::new(StatusCode::BAD_GATEWAY, "VENDOR_FAILED", sentence).with("retryable", retryable)
}

/// Nobody knows.
pub(crate) fn unknown(reason: &str) -> Problem {
    let sentence = format!(
        "this may or may not have been done ({reason}). Nothing tries again by itself; ask again to have the directory \
         looked at again"
    );
    Problem::new(StatusCode::BAD_GATEWAY, "OUTCOME_UNKNOWN", sentence).with("retryable", false)
}
