//! How Deskhand uses DynamoDB. The access patterns are a table in the crate's README.
//!
//! Every write is conditional, and every change to a ticket or an execution goes through [`Store::write`], which puts the
//! audit record into the same transaction.

mod account;
mod action;
mod capacity;
mod chain;
mod credential;
mod decision;
mod delivery;
mod error;
mod execution;
mod failures;
mod gate;
mod idempotent;
mod inbox;
mod item;
mod key;
mod list;
mod page;
mod playbook;
mod prompt;
mod push;
mod read;
mod records;
mod settle;
mod sign_in;
mod table;
mod tenant;
mod ticket;
mod transaction;
mod unverified;
mod user;
mod write;
mod write_account;

pub use account::{KeyEntry, KeyRow, SigningKeyRow, SourceRow};
pub use action::{ActionRow, ActionState};
pub use decision::StoredDecision;
pub use error::StoreError;
pub use failures::Failures;
pub use gate::{Count, GateRow, Limits, Pass};
pub use idempotent::{Begun, Kept, Repeatable};
pub use inbox::{InboxRow, InboxStatus, Received, Verdict, VerdictKind};
pub use page::{BadCursor, Cursor, Page, Paged};
pub use playbook::{PlaybookRow, VersionRow};
pub use sign_in::{Rotation, SessionRow, SignInRow};
pub use tenant::TenantRow;
pub use user::{Assignment, CountRow, LoginRow, MAX_LISTED, PasswordRow, UserRow};
pub use write::{Write, Written};
pub use write_account::{key_subject, tenant_subject, user_subject};

use aws_sdk_dynamodb::Client;
use domain::Tenant;
use std::sync::Arc;
use table::{Table, TableNames};

/// The tables of one stack. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    client: Client,
    names: TableNames,
    unverified: unverified::Slots,
}

impl Store {
    /// The tables of `stack`, reached through `client`.
    #[must_use]
    pub fn new(client: Client, stack: &str) -> Self {
        let names = TableNames::of(stack);
        Self {
            inner: Arc::new(Inner {
                client,
                names,
                unverified: unverified::Slots::default(),
            }),
        }
    }

    /// Asks the smallest question there is: whether DynamoDB answers. Also opens the connection.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.get_item(Table::Ephemeral, &key::Key::nothing())
            .await
            .map(drop)
    }

    /// Begins a change in `tenant`. `purpose` stands in the log line beside the units it cost.
    pub fn write<'a>(&'a self, tenant: &'a Tenant, purpose: &'static str) -> Write<'a> {
        Write::new(self, tenant, purpose)
    }

    fn client(&self) -> &Client {
        &self.inner.client
    }

    fn unverified(&self) -> &unverified::Slots {
        &self.inner.unverified
    }

    fn name(&self, table: Table) -> &str {
        self.inner.names.get(table)
    }
}
