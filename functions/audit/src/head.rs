//! Where a chain ends: the rows that carry the heads, of tickets, runs, users (`user-12`), API keys (`key-3`), the
//! organization itself (`organization`), its playbooks (`playbook-password_reset`), the simulations of their texts
//! (`simulation-password_reset-<checksum>`) and its list of scripts (`scripts`).

use audit::Subject;
use domain::{ChainHead, ExecutionId, PlaybookName, Tenant, TicketId};
use store::{
    KeyEntry, PlaybookRow, ScriptListRow, SimulationRow, Store, StoreError, TenantRow, UserRow,
    key_subject, playbook_subject, scripts_subject, simulation_subject, tenant_subject,
    user_subject,
};

/// Whose chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Account {
    User(u64),
    Key(u64),
    Organization,
    Playbook(PlaybookName),
    Scripts,
    /// A playbook, and the checksum of its text.
    Simulation(PlaybookName, String),
}

/// The row that carries a chain's head.
pub(crate) enum Row {
    User(UserRow),
    Key(KeyEntry),
    Organization(TenantRow),
    Playbook(PlaybookRow),
    Scripts(ScriptListRow),
    Simulation(SimulationRow),
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
            "scripts" => Some(Self::Scripts),
            _ => number("user-")
                .map(Self::User)
                .or_else(|| number("key-").map(Self::Key))
                .or_else(|| {
                    let playbook = PlaybookName::parse(name.strip_prefix("playbook-")?);
                    playbook.ok().map(Self::Playbook)
                })
                .or_else(|| {
                    let (playbook, checksum) =
                        name.strip_prefix("simulation-")?.rsplit_once('-')?;
                    let hash = checksum.len() == 64
                        && checksum.bytes().all(|byte| byte.is_ascii_hexdigit());
                    let playbook = PlaybookName::parse(playbook).ok().filter(|_| hash)?;
                    Some(Self::Simulation(playbook, checksum.to_owned()))
                }),
        }
    }

    /// Its chain.
    pub(crate) fn subject(&self) -> Subject {
        match self {
            Self::User(id) => user_subject(*id),
            Self::Key(id) => key_subject(*id),
            Self::Organization => tenant_subject(),
            Self::Playbook(name) => playbook_subject(name),
            Self::Scripts => scripts_subject(),
            Self::Simulation(name, checksum) => simulation_subject(name, checksum),
        }
    }

    /// The row that carries its chain's head; none when there is none or it cannot be read.
    pub(crate) async fn row(
        &self,
        store: &Store,
        tenant: &Tenant,
    ) -> Result<Option<Row>, StoreError> {
        Ok(match self {
            Self::User(id) => readable(store.user(tenant, *id).await)?.map(Row::User),
            Self::Key(id) => readable(store.key(tenant, *id).await)?.map(Row::Key),
            Self::Organization => readable(store.tenant(tenant).await)?.map(Row::Organization),
            Self::Playbook(name) => {
                readable(store.playbook(tenant, name).await)?.map(Row::Playbook)
            }
            Self::Scripts => readable(store.script_list(tenant).await)?.map(Row::Scripts),
            Self::Simulation(name, checksum) => {
                readable(store.simulation(tenant, name, checksum).await)?.map(Row::Simulation)
            }
        })
    }
}

impl Row {
    /// The head.
    pub(crate) fn head(&self) -> ChainHead {
        match self {
            Self::User(row) => row.chain.clone(),
            Self::Key(row) => row.chain.clone(),
            Self::Organization(row) => row.chain.clone(),
            Self::Playbook(row) => row.chain.clone(),
            Self::Scripts(row) => row.chain.clone(),
            Self::Simulation(row) => row.chain.clone(),
        }
    }
}

/// The subject's head as it is now; none when its row is gone or cannot be read.
pub(crate) async fn head(
    store: &Store,
    tenant: &Tenant,
    subject: &Subject,
) -> Result<Option<ChainHead>, StoreError> {
    match subject {
        Subject::Ticket(id) => {
            Ok(readable(store.ticket(tenant, *id).await)?.map(|ticket| ticket.chain))
        }
        Subject::Execution(id) => Ok(run_head(store, tenant, id).await?.map(|(_, head)| head)),
        Subject::Account(name) => of_account(store, tenant, name).await,
    }
}

/// The head of a run's chain, and whose run it is.
pub(crate) async fn run_head(
    store: &Store,
    tenant: &Tenant,
    id: &ExecutionId,
) -> Result<Option<(TicketId, ChainHead)>, StoreError> {
    Ok(readable(store.execution(tenant, id).await)?.map(|run| (run.ticket_id, run.chain)))
}

/// A row that cannot be read is as good as none.
fn readable<T>(row: Result<Option<T>, StoreError>) -> Result<Option<T>, StoreError> {
    match row {
        Err(StoreError::Corrupt { what, .. }) => {
            tracing::warn!(what, "a row that carries a chain's head cannot be read");
            Ok(None)
        }
        other => other,
    }
}

/// The head of an account's chain as it is now; none when its row is gone or cannot be read.
async fn of_account(
    store: &Store,
    tenant: &Tenant,
    name: &str,
) -> Result<Option<ChainHead>, StoreError> {
    let Some(account) = Account::named(name) else {
        return Ok(None);
    };
    Ok(account.row(store, tenant).await?.map(|row| row.head()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_named_as_the_record_names_it() {
        assert_eq!(Account::named("user-12"), Some(Account::User(12)));
        assert_eq!(Account::named("key-3"), Some(Account::Key(3)));
        assert_eq!(Account::named("organization"), Some(Account::Organization));
        assert_eq!(Account::named("scripts"), Some(Account::Scripts));
        let playbook = PlaybookName::parse("password_reset").unwrap();
        assert_eq!(
            Account::named("playbook-password_reset"),
            Some(Account::Playbook(playbook))
        );
        let checksum = "a".repeat(64);
        let simulation = format!("simulation-password_reset-{checksum}");
        let account = Account::named(&simulation).unwrap();
        assert_eq!(account.subject(), Subject::Account(simulation));
        for other in [
            "user-",
            "user-x",
            "x-12",
            "playbook-",
            "simulation-p-abc",
            "",
        ] {
            assert_eq!(Account::named(other), None, "{other}");
        }
    }
}
