//! `suspend_tenant`: let nobody of an organization in, one that stands by itself included. An operator invokes it; IAM is the
//! credential.

use crate::suspension::{reason, set_by_operator};
use kit::{App, Problem};
use serde::Deserialize;
use serde_json::Value;

/// The organization to suspend, and why.
#[derive(Debug, Deserialize)]
pub(crate) struct SuspendTenant {
    /// Its id, as `create_tenant` told it.
    tenant: String,
    /// 1 to 500 characters, for whoever resumes it.
    reason: String,
}

/// Suspends an organization as `suspend_organization` does one below the caller's. Those below it stand as they did: suspend
/// each that is meant. Doing it again changes nothing.
///
/// # Errors
/// When there is no such organization or no reason, or the tables cannot be asked; repeating is safe.
pub(crate) async fn suspend_tenant(app: App, ask: SuspendTenant) -> Result<Value, Problem> {
    let why = reason(&ask.reason)?;
    set_by_operator(&app, &ask.tenant, "suspend_tenant", Some(why)).await
}
