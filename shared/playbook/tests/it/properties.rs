//! What holds for every valid playbook.

use std::collections::BTreeSet;

use playbook::{
    Capability, OPERATIONS, OnFailure, PlaybookVersion, compile, compile_text, parse, placeholder,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::Value;

use crate::{generate, graph};

fn read(json: &Value) -> PlaybookVersion {
    parse(&json.to_string()).unwrap_or_else(|flaws| panic!("{flaws:#?}\n{json:#}"))
}

/// Ids by path and nothing else, or a literal of the playbook's own.
fn carries_only_ids(payload: &Value, version: &PlaybookVersion) -> bool {
    payload.as_object().unwrap().iter().all(|(key, value)| {
        match (key.as_str(), value.as_str().unwrap()) {
            ("tenant.$", path) => path == "$.tenant",
            ("ticket_id.$", path) => path == "$.ticket_id",
            ("execution_id.$", path) => path == "$.execution_id",
            ("generation.$", path) => path == "$.generation",
            ("task_token.$", path) => path == "$$.Task.Token",
            ("error.$", path) => path == "$.error.Error",
            ("playbook", name) => version.name == name,
            ("version", number) => version.version.to_string() == number,
            ("step", id) => version.step(id).is_some(),
            _ => false,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_state_is_reached_and_every_path_ends(json in generate::playbook()) {
        let machine = compile(&read(&json));
        let states: BTreeSet<String> = machine["States"].as_object().unwrap().keys().cloned().collect();
        for ways in graph::edges(&machine).values() {
            prop_assert!(ways.is_subset(&states), "{ways:?}");
        }
        prop_assert_eq!(graph::reachable(&machine), states);
        prop_assert!(graph::order(&machine).is_some(), "a cycle");
        for (name, state) in machine["States"].as_object().unwrap() {
            let ends = state["Type"] == "Fail" || state["End"] == true;
            prop_assert_eq!(ends, state["Next"].is_null(), "{}", name);
            prop_assert_eq!(ends, ["Complete", "Escalated"].contains(&name.as_str()));
        }
    }

    #[test]
    fn every_task_has_a_literal_timeout_and_carries_ids_only(json in generate::playbook()) {
        let version = read(&json);
        let machine = compile(&version);
        let known: BTreeSet<String> = OPERATIONS.iter().map(|operation| placeholder(operation)).collect();
        for (name, state) in machine["States"].as_object().unwrap().iter().filter(|(_, state)| state["Type"] == "Task") {
            let seconds = state["TimeoutSeconds"].as_u64().unwrap();
            prop_assert!((30..=600).contains(&seconds));
            prop_assert_eq!(&state["ResultPath"], &Value::Null);
            prop_assert!(state.as_object().unwrap().contains_key("ResultPath"));
            prop_assert!(carries_only_ids(&state["Parameters"]["Payload"], &version), "{:#}", state);
            prop_assert!(known.contains(state["Parameters"]["FunctionName"].as_str().unwrap()));
            let waits = state["Resource"].as_str().unwrap().ends_with(".waitForTaskToken");
            prop_assert_eq!(waits, version.step(name).is_some_and(|step| step.service.waits()));
            prop_assert_eq!(waits, state["Parameters"]["Payload"]["task_token.$"].is_string());
        }
    }

    #[test]
    fn only_what_is_safe_is_tried_again(json in generate::playbook()) {
        let version = read(&json);
        let machine = compile(&version);
        for step in &version.steps {
            for retrier in machine["States"][step.id.as_str()]["Retry"].as_array().unwrap() {
                for error in retrier["ErrorEquals"].as_array().unwrap() {
                    let error = error.as_str().unwrap();
                    prop_assert!(error == "Retryable" || (error.starts_with("Lambda.") && error != "Lambda.Unknown"), "{error}");
                }
            }
        }
    }

    #[test]
    fn every_failure_is_caught_and_a_refusal_always_escalates(json in generate::playbook()) {
        let version = read(&json);
        let machine = compile(&version);
        for step in &version.steps {
            let catches = machine["States"][step.id.as_str()]["Catch"].as_array().unwrap();
            let leads = |error: &str| catches.iter().find(|catch| {
                catch["ErrorEquals"].as_array().unwrap().iter().any(|named| named == error || named == "States.ALL")
            }).map(|catch| catch["Next"].as_str().unwrap());
            prop_assert_eq!(leads("Cancelled"), Some("Escalate"));
            let refusals = ["Denied", "TimedOut", "States.Timeout", "Unknown"];
            if step.service.is_verification() || step.service.is_sensitive() || step.on_failure == OnFailure::Escalate {
                for error in refusals {
                    if error == "States.Timeout" && step.service.outlives_its_state() {
                        let onward = machine["States"][step.id.as_str()]["Next"].as_str();
                        prop_assert_eq!(leads(error), onward, "a delivery goes on by itself");
                    } else {
                        prop_assert_eq!(leads(error), Some("Escalate"), "{}", error);
                    }
                }
            }
            let failed = leads("Failed");
            match &step.on_failure {
                OnFailure::Escalate => prop_assert_eq!(failed, Some("Escalate")),
                OnFailure::Continue => prop_assert_eq!(failed, machine["States"][step.id.as_str()]["Next"].as_str()),
                OnFailure::Goto(target) => prop_assert_eq!(failed, Some(target.as_str())),
            }
            for catch in catches {
                let to_escalate = catch["Next"] == "Escalate";
                prop_assert_eq!(&catch["ResultPath"], &if to_escalate { Value::from("$.error") } else { Value::Null });
            }
        }
    }

    #[test]
    fn a_goto_leads_only_forward(json in generate::playbook()) {
        let version = read(&json);
        for (at, step) in version.steps.iter().enumerate() {
            if let OnFailure::Goto(target) = &step.on_failure {
                prop_assert!(version.steps.iter().position(|other| other.id == *target).unwrap() > at);
            }
        }
    }

    #[test]
    fn yaml_json_and_store_keep_the_checksum(json in generate::playbook()) {
        let version = read(&json);
        let again = parse(&version.to_yaml()).unwrap_or_else(|flaws| panic!("{flaws:#?}\n{}", version.to_yaml()));
        prop_assert_eq!(&again, &version);
        prop_assert_eq!(again.checksum(), version.checksum());
        let stored = version.to_json();
        let back: PlaybookVersion = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(back.checksum(), version.checksum());
        let mut other = version.clone();
        other.steps[0].timeout_seconds ^= 1;
        prop_assert_ne!(other.checksum(), version.checksum());
    }

    #[test]
    fn the_text_of_a_machine_says_what_the_machine_is(json in generate::playbook()) {
        let version = read(&json);
        prop_assert_eq!(serde_json::from_str::<Value>(&compile_text(&version)).unwrap(), compile(&version));
        prop_assert_eq!(compile_text(&version), compile_text(&version.clone()));
    }
}

#[test]
fn the_generator_reaches_every_capability() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let json = generate::playbook()
            .new_tree(&mut runner)
            .unwrap()
            .current();
        seen.extend(read(&json).steps.iter().map(|step| step.service));
    }
    assert_eq!(seen, BTreeSet::from(Capability::ALL));
}
