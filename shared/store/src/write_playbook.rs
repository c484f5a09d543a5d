//! Changes to playbooks, in the same transaction as what is recorded about them.

use crate::chain::extend;
use crate::key::Key;
use crate::machine::{self, MachineRow};
use crate::table::Table;
use crate::transaction::Guard;
use crate::write::{Write, rev_after};
use crate::{PlaybookRow, VersionRow};
use audit::{Entry, Subject};
use domain::PlaybookName;

/// The chain of a playbook.
#[must_use]
pub fn playbook_subject(name: &PlaybookName) -> Subject {
    Subject::Account(format!("playbook-{name}"))
}

impl Write<'_> {
    /// A playbook, new or as `seen`, with what happened to it: one entry at least.
    pub fn playbook(
        mut self,
        seen: Option<&PlaybookRow>,
        next: &PlaybookRow,
        entries: Vec<Entry>,
    ) -> Self {
        let subject = playbook_subject(&next.name);
        let head = seen.map(|row| row.chain.clone()).unwrap_or_default();
        self.audited("playbook", &entries);
        let (records, chain) = extend(self.tenant, &subject, head, entries);
        let row = PlaybookRow {
            rev: rev_after(seen.map(|row| row.rev)),
            chain,
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|row| row.rev));
        let key = Key::playbook(self.tenant, row.name.as_str());
        self.rows
            .put("playbook", Table::Playbooks, &key, &row, guard);
        self.records(&subject, &records);
        self.written.playbook = Some(row);
        self
    }

    /// A version whose number is new.
    pub fn playbook_version(mut self, row: &VersionRow) -> Self {
        let key = Key::playbook_version(self.tenant, &row.name, &row.version);
        self.rows.put(
            "playbook version",
            Table::Playbooks,
            &key,
            row,
            Guard::Absent,
        );
        self
    }

    /// A version's state machine, new or as `seen`.
    pub fn machine(mut self, seen: Option<&MachineRow>, next: &MachineRow) -> Self {
        machine::add(&mut self.rows, self.tenant, seen, next);
        self
    }
}
