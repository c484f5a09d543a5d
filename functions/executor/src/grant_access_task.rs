//! Task `grant_access_task`: the step `executor.grant_access` of a playbook.

use crate::action::Action;
use crate::ask_access::one_of;
use crate::by_step::{self, read};
use domain::{GroupId, SkuId, UserId};
use jiff::{SignedDuration, Timestamp};
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
    #[serde(default)]
    expires_at: Option<Timestamp>,
    #[serde(default)]
    expires_in_days: Option<i32>,
}

/// Gives what the step asks for, once.
///
/// # Errors
/// `Unknown` when nobody knows whether it was done; `Retryable` when nothing happened; `Failed` otherwise.
pub async fn grant_access_task(app: App, input: TaskInput) -> TaskResult {
    by_step::act(&app, &input, asked).await
}

pub(crate) fn asked(with: &Map<String, Value>, now: Timestamp) -> Result<Action, String> {
    let with: With = read(with)?;
    let expires_at = match (with.expires_at, with.expires_in_days) {
        (Some(_), Some(_)) => return Err("name expires_at or expires_in_days, not both".to_owned()),
        (at, None) => at,
        (None, Some(days)) => Some(now + SignedDuration::from_hours(24) * days),
    };
    Ok(Action::GrantAccess {
        user_id: with.user_id,
        access: one_of(with.group_id, with.license_sku)?,
        expires_at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn until(more: &Value) -> Result<Option<Timestamp>, String> {
        let mut with = json!({"user_id": "abc-123", "group_id": "grp-1"});
        let more = more.as_object().unwrap().clone();
        with.as_object_mut().unwrap().extend(more);
        let action = asked(with.as_object().unwrap(), Timestamp::UNIX_EPOCH)?;
        Ok(action.until())
    }

    #[test]
    fn a_step_names_the_end_or_the_days_to_it() {
        let day = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24);
        assert_eq!(until(&json!({})), Ok(None));
        assert_eq!(until(&json!({"expires_in_days": 1})), Ok(Some(day)));
        assert_eq!(until(&json!({"expires_at": day})), Ok(Some(day)));
        for refused in [
            json!({"expires_in_days": 1, "expires_at": day}),
            json!({"license_sku": "ENTERPRISEPACK"}),
        ] {
            assert!(until(&refused).is_err(), "{refused}");
        }
    }
}
