//! Recording that the audit was read.

use audit::Entry;
use auth::AuditRead;
use desk::{Raced, find_ticket, retried};
use domain::{ExecutionId, TicketId, TicketName};
use kit::{App, Caller, Problem};
use store::StoreError;

/// What was read of a ticket's audit.
pub(crate) enum Read<'a> {
    Executions,
    Classifications,
    Steps(&'a ExecutionId),
    Chains,
}

/// Puts one `audit.read` behind the ticket's chain.
///
/// # Errors
/// When it cannot be recorded: then the caller may not see what was read.
pub(crate) async fn record(
    app: &App,
    caller: &Caller<AuditRead>,
    ticket: TicketId,
    read: &Read<'_>,
) -> Result<(), Problem> {
    let name = TicketName::Id(ticket);
    retried(|| async {
        let seen = find_ticket(app, caller.tenant(), &name).await?;
        let entry = read.about(Entry::new(app.clock().now(), caller.actor(), "audit.read"));
        let write = app.store().write(caller.tenant(), "audit read").ticket(
            Some(&seen),
            &seen,
            vec![entry],
        );
        write.commit().await.map_err(lost)
    })
    .await
}

/// A race that was lost, unless the place of the next record is taken: nobody who appends leaves it so.
fn lost(error: StoreError) -> Raced {
    match error {
        StoreError::Conflict {
            what: "audit record",
        } => Raced::Problem(Problem::conflict(
            "AUDIT_BROKEN",
            "a record stands where this ticket's next one belongs; GET /api/v1/audit/verify names it",
        )),
        other => other.into(),
    }
}

impl Read<'_> {
    fn about(&self, entry: Entry) -> Entry {
        match self {
            Self::Executions => entry.fact("what", "executions"),
            Self::Classifications => entry.fact("what", "classifications"),
            Self::Steps(run) => entry.fact("what", "steps").fact("execution", run.as_str()),
            Self::Chains => entry.fact("what", "chains"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_taken_is_told_from_a_lost_race() {
        assert!(matches!(
            lost(StoreError::Conflict { what: "ticket" }),
            Raced::Lost
        ));
        assert!(matches!(
            lost(StoreError::Conflict {
                what: "audit record"
            }),
            Raced::Problem(_)
        ));
    }
}
