//! Scripts and their hashes.

use super::talk;
use domain::{ScriptHash, ScriptId};
use ports::{CallError, Covers, RunScript, Script};
use serde_json::{Value, json};
use testkit::Reply;

pub(super) fn spooler() -> Value {
    json!({
        "id": 42, "name": "Restart print spooler", "description": "", "active": true, "language": "powershell",
        "architecture": ["64", "32"], "operatingSystems": ["Windows"], "scriptParameters": [], "scriptVariables": [],
        "createdBy": "admin", "lastUpdatedBy": "admin", "createdOn": 1_790_000_000.0, "updatedOn": 1_790_000_100.25,
    })
}

async fn script(id: &str, library: Value) -> Result<Script, CallError> {
    let (_there, ninjaone) = talk([Reply::json(200, library.to_string())]).await;
    ninjaone.script(&ScriptId::parse(id).unwrap()).await
}

pub(super) async fn hash(of: Value) -> ScriptHash {
    script("42", json!([of])).await.unwrap().hash
}

#[tokio::test]
async fn a_script_that_was_saved_again_has_another_hash() {
    let found = script("42", json!([{"id": 7, "name": "x"}, spooler()]))
        .await
        .unwrap();
    assert_eq!(found.name, "Restart print spooler");
    assert_eq!(found.covers, Covers::Version);
    for (member, other) in [
        ("updatedOn", json!(1_790_000_100.5)),
        ("lastUpdatedBy", json!("jane")),
        ("language", json!("batchfile")),
        (
            "scriptVariables",
            json!([{"id": "v", "name": "user", "type": "TEXT"}]),
        ),
    ] {
        let mut changed = spooler();
        changed[member] = other;
        assert_ne!(hash(changed).await, found.hash, "{member}");
    }
}

#[tokio::test]
async fn what_does_not_touch_its_version_leaves_the_hash() {
    let known = hash(spooler()).await;
    for (member, other) in [
        ("active", json!(false)),
        ("architecture", json!(["32", "64"])),
        ("aMemberOfTomorrow", json!(1)),
    ] {
        let mut changed = spooler();
        changed[member] = other;
        assert_eq!(hash(changed).await, known, "{member}");
    }
}

#[tokio::test]
async fn without_the_time_of_its_last_change_a_hash_pins_the_interface_only() {
    let mut undated = spooler();
    undated.as_object_mut().unwrap().remove("updatedOn");
    let found = script("42", json!([undated])).await.unwrap();
    assert_eq!(found.covers, Covers::Interface);
}

#[tokio::test]
async fn a_script_that_is_not_in_the_library_is_not_found() {
    for id in ["43", "forty-two", "-1"] {
        let found = script(id, json!([spooler()])).await;
        assert!(
            matches!(found, Err(CallError::NotFound { .. })),
            "{found:?}"
        );
    }
}
