//! Webhooks whose credential is not a source's.

use crate::problem::chain;
use crate::{App, Problem};

/// Refuses a webhook that came in by `route`: a log line and its metric, a row while there is room for one, and 401 whatever
/// becomes of the row. `remedy` says how a source proves itself there.
pub async fn unverified(app: &App, route: &str, remedy: &str) -> Problem {
    tracing::warn!(
        route,
        metric = "webhook_unverified",
        "webhook with a bad credential"
    );
    let noted = app.store().note_unverified(route, app.clock().now()).await;
    if let Err(error) = noted {
        tracing::warn!(route, cause = %chain(&error), "an unverified webhook was not noted");
    }
    Problem::unauthenticated().with("remedy", remedy)
}
