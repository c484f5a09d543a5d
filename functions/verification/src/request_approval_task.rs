//! Step `verification.manager_approval`: ask a manager to allow the sensitive steps behind it, and wait for the answer.

use crate::ask::For;
use crate::consent::{Question, ask_manager, mail_again};
use crate::decide::{answer_token, record};
use crate::plan::of_steps;
use crate::request_manager_approval::next_id;
use audit::Actor;
use desk::{
    Ahead, OpenStep, Opened, Raced, end_step, impartial, manager_of, open_step, requester, retried,
    self_approval, sensitive_ahead,
};
use domain::{Approval, ApprovalState, StepState, VERIFICATION_MAX_AGE, Verdict};
use http::StatusCode;
use jiff::SignedDuration;
use kit::{App, Problem, TaskError, TaskInput, TaskResult};
use secrecy::SecretString;
use serde_json::{Map, json};

/// Asks for the step; it goes on when the manager, or their silence, has answered.
pub async fn request_approval_task(app: App, input: TaskInput) -> TaskResult {
    let token = input.task_token.clone();
    let token = token.ok_or_else(|| TaskError::Failed("the state waits for nobody".to_owned()))?;
    let asked = retried(|| async {
        let open = match open_step(&app, &input).await {
            Ok(Opened::Fresh(open) | Opened::Begun(open)) => open,
            Ok(Opened::Done) => {
                app.machines()
                    .answer(&token, Ok(()))
                    .await
                    .map_err(Problem::from)?;
                return Ok(Ok(()));
            }
            Err(error) => return Ok(Err(error)),
        };
        match sensitive_ahead(&app, &input, &open).await {
            Ok(ahead) => asked(&app, &input, &open, &ahead, &token).await.map(Ok),
            Err(error) => Ok(Err(error)),
        }
    })
    .await;
    let failure = match asked {
        Ok(Ok(())) => return Ok(json!({})),
        Ok(Err(TaskError::Failed(reason))) => reason,
        Ok(Err(other)) => return Err(other),
        // Nothing was allowed, so it is safe to ask again.
        Err(problem) if problem.is_transient() => {
            return Err(TaskError::Retryable(problem.to_string()));
        }
        Err(problem) => problem.to_string(),
    };
    // Why is what an agent reads, so it stands in the ledger.
    if let Some(step) = &input.step {
        let (run, state) = (&input.execution_id, StepState::Failed);
        let why = Some(failure.clone());
        end_step(
            &app,
            &input.tenant,
            run,
            step,
            state,
            why,
            Map::new(),
            Vec::new(),
        )
        .await
        .map_err(|problem| TaskError::Retryable(problem.to_string()))?;
    }
    Err(TaskError::Failed(failure))
}

async fn asked(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
    ahead: &[Ahead],
    token: &SecretString,
) -> Result<(), Raced> {
    let tenant = &input.tenant;
    let approvals = app.store().approvals(tenant, open.ticket.id).await?;
    if let Some(own) = approvals
        .iter()
        .rev()
        .find(|approval| is_own(approval, open))
    {
        return Ok(joined(app, input, open, own, token).await?);
    }
    let id = next_id(&open.ticket, &approvals);
    let sealed_token = app.seal().seal(tenant, id.as_str(), token).await;
    let sealed_token = sealed_token.map_err(Problem::from)?;
    let question = question(app, input, open, ahead).await?;
    let whom = For::Step { open, sealed_token };
    ask_manager(app, tenant, &open.ticket, id, question, whom).await?;
    Ok(())
}

/// Whether this step asked for it.
fn is_own(approval: &Approval, open: &OpenStep) -> bool {
    let waiting = approval.waiting.as_ref();
    waiting.is_some_and(|(run, step)| *run == open.run.id && *step == open.step_id)
}

/// Goes on with what an earlier call of this step asked for: takes its answer, or waits for it with this token.
async fn joined(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
    own: &Approval,
    token: &SecretString,
) -> Result<(), Problem> {
    let (tenant, now) = (&input.tenant, app.clock().now());
    if own.state != ApprovalState::Pending {
        return answer_token(app, own, token).await;
    }
    let sealed = app.seal().seal(tenant, own.id.as_str(), token).await?;
    let next = Approval {
        sealed_token: Some(sealed),
        ..own.clone()
    };
    let entry = desk::step_entry(app, "approval.joined", open).fact("request_id", own.id.as_str());
    app.store()
        .write(tenant, "approval joined")
        .approval(Some(own), &next)
        .execution(Some(&open.run), &open.run, vec![entry])
        .commit()
        .await?;
    let system = Actor::System(app.config().handler.clone());
    if own.stands(now) {
        return mail_again(app, tenant, &open.ticket, &own.id, &system)
            .await
            .map(drop);
    }
    record(app, tenant, &own.id, Verdict::Expire, None, &system)
        .await
        .map(drop)
}

/// What the manager is asked: every sensitive step behind this one.
async fn question(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
    ahead: &[Ahead],
) -> Result<Question, Problem> {
    if ahead.is_empty() {
        return Err(unasked(
            "NOTHING_TO_APPROVE",
            "no sensitive step comes behind this one; put the approval before what it is to allow",
        ));
    }
    if !app.mail().is_on() {
        return Err(unasked(
            "MAIL_OFF",
            "this deployment sends no mail, so no manager can be asked; its operator has to set MailFrom",
        ));
    }
    let directory = outside::directory(app, &input.tenant).await?;
    let requester = requester(directory.as_ref(), &open.ticket).await?;
    let named = open.with.get("user_id").and_then(|value| value.as_str());
    let subject = match named {
        Some(id) if id != requester.id.as_str() => directory.person(id).await?,
        _ => requester.clone(),
    };
    let (approver, mail) = manager_of(directory.as_ref(), &subject).await?;
    let lasts = SignedDuration::from_secs(i64::from(open.step.timeout_seconds));
    // A consent is spent before its age makes it void.
    let by = app.clock().now() + lasts + VERIFICATION_MAX_AGE;
    let (plan, shown) = of_steps(directory.as_ref(), ahead, &requester, by).await?;
    impartial(&approver, &[&subject, &requester])?;
    if plan.iter().any(|part| part.subject == approver.id) {
        return Err(self_approval());
    }
    Ok(Question {
        approver,
        mail,
        plan,
        shown,
        asked_by: format!("The playbook {} {}", input.playbook, input.version),
        lasts,
    })
}

fn unasked(code: &'static str, message: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
}
