//! A reset that a caller asks for: its intent and its result stand on the ticket's chain.

use crate::ask::Ask;
use crate::caps;
use crate::intent::Intent;
use crate::issue::{self, Issued, NotIssued, Target};
use crate::needs::{Receipts, Wish, consent_to_reset};
use crate::problems::{failed, lacking, no_target};
use crate::receipt::{self, Receipt};
use crate::record::RECORD_PAUSES_MS;
use crate::rules::Subject;
use crate::standing::{self, Earlier, Standing, action_id, standing};
use audit::{Actor, Entry};
use domain::{MfaPrompt, MfaState, Need, Tenant, Ticket, TicketName, VERIFICATION_MAX_AGE};
use http::StatusCode;
use kit::{App, Problem};
use std::time::{Duration, Instant};
use store::{ActionRow, ActionState, StoreError};

/// How long a repeated call waits for the first one's result.
const WAITS: Duration = Duration::from_secs(4);
const LOOKS_EVERY: Duration = Duration::from_millis(200);

/// What a call is answered with.
pub(crate) enum Answer {
    /// This call made the pass.
    First(Box<Issued>),
    /// An earlier call did.
    Again(Earlier),
}

/// Resets once per receipt, whoever calls how often.
pub(crate) async fn reset(
    app: &App,
    tenant: &Tenant,
    actor: Actor,
    name: &TicketName,
    ask: &Ask,
    reveal: bool,
) -> Result<Answer, Problem> {
    let desk = Desk {
        app,
        tenant,
        actor,
        name,
        ask,
    };
    let begun = match desk.begin().await? {
        Begun::Earlier(earlier) => return Ok(Answer::Again(earlier)),
        Begun::Now(begun) => begun,
    };
    let issued = issue::issue(
        app,
        tenant,
        begun.action.ticket_id,
        ask,
        &begun.target,
        &begun.intent,
    )
    .await;
    match issued {
        Ok(issued) => {
            let output = standing::done(&begun.action, &issued);
            let next = ActionRow {
                state: ActionState::Done,
                output,
                ..begun.action.clone()
            };
            let entry = issued
                .facts(desk.entry("action.done", &begun.action))
                .fact("revealed", reveal);
            if desk.record(&begun, next, entry, Some(&issued)).await {
                Ok(Answer::First(Box::new(issued)))
            } else {
                Err(unknown(
                    "it was made and could not be recorded, so nobody has it",
                ))
            }
        }
        Err(NotIssued::Nothing { reason, retryable }) => {
            let output = standing::failed(&begun.action, &reason, retryable);
            let next = ActionRow {
                state: ActionState::Failed,
                output,
                ..begun.action.clone()
            };
            let entry = desk
                .entry("action.failed", &begun.action)
                .fact("reason", reason.clone());
            desk.record(&begun, next, entry, None).await;
            Err(failed(&reason, retryable))
        }
        Err(NotIssued::Unknown { reason }) => {
            let next = ActionRow {
                state: ActionState::Unknown,
                ..begun.action.clone()
            };
            let entry = desk
                .entry("action.unknown", &begun.action)
                .fact("reason", reason.clone());
            desk.record(&begun, next, entry, None).await;
            Err(unknown(&reason))
        }
    }
}

/// Who asks for what, where.
struct Desk<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    actor: Actor,
    name: &'a TicketName,
    ask: &'a Ask,
}

/// A reset whose intent stands.
struct Intended {
    ticket: Ticket,
    action: ActionRow,
    target: Target,
    intent: Intent,
}

enum Begun {
    Now(Box<Intended>),
    Earlier(Earlier),
}

/// What is to be done about what the tables say.
enum Turn {
    Begin {
        receipt: Box<MfaPrompt>,
        failed: Option<ActionRow>,
    },
    Wait,
    GiveUp(ActionRow),
    Earlier(Earlier),
}

impl Desk<'_> {
    /// Spends the receipt, or finds out what it was spent on.
    async fn begin(&self) -> Result<Begun, Problem> {
        let started = Instant::now();
        let mut known: Option<(Target, Subject)> = None;
        loop {
            let ticket = desk::find_ticket(self.app, self.tenant, self.name).await?;
            match self.turn(&ticket).await? {
                Turn::Earlier(earlier) => return Ok(Begun::Earlier(earlier)),
                Turn::Begin { receipt, failed } => {
                    let (target, subject) = match known.take() {
                        Some(found) => found,
                        None => issue::target(self.app, self.tenant, self.ask)
                            .await
                            .map_err(no_target)?,
                    };
                    let begun = self.with_consent(&ticket, &receipt, failed.as_ref(), &subject);
                    match begun.await? {
                        Some((ticket, action, intent)) => {
                            return Ok(Begun::Now(Box::new(Intended {
                                ticket,
                                action,
                                target,
                                intent,
                            })));
                        }
                        None => known = Some((target, subject)),
                    }
                }
                Turn::GiveUp(action) => self.abandon(&ticket, &action).await?,
                Turn::Wait => {}
            }
            if started.elapsed() > WAITS {
                let busy = Problem::conflict(
                    "IN_FLIGHT",
                    "the same reset is being made; ask again for its result",
                );
                return Err(busy.retry_after(2));
            }
            tokio::time::sleep(LOOKS_EVERY).await;
        }
    }

    /// Begins with the receipt and with the consent that the policy asks for besides. `None` when somebody was faster.
    async fn with_consent(
        &self,
        ticket: &Ticket,
        receipt: &MfaPrompt,
        failed: Option<&ActionRow>,
        subject: &Subject,
    ) -> Result<Option<(Ticket, ActionRow, Intent)>, Problem> {
        if failed.is_some() {
            // The consent was spent on this very reset, and the reset counted.
            let spent = Receipts::default();
            return self.intend(ticket, receipt, failed, &spent).await;
        }
        let wish = Wish::to_reset(&self.ask.user_id);
        let consent = consent_to_reset(self.app, self.tenant, ticket.id, wish, subject).await?;
        match consent {
            Ok(consent) => {
                let counts = caps::of_call(subject, &self.actor, self.app.clock().now());
                let consent = consent.counting(Some(counts));
                self.intend(ticket, receipt, failed, &consent).await
            }
            Err(lack) if lack.overtaken(self.app, self.tenant, ticket).await? => Ok(None),
            Err(lack) => Err(lacking(&lack)),
        }
    }

    async fn turn(&self, ticket: &Ticket) -> Result<Turn, Problem> {
        let now = self.app.clock().now();
        let prompts = self.app.store().prompts(self.tenant, ticket.id).await?;
        let (prompt, spending) = match receipt::find(prompts, &self.ask.user_id, now) {
            Receipt::Missing(why) => {
                return Err(Problem::forbidden(
                    "VERIFICATION_REQUIRED",
                    why,
                    &[Need::Mfa.as_str()],
                ));
            }
            Receipt::Good(receipt) => {
                return Ok(Turn::Begin {
                    receipt: Box::new(receipt),
                    failed: None,
                });
            }
            Receipt::Spent { prompt, spending } => (prompt, spending),
        };
        let row = self
            .app
            .store()
            .action(self.tenant, ticket.id, &action_id(&prompt.id))
            .await?;
        let stands = row
            .as_ref()
            .map_or(Standing::Other, |row| standing(row, self.ask, now));
        match (stands, row) {
            (Standing::Done(earlier), _) => Ok(Turn::Earlier(earlier)),
            (Standing::UnderWay, _) => Ok(Turn::Wait),
            (Standing::Abandoned, Some(row)) => Ok(Turn::GiveUp(row)),
            (Standing::Failed { retryable: true, .. }, Some(row)) if is_fresh(&prompt, now) => {
                Ok(Turn::Begin { receipt: Box::new(prompt), failed: Some(row) })
            }
            (Standing::Failed { reason, .. }, _) => Err(failed(&reason, false)),
            (Standing::Unknown, _) => Err(unknown("its answer was lost")),
            (Standing::Other | Standing::Abandoned, _) => Err(Problem::conflict(
                "RECEIPT_SPENT",
                "this user's confirmation was spent; ask them again with POST /api/v1/verification/mfa",
            )
            .with("spent_on", spending.action)
            .with("spent_at", spending.at.to_string())),
        }
    }

    /// Writes the intent. `None` when somebody was faster.
    async fn intend(
        &self,
        ticket: &Ticket,
        receipt: &MfaPrompt,
        failed: Option<&ActionRow>,
        consent: &Receipts,
    ) -> Result<Option<(Ticket, ActionRow, Intent)>, Problem> {
        let now = self.app.clock().now();
        let intent = match failed {
            // The receipt was spent on this very reset, which did not take place.
            Some(_) => Intent::again(self.app, receipt),
            None => Intent::new(self.app, self.ask, Some(receipt), now)?,
        };
        let action = ActionRow {
            id: action_id(&receipt.id),
            ticket_id: ticket.id,
            state: ActionState::Begun,
            output: standing::asked(self.ask),
            at: now,
            rev: 0,
        };
        let entry = intent
            .facts(self.entry("action.begun", &action), self.ask)
            .fact("consent", consent.ids());
        let mut write = self.app.store().write(self.tenant, "reset begun").ticket(
            Some(ticket),
            ticket,
            vec![entry],
        );
        if let (None, Some(spent)) = (failed, &intent.spent) {
            write = write.prompt(Some(receipt), spent);
        }
        let wish = Wish::to_reset(&self.ask.user_id);
        write = consent.spend(write, wish, &intent.client_request_id, now)?;
        match write.action(failed, &action).commit_returning().await {
            Ok(written) => Ok(written
                .ticket
                .zip(written.action)
                .map(|(ticket, action)| (ticket, action, intent))),
            Err(StoreError::Conflict { what }) => {
                caps::lost(self.app, self.tenant, what, consent.counting.as_ref()).await
            }
            Err(error) => match self.begun_after_all(&intent, &action).await {
                Some((ticket, action)) => Ok(Some((ticket, action, intent))),
                None => Err(error.into()),
            },
        }
    }

    /// The rows as they stand, when the intent is written although its answer was lost.
    async fn begun_after_all(
        &self,
        intent: &Intent,
        action: &ActionRow,
    ) -> Option<(Ticket, ActionRow)> {
        let (store, ticket) = (self.app.store(), action.ticket_id);
        if !intent.stands(self.app, self.tenant, ticket).await.ok()? {
            return None;
        }
        let there = store.action(self.tenant, ticket, &action.id);
        let there = there.await.ok()??;
        let ours = there.state == ActionState::Begun && there.at == action.at;
        let ticket = store.ticket(self.tenant, ticket).await.ok()??;
        ours.then_some((ticket, there))
    }

    /// Writes down that an earlier call's answer was lost.
    async fn abandon(&self, ticket: &Ticket, action: &ActionRow) -> Result<(), Problem> {
        let next = ActionRow {
            state: ActionState::Unknown,
            at: self.app.clock().now(),
            ..action.clone()
        };
        let entry = self
            .entry("action.unknown", action)
            .fact("reason", "begun and never ended");
        let write = self.app.store().write(self.tenant, "reset given up");
        match write
            .ticket(Some(ticket), ticket, vec![entry])
            .action(Some(action), &next)
            .commit()
            .await
        {
            Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Writes how it ended. `false` when that could not be written, or somebody has given the reset up meanwhile.
    async fn record(
        &self,
        begun: &Intended,
        next: ActionRow,
        entry: Entry,
        issued: Option<&Issued>,
    ) -> bool {
        let next = ActionRow {
            at: self.app.clock().now(),
            ..next
        };
        let mut ticket = begun.ticket.clone();
        for pause_ms in RECORD_PAUSES_MS {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            let mut write = self.app.store().write(self.tenant, "reset ended");
            if let Some(issued) = issued {
                write = write.credential(&issued.credential);
            }
            let write = write.ticket(Some(&ticket), &ticket, vec![entry.clone()]);
            let Err(error) = write.action(Some(&begun.action), &next).commit().await else {
                return true;
            };
            tracing::warn!(%error, action = begun.action.id, "a result is not recorded yet");
            match self
                .app
                .store()
                .action(self.tenant, begun.action.ticket_id, &begun.action.id)
                .await
            {
                // Ours, and only its answer was lost; or another's, and ours comes too late.
                Ok(Some(row)) if row.rev != begun.action.rev => {
                    return row.state == next.state && row.output == next.output;
                }
                _ => {}
            }
            if let Ok(Some(now)) = self.app.store().ticket(self.tenant, ticket.id).await {
                ticket = now;
            }
        }
        tracing::error!(action = begun.action.id, "a result could not be recorded");
        false
    }

    fn entry(&self, action: &str, row: &ActionRow) -> Entry {
        Entry::new(self.app.clock().now(), self.actor.clone(), action)
            .fact("action_id", row.id.clone())
    }
}

fn is_fresh(prompt: &MfaPrompt, now: jiff::Timestamp) -> bool {
    matches!(prompt.state, MfaState::Approved { at, .. } if now.duration_since(at) <= VERIFICATION_MAX_AGE)
}

fn unknown(reason: &str) -> Problem {
    let sentence = format!(
        "a pass or password may have been made that nobody has ({reason}). Nothing tries again by itself: another one \
         replaces the first. To make another, have the user confirm again"
    );
    Problem::new(StatusCode::BAD_GATEWAY, "OUTCOME_UNKNOWN", sentence).with("retryable", false)
}
