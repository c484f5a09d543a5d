//! What the tenant's policy says of an action on a person: it is read and the directory asked side by side.

use crate::action::Action;
use crate::ask_access::within;
use crate::looked::Refused;
use domain::{ActionKind, GroupId, Need, Person, Persona, Policy, Tenant};
use http::StatusCode;
use jiff::Timestamp;
use kit::{App, Problem};
use ports::{CallError, Directory};
use store::StoreError;

/// A person, and what the policy says of them.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) person: Person,
    pub(crate) policy: Policy,
    persona: Persona,
    is_protected: bool,
}

/// Why nothing is known of a person.
#[derive(Debug)]
pub(crate) enum NoSubject {
    /// The directory could not be asked, or has nobody of that name.
    Call(CallError),
    /// The policy could not be read.
    Store(StoreError),
}

impl From<CallError> for NoSubject {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<NoSubject> for Problem {
    fn from(why: NoSubject) -> Self {
        match why {
            NoSubject::Call(error) => error.into(),
            NoSubject::Store(error) => error.into(),
        }
    }
}

/// Looks the person up, and what the policy says of them.
pub(crate) async fn subject(
    app: &App,
    tenant: &Tenant,
    directory: &dyn Directory,
    name: &str,
) -> Result<Subject, NoSubject> {
    let (person, policy) =
        futures::future::join(directory.person(name), app.store().policy_of(tenant)).await;
    let held = policy.map_err(NoSubject::Store)?;
    let (person, policy) = (
        person?,
        held.map(|held| held.row.policy).unwrap_or_default(),
    );
    let is_protected = policy.protected.users.contains(&person.id)
        || is_in(app, tenant, &policy.protected.groups, &person).await?;
    let named = policy.is_executive(&person);
    let in_group = !named && is_in(app, tenant, &policy.executives.groups, &person).await?;
    Ok(Subject {
        persona: policy.persona(&person, in_group),
        person,
        policy,
        is_protected,
    })
}

/// A person, where nothing but the usual is said of anybody.
pub(crate) fn usual(person: Person) -> Subject {
    let policy = Policy::default();
    Subject {
        persona: policy.persona(&person, false),
        person,
        policy,
        is_protected: false,
    }
}

/// Whether the directory has the person in one of the groups that the policy names. One that it does not have is a policy that
/// protects nobody: nothing is done until it is mended.
async fn is_in(
    app: &App,
    tenant: &Tenant,
    named: &[GroupId],
    person: &Person,
) -> Result<bool, CallError> {
    if named.is_empty() {
        return Ok(false);
    }
    let groups = outside::groups(app, tenant).await?;
    let asked = named
        .iter()
        .map(|group| groups.is_member(group, &person.id));
    for (answer, group) in futures::future::join_all(asked)
        .await
        .into_iter()
        .zip(named)
    {
        match answer {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(CallError::NotFound { vendor, .. }) => {
                let message = format!(
                    "the organization's policy names the group {group}, which the directory does not have; mend the policy"
                );
                return Err(CallError::Misconfigured { vendor, message });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(false)
}

/// What a person is refused for whom the policy names.
pub(crate) const PROTECTED: &str = "is protected by the organization's policy";

impl Subject {
    /// The proofs that an action on them needs.
    pub(crate) fn needs(&self, action: ActionKind) -> &[Need] {
        self.policy.needs(action, self.persona)
    }

    /// Why nothing may be done to them, if the policy says so.
    pub(crate) fn protected(&self) -> Option<&'static str> {
        self.is_protected.then_some(PROTECTED)
    }

    /// Why the policy does not let this be done, whatever is proved.
    pub(crate) fn refusal(&self, action: &Action, now: Timestamp) -> Option<Refused> {
        if let Some(why) = self.protected() {
            return Some(Refused::protected(why));
        }
        let late = within(action.until(), now, self.policy.longest_grant_days).err()?;
        Some(Refused {
            status: StatusCode::UNPROCESSABLE_ENTITY,
            code: "MAX_LIFETIME",
            why: late,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::{group, john, user};
    use domain::Access;
    use jiff::SignedDuration;

    fn of(is_protected: bool) -> Subject {
        Subject {
            person: john(),
            policy: Policy {
                longest_grant_days: 7,
                ..Policy::default()
            },
            persona: Persona::Employee,
            is_protected,
        }
    }

    fn grant(days: i64) -> Action {
        Action::GrantAccess {
            user_id: user(),
            access: Access::Group(group()),
            expires_at: Some(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)),
        }
    }

    #[test]
    fn the_policys_protected_and_its_longest_grant_are_refused() {
        let code = |subject: &Subject, action: &Action| {
            let refusal = subject.refusal(action, Timestamp::UNIX_EPOCH);
            refusal.map(|refusal| refusal.code)
        };
        assert_eq!(code(&of(false), &grant(7)), None);
        assert_eq!(code(&of(false), &grant(8)), Some("MAX_LIFETIME"));
        let sessions = Action::RevokeSessions { user_id: user() };
        assert_eq!(code(&of(true), &sessions), Some("PROTECTED_USER"));
    }
}
