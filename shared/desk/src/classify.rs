//! Deciding about a ticket's content, once per content.

use crate::{Raced, find_ticket, retried};
use audit::{Actor, Entry};
use domain::{
    Decision, EventId, Intake, Person, Requester, Telling, Tenant, Ticket, TicketName, TicketStatus,
};
use jiff::Timestamp;
use kit::{App, Problem};
use ports::CallError;
use serde_json::{Map, Value};
use store::StoredDecision;

/// What to do when the directory cannot be asked.
pub enum Looking {
    /// Answer with what there is and a warning; a partial answer is not kept.
    BestEffort,
    /// Fail, so that the event is tried again, and take on telling the PSA.
    Strict(EventId),
}

/// A decision, and the ticket it was made about.
pub struct Classified {
    /// The ticket as it now is.
    pub ticket: Ticket,
    /// The decision with the requester's context.
    pub stored: StoredDecision,
    /// What could not be found out.
    pub warnings: Vec<String>,
}

/// Decides about `content`. Equal content has the decision it had before; changed content gets a new one.
///
/// # Errors
/// When a table, or strictly the directory, cannot be asked.
pub async fn classify(
    app: &App,
    tenant: &Tenant,
    ticket: Ticket,
    content: &Intake,
    email: &str,
    actor: &Actor,
    looking: &Looking,
) -> Result<Classified, Problem> {
    let hash = content.hash();
    if ticket.decided.as_ref() == Some(&hash)
        && let Some(stored) = app.store().decision(tenant, ticket.id, &hash).await?
    {
        return Ok(Classified {
            ticket,
            stored,
            warnings: Vec::new(),
        });
    }
    let person = match look_up(app, tenant, email).await {
        Err(error)
            if matches!(looking, Looking::Strict(_))
                && !matches!(error, CallError::NotFound { .. }) =>
        {
            return Err(error.into());
        }
        found => found,
    };
    let now = app.clock().now();
    let decision = decide(app, tenant, content, &person, now).await?;
    let stored = StoredDecision {
        content: hash,
        decision,
        context: context(person.as_ref().ok()),
    };
    let partial = person
        .as_ref()
        .err()
        .filter(|error| !matches!(error, CallError::NotFound { .. }));
    if let Some(error) = partial {
        let warning =
            format!("the directory could not be asked, so the context is incomplete: {error}");
        return Ok(Classified {
            ticket,
            stored,
            warnings: vec![warning],
        });
    }
    let name = TicketName::Id(ticket.id);
    let requester = Requester {
        email: email.to_owned(),
        user_id: person.as_ref().ok().map(|person| person.id.clone()),
    };
    let seen = std::sync::Mutex::new(Some(ticket));
    let ticket = retried(|| async {
        let held = seen.lock().ok().and_then(|mut seen| seen.take());
        let ticket = match held {
            Some(ticket) => ticket,
            None => find_ticket(app, tenant, &name).await?,
        };
        if ticket.decided.as_ref() == Some(&stored.content) {
            return Ok(ticket);
        }
        let next = decided(&ticket, &stored, &requester, looking, now);
        let entry = entry(&stored, actor.clone(), now);
        let write = app.store().write(tenant, "ticket classified").ticket(
            Some(&ticket),
            &next,
            vec![entry],
        );
        let StoredDecision {
            content,
            decision,
            context,
        } = &stored;
        let written = write
            .decision(ticket.id, content, decision, context)
            .commit_returning()
            .await?;
        Ok::<_, Raced>(written.ticket.unwrap_or(next))
    })
    .await?;
    let warnings = match &person {
        Err(error) => vec![format!("the requester was not found: {error}")],
        Ok(_) => Vec::new(),
    };
    // What stands in the table is the answer: somebody may have decided about the same content first.
    let stored = app
        .store()
        .decision(tenant, ticket.id, &stored.content)
        .await?
        .unwrap_or(stored);
    Ok(Classified {
        ticket,
        stored,
        warnings,
    })
}

async fn look_up(app: &App, tenant: &Tenant, email: &str) -> Result<Person, CallError> {
    if email.is_empty() {
        return Err(CallError::NotFound {
            vendor: "directory",
            what: "requester: the ticket names no address",
        });
    }
    outside::directory(app, tenant).await?.person(email).await
}

/// The classifier's decision, held against what this tenant and this person allow.
async fn decide(
    app: &App,
    tenant: &Tenant,
    content: &Intake,
    person: &Result<Person, CallError>,
    now: Timestamp,
) -> Result<Decision, Problem> {
    let mut decision = classifier::classify(content, now);
    let Some(playbook) = decision.playbook_id.clone().filter(|_| decision.automated) else {
        return Ok(decision);
    };
    let enabled = app
        .store()
        .playbook(tenant, &playbook)
        .await?
        .is_some_and(|row| row.enabled);
    let obstacle = match person {
        _ if !enabled => Some(format!("the playbook {playbook} is not enabled")),
        Err(CallError::NotFound { .. }) => Some("the requester is not in the directory".to_owned()),
        Err(_) => None,
        Ok(person) => person.protected().map(|why| format!("the requester {why}")),
    };
    if let Some(obstacle) = obstacle {
        decision.automated = false;
        decision.playbook_id = None;
        decision.reasons.push(obstacle);
    }
    Ok(decision)
}

fn context(person: Option<&Person>) -> Map<String, Value> {
    let mut context = Map::new();
    let Some(person) = person else { return context };
    let fields = [
        ("user_id", Some(person.id.to_string())),
        ("user_name", Some(person.display_name.clone())),
        ("user_manager_email", person.manager_mail.clone()),
        ("user_department", person.department.clone()),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            context.insert(name.to_owned(), Value::String(value));
        }
    }
    context.insert(
        "user_directory_roles".to_owned(),
        Value::from(person.directory_roles.clone()),
    );
    context
}

fn decided(
    ticket: &Ticket,
    stored: &StoredDecision,
    requester: &Requester,
    looking: &Looking,
    now: Timestamp,
) -> Ticket {
    let telling = match looking {
        Looking::Strict(event) => Telling::Taken {
            by: event.clone(),
            since: now,
        },
        Looking::BestEffort => Telling::Open,
    };
    let status = if ticket.status == TicketStatus::New {
        TicketStatus::Open
    } else {
        ticket.status
    };
    Ticket {
        decided: Some(stored.content.clone()),
        requester: requester.clone(),
        telling,
        status,
        ..ticket.clone()
    }
}

fn entry(stored: &StoredDecision, actor: Actor, now: Timestamp) -> Entry {
    let decision = &stored.decision;
    Entry::new(now, actor, "ticket.classified")
        .fact("decision_id", decision.decision_id.clone())
        .fact("content", stored.content.as_str())
        .fact("automated", decision.automated)
        .fact(
            "playbook",
            decision.playbook_id.as_ref().map(ToString::to_string),
        )
        .fact("confidence", decision.confidence)
        .fact("classifier", decision.classifier_version.clone())
}
