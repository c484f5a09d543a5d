//! What the steps of a scene do: read as their own tasks read, and keep what they would change and send.

use super::report::{SimulatedChange, SimulatedMessage};
use super::scene::{Scene, text};
use super::shown::Seen;
use super::stage::{No, Stage, told};
use crate::action::Action;
use crate::ask::Ask;
use crate::needs::Wish;
use crate::{
    disable_account_task, grant_access_task, remove_mfa_methods_task, revoke_access_task,
    revoke_sessions_task, trigger_device_script_task, unlock_account_task,
};
use domain::{Access, ActionKind, Person, UserId, script_target};
use jiff::{SignedDuration, Timestamp};
use kit::Problem;
use playbook::{Capability, Step};
use ports::Deed;
use serde_json::{Map, Value, json};

impl Scene<'_, '_> {
    pub(super) async fn reset(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let ask = match Ask::of_step(with) {
            Ok(ask) => ask,
            Err(bad) => return Ok(Err(No::flaw("bad_input", bad.sentence()))),
        };
        let person = match self.stage.person(ask.user_id.as_str()).await? {
            Ok(person) => self.as_on_the_way(person),
            Err(no) => return Ok(Err(no)),
        };
        let minutes = with.get("tap_lifetime_minutes").and_then(Value::as_i64);
        let seen = self
            .stage
            .look_at_pass(&person, text(with, "method"), minutes);
        let seen = match seen.await? {
            Ok(seen) => seen,
            Err(no) => return Ok(Err(no)),
        };
        let deed = match text(with, "method") {
            "password" => Deed::SetPassword,
            _ => Deed::IssuePass,
        };
        if let Some(no) = self.stage.lacks(deed).await? {
            return Ok(Err(no));
        }
        if let Err(no) = self
            .proved(step, Wish::to_reset(&person.id), &person)
            .await?
        {
            return Ok(Err(no));
        }
        self.changed(step, "reset_password", &person, None, seen);
        let handle = format!("cred_simulated_{}", step.id);
        self.owners.insert(handle.clone(), person.id);
        let lasts = SignedDuration::from_mins(minutes.unwrap_or(60));
        Ok(Ok(Map::from_iter([
            ("credential_ref".to_owned(), json!(handle)),
            ("expires_at".to_owned(), json!(self.stage.now + lasts)),
            ("delivery_method".to_owned(), json!("sms")),
        ])))
    }

    pub(super) async fn send(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let Some(owner) = self.owners.get(text(with, "credential_ref")).cloned() else {
            let why = "no step before this one made that credential";
            return Ok(Err(No::flaw("no_credential", why)));
        };
        let stage: &mut Stage<'_> = self.stage;
        let person = match stage.person(owner.as_str()).await? {
            Ok(person) => person,
            Err(no) => return Ok(Err(no)),
        };
        let Some(mobile) = &person.mobile else {
            let why = "the directory has no mobile number for the owner";
            return Ok(Err(No::refused("no_number", why)));
        };
        self.shown.told.push(SimulatedMessage {
            step: step.id.to_string(),
            medium: "sms",
            user_id: person.id.to_string(),
            to: mobile.masked(),
        });
        Ok(Ok(Map::from_iter([
            ("medium".to_owned(), json!("sms")),
            ("delivery_status".to_owned(), json!("sent")),
        ])))
    }

    /// An action that sets a state in the directory.
    pub(super) async fn change(
        &mut self,
        step: &Step,
        action: &Action,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let person = match self.stage.person(action.user().as_str()).await? {
            Ok(person) => self.as_on_the_way(person),
            Err(no) => return Ok(Err(no)),
        };
        let seen = match self.stage.look(action, &person).await? {
            Ok(seen) => seen,
            Err(no) => return Ok(Err(no)),
        };
        let changed = seen.changed;
        if changed && let Some(no) = self.stage.lacks(deed(action)).await? {
            return Ok(Err(no));
        }
        if let Some(wish) = Wish::of(action).filter(|_| changed)
            && let Err(no) = self.proved(step, wish, &person).await?
        {
            return Ok(Err(no));
        }
        match action {
            Action::UnlockAccount { .. } => drop(self.opened.insert(person.id.clone(), true)),
            Action::DisableAccount { .. } => drop(self.opened.insert(person.id.clone(), false)),
            Action::RemoveMfaMethods { .. } => drop(self.stripped.insert(person.id.clone())),
            _ => {}
        }
        if let Some(Access::Group(group)) = action.access().filter(|_| changed) {
            let size = self.stage.size(group).await?;
            self.groups.insert(group.to_string(), size);
        }
        let target = action.access().map(|access| access.id().to_owned());
        self.changed(step, action.name(), &person, target, seen);
        let mut output = Map::from_iter([("changed".to_owned(), json!(changed))]);
        if let Some(until) = action.until() {
            output.insert("expires_at".to_owned(), json!(until));
        }
        Ok(Ok(output))
    }

    /// A script on somebody's device.
    pub(super) async fn run_script(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let asked = match trigger_device_script_task::asked(with) {
            Ok(asked) => asked,
            Err(why) => return Ok(Err(No::flaw("bad_input", why))),
        };
        let ticket = self.case.subject.ticket.clone();
        let whose = asked.user.as_ref().or(ticket.requester.user_id.as_ref());
        let person = match whose.map(UserId::as_str) {
            Some(id) => self.stage.person(id).await?,
            None => self.requester().await?,
        };
        let person = match person {
            Ok(person) => person,
            Err(no) => return Ok(Err(no)),
        };
        let seen = match self.stage.look_at_script(&ticket, &asked).await? {
            Ok(seen) => seen,
            Err(no) => return Ok(Err(no)),
        };
        let target = script_target(asked.script.as_str(), asked.device.as_str());
        let wish = Wish::to_run_script(&person.id, &target);
        if let Err(no) = self.proved(step, wish, &person).await? {
            return Ok(Err(no));
        }
        let action = ActionKind::TriggerDeviceScript.as_str();
        self.changed(step, action, &person, Some(target), seen);
        Ok(Ok(Map::new()))
    }

    /// The person as the steps so far would have left them.
    pub(super) fn as_on_the_way(&self, person: Person) -> Person {
        let enabled = self.opened.get(&person.id).copied();
        Person {
            enabled: enabled.unwrap_or(person.enabled),
            ..person
        }
    }

    pub(super) fn changed(
        &mut self,
        step: &Step,
        action: &str,
        person: &Person,
        target: Option<String>,
        seen: Seen,
    ) {
        let (user_id, name) = told(person);
        self.shown.changes.push(SimulatedChange {
            step: step.id.to_string(),
            action: action.to_owned(),
            user_id,
            name,
            target,
            changed: seen.changed,
            before: seen.before,
            after: seen.after,
        });
    }
}

/// What an action is to our application's rights.
fn deed(action: &Action) -> Deed {
    match action {
        Action::UnlockAccount { .. }
        | Action::LockAccount { .. }
        | Action::DisableAccount { .. }
        | Action::EnableAccount { .. } => Deed::SwitchAccount,
        Action::RemoveMfaMethods { .. } => Deed::RemoveMethods,
        Action::RevokeSessions { .. } => Deed::EndSessions,
        Action::GrantAccess { access, .. } | Action::RevokeAccess { access, .. } => match access {
            Access::Group(_) => Deed::ChangeMembers,
            Access::Licence(_) => Deed::ChangeLicences,
        },
    }
}

/// What a step asks of the directory, read as its task reads it; none for a service that this does not know.
pub(super) fn asked(
    service: Capability,
    with: &Map<String, Value>,
    now: Timestamp,
) -> Option<Result<Action, String>> {
    let asked = match service {
        Capability::UnlockAccount => unlock_account_task::asked,
        Capability::DisableAccount => disable_account_task::asked,
        Capability::RemoveMfaMethods => remove_mfa_methods_task::asked,
        Capability::RevokeSessions => revoke_sessions_task::asked,
        Capability::GrantAccess => grant_access_task::asked,
        Capability::RevokeAccess => revoke_access_task::asked,
        Capability::RequestMfa
        | Capability::RequestApproval
        | Capability::ResetPassword
        | Capability::TriggerDeviceScript
        | Capability::SendSms => return None,
    };
    Some(asked(with, now))
}

/// A step's outputs: what is known of them, and stand-ins of the right form for the rest.
pub(super) fn stand_ins(
    step: &Step,
    made: &Map<String, Value>,
    now: Timestamp,
) -> Map<String, Value> {
    // An end that nobody gave is none.
    let is_there = |name: &&&str| **name != "expires_at" || made.contains_key("expires_at");
    let outputs = step.service.outputs().iter().filter(is_there);
    let output = outputs.map(|name| {
        let value = made.get(*name).cloned().unwrap_or_else(|| match *name {
            name if name.ends_with("_at") => json!(now),
            "changed" => json!(true),
            "assurance" => json!(2),
            name => json!(format!("simulated_{name}")),
        });
        ((*name).to_owned(), value)
    });
    output.collect()
}
