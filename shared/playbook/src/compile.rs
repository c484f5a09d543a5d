//! A playbook version to its state machine.

use serde_json::{Value, json};

use crate::asl::{Catcher, Fail, Machine, Parameters, Retrier, State, Task, Then};
use crate::capability::Capability;
use crate::names::StepId;
use crate::step::{OnFailure, Step};
use crate::version::PlaybookVersion;

/// The operation that ends an execution whose steps are done.
pub const COMPLETE: &str = "complete_execution";

/// The operation that hands an execution to a person.
pub const ESCALATE: &str = "escalate_execution";

/// Every operation a machine may call; each has a [`placeholder`].
pub const OPERATIONS: [&str; 10] = [
    Capability::RequestMfa.operation(),
    Capability::RequestApproval.operation(),
    Capability::ResetPassword.operation(),
    Capability::UnlockAccount.operation(),
    Capability::RevokeSessions.operation(),
    Capability::GrantAccess.operation(),
    Capability::RevokeAccess.operation(),
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
/// A step is a state of the same name; then come `Complete`, `Escalate` and `Escalated`. State carries ids only.
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
    let following = version
        .step_ids()
        .skip(1)
        .map(StepId::as_str)
        .chain([COMPLETE_STATE]);
    let mut states: Vec<(String, State)> = version
        .steps
        .iter()
        .zip(following)
        .map(|(step, next)| {
            (
                step.id.to_string(),
                State::Task(step_state(version, step, next)),
            )
        })
        .collect();
    states.push((COMPLETE_STATE.to_owned(), State::Task(complete(version))));
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
        start_at: version
            .step_ids()
            .next()
            .map_or_else(|| COMPLETE_STATE.to_owned(), ToString::to_string),
        states,
    }
}

fn step_state(version: &PlaybookVersion, step: &Step, next: &str) -> Task {
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
        catch: catches(step, next),
        then: Then::Next(next.to_owned()),
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

fn retries(step: &Step) -> Vec<Retrier> {
    let transport = Retrier {
        error_equals: NEVER_ARRIVED.to_vec(),
        interval_seconds: 1,
        max_attempts: 3,
        backoff_rate: 2.0,
    };
    let asked = step
        .retry
        .filter(|retry| retry.max_attempts > 1)
        .map(|retry| Retrier {
            error_equals: vec![error_name::RETRYABLE],
            interval_seconds: retry.backoff_seconds,
            max_attempts: retry.max_attempts - 1,
            backoff_rate: retry.backoff_rate,
        });
    step.service
        .repeat_safe()
        .then_some(transport)
        .into_iter()
        .chain(asked)
        .collect()
}

fn catches(step: &Step, next: &str) -> Vec<Catcher> {
    let mut catches = Vec::new();
    if step.service.outlives_its_state() {
        // The state's time is up, the work is not: the run goes on, and the step stands as queued.
        catches.push(Catcher {
            error_equals: vec![error_name::STATE_TIMEOUT],
            result_path: None,
            next: next.to_owned(),
        });
    }
    catches.extend(on_failure(step, next));
    catches
}

fn on_failure(step: &Step, next: &str) -> Vec<Catcher> {
    let onward = match &step.on_failure {
        OnFailure::Escalate => return vec![to_escalate(vec![error_name::ANY])],
        OnFailure::Continue => next.to_owned(),
        OnFailure::Goto(target) => target.to_string(),
    };
    let never_past = if step.service.is_verification() || step.service.is_sensitive() {
        use error_name::{CANCELLED, DENIED, STATE_TIMEOUT, TIMED_OUT, UNKNOWN};
        vec![DENIED, TIMED_OUT, STATE_TIMEOUT, UNKNOWN, CANCELLED]
    } else {
        vec![error_name::CANCELLED]
    };
    vec![
        to_escalate(never_past),
        Catcher {
            error_equals: vec![error_name::ANY],
            result_path: None,
            next: onward,
        },
    ]
}

fn to_escalate(error_equals: Vec<&'static str>) -> Catcher {
    Catcher {
        error_equals,
        result_path: Some("$.error"),
        next: ESCALATE_STATE.to_owned(),
    }
}

fn complete(version: &PlaybookVersion) -> Task {
    Task {
        comment: "Close the execution and tell the ticket.".to_owned(),
        resource: INVOKE,
        parameters: Parameters {
            function_name: placeholder(COMPLETE),
            payload: payload(version),
        },
        timeout_seconds: END_TIMEOUT_SECONDS,
        result_path: None,
        retry: vec![persistently()],
        catch: vec![to_escalate(vec![error_name::ANY])],
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

/// Six more tries, 2 to 64 seconds apart: an execution that is done must say so.
fn persistently() -> Retrier {
    Retrier {
        error_equals: vec![error_name::ANY],
        interval_seconds: 2,
        max_attempts: 6,
        backoff_rate: 2.0,
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
