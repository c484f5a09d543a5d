//! An action that a caller asks for: its intent and its result stand on the ticket's chain.

use crate::action::Action;
use crate::answer::Answer;
use crate::begun::{Begun, Outcome};
use crate::caps;
use crate::carry::{LOOKS_MS, carry_out, settle};
use crate::disabled::{Change, Keeper};
use crate::grants;
use crate::intent::call_id;
use crate::look::look;
use crate::looked::Look;
use crate::needs::{Lacking, Receipts, Wish, receipts};
use crate::problems::{failed, lacking, partly, refused, unknown};
use crate::record::RECORD_PAUSES_MS;
use crate::rules::{self, Subject};
use crate::slot::{Stands, ended, stands};
use crate::vendors::{Vendors, vendors};
use audit::{Actor, Entry};
use domain::{Disabler, Grant, Person, Tenant, Ticket, TicketName};
use kit::{App, Problem};
use serde_json::{Map, Value};
use std::time::{Duration, Instant};
use store::{ActionRow, ActionState, StoreError};

/// How long a repeated call waits for the first one's result.
const WAITS: Duration = Duration::from_secs(12);
const LOOKS_EVERY: Duration = Duration::from_millis(200);

/// Makes it so, once, whoever calls how often.
pub(crate) async fn act(
    app: &App,
    tenant: &Tenant,
    actor: Actor,
    name: &TicketName,
    action: &Action,
) -> Result<Answer, Problem> {
    let call = ByCall {
        app,
        tenant,
        actor,
        action,
    };
    let started = Instant::now();
    loop {
        let ticket = desk::find_ticket(app, tenant, name).await?;
        let row = app
            .store()
            .action(tenant, ticket.id, &action.slot())
            .await?;
        let answer = match stands(row, action, app.clock().now()) {
            Stands::Done(result) => Some(Answer {
                result,
                replayed: true,
            }),
            Stands::UnderWay => None,
            Stands::Abandoned(row) => Box::pin(call.take_up(&ticket, &row)).await?,
            Stands::Free { row, claim } => call.begin(&ticket, row.as_ref(), claim).await?,
        };
        if let Some(answer) = answer {
            return Ok(answer);
        }
        if started.elapsed() > WAITS {
            let busy = Problem::conflict(
                "IN_FLIGHT",
                "an action on the same person and target is being made on this ticket; ask again for its result",
            );
            return Err(busy.retry_after(2));
        }
        tokio::time::sleep(LOOKS_EVERY).await;
    }
}

/// Who asks for what.
struct ByCall<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    actor: Actor,
    action: &'a Action,
}

impl ByCall<'_> {
    /// Looks, and does what is needed. `None` when somebody was faster.
    async fn begin(
        &self,
        ticket: &Ticket,
        row: Option<&ActionRow>,
        claim: Option<String>,
    ) -> Result<Option<Answer>, Problem> {
        let vendors = vendors(self.app, self.tenant).await?;
        let name = self.action.user().as_str();
        let subject = rules::subject(self.app, self.tenant, &*vendors.directory, name).await?;
        let now = self.app.clock().now();
        if let Some(no) = subject.refusal(self.action, now) {
            return Err(refused(&no));
        }
        let person = &subject.person;
        let looked = look(&vendors, self.action, person, now).await?;
        if looked != Look::Already
            && let Some(no) = self.keeper(ticket).refusal(&person.id, self.action).await?
        {
            return Err(refused(&no));
        }
        let before = match looked {
            Look::Already => return self.already(ticket, person).await,
            Look::Refused(no) => return Err(refused(&no)),
            Look::Needed(before) => before,
        };
        let receipts = match self.receipts(ticket, &subject, claim.as_deref()).await? {
            Ok(receipts) => receipts,
            Err(lack) if lack.overtaken(self.app, self.tenant, ticket).await? => return Ok(None),
            Err(lack) => return Err(lacking(&lack)),
        };
        let call_id = call_id(self.app);
        let begun = Begun {
            action: self.action.clone(),
            user: person.id.clone(),
            before,
            claim: claim.unwrap_or_else(|| call_id.clone()),
            call_id,
            grant: grants::intended(self.app, ticket.id, &person.id, self.action),
        };
        let Some((ticket, row)) = self.intend(ticket, row, &begun, &receipts).await? else {
            return Ok(None);
        };
        let outcome = carry_out(&vendors, &begun, &LOOKS_MS).await;
        self.conclude(ticket, &row, &begun, &outcome)
            .await
            .map(Some)
    }

    async fn receipts(
        &self,
        ticket: &Ticket,
        subject: &Subject,
        claim: Option<&str>,
    ) -> Result<Result<Receipts, Lacking>, StoreError> {
        let Some(wish) = Wish::of(self.action) else {
            return Ok(Ok(Receipts::default()));
        };
        // What is tried again was counted when it was first tried.
        let now = self.app.clock().now();
        let counts = claim
            .is_none()
            .then(|| caps::of_call(subject, &self.actor, now));
        let found = receipts(self.app, self.tenant, ticket.id, wish, subject, claim).await?;
        Ok(found.map(|found| found.counting(counts)))
    }

    /// Answers that nothing had to be done: grants of what is gone are closed, an account that is shut is ours to keep shut.
    async fn already(&self, ticket: &Ticket, person: &Person) -> Result<Option<Answer>, Problem> {
        let live = match self.action.access() {
            Some(access) => grants::live(self.app, self.tenant, &person.id, access).await?,
            None => Vec::new(),
        };
        let keeper = self.keeper(ticket);
        let account = keeper.when_unneeded(&person.id, self.action).await?;
        let closes = matches!(self.action, Action::RevokeAccess { .. }) && !live.is_empty();
        if closes || account != Change::Nothing {
            let now = self.app.clock().now();
            let word = if closes {
                "grant.closed"
            } else {
                "account.found"
            };
            let entry = self
                .action
                .facts(self.entry(word))
                .fact("grant_id", live.first().map(|grant| grant.id.to_string()))
                .fact("end", closes.then_some("seen_gone"));
            let gone = Outcome::Seen {
                shown: Map::new(),
                answer: "none",
            };
            let entries = vec![account.told(entry)];
            let write = self.app.store().write(self.tenant, "found already");
            let write = write.ticket(Some(ticket), ticket, entries);
            let write = grants::with(write, &live, self.action, &gone, now);
            match account.within(write).commit().await {
                Ok(()) => {}
                Err(StoreError::Conflict { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(Answer {
            result: grants::unneeded(self.action, &live),
            replayed: false,
        }))
    }

    /// Writes the intent and spends the receipts. `None` when somebody was faster.
    async fn intend(
        &self,
        ticket: &Ticket,
        seen: Option<&ActionRow>,
        begun: &Begun,
        receipts: &Receipts,
    ) -> Result<Option<(Ticket, ActionRow)>, Problem> {
        let now = self.app.clock().now();
        let row = ActionRow {
            id: self.action.slot(),
            ticket_id: ticket.id,
            state: ActionState::Begun,
            output: begun.to_row(),
            at: now,
            rev: 0,
        };
        let entry = begun
            .facts(self.entry("action.begun"))
            .fact("action_id", row.id.clone())
            .fact("receipts", receipts.ids());
        let account = self.keeper(ticket).at_intent(begun).await?;
        let mut write = self
            .app
            .store()
            .write(self.tenant, "action begun")
            .ticket(Some(ticket), ticket, vec![entry])
            .action(seen, &row);
        write = account.within(write);
        if let Some(grant) = &begun.grant {
            write = write.grant(None, grant);
        }
        if let Some(wish) = Wish::of(self.action) {
            write = receipts.spend(write, wish, &begun.claim, now)?;
        }
        match write.commit_returning().await {
            Ok(written) => Ok(written.ticket.zip(written.action)),
            Err(StoreError::Conflict { what }) => {
                caps::lost(self.app, self.tenant, what, receipts.counting.as_ref()).await
            }
            Err(error) => match self.begun_after_all(ticket, &row).await {
                Some(rows) => Ok(Some(rows)),
                None => Err(error.into()),
            },
        }
    }

    /// The rows as they stand, when the intent is written although its answer was lost.
    async fn begun_after_all(
        &self,
        ticket: &Ticket,
        row: &ActionRow,
    ) -> Option<(Ticket, ActionRow)> {
        let store = self.app.store();
        let there = store.action(self.tenant, ticket.id, &row.id);
        let there = there.await.ok()??;
        let ticket = store.ticket(self.tenant, ticket.id).await.ok()??;
        let ours = there.state == ActionState::Begun && there.output == row.output;
        ours.then_some((ticket, there))
    }

    /// Goes on with what an earlier call began and left, whoever asked for it. `None` when it was another action, or
    /// somebody else took it up.
    async fn take_up(&self, ticket: &Ticket, row: &ActionRow) -> Result<Option<Answer>, Problem> {
        let Some(begun) = grants::left(self.app, self.tenant, &row.output).await? else {
            return Err(unknown("its row does not say what was begun"));
        };
        let next = ActionRow {
            at: self.app.clock().now(),
            ..row.clone()
        };
        let entry = begun
            .facts(self.entry("action.taken_up"))
            .fact("action_id", row.id.clone());
        let written = self
            .app
            .store()
            .write(self.tenant, "action taken up")
            .ticket(Some(ticket), ticket, vec![entry])
            .action(Some(row), &next)
            .commit_returning()
            .await;
        let written = match written {
            Ok(written) => written,
            Err(StoreError::Conflict { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let Some((ticket, row)) = written.ticket.zip(written.action) else {
            return Ok(None);
        };
        let vendors: Vendors = vendors(self.app, self.tenant).await?;
        let outcome = settle(&vendors, &begun, &LOOKS_MS).await;
        let ended = self.conclude(ticket, &row, &begun, &outcome).await;
        if begun.action == *self.action {
            return ended.map(Some);
        }
        Ok(None)
    }

    /// Records the outcome and says it.
    async fn conclude(
        &self,
        ticket: Ticket,
        row: &ActionRow,
        begun: &Begun,
        outcome: &Outcome,
    ) -> Result<Answer, Problem> {
        let result = self.record(ticket, row, begun, outcome).await;
        match (outcome, result) {
            (Outcome::Seen { .. }, Some(result)) => Ok(Answer {
                result,
                replayed: false,
            }),
            (Outcome::Seen { .. }, None) => Err(unknown(
                "it was done and could not be recorded; the same call again looks and records it",
            )),
            (Outcome::Nothing { reason, retryable }, _) => Err(failed(reason, *retryable)),
            (
                Outcome::Partly {
                    reason, retryable, ..
                },
                _,
            ) => Err(partly(reason, *retryable)),
            (Outcome::Unknown { reason }, _) => Err(unknown(reason)),
        }
    }

    /// Writes how it ended, and answers with the result. `None` when that could not be written, or somebody has taken the
    /// action up meanwhile.
    async fn record(
        &self,
        mut ticket: Ticket,
        row: &ActionRow,
        begun: &Begun,
        outcome: &Outcome,
    ) -> Option<Map<String, Value>> {
        let store = self.app.store();
        for pause_ms in RECORD_PAUSES_MS {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            let grants = grants::touched(self.app, self.tenant, begun).await;
            let Ok(grants) = grants else { continue };
            let account = self.keeper(&ticket).at_end(begun, outcome).await;
            let Ok(account) = account else { continue };
            let (next, result, entry) = self.ended(row, begun, outcome, &grants);
            let write = store
                .write(self.tenant, "action ended")
                .ticket(Some(&ticket), &ticket, vec![entry])
                .action(Some(row), &next);
            let write = grants::with(write, &grants, &begun.action, outcome, next.at);
            let write = account.within(write);
            let Err(error) = write.commit().await else {
                return Some(result);
            };
            tracing::warn!(%error, action = row.id, "a result is not recorded yet");
            match store.action(self.tenant, row.ticket_id, &row.id).await {
                // Ours, and only its answer was lost; or another's, and ours comes too late.
                Ok(Some(there)) if there.rev != row.rev => {
                    return (there.state == next.state
                        && there.output.get("call_id") == next.output.get("call_id"))
                    .then_some(result);
                }
                _ => {}
            }
            if let Ok(Some(now)) = store.ticket(self.tenant, ticket.id).await {
                ticket = now;
            }
        }
        tracing::error!(action = row.id, "a result could not be recorded");
        None
    }

    /// The row and the record of an end, and what the caller is told.
    fn ended(
        &self,
        row: &ActionRow,
        begun: &Begun,
        outcome: &Outcome,
        grants: &[Grant],
    ) -> (ActionRow, Map<String, Value>, Entry) {
        let (next, result) = ended(row, begun, outcome, grants, self.app.clock().now());
        let entry = match outcome {
            Outcome::Seen { answer, .. } => self.entry("action.done").fact("answer", *answer),
            Outcome::Nothing { reason, .. } | Outcome::Partly { reason, .. } => {
                self.entry("action.failed").fact("reason", reason.clone())
            }
            Outcome::Unknown { reason } => {
                self.entry("action.unknown").fact("reason", reason.clone())
            }
        };
        let entry = begun.facts(entry).fact("action_id", row.id.clone());
        (next, result.clone(), grants::told(entry, &result))
    }

    fn keeper(&self, ticket: &Ticket) -> Keeper<'_> {
        let ticket_id = ticket.id;
        Keeper {
            app: self.app,
            tenant: self.tenant,
            by: Disabler::Call { ticket_id },
        }
    }

    fn entry(&self, action: &str) -> Entry {
        Entry::new(self.app.clock().now(), self.actor.clone(), action)
    }
}
