//! Walking the chains of accounts.

use crate::chain::{Walked, chain};
use crate::head::{Account, Row};
use audit::Entry;
use auth::AuditRead;
use desk::{Raced, retried};
use domain::Tenant;
use kit::{App, Caller, Problem};
use store::{Store, StoreError};

/// Walks an account's chain; none when there is no such account and nothing recorded of one.
pub(crate) async fn walk(
    store: &Store,
    tenant: &Tenant,
    account: &Account,
) -> Result<Option<Walked>, StoreError> {
    let head = account.row(store, tenant).await?.map(|row| row.head());
    let records = store.records(tenant, &account.subject()).await?;
    if head.is_none() && records.is_empty() {
        return Ok(None);
    }
    chain(store, tenant, account.subject(), records, head)
        .await
        .map(Some)
}

/// Puts one `audit.read` behind the account's chain.
pub(crate) async fn record(
    app: &App,
    caller: &Caller<AuditRead>,
    account: &Account,
) -> Result<(), Problem> {
    retried(|| async {
        let (store, tenant) = (app.store(), caller.tenant());
        let row = account.row(store, tenant).await?;
        let row = row.ok_or_else(|| Raced::Problem(Problem::not_found("account")))?;
        let entry =
            Entry::new(app.clock().now(), caller.actor(), "audit.read").fact("what", "chains");
        let write = store.write(tenant, "audit read");
        let write = match &row {
            Row::User(row) => write.user(Some(row), row, vec![entry]),
            Row::Key(row) => write.key(Some(row), row, vec![entry]),
            Row::Organization(row) => write.tenant(Some(row), row, vec![entry]),
            Row::Playbook(row) => write.playbook(Some(row), row, vec![entry]),
            Row::Scripts(row) => write.script_list(Some(row), row, vec![entry]),
            Row::Simulation(row) => write.simulation(Some(row), row, vec![entry]),
        };
        Ok(write.commit().await?)
    })
    .await
}
