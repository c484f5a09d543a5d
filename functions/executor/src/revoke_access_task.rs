//! Task `revoke_access_task`: the step `executor.revoke_access` of a playbook.

use crate::action::Action;
use crate::ask_access::one_of;
use crate::by_step::{self, read};
use domain::{GroupId, SkuId, UserId};
use jiff::Timestamp;
use kit::{App, TaskInput, TaskResult};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A step's inputs.
#[derive(Deserialize)]
struct With {
    user_id: UserId,
    #[serde(default)]
    group_id: Option<GroupId>,
    #[serde(default)]
    license_sku: Option<SkuId>,
}

/// Takes the step's access away, once.
///
/// # Errors
/// `Unknown` when nobody knows whether it was done; `Retryable` when nothing happened; `Failed` otherwise.
pub async fn revoke_access_task(app: App, input: TaskInput) -> TaskResult {
    by_step::act(&app, &input, asked).await
}

pub(crate) fn asked(with: &Map<String, Value>, _: Timestamp) -> Result<Action, String> {
    let with: With = read(with)?;
    Ok(Action::RevokeAccess {
        user_id: with.user_id,
        access: one_of(with.group_id, with.license_sku)?,
    })
}
