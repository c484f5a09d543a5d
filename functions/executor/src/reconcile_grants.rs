//! Schedule, every minute: access whose time is over is taken away, and closed only when the directory shows it gone.

use crate::action::Action;
use crate::begun::{Begun, Outcome};
use crate::carry::{LOOKS_MS, carry_out};
use crate::grants;
use crate::intent::call_id;
use crate::look::look;
use crate::looked::Look;
use crate::vendors::{Vendors, vendors};
use audit::{Actor, Entry};
use domain::{Grant, GrantEnd, GrantId, GrantState, Tenant};
use jiff::Timestamp;
use kit::{App, Problem};
use ports::CallError;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::StoreError;

/// The most grants that one run looks at.
const BATCH: usize = 50;
/// How many grants are looked at at a time.
const AT_ONCE: usize = 5;

/// What a run looks at.
#[derive(Debug, Deserialize)]
pub struct Ask {
    /// Looks at what was to be looked at before this, as if it were that late: an operator's way to look now at what
    /// could not be revoked. What is not over stays.
    #[serde(default)]
    as_of: Option<Timestamp>,
}

/// Takes away what is over.
pub async fn reconcile_grants(app: App, ask: Ask) -> Result<Value, Problem> {
    let until = ask.as_of.unwrap_or_else(|| app.clock().now());
    let due = app.store().grants_due(until, BATCH).await?;
    let (mut closed, mut left, mut failed) = (0, 0, 0);
    for some in due.chunks(AT_ONCE) {
        let looks = some.iter().map(|(tenant, id)| end(&app, tenant, id));
        for (ended, (_, id)) in futures::future::join_all(looks).await.into_iter().zip(some) {
            match ended {
                Ok(true) => closed += 1,
                Ok(false) => left += 1,
                Err(problem) => {
                    tracing::error!(grant = %id, %problem, "a grant could not be looked at");
                    failed += 1;
                }
            }
        }
    }
    Ok(json!({"closed": closed, "left": left, "failed": failed}))
}

/// Ends one grant. `false` when the directory still shows it, or it is not over.
async fn end(app: &App, tenant: &Tenant, id: &GrantId) -> Result<bool, Problem> {
    let Some(grant) = app.store().grant(tenant, id).await? else {
        return Ok(false);
    };
    if !grant.is_over(app.clock().now()) {
        return Ok(false);
    }
    let live = grants::live(app, tenant, &grant.user_id, &grant.access).await?;
    let now = app.clock().now();
    if live
        .iter()
        .any(|other| other.id != grant.id && !other.is_over(now))
    {
        let next = grant.closed(GrantEnd::HeldByAnother, now);
        let entry = entry(app, "grant.closed", &grant).fact("end", "held_by_another");
        write(app, tenant, &grant, &next, entry).await?;
        return Ok(true);
    }
    let Some((grant, taken)) = take(app, tenant, &grant).await? else {
        return Ok(false);
    };
    let now = app.clock().now();
    let (next, entry) = match &taken {
        Ok(()) => (
            grant.closed(GrantEnd::SeenGone, now),
            entry(app, "grant.closed", &grant).fact("end", "seen_gone"),
        ),
        Err(why) => {
            let next = grant.still_there(now);
            let entry = entry(app, "grant.still_there", &grant)
                .fact("tries", next.tries)
                .fact("reason", why.clone());
            (next, entry)
        }
    };
    if next.state == GrantState::RevocationFailed {
        // Before it is written: a grant that says so has a person.
        let why = taken.as_ref().err().map_or("", String::as_str);
        let reason = format!(
            "access {} ended at {} and could not be taken away: {why}. Take it away by hand; Deskhand looks again daily",
            grant.access.id(),
            grant
                .expires_at
                .map(|at| at.to_string())
                .unwrap_or_default(),
        );
        desk::escalate_ticket(app, tenant, grant.ticket_id, &reason, grant.id.as_str()).await?;
    }
    write(app, tenant, &grant, &next, entry).await?;
    Ok(taken.is_ok())
}

/// Takes it away, and looks: the grant as it stands now, and why the directory shows it still. `None` when somebody else is
/// at it. Repeating is harmless: what is over is taken away.
async fn take(
    app: &App,
    tenant: &Tenant,
    grant: &Grant,
) -> Result<Option<(Grant, Result<(), String>)>, Problem> {
    let vendors: Vendors = vendors(app, tenant).await?;
    let as_it_is = |taken| Ok(Some((grant.clone(), taken)));
    let action = Action::RevokeAccess {
        user_id: grant.user_id.clone(),
        access: grant.access.clone(),
    };
    let person = vendors.directory.person(grant.user_id.as_str()).await;
    let person = match person {
        Ok(person) => person,
        // Who is gone has nothing.
        Err(CallError::NotFound { .. }) => return as_it_is(Ok(())),
        Err(error) => return as_it_is(Err(error.to_string())),
    };
    let now = app.clock().now();
    match look(&vendors, &action, &person, now).await {
        Ok(Look::Already) => return as_it_is(Ok(())),
        Ok(Look::Refused(no)) => return as_it_is(Err(no.why)),
        Ok(Look::Needed(_)) => {}
        Err(error) => return as_it_is(Err(error.to_string())),
    }
    let call_id = call_id(app);
    let entry = entry(app, "grant.revoking", grant).fact("client_request_id", call_id.clone());
    let Some(revoking) = write(app, tenant, grant, &grant.revoking(), entry).await? else {
        return Ok(None);
    };
    let begun = Begun {
        action,
        user: person.id,
        before: Map::new(),
        claim: call_id.clone(),
        call_id,
        grant: None,
    };
    let taken = match carry_out(&vendors, &begun, &LOOKS_MS).await {
        Outcome::Seen { .. } => Ok(()),
        Outcome::Nothing { reason, .. }
        | Outcome::Partly { reason, .. }
        | Outcome::Unknown { reason } => Err(reason),
    };
    Ok(Some((revoking, taken)))
}

/// Writes the grant with its record on its ticket's chain. `None` when somebody else has written it meanwhile.
async fn write(
    app: &App,
    tenant: &Tenant,
    seen: &Grant,
    next: &Grant,
    entry: Entry,
) -> Result<Option<Grant>, Problem> {
    desk::retried(|| async {
        let name = domain::TicketName::Id(seen.ticket_id);
        let ticket = desk::find_ticket(app, tenant, &name).await?;
        let entries = vec![entry.clone()];
        let write = app.store().write(tenant, "grant looked at");
        let write = write.ticket(Some(&ticket), &ticket, entries);
        match write.grant(Some(seen), next).commit_returning().await {
            Ok(written) => Ok(written.grant),
            Err(StoreError::Conflict { what: "grant" }) => Ok::<_, desk::Raced>(None),
            Err(error) => Err(error.into()),
        }
    })
    .await
}

fn entry(app: &App, action: &str, grant: &Grant) -> Entry {
    let actor = Actor::System("reconcile_grants".to_owned());
    Entry::new(app.clock().now(), actor, action)
        .fact("grant_id", grant.id.as_str())
        .fact("user_id", grant.user_id.as_str())
        .fact(grant.access.kind(), grant.access.id())
}
