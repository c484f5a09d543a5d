//! How long functions may run, held against what waits for them.

use crate::template::Template;
use kit::ACTS_FOR_SECONDS;
use playbook::{Capability, compile};

#[test]
fn a_function_that_acts_runs_as_long_as_who_waits_for_it_believes() {
    let functions = Template::read().functions();
    let acting: Vec<_> = functions
        .iter()
        .filter(|function| function.service == "executor" && !function.scheduled)
        .collect();
    assert!(acting.len() > 8, "{}", acting.len());
    let longest = acting.iter().map(|function| function.timeout).max();
    assert_eq!(longest.map(i64::try_from), Some(Ok(ACTS_FOR_SECONDS)));
    // Whatever can be taken back is an executor's.
    for capability in Capability::ALL {
        if capability.undo().is_some() {
            let service = capability.service();
            assert!(service.starts_with("executor."), "{service}");
        }
    }
}

#[test]
fn an_undo_is_called_again_for_longer_than_a_call_of_its_step_may_act() {
    let text = "
name: give
version: \"1.0\"
steps:
  - id: ask
    service: verification.mfa
    with: {user_id: abc-123}
  - id: give
    service: executor.grant_access
    with: {user_id: abc-123, group_id: grp-1}
    compensate: undo
";
    let machine = compile(&playbook::parse(text).unwrap());
    let retries = machine["States"]["undo_give"]["Retry"].as_array().unwrap();
    let waits = retries
        .iter()
        .find(|one| one["ErrorEquals"][0] == "Retryable");
    let waits = waits.unwrap();
    let number = |name: &str| waits[name].as_f64().unwrap();
    let mut pause = number("IntervalSeconds");
    let mut waited = 0.0;
    for _ in 0..waits["MaxAttempts"].as_u64().unwrap() {
        waited += pause;
        pause *= number("BackoffRate");
    }
    let acts = f64::from(i32::try_from(ACTS_FOR_SECONDS).unwrap());
    assert!(waited > acts + 5.0, "{waited} s");
}
