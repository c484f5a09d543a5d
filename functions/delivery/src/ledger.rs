//! Writing down what becomes of a delivery: its row, its credential, its step and the audit in one transaction.

use crate::name;
use audit::{Actor, Entry};
use domain::{Delivery, DeliveryStatus, Execution, Refusal, StepId, StepState, Tenant};
use jiff::Timestamp;
use kit::{App, Problem};
use serde_json::{Map, Value, json};
use std::time::Duration;
use store::{StoreError, Write};

/// Pauses before each try to record, in milliseconds. What is not recorded in the end is found out by the next message.
const PAUSES_MS: [u64; 5] = [0, 100, 300, 900, 2_000];

/// Who writes, for whom.
pub(crate) struct Ledger<'a> {
    pub(crate) app: &'a App,
    pub(crate) tenant: &'a Tenant,
    pub(crate) actor: Actor,
}

/// What became of a try, or of the whole delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    /// The next try begins.
    Begun,
    /// A try came to nothing, or to nothing we know; the next is due.
    Again {
        outcome: &'static str,
        due: Timestamp,
    },
    /// The carrier took the message.
    Sent { carrier_id: String },
    /// It cannot be delivered. `outcome` is that of a try that ended it.
    Failed {
        reason: String,
        outcome: Option<&'static str>,
    },
    /// The credential lapsed first.
    Expired,
}

/// Why an expired delivery was not sent.
pub(crate) const EXPIRED: &str = "the credential expired before it could be delivered";

impl Event {
    fn word(&self) -> &'static str {
        match self {
            Self::Begun => "delivery.begun",
            Self::Again { .. } => "delivery.tried",
            Self::Sent { .. } => "delivery.sent",
            Self::Failed { .. } => "delivery.failed",
            Self::Expired => "delivery.expired",
        }
    }

    fn reason(&self) -> Option<String> {
        match self {
            Self::Begun | Self::Again { .. } | Self::Sent { .. } => None,
            Self::Failed { reason, .. } => Some(reason.clone()),
            Self::Expired => Some(EXPIRED.to_owned()),
        }
    }

    /// The delivery after this.
    fn apply(&self, seen: &Delivery, now: Timestamp) -> Result<Delivery, Refusal> {
        let last = seen.attempts.last();
        let same = last.map_or("", |last| {
            if last.outcome == "trying" {
                "unknown"
            } else {
                last.outcome.as_str()
            }
        });
        let carrier_id = last.and_then(|last| last.carrier_id.clone());
        match self {
            Self::Begun => seen.begin(now),
            Self::Again { outcome, due } => {
                seen.ended(DeliveryStatus::Queued, outcome, None, Some(*due))
            }
            Self::Sent { carrier_id } => {
                seen.ended(DeliveryStatus::Sent, "sent", Some(carrier_id.clone()), None)
            }
            Self::Failed { outcome, .. } => seen.ended(
                DeliveryStatus::Failed,
                outcome.unwrap_or(same),
                carrier_id,
                None,
            ),
            Self::Expired => seen.ended(DeliveryStatus::Expired, same, carrier_id, None),
        }
    }

    /// How the step of a run ends by this, if it does.
    fn ends_step(&self) -> Option<StepState> {
        match self {
            Self::Begun | Self::Again { .. } => None,
            Self::Sent { .. } => Some(StepState::Succeeded),
            Self::Failed { .. } | Self::Expired => Some(StepState::Failed),
        }
    }
}

impl Ledger<'_> {
    /// Begins the next try. `None` when it is not ours to make: another began it, or whether we did is not known.
    pub(crate) async fn begin(&self, delivery: &Delivery) -> Result<Option<Delivery>, Problem> {
        let mut seen = delivery.clone();
        for pause_ms in PAUSES_MS {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            match self.write(&seen, &Event::Begun).await {
                Ok(begun) => return Ok(Some(begun)),
                Err(Beaten::Refused) => return Ok(None),
                Err(Beaten::Store(error)) => {
                    tracing::warn!(%error, delivery = %seen.id, "not begun yet");
                }
            }
            match self.app.store().delivery(self.tenant, &seen.id).await? {
                Some(now) if is_as_seen(&now, &seen) => seen = now,
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Records `event`, and returns the delivery as it stands then: what another recorded first stands.
    pub(crate) async fn record(
        &self,
        delivery: &Delivery,
        event: &Event,
    ) -> Result<Delivery, Problem> {
        let mut seen = delivery.clone();
        for pause_ms in PAUSES_MS {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            match self.write(&seen, event).await {
                Ok(written) => return Ok(written),
                Err(Beaten::Refused) => return Ok(seen),
                Err(Beaten::Store(error)) => {
                    tracing::warn!(%error, delivery = %seen.id, event = event.word(), "not recorded yet");
                }
            }
            match self.app.store().delivery(self.tenant, &seen.id).await {
                Ok(Some(now)) if is_as_seen(&now, &seen) => seen = now,
                Ok(Some(now)) => return Ok(now),
                Ok(None) | Err(_) => {}
            }
        }
        Err(Problem::unavailable(
            "what became of the delivery could not be recorded yet; ask for its state",
        ))
    }

    async fn write(&self, seen: &Delivery, event: &Event) -> Result<Delivery, Beaten> {
        let now = self.app.clock().now();
        let next = event.apply(seen, now).map_err(|_| Beaten::Refused)?;
        let mut write = self
            .app
            .store()
            .write(self.tenant, event.word())
            .delivery(Some(seen), &next);
        if next.status != DeliveryStatus::Queued
            && let Some(credential) = self
                .app
                .store()
                .credential(self.tenant, &seen.credential_ref)
                .await?
        {
            write = write.credential(&credential.destroyed(now));
        }
        let write = self.chain(write, &next, event, now).await?;
        let written = write.commit_returning().await?;
        Ok(written.delivery.unwrap_or(next))
    }

    /// Adds the audit entry: on the run's chain while the step is open there, with the step's end; else on the ticket's.
    async fn chain<'w>(
        &self,
        write: Write<'w>,
        next: &Delivery,
        event: &Event,
        now: Timestamp,
    ) -> Result<Write<'w>, Beaten> {
        if let Some((run, step)) = &next.waiting
            && let Some(run) = self.app.store().execution(self.tenant, run).await?
            && is_open(&run, step)
        {
            return Ok(match event.ends_step() {
                None => write.execution(
                    Some(&run),
                    &run,
                    vec![
                        self.entry(event.word(), next, event, now)
                            .fact("step", step.as_str()),
                    ],
                ),
                Some(state) => {
                    let output = if state == StepState::Succeeded {
                        output(next)
                    } else {
                        Map::new()
                    };
                    let ended = run
                        .end(step, state, event.reason(), output, now)
                        .map_err(|_| Beaten::Refused)?;
                    let word = format!("step.{}", state.as_str());
                    let entry = self
                        .entry(&word, next, event, now)
                        .fact("step", step.as_str());
                    write.execution(Some(&run), &ended, vec![entry])
                }
            });
        }
        let missing = || StoreError::Corrupt {
            what: "delivery",
            source: "its ticket is not there".into(),
        };
        let ticket = self
            .app
            .store()
            .ticket(self.tenant, next.ticket_id)
            .await?
            .ok_or_else(missing)?;
        Ok(write.ticket(
            Some(&ticket),
            &ticket,
            vec![self.entry(event.word(), next, event, now)],
        ))
    }

    fn entry(&self, word: &str, next: &Delivery, event: &Event, now: Timestamp) -> Entry {
        let last = next.attempts.last();
        facts(Entry::new(now, self.actor.clone(), word), next)
            .fact("outcome", last.map(|last| last.outcome.clone()))
            .fact("carrier_id", last.and_then(|last| last.carrier_id.clone()))
            .fact(
                "next_retry_at",
                next.next_retry_at.map(|due| due.to_string()),
            )
            .fact("reason", event.reason())
    }
}

/// Why a change was not written.
enum Beaten {
    /// The delivery has ended.
    Refused,
    /// Another writer, or the tables.
    Store(StoreError),
}

impl From<StoreError> for Beaten {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Whether nothing was tried or ended since: only its run, its ticket or its token changed.
fn is_as_seen(now: &Delivery, seen: &Delivery) -> bool {
    now.status == seen.status && now.attempts == seen.attempts
}

/// Whether the step is still to be ended by us.
pub(crate) fn is_open(run: &Execution, step: &StepId) -> bool {
    !run.status.is_final() && run.step(step).is_some_and(|step| !step.state.is_final())
}

/// `entry` with what it is about.
pub(crate) fn facts(entry: Entry, delivery: &Delivery) -> Entry {
    entry
        .fact("delivery_id", delivery.id.as_str())
        .fact("credential_ref", delivery.credential_ref.as_str())
        .fact("medium", name::medium(delivery.medium))
        .fact("attempt", delivery.attempts.len())
}

/// What later steps are told of a delivery that was sent.
pub(crate) fn output(delivery: &Delivery) -> Map<String, Value> {
    Map::from_iter([
        ("delivery_id".to_owned(), json!(delivery.id)),
        ("delivery_status".to_owned(), json!(delivery.status)),
        ("sent_at".to_owned(), json!(sent_at(delivery))),
        ("medium".to_owned(), json!(delivery.medium)),
    ])
}

/// When the try that sent it was made.
pub(crate) fn sent_at(delivery: &Delivery) -> Option<Timestamp> {
    let sent = delivery
        .attempts
        .iter()
        .rev()
        .find(|attempt| attempt.outcome == "sent");
    sent.map(|attempt| attempt.at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{CredentialRef, DeliveryId, Medium, TicketId, UserId};

    fn begun() -> Delivery {
        let fresh = Delivery {
            id: DeliveryId::parse("dlv-1").unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: UserId::parse("abc-123").unwrap(),
            credential_ref: CredentialRef::parse("cred_1").unwrap(),
            medium: Medium::Sms,
            message: "{credential}".into(),
            status: DeliveryStatus::Queued,
            attempts: Vec::new(),
            next_retry_at: None,
            expires_at: Timestamp::MAX,
            waiting: None,
            sealed_token: None,
            created_at: Timestamp::UNIX_EPOCH,
            rev: 1,
        };
        Event::Begun.apply(&fresh, Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_sent_delivery_says_when_and_has_ended() {
        let sent = Event::Sent {
            carrier_id: "SM1".into(),
        }
        .apply(&begun(), Timestamp::MAX)
        .unwrap();
        assert_eq!(sent_at(&sent), Some(Timestamp::UNIX_EPOCH));
        assert_eq!(sent.attempts[0].carrier_id.as_deref(), Some("SM1"));
        for late in [
            Event::Expired,
            Event::Begun,
            Event::Failed {
                reason: String::new(),
                outcome: None,
            },
        ] {
            assert!(late.apply(&sent, Timestamp::MAX).is_err(), "{late:?}");
        }
    }

    #[test]
    fn a_try_that_nobody_ended_is_unknown_when_the_delivery_ends() {
        let expired = Event::Expired.apply(&begun(), Timestamp::MAX).unwrap();
        assert_eq!(expired.attempts[0].outcome, "unknown");
    }

    #[test]
    fn a_new_token_is_no_new_try() {
        let seen = begun();
        let swapped = Delivery {
            sealed_token: Some("sealed".into()),
            rev: 2,
            ..seen.clone()
        };
        assert!(is_as_seen(&swapped, &seen));
        let tried = Event::Again {
            outcome: "unknown",
            due: Timestamp::MAX,
        }
        .apply(&seen, Timestamp::MAX)
        .unwrap();
        assert!(!is_as_seen(&tried, &seen));
    }
}
