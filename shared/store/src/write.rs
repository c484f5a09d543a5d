//! The one way to change anything that is audited.

use crate::capacity::Purpose;
use crate::chain::extend;
use crate::key::Key;
use crate::table::Table;
use crate::ticket::NameRow;
use crate::transaction::{Guard, Transaction};
use crate::{
    ActionRow, ApprovalLink, KeyEntry, PlaybookRow, ScriptListRow, Store, StoreError,
    StoredDecision, TenantRow, UserRow, execution, grant,
};
use audit::{Entry, Record, Subject};
use domain::{
    Approval, Credential, CredentialState, Delivery, Execution, Grant, MfaPrompt, ScriptRun,
    Tenant, Ticket, TicketId, TicketName,
};

/// A change being put together: one transaction. Nothing is written before [`Write::commit`].
///
/// The `rev` and the chain of a `next` are this type's to set; what the caller left in them does not count.
#[derive(Debug)]
#[must_use = "nothing is written before commit"]
pub struct Write<'a> {
    pub(crate) tenant: &'a Tenant,
    pub(crate) rows: Transaction<'a>,
    pub(crate) written: Written,
}

/// The rows of a committed change as they stand now, to be `seen` by the next.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Written {
    /// The ticket.
    pub ticket: Option<Ticket>,
    /// The execution.
    pub execution: Option<Execution>,
    /// The prompt.
    pub prompt: Option<MfaPrompt>,
    /// The request for consent.
    pub approval: Option<Approval>,
    /// The delivery.
    pub delivery: Option<Delivery>,
    /// The action.
    pub action: Option<ActionRow>,
    /// The grant; the last, when there are several.
    pub grant: Option<Grant>,
    /// The user.
    pub user: Option<UserRow>,
    /// The API key.
    pub key: Option<KeyEntry>,
    /// The tenant.
    pub tenant: Option<TenantRow>,
    /// The playbook.
    pub playbook: Option<PlaybookRow>,
    /// The run of a script.
    pub script_run: Option<Box<ScriptRun>>,
    /// The list of scripts.
    pub script_list: Option<Box<ScriptListRow>>,
}

impl<'a> Write<'a> {
    pub(crate) fn new(store: &'a Store, tenant: &'a Tenant, purpose: &'static str) -> Self {
        Self {
            tenant,
            rows: Transaction::new(store, Purpose::new(purpose)),
            written: Written::default(),
        }
    }

    /// A ticket, new or as `seen`, with what happened to it: one entry at least.
    pub fn ticket(mut self, seen: Option<&Ticket>, next: &Ticket, entries: Vec<Entry>) -> Self {
        let subject = Subject::Ticket(next.id);
        let head = seen.map(|ticket| ticket.chain.clone()).unwrap_or_default();
        self.audited("ticket", &entries);
        let (records, chain) = extend(self.tenant, &subject, head, entries);
        let row = Ticket {
            rev: rev_after(seen.map(|ticket| ticket.rev)),
            chain,
            ..next.clone()
        };
        let key = Key::ticket(self.tenant, row.id);
        let guard = Guard::seen(seen.map(|ticket| ticket.rev));
        self.rows.put("ticket", Table::Tickets, &key, &row, guard);
        self.records(&subject, &records);
        self.about(row.id);
        self.written.ticket = Some(row);
        self
    }

    /// An execution, new or as `seen`, with what happened to it: one entry at least.
    pub fn execution(
        mut self,
        seen: Option<&Execution>,
        next: &Execution,
        entries: Vec<Entry>,
    ) -> Self {
        let subject = Subject::Execution(next.id.clone());
        let head = seen.map(|run| run.chain.clone()).unwrap_or_default();
        self.audited("execution", &entries);
        let (records, chain) = extend(self.tenant, &subject, head, entries);
        let row = Execution {
            rev: rev_after(seen.map(|run| run.rev)),
            chain,
            ..next.clone()
        };
        let item = execution::to_row(self.tenant, &row);
        let guard = Guard::seen(seen.map(|run| run.rev));
        self.rows
            .put_item("execution", Table::Executions, item, guard);
        self.records(&subject, &records);
        self.about(row.ticket_id);
        self.written.execution = Some(row);
        self
    }

    /// One more name of a ticket, that no ticket has yet. Its own id needs none.
    pub fn name(mut self, name: &TicketName, id: TicketId) -> Self {
        if !matches!(name, TicketName::Id(_)) {
            let key = Key::ticket_name(self.tenant, name);
            let row = NameRow { ticket_id: id };
            self.rows
                .put("ticket name", Table::Tickets, &key, &row, Guard::Absent);
        }
        self
    }

    /// The first decision about this content of the ticket, with what the directory said about the requester.
    pub fn decision(mut self, ticket: TicketId, row: &StoredDecision) -> Self {
        let key = Key::decision(self.tenant, ticket, &row.content);
        self.rows
            .put("decision", Table::Tickets, &key, row, Guard::Absent);
        self.about(ticket);
        self
    }

    /// A prompt, new or as `seen`.
    pub fn prompt(mut self, seen: Option<&MfaPrompt>, next: &MfaPrompt) -> Self {
        let Some(key) = Key::prompt(self.tenant, &next.id) else {
            let flaw = StoreError::corrupt("prompt", "its id is not of the form mfa_<ticket>_<n>");
            self.rows.fail(flaw);
            return self;
        };
        let row = MfaPrompt {
            rev: rev_after(seen.map(|prompt| prompt.rev)),
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|prompt| prompt.rev));
        self.rows
            .put("prompt", Table::Executions, &key, &row, guard);
        self.about(row.ticket_id);
        self.written.prompt = Some(row);
        self
    }

    /// A request for consent, new or as `seen`.
    pub fn approval(mut self, seen: Option<&Approval>, next: &Approval) -> Self {
        let Some(key) = Key::approval(self.tenant, &next.id) else {
            let flaw = "its id is not of the form apr_<ticket>_<n>";
            self.rows.fail(StoreError::corrupt("approval", flaw));
            return self;
        };
        let row = Approval {
            rev: rev_after(seen.map(|approval| approval.rev)),
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|approval| approval.rev));
        self.rows
            .put("approval", Table::Executions, &key, &row, guard);
        self.about(row.ticket_id);
        self.written.approval = Some(row);
        self
    }

    /// The link of a request for consent, which vouches for its tenant. It lasts longer than the request, so that who comes
    /// late is told so.
    pub fn approval_link(mut self, of: &Approval) -> Self {
        let key = Key::approval_link(&of.link_hash);
        let link = ApprovalLink::new(self.tenant, of);
        self.rows.put(
            "approval link",
            Table::Ephemeral,
            &key,
            &link,
            Guard::Absent,
        );
        self
    }

    /// A credential: sealed, it is new; destroyed, it takes the place of the one there.
    pub fn credential(mut self, next: &Credential) -> Self {
        let key = Key::credential(self.tenant, &next.id);
        let guard = match next.state {
            CredentialState::Sealed { .. } => Guard::Absent,
            CredentialState::Destroyed { .. } => Guard::Present,
        };
        self.rows
            .put("credential", Table::Executions, &key, next, guard);
        self.about(next.ticket_id);
        self
    }

    /// A delivery, new or as `seen`.
    pub fn delivery(mut self, seen: Option<&Delivery>, next: &Delivery) -> Self {
        let row = Delivery {
            rev: rev_after(seen.map(|delivery| delivery.rev)),
            ..next.clone()
        };
        let key = Key::delivery(self.tenant, &row.id);
        let guard = Guard::seen(seen.map(|delivery| delivery.rev));
        self.rows
            .put("delivery", Table::Executions, &key, &row, guard);
        self.about(row.ticket_id);
        self.written.delivery = Some(row);
        self
    }

    /// An action outside a run, new or as `seen`.
    pub fn action(mut self, seen: Option<&ActionRow>, next: &ActionRow) -> Self {
        let row = ActionRow {
            rev: rev_after(seen.map(|action| action.rev)),
            ..next.clone()
        };
        let key = Key::action(self.tenant, row.ticket_id, &row.id);
        let guard = Guard::seen(seen.map(|action| action.rev));
        self.rows
            .put("action", Table::Executions, &key, &row, guard);
        self.about(row.ticket_id);
        self.written.action = Some(row);
        self
    }

    /// A grant, new or as `seen`.
    pub fn grant(mut self, seen: Option<&Grant>, next: &Grant) -> Self {
        let row = Grant {
            rev: rev_after(seen.map(|grant| grant.rev)),
            ..next.clone()
        };
        let item = grant::to_row(self.tenant, &row);
        let guard = Guard::seen(seen.map(|grant| grant.rev));
        self.rows.put_item("grant", Table::Executions, item, guard);
        self.about(row.ticket_id);
        self.written.grant = Some(row);
        self
    }

    /// Writes everything, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] names the first member that is not as it was seen, or is there already;
    /// [`StoreError::Unaudited`] when a ticket or an execution came without an entry.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.rows.commit().await
    }

    /// Writes everything, or nothing, and returns the rows as they stand now, so that the next change need not read them.
    ///
    /// # Errors
    /// As [`Write::commit`].
    pub async fn commit_returning(self) -> Result<Written, StoreError> {
        self.rows.commit().await?;
        Ok(self.written)
    }

    pub(crate) fn audited(&mut self, what: &'static str, entries: &[Entry]) {
        if entries.is_empty() {
            self.rows.fail(StoreError::Unaudited { what });
        }
    }

    pub(crate) fn records(&mut self, subject: &Subject, records: &[Record]) {
        for record in records {
            let key = Key::record(self.tenant, subject, record.seq);
            self.rows
                .put("audit record", Table::Audit, &key, record, Guard::Absent);
        }
    }

    pub(crate) fn about(&mut self, ticket: TicketId) {
        self.rows.purpose.ticket_id.get_or_insert(ticket);
    }
}

pub(crate) fn rev_after(seen: Option<u64>) -> u64 {
    seen.unwrap_or(0) + 1
}
