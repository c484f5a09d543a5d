//! What a simulation reads: the directory as it is, each thing once, and never to change it.

use super::report::masked;
use super::shown::{Seen, shown};
use crate::action::Action;
use crate::disabled;
use crate::look::look;
use crate::looked::{Look, Refused};
use crate::needs::{Wish, among};
use crate::rules::{self, NoSubject, Subject};
use crate::script_ask::{Asked, ready};
use crate::vendors::Vendors;
use domain::{GroupId, Need, Person, Tenant, Ticket, UserId};
use http::StatusCode;
use jiff::Timestamp;
use kit::{App, Problem};
use ports::{CallError, Deed, ResetPassword, Rights};
use serde_json::json;
use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a simulation looks for more cases; API Gateway waits 29 s.
const LONGEST: Duration = Duration::from_secs(20);
/// Reads at the directory that one simulation makes at most.
const READS: usize = 200;

/// Why something would not be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct No {
    pub(crate) code: String,
    pub(crate) why: String,
    /// Whether the playbook is wrong, whatever the directory says.
    pub(crate) is_flaw: bool,
}

impl No {
    /// The directory, or a rule of ours, says no.
    pub(crate) fn refused(code: &str, why: impl Into<String>) -> Self {
        Self {
            code: code.to_ascii_lowercase(),
            why: why.into(),
            is_flaw: false,
        }
    }

    /// The playbook cannot work like this.
    pub(crate) fn flaw(code: &str, why: impl Into<String>) -> Self {
        Self {
            is_flaw: true,
            ..Self::refused(code, why)
        }
    }
}

/// What a simulation reads.
pub(crate) struct Stage<'a> {
    vendors: Vendors,
    resets: Arc<dyn ResetPassword>,
    rights: Arc<dyn Rights>,
    /// Our tables, where the policy, the list of scripts and a ticket's own receipts stand; none where only the directory is looked at.
    tables: Option<(&'a App, &'a Tenant)>,
    pub(crate) now: Timestamp,
    began: Instant,
    people: HashMap<String, Result<Person, No>>,
    /// What the policy says of those people.
    subjects: HashMap<UserId, Subject>,
    seen: HashMap<String, Result<Seen, No>>,
    /// How many people are in groups, where the directory says it.
    sizes: HashMap<GroupId, Option<u64>>,
    /// What our application may not do, once it was asked.
    lacking: Option<Vec<(Deed, &'static str)>>,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(
        vendors: Vendors,
        (resets, rights): (Arc<dyn ResetPassword>, Arc<dyn Rights>),
        tables: Option<(&'a App, &'a Tenant)>,
        now: Timestamp,
    ) -> Self {
        Self {
            vendors,
            resets,
            rights,
            tables,
            now,
            began: Instant::now(),
            people: HashMap::new(),
            subjects: HashMap::new(),
            seen: HashMap::new(),
            sizes: HashMap::new(),
            lacking: None,
        }
    }

    /// Whether there is no time left to begin anything.
    pub(crate) fn is_late(&self) -> bool {
        self.began.elapsed() > LONGEST
    }

    /// A person, as the directory has them.
    ///
    /// # Errors
    /// When the directory cannot be asked now, or was asked too much.
    pub(crate) async fn person(&mut self, id: &str) -> Result<Result<Person, No>, Problem> {
        if let Some(known) = self.people.get(id) {
            return Ok(known.clone());
        }
        self.may_read()?;
        let directory = self.vendors.directory.as_ref();
        let subject = match self.tables {
            Some((app, tenant)) => match Box::pin(rules::subject(app, tenant, directory, id)).await
            {
                Err(NoSubject::Store(error)) => return Err(error.into()),
                Err(NoSubject::Call(error)) => Err(error),
                Ok(subject) => Ok(subject),
            },
            None => directory.person(id).await.map(rules::usual),
        };
        let found = answered(std::future::ready(subject)).await?.map(|subject| {
            let person = subject.person.clone();
            self.subjects.insert(person.id.clone(), subject);
            person
        });
        self.people.insert(id.to_owned(), found.clone());
        Ok(found)
    }

    /// What the policy says of a person.
    pub(crate) fn subject(&self, person: &Person) -> Subject {
        let known = self.subjects.get(&person.id).cloned();
        known.unwrap_or_else(|| rules::usual(person.clone()))
    }

    /// The manager who would be asked for somebody, by the rules of the verification itself.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub(crate) async fn manager(
        &mut self,
        subject: &Person,
        concerned: &[&Person],
    ) -> Result<Result<Person, No>, Problem> {
        let ids: Vec<&str> = concerned.iter().map(|one| one.id.as_str()).collect();
        let name = format!("manager of {} beside {}", subject.id, ids.join(" "));
        if let Some(known) = self.people.get(&name) {
            return Ok(known.clone());
        }
        self.may_read()?;
        let asked = desk::manager_of(self.vendors.directory.as_ref(), subject).await;
        let found = asked.and_then(|(manager, _)| {
            desk::impartial(&manager, concerned)?;
            Ok(manager)
        });
        let found = match found {
            Ok(manager) => Ok(manager),
            Err(problem) if problem.is_transient() => return Err(problem),
            Err(problem) => Err(No::refused("no_approver", problem.to_string())),
        };
        self.people.insert(name, found.clone());
        Ok(found)
    }

    /// What an action would change, by the executor's own look.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub(crate) async fn look(
        &mut self,
        action: &Action,
        person: &Person,
    ) -> Result<Result<Seen, No>, Problem> {
        if let Some(no) = self.subject(person).refusal(action, self.now) {
            let is_flaw = no.code == "MAX_LIFETIME";
            return Ok(Err(No {
                is_flaw,
                ..No::refused(no.code, no.why)
            }));
        }
        let name = format!("{action:?} {}", person.enabled);
        if let Some(known) = self.seen.get(&name) {
            return Ok(known.clone());
        }
        self.may_read()?;
        let looked = answered(look(&self.vendors, action, person, self.now)).await?;
        let changed = match looked {
            Err(no) => Err(no),
            Ok(Look::Already) => Ok(false),
            Ok(looked) => match (self.kept_shut(action, person).await?, looked) {
                (Some(no), _) | (None, Look::Refused(no)) => Err(No::refused(no.code, no.why)),
                (None, Look::Already | Look::Needed(_)) => Ok(true),
            },
        };
        let seen = match changed {
            Err(no) => Err(no),
            Ok(changed) => {
                let shown = shown(&self.vendors, action, person, changed, self.now);
                answered(shown).await?
            }
        };
        self.seen.insert(name, seen.clone());
        Ok(seen)
    }

    /// How many people are in a group, also by groups in it; none where the directory does not say.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub(crate) async fn size(&mut self, group: &GroupId) -> Result<Option<u64>, Problem> {
        if let Some(known) = self.sizes.get(group) {
            return Ok(*known);
        }
        self.may_read()?;
        let size = answered(self.vendors.groups.size(group)).await?.ok();
        self.sizes.insert(group.clone(), size);
        Ok(size)
    }

    /// Why our application may not do this, where the directory says so.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub(crate) async fn lacks(&mut self, deed: Deed) -> Result<Option<No>, Problem> {
        if self.lacking.is_none() {
            let lacking = answered(self.rights.lacking()).await?;
            self.lacking = Some(lacking.unwrap_or_default());
        }
        let mut lacking = self.lacking.iter().flatten();
        let right = lacking.find(|(lacked, _)| *lacked == deed);
        Ok(right.map(|(_, right)| {
            let why = format!(
                "our application may not do this; consent to the application permission {right} in the tenant"
            );
            No::refused("missing_permission", why)
        }))
    }

    /// Why an account is not unlocked that we disabled.
    async fn kept_shut(
        &self,
        action: &Action,
        person: &Person,
    ) -> Result<Option<Refused>, Problem> {
        match (self.tables, action) {
            (Some((app, tenant)), Action::UnlockAccount { .. }) => {
                Ok(disabled::refusal_to_unlock(app, tenant, &person.id).await?)
            }
            _ => Ok(None),
        }
    }

    /// What giving somebody a way back in would change.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub(crate) async fn look_at_pass(
        &mut self,
        person: &Person,
        method: &str,
        minutes: Option<i64>,
    ) -> Result<Result<Seen, No>, Problem> {
        let by_policy = self.subject(person);
        if let Some(why) = person.protected().or_else(|| by_policy.protected()) {
            let why = format!("this user {why}; no automation may touch their account");
            return Ok(Err(No::refused("protected_user", why)));
        }
        let name = format!("pass {} {method} {minutes:?}", person.id);
        if let Some(known) = self.seen.get(&name) {
            return Ok(known.clone());
        }
        self.may_read()?;
        let seen = if method == "password" {
            let account = answered(self.vendors.accounts.account(&person.id)).await?;
            account.map(|account| Seen {
                changed: true,
                before: json!({"password_changed_at": account.password_changed_at}),
                after: json!({"password_changed_at": self.now}),
            })
        } else {
            let pass = answered(self.resets.pass(&person.id)).await?;
            pass.map(|pass| Seen {
                changed: true,
                before: json!({"usable_pass": pass.is_some_and(|pass| pass.usable)}),
                after: json!({"usable_pass": true, "for_minutes": minutes}),
            })
        };
        self.seen.insert(name, seen.clone());
        Ok(seen)
    }

    /// Whether a script might run on a device now, by the rules of the action itself.
    ///
    /// # Errors
    /// When the tables, the directory or the vendor cannot be asked now.
    pub(crate) async fn look_at_script(
        &mut self,
        ticket: &Ticket,
        asked: &Asked,
    ) -> Result<Result<Seen, No>, Problem> {
        let name = format!("script {}", asked.hash());
        if let Some(known) = self.seen.get(&name) {
            return Ok(known.clone());
        }
        self.may_read()?;
        let looked = match self.tables {
            Some((app, tenant)) => Box::pin(ready(app, tenant, ticket, asked, "simulated"))
                .await
                .map(drop),
            None => Ok(()),
        };
        let seen = match looked {
            Err(problem) if problem.is_transient() => return Err(problem),
            Err(problem) => Err(No::refused(problem.code(), problem.to_string())),
            Ok(()) => Ok(Seen {
                changed: true,
                before: json!({"run": null}),
                after: json!({"run": "ended", "device_id": asked.device}),
            }),
        };
        self.seen.insert(name, seen.clone());
        Ok(seen)
    }

    /// Whether the ticket itself has the receipts for these needs: somebody was verified before the run.
    ///
    /// # Errors
    /// When the tables cannot be asked.
    pub(crate) async fn has_receipts(
        &self,
        ticket: &Ticket,
        needs: &[Need],
        wish: Wish<'_>,
        person: &Person,
    ) -> Result<bool, Problem> {
        let Some((app, tenant)) = self.tables else {
            return Ok(false);
        };
        let found = among(app, tenant, ticket.id, needs, wish, &person.id, None).await?;
        Ok(found.is_ok())
    }

    fn may_read(&self) -> Result<(), Problem> {
        if self.people.len() + self.seen.len() + self.sizes.len() < READS {
            return Ok(());
        }
        let message =
            format!("the cases need over {READS} reads at the directory; simulate fewer at once");
        Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "TOO_MANY_READS",
            message,
        ))
    }
}

/// What the directory answers, where it answers at all.
async fn answered<T>(
    call: impl Future<Output = Result<T, CallError>>,
) -> Result<Result<T, No>, Problem> {
    let error = match call.await {
        Ok(found) => return Ok(Ok(found)),
        Err(error) => error,
    };
    let why = error.to_string();
    match error {
        CallError::NotFound { .. } => Ok(Err(No::refused("target_not_found", why))),
        CallError::Misconfigured { .. } => Ok(Err(No::refused("missing_permission", why))),
        CallError::Refused { .. } => Ok(Err(No::refused("vendor_refused", why))),
        CallError::Unavailable { .. } | CallError::Unknown { .. } => Err(error.into()),
    }
}

/// Somebody who is told of: their id, and as much of their name as anybody may know.
pub(crate) fn told(person: &Person) -> (String, String) {
    (person.id.to_string(), masked(&person.display_name))
}
