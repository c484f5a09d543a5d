//! A step of a run: opening it where it stands, ending it once.

use crate::{Raced, retried};
use audit::{Actor, Entry};
use domain::{Execution, ExecutionId, Refusal, StepId, StepState, Tenant, Ticket};
use jiff::Timestamp;
use kit::{App, Problem, TaskError, TaskInput};
use playbook::PlaybookVersion;
use serde_json::{Map, Value, json};

/// A step that may act.
pub struct OpenStep {
    /// The run as it was seen.
    pub run: Execution,
    /// Its ticket.
    pub ticket: Ticket,
    /// What the playbook says of the step.
    pub step: playbook::Step,
    /// How often the playbook's runs may act.
    pub caps: playbook::Caps,
    /// The step's id.
    pub step_id: StepId,
    /// The step's inputs, rendered.
    pub with: Map<String, Value>,
}

/// Where a step stands when its function is called.
pub enum Opened {
    /// It ended well before, or is skipped: answer, and act no second time.
    Done,
    /// Not begun.
    Fresh(Box<OpenStep>),
    /// Begun before, without a result: the earlier try may have acted.
    Begun(Box<OpenStep>),
}

/// Opens the step that a state asks for.
///
/// # Errors
/// The error that the step ended with before; `Cancelled` when the run is over, or is being cancelled and the step has
/// not begun: what has begun may have acted and still ends by its own account; `Failed` when the playbook's own
/// expressions cannot be evaluated on this ticket, or the state asks for an undo.
pub async fn open_step(app: &App, input: &TaskInput) -> Result<Opened, TaskError> {
    if input.undo {
        // A function that takes back opens with `open_undo`: this one would do the deed again.
        return Err(TaskError::Failed(
            "this step cannot be taken back".to_owned(),
        ));
    }
    let step_id = input
        .step
        .clone()
        .ok_or_else(|| TaskError::Failed("the state names no step".to_owned()))?;
    let run = app
        .store()
        .execution(&input.tenant, &input.execution_id)
        .await?;
    let run = run.ok_or_else(|| TaskError::Failed("there is no such execution".to_owned()))?;
    let state = run
        .step(&step_id)
        .map(|step| (step.state, step.reason.clone().unwrap_or_default()));
    let (state, reason) =
        state.ok_or_else(|| TaskError::Failed(format!("the run has no step {step_id}")))?;
    match state {
        StepState::Succeeded | StepState::Skipped | StepState::Queued => return Ok(Opened::Done),
        StepState::Failed => return Err(TaskError::Failed(reason)),
        StepState::Denied => return Err(TaskError::Denied(reason)),
        StepState::TimedOut => return Err(TaskError::TimedOut(reason)),
        StepState::Unknown => return Err(TaskError::Unknown(reason)),
        StepState::Cancelled => return Err(TaskError::Cancelled(reason)),
        StepState::Pending | StepState::Running => {}
    }
    if run.status.is_final() {
        return Err(TaskError::Cancelled(format!(
            "the run is {}",
            run.status.as_str()
        )));
    }
    if state == StepState::Pending
        && let Some(asked) = &run.cancelling
    {
        return Err(TaskError::Cancelled(format!("cancelled by {}", asked.by)));
    }
    let (step, caps, ticket) = recipe(app, input, &step_id).await?;
    let context = context(&ticket, &run);
    if state == StepState::Pending
        && !playbook::evaluate_when(&step, &context).map_err(|error| broken(&step_id, &error))?
    {
        let ended = end_step(
            app,
            &input.tenant,
            &run.id,
            &step_id,
            StepState::Skipped,
            None,
            Map::new(),
            Vec::new(),
        );
        return ended
            .await
            .map(|_| Opened::Done)
            .map_err(|_| TaskError::Retryable("not recorded".to_owned()));
    }
    let with = playbook::render_with(&step, &context).map_err(|error| broken(&step_id, &error))?;
    let open = Box::new(OpenStep {
        run,
        ticket,
        step,
        caps,
        step_id,
        with,
    });
    Ok(if state == StepState::Pending {
        Opened::Fresh(open)
    } else {
        Opened::Begun(open)
    })
}

/// A step whose expressions have no value on this ticket.
fn broken(step: &StepId, error: &playbook::RenderError) -> TaskError {
    TaskError::Failed(format!("step {step}: {error}"))
}

/// What the playbook says of a step and of how often it may act, and the ticket it is taken for.
async fn recipe(
    app: &App,
    input: &TaskInput,
    step_id: &StepId,
) -> Result<(playbook::Step, playbook::Caps, Ticket), TaskError> {
    let version = definition(app, input).await?;
    let step = version.step(step_id.as_str()).cloned();
    let step =
        step.ok_or_else(|| TaskError::Failed(format!("the playbook has no step {step_id}")))?;
    let ticket = app.store().ticket(&input.tenant, input.ticket_id).await?;
    let ticket = ticket.ok_or_else(|| TaskError::Failed("there is no such ticket".to_owned()))?;
    Ok((step, version.caps, ticket))
}

/// The playbook version that a state belongs to.
///
/// # Errors
/// `Failed` when it is not there or does not read; `Retryable` when the tables cannot be asked.
pub async fn definition(app: &App, input: &TaskInput) -> Result<PlaybookVersion, TaskError> {
    let row = app
        .store()
        .playbook_version_of(&input.tenant, &input.playbook, &input.version)
        .await?;
    let row = row.ok_or_else(|| {
        TaskError::Failed(format!(
            "there is no version {} of the playbook {}",
            input.version, input.playbook
        ))
    })?;
    serde_json::from_str(&row.definition)
        .map_err(|error| TaskError::Failed(format!("the version does not read: {error}")))
}

/// What a playbook's expressions can see.
pub(crate) fn context(ticket: &Ticket, run: &Execution) -> Value {
    let steps: Map<String, Value> = run
        .steps
        .iter()
        .map(|step| {
            let mut seen = step.output.clone();
            seen.insert("status".to_owned(), json!(step.state.as_str()));
            (step.id.to_string(), Value::Object(seen))
        })
        .collect();
    json!({"ticket": ticket_seen(ticket), "steps": steps, "inputs": run.inputs})
}

/// What a playbook's expressions can see of a ticket.
#[must_use]
pub fn ticket_seen(ticket: &Ticket) -> Value {
    json!({
        "id": ticket.id.to_string(),
        "name": ticket.name.to_string(),
        "number": ticket.number,
        "origin": ticket.origin,
        "requester": ticket.requester,
    })
}

/// An audit entry about an open step.
#[must_use]
pub fn step_entry(app: &App, action: &str, open: &OpenStep) -> Entry {
    let actor = Actor::System(app.config().handler.clone());
    Entry::new(app.clock().now(), actor, action).fact("step", open.step_id.as_str())
}

/// Ends a step, with its record, in one write. The first end stands: a step that has ended is left as it is.
///
/// # Errors
/// When the tables cannot be asked.
#[expect(
    clippy::too_many_arguments,
    reason = "the facts of a step's end, each named at the call"
)]
pub async fn end_step(
    app: &App,
    tenant: &Tenant,
    run: &ExecutionId,
    step: &StepId,
    state: StepState,
    reason: Option<String>,
    output: Map<String, Value>,
    facts: Vec<(&str, Value)>,
) -> Result<Execution, Problem> {
    let told = Told {
        purpose: "step ended",
        action: format!("step.{}", state.as_str()),
        step,
        reason: reason.as_deref(),
        facts: &facts,
    };
    end_once(app, tenant, run, &told, |seen, now| {
        seen.end(step, state, reason.clone(), output.clone(), now)
    })
    .await
}

/// What is recorded of an end in a run's ledger.
pub(crate) struct Told<'a> {
    pub(crate) purpose: &'static str,
    pub(crate) action: String,
    pub(crate) step: &'a StepId,
    pub(crate) reason: Option<&'a str>,
    pub(crate) facts: &'a [(&'a str, Value)],
}

/// Writes an end in a run's ledger, and its record with it. The first end stands: where `ended` refuses, the run is left as it
/// is.
pub(crate) async fn end_once(
    app: &App,
    tenant: &Tenant,
    run: &ExecutionId,
    told: &Told<'_>,
    ended: impl Fn(&Execution, Timestamp) -> Result<Execution, Refusal>,
) -> Result<Execution, Problem> {
    retried(|| async {
        let seen = app.store().execution(tenant, run).await?;
        let seen = seen.ok_or_else(|| Problem::not_found("execution"))?;
        let now = app.clock().now();
        let Ok(next) = ended(&seen, now) else {
            return Ok::<_, Raced>(seen);
        };
        let actor = Actor::System(app.config().handler.clone());
        let mut entry = Entry::new(now, actor, &told.action)
            .fact("step", told.step.as_str())
            .fact("reason", told.reason);
        for (name, value) in told.facts {
            entry = entry.fact(name, value.clone());
        }
        app.store()
            .write(tenant, told.purpose)
            .execution(Some(&seen), &next, vec![entry])
            .commit()
            .await?;
        Ok(next)
    })
    .await
}
