//! Changes to a tenant beside another: who is above, who is let in, who is invited.

use crate::InvitationRow;
use crate::inherit::AboveRow;
use crate::item::{number, text};
use crate::key::Key;
use crate::table::Table;
use crate::transaction::{Change, Guard};
use crate::write::Write;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Tenant;
use jiff::Timestamp;

impl<'a> Write<'a> {
    /// The rows of another change, of another tenant perhaps, in the same transaction. What that change would return is
    /// not returned.
    pub fn beside(mut self, other: Write<'a>) -> Self {
        self.rows.absorb(other.rows);
        self
    }

    /// A new tenant's playbooks are those of the tenant `above`, where it has none of its own.
    pub fn playbooks_from(mut self, above: &Tenant) -> Self {
        let row = AboveRow {
            tenant: above.as_str().to_owned(),
        };
        let key = Key::above(self.tenant);
        self.rows
            .put("tenant above", Table::Playbooks, &key, &row, Guard::Absent);
        self
    }

    /// Whether the tenant's requests to a service are let in from now on: none since `suspended`. The tenant's own row,
    /// written with it, says whether it stands so already.
    pub fn gate_standing(mut self, service: &str, suspended: Option<Timestamp>) -> Self {
        // A row that nobody has counted in yet begins here.
        let counts = "w = if_not_exists(w, :zero), n = if_not_exists(n, :zero)";
        let mut values = vec![(":zero", number(0))];
        let set = match suspended {
            Some(since) => {
                values.push((":since", text(since.to_string())));
                format!("SET {counts}, suspended = :since")
            }
            None => format!("SET {counts} REMOVE suspended"),
        };
        let change = Change {
            set,
            when: "attribute_exists(pk) OR attribute_not_exists(pk)".to_owned(),
            names: Vec::new(),
            values,
        };
        let key = Key::gate(self.tenant, service);
        self.rows.update("gate", Table::Accounts, &key, change);
        self
    }

    /// Whether a webhook source of the tenant's is refused from now on.
    pub fn source_standing(mut self, id: &str, suspended: bool) -> Self {
        let change = Change {
            set: "SET suspended = :suspended".to_owned(),
            when: "#tenant = :tenant".to_owned(),
            names: vec![("#tenant".to_owned(), "tenant".to_owned())],
            values: vec![
                (":suspended", AttributeValue::Bool(suspended)),
                (":tenant", text(self.tenant.as_str())),
            ],
        };
        self.rows
            .update("webhook source", Table::Accounts, &Key::source(id), change);
        self
    }

    /// A new invitation, by the SHA-256 of its token.
    pub fn invitation(mut self, hash: &str, row: &InvitationRow) -> Self {
        let key = Key::invitation(hash);
        self.rows
            .put("invitation", Table::Ephemeral, &key, row, Guard::Absent);
        self
    }

    /// An invitation that was used. A [`crate::StoreError::Conflict`] about the `invitation` says that it was used before.
    pub fn invitation_used(mut self, hash: &str) -> Self {
        self.rows
            .delete("invitation", Table::Ephemeral, &Key::invitation(hash));
        self
    }
}
