//! Pushes on people's phones, and what people did with them.

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::people::{Habit, Person};

/// Where a push stands: `Pending → {Approved, Denied, Ignored, Challenged}`; the last four are final.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Pending,
    Approved,
    Denied,
    Ignored,
    /// The service asks for a typed code instead.
    Challenged,
}

/// What a person does with a push.
#[derive(Clone, Copy)]
pub(crate) enum Act {
    Approve,
    Deny,
    Ignore,
    Challenge,
}

impl Act {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "approve" => Some(Self::Approve),
            "deny" => Some(Self::Deny),
            "ignore" => Some(Self::Ignore),
            "challenge" => Some(Self::Challenge),
            _ => None,
        }
    }

    fn status(self) -> Status {
        match self {
            Self::Approve => Status::Approved,
            Self::Deny => Status::Denied,
            Self::Ignore => Status::Ignored,
            Self::Challenge => Status::Challenged,
        }
    }
}

/// What the service answers.
#[derive(Clone, Copy)]
pub(crate) enum Outcome {
    /// The push left: `Success`, and no result yet.
    Begun,
    Pending,
    Approved,
    /// `Success` too, and a code is needed.
    Challenge,
    /// `AuthenticationResult` false and this value.
    Refused(&'static str),
}

#[derive(Clone, Serialize)]
pub(crate) struct Prompt {
    /// The vendor's session id.
    id: String,
    user: String,
    user_id: String,
    status: Status,
    context_id: String,
    created_at: Timestamp,
    answered_at: Option<Timestamp>,
    polls: u32,
}

impl Prompt {
    /// A push to `person`, already answered when that is their habit.
    pub(crate) fn new(person: &Person, context_id: &str, now: Timestamp) -> Self {
        let status = match person.mfa {
            Habit::Approve => Status::Approved,
            Habit::Deny => Status::Denied,
            Habit::Ignore => Status::Ignored,
            Habit::Challenge => Status::Challenged,
            Habit::Ask | Habit::None => Status::Pending,
        };
        Self {
            id: Uuid::new_v4().to_string(),
            user: person.user_principal_name.clone(),
            user_id: person.id.clone(),
            status,
            context_id: context_id.into(),
            created_at: now,
            answered_at: (status != Status::Pending).then_some(now),
            polls: 0,
        }
    }

    fn outcome(&self) -> Outcome {
        match self.status {
            Status::Pending => Outcome::Pending,
            Status::Approved => Outcome::Approved,
            Status::Denied => Outcome::Refused("PhoneAppDenied"),
            Status::Ignored => Outcome::Refused("PhoneAppNoResponse"),
            Status::Challenged => Outcome::Challenge,
        }
    }
}

#[derive(Default)]
pub(crate) struct Prompts(Vec<Prompt>);

impl Prompts {
    pub(crate) fn all(&self) -> &[Prompt] {
        &self.0
    }

    pub(crate) fn add(&mut self, prompt: Prompt) -> String {
        let id = prompt.id.clone();
        self.0.push(prompt);
        id
    }

    pub(crate) fn outcome(&self, id: &str) -> Option<Outcome> {
        self.0
            .iter()
            .find(|prompt| prompt.id == id)
            .map(Prompt::outcome)
    }

    /// The outcome, asked for by the client; none when the session is not this user's.
    pub(crate) fn poll(&mut self, id: &str, upn: &str) -> Option<Outcome> {
        let prompt = self.0.iter_mut().find(|prompt| prompt.id == id)?;
        prompt.polls += 1;
        prompt
            .user
            .eq_ignore_ascii_case(upn)
            .then(|| prompt.outcome())
    }

    /// Answers a pending push.
    ///
    /// # Errors
    /// `None` for a push that was never sent, its status for one that is answered already.
    pub(crate) fn act(
        &mut self,
        id: &str,
        act: Act,
        now: Timestamp,
    ) -> Result<Prompt, Option<Status>> {
        let prompt = self
            .0
            .iter_mut()
            .find(|prompt| prompt.id == id)
            .ok_or(None)?;
        if prompt.status != Status::Pending {
            return Err(Some(prompt.status));
        }
        prompt.status = act.status();
        prompt.answered_at = Some(now);
        Ok(prompt.clone())
    }
}
