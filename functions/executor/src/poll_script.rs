//! Queue `script-poll`: ask the vendor how a run of a script stands. Neither vendor calls back, so a delayed message asks again
//! until the run ends or nobody waits for it any more.

use crate::script_end::{end, tell_step};
use crate::script_run::{FIRST_LOOK, Watch, watch};
use audit::Actor;
use domain::{ScriptOutput, ScriptRun, ScriptRunState, Tenant, redacted};
use jiff::{SignedDuration, Timestamp};
use kit::{App, Message, Problem};
use ports::{CallError, Output, RunHandle, RunState};
use std::time::Duration;
use store::StoreError;

/// How long a run is looked for whose start was never answered. Whoever began it has ended by then.
const LOOKED_FOR: SignedDuration = SignedDuration::from_secs(90);
/// Bytes of output that are kept; the vendor's client keeps more.
const KEPT: usize = 4096;

/// Asks how the run stands; records its end, or asks again later.
pub async fn poll_script(app: App, message: Message<Watch>) -> Result<(), Problem> {
    let (tenant, id) = (&message.tenant, &message.work.run_id);
    let Some(run) = app.store().script_run(tenant, id).await? else {
        tracing::info!(run_id = %id, "asked about a run that was not begun");
        return Ok(());
    };
    if run.state.ended_at().is_some() {
        return tell(&app, tenant, &run).await;
    }
    if message.work.reminder && run.state != ScriptRunState::Begun {
        return Ok(());
    }
    let handle = RunHandle(run.handle.clone());
    let seen = match outside::scripts_by(&app, tenant, &handle).await {
        Ok(rmm) => rmm.run(&handle).await,
        Err(error) => Err(error),
    };
    let now = app.clock().now();
    match decided(&run, seen, now) {
        Next::Ended(state) => {
            let by = match state {
                ScriptRunState::Unknown { .. } => Actor::System("poll_script".to_owned()),
                _ => Actor::Vendor(handle.vendor().to_owned()),
            };
            let ended = end(&app, tenant, &run.id, &state, &by).await?;
            tell(&app, tenant, &ended).await
        }
        Next::Goes(state) => {
            went(&app, tenant, &run, state).await?;
            let pause = pause(&run, now);
            watch(&app, tenant, &run.id, false, pause).await
        }
    }
}

/// Tells how a run ended: the step that waits for it; or a person, where a caller asked for it and nobody knows. Telling it twice
/// changes nothing.
async fn tell(app: &App, tenant: &Tenant, run: &ScriptRun) -> Result<(), Problem> {
    match for_a_person(run) {
        Some(why) => desk::escalate_ticket(app, tenant, run.ticket_id, &why, run.id.as_str()).await,
        None => tell_step(app, tenant, run).await,
    }
}

/// Why a person has to look at a run: no step of a run waits that would have them called.
fn for_a_person(run: &ScriptRun) -> Option<String> {
    let ScriptRunState::Unknown { reason, .. } = &run.state else {
        return None;
    };
    run.waiting.is_none().then(|| {
        format!(
            "nobody knows how the script {} on the device {} ended: {reason}. Look in the device management before it is run \
             again",
            run.script_id, run.device_id
        )
    })
}

/// What becomes of a run.
#[derive(Debug, PartialEq)]
enum Next {
    Ended(ScriptRunState),
    /// It is to be looked at again.
    Goes(ScriptRunState),
}

fn decided(run: &ScriptRun, seen: Result<RunState, CallError>, now: Timestamp) -> Next {
    let (goes, why) = match seen {
        Ok(RunState::Succeeded { output }) => {
            return Next::Ended(ScriptRunState::Succeeded {
                at: now,
                output: kept(&output),
            });
        }
        Ok(RunState::Failed {
            output,
            code,
            exit_code,
        }) => {
            return Next::Ended(ScriptRunState::Failed {
                at: now,
                reason: format!("the script's run ended as {code}"),
                exit_code,
                output: kept(&output),
                retryable: false,
            });
        }
        Ok(RunState::Queued) => {
            let why = "the device has not begun it; it may be out of reach, and runs it when it is back unless somebody takes it \
                       back in the device management";
            (ScriptRunState::Queued, why.to_owned())
        }
        Ok(RunState::Running) => {
            let why = "it runs still; the device management shows its end";
            (ScriptRunState::Running, why.to_owned())
        }
        Ok(RunState::Unknown { why }) => (run.state.clone(), why.to_owned()),
        Err(error) => {
            tracing::warn!(cause = %error, run_id = %run.id, "the vendor could not be asked");
            (run.state.clone(), error.to_string())
        }
    };
    let lost = goes == ScriptRunState::Begun && now.duration_since(run.begun_at) >= LOOKED_FOR;
    if lost || now >= run.until {
        return Next::Ended(ScriptRunState::Unknown {
            at: now,
            reason: why,
        });
    }
    Next::Goes(goes)
}

/// What is kept of an output.
fn kept(output: &Output) -> ScriptOutput {
    ScriptOutput {
        text: redacted(&output.text),
        cut: output.cut || output.text.len() > KEPT,
    }
}

/// Writes that a run has begun. Nothing depends on it but what people are shown, so a lost race is left.
async fn went(
    app: &App,
    tenant: &Tenant,
    run: &ScriptRun,
    state: ScriptRunState,
) -> Result<(), Problem> {
    if run.state == state {
        return Ok(());
    }
    let next = run.to(state)?;
    let write = app.store().write(tenant, "script goes on");
    match write.script_run(Some(run), &next).commit().await {
        Ok(()) | Err(StoreError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// How long until the next look: the longer it takes, the longer; never past the time when it is given up.
fn pause(run: &ScriptRun, now: Timestamp) -> Duration {
    let age = now.duration_since(run.begun_at);
    let usual = if age < SignedDuration::from_mins(1) {
        FIRST_LOOK
    } else if age < SignedDuration::from_mins(10) {
        Duration::from_secs(15)
    } else {
        Duration::from_mins(1)
    };
    let left = run.until.duration_since(now).as_secs().max(1);
    usual.min(Duration::from_secs(left.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::user;
    use domain::{DeviceId, ExecutionId, ScriptId, ScriptRunId, StepId, TicketId};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn run(state: ScriptRunState) -> ScriptRun {
        ScriptRun {
            id: ScriptRunId::of(TicketId::from_bits(1), 1),
            ticket_id: TicketId::from_bits(1),
            user_id: user(),
            device_id: DeviceId::parse("101").unwrap(),
            script_id: ScriptId::parse("42").unwrap(),
            asked: String::new(),
            claim: String::new(),
            handle: "ninjaone:{}".into(),
            state,
            begun_at: at(0),
            until: at(600),
            waiting: None,
            sealed_token: None,
            rev: 1,
        }
    }

    fn word(next: &Next) -> &'static str {
        match next {
            Next::Ended(state) | Next::Goes(state) => state.as_str(),
        }
    }

    #[test]
    fn an_end_is_the_vendors_own_and_its_output_is_redacted() {
        let output = Output::of("password: hunter2\nspooler restarted");
        let next = decided(
            &run(ScriptRunState::Queued),
            Ok(RunState::Succeeded { output }),
            at(1),
        );
        let Next::Ended(ScriptRunState::Succeeded { output, .. }) = next else {
            panic!("{next:?}");
        };
        assert!(!output.text.contains("hunter2") && output.text.contains("spooler restarted"));
        let failed = RunState::Failed {
            output: Output::default(),
            code: "FAILURE".into(),
            exit_code: Some(3),
        };
        let next = decided(&run(ScriptRunState::Running), Ok(failed), at(1));
        assert!(matches!(
            next,
            Next::Ended(ScriptRunState::Failed {
                exit_code: Some(3),
                ..
            })
        ));
    }

    #[test]
    fn a_device_out_of_reach_is_waited_for_and_then_nobody_knows() {
        let queued = run(ScriptRunState::Queued);
        let soon = decided(&queued, Ok(RunState::Queued), at(599));
        assert_eq!(soon, Next::Goes(ScriptRunState::Queued));
        let Next::Ended(ScriptRunState::Unknown { reason, .. }) =
            decided(&queued, Ok(RunState::Queued), at(600))
        else {
            panic!("given up");
        };
        assert!(reason.contains("out of reach"), "{reason}");
    }

    #[test]
    fn a_lost_start_is_looked_for_a_while_and_goes_on_when_it_is_seen() {
        let lost = || {
            Ok(RunState::Unknown {
                why: "nothing is seen",
            })
        };
        let begun = run(ScriptRunState::Begun);
        assert_eq!(
            decided(&begun, lost(), at(89)),
            Next::Goes(ScriptRunState::Begun)
        );
        assert!(matches!(decided(&begun, lost(), at(90)), Next::Ended(_)));
        let seen = decided(&begun, Ok(RunState::Running), at(300));
        assert_eq!(
            (word(&seen), matches!(seen, Next::Goes(_))),
            ("running", true)
        );
        // What was seen once is waited for, whatever the journal says meanwhile.
        let running = run(ScriptRunState::Running);
        assert!(matches!(decided(&running, lost(), at(300)), Next::Goes(_)));
    }

    #[test]
    fn of_a_run_that_nobody_knows_a_person_is_told_where_no_step_waits() {
        let unknown = run(ScriptRunState::Unknown {
            at: at(600),
            reason: "the device has not begun it".into(),
        });
        let why = for_a_person(&unknown).unwrap();
        assert!(why.contains("script 42 on the device 101"), "{why}");
        let step = (
            ExecutionId::parse("x-1").unwrap(),
            StepId::parse("run_script").unwrap(),
        );
        let of_a_step = ScriptRun {
            waiting: Some(step),
            ..unknown
        };
        assert_eq!(for_a_person(&of_a_step), None);
        assert_eq!(for_a_person(&run(ScriptRunState::Running)), None);
    }

    #[test]
    fn looks_become_rarer_and_end_with_the_waiting() {
        let queued = run(ScriptRunState::Queued);
        let seconds = |now| pause(&queued, at(now)).as_secs();
        assert_eq!(
            [seconds(0), seconds(60), seconds(598), seconds(600)],
            [5, 15, 2, 1]
        );
    }
}
