//! Losing a race is not a failure: look again and decide again, a few times.

use kit::Problem;
use std::future::Future;
use std::time::Duration;
use store::StoreError;

/// How often a lost race is run again.
const TRIES: u32 = 6;

/// Why a load-decide-write did not come through.
#[derive(Debug)]
pub enum Raced {
    /// Somebody else wrote first.
    Lost,
    /// Anything else.
    Problem(Problem),
}

impl From<StoreError> for Raced {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { .. } => Self::Lost,
            other => Self::Problem(other.into()),
        }
    }
}

impl From<Problem> for Raced {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Runs a load-decide-write until it is not beaten by another writer.
///
/// # Errors
/// What the last run failed with; a conflict when every run was beaten.
pub async fn retried<T, F, R>(mut run: F) -> Result<T, Problem>
where
    F: FnMut() -> R,
    R: Future<Output = Result<T, Raced>>,
{
    for again in 0..TRIES {
        match run().await {
            Ok(done) => return Ok(done),
            Err(Raced::Problem(problem)) => return Err(problem),
            Err(Raced::Lost) => tokio::time::sleep(Duration::from_millis(20 << again)).await,
        }
    }
    Err(Problem::unavailable(
        "this is being changed by many at once; try again",
    ))
}
