//! A delivery that is a step of a run: the step waits until it is sent, or cannot be.

use crate::carrier::{self, Ready};
use crate::ledger::{self, Ledger};
use crate::schedule::UNDER_WAY;
use crate::{deliver, message, name, tell};
use audit::Actor;
use desk::OpenStep;
use domain::{Credential, CredentialRef, Delivery, DeliveryStatus, Medium, StepState};
use jiff::Timestamp;
use kit::{App, Problem, TaskError, TaskInput};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::time::Duration;
use store::StoreError;

/// When a delivery is tried that could not be tried at once.
const SOON: Duration = Duration::from_secs(5);

/// A step's inputs.
#[derive(Deserialize)]
struct With {
    credential_ref: CredentialRef,
    message: String,
}

/// How far a call came.
pub(crate) enum Came {
    /// The step is answered, or will be by the queue.
    Through,
    /// Somebody wrote the run or the delivery first: open the step again.
    Raced,
}

/// The step and the token that its state waits with.
pub(crate) struct Waiting<'a> {
    pub(crate) app: &'a App,
    pub(crate) input: &'a TaskInput,
    pub(crate) token: &'a SecretString,
}

impl Waiting<'_> {
    /// Begins the step and makes the first try.
    ///
    /// # Errors
    /// `Retryable` when nothing happened; `Failed` when it cannot be delivered.
    pub(crate) async fn deliver(&self, open: &OpenStep) -> Result<Came, TaskError> {
        let (app, tenant) = (self.app, &self.input.tenant);
        let with = match with(&open.with) {
            Ok(with) => with,
            Err(flaw) => return Err(self.fail(open, &flaw).await),
        };
        let credential = app.store().credential(tenant, &with.credential_ref).await?;
        let Some(credential) =
            credential.filter(|credential| credential.ticket_id == open.ticket.id)
        else {
            return Err(self
                .fail(open, "there is no such credential on this ticket")
                .await);
        };
        let id = name::delivery_id(tenant, &with.credential_ref, Medium::Sms)
            .map_err(|error| TaskError::Failed(error.to_string()))?;
        match app.store().delivery(tenant, &id).await? {
            None => {
                self.begin(
                    open,
                    &with,
                    &credential,
                    fresh(open, &with, &credential, id, app.clock().now()),
                )
                .await
            }
            Some(known) if known.status == DeliveryStatus::Queued => self.join(open, &known).await,
            Some(known) if known.status == DeliveryStatus::Sent => self.done(open, &known).await,
            Some(known) => Err(self.fail(open, &tell::reason(&known)).await),
        }
    }

    async fn begin(
        &self,
        open: &OpenStep,
        with: &With,
        credential: &Credential,
        fresh: Delivery,
    ) -> Result<Came, TaskError> {
        let (app, tenant) = (self.app, &self.input.tenant);
        let ready = match carrier::ready(app, tenant, Some(credential), &with.message).await {
            Ok(ready) => Some(ready),
            Err(why) if why.may_pass() => None,
            Err(why) => return Err(self.fail(open, &why.sentence()).await),
        };
        let after = if ready.is_some() { UNDER_WAY } else { SOON };
        deliver::remind(app, tenant, &fresh.id, 1, after)
            .await
            .map_err(|problem| not_now(&problem))?;
        let mut next = if ready.is_some() {
            fresh.begin(fresh.created_at)?
        } else {
            fresh
        };
        next.sealed_token = Some(
            app.seal()
                .seal(tenant, next.id.as_str(), self.token)
                .await?,
        );
        match self.write(open, None, next).await? {
            Some(begun) => match ready {
                Some(ready) => self.first_try(&begun, &ready).await,
                None => Ok(Came::Through),
            },
            None => Ok(Came::Raced),
        }
    }

    /// Waits for a delivery that another began.
    async fn join(&self, open: &OpenStep, known: &Delivery) -> Result<Came, TaskError> {
        let waiting = Some((self.input.execution_id.clone(), open.step_id.clone()));
        let sealed_token = Some(
            self.app
                .seal()
                .seal(&self.input.tenant, known.id.as_str(), self.token)
                .await?,
        );
        let next = Delivery {
            waiting,
            sealed_token,
            ..known.clone()
        };
        let joined = self.write(open, Some(known), next).await?;
        Ok(if joined.is_some() {
            Came::Through
        } else {
            Came::Raced
        })
    }

    async fn write(
        &self,
        open: &OpenStep,
        seen: Option<&Delivery>,
        next: Delivery,
    ) -> Result<Option<Delivery>, TaskError> {
        let entry = ledger::facts(desk::step_entry(self.app, "step.begun", open), &next);
        let run = open.run.begin(&open.step_id, self.app.clock().now())?;
        let write = self.app.store().write(&self.input.tenant, "delivery begun");
        let write = write
            .delivery(seen, &next)
            .execution(Some(&open.run), &run, vec![entry]);
        match write.commit_returning().await {
            Ok(written) => Ok(Some(written.delivery.unwrap_or(next))),
            Err(StoreError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn first_try(&self, begun: &Delivery, ready: &Ready) -> Result<Came, TaskError> {
        let actor = Actor::System(self.app.config().handler.clone());
        let ledger = Ledger {
            app: self.app,
            tenant: &self.input.tenant,
            actor,
        };
        let Ok(delivery) = deliver::attempt(&ledger, begun, ready).await else {
            // Begun and not ended: the message about this try finds out, and answers.
            return Ok(Came::Through);
        };
        match delivery.status {
            DeliveryStatus::Queued => {}
            DeliveryStatus::Sent => self.answer(&delivery).await,
            DeliveryStatus::Failed | DeliveryStatus::Expired => {
                return Err(TaskError::Failed(tell::reason(&delivery)));
            }
        }
        Ok(Came::Through)
    }

    /// The step of a delivery that was sent before.
    async fn done(&self, open: &OpenStep, sent: &Delivery) -> Result<Came, TaskError> {
        let facts: Vec<(&str, Value)> = vec![("delivery_id", sent.id.as_str().into())];
        let (run, output) = (&self.input.execution_id, ledger::output(sent));
        let succeeded = StepState::Succeeded;
        desk::end_step(
            self.app,
            &self.input.tenant,
            run,
            &open.step_id,
            succeeded,
            None,
            output,
            facts,
        )
        .await
        .map_err(|problem| not_now(&problem))?;
        self.app.machines().answer(self.token, Ok(())).await?;
        Ok(Came::Through)
    }

    /// Takes over a step that an earlier call began, with the token that its state waits with now. The queue goes on
    /// with the delivery.
    ///
    /// # Errors
    /// `Retryable` when the tables could not be asked; `Failed` when the delivery ended badly.
    pub(crate) async fn take_over(&self, open: &OpenStep) -> Result<Came, TaskError> {
        let (app, tenant) = (self.app, &self.input.tenant);
        let with = with(&open.with).map_err(TaskError::Failed)?;
        let id = name::delivery_id(tenant, &with.credential_ref, Medium::Sms)
            .map_err(|error| TaskError::Failed(error.to_string()))?;
        let missing = || TaskError::Unknown("the step was begun without a delivery".to_owned());
        let known = app
            .store()
            .delivery(tenant, &id)
            .await?
            .ok_or_else(missing)?;
        let sealed_token = Some(app.seal().seal(tenant, id.as_str(), self.token).await?);
        let next = Delivery {
            sealed_token,
            ..known.clone()
        };
        match app
            .store()
            .write(tenant, "task token")
            .delivery(Some(&known), &next)
            .commit()
            .await
        {
            Ok(()) => {}
            Err(StoreError::Conflict { .. }) => return Ok(Came::Raced),
            Err(error) => return Err(error.into()),
        }
        match known.status {
            DeliveryStatus::Queued => Ok(Came::Through),
            DeliveryStatus::Sent => self.done(open, &known).await,
            DeliveryStatus::Failed | DeliveryStatus::Expired => {
                Err(self.fail(open, &tell::reason(&known)).await)
            }
        }
    }

    /// Lets the state go on. When that fails, the message about the first try finds the delivery sent and answers.
    async fn answer(&self, delivery: &Delivery) {
        if tell::answer(self.app, self.token, delivery).await.is_err() {
            tracing::warn!(delivery = %delivery.id, "sent, and the state machine does not know yet");
        }
    }

    async fn fail(&self, open: &OpenStep, reason: &str) -> TaskError {
        let (run, why) = (&self.input.execution_id, Some(reason.to_owned()));
        let (tenant, step) = (&self.input.tenant, &open.step_id);
        let ended = desk::end_step(
            self.app,
            tenant,
            run,
            step,
            StepState::Failed,
            why,
            Map::new(),
            Vec::new(),
        )
        .await;
        if ended.is_err() {
            tracing::error!(execution = %run, %step, "the end is not recorded");
        }
        TaskError::Failed(reason.to_owned())
    }
}

fn with(with: &Map<String, Value>) -> Result<With, String> {
    let with: With = serde_json::from_value(Value::Object(with.clone()))
        .map_err(|error| format!("the step's inputs do not fit: {error}"))?;
    message::flaw(&with.message).map_or(Ok(with), |flaw| Err(flaw.to_owned()))
}

fn fresh(
    open: &OpenStep,
    with: &With,
    credential: &Credential,
    id: domain::DeliveryId,
    now: Timestamp,
) -> Delivery {
    Delivery {
        id,
        ticket_id: open.ticket.id,
        user_id: credential.user_id.clone(),
        credential_ref: with.credential_ref.clone(),
        medium: Medium::Sms,
        message: with.message.clone(),
        status: DeliveryStatus::Queued,
        attempts: Vec::new(),
        next_retry_at: None,
        expires_at: credential.expires_at,
        waiting: Some((open.run.id.clone(), open.step_id.clone())),
        sealed_token: None,
        created_at: now,
        rev: 0,
    }
}

fn not_now(problem: &Problem) -> TaskError {
    tracing::warn!(?problem, "not now");
    TaskError::Retryable("something the delivery needs could not be asked".to_owned())
}
