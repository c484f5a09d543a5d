//! `resume_tenant`: let an organization in again, one that stands by itself included. An operator invokes it; IAM is the
//! credential.

use crate::suspension::set_by_operator;
use kit::{App, Problem};
use serde::Deserialize;
use serde_json::Value;

/// The organization to let in.
#[derive(Debug, Deserialize)]
pub(crate) struct ResumeTenant {
    /// Its id, as `create_tenant` told it.
    tenant: String,
}

/// Lets an organization in again, with the keys, sessions and webhooks it had. Doing it again changes nothing.
///
/// # Errors
/// When there is no such organization, or the tables cannot be asked; repeating is safe.
pub(crate) async fn resume_tenant(app: App, ask: ResumeTenant) -> Result<Value, Problem> {
    set_by_operator(&app, &ask.tenant, "resume_tenant", None).await
}
