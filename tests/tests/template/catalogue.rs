//! The catalogue's state machines and what the template deploys of them.

use crate::project;
use crate::template::Template;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Each playbook's compiled form, by name.
fn compiled() -> BTreeMap<String, Value> {
    let name = |path: &str| {
        path.trim_start_matches("statemachines/")
            .trim_end_matches(".asl.json")
            .to_owned()
    };
    let paths = project::files("statemachines", ".asl.json");
    assert!(!paths.is_empty());
    paths
        .iter()
        .map(|path| (name(path), project::json(path)))
        .collect()
}

/// Each deployed state machine's properties, by playbook.
fn deployed(template: &Template) -> BTreeMap<String, &Value> {
    let machines = template.of_type("AWS::Serverless::StateMachine");
    let name = |machine: &Value| {
        let name = machine["Name"]["Fn::Sub"].as_str().unwrap();
        name.strip_prefix("${AWS::StackName}-")
            .expect("a machine's name begins with the stack's")
            .to_owned()
    };
    machines
        .into_values()
        .map(|machine| (name(machine), machine))
        .collect()
}

/// The functions that a machine's states call, with each state's `TimeoutSeconds`.
fn called(machine: &Value) -> Vec<(String, u64)> {
    let mut calls = Vec::new();
    walk(machine, &mut |state| {
        if state["Type"] == "Task" {
            let function = state["Parameters"]["FunctionName"]
                .as_str()
                .expect("a Task names its function");
            let name = function
                .strip_prefix("${")
                .and_then(|name| name.strip_suffix('}'));
            let seconds = state["TimeoutSeconds"]
                .as_u64()
                .expect("a Task has a literal timeout");
            calls.push((
                name.expect("a function is a substitution").to_owned(),
                seconds,
            ));
        }
    });
    calls
}

/// Every function that a playbook's machine may call, whoever wrote the playbook.
fn steps() -> BTreeSet<String> {
    let function = |operation: &str| playbook::placeholder(operation);
    let named = playbook::OPERATIONS.map(function).into_iter();
    named
        .map(|name| name.trim_matches(['$', '{', '}']).to_owned())
        .collect()
}

fn walk(value: &Value, see: &mut impl FnMut(&Value)) {
    see(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, see)),
        Value::Object(members) => members.values().for_each(|member| walk(member, see)),
        _ => {}
    }
}

#[test]
fn every_playbook_is_deployed_under_its_name() {
    let template = Template::read();
    let deployed = deployed(&template);
    assert_eq!(
        compiled().keys().collect::<Vec<_>>(),
        deployed.keys().collect::<Vec<_>>()
    );
    for (name, machine) in deployed {
        assert_eq!(
            machine["DefinitionUri"],
            format!("statemachines/{name}.asl.json")
        );
        assert_eq!(machine["Type"], "STANDARD");
    }
}

#[test]
fn a_machine_is_given_exactly_the_functions_its_states_call_and_may_call_no_other() {
    let template = Template::read();
    let roles = template.roles();
    let deployed = deployed(&template);
    for (name, definition) in compiled() {
        let machine = deployed[&name];
        let called: BTreeSet<String> = called(&definition)
            .into_iter()
            .map(|(function, _)| function)
            .collect();
        let given = machine["DefinitionSubstitutions"].as_object().unwrap();
        assert_eq!(called, given.keys().cloned().collect(), "{name}");
        for (function, value) in given {
            assert_eq!(
                value["Fn::GetAtt"],
                serde_json::json!([function, "Arn"]),
                "{name}"
            );
        }
        let role = machine["Role"]["Fn::GetAtt"][0].as_str().unwrap();
        let invoke = roles[role]
            .iter()
            .filter(|statement| statement.actions == ["lambda:InvokeFunction"]);
        let may: BTreeSet<String> = invoke
            .flat_map(|statement| statement.resources.clone())
            .collect();
        assert_eq!(may, steps(), "{role}");
        assert!(called.is_subset(&may), "{name}");
    }
}

#[test]
fn a_steps_function_ends_before_its_state_does() {
    let template = Template::read();
    let timeouts: BTreeMap<String, u64> = template
        .functions()
        .into_iter()
        .map(|function| (function.logical_id, function.timeout))
        .collect();
    for (name, definition) in compiled() {
        for (function, seconds) in called(&definition) {
            assert!(
                timeouts[&function] < seconds,
                "{name}: {function} may outlive its state"
            );
        }
    }
}

#[test]
fn no_input_or_output_of_a_step_is_logged() {
    let template = Template::read();
    for (name, machine) in deployed(&template) {
        assert_eq!(machine["Logging"]["IncludeExecutionData"], false, "{name}");
        assert_eq!(machine["Tracing"]["Enabled"], false, "{name}");
    }
}
