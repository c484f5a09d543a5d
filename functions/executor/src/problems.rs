//! What a caller is told of an action that was not made.

use crate::issue::{NoTarget, SYNCED};
use crate::looked::Refused;
use crate::needs::Lacking;
use domain::CapReached;
use http::StatusCode;
use jiff::Timestamp;
use kit::Problem;

/// It may not be.
pub(crate) fn refused(no: &Refused) -> Problem {
    let problem = Problem::new(no.status, no.code, no.why.clone());
    if no.code == "MAX_LIFETIME" {
        return problem.with("path", "expires_at");
    }
    problem
}

/// A reset has nobody it could be for.
pub(crate) fn no_target(why: NoTarget) -> Problem {
    match why {
        NoTarget::Protected(reason) => {
            let sentence = format!("this user {reason}; no automation may touch their credentials");
            Problem::new(StatusCode::FORBIDDEN, "PROTECTED_USER", sentence).with("reason", reason)
        }
        NoTarget::Synced => Problem::conflict("SYNCED_USER", SYNCED),
        NoTarget::Call(error) => error.into(),
        NoTarget::Store(error) => error.into(),
    }
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

/// A cap is reached.
pub(crate) fn capped(reached: &CapReached, now: Timestamp) -> Problem {
    let wait = reached.frees_at.duration_since(now).as_secs().max(1);
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        CapReached::CODE,
        reached.to_string(),
    )
    .with("cap", reached.cap.as_str())
    .with("limit", reached.limit)
    .with("frees_at", reached.frees_at.to_string())
    .retry_after(wait.unsigned_abs())
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
