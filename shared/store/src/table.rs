//! The tables.

/// A table: one aggregate, one blast radius.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Tickets,
    Playbooks,
    Executions,
    Accounts,
    Inbox,
    Audit,
    Ephemeral,
}

impl Table {
    pub(crate) const ALL: [Self; 7] = [
        Self::Tickets,
        Self::Playbooks,
        Self::Executions,
        Self::Accounts,
        Self::Inbox,
        Self::Audit,
        Self::Ephemeral,
    ];

    /// The table's name without the stack, as the log has it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Tickets => "tickets",
            Self::Playbooks => "playbooks",
            Self::Executions => "executions",
            Self::Accounts => "accounts",
            Self::Inbox => "inbox",
            Self::Audit => "audit",
            Self::Ephemeral => "ephemeral",
        }
    }
}

/// The tables' names in one stack.
#[derive(Debug)]
pub(crate) struct TableNames([String; 7]);

impl TableNames {
    pub(crate) fn of(stack: &str) -> Self {
        Self(Table::ALL.map(|table| format!("{stack}-{}", table.as_str())))
    }

    pub(crate) fn get(&self, table: Table) -> &str {
        &self.0[table as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_has_the_stack_before_its_name() {
        let names = TableNames::of("deskhand");
        for table in Table::ALL {
            assert_eq!(names.get(table), format!("deskhand-{}", table.as_str()));
        }
    }
}
