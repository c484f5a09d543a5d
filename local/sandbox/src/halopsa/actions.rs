//! Actions: what was done on a ticket, notes among them.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, loose_id, text, tickets::Tickets};
use crate::HALO_AGENT_ID;

pub(super) struct Action {
    id: u64,
    ticket_id: u64,
    outcome_id: u32,
    outcome: String,
    hiddenfromuser: bool,
    note_html: String,
    note: String,
    sendemail: bool,
    emailbody_html: Option<String>,
    at: Timestamp,
}

/// What a caller writes.
#[derive(Deserialize)]
pub(super) struct ActionWrite {
    #[serde(default, deserialize_with = "loose_id")]
    ticket_id: Option<u64>,
    outcome_id: Option<u32>,
    outcome: Option<String>,
    #[serde(default)]
    hiddenfromuser: bool,
    note_html: Option<String>,
    note: Option<String>,
    #[serde(default)]
    sendemail: bool,
    emailbody_html: Option<String>,
    new_status: Option<u32>,
}

impl Action {
    pub(super) fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "ticket_id": self.ticket_id,
            "outcome_id": self.outcome_id,
            "outcome": self.outcome,
            "hiddenfromuser": self.hiddenfromuser,
            "note": self.note,
            "note_html": self.note_html,
            "sendemail": self.sendemail,
            "emailbody_html": self.emailbody_html,
            "who": "Deskhand",
            "who_type": 1,
            "who_agentid": HALO_AGENT_ID,
            "datetime": self.at.to_string(),
        })
    }
}

/// Writes an action and answers with it and its ticket's number.
pub(super) fn add(
    tickets: &mut Tickets,
    write: ActionWrite,
    now: Timestamp,
) -> Result<(u64, Value), Refusal> {
    let outcome_id = write.outcome_id.unwrap_or_default();
    let named = write.outcome.filter(|outcome| !outcome.is_empty());
    if outcome_id == 0 && named.is_none() {
        return Err(Refusal::bad("An Outcome must be entered for this Action"));
    }
    let outcome = named.unwrap_or_else(|| match outcome_id {
        7 => "Internal Note".into(),
        other => format!("Outcome {other}"),
    });
    let ticket_id = write
        .ticket_id
        .ok_or_else(|| Refusal::bad("A Ticket must be entered for this Action"))?;
    let ticket = tickets
        .get_mut(ticket_id)
        .ok_or_else(|| Refusal::no_ticket(ticket_id))?;
    let note_html = write.note_html.or(write.note).unwrap_or_default();
    let action = Action {
        id: ticket.actions.last().map_or(1, |action| action.id + 1),
        ticket_id,
        outcome_id,
        outcome,
        hiddenfromuser: write.hiddenfromuser,
        note: text::plain(&note_html),
        note_html,
        sendemail: write.sendemail,
        emailbody_html: write.emailbody_html,
        at: now,
    };
    let shown = action.shown();
    ticket.actions.push(action);
    ticket.status_id = write.new_status.unwrap_or(ticket.status_id);
    ticket.touch(now);
    Ok((ticket_id, shown))
}
