//! Tenants and their credentials.

use super::{at, conflict, tenant};
use store::{KeyRow, NewTenant, SourceRow, Store, TenantRow, UserRow};

/// A tenant is made once, whole; its key and source are found by what is presented.
pub(crate) async fn a_tenant_is_made_once(store: &Store) {
    let tenant = tenant();
    let name = tenant.as_str().to_owned();
    let new = |key_hash: &str, source: &str| NewTenant {
        tenant: tenant.clone(),
        row: TenantRow {
            name: name.clone(),
            admin: "admin".into(),
            key_id: "key_1".into(),
            sources: vec![source.to_owned()],
            created_at: at(0),
        },
        admin: UserRow {
            username: "admin".into(),
            role: "admin".into(),
            password_hash: "hash".into(),
            created_at: at(0),
        },
        key_hash: key_hash.to_owned(),
        key: KeyRow {
            id: "key_1".into(),
            tenant: name.clone(),
            scopes: vec!["exec:run".into()],
            prefix: "key_ab".into(),
            name: "first".into(),
            revoked: false,
            expires_at: None,
            created_at: at(0),
        },
        sources: vec![SourceRow {
            id: source.to_owned(),
            tenant: name.clone(),
            vendor: "halopsa".into(),
            secret_hash: "hash".into(),
            sealed_secret: None,
            created_at: at(0),
        }],
    };
    let (first_key, second_key) = (format!("{name}-1"), format!("{name}-2"));
    let (first_source, second_source) = (format!("src-{name}-1"), format!("src-{name}-2"));
    let first = new(&first_key, &first_source);
    store.create_tenant(first.clone()).await.unwrap();
    let second = store.create_tenant(new(&second_key, &second_source)).await;
    assert_eq!(conflict(second), "tenant");
    assert_eq!(store.tenant_named(&name).await.unwrap(), Some(first.row));
    assert_eq!(store.tenant_named("No Such").await.unwrap(), None);
    let key = store.key_by_hash(&first_key).await.unwrap();
    assert_eq!(key, Some(first.key));
    assert_eq!(store.key_by_hash(&second_key).await.unwrap(), None);
    let source = store.source_by_id(&first_source).await.unwrap();
    assert_eq!(source.as_ref(), first.sources.first());
    assert_eq!(store.source_by_id(&second_source).await.unwrap(), None);
}
