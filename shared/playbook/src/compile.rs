//! A playbook version to its state machine.

use serde_json::{Value, json};

use crate::asl::{
    Branch, Catcher, Fail, Machine, Parallel, Parameters, Retrier, State, Succeed, Task, Then,
};
use crate::capability::Capability;
use crate::step::{OnFailure, Step};
use crate::version::{Block, PlaybookVersion};

/// The operation that ends an execution whose steps are done.
pub const COMPLETE: &str = "complete_execution";

/// The operation that hands an execution to a person.
pub const ESCALATE: &str = "escalate_execution";

/// Every operation a machine may call; each has a [`placeholder`].
pub const OPERATIONS: [&str; 13] = [
    Capability::RequestMfa.operation(),
    Capability::RequestApproval.operation(),
    Capability::ResetPassword.operation(),
    Capability::UnlockAccount.operation(),
    Capability::DisableAccount.operation(),
    Capability::RemoveMfaMethods.operation(),
    Capability::RevokeSessions.operation(),
    Capability::GrantAccess.operation(),
    Capability::RevokeAccess.operation(),
    Capability::TriggerDeviceScript.operation(),
    Capability::SendSms.operation(),
    COMPLETE,
    ESCALATE,
];

/// The error names by which task functions, and those who answer task tokens, tell a machine how a step ended.
pub mod error_name {
    /// A person said no.
    pub const DENIED: &str = "Denied";
    /// Nobody answered in time.
    pub const TIMED_OUT: &str = "TimedOut";
    /// The answer was lost and the deed may be done.
    pub const UNKNOWN: &str = "Unknown";
    /// It did not work, and trying again would not help.
    pub const FAILED: &str = "Failed";
    /// The execution was cancelled.
    pub const CANCELLED: &str = "Cancelled";
    /// Nothing happened; trying again may help.
    pub const RETRYABLE: &str = "Retryable";
    /// Step Functions' own: the state's time is up.
    pub const STATE_TIMEOUT: &str = "States.Timeout";
    /// Step Functions' own: any error.
    pub const ANY: &str = "States.ALL";
}

/// Lambda's errors for a call that never reached our code.
const NEVER_ARRIVED: [&str; 4] = [
    "Lambda.TooManyRequestsException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
];

const INVOKE: &str = "arn:aws:states:::lambda:invoke";
const INVOKE_AND_WAIT: &str = "arn:aws:states:::lambda:invoke.waitForTaskToken";

const COMPLETE_STATE: &str = "Complete";
const ESCALATE_STATE: &str = "Escalate";
const ESCALATED_STATE: &str = "Escalated";

/// Seconds for one try at [`COMPLETE`] or [`ESCALATE`].
const END_TIMEOUT_SECONDS: u32 = 60;

/// Seconds for one try at taking a step back.
const UNDO_TIMEOUT_SECONDS: u32 = 60;

/// The error of a branch that may not go on although its step says `continue`; the ledger says what it was.
const STOPPED: &str = "Stopped";

/// What stands for an operation's function until deployment: `${RequestMfaTask}` for `request_mfa_task`.
#[must_use]
pub fn placeholder(operation: &str) -> String {
    let mut name = String::from("${");
    for word in operation.split('_') {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.extend(letters);
    }
    name.push('}');
    name
}

/// The state machine of a version, in Amazon States Language.
///
/// A step is a state of the same name, a group a state whose branches are its steps, a fallback a state that its step's
/// silence leads to; then come the states that take steps back, `Complete`, `Escalate` and `Escalated`. State carries ids
/// only.
#[must_use]
pub fn compile(version: &PlaybookVersion) -> Value {
    json!(machine(version))
}

/// [`compile`] as text: states in the order of the steps, indented, with a newline at the end.
#[must_use]
pub fn compile_text(version: &PlaybookVersion) -> String {
    let text = serde_json::to_string_pretty(&machine(version));
    text.unwrap_or_else(|_| compile(version).to_string()) + "\n"
}

fn machine(version: &PlaybookVersion) -> Machine {
    let blocks: Vec<Block<'_>> = version.blocks().collect();
    let following = blocks.iter().skip(1).map(|block| block.id().as_str());
    let following = following.chain([COMPLETE_STATE]);
    let mut states = Vec::new();
    let mut undos = Vec::new();
    // Where a failure leads: to the undo of the nearest step so far that has one, and from there back to the first.
    let mut refuge = ESCALATE_STATE.to_owned();
    for (block, next) in blocks.iter().zip(following) {
        for step in each_step(*block).filter(|step| step.compensate.is_some()) {
            let name = format!("undo_{}", step.id);
            undos.push((name.clone(), State::Task(undo(version, step, refuge))));
            refuge = name;
        }
        match block {
            Block::Step(step) => {
                let lead = Lead {
                    next: Then::Next(next.to_owned()),
                    past: next.to_owned(),
                    refuge: Some(&refuge),
                };
                states.extend(with_fallback(version, step, &lead));
            }
            Block::Group(id, steps) => {
                let group = group(version, steps, next, &refuge);
                states.push((id.to_string(), State::Parallel(group)));
            }
        }
    }
    states.extend(undos.into_iter().rev());
    let complete = complete(version, &refuge);
    states.push((COMPLETE_STATE.to_owned(), State::Task(complete)));
    states.push((ESCALATE_STATE.to_owned(), State::Task(escalate(version))));
    let failed = Fail {
        comment: "A person has the ticket.",
        error: ESCALATED_STATE,
    };
    states.push((ESCALATED_STATE.to_owned(), State::Fail(failed)));
    Machine {
        comment: format!(
            "Playbook {} {}. Input: tenant, ticket_id, execution_id, generation. Ends: succeeded when every step is done, \
             failed with Escalated when a person takes over.",
            version.name, version.version
        ),
        start_at: blocks
            .first()
            .map_or_else(|| COMPLETE_STATE.to_owned(), |block| block.id().to_string()),
        states,
    }
}

/// The steps of a block, a fallback after the step it stands in for.
fn each_step(block: Block<'_>) -> impl Iterator<Item = &Step> {
    let steps = match block {
        Block::Step(step) => std::slice::from_ref(step),
        Block::Group(_, steps) => steps,
    };
    steps.iter().flat_map(Step::with_fallback)
}

/// Where the state of a step leads.
struct Lead<'a> {
    /// When it is done.
    next: Then,
    /// When it failed and the playbook goes on; in a group, to the end of its branch.
    past: String,
    /// When nothing goes on; none in a group, whose own state catches what its branches fail with.
    refuge: Option<&'a str>,
}

/// The state of a step, and that of its fallback.
fn with_fallback(version: &PlaybookVersion, step: &Step, lead: &Lead<'_>) -> Vec<(String, State)> {
    let state = |step: &Step| {
        let state = step_state(version, step, lead);
        (step.id.to_string(), State::Task(state))
    };
    step.with_fallback().map(state).collect()
}

fn group(version: &PlaybookVersion, steps: &[Step], next: &str, refuge: &str) -> Parallel {
    let names: Vec<&str> = steps.iter().map(|step| step.id.as_str()).collect();
    Parallel {
        comment: format!("Beside one another: {}.", names.join(", ")),
        branches: steps.iter().map(|step| branch(version, step)).collect(),
        result_path: None,
        catch: vec![caught(vec![error_name::ANY], refuge)],
        next: next.to_owned(),
    }
}

fn branch(version: &PlaybookVersion, step: &Step) -> Branch {
    let past = format!("Past_{}", step.id);
    let lead = Lead {
        next: Then::End(true),
        past: past.clone(),
        refuge: None,
    };
    let mut states = with_fallback(version, step, &lead);
    let goes_on = step.on_failure == OnFailure::Continue;
    if goes_on || step.service.outlives_its_state() {
        let comment = "The playbook goes on without it.";
        states.push((past, State::Succeed(Succeed { comment })));
    }
    if goes_on {
        let stop = Fail {
            comment: "The playbook goes on past a failure, not past this.",
            error: STOPPED,
        };
        states.push((stop_state(step), State::Fail(stop)));
    }
    Branch {
        start_at: step.id.to_string(),
        states,
    }
}

fn stop_state(step: &Step) -> String {
    format!("Stop_{}", step.id)
}

fn step_state(version: &PlaybookVersion, step: &Step, lead: &Lead<'_>) -> Task {
    let mut payload = payload(version);
    payload.push(("step", json!(step.id)));
    if step.service.waits() {
        payload.push(("task_token.$", json!("$$.Task.Token")));
    }
    Task {
        comment: step.service.about().to_owned(),
        resource: if step.service.waits() {
            INVOKE_AND_WAIT
        } else {
            INVOKE
        },
        parameters: Parameters {
            function_name: placeholder(step.service.operation()),
            payload,
        },
        timeout_seconds: step.timeout_seconds,
        result_path: None,
        retry: retries(step),
        catch: catches(step, lead),
        then: lead.next.clone(),
    }
}

/// Takes a step back, then goes on to the one before it; whatever comes of it, what the run failed with stays in
/// `$.error`.
fn undo(version: &PlaybookVersion, step: &Step, before: String) -> Task {
    let mut payload = payload(version);
    payload.push(("step", json!(step.id)));
    payload.push(("undo", json!(true)));
    let about = step.service.undo().unwrap_or("It did nothing that stays.");
    Task {
        comment: format!("Take {} back. {about}", step.id),
        resource: INVOKE,
        parameters: Parameters {
            function_name: placeholder(step.service.operation()),
            payload,
        },
        timeout_seconds: UNDO_TIMEOUT_SECONDS,
        result_path: None,
        // In all 5 + 10 + 20 + 40 seconds: longer than a call of the step may still act.
        retry: vec![
            transport(),
            Retrier {
                error_equals: vec![error_name::RETRYABLE],
                interval_seconds: 5,
                max_attempts: 4,
                ..Retrier::default()
            },
        ],
        catch: vec![passed(vec![error_name::ANY], before.clone())],
        then: Then::Next(before),
    }
}

fn payload(version: &PlaybookVersion) -> Vec<(&'static str, Value)> {
    vec![
        ("tenant.$", json!("$.tenant")),
        ("ticket_id.$", json!("$.ticket_id")),
        ("execution_id.$", json!("$.execution_id")),
        ("generation.$", json!("$.generation")),
        ("playbook", json!(version.name)),
        ("version", json!(version.version)),
    ]
}

fn transport() -> Retrier {
    Retrier {
        error_equals: NEVER_ARRIVED.to_vec(),
        ..Retrier::default()
    }
}

fn retries(step: &Step) -> Vec<Retrier> {
    let asked = step
        .retry
        .filter(|retry| retry.max_attempts > 1)
        .map(|retry| Retrier {
            error_equals: vec![error_name::RETRYABLE],
            interval_seconds: retry.backoff_seconds,
            max_attempts: retry.max_attempts - 1,
            backoff_rate: retry.backoff_rate,
            ..Retrier::default()
        });
    step.service
        .repeat_safe()
        .then(transport)
        .into_iter()
        .chain(asked)
        .collect()
}

fn catches(step: &Step, lead: &Lead<'_>) -> Vec<Catcher> {
    use error_name::{STATE_TIMEOUT, TIMED_OUT};
    let mut catches = Vec::new();
    if let Some(fallback) = &step.fallback {
        let silence = vec![TIMED_OUT, STATE_TIMEOUT];
        catches.push(passed(silence, fallback.id.to_string()));
    }
    if step.service.outlives_its_state() {
        // The state's time is up, the work is not: the run goes on, and the step stands as queued.
        catches.push(passed(vec![STATE_TIMEOUT], lead.past.clone()));
    }
    catches.extend(on_failure(step, lead));
    catches
}

fn on_failure(step: &Step, lead: &Lead<'_>) -> Vec<Catcher> {
    let onward = match &step.on_failure {
        OnFailure::Escalate => {
            let refuge = lead.refuge.into_iter();
            return refuge
                .map(|refuge| caught(vec![error_name::ANY], refuge))
                .collect();
        }
        OnFailure::Continue => lead.past.clone(),
        OnFailure::Goto(target) => target.to_string(),
    };
    let never_past = if step.service.is_verification() || step.service.is_sensitive() {
        use error_name::{CANCELLED, DENIED, STATE_TIMEOUT, TIMED_OUT, UNKNOWN};
        vec![DENIED, TIMED_OUT, STATE_TIMEOUT, UNKNOWN, CANCELLED]
    } else {
        vec![error_name::CANCELLED]
    };
    vec![
        match lead.refuge {
            Some(refuge) => caught(never_past, refuge),
            None => passed(never_past, stop_state(step)),
        },
        passed(vec![error_name::ANY], onward),
    ]
}

/// The run goes on, and forgets the error.
fn passed(error_equals: Vec<&'static str>, next: String) -> Catcher {
    Catcher {
        error_equals,
        result_path: None,
        next,
    }
}

/// The run stops, and keeps the error.
fn caught(error_equals: Vec<&'static str>, next: &str) -> Catcher {
    Catcher {
        error_equals,
        result_path: Some("$.error"),
        next: next.to_owned(),
    }
}

/// Closes the execution, unless somebody asked it to stop while its last step was under way: that leads to the undo of what
/// was done.
fn complete(version: &PlaybookVersion, refuge: &str) -> Task {
    let turned_back = (refuge != ESCALATE_STATE)
        .then(|| caught(vec![error_name::CANCELLED], refuge))
        .into_iter();
    let never_again = Retrier {
        error_equals: vec![error_name::CANCELLED],
        max_attempts: 0,
        backoff_rate: 1.0,
        ..Retrier::default()
    };
    Task {
        comment: "Close the execution and tell the ticket.".to_owned(),
        resource: INVOKE,
        parameters: Parameters {
            function_name: placeholder(COMPLETE),
            payload: payload(version),
        },
        timeout_seconds: END_TIMEOUT_SECONDS,
        result_path: None,
        retry: vec![never_again, persistently()],
        catch: turned_back
            .chain([caught(vec![error_name::ANY], ESCALATE_STATE)])
            .collect(),
        then: Then::End(true),
    }
}

fn escalate(version: &PlaybookVersion) -> Task {
    let mut payload = payload(version);
    payload.push(("error.$", json!("$.error.Error")));
    Task {
        comment: "Hand the ticket to a person; the ledger says which step failed.".to_owned(),
        resource: INVOKE,
        parameters: Parameters {
            function_name: placeholder(ESCALATE),
            payload,
        },
        timeout_seconds: END_TIMEOUT_SECONDS,
        result_path: None,
        retry: vec![persistently()],
        catch: Vec::new(),
        then: Then::Next(ESCALATED_STATE.to_owned()),
    }
}

/// A day of tries, 2 seconds and soon a quarter of an hour apart: an execution that is over must say so, and the PSA may be
/// down for long.
fn persistently() -> Retrier {
    Retrier {
        error_equals: vec![error_name::ANY],
        interval_seconds: 2,
        max_attempts: 100,
        max_delay_seconds: Some(900),
        ..Retrier::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_placeholder_is_the_operation_in_pascal_case() {
        assert_eq!(placeholder("request_mfa_task"), "${RequestMfaTask}");
        assert_eq!(placeholder("send_sms_task"), "${SendSmsTask}");
        assert_eq!(placeholder(COMPLETE), "${CompleteExecution}");
    }

    #[test]
    fn every_capability_is_among_the_operations() {
        for capability in Capability::ALL {
            assert!(OPERATIONS.contains(&capability.operation()));
        }
    }
}
