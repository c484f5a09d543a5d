//! Components and their hashes.

use super::talk;
use domain::{ScriptHash, ScriptId};
use ports::{CallError, Covers, RunScript, Script};
use serde_json::{Value, json};
use testkit::{Conversation, Reply};

pub(super) const UID: &str = "c0ffee00-0000-4000-8000-000000000042";

pub(super) fn spooler() -> Value {
    json!({
        "id": 42, "uid": UID, "name": "Restart print spooler", "description": "", "categoryCode": "scripts",
        "credentialsRequired": false,
        "variables": [
            {"name": "user", "type": "string", "defaultVal": "", "direction": true, "description": "", "variablesIdx": 0},
            {"name": "wait", "type": "string", "defaultVal": "5", "direction": true, "description": "", "variablesIdx": 1},
        ],
    })
}

pub(super) fn page(components: &Value, next: Option<&str>) -> Reply {
    let page = json!({"pageDetails": {"count": 1, "nextPageUrl": next}, "components": components});
    Reply::json(200, page.to_string())
}

async fn script(
    replies: impl IntoIterator<Item = Reply>,
) -> (Conversation, Result<Script, CallError>) {
    let (there, datto) = talk(replies).await;
    let found = datto.script(&ScriptId::parse(UID).unwrap()).await;
    (there, found)
}

pub(super) async fn hash(of: Value) -> ScriptHash {
    script([page(&json!([of]), None)]).await.1.unwrap().hash
}

#[tokio::test]
async fn a_component_is_looked_for_page_by_page() {
    let other = json!([{"uid": "other", "name": "x"}]);
    let next = Some("https://elsewhere.example.com/?page=1");
    let (there, found) = script([page(&other, next), page(&json!([spooler()]), None)]).await;
    let found = found.unwrap();
    assert_eq!(found.name, "Restart print spooler");
    assert_eq!(found.covers, Covers::Interface);
    assert_eq!(
        there.lines()[1..],
        [
            "GET /api/v2/account/components?page=0&max=250",
            "GET /api/v2/account/components?page=1&max=250",
        ]
    );
    let (_, absent) = script([page(&other, None)]).await;
    assert!(
        matches!(absent, Err(CallError::NotFound { .. })),
        "{absent:?}"
    );
}

#[tokio::test]
async fn the_hash_pins_the_interface() {
    let known = hash(spooler()).await;
    for (member, other) in [
        ("name", json!("Restart")),
        ("credentialsRequired", json!(true)),
        ("variables", json!([])),
    ] {
        let mut changed = spooler();
        changed[member] = other;
        assert_ne!(hash(changed).await, known, "{member}");
    }
    let mut turned = spooler();
    turned["variables"].as_array_mut().unwrap().reverse();
    assert_eq!(hash(turned).await, known);
}
