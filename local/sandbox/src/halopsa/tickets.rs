//! Tickets as Halo keeps them: fields, custom fields, actions.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Refusal,
    actions::Action,
    fields::{CustomFields, FieldWrite},
    loose_id, text,
};
use crate::people::People;

const FIRST: u64 = 1001;
const CLOSED: u32 = 9;

pub(crate) struct Ticket {
    id: u64,
    summary: String,
    details: String,
    details_html: String,
    pub(super) status_id: u32,
    tickettype_id: u32,
    priority_id: u32,
    client_id: u32,
    site_id: u32,
    agent_id: u32,
    user_id: u32,
    user_name: String,
    user_email: String,
    category_1: String,
    customfields: CustomFields,
    created_at: Timestamp,
    changed_at: Timestamp,
    pub(super) actions: Vec<Action>,
}

/// What a caller writes; keys Halo knows and the sandbox does not are ignored, as Halo ignores keys it does not know.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct TicketWrite {
    #[serde(deserialize_with = "loose_id")]
    pub(crate) id: Option<u64>,
    pub(crate) summary: Option<String>,
    details: Option<String>,
    details_html: Option<String>,
    status_id: Option<u32>,
    tickettype_id: Option<u32>,
    priority_id: Option<u32>,
    client_id: Option<u32>,
    site_id: Option<u32>,
    agent_id: Option<u32>,
    user_id: Option<i64>,
    userlookup: Option<UserLookup>,
    #[serde(alias = "emailaddress")]
    user_email: Option<String>,
    category_1: Option<String>,
    customfields: Vec<FieldWrite>,
}

#[derive(Deserialize)]
struct UserLookup {
    id: i64,
}

impl TicketWrite {
    /// What a user writes.
    pub(crate) fn asked(
        summary: String,
        details: String,
        user_email: Option<String>,
        category_1: Option<String>,
    ) -> Self {
        Self {
            summary: Some(summary),
            details: Some(details),
            user_email,
            category_1,
            ..Self::default()
        }
    }
}

impl Ticket {
    fn new(id: u64, now: Timestamp) -> Self {
        Self {
            id,
            summary: String::new(),
            details: String::new(),
            details_html: String::new(),
            status_id: 1,
            tickettype_id: 1,
            priority_id: 3,
            client_id: 12,
            site_id: 18,
            agent_id: 1,
            user_id: 1,
            user_name: "General User".into(),
            user_email: String::new(),
            category_1: String::new(),
            customfields: CustomFields::default(),
            created_at: now,
            changed_at: now,
            actions: Vec::new(),
        }
    }

    pub(super) fn touch(&mut self, now: Timestamp) {
        self.changed_at = now;
    }

    fn write(
        &mut self,
        change: TicketWrite,
        people: &People,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if let Some(details) = change.details {
            self.details_html = format!("<p>{}</p>", quick_xml::escape::escape(details.as_str()));
            self.details = details;
        }
        if let Some(html) = change.details_html {
            self.details = text::plain(&html);
            self.details_html = html;
        }
        if let Some(summary) = change.summary {
            self.summary = summary;
        }
        for (place, number) in [
            (&mut self.status_id, change.status_id),
            (&mut self.tickettype_id, change.tickettype_id),
            (&mut self.priority_id, change.priority_id),
            (&mut self.client_id, change.client_id),
            (&mut self.site_id, change.site_id),
            (&mut self.agent_id, change.agent_id),
        ] {
            *place = number.unwrap_or(*place);
        }
        let user_id = change.user_id.or(change.userlookup.map(|user| user.id));
        let user_id = user_id.and_then(|id| u32::try_from(id).ok());
        if let Some(person) = user_id.and_then(|id| people.by_halo_id(id)) {
            self.ask_by(
                person.halo_id,
                person.name(),
                person.mail.as_deref().unwrap_or_default(),
            );
        } else if let Some(email) = change.user_email {
            match people.by_mail(&email) {
                Some(person) => self.ask_by(person.halo_id, person.name(), &email),
                None => self.ask_by(1, "General User", &email),
            }
        }
        if let Some(category) = change.category_1 {
            self.category_1 = category;
        }
        for field in change.customfields {
            self.customfields.set(field)?;
        }
        self.touch(now);
        Ok(())
    }

    fn ask_by(&mut self, id: u32, name: &str, email: &str) {
        self.user_id = id;
        self.user_name = name.into();
        self.user_email = email.into();
    }

    /// As `GET /Tickets/{id}` answers; the text only with `includedetails`.
    pub(crate) fn shown(&self, details: bool) -> Value {
        let mut shown = json!({
            "id": self.id,
            "summary": self.summary,
            "status_id": self.status_id,
            "tickettype_id": self.tickettype_id,
            "priority_id": self.priority_id,
            "client_id": self.client_id,
            "client_name": "Company",
            "site_id": self.site_id,
            "agent_id": self.agent_id,
            "team": "Service Desk",
            "user_id": self.user_id,
            "user_name": self.user_name,
            "user_email": self.user_email,
            "category_1": self.category_1,
            "dateoccurred": self.created_at.to_string(),
            "lastactiondate": self.changed_at.to_string(),
            "hasbeenclosed": self.status_id == CLOSED,
            "customfields": self.customfields,
        });
        if details {
            shown["details"] = self.details.as_str().into();
            shown["details_html"] = self.details_html.as_str().into();
        }
        shown
    }

    /// The part of a ticket that a webhook carries.
    pub(super) fn hint(&self) -> Value {
        json!({
            "id": self.id,
            "summary": self.summary,
            "status_id": self.status_id,
            "customfields": self.customfields,
        })
    }

    pub(crate) fn notes(&self) -> Vec<Value> {
        self.actions.iter().map(Action::shown).collect()
    }
}

#[derive(Default)]
pub(crate) struct Tickets {
    /// The number the next ticket gets; 0 before the first.
    next: u64,
    all: BTreeMap<u64, Ticket>,
}

impl Tickets {
    pub(crate) fn emptied(self) -> Self {
        Self {
            next: self.next,
            all: BTreeMap::new(),
        }
    }

    pub(crate) fn number_from(&mut self, next: u64) {
        self.next = next;
    }

    pub(crate) fn get(&self, id: u64) -> Option<&Ticket> {
        self.all.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Ticket> {
        self.all.get_mut(&id)
    }

    pub(crate) fn newest_first(&self) -> impl Iterator<Item = &Ticket> {
        self.all.values().rev()
    }

    /// Makes a ticket under the next free number, or under `number`; none when that one is taken.
    pub(crate) fn create(
        &mut self,
        number: Option<u64>,
        write: TicketWrite,
        people: &People,
        now: Timestamp,
    ) -> Result<Option<u64>, Refusal> {
        let mut next = if self.next == 0 { FIRST } else { self.next };
        while self.all.contains_key(&next) {
            next += 1;
        }
        let id = number.unwrap_or(next);
        if self.all.contains_key(&id) {
            return Ok(None);
        }
        let mut ticket = Ticket::new(id, now);
        ticket.write(write, people, now)?;
        self.all.insert(id, ticket);
        if number.is_none() {
            self.next = next + 1;
        }
        Ok(Some(id))
    }

    pub(crate) fn change(
        &mut self,
        id: u64,
        write: TicketWrite,
        people: &People,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let ticket = self
            .all
            .get_mut(&id)
            .ok_or_else(|| Refusal::no_ticket(id))?;
        ticket.write(write, people, now)
    }
}
