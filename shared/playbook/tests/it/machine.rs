//! The machine of the password reset.

use playbook::{Capability, PlaybookVersion, compile, parse};
use serde_json::{Value, json};

use crate::password_reset;

#[test]
fn a_happy_password_reset_takes_four_transitions() {
    let machine = compile(&password_reset());
    let mut at = machine["StartAt"].as_str().unwrap();
    let mut path = vec![at];
    while let Some(next) = machine["States"][at]["Next"].as_str() {
        path.push(next);
        at = next;
    }
    assert_eq!(
        path,
        ["verify_mfa", "reset_password", "deliver_sms", "Complete"]
    );
}

#[test]
fn a_step_is_a_task_with_ids_literals_and_a_token_where_it_waits() {
    let machine = compile(&password_reset());
    let verify = &machine["States"]["verify_mfa"];
    assert_eq!(
        verify["Resource"],
        "arn:aws:states:::lambda:invoke.waitForTaskToken"
    );
    assert_eq!(verify["TimeoutSeconds"], 300);
    let parameters = json!({
        "FunctionName": "${RequestMfaTask}",
        "Payload": {
            "tenant.$": "$.tenant", "ticket_id.$": "$.ticket_id", "execution_id.$": "$.execution_id",
            "generation.$": "$.generation", "playbook": "password_reset", "version": "1.2", "step": "verify_mfa",
            "task_token.$": "$$.Task.Token",
        },
    });
    assert_eq!(verify["Parameters"], parameters);
    let reset = &machine["States"]["reset_password"];
    assert_eq!(reset["Resource"], "arn:aws:states:::lambda:invoke");
    assert_eq!(reset["TimeoutSeconds"], 60);
    assert_eq!(reset["Parameters"]["Payload"].get("task_token.$"), None);
}

#[test]
fn tries_in_all_become_retries_after_the_first() {
    let retry = compile(&password_reset())["States"]["reset_password"]["Retry"].clone();
    let asked = json!({"ErrorEquals": ["Retryable"], "IntervalSeconds": 5, "MaxAttempts": 2, "BackoffRate": 2.0});
    assert_eq!(retry[1], asked);
    let once = parse(
        &password_reset()
            .to_yaml()
            .replace("max_attempts: 3", "max_attempts: 1"),
    )
    .unwrap();
    assert_eq!(
        compile(&once)["States"]["reset_password"]["Retry"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn an_execution_that_is_done_is_completed_and_any_other_escalated() {
    let states = compile(&password_reset())["States"].clone();
    let again = json!([{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 2, "MaxAttempts": 100, "BackoffRate": 2.0, "MaxDelaySeconds": 900}]);
    assert_eq!(states["Complete"]["End"], true);
    assert_eq!(states["Complete"]["Retry"][1], again[0]);
    assert_eq!(states["Escalate"]["Retry"], again);
    assert_eq!(
        states["Escalate"]["Parameters"]["Payload"]["error.$"],
        "$.error.Error"
    );
    assert_eq!(states["Escalate"]["Next"], "Escalated");
    assert_eq!(states["Escalated"]["Type"], "Fail");
    assert_eq!(states["Escalated"]["Error"], "Escalated");
}

#[test]
fn a_run_that_was_to_stop_turns_back_from_its_end_at_once() {
    let ends = |version: &PlaybookVersion| {
        let complete = compile(version)["States"]["Complete"].clone();
        let again = &complete["Retry"][0];
        assert_eq!(again["ErrorEquals"], json!(["Cancelled"]));
        assert_eq!(again["MaxAttempts"], 0);
        let catch = complete["Catch"].as_array().unwrap().clone();
        let ways = catch
            .iter()
            .map(|to| (to["ErrorEquals"][0].clone(), to["Next"].clone()));
        ways.collect::<Vec<_>>()
    };
    let any = (json!("States.ALL"), json!("Escalate"));
    assert_eq!(ends(&password_reset()), std::slice::from_ref(&any));
    let granted = parse(
        "
name: granted
version: \"1.0\"
steps:
  - id: grant
    service: executor.grant_access
    with: {user_id: \"{{ ticket.requester.user_id }}\", group_id: g-1}
    compensate: undo
",
    )
    .unwrap();
    let back = (json!("Cancelled"), json!("undo_grant"));
    assert_eq!(ends(&granted), [back, any]);
}

#[test]
fn nothing_that_a_playbook_says_reaches_the_machine_but_names_and_times() {
    let text = password_reset()
        .to_yaml()
        .replace("access code", "Hunter2")
        .replace("ticket.requester.user_id", "ticket.Hunter2");
    let machine = compile(&parse(&text).unwrap()).to_string();
    assert!(!machine.contains("Hunter2"));
    assert!(!machine.contains("$.error.Cause"));
}

#[test]
fn each_capability_calls_its_own_task_door() {
    let doors = Capability::ALL.map(|capability| {
        (
            capability.service(),
            capability.operation(),
            capability.waits(),
        )
    });
    assert_eq!(
        doors,
        [
            ("verification.mfa", "request_mfa_task", true),
            (
                "verification.manager_approval",
                "request_approval_task",
                true
            ),
            ("executor.reset_password", "reset_password_task", false),
            ("executor.unlock_account", "unlock_account_task", false),
            ("executor.disable_account", "disable_account_task", false),
            (
                "executor.remove_mfa_methods",
                "remove_mfa_methods_task",
                false
            ),
            ("executor.revoke_sessions", "revoke_sessions_task", false),
            ("executor.grant_access", "grant_access_task", false),
            ("executor.revoke_access", "revoke_access_task", false),
            (
                "executor.trigger_device_script",
                "trigger_device_script_task",
                true
            ),
            ("delivery.sms", "send_sms_task", true),
        ]
    );
}

#[test]
fn a_stored_version_that_was_tampered_with_is_refused() {
    let mut stored = serde_json::to_value(password_reset()).unwrap();
    stored["steps"][0]["on_failure"] = Value::from("continue");
    let refused = serde_json::from_value::<playbook::PlaybookVersion>(stored).unwrap_err();
    assert!(
        refused.to_string().starts_with("steps[0].on_failure: "),
        "{refused}"
    );
}
