//! The port `Psa`, spoken in Halo's API.

use crate::note::{Actions, markup};
use crate::ticket::{HaloTicket, HaloUser};
use crate::{Config, door::Door};
use async_trait::async_trait;
use ports::{CallError, Note, Psa, PsaTicket};
use serde_json::json;
use vendor_http::{Ask, Client, Deadline};

/// HaloPSA. Keep one for as long as its config is valid: it remembers where tokens come from.
pub struct Halo {
    door: Door,
}

impl Halo {
    /// The instance in `config`, asked through `http`.
    #[must_use]
    pub fn new(config: Config, http: Client) -> Self {
        Self {
            door: Door::new(config, http),
        }
    }

    /// The agent our own writes are made as.
    #[must_use]
    pub fn agent_id(&self) -> i64 {
        self.door.config().agent_id
    }

    async fn write(&self, ask: &Ask, by: Deadline) -> Result<(), CallError> {
        let answer = self.door.call(ask, by).await?;
        match answer.status() {
            _ if answer.is_success() => Ok(()),
            404 => Err(self.door.vendor().not_found("ticket")),
            _ => Err(self.door.refusal(&answer)),
        }
    }

    async fn user_email(&self, id: i64, by: Deadline) -> Result<Option<String>, CallError> {
        let ask = Ask::get(&self.door.api(&format!("Users/{id}")));
        let answer = self.door.call(&ask, by).await?;
        match answer.status() {
            404 => Ok(None),
            _ if answer.is_success() => {
                let user: Option<HaloUser> = answer.json();
                let user = user.ok_or_else(|| self.door.vendor().garbled(&ask))?;
                Ok(user.email())
            }
            _ => Err(self.door.refusal(&answer)),
        }
    }

    async fn has_note(&self, number: u64, marker: &str, by: Deadline) -> Result<bool, CallError> {
        let query = format!("Actions?ticket_id={number}&count=100&includehtmlnote=true");
        let ask = Ask::get(&self.door.api(&query));
        let answer = self.door.call(&ask, by).await?;
        match answer.status() {
            404 => Err(self.door.vendor().not_found("ticket")),
            _ if answer.is_success() => {
                let actions: Option<Actions> = answer.json();
                let actions = actions.ok_or_else(|| self.door.vendor().garbled(&ask))?;
                Ok(actions.hold(marker))
            }
            _ => Err(self.door.refusal(&answer)),
        }
    }
}

#[async_trait]
impl Psa for Halo {
    async fn ticket(&self, number: u64) -> Result<PsaTicket, CallError> {
        let by = self.door.vendor().reading();
        let query = format!("Tickets/{number}?includedetails=true&includelastaction=false");
        let ask = Ask::get(&self.door.api(&query));
        let answer = self.door.call(&ask, by).await?;
        if answer.status() == 404 {
            return Err(self.door.vendor().not_found("ticket"));
        }
        if !answer.is_success() {
            return Err(self.door.refusal(&answer));
        }
        let ticket: Option<HaloTicket> = answer.json();
        let ticket = ticket.ok_or_else(|| self.door.vendor().garbled(&ask))?;
        if ticket.id != number {
            return Err(self.door.vendor().not_found("ticket"));
        }
        let email = match (ticket.email(), ticket.user_id()) {
            (Some(email), _) => Some(email),
            (None, Some(user)) => self.user_email(user, by).await?,
            (None, None) => None,
        };
        Ok(ticket.read(&self.door.config().field_automated, email))
    }

    async fn set_automated(&self, number: u64, automated: bool) -> Result<(), CallError> {
        let field = &self.door.config().field_automated;
        let body = json!([{
            "id": number,
            "customfields": [{"name": field, "value": automated.to_string()}],
        }]);
        let ask = Ask::set(&self.door.api("Tickets")).json(&body);
        self.write(&ask, self.door.vendor().writing()).await
    }

    async fn note(&self, number: u64, note: &Note, fresh: bool) -> Result<(), CallError> {
        let by = self.door.vendor().writing();
        if !fresh && self.has_note(number, &note.marker, by).await? {
            return Ok(());
        }
        let body = json!([{
            "ticket_id": number,
            "outcome_id": self.door.config().outcome_note,
            "hiddenfromuser": true,
            "note_html": markup(note),
        }]);
        let ask = Ask::act(&self.door.api("Actions")).json(&body);
        self.write(&ask, by).await.map_err(|error| match error {
            CallError::Unknown { vendor, message } => CallError::Unavailable {
                vendor,
                message,
                retry_after: None,
            },
            other => other,
        })
    }
}
