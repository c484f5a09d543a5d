//! Tenants and their credentials.

use super::{at, conflict, tenant};
use audit::{Actor, Entry};
use domain::{ChainHead, Tenant};
use store::{CountRow, KeyEntry, KeyRow, SourceRow, Store, TenantRow};

/// A tenant is made once, whole; its key and source are found by what is presented.
pub(crate) async fn a_tenant_is_made_once(store: &Store) {
    let tenant = tenant();
    let name = tenant.as_str().to_owned();
    let (first_key, second_key) = (format!("{name}-1"), format!("{name}-2"));
    let (first_source, second_source) = (format!("src-{name}-1"), format!("src-{name}-2"));
    make(store, &tenant, &first_key, &first_source)
        .await
        .unwrap();
    let second = make(store, &tenant, &second_key, &second_source).await;
    assert_eq!(conflict(second), "tenant");
    let row = store.tenant_named(&name).await.unwrap().unwrap();
    assert_eq!(
        (row.name.as_str(), row.rev, row.chain.seq),
        (name.as_str(), 1, 1)
    );
    assert_eq!(store.tenant_named("No Such").await.unwrap(), None);
    let hashes = [first_key.as_str(), second_key.as_str()];
    let keys = store.key_rows(&hashes).await.unwrap();
    assert_eq!(keys, [key(&tenant)]);
    let source = store.source_by_id(&first_source).await.unwrap();
    assert_eq!(source.map(|source| source.id), Some(first_source));
    assert_eq!(store.source_by_id(&second_source).await.unwrap(), None);
}

async fn make(
    store: &Store,
    tenant: &Tenant,
    hash: &str,
    source: &str,
) -> Result<(), store::StoreError> {
    let row = TenantRow {
        number: 1,
        name: tenant.as_str().to_owned(),
        admin: "admin".into(),
        sources: vec![source.to_owned()],
        made_as: None,
        parent: None,
        children: Vec::new(),
        email_domains: Vec::new(),
        suspended_at: None,
        suspended_for: None,
        created_at: at(0),
        chain: ChainHead::default(),
        rev: 0,
    };
    let entry = || vec![Entry::new(at(0), Actor::System("test".into()), "made")];
    let count = CountRow {
        last: 1,
        live: 1,
        ..CountRow::default()
    };
    store
        .write(tenant, "create_tenant")
        .tenant(None, &row, entry())
        .key(None, &key_entry(hash), entry())
        .new_key_row(hash, &key(tenant))
        .count("key", &CountRow::default(), &count)
        .source(&SourceRow {
            id: source.to_owned(),
            tenant: tenant.as_str().to_owned(),
            vendor: "halopsa".into(),
            secret_hash: "hash".into(),
            sealed_secret: None,
            suspended: false,
            created_at: at(0),
        })
        .commit()
        .await
}

fn key_entry(hash: &str) -> KeyEntry {
    KeyEntry {
        id: 1,
        name: "first".into(),
        prefix: "vetrai_a...bcd".into(),
        scopes: vec!["exec:run".into()],
        hash: hash.to_owned(),
        user_id: None,
        expires_at: None,
        revoked_at: None,
        max: None,
        replaced_by: None,
        created_at: at(0),
        chain: ChainHead::default(),
        rev: 0,
    }
}

fn key(tenant: &Tenant) -> KeyRow {
    KeyRow {
        id: 1,
        tenant: tenant.as_str().to_owned(),
        scopes: vec!["exec:run".into()],
        class: "user".into(),
        revoked: false,
        expires_at: None,
        max: None,
        w: 0,
        n: 0,
        used: 0,
        last_used_at: None,
    }
}
