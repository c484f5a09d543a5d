//! Deciding about a ticket's content, once per content.

use crate::intake::{Met, meet, named, received};
use crate::opinion::{self, Asked};
use crate::shadow::{auto_start, candidate, counted};
use crate::{Arrival, Raced, retried, take_in};
use audit::{Actor, Entry};
use classifier::{About, Ruling, TenantRules};
use domain::{
    Candidate, Decision, EventId, Intake, Person, Requester, Telling, Tenant, Ticket, TicketStatus,
};
use jiff::Timestamp;
use kit::{App, Problem};
use ports::CallError;
use serde_json::{Map, Value};
use store::{StoredDecision, Tally};

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
    /// Whether this call decided, and so is the one to tell the PSA.
    pub fresh: bool,
}

/// Decides about an arrival's content. Equal content has the decision it had before; changed content gets a new one. A
/// ticket that is new is taken in by the same write.
///
/// # Errors
/// When a table, or strictly the directory, cannot be asked.
pub async fn classify(
    app: &App,
    tenant: &Tenant,
    arrival: &Arrival<'_>,
    content: &Intake,
    looking: &Looking,
) -> Result<Classified, Problem> {
    let hash = content.hash();
    let met = meet(app, tenant, arrival).await?;
    if let Met::Known(ticket) = &met
        && ticket.decided.as_ref() == Some(&hash)
        && let Some(stored) = app.store().decision(tenant, ticket.id, &hash).await?
    {
        return Ok(Classified {
            ticket: ticket.as_ref().clone(),
            stored,
            warnings: Vec::new(),
            fresh: false,
        });
    }
    let looked_up = look_up(app, tenant, arrival.email);
    let (person, rules) = tokio::join!(looked_up, laid_down(app, tenant));
    let rules = rules?;
    let now = app.clock().now();
    let about = About {
        sender: arrival.email,
        category: arrival.category,
    };
    let Ruling { decision, is_open } = classifier::classify_by(&rules, content, &about, now);
    let (decision, proposed) = allowed(app, tenant, decision, &person).await?;
    let mut stored = StoredDecision {
        content: hash,
        decision,
        context: context(person.as_ref().ok()),
        proposed,
    };
    match (&person, looking) {
        (Ok(_) | Err(CallError::NotFound { .. }), _) => {}
        (Err(error), Looking::Strict(_)) => return Err(error.clone().into()),
        (Err(error), Looking::BestEffort) => {
            let warning =
                format!("the directory could not be asked, so the context is incomplete: {error}");
            return Ok(Classified {
                ticket: take_in(app, tenant, arrival).await?,
                stored,
                warnings: vec![warning],
                fresh: false,
            });
        }
    }
    // Behind this the decision is kept, so that a second opinion is asked for once.
    let asked = if is_open {
        opinion::ask(app, tenant, &rules, content, &mut stored.decision).await?
    } else {
        Asked::default()
    };
    let requester = Requester {
        email: arrival.email.to_owned(),
        user_id: person.as_ref().ok().map(|person| person.id.clone()),
    };
    let keep = Keep {
        stored: &stored,
        requester,
        looking,
        is_shared: asked.is_sent,
        now,
    };
    let (ticket, fresh) = keep.in_store(app, tenant, arrival, met).await?;
    if let Some(of) = stored.proposed.as_ref().filter(|_| fresh) {
        let more = Tally {
            decided: 1,
            missed: 0,
        };
        counted(app, tenant, of, more).await;
    }
    let not_found = person.as_ref().err();
    let not_found = not_found.map(|error| format!("the requester was not found: {error}"));
    let warnings = not_found.into_iter().chain(asked.warning).collect();
    // What stands in the table is the answer: somebody may have decided about the same content first.
    let kept = app.store().decision(tenant, ticket.id, &stored.content);
    let kept = kept.await?;
    Ok(Classified {
        ticket,
        stored: kept.unwrap_or(stored),
        warnings,
        fresh,
    })
}

/// A decision to keep.
struct Keep<'a> {
    stored: &'a StoredDecision,
    requester: Requester,
    looking: &'a Looking,
    /// Whether its words left for a second opinion.
    is_shared: bool,
    now: Timestamp,
}

impl Keep<'_> {
    /// Writes the decision on the ticket, which is taken in with it if it is new. Says whether this is the write that stands.
    async fn in_store(
        &self,
        app: &App,
        tenant: &Tenant,
        arrival: &Arrival<'_>,
        met: Met,
    ) -> Result<(Ticket, bool), Problem> {
        let first = std::sync::Mutex::new(Some(met));
        retried(|| async {
            let held = first.lock().ok().and_then(|mut first| first.take());
            let met = match held {
                Some(met) => met,
                None => meet(app, tenant, arrival).await?,
            };
            let classified = entry(self.stored, arrival.actor.clone(), self.now)
                .fact("second_opinion", self.is_shared.then_some(true));
            let (write, next) = match met {
                Met::Known(ticket) if ticket.decided.as_ref() == Some(&self.stored.content) => {
                    return Ok((*ticket, false));
                }
                Met::Known(ticket) => {
                    let next = self.decided(&ticket);
                    let write = app.store().write(tenant, "ticket classified");
                    (write.ticket(Some(&ticket), &next, vec![classified]), next)
                }
                Met::New(ticket) => {
                    let next = self.decided(&ticket);
                    let entries = vec![received(&next, &arrival.actor), classified];
                    let write = app.store().write(tenant, "ticket taken in and classified");
                    (named(write.ticket(None, &next, entries), &next), next)
                }
            };
            let write = write.decision(next.id, self.stored);
            let written = write.commit_returning().await?;
            Ok::<_, Raced>((written.ticket.unwrap_or(next), true))
        })
        .await
    }

    fn decided(&self, ticket: &Ticket) -> Ticket {
        let telling = match self.looking {
            Looking::Strict(event) => Telling::Taken {
                by: event.clone(),
                since: self.now,
            },
            Looking::BestEffort => Telling::Open,
        };
        let status = match ticket.status {
            TicketStatus::New => TicketStatus::Open,
            other => other,
        };
        Ticket {
            decided: Some(self.stored.content.clone()),
            requester: self.requester.clone(),
            telling,
            status,
            ..ticket.clone()
        }
    }
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

/// What the tenant lays down beside the model. Nothing keeps it: a change holds for whatever is decided after it.
async fn laid_down(app: &App, tenant: &Tenant) -> Result<TenantRules, Problem> {
    let Some(held) = app.store().rules_of(tenant).await? else {
        return Ok(TenantRules::default());
    };
    TenantRules::parse(&held.row.document).map_err(|flaws| Problem::internal(&flaws))
}

/// The classifier's decision, held against what this tenant and this person allow, and the version it is for; what they do not
/// allow is a suggestion. A version in shadow is not started: the decision says that it would have been.
async fn allowed(
    app: &App,
    tenant: &Tenant,
    mut decision: Decision,
    person: &Result<Person, CallError>,
) -> Result<(Decision, Option<Candidate>), Problem> {
    let Some(playbook) = decision.playbook_id.clone().filter(|_| decision.automated) else {
        return Ok((decision, None));
    };
    let row = app.store().playbook_of(tenant, &playbook).await?;
    let proposed = row.as_ref().and_then(candidate);
    let obstacle = match person {
        _ if proposed.is_none() => Some(format!("the playbook {playbook} is not enabled")),
        Err(CallError::NotFound { .. }) => Some("the requester is not in the directory".to_owned()),
        Err(_) => None,
        Ok(person) => match person.protected() {
            Some(why) => Some(format!("the requester {why}")),
            None => protected(app, tenant, person).await?,
        },
    };
    if let Some(obstacle) = obstacle {
        decision.automated = false;
        decision.playbook_id = None;
        decision.reasons.push(obstacle);
        return Ok((decision, None));
    }
    if let Some(of) = &proposed {
        let standing = auto_start(app, tenant, of).await?;
        if !standing.unlocked {
            decision.automated = false;
            decision.playbook_id = None;
            let why = standing.reasons.join("; ");
            let shadow = format!("{of} would have been started, but is in shadow: {why}");
            decision.reasons.push(shadow);
        }
    }
    Ok((decision, proposed))
}

/// Why the tenant's policy lets nothing be done to the person, if it names them. Whether they are in a group that it names is left
/// to whoever acts: the directory has to be asked for it.
async fn protected(app: &App, tenant: &Tenant, person: &Person) -> Result<Option<String>, Problem> {
    let held = app.store().policy_of(tenant).await?;
    let named = held.is_some_and(|held| held.row.policy.protected.users.contains(&person.id));
    Ok(named.then(|| "the requester is protected by the organization's policy".to_owned()))
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
        .fact(
            "proposed",
            stored.proposed.as_ref().map(ToString::to_string),
        )
        .fact("confidence", decision.confidence)
        .fact("classifier", decision.classifier_version.clone())
}
