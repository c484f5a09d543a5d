//! A policy as it is written and shown.

use domain::{
    ActionKind, Executives, GroupId, HourlyCaps, Need, Persona, Policy, Proofs, Protected, UserId,
    assurance,
};
use kit::Problem;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What has to be proved before which action on whom, who is protected, how long access lasts, how much may happen. What is
/// left out is as usual.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PolicyDocument {
    executives: ExecutivesDocument,
    /// By action: `reset_password`, `unlock_account`, `grant_access`, `revoke_sessions`, `revoke_access` and those to come.
    actions: BTreeMap<String, ActionDocument>,
    /// The longest that access is given for, where an end is given: 1 to 90.
    #[schema(example = 30, minimum = 1, maximum = 90)]
    longest_grant_days: u32,
    protected: ProtectedDocument,
    caps: CapsDocument,
}

/// Who is an executive: any of these makes one. Everybody else is an employee, but for guests and those who hold a directory
/// role: they are protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ExecutivesDocument {
    /// Their departments in the directory, without regard to case.
    departments: Vec<String>,
    /// Their job titles in the directory, without regard to case.
    job_titles: Vec<String>,
    /// Ids of groups whose direct members they are: 5 at most.
    #[schema(value_type = Vec<String>)]
    groups: Vec<GroupId>,
}

/// What an action needs, by whom it concerns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActionDocument {
    #[serde(skip_serializing_if = "Option::is_none")]
    employee: Option<ProofsDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    executive: Option<ProofsDocument>,
}

/// The proofs an action needs, all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProofsDocument {
    /// `verification.mfa`, `verification.manager_approval`; none where the right to ask is enough.
    #[schema(example = json!(["verification.mfa"]))]
    verifications: Vec<String>,
    /// How sure the strongest of them makes of who said yes: 2 the person's own device, 1 their manager's mailbox, 0 nobody.
    /// Where it is written it is the least that they must come to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = 2, maximum = 2)]
    assurance: Option<u8>,
}

/// Whom nothing may be done to, whatever a playbook says: beside guests and those who hold a directory role.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct ProtectedDocument {
    /// Ids of people in the directory: emergency accounts, service accounts; 200 at most.
    #[schema(value_type = Vec<String>, example = json!(["brk-001"]))]
    users: Vec<UserId>,
    /// Ids of groups whose direct members are protected: 5 at most.
    #[schema(value_type = Vec<String>)]
    groups: Vec<GroupId>,
}

/// How many actions may begin within an hour of the clock, in UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct CapsDocument {
    /// In the whole organization.
    #[schema(example = 500, minimum = 1, maximum = 100_000)]
    per_hour: u32,
    /// Asked for by one key or user, directly or by a run they started.
    #[schema(example = 500, minimum = 1, maximum = 100_000)]
    per_caller_per_hour: u32,
}

impl Default for PolicyDocument {
    fn default() -> Self {
        Self::of(&Policy::default())
    }
}

impl Default for ExecutivesDocument {
    fn default() -> Self {
        PolicyDocument::default().executives
    }
}

impl Default for CapsDocument {
    fn default() -> Self {
        PolicyDocument::default().caps
    }
}

impl PolicyDocument {
    /// A policy as it is shown: every action, and what its proofs come to.
    pub(crate) fn of(policy: &Policy) -> Self {
        let proofs = |action, persona| {
            let needs = policy.needs(action, persona);
            let words = needs.iter().map(|need| need.capability().to_owned());
            Some(ProofsDocument {
                verifications: words.collect(),
                assurance: Some(assurance(needs)),
            })
        };
        let actions = ActionKind::ALL.into_iter().map(|action| {
            let document = ActionDocument {
                employee: proofs(action, Persona::Employee),
                executive: proofs(action, Persona::Executive),
            };
            (action.as_str().to_owned(), document)
        });
        Self {
            executives: ExecutivesDocument {
                departments: policy.executives.departments.clone(),
                job_titles: policy.executives.job_titles.clone(),
                groups: policy.executives.groups.clone(),
            },
            actions: actions.collect(),
            longest_grant_days: policy.longest_grant_days,
            protected: ProtectedDocument {
                users: policy.protected.users.clone(),
                groups: policy.protected.groups.clone(),
            },
            caps: CapsDocument {
                per_hour: policy.caps.per_hour,
                per_caller_per_hour: policy.caps.per_caller_per_hour,
            },
        }
    }

    /// The policy that is written.
    ///
    /// # Errors
    /// 422 with everything that is wrong with it, the first in the usual place.
    pub(crate) fn policy(self) -> Result<Policy, Problem> {
        let mut flaws = Vec::new();
        let usual = Policy::default();
        let mut actions = BTreeMap::new();
        for (word, asked) in self.actions {
            let path = format!("actions.{word}");
            let Some(action) = ActionKind::named(&word) else {
                let known = ActionKind::ALL.map(ActionKind::as_str).join(", ");
                flaws.push((path, format!("there is no such action; known are: {known}")));
                continue;
            };
            let mut needs = |name, persona, asked: Option<ProofsDocument>| match asked {
                Some(proofs) => proofs.needs(&format!("{path}.{name}"), &mut flaws),
                None => usual.needs(action, persona).to_vec(),
            };
            let proofs = Proofs {
                employee: needs("employee", Persona::Employee, asked.employee),
                executive: needs("executive", Persona::Executive, asked.executive),
            };
            let is_usual = proofs.employee == usual.needs(action, Persona::Employee)
                && proofs.executive == usual.needs(action, Persona::Executive);
            if !is_usual {
                actions.insert(action, proofs);
            }
        }
        let policy = Policy {
            executives: Executives {
                departments: self.executives.departments,
                job_titles: self.executives.job_titles,
                groups: self.executives.groups,
            },
            actions,
            longest_grant_days: self.longest_grant_days,
            protected: Protected {
                users: self.protected.users,
                groups: self.protected.groups,
            },
            caps: HourlyCaps {
                per_hour: self.caps.per_hour,
                per_caller_per_hour: self.caps.per_caller_per_hour,
            },
        };
        if flaws.is_empty() {
            let found = policy.flaws().into_iter();
            flaws.extend(found.map(|flaw| (flaw.path, flaw.message)));
        }
        match flaws.first() {
            None => Ok(policy),
            Some((path, message)) => {
                let all = flaws
                    .iter()
                    .map(|(path, message)| json!({"path": path, "message": message}));
                let all: Vec<_> = all.collect();
                Err(Problem::invalid(path, message.clone()).with("flaws", all))
            }
        }
    }
}

impl ProofsDocument {
    fn needs(self, path: &str, flaws: &mut Vec<(String, String)>) -> Vec<Need> {
        let mut needs = Vec::new();
        for (at, word) in self.verifications.iter().enumerate() {
            match Need::named(word) {
                Some(need) => needs.push(need),
                None => {
                    let known = Need::ALL.map(Need::capability).join(", ");
                    let message = format!("there is no such verification; known are: {known}");
                    flaws.push((format!("{path}.verifications[{at}]"), message));
                }
            }
        }
        let met = assurance(&needs);
        if let Some(least) = self.assurance.filter(|least| *least > met) {
            let message = format!(
                "these verifications come to assurance {met}, not {least}: verification.mfa comes to 2, the most there is"
            );
            flaws.push((format!("{path}.assurance"), message));
        }
        needs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn read(document: Value) -> Result<Policy, Problem> {
        let document: PolicyDocument = serde_json::from_value(document).unwrap();
        document.policy()
    }

    #[test]
    fn what_is_shown_may_be_sent_back() {
        let mut policy = Policy::default();
        policy.caps.per_hour = 5;
        let proofs = Proofs {
            employee: Need::ALL.to_vec(),
            executive: Need::ALL.to_vec(),
        };
        policy.actions.insert(ActionKind::GrantAccess, proofs);
        for policy in [Policy::default(), policy] {
            let shown = serde_json::to_value(PolicyDocument::of(&policy)).unwrap();
            assert_eq!(read(shown).unwrap(), policy);
        }
    }

    #[test]
    fn what_is_left_out_is_usual() {
        assert_eq!(read(json!({})).unwrap(), Policy::default());
        let sent = json!({"actions": {"unlock_account": {"employee": {"verifications":
            ["verification.mfa", "verification.manager_approval"]}}}});
        let policy = read(sent).unwrap();
        let needs = |persona| policy.needs(ActionKind::UnlockAccount, persona);
        assert_eq!(needs(Persona::Employee), Need::ALL);
        assert_eq!(needs(Persona::Executive), Need::ALL);
    }

    #[test]
    fn a_policy_below_the_floor_or_with_an_unknown_word_is_refused_with_its_place() {
        let employee = |proofs: Value| json!({"actions": {"unlock_account": {"employee": proofs}}});
        for (sent, place) in [
            (
                employee(json!({"verifications": []})),
                "actions.unlock_account.employee.verifications",
            ),
            (
                employee(json!({"verifications": ["verification.post"]})),
                "actions.unlock_account.employee.verifications[0]",
            ),
            (
                employee(
                    json!({"verifications": ["verification.manager_approval"], "assurance": 2}),
                ),
                "actions.unlock_account.employee.assurance",
            ),
            (
                json!({"actions": {"delete_everything": {}}}),
                "actions.delete_everything",
            ),
            (json!({"caps": {"per_hour": 0}}), "caps.per_hour"),
        ] {
            let problem = read(sent).unwrap_err();
            let told = format!("{problem:?}");
            assert!(
                told.contains(&format!("\"path\": String({place:?})")),
                "{told}"
            );
        }
        let slip = json!({"caps": {"per_hours": 5}});
        assert!(serde_json::from_value::<PolicyDocument>(slip).is_err());
    }
}
