//! `POST /api/v1/classifier/feedback`: say what a decision should have been.

use audit::Entry;
use auth::ClassifyFeedback;
use axum::Json;
use desk::{AutoStart, Choice, Labelled, corrected, find_ticket, retried, tallied};
use domain::{Candidate, ContentHash, Intake, LabelSource, PlaybookName, Tenant, TicketName};
use jiff::Timestamp;
use kit::{App, Body, Caller, Patch, Problem, Problems};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// The longest note, in characters.
const LONGEST: usize = 500;
/// The longest text that is kept, in bytes.
const MOST_TEXT: usize = 4_096;

/// What the decision in force about a ticket should have been.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Feedback {
    /// Any of the ticket's names.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The playbook that would have been right; null for none.
    #[serde(default)]
    #[schema(value_type = Option<String>, required, example = "unlock_account")]
    playbook_id: Patch<PlaybookName>,
    /// Why, in 500 characters at most. It is kept with the example, and only its hash in the record.
    #[schema(example = "The account was locked, the password was known")]
    note: Option<String>,
    /// What the ticket said when it was decided about, at most 4 KB, to be kept with the example: the examples then show what the
    /// present model makes of it. Without it only the text's fingerprint is kept.
    text: Option<DecidedText>,
}

/// A ticket's text, word for word.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct DecidedText {
    #[serde(default)]
    #[schema(example = "I can't log in")]
    subject: String,
    #[serde(default)]
    #[schema(example = "Password doesn't work")]
    body: String,
}

/// The decision with its label.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FeedbackReply {
    /// The ticket's name.
    #[schema(example = "HLP-12345")]
    ticket_id: String,
    /// The decision.
    decision_id: String,
    /// The playbook that was decided for; null when the ticket was left to people.
    decided: Option<String>,
    /// What would have been right.
    playbook_id: Option<String>,
    /// Whether the decision was right.
    agrees: bool,
    /// Who said so.
    labelled_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    labelled_at: Timestamp,
    /// Whether decisions may start the version that was decided for, now that this is known; null when none was.
    auto_start: Option<AutoStart>,
}

/// Say what a decision should have been.
///
/// It becomes a labelled example and a regression case, takes the place of what was said or done about this decision before, and
/// counts at once. Saying the same again changes nothing.
#[utoipa::path(post, path = "/api/v1/classifier/feedback", operation_id = "create_feedback", request_body = Feedback,
    responses((status = 200, body = FeedbackReply), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn create_feedback(
    app: App,
    caller: Caller<ClassifyFeedback>,
    Body(ask): Body<Feedback>,
) -> Result<Json<FeedbackReply>, Problem> {
    let (tenant, actor) = (caller.tenant(), caller.actor());
    let note = ask.note.as_deref().map(note).transpose()?;
    let label = retried(|| async {
        let ticket = find_ticket(&app, tenant, &ask.ticket_id).await?;
        let playbook = right(&app, tenant, &ask.playbook_id).await?;
        let never = || Problem::not_found("classification: this ticket was never classified");
        let content = ticket.decided.as_ref().ok_or_else(never)?;
        let stored = app.store().decision(tenant, ticket.id, content).await?;
        let stored = stored.ok_or_else(never)?;
        let choice = Choice {
            playbook: playbook.as_ref(),
            source: LabelSource::Correction,
            actor: &actor,
            note: note.clone(),
            text: ask
                .text
                .as_ref()
                .map(|text| kept(text, content))
                .transpose()?,
        };
        let label = corrected(&app, tenant, &ticket, &stored, choice).await?;
        if label.is_known() {
            return Ok(label);
        }
        let said = note.as_ref().map(|note| hex::encode(Sha256::digest(note)));
        let entry = Entry::new(
            label.example.labelled_at,
            actor.clone(),
            "decision.corrected",
        );
        let entry = label
            .told(entry)
            .fact("note_sha256", said)
            .fact("text_kept", label.example.text.is_some());
        let write = app.store().write(tenant, "decision corrected");
        let write = write.ticket(Some(&ticket), &ticket, vec![entry]);
        label.add(write).commit().await?;
        tallied(&app, tenant, &label).await;
        Ok(label)
    })
    .await?;
    Ok(Json(reply(&ask.ticket_id, label)))
}

/// The version that would have been right: what runs of the playbook, or its latest.
async fn right(
    app: &App,
    tenant: &Tenant,
    said: &Patch<PlaybookName>,
) -> Result<Option<Candidate>, Problem> {
    let name = match said {
        Patch::Absent => {
            let message = "name the playbook that would have been right, or null for none";
            return Err(Problem::invalid("playbook_id", message));
        }
        Patch::Null => return Ok(None),
        Patch::Value(name) => name,
    };
    let row = app.store().playbook_of(tenant, name).await?;
    let row = row.ok_or_else(|| {
        let message = format!("there is no playbook {name}; GET /api/v1/playbooks lists them");
        Problem::invalid("playbook_id", message)
    })?;
    Ok(Some(Candidate {
        playbook: row.name,
        version: row.active_version.unwrap_or(row.latest_version),
    }))
}

fn note(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if (1..=LONGEST).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    let message = "a note has 1 to 500 characters; leave it out where there is none";
    Err(Problem::invalid("note", message))
}

/// The text as the decision was made about it.
fn kept(text: &DecidedText, decided: &ContentHash) -> Result<Intake, Problem> {
    if text.subject.len() + text.body.len() > MOST_TEXT {
        let message = "a text that is kept has 4096 bytes at most; leave it out where it is longer";
        return Err(Problem::invalid("text", message));
    }
    let text = Intake {
        subject: text.subject.clone(),
        body: text.body.clone(),
    };
    if text.hash() == *decided {
        return Ok(text);
    }
    let message =
        "this is not what was decided about; give subject and body as the ticket has them";
    Err(Problem::invalid("text", message))
}

fn reply(ticket: &TicketName, label: Labelled) -> FeedbackReply {
    let auto_start = label.standing().map(|(_, standing)| standing.into());
    let name = |of: &Option<Candidate>| of.as_ref().map(|of| of.playbook.to_string());
    let example = label.example;
    FeedbackReply {
        ticket_id: ticket.to_string(),
        decided: name(&example.decided),
        playbook_id: name(&example.label),
        agrees: example.agrees(),
        decision_id: example.decision_id,
        labelled_by: example.labelled_by,
        labelled_at: example.labelled_at,
        auto_start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_said_and_nothing_is_not() {
        let read = |text: &str| serde_json::from_str::<Feedback>(text).unwrap().playbook_id;
        assert!(read(r#"{"ticket_id": "HLP-7", "playbook_id": null}"#).is_null());
        assert_eq!(read(r#"{"ticket_id": "HLP-7"}"#), Patch::Absent);
    }

    #[test]
    fn a_text_is_kept_only_where_it_is_the_one_that_was_decided_about() {
        let said = |body: &str| DecidedText {
            subject: "Printer".into(),
            body: body.into(),
        };
        let decided = Intake {
            subject: "Printer".into(),
            body: "jams".into(),
        };
        assert_eq!(kept(&said("jams"), &decided.hash()).unwrap(), decided);
        assert!(kept(&said("burns"), &decided.hash()).is_err());
        let long = Intake {
            body: "x".repeat(MOST_TEXT),
            ..decided
        };
        assert!(kept(&said(&long.body), &long.hash()).is_err());
    }

    #[test]
    fn a_note_says_something_and_is_bounded() {
        assert_eq!(note(" locked ").unwrap(), "locked");
        for bad in ["", "  ", &"x".repeat(501)] {
            assert!(note(bad).is_err(), "{}", bad.len());
        }
    }
}
