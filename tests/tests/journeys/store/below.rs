//! Tenants below others: in one transaction with the one above, with its playbooks, behind gates of their own.

use super::playbooks::save;
use super::{at, conflict, entry, playbook_name, tenant};
use domain::{ChainHead, Tenant};
use store::{InvitationRow, Pass, PlaybookRow, Store, TenantLink, TenantRow};

/// What is written about two tenants stands in both or in none, and a tenant has the other's playbooks until it has its own.
pub(crate) async fn a_tenant_below_has_the_playbooks_of_the_one_above(store: &Store) {
    let (above, below) = (tenant(), tenant());
    let made = store
        .write(&above, "test")
        .tenant(None, &row(1), vec![entry("made")]);
    let seen = made.commit_returning().await.unwrap().tenant.unwrap();
    let name = playbook_name();
    put(store, &above, "1.0", "a").await;

    let next = TenantRow {
        children: vec![TenantLink::to(&below, 2)],
        ..seen.clone()
    };
    let make = || {
        let beside = store
            .write(&above, "test")
            .tenant(Some(&seen), &next, vec![entry("child")]);
        let write = store
            .write(&below, "test")
            .tenant(None, &row(2), vec![entry("made")]);
        write.playbooks_from(&above).beside(beside).commit()
    };
    make().await.unwrap();
    assert_eq!(conflict(make().await), "tenant");
    let kept = store.tenant(&above).await.unwrap().unwrap();
    assert_eq!(
        (kept.children[0].tenant().unwrap(), kept.chain.seq),
        (below.clone(), 2)
    );
    let both = store
        .tenants(&[above.clone(), below.clone(), tenant()])
        .await
        .unwrap();
    assert_eq!(both.len(), 2);

    let version = async |tenant: &Tenant| {
        let row = store.playbook_of(tenant, &name).await.unwrap()?;
        let version = store.playbook_version_of(tenant, &name, &row.latest_version);
        version.await.unwrap().map(|version| version.checksum)
    };
    assert_eq!(version(&below).await.as_deref(), Some("a"));
    assert_eq!(store.playbook(&below, &name).await.unwrap(), None);
    let listed = store.playbooks_of(&below, 10, None).await.unwrap();
    assert_eq!(listed.items.len(), 1);
    put(store, &below, "2.0", "b").await;
    assert_eq!(version(&below).await.as_deref(), Some("b"));
    assert_eq!(version(&above).await.as_deref(), Some("a"));
    let listed = store.playbooks_of(&below, 10, None).await.unwrap();
    assert_eq!(listed.items[0].latest_version, "2.0");
    assert_eq!(store.playbook_of(&tenant(), &name).await.unwrap(), None);
    let numbers = store.playbook_versions_of(&below, &name, 10, None);
    let numbers = numbers.await.unwrap().items;
    let numbers: Vec<&str> = numbers.iter().map(|row| row.version.as_str()).collect();
    assert_eq!(numbers, ["2.0", "1.0"]);

    // What the tenant below has deleted is not there again because it is there above.
    let own = store.playbook(&below, &name).await.unwrap().unwrap();
    let deleted = PlaybookRow {
        deleted_at: Some(at(9)),
        ..own.clone()
    };
    let write = store.write(&below, "test");
    let write = write.playbook(Some(&own), &deleted, vec![entry("deleted")]);
    write.commit().await.unwrap();
    assert_eq!(store.playbook_of(&below, &name).await.unwrap(), None);
    let listed = store.playbooks_of(&below, 10, None).await.unwrap();
    assert_eq!((listed.items.len(), listed.next_cursor), (0, None));
}

/// A gate that nobody has come to yet can be shut, in any window, and opens again with its counts.
pub(crate) async fn a_shut_gate_lets_nobody_in_and_its_counts_go_on(store: &Store) {
    let tenant = tenant();
    let made = store
        .write(&tenant, "test")
        .tenant(None, &row(1), vec![entry("made")]);
    let mut seen = made.commit_returning().await.unwrap().tenant.unwrap();
    let pass = |service: &'static str, second| store.pass_tenant(&tenant, service, at(second), 10);
    assert!(matches!(pass("executor", 0).await.unwrap(), Pass::In(..)));
    for since in [Some(at(1)), None] {
        let write = store
            .write(&tenant, "test")
            .tenant(Some(&seen), &seen, vec![entry("stands")]);
        let write = write
            .gate_standing("executor", since)
            .gate_standing("delivery", since);
        seen = write.commit_returning().await.unwrap().tenant.unwrap();
        for (service, second) in [("executor", 2), ("executor", 60), ("delivery", 2)] {
            let passed = pass(service, second).await.unwrap();
            assert_eq!(
                matches!(passed, Pass::Unknown),
                since.is_some(),
                "{service}: {passed:?}"
            );
        }
    }
}

/// An invitation is used once, and not after its end.
pub(crate) async fn an_invitation_is_used_once(store: &Store) {
    let tenant = tenant();
    let hash = tenant.as_str();
    let row = InvitationRow::new(&tenant, "john.doe@company.com", "agent", at(60));
    store
        .write(&tenant, "test")
        .invitation(hash, &row)
        .commit()
        .await
        .unwrap();
    let kept = store.invitation(hash, at(59)).await.unwrap().unwrap();
    assert_eq!(
        (kept.tenant().unwrap(), kept.role.as_str()),
        (tenant.clone(), "agent")
    );
    assert_eq!(store.invitation(hash, at(60)).await.unwrap(), None);
    let used = || store.write(&tenant, "test").invitation_used(hash).commit();
    used().await.unwrap();
    assert_eq!(conflict(used().await), "invitation");
    assert_eq!(store.invitation(hash, at(0)).await.unwrap(), None);
}

async fn put(store: &Store, tenant: &Tenant, version: &str, checksum: &str) {
    let playbook = PlaybookRow {
        enabled: true,
        active_version: Some(version.to_owned()),
        ..PlaybookRow::new(playbook_name(), version, at(0))
    };
    save(store, tenant, None, &playbook, checksum)
        .await
        .unwrap();
}

fn row(number: u64) -> TenantRow {
    TenantRow {
        number,
        name: "Example".to_owned(),
        admin: "admin@example.com".to_owned(),
        sources: Vec::new(),
        made_as: None,
        parent: None,
        children: Vec::new(),
        email_domains: Vec::new(),
        suspended_at: None,
        suspended_for: None,
        created_at: at(0),
        chain: ChainHead::default(),
        rev: 0,
    }
}
