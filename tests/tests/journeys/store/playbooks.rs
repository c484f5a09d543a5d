//! Playbooks and their versions.

use super::{at, conflict, playbook_name, tenant};
use domain::PlaybookName;
use store::{PlaybookRow, Store, VersionRow};

/// A version is one text for ever; saving it again is nothing, and the pointer moves only from where it was read.
pub(crate) async fn a_playbook_version_is_one_text_for_ever(store: &Store) {
    let tenant = tenant();
    let playbook = PlaybookRow {
        name: playbook_name(),
        enabled: false,
        active_version: None,
        latest_version: "1.0".into(),
        created_at: at(0),
        rev: 0,
    };
    let version = VersionRow {
        name: playbook_name(),
        version: "1.0".into(),
        checksum: "a".repeat(64),
        definition: "{}".into(),
        machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:pb".into(),
        created_at: at(0),
        author: "admin".into(),
    };
    let put = async |row: &PlaybookRow, version: &VersionRow| {
        store.put_playbook(&tenant, row, version).await
    };
    put(&playbook, &version).await.unwrap();
    put(&playbook, &version).await.unwrap();
    let mut other_text = version.clone();
    other_text.checksum = "b".repeat(64);
    let refused = put(&playbook, &other_text).await;
    assert_eq!(conflict(refused), "playbook version");

    let name = playbook_name();
    let seen = store.playbook(&tenant, &name).await.unwrap().unwrap();
    let mut active = seen.clone();
    active.enabled = true;
    active.active_version = Some("1.0".into());
    put(&active, &version).await.unwrap();
    let stale = PlaybookRow {
        enabled: false,
        ..seen
    };
    assert_eq!(conflict(put(&stale, &version).await), "playbook");
    let found = store.playbook(&tenant, &name).await.unwrap().unwrap();
    assert!(found.enabled);
    let found = store.playbook_version(&tenant, &name, "1.0").await.unwrap();
    assert_eq!(found, Some(version.clone()));

    for name in ["grant_access", "unlock"] {
        let name = PlaybookName::parse(name).unwrap();
        let row = PlaybookRow {
            name: name.clone(),
            ..playbook.clone()
        };
        let version = VersionRow {
            name,
            ..version.clone()
        };
        put(&row, &version).await.unwrap();
    }
    let first = store.playbooks(&tenant, 2, None).await.unwrap();
    let second = store
        .playbooks(&tenant, 2, first.next_cursor.as_ref())
        .await
        .unwrap();
    let both = first.items.iter().chain(&second.items);
    let names: Vec<&str> = both.map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["grant_access", "password_reset", "unlock"]);
    assert_eq!(second.next_cursor, None);
}
