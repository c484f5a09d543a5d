//! Walking a compiled machine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// The machine itself and every branch in it: each has a start and states of its own.
pub(crate) fn levels(machine: &Value) -> Vec<&Value> {
    let mut levels = vec![machine];
    for state in machine["States"].as_object().unwrap().values() {
        levels.extend(state["Branches"].as_array().into_iter().flatten());
    }
    levels
}

/// Every state, be it in a branch.
pub(crate) fn states(machine: &Value) -> impl Iterator<Item = (&String, &Value)> {
    let levels = levels(machine).into_iter();
    levels.flat_map(|level| level["States"].as_object().unwrap())
}

/// Every way on from each state: `Next` and the `Next` of each `Catch`.
pub(crate) fn edges(machine: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let states = machine["States"].as_object().unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let ways = |state: &Value| {
        let caught = state["Catch"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|catch| text(&catch["Next"]).unwrap());
        caught.chain(text(&state["Next"])).collect()
    };
    states
        .iter()
        .map(|(name, state)| (name.clone(), ways(state)))
        .collect()
}

/// Everything that can be reached from the start.
pub(crate) fn reachable(machine: &Value) -> BTreeSet<String> {
    let edges = edges(machine);
    let mut seen = BTreeSet::new();
    let mut open = vec![machine["StartAt"].as_str().unwrap().to_owned()];
    while let Some(name) = open.pop() {
        if seen.insert(name.clone()) {
            open.extend(edges[&name].iter().cloned());
        }
    }
    seen
}

/// An order in which every edge leads forward; `None` where there is a cycle.
pub(crate) fn order(machine: &Value) -> Option<Vec<String>> {
    let mut left = edges(machine);
    let mut order = Vec::new();
    while !left.is_empty() {
        let last = left
            .iter()
            .find(|(_, ways)| ways.iter().all(|way| !left.contains_key(way)))?
            .0
            .clone();
        left.remove(&last);
        order.insert(0, last);
    }
    Some(order)
}
