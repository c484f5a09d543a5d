//! Playbooks, their versions and the versions' state machines.

use super::{at, conflict, entry, playbook_name, tenant};
use domain::{PlaybookName, Tenant};
use store::{MachineRow, MachineState, PlaybookRow, Store, StoreError, VersionRow};

fn version(name: &PlaybookName, number: &str, checksum: &str) -> VersionRow {
    VersionRow {
        name: name.clone(),
        version: number.into(),
        checksum: checksum.into(),
        definition: "{}".into(),
        machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:pb".into(),
        created_at: at(0),
        author: "key-1".into(),
    }
}

/// Saves a version and the playbook as it is to stand, and returns the playbook as it stands.
pub(super) async fn save(
    store: &Store,
    tenant: &Tenant,
    seen: Option<&PlaybookRow>,
    next: &PlaybookRow,
    checksum: &str,
) -> Result<PlaybookRow, StoreError> {
    let written = store
        .write(tenant, "test")
        .playbook(seen, next, vec![entry("saved")])
        .playbook_version(&version(&next.name, &next.latest_version, checksum))
        .commit_returning()
        .await?;
    Ok(written.playbook.unwrap())
}

/// A version is one text for ever, the pointer moves only from where it was read, and each change is in the chain.
pub(crate) async fn a_playbook_version_is_one_text_for_ever(store: &Store) {
    let tenant = tenant();
    let name = playbook_name();
    let first = PlaybookRow::new(name.clone(), "1.9", at(0));
    let seen = save(store, &tenant, None, &first, "a").await.unwrap();
    assert_eq!((seen.rev, seen.chain.seq), (1, 1));
    let again = save(store, &tenant, Some(&seen), &seen, "b").await;
    assert_eq!(conflict(again.map(drop)), "playbook version");

    let active = PlaybookRow {
        enabled: true,
        active_version: Some("1.9".into()),
        latest_version: "1.10".into(),
        ..seen.clone()
    };
    let next = save(store, &tenant, Some(&seen), &active, "b")
        .await
        .unwrap();
    assert_eq!((next.rev, next.chain.seq), (2, 2));
    let stale = PlaybookRow {
        latest_version: "1.11".into(),
        ..seen.clone()
    };
    let stale = save(store, &tenant, Some(&seen), &stale, "c").await;
    assert_eq!(conflict(stale.map(drop)), "playbook");
    let found = store.playbook(&tenant, &name).await.unwrap();
    assert_eq!(found, Some(next));
    let found = store.playbook_version(&tenant, &name, "1.9").await.unwrap();
    assert_eq!(found, Some(version(&name, "1.9", "a")));

    let first = store
        .playbook_versions(&tenant, &name, 1, None)
        .await
        .unwrap();
    let cursor = first.next_cursor.as_ref();
    let second = store
        .playbook_versions(&tenant, &name, 1, cursor)
        .await
        .unwrap();
    let both = first.items.iter().chain(&second.items);
    let numbers: Vec<&str> = both.map(|row| row.version.as_str()).collect();
    assert_eq!(numbers, ["1.10", "1.9"]);
    assert_eq!(second.next_cursor, None);

    for name in ["grant_access", "unlock"] {
        let row = PlaybookRow::new(PlaybookName::parse(name).unwrap(), "1.0", at(0));
        save(store, &tenant, None, &row, "a").await.unwrap();
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

/// A machine is found idle from its time on, and not once it is used or gone; who has not seen the last state changes nothing.
pub(crate) async fn a_machine_is_idle_until_it_is_used_or_gone(store: &Store) {
    let tenant = tenant();
    let machine = MachineRow {
        arn: "arn".into(),
        playbook: playbook_name(),
        version: "1.0".into(),
        state: MachineState::Idle,
        since: at(60),
        rev: 0,
    };
    let idle = async |before| {
        let all = store.idle_machines(before, 1000).await.unwrap();
        all.into_iter().any(|(of, _)| of == tenant)
    };
    let seen = store.put_machine(&tenant, None, &machine).await.unwrap();
    assert!(!idle(at(59)).await && idle(at(60)).await);
    let used = seen.in_state(MachineState::InUse, at(61));
    let used = store
        .put_machine(&tenant, Some(&seen), &used)
        .await
        .unwrap();
    assert!(!idle(at(120)).await);
    let late = seen.in_state(MachineState::Removing, at(62));
    let late = store.put_machine(&tenant, Some(&seen), &late).await;
    assert_eq!(conflict(late.map(drop)), "machine");
    let going = used.in_state(MachineState::Removing, at(63));
    let going = store
        .put_machine(&tenant, Some(&used), &going)
        .await
        .unwrap();
    assert!(
        idle(at(120)).await,
        "one that is half removed is found again"
    );
    let gone = going.in_state(MachineState::Removed, at(64));
    store
        .put_machine(&tenant, Some(&going), &gone)
        .await
        .unwrap();
    assert!(!idle(at(120)).await);
}
