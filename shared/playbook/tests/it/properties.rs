//! What holds for every valid playbook.

use std::collections::BTreeSet;

use playbook::{
    Block, Capability, OPERATIONS, OnFailure, PlaybookVersion, Step, check_inputs, compile,
    compile_text, parse, placeholder,
};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};

use crate::{generate, graph};

fn read(json: &Value) -> PlaybookVersion {
    parse(&json.to_string()).unwrap_or_else(|flaws| panic!("{flaws:#?}\n{json:#}"))
}

/// Ids by path and nothing else, or a literal of the playbook's own.
fn carries_only_ids(payload: &Value, version: &PlaybookVersion) -> bool {
    payload
        .as_object()
        .unwrap()
        .iter()
        .all(|(key, value)| match (key.as_str(), value) {
            ("undo", value) => *value == Value::Bool(true),
            (key, Value::String(text)) => match (key, text.as_str()) {
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
            },
            _ => false,
        })
}

/// The random playbook as it is, and with every deed taken back.
fn both(json: &Value) -> [PlaybookVersion; 2] {
    let version = read(json);
    let compensated = generate::compensated(version.clone());
    [version, compensated]
}

/// Where a failure at `step` is to lead: the undo of the nearest step so far that has one.
fn refuge(version: &PlaybookVersion, step: &Step) -> String {
    let mut refuge = "Escalate".to_owned();
    for block in version.blocks() {
        let steps = match block {
            Block::Step(step) => std::slice::from_ref(step),
            Block::Group(_, steps) => steps,
        };
        for step in steps.iter().filter(|step| step.compensate.is_some()) {
            refuge = format!("undo_{}", step.id);
        }
        if steps.iter().any(|one| one.id == step.id) {
            break;
        }
    }
    refuge
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_state_is_reached_and_every_path_ends(json in generate::playbook()) {
        for version in both(&json) {
            let machine = compile(&version);
            let mut names = BTreeSet::new();
            for level in graph::levels(&machine) {
                let states: BTreeSet<String> = level["States"].as_object().unwrap().keys().cloned().collect();
                for ways in graph::edges(level).values() {
                    prop_assert!(ways.is_subset(&states), "{ways:?}");
                }
                prop_assert_eq!(graph::reachable(level), states.clone());
                prop_assert!(graph::order(level).is_some(), "a cycle");
                let top = *level == machine;
                for (name, state) in level["States"].as_object().unwrap() {
                    prop_assert!(names.insert(name.clone()), "{} stands twice", name);
                    let terminal = ["Fail", "Succeed"].contains(&state["Type"].as_str().unwrap());
                    let ends = terminal || state["End"] == true;
                    prop_assert_eq!(ends, state["Next"].is_null(), "{}", name);
                    if top {
                        prop_assert_eq!(ends, ["Complete", "Escalated"].contains(&name.as_str()));
                    }
                }
            }
        }
    }

    #[test]
    fn every_task_has_a_literal_timeout_and_carries_ids_only(json in generate::playbook()) {
        let known: BTreeSet<String> = OPERATIONS.iter().map(|operation| placeholder(operation)).collect();
        for version in both(&json) {
            let machine = compile(&version);
            for (name, state) in graph::states(&machine).filter(|(_, state)| state["Type"] == "Task") {
                let seconds = state["TimeoutSeconds"].as_u64().unwrap();
                let most = version.step(name).map_or(600, |step| step.service.longest_wait_seconds());
                prop_assert!((30..=u64::from(most)).contains(&seconds));
                prop_assert_eq!(&state["ResultPath"], &Value::Null);
                prop_assert!(state.as_object().unwrap().contains_key("ResultPath"));
                prop_assert!(carries_only_ids(&state["Parameters"]["Payload"], &version), "{:#}", state);
                prop_assert!(known.contains(state["Parameters"]["FunctionName"].as_str().unwrap()));
                let waits = state["Resource"].as_str().unwrap().ends_with(".waitForTaskToken");
                prop_assert_eq!(waits, version.step(name).is_some_and(|step| step.service.waits()));
                prop_assert_eq!(waits, state["Parameters"]["Payload"]["task_token.$"].is_string());
            }
        }
    }

    #[test]
    fn only_what_is_safe_is_tried_again(json in generate::playbook()) {
        for version in both(&json) {
            let machine = compile(&version);
            for (name, state) in graph::states(&machine).filter(|(_, state)| state["Type"] == "Task") {
                if ["Complete", "Escalate"].contains(&name.as_str()) {
                    continue;
                }
                for retrier in state["Retry"].as_array().unwrap() {
                    for error in retrier["ErrorEquals"].as_array().unwrap() {
                        let error = error.as_str().unwrap();
                        prop_assert!(error == "Retryable" || (error.starts_with("Lambda.") && error != "Lambda.Unknown"), "{error}");
                    }
                }
            }
        }
    }

    #[test]
    fn every_failure_is_caught_and_a_refusal_always_stops_the_run(json in generate::playbook()) {
        for version in both(&json) {
            let machine = compile(&version);
            for step in &version.steps {
                let refuge = refuge(&version, step);
                let stop = format!("Stop_{}", step.id);
                let (_, state) = graph::states(&machine).find(|(name, _)| **name == *step.id.as_str()).unwrap();
                let catches: Vec<&Value> = state["Catch"].as_array().into_iter().flatten().collect();
                let own = |error: &str| catches.iter().find(|catch| {
                    catch["ErrorEquals"].as_array().unwrap().iter().any(|named| named == error || named == "States.ALL")
                }).map(|catch| catch["Next"].as_str().unwrap());
                let group = step.group.as_ref().map(|group| &machine["States"][group.as_str()]);
                if let Some(group) = group {
                    let caught = json!([{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": refuge}]);
                    prop_assert_eq!(&group["Catch"], &caught);
                    prop_assert_eq!(&group["ResultPath"], &Value::Null);
                }
                // What a branch does not catch, or stops at, its group catches.
                let leads = |error: &str| match own(error) {
                    Some(way) if group.is_some() && way == stop => refuge.clone(),
                    Some(way) => way.to_owned(),
                    None if group.is_some() => refuge.clone(),
                    None => "nowhere".to_owned(),
                };
                let past = match group {
                    Some(_) => format!("Past_{}", step.id),
                    None => state["Next"].as_str().unwrap().to_owned(),
                };
                prop_assert_eq!(&leads("Cancelled"), &refuge);
                prop_assert_eq!(leads("Denied") == refuge, !goes_past(step), "{}", step.id);
                if !goes_past(step) {
                    for error in ["TimedOut", "States.Timeout", "Unknown"] {
                        let silent = error != "Unknown";
                        if let Some(fallback) = step.fallback.as_ref().filter(|_| silent) {
                            prop_assert_eq!(&leads(error), fallback.id.as_str());
                        } else if error == "States.Timeout" && step.service.outlives_its_state() {
                            prop_assert_eq!(&leads(error), &past, "a delivery goes on by itself");
                        } else {
                            prop_assert_eq!(&leads(error), &refuge, "{}", error);
                        }
                    }
                }
                let failed = leads("Failed");
                match &step.on_failure {
                    OnFailure::Escalate => prop_assert_eq!(&failed, &refuge),
                    OnFailure::Continue => prop_assert_eq!(&failed, &past),
                    OnFailure::Goto(target) => prop_assert_eq!(failed.as_str(), target.as_str()),
                }
                for catch in catches {
                    let stops = catch["Next"] == refuge.as_str();
                    prop_assert_eq!(&catch["ResultPath"], &if stops { Value::from("$.error") } else { Value::Null });
                }
            }
        }
    }

    #[test]
    fn deeds_are_taken_back_last_first_and_the_error_is_kept(json in generate::playbook()) {
        let version = generate::compensated(read(&json));
        let machine = compile(&version);
        let states = &machine["States"];
        let deeds: Vec<String> = version.each_step().filter(|step| step.compensate.is_some())
            .map(|step| format!("undo_{}", step.id)).collect();
        let mut walked = Vec::new();
        let mut at = deeds.last().map_or("Escalate", String::as_str);
        while at != "Escalate" {
            walked.push(at.to_owned());
            let state = &states[at];
            prop_assert_eq!(&state["Parameters"]["Payload"]["undo"], &Value::Bool(true));
            prop_assert_eq!(&state["ResultPath"], &Value::Null);
            let caught = json!([{"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": state["Next"]}]);
            prop_assert_eq!(&state["Catch"], &caught, "an undo that fails keeps $.error and leaves none out");
            at = state["Next"].as_str().unwrap();
        }
        walked.reverse();
        prop_assert_eq!(walked, deeds);
    }

    #[test]
    fn what_runs_at_the_same_time_neither_reads_nor_guards_one_another(json in generate::playbook()) {
        let version = read(&json);
        for block in version.blocks() {
            let Block::Group(_, steps) = block else { continue };
            prop_assert!(steps.len() >= 2);
            let guarded = steps.iter().any(|step| step.service.is_sensitive());
            let guards = steps.iter().any(|step| step.service.is_verification());
            prop_assert!(!(guarded && guards));
            for (step, other) in steps.iter().flat_map(|step| steps.iter().map(move |other| (step, other))) {
                let written = serde_json::to_string(step).unwrap();
                prop_assert!(!written.contains(&format!("steps.{}.", other.id)), "{}", written);
            }
        }
    }

    #[test]
    fn a_goto_leads_only_forward(json in generate::playbook()) {
        let version = read(&json);
        for (at, block) in version.blocks().enumerate() {
            if let Block::Step(Step { on_failure: OnFailure::Goto(target), .. }) = block {
                prop_assert!(version.blocks().position(|other| other.id() == target).unwrap() > at);
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
        match other.steps[0].wait_up_to {
            Some(_) => other.steps[0].wait_up_to = None,
            None => other.steps[0].timeout_seconds ^= 1,
        }
        prop_assert_ne!(other.checksum(), version.checksum());
    }

    #[test]
    fn the_inputs_a_run_is_started_with_are_the_ones_it_asks_for(json in generate::playbook(), days in any::<i64>()) {
        let version = read(&json);
        let given = json!({"days": days, "user_email": "john.doe@company.com", "subject": "abc-123"});
        let given = given.as_object().unwrap();
        match check_inputs(&version, given) {
            Ok(taken) => {
                prop_assert!(taken.keys().all(|key| version.inputs.keys().any(|known| *known == *key.as_str())));
                prop_assert_eq!(check_inputs(&version, &taken), Ok(taken.clone()), "what was taken is taken again");
            }
            Err(flaws) => prop_assert!(flaws.iter().all(|flaw| flaw.path == "inputs.days")),
        }
    }

    #[test]
    fn the_text_of_a_machine_says_what_the_machine_is(json in generate::playbook()) {
        let version = read(&json);
        prop_assert_eq!(serde_json::from_str::<Value>(&compile_text(&version)).unwrap(), compile(&version));
        prop_assert_eq!(compile_text(&version), compile_text(&version.clone()));
    }
}

#[test]
fn the_generator_reaches_every_capability_and_every_form() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut seen = BTreeSet::new();
    let mut forms = BTreeSet::new();
    for _ in 0..200 {
        let json = generate::playbook()
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let version = read(&json);
        seen.extend(version.each_step().map(|step| step.service));
        if !version.inputs.is_empty() {
            forms.insert("inputs");
        }
        for step in &version.steps {
            let group = step.group.is_some();
            forms.extend(group.then_some("group"));
            forms.extend(step.wait_up_to.map(|_| "wait_up_to"));
            forms.extend(step.fallback.as_ref().map(|_| "fallback"));
            forms.extend((group && step.fallback.is_some()).then_some("fallback in a group"));
            forms.extend(match &step.on_failure {
                OnFailure::Continue if group => Some("continue in a group"),
                OnFailure::Goto(_) => Some("goto"),
                _ => None,
            });
        }
    }
    assert_eq!(seen, BTreeSet::from(Capability::ALL));
    assert_eq!(forms.len(), 7, "{forms:?}");
}

/// Whether a person's no leads onward: nothing that proves or needs a proof, and the playbook says so.
fn goes_past(step: &Step) -> bool {
    let guarded = step.service.is_verification() || step.service.is_sensitive();
    !guarded && step.on_failure != OnFailure::Escalate
}
