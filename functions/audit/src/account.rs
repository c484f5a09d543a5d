//! The chains of accounts: of a user (`user-12`), an API key (`key-3`), the organization itself (`organization`) or one of its
//! playbooks (`playbook-password_reset`).

use crate::walk::{Walked, chain, readable};
use audit::{Entry, Subject};
use auth::AuditRead;
use desk::{Raced, retried};
use domain::{ChainHead, PlaybookName, Tenant};
use kit::{App, Caller, Problem};
use store::{
    KeyEntry, PlaybookRow, Store, StoreError, TenantRow, UserRow, key_subject, playbook_subject,
    tenant_subject, user_subject,
};

/// Whose chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    User(u64),
    Key(u64),
    Organization,
    Playbook(PlaybookName),
}

/// The row that carries a chain's head.
enum Row {
    User(UserRow),
    Key(KeyEntry),
    Organization(TenantRow),
    Playbook(PlaybookRow),
}

impl Account {
    /// The account of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let number = |prefix| {
            name.strip_prefix(prefix)
                .and_then(|text: &str| text.parse().ok())
        };
        match name {
            "organization" => Some(Self::Organization),
            _ => number("user-")
                .map(Self::User)
                .or_else(|| number("key-").map(Self::Key))
                .or_else(|| {
                    let playbook = PlaybookName::parse(name.strip_prefix("playbook-")?);
                    playbook.ok().map(Self::Playbook)
                }),
        }
    }

    fn subject(&self) -> Subject {
        match self {
            Self::User(id) => user_subject(*id),
            Self::Key(id) => key_subject(*id),
            Self::Organization => tenant_subject(),
            Self::Playbook(name) => playbook_subject(name),
        }
    }

    async fn row(&self, store: &Store, tenant: &Tenant) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Self::User(id) => readable(store.user(tenant, *id).await)?.map(Row::User),
            Self::Key(id) => readable(store.key(tenant, *id).await)?.map(Row::Key),
            Self::Organization => readable(store.tenant(tenant).await)?.map(Row::Organization),
            Self::Playbook(name) => {
                readable(store.playbook(tenant, name).await)?.map(Row::Playbook)
            }
        })
    }
}

impl Row {
    fn head(&self) -> ChainHead {
        match self {
            Self::User(row) => row.chain.clone(),
            Self::Key(row) => row.chain.clone(),
            Self::Organization(row) => row.chain.clone(),
            Self::Playbook(row) => row.chain.clone(),
        }
    }
}

/// The head of an account's chain as it is now; none when its row is gone or cannot be read.
pub(crate) async fn head(
    store: &Store,
    tenant: &Tenant,
    name: &str,
) -> Result<Option<ChainHead>, StoreError> {
    let Some(account) = Account::named(name) else {
        return Ok(None);
    };
    Ok(account.row(store, tenant).await?.map(|row| row.head()))
}

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
        };
        Ok(write.commit().await?)
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_as_the_record_names_it() {
        assert_eq!(Account::named("user-12"), Some(Account::User(12)));
        assert_eq!(Account::named("key-3"), Some(Account::Key(3)));
        assert_eq!(Account::named("organization"), Some(Account::Organization));
        let playbook = PlaybookName::parse("password_reset").unwrap();
        assert_eq!(
            Account::named("playbook-password_reset"),
            Some(Account::Playbook(playbook))
        );
        for other in ["user-", "user-x", "x-12", "playbook-", ""] {
            assert_eq!(Account::named(other), None, "{other}");
        }
    }
}
