//! How Deskhand uses DynamoDB. The access patterns are a table in the crate's README.
//!
//! Every write is conditional, and every change to a ticket or an execution goes through [`Store::write`], which puts the
//! audit record into the same transaction.
//!
//! No row is reached without a [`Tenant`], and only who is let in has one:
//!
//! ```
//! fn change(store: &store::Store, tenant: &domain::Tenant) {
//!     let _ = store.write(tenant, "example");
//! }
//! ```
//!
//! A text is none, however it is called:
//!
//! ```compile_fail,E0308
//! fn change(store: &store::Store) {
//!     let _ = store.write("acme", "example");
//! }
//! ```
//!
//! ```compile_fail,E0308
//! async fn read(store: &store::Store) {
//!     let _ = store.user("acme", 1).await;
//! }
//! ```
//!
//! Nobody makes one of a text, nor reads one from outside:
//!
//! ```compile_fail,E0423
//! fn made() -> domain::Tenant {
//!     domain::Tenant("acme".to_owned())
//! }
//! ```
//!
//! ```compile_fail,E0277
//! fn made() -> domain::Tenant {
//!     "acme".to_owned().into()
//! }
//! ```
//!
//! ```compile_fail,E0277
//! fn read(text: &str) -> Option<domain::Tenant> {
//!     serde_json::from_str(text).ok()
//! }
//! ```
//!
//! Nor a key, or a link from one tenant to another:
//!
//! ```compile_fail,E0603
//! fn key(tenant: &domain::Tenant) {
//!     let _ = store::key::Key::tenant(tenant);
//! }
//! ```
//!
//! ```compile_fail,E0451
//! fn link() -> store::TenantLink {
//!     store::TenantLink { number: 1, id: "acme".to_owned() }
//! }
//! ```

mod account;
mod action;
mod approval;
mod cap;
mod capacity;
mod chain;
mod company_sign_in;
mod counter;
mod credential;
mod decision;
mod delivery;
mod disabled;
mod error;
mod execution;
mod failures;
mod gate;
mod grant;
mod idempotent;
mod inbox;
mod inherit;
mod invitation;
mod item;
mod key;
mod list;
mod live;
mod machine;
mod maker;
mod page;
mod playbook;
mod policy;
mod prompt;
mod push;
mod read;
mod records;
mod rules;
mod script_list;
mod script_run;
mod settle;
mod shelf;
mod sign_in;
mod simulation;
mod table;
mod tenant;
mod ticket;
mod track;
mod transaction;
mod unverified;
mod usage;
mod user;
mod verification;
mod window;
mod write;
mod write_account;
mod write_playbook;
mod write_tenant;

pub use account::{KeyEntry, KeyRow, SigningKeyRow, SourceRow};
pub use action::{ActionRow, ActionState};
pub use approval::ApprovalLink;
pub use cap::CAP;
pub use company_sign_in::CompanySignInRow;
pub use decision::StoredDecision;
pub use error::StoreError;
pub use failures::Failures;
pub use gate::{Count, GateRow, Limits, Pass, seconds};
pub use idempotent::{Begun, Kept, Repeatable};
pub use inbox::{InboxRow, InboxStatus, Received, Verdict, VerdictKind};
pub use invitation::InvitationRow;
pub use machine::{MachineRow, MachineState};
pub use maker::MAKER;
pub use page::{BadCursor, Cursor, Page, Paged};
pub use playbook::{PlaybookRow, VersionRow};
pub use policy::{HeldPolicy, PolicyRow};
pub use rules::{HeldRules, RulesRow};
pub use script_list::{ScriptListRow, scripts_subject};
pub use sign_in::{Rotation, SessionRow, SignInRow};
pub use simulation::{SimulationRow, simulation_subject};
pub use tenant::{TenantLink, TenantRow};
pub use track::Tally;
pub use usage::{KeyUsage, USAGE_DAYS};
pub use user::{Assignment, CountRow, LoginRow, MAX_LISTED, PasswordRow, UserRow};
pub use verification::VerificationRow;
pub use write::{Write, Written};
pub use write_account::{key_subject, tenant_subject, user_subject};
pub use write_playbook::playbook_subject;

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
    above: inherit::Above,
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
                above: inherit::Above::default(),
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

    fn above(&self) -> &inherit::Above {
        &self.inner.above
    }

    fn name(&self, table: Table) -> &str {
        self.inner.names.get(table)
    }
}
