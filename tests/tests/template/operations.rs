//! Code and template name the same operations.

use crate::template::{Function, Template};
use kit::{Door, Operation};
use std::collections::{BTreeMap, BTreeSet};

/// Reached by an operator's own invocation: no route, no queue, no schedule.
const BY_HAND: [&str; 4] = [
    "create_tenant",
    "resume_tenant",
    "suspend_tenant",
    "update_auto_start",
];

/// Operations with a side effect that may take 20 seconds: they go on and record what came of it after API Gateway, which waits 29,
/// has let their caller go.
const OUTLIVE_THEIR_CALLER: [&str; 9] = [
    "disable_account",
    "grant_access",
    "remove_mfa_methods",
    "reset_password",
    "revoke_access",
    "revoke_sessions",
    "send_sms",
    "trigger_device_script",
    "unlock_account",
];

/// Every operation of the code, with its service.
fn operations() -> BTreeMap<&'static str, (&'static str, Operation)> {
    let mut all = BTreeMap::new();
    for service in documents::services() {
        for operation in service.operations {
            let twice = all.insert(operation.name, (service.name, operation.clone()));
            assert!(
                twice.is_none(),
                "two operations are called {}",
                operation.name
            );
        }
    }
    all
}

fn deployed() -> BTreeMap<String, Function> {
    let functions = Template::read().functions();
    functions
        .into_iter()
        .map(|function| (function.operation.clone(), function))
        .collect()
}

fn pascal(operation: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    operation.split('_').map(word).collect()
}

#[test]
fn every_operation_is_deployed_and_every_function_has_an_operation() {
    let code: BTreeSet<String> = operations().keys().map(|name| (*name).to_owned()).collect();
    let template: BTreeSet<String> = deployed().into_keys().collect();
    assert_eq!(code, template);
}

#[test]
fn a_functions_names_are_those_of_its_operation() {
    let code = operations();
    for (operation, function) in deployed() {
        assert_eq!(function.logical_id, pascal(&operation));
        assert_eq!(function.name, format!("${{AWS::StackName}}-{operation}"));
        assert!(operation.len() <= 40, "{operation} is over 40 characters");
        let (service, _) = code[operation.as_str()];
        assert_eq!(function.service, service, "{operation}");
        assert_eq!(function.binary, service, "{operation}");
        assert_eq!(
            function.log,
            format!("{}Log", pascal(service)),
            "{operation}"
        );
    }
}

#[test]
fn a_function_is_called_by_what_its_code_waits_for() {
    let deployed = deployed();
    for (name, (_, operation)) in operations() {
        let Some(function) = deployed.get(name) else {
            continue;
        };
        let queues = function.consumes.len();
        match operation.door {
            Door::Http(_) | Door::Task(_) => assert!(queues == 0 && !function.scheduled, "{name}"),
            Door::Queue(_) => assert!(
                queues == 1 && !function.scheduled,
                "{name} consumes one queue"
            ),
            Door::Invoke(_) => {
                assert_eq!(
                    (queues, function.scheduled),
                    (0, !BY_HAND.contains(&name)),
                    "{name}"
                );
            }
        }
    }
}

#[test]
fn a_function_ends_before_whoever_waits_for_it_gives_up() {
    let template = Template::read();
    let queues = template.of_type("AWS::SQS::Queue");
    let deployed = deployed();
    for (name, (_, operation)) in operations() {
        let Some(function) = deployed.get(name) else {
            continue;
        };
        if matches!(operation.door, Door::Http(_)) {
            let outlives = function.timeout >= 29;
            assert_eq!(outlives, OUTLIVE_THEIR_CALLER.contains(&name), "{name}");
        }
        for queue in &function.consumes {
            let visible_again = queues[queue.as_str()]["VisibilityTimeout"]
                .as_u64()
                .unwrap();
            assert!(
                function.timeout < visible_again,
                "{name}: its messages are shown again while it works"
            );
        }
    }
}
