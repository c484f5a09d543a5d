//! `events/`: every fixture goes to its function through the Runtime API, on the shared deployment's tables, and what comes back is held
//! against what is expected. `events/README.md` says what is in a file.

mod answer;
mod ground;
mod stage;

use std::collections::BTreeMap;

use deskhand_local::Fixture;
use deskhand_tests::whole_machine;
use serde_json::Value;

use answer::faults;
use ground::Ground;
use stage::Stage;

#[tokio::test]
async fn every_event_is_answered_as_expected() {
    let stage = Stage::set().await;
    let _whole = whole_machine().await;
    let mut shared: BTreeMap<Vec<String>, Ground> = BTreeMap::new();
    let mut found = Vec::new();
    let names = Fixture::names(&stage.project).unwrap();
    assert!(!names.is_empty());
    for name in names {
        let fixture = Fixture::read(&stage.project, &name).unwrap();
        let given = given(&fixture);
        // Where something stands that an operation moves on, each event has it to itself.
        let answer = if given.iter().all(|given| given == "ticket") {
            if !shared.contains_key(&given) {
                shared.insert(given.clone(), Ground::with(&stage, &given).await);
            }
            stage.run(&fixture, &shared[&given].words).await
        } else {
            let ground = Ground::with(&stage, &given).await;
            stage.run(&fixture, &ground.words).await
        };
        found.extend(
            faults(&fixture.expected, &answer)
                .into_iter()
                .map(|fault| format!("{name}: {fault}")),
        );
    }
    stage.clear().await;
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

fn given(fixture: &Fixture) -> Vec<String> {
    let given = fixture.expected["given"].as_array();
    let given = given.map(Vec::as_slice).unwrap_or_default();
    given
        .iter()
        .map(Value::as_str)
        .map(|given| given.unwrap().to_owned())
        .collect()
}
