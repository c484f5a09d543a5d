//! A manager's consent: the request, its answer, and the receipts it leaves.

use crate::{
    ExecutionId, Refusal, RequestId, Spending, StepId, TicketId, UserId, VERIFICATION_MAX_AGE,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One action of a plan, as the approver was shown it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planned {
    /// The action: `grant_access`.
    pub action: String,
    /// Whom it concerns.
    pub subject: UserId,
    /// What it touches: a group's id, a licence's, a script's. None where the approver was not shown one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub target: Option<String>,
    /// Until when at the latest, where the plan says so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expires_at: Option<Timestamp>,
    /// What this part of the consent was spent on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub spent: Option<Spending>,
}

impl Planned {
    /// Whether the approver saw just this: action, person, target, and an end that is no earlier.
    #[must_use]
    pub fn allows(
        &self,
        action: &str,
        subject: &UserId,
        target: Option<&str>,
        until: Option<Timestamp>,
    ) -> bool {
        self.action == action
            && self.subject == *subject
            && self
                .target
                .as_deref()
                .is_none_or(|shown| Some(shown) == target)
            && self
                .expires_at
                .is_none_or(|shown| until.is_some_and(|until| until <= shown))
    }
}

/// Where a request stands: `Pending → {Approved, Denied, Expired, Cancelled}`; the last four are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ApprovalState {
    /// Sent, unanswered. Void from `expires_at` on.
    Pending,
    /// The approver said yes.
    Approved {
        /// When.
        at: Timestamp,
    },
    /// The approver said no.
    Denied {
        /// When.
        at: Timestamp,
    },
    /// Nobody answered.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// It is not needed any more.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl ApprovalState {
    /// The word in our API.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved { .. } => "approved",
            Self::Denied { .. } => "denied",
            Self::Expired { .. } => "expired",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// When it was decided.
    #[must_use]
    pub fn decided_at(&self) -> Option<Timestamp> {
        match self {
            Self::Pending => None,
            Self::Approved { at }
            | Self::Denied { at }
            | Self::Expired { at }
            | Self::Cancelled { at } => Some(*at),
        }
    }
}

/// What an approver, or their silence, said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Yes.
    Approve,
    /// No.
    Deny,
    /// Nothing, until the request lapsed.
    Expire,
    /// The run that asked was cancelled.
    Cancel,
}

/// A request for a manager's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its id: `apr_<ticket>_<n>`.
    pub id: RequestId,
    /// The ticket it is for.
    pub ticket_id: TicketId,
    /// Who is asked, as the directory has them.
    pub approver: UserId,
    /// Where they are asked.
    pub approver_mail: String,
    /// What they are asked to allow.
    pub plan: Vec<Planned>,
    /// The plan as the approver reads it, a line for each part.
    pub shown: Vec<String>,
    /// Who asks, as the approver reads it.
    pub asked_by: String,
    /// Where it stands.
    pub state: ApprovalState,
    /// By which way the answer came: `email`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub channel: Option<String>,
    /// What the approver wrote.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub comment: Option<String>,
    /// When it was asked.
    pub requested_at: Timestamp,
    /// When the mail with the link was taken; none as long as nobody knows that it was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sent_at: Option<Timestamp>,
    /// When silence becomes an answer.
    pub expires_at: Timestamp,
    /// SHA-256 of the secret in the approver's link, in hexadecimal.
    pub link_hash: String,
    /// The run and step that wait for it, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waiting: Option<(ExecutionId, StepId)>,
    /// The step's task token, encrypted. It stays after the answer, so that an answer that did not reach Step Functions
    /// can be given again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sealed_token: Option<String>,
    /// Counts writes; each is conditional on the one it saw.
    pub rev: u64,
}

impl Approval {
    /// This request, answered. A yes or a no after `expires_at` is silence: the request was void. Silence and a stop came
    /// by no way and say nothing.
    ///
    /// # Errors
    /// When it was answered before: the first answer stands.
    pub fn answer(
        &self,
        verdict: Verdict,
        channel: &str,
        comment: Option<String>,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        if self.state != ApprovalState::Pending {
            return Err(Refusal {
                asked: "answer",
                current: self.state.as_str(),
                allowed: &["pending"],
            });
        }
        let state = match verdict {
            Verdict::Approve | Verdict::Deny if now >= self.expires_at => {
                ApprovalState::Expired { at: now }
            }
            Verdict::Approve => ApprovalState::Approved { at: now },
            Verdict::Deny => ApprovalState::Denied { at: now },
            Verdict::Expire => ApprovalState::Expired { at: now },
            Verdict::Cancel => ApprovalState::Cancelled { at: now },
        };
        let decided = matches!(
            state,
            ApprovalState::Approved { .. } | ApprovalState::Denied { .. }
        );
        Ok(Self {
            state,
            channel: decided.then(|| channel.to_owned()),
            comment: comment.filter(|_| decided),
            ..self.clone()
        })
    }

    /// Whether an answer would still count at `now`.
    #[must_use]
    pub fn stands(&self, now: Timestamp) -> bool {
        self.state == ApprovalState::Pending && now < self.expires_at
    }

    /// Which part of the plan still allows just this at `now`.
    #[must_use]
    pub fn spendable(
        &self,
        action: &str,
        subject: &UserId,
        target: Option<&str>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<usize> {
        let ApprovalState::Approved { at } = self.state else {
            return None;
        };
        if now.duration_since(at) > VERIFICATION_MAX_AGE {
            return None;
        }
        self.plan
            .iter()
            .position(|part| part.spent.is_none() && part.allows(action, subject, target, until))
    }

    /// Whether this is a consent none of which was spent, and all of which may be at `now`.
    #[must_use]
    pub fn unspent(&self, now: Timestamp) -> bool {
        let ApprovalState::Approved { at } = self.state else {
            return false;
        };
        now.duration_since(at) <= VERIFICATION_MAX_AGE
            && self.plan.iter().all(|part| part.spent.is_none())
    }

    /// This consent with `part` of its plan spent.
    ///
    /// # Errors
    /// When it is not an approval, or that part was spent before.
    pub fn spend(
        &self,
        part: usize,
        action: String,
        claim: String,
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        let refusal = |current| Refusal {
            asked: "spend",
            current,
            allowed: &["approved, unspent"],
        };
        if !matches!(self.state, ApprovalState::Approved { .. }) {
            return Err(refusal(self.state.as_str()));
        }
        let mut next = self.clone();
        let found = next.plan.get_mut(part).ok_or(refusal("no such part"))?;
        if found.spent.is_some() {
            return Err(refusal("spent"));
        }
        found.spent = Some(Spending {
            action,
            claim,
            at: now,
        });
        Ok(next)
    }

    /// SHA-256 over what the approver was shown, in hexadecimal: a later change of the plan shows.
    #[must_use]
    pub fn plan_hash(&self) -> String {
        let mut hash = Sha256::new();
        for part in &self.plan {
            let until = part.expires_at.map(|at| at.to_string());
            for text in [
                part.action.as_str(),
                part.subject.as_str(),
                part.target.as_deref().unwrap_or(""),
                until.as_deref().unwrap_or(""),
            ] {
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
        }
        hex::encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn asked() -> Approval {
        let part = |target: &str| Planned {
            action: "grant_access".to_owned(),
            subject: UserId::parse("abc-123").unwrap(),
            target: Some(target.to_owned()),
            expires_at: None,
            spent: None,
        };
        let ticket_id = TicketId::from_bits(1);
        Approval {
            id: RequestId::of_approval(ticket_id, 1),
            ticket_id,
            approver: UserId::parse("boss-1").unwrap(),
            approver_mail: "jane.smith@company.com".to_owned(),
            plan: vec![part("grp-1"), part("grp-2")],
            shown: vec!["the first".to_owned(), "the second".to_owned()],
            asked_by: "a test".to_owned(),
            state: ApprovalState::Pending,
            channel: None,
            comment: None,
            requested_at: at(0),
            sent_at: None,
            expires_at: at(600),
            link_hash: String::new(),
            waiting: None,
            sealed_token: None,
            rev: 1,
        }
    }

    fn user() -> UserId {
        UserId::parse("abc-123").unwrap()
    }

    #[test]
    fn the_first_answer_stands_and_a_late_one_is_silence() {
        let denied = asked().answer(Verdict::Deny, "email", None, at(5)).unwrap();
        assert!(
            denied
                .answer(Verdict::Approve, "email", None, at(6))
                .is_err()
        );
        assert!(asked().stands(at(599)) && !asked().stands(at(600)));
        assert!(!denied.stands(at(6)));
        for verdict in [Verdict::Approve, Verdict::Deny] {
            let late = asked()
                .answer(verdict, "email", Some("sorry".to_owned()), at(600))
                .unwrap();
            assert_eq!(late.state, ApprovalState::Expired { at: at(600) });
            assert_eq!((late.channel, late.comment), (None, None));
        }
    }

    #[test]
    fn a_consent_allows_each_part_of_its_plan_once_and_nothing_else() {
        let yes = asked()
            .answer(Verdict::Approve, "email", None, at(5))
            .unwrap();
        let part = |consent: &Approval, target| {
            consent.spendable("grant_access", &user(), Some(target), None, at(6))
        };
        assert_eq!(
            (part(&yes, "grp-1"), part(&yes, "grp-2")),
            (Some(0), Some(1))
        );
        assert_eq!(part(&yes, "grp-3"), None);
        assert_eq!(
            yes.spendable("revoke_access", &user(), Some("grp-1"), None, at(6)),
            None
        );
        let spent = yes
            .spend(0, "grant_access".into(), "one".into(), at(6))
            .unwrap();
        assert_eq!(
            (part(&spent, "grp-1"), part(&spent, "grp-2")),
            (None, Some(1))
        );
        assert!(
            spent
                .spend(0, "grant_access".into(), "two".into(), at(7))
                .is_err()
        );
    }

    #[test]
    fn a_consent_that_names_an_end_allows_none_later_and_none_open() {
        let mut part = asked().plan.remove(0);
        part.expires_at = Some(at(100));
        let allows = |until| part.allows("grant_access", &user(), Some("grp-1"), until);
        assert!(allows(Some(at(99))) && allows(Some(at(100))));
        assert!(!allows(Some(at(101))) && !allows(None));
    }

    #[test]
    fn a_consent_lapses_with_its_age() {
        let yes = asked()
            .answer(Verdict::Approve, "email", None, at(5))
            .unwrap();
        let late = at(6) + VERIFICATION_MAX_AGE;
        assert_eq!(
            yes.spendable("grant_access", &user(), Some("grp-1"), None, late),
            None
        );
    }

    #[test]
    fn the_hash_tells_one_plan_from_another() {
        let mut other = asked();
        other.plan[1].target = Some("grp-9".to_owned());
        assert_ne!(asked().plan_hash(), other.plan_hash());
        assert_eq!(
            asked().plan_hash(),
            asked()
                .answer(Verdict::Deny, "email", None, at(5))
                .unwrap()
                .plan_hash()
        );
    }
}
