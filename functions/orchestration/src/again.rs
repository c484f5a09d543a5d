//! The next try of a run, once, however many ask for it.

use crate::start::version;
use crate::waiting::definition;
use audit::{Actor, Entry};
use desk::{Asked, Raced, asked_on, find_ticket, retried, tell};
use domain::{
    CredentialRef, Execution, ExecutionId, ExecutionStatus, MAX_ATTEMPTS, NoRetry, RequestId,
    StepId, StepRun, StepState, Tenant, Ticket, TicketName, TicketStatus,
};
use jiff::Timestamp;
use kit::{App, Problem};
use playbook::{Capability, PlaybookVersion};
use serde_json::Value;
use std::collections::BTreeSet;
use store::VersionRow;

/// What is asked for.
pub(crate) struct Again<'a> {
    /// The run to try again.
    pub(crate) of: &'a ExecutionId,
    /// Who asks.
    pub(crate) actor: &'a Actor,
    /// Whether they vouch for unknown steps not having happened.
    pub(crate) reissue: bool,
}

/// Tries a run again.
///
/// The new run, the ticket's pointer to it and all records are one write, on the condition that nobody changed the ticket
/// or the earlier run since; the machine is started after it, under the new run's name.
///
/// # Errors
/// 409 when the run does not allow it, is not the newest of its playbook, or one is under way; when something could not
/// be asked.
pub(crate) async fn try_again(
    app: &App,
    tenant: &Tenant,
    ask: &Again<'_>,
) -> Result<Execution, Problem> {
    let (run, ticket) = retried(|| async {
        let seen = app.store().execution(tenant, ask.of).await?;
        let seen = seen.ok_or_else(|| Problem::not_found("execution"))?;
        seen.may_retry(ask.reissue).map_err(refusal)?;
        let ticket = find_ticket(app, tenant, &TicketName::Id(seen.ticket_id)).await?;
        newest(app, tenant, &ticket, &seen).await?;
        let playbook = app.store().playbook_of(tenant, &seen.playbook).await?;
        if !playbook.is_some_and(|row| row.enabled) {
            let message = format!(
                "the playbook {} is disabled; activate it first",
                seen.playbook
            );
            return Err(Problem::conflict("PLAYBOOK_DISABLED", message).into());
        }
        let version = version(app, tenant, &seen.playbook, &seen.version).await?;
        written(app, tenant, ask, &seen, &ticket, &version).await
    })
    .await?;
    set_going(app, tenant, &ticket, &run, true).await?;
    Ok(run)
}

fn refusal(why: NoRetry) -> Problem {
    match why {
        NoRetry::Refused(refusal) => refusal.into(),
        NoRetry::Unknown(step) => Problem::conflict(
            "STEP_UNKNOWN",
            format!(
                "the step {step} may have happened; look, and when it has not, retry with reissue: true"
            ),
        )
        .with("step", step.as_str())
        .with("current", StepState::Unknown.as_str()),
        NoRetry::Spent => Problem::conflict(
            "ATTEMPTS_SPENT",
            format!("this was tried {MAX_ATTEMPTS} times; start the playbook anew when its cause is mended"),
        )
        .with("attempts", MAX_ATTEMPTS),
    }
}

/// Refuses unless `run` is the newest of its playbook on this ticket.
async fn newest(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    run: &Execution,
) -> Result<(), Problem> {
    if let Some(live) = ticket.live.get(&run.playbook) {
        let live = app.store().execution(tenant, live).await?;
        let live = live.ok_or_else(|| Problem::not_found("execution"))?;
        if live.status == ExecutionStatus::Pending && live.retry_of.as_ref() == Some(&run.id) {
            // Whoever recorded it may have died before they set it going.
            set_going(app, tenant, ticket, &live, false).await?;
        }
        let message = format!("{} is under way for this ticket", live.playbook);
        return Err(Problem::conflict("ALREADY_RUNNING", message)
            .with("execution_id", live.id.as_str())
            .with("current", live.status.as_str()));
    }
    let later = ticket.runs.iter().rev().take_while(|id| **id != run.id);
    for id in later {
        let other = app.store().execution(tenant, id).await?;
        if other.is_some_and(|other| other.playbook == run.playbook) {
            let message = "a later run of this playbook stands; retry that one";
            return Err(Problem::conflict("SUPERSEDED", message)
                .with("execution_id", id.as_str())
                .with("current", "superseded"));
        }
    }
    Ok(())
}

async fn written(
    app: &App,
    tenant: &Tenant,
    ask: &Again<'_>,
    seen: &Execution,
    ticket: &Ticket,
    version: &VersionRow,
) -> Result<(Execution, Ticket), Raced> {
    let now = app.clock().now();
    let playbook = definition(&version.definition)?;
    let asked = asked_on(app, tenant, ticket.id).await?;
    let again = to_prove_again(&playbook, seen, &asked, now);
    let number = u32::try_from(ticket.runs.len()).unwrap_or(u32::MAX);
    let id = ExecutionId::of(tenant, &ticket.id, &seen.playbook, number.saturating_add(1));
    let run = seen.retry(id, ask.reissue, &again, now).map_err(refusal)?;
    let run = run.started_by(ask.actor.caller().map(str::to_owned));
    credentials_last(app, tenant, &playbook, &run, now).await?;

    let mut next = Ticket {
        status: TicketStatus::Running,
        ..ticket.clone()
    };
    next.runs.push(run.id.clone());
    next.live.insert(run.playbook.clone(), run.id.clone());
    let entry = |action: &str| {
        Entry::new(now, ask.actor.clone(), action)
            .fact("execution_id", run.id.as_str())
            .fact("retry_of", seen.id.as_str())
            .fact("attempt", run.generation)
            .fact("reissue", ask.reissue)
    };
    let started = entry("execution.started")
        .fact("ticket_id", ticket.id.to_string())
        .fact("playbook", run.playbook.as_str())
        .fact("version", run.version.clone())
        .fact("checksum", version.checksum.clone())
        .fact("steps_taken_over", run.steps_completed());
    let mut entries = vec![entry("execution.retried")];
    // An answer to what the earlier run asked would help nobody any more.
    let write = app.store().write(tenant, "execution retried");
    let (write, withdrawn) = asked.withdraw(write, &seen.id, now);
    entries.extend(
        withdrawn
            .iter()
            .map(|request| request.entry(ask.actor, now)),
    );
    write
        .ticket(Some(ticket), &next, vec![entry("ticket.execution_retried")])
        .execution(Some(seen), seen, entries)
        .execution(None, &run, vec![started])
        .commit()
        .await?;
    tracing::info!(execution = %run.id, retry_of = %seen.id, attempt = run.generation, "execution retried");
    Ok((run, next))
}

/// Starts the machine of a recorded try and tells the PSA; doing it twice does it once.
async fn set_going(
    app: &App,
    tenant: &Tenant,
    ticket: &Ticket,
    run: &Execution,
    fresh: bool,
) -> Result<(), Problem> {
    let row = version(app, tenant, &run.playbook, &run.version).await?;
    app.machines().start(&row.machine_arn, tenant, run).await?;
    let at = run.current().map_or("its end", |step| step.id.as_str());
    let text = format!(
        "Deskhand tries {} {} again, from {at}: attempt {} of {MAX_ATTEMPTS}.",
        run.playbook, run.version, run.generation
    );
    let marker = format!("{}-retry", run.id);
    if let Err(problem) = tell(app, tenant, ticket, &marker, &text, fresh).await {
        // The run is under way, and its closing note says all; a refusal here would say that it is not.
        tracing::warn!(%problem, execution = %run.id, "the PSA was not told of a retry");
    }
    Ok(())
}

/// The finished verifications that no longer serve a sensitive step which is still to run: spent, or too old. Of each
/// kind only the last before the step counts, as it does for whoever spends it.
fn to_prove_again(
    playbook: &PlaybookVersion,
    run: &Execution,
    asked: &Asked,
    now: Timestamp,
) -> BTreeSet<StepId> {
    let capability = |step: &StepRun| Some(playbook.step(step.id.as_str())?.service);
    let mut again = BTreeSet::new();
    for (at, step) in run.steps.iter().enumerate() {
        let sensitive = capability(step).is_some_and(Capability::is_sensitive);
        if !sensitive || step.holds() {
            continue;
        }
        let mut kinds = BTreeSet::new();
        for proof in run.steps[..at].iter().rev() {
            let kind = capability(proof).filter(|kind| kind.is_verification());
            if kind.is_some_and(|kind| kinds.insert(kind)) && !serves(proof, asked, now) {
                again.insert(proof.id.clone());
            }
        }
    }
    again
}

/// Whether the proof that a verification left can still be spent.
fn serves(step: &StepRun, asked: &Asked, now: Timestamp) -> bool {
    let request = step.output.get("request_id").and_then(Value::as_str);
    let request = request.and_then(|id| RequestId::parse(id).ok());
    request.is_some_and(|id| asked.serves(&id, now))
}

/// Refuses when a step still to run needs a credential that an earlier one made and that is gone: that step succeeded, so
/// it does not make another.
async fn credentials_last(
    app: &App,
    tenant: &Tenant,
    playbook: &PlaybookVersion,
    run: &Execution,
    now: Timestamp,
) -> Result<(), Problem> {
    for step in run.steps.iter().filter(|step| step.state.is_done()) {
        let made = step.output.get("credential_ref").and_then(Value::as_str);
        let Some(made) = made.and_then(|id| CredentialRef::parse(id).ok()) else {
            continue;
        };
        if !is_needed(playbook, run, &step.id) {
            continue;
        }
        let credential = app.store().credential(tenant, &made).await?;
        if credential.is_none_or(|credential| credential.open(now).is_err()) {
            let message = format!(
                "what {} made is gone, and it is not made twice in one run; start the playbook anew with execute_playbook",
                step.id
            );
            return Err(Problem::conflict("CREDENTIAL_GONE", message)
                .with("step", step.id.as_str())
                .with("current", "destroyed"));
        }
    }
    Ok(())
}

/// Whether a step that is still to run takes the credential that `made_by` made.
fn is_needed(playbook: &PlaybookVersion, run: &Execution, made_by: &StepId) -> bool {
    let reference = format!("steps.{made_by}.credential_ref");
    let left = run.steps.iter().filter(|step| !step.state.is_done());
    left.filter_map(|step| playbook.step(step.id.as_str()))
        .filter_map(|step| serde_json::to_string(&step.with).ok())
        .any(|with| with.contains(&reference))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Answer, MfaPrompt, PlaybookName, TicketId, UserId};
    use jiff::SignedDuration;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn playbook() -> PlaybookVersion {
        playbook::parse(include_str!("../../../statemachines/password_reset.yaml")).unwrap()
    }

    fn run(states: [StepState; 3]) -> Execution {
        let steps = ["verify_mfa", "reset_password", "deliver_sms"];
        let mut run = Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("password_reset").unwrap(),
            "1.2".into(),
            &steps.map(|step| StepId::parse(step).unwrap()),
            at(0),
        );
        for (step, state) in run.steps.iter_mut().zip(states) {
            step.state = state;
        }
        run.steps[0]
            .output
            .insert("request_id".into(), "mfa_1".into());
        run
    }

    fn asked(prompts: Vec<MfaPrompt>) -> Asked {
        Asked {
            prompts,
            approvals: Vec::new(),
        }
    }

    fn approved() -> MfaPrompt {
        let prompt = MfaPrompt {
            id: RequestId::parse("mfa_1").unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: UserId::parse("abc-123").unwrap(),
            state: domain::MfaState::Pending,
            requested_at: at(0),
            expires_at: at(5),
            waiting: None,
            sealed_token: None,
            handle: None,
            rev: 1,
        };
        prompt.answer(Answer::Approved, "", at(1)).unwrap()
    }

    #[test]
    fn a_confirmation_is_asked_for_again_when_it_is_old_or_spent_and_still_needed() {
        use StepState::{Failed, Pending, Succeeded};
        let refused = run([Succeeded, Failed, Pending]);
        let proves = |run: &Execution, prompt: MfaPrompt, now| {
            !to_prove_again(&playbook(), run, &asked(vec![prompt]), now).is_empty()
        };
        assert!(!proves(&refused, approved(), at(16)));
        assert!(proves(&refused, approved(), at(17)));
        let spent = approved().spend("reset_password:abc-123".into(), "c-1".into(), at(2));
        assert!(proves(&refused, spent.clone().unwrap(), at(3)));
        assert!(!to_prove_again(&playbook(), &refused, &asked(Vec::new()), at(3)).is_empty());
        let undelivered = run([Succeeded, Succeeded, Failed]);
        assert!(!proves(&undelivered, spent.unwrap(), at(60)));
    }

    #[test]
    fn a_pass_is_needed_while_it_is_to_be_delivered() {
        use StepState::{Failed, Succeeded};
        let made_by = StepId::parse("reset_password").unwrap();
        let undelivered = run([Succeeded, Succeeded, Failed]);
        assert!(is_needed(&playbook(), &undelivered, &made_by));
        assert!(!is_needed(&playbook(), &run([Succeeded; 3]), &made_by));
    }
}
