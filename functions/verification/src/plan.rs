//! What a manager is asked to allow, and how it reads.

use desk::Ahead;
use domain::{Person, Planned, UserId, script_target};
use jiff::{SignedDuration, Timestamp};
use kit::Problem;
use ports::Directory;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// What the executor can be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Action {
    /// Contract A's example has it by its playbook's name, `password_reset`.
    #[serde(alias = "password_reset")]
    ResetPassword,
    #[serde(alias = "account_unlock")]
    UnlockAccount,
    DisableAccount,
    #[serde(alias = "mfa_method_reset")]
    RemoveMfaMethods,
    RevokeSessions,
    GrantAccess,
    RevokeAccess,
    TriggerDeviceScript,
}

impl Action {
    /// The executor's name for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ResetPassword => "reset_password",
            Self::UnlockAccount => "unlock_account",
            Self::DisableAccount => "disable_account",
            Self::RemoveMfaMethods => "remove_mfa_methods",
            Self::RevokeSessions => "revoke_sessions",
            Self::GrantAccess => "grant_access",
            Self::RevokeAccess => "revoke_access",
            Self::TriggerDeviceScript => "trigger_device_script",
        }
    }
}

/// An action in an approver's words. One that has none here is named as it is.
fn words(action: &str) -> &str {
    match action {
        "reset_password" => "Give a new password or pass to",
        "unlock_account" => "Unlock the account of",
        "disable_account" => "Disable the account of",
        "remove_mfa_methods" => "Remove every MFA method (authenticator, phone, keys) of",
        "revoke_sessions" => "End every session of",
        "grant_access" => "Give access to",
        "revoke_access" => "Take access from",
        "trigger_device_script" => "Run a script on a device of",
        other => other,
    }
}

/// Whether an action is about a thing besides the person.
fn has_target(action: &str) -> bool {
    ["grant_access", "revoke_access", "trigger_device_script"].contains(&action)
}

/// A part of a plan as the approver reads it. One without the thing it is about says so: it allows any.
pub(crate) fn line(part: &Planned, subject: &Person) -> String {
    let whom = one_line(&subject.display_name);
    let name = one_line(&subject.user_principal_name);
    let what = match &part.target {
        Some(target) => format!(": {}", one_line(target)),
        None if has_target(&part.action) => ": anything, none was named".to_owned(),
        None => String::new(),
    };
    let until = match part.expires_at {
        Some(at) => format!(", until {} at the latest", moment(at)),
        None => String::new(),
    };
    format!("{} {whom} ({name}){what}{until}", words(&part.action))
}

/// A time as people read it.
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// Text of the directory's on one line, so that it cannot look like more of ours.
pub(crate) fn one_line(text: &str) -> String {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(256).collect();
    shown.trim().to_owned()
}

/// A plan with its lines: what a run would do behind a step, no later than `by`.
pub(crate) async fn of_steps(
    directory: &dyn Directory,
    steps: &[Ahead],
    requester: &Person,
    by: Timestamp,
) -> Result<(Vec<Planned>, Vec<String>), Problem> {
    let (mut plan, mut shown) = (Vec::new(), Vec::new());
    for step in steps {
        let part = planned(step, &requester.id, by)?;
        let subject = if part.subject == requester.id {
            requester.clone()
        } else {
            directory.person(part.subject.as_str()).await?
        };
        let part = Planned {
            subject: subject.id.clone(),
            ..part
        };
        shown.push(line(&part, &subject));
        plan.push(part);
    }
    Ok((plan, shown))
}

/// The part that a step plays in a plan. Its target is the one input that names a thing.
fn planned(step: &Ahead, requester: &UserId, by: Timestamp) -> Result<Planned, Problem> {
    let text = |name: &str| step.with.get(name).and_then(|value| value.as_str());
    let action = step.service.rsplit('.').next().unwrap_or(step.service);
    let subject = match text("user_id") {
        Some(id) => {
            UserId::parse(id).map_err(|error| Problem::invalid("user_id", error.to_string()))?
        }
        None => requester.clone(),
    };
    let flaw = |name: &str| Problem::invalid(name, format!("{}: {name} is no time", step.service));
    let expires_at = match (text("expires_at"), step.with.get("expires_in_days")) {
        (Some(at), _) => Some(at.parse().map_err(|_| flaw("expires_at"))?),
        (None, Some(days)) => Some(in_days(days, by).ok_or_else(|| flaw("expires_in_days"))?),
        (None, None) => None,
    };
    Ok(Planned {
        action: action.to_owned(),
        subject,
        target: target(text),
        expires_at,
        spent: None,
    })
}

/// The time that is so many days after `by`.
fn in_days(days: &Value, by: Timestamp) -> Option<Timestamp> {
    let hours = days.as_i64()?.checked_mul(24)?;
    by.checked_add(SignedDuration::try_from_hours(hours)?).ok()
}

/// The inputs that name the thing an action is about, where one does.
const TARGETS: [&str; 2] = ["group_id", "license_sku"];

/// The thing an action is about: a group, a licence, or a script on a device.
fn target<'a>(text: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    match (text("script_id"), text("device_id")) {
        (Some(script), Some(device)) => Some(script_target(script, device)),
        _ => TARGETS.into_iter().find_map(text).map(str::to_owned),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::{Map, json};

    pub(crate) fn john() -> Person {
        Person {
            id: UserId::parse("abc-123").unwrap(),
            user_principal_name: "john.doe@company.com".to_owned(),
            display_name: "John\n Doe".to_owned(),
            mail: Some("john.doe@company.com".to_owned()),
            mobile: None,
            department: None,
            job_title: None,
            manager_mail: Some("jane.smith@company.com".to_owned()),
            enabled: true,
            synced: false,
            guest: false,
            directory_roles: Vec::new(),
        }
    }

    const BY: Timestamp = Timestamp::UNIX_EPOCH;

    fn step(service: &'static str, with: serde_json::Value) -> Ahead {
        let with: Map<_, _> = serde_json::from_value(with).unwrap();
        Ahead { service, with }
    }

    fn read(ahead: &Ahead) -> String {
        line(&planned(ahead, &john().id, BY).unwrap(), &john())
    }

    #[test]
    fn a_line_says_what_to_whom_and_until_when_on_one_line() {
        let with = json!({"group_id": "grp-1", "expires_at": "2027-01-02T03:04:00Z"});
        assert_eq!(
            read(&step("executor.grant_access", with)),
            "Give access to John Doe (john.doe@company.com): grp-1, until 2027-01-02 03:04 UTC at the latest"
        );
        let with = json!({"license_sku": "E5", "expires_in_days": 2});
        assert_eq!(
            read(&step("executor.grant_access", with)),
            "Give access to John Doe (john.doe@company.com): E5, until 1970-01-03 00:00 UTC at the latest"
        );
        assert_eq!(
            read(&step("executor.remove_mfa_methods", json!({}))),
            "Remove every MFA method (authenticator, phone, keys) of John Doe (john.doe@company.com)"
        );
        assert_eq!(
            read(&step("executor.disable_account", json!({}))),
            "Disable the account of John Doe (john.doe@company.com)"
        );
        assert_eq!(
            read(&step("executor.reset_password", json!({"method": "tap"}))),
            "Give a new password or pass to John Doe (john.doe@company.com)"
        );
    }

    #[test]
    fn a_consent_to_a_script_is_to_that_script_on_that_device() {
        let with = json!({"script_id": "42", "device_id": "101"});
        assert_eq!(
            read(&step("executor.trigger_device_script", with)),
            "Run a script on a device of John Doe (john.doe@company.com): 42 on 101"
        );
        let line = read(&step(
            "executor.trigger_device_script",
            json!({"script_id": "42"}),
        ));
        assert!(line.ends_with(": anything, none was named"), "{line}");
    }

    #[test]
    fn a_consent_to_anything_reads_as_one() {
        let line = read(&step("executor.grant_access", json!({})));
        assert!(line.ends_with(": anything, none was named"), "{line}");
    }

    #[test]
    fn an_end_that_is_no_time_is_refused_not_left_out() {
        for with in [
            json!({"expires_at": "soon"}),
            json!({"expires_in_days": i64::MAX}),
        ] {
            let endless = step("executor.grant_access", with);
            assert!(planned(&endless, &john().id, BY).is_err());
        }
    }

    #[test]
    fn the_contracts_word_and_the_executors_are_one_action() {
        let action = |word: &str| serde_json::from_value::<Action>(json!(word));
        assert_eq!(action("password_reset").unwrap(), Action::ResetPassword);
        assert_eq!(action("reset_password").unwrap(), Action::ResetPassword);
        for word in [
            "unlock_account",
            "disable_account",
            "remove_mfa_methods",
            "revoke_sessions",
            "grant_access",
            "revoke_access",
            "trigger_device_script",
        ] {
            assert_eq!(action(word).unwrap().as_str(), word);
        }
        let refusal = action("delete_user").unwrap_err().to_string();
        assert!(refusal.contains("grant_access"), "{refusal}");
    }
}
