//! Suspending an organization and letting it in again. It is one transaction: the organization's row, its gate at every
//! service, where each request is counted, and its webhook sources.

use crate::organization::{Organization, OrganizationId, find, unknown};
use audit::{Actor, Entry};
use auth::OrganizationAdmin;
use axum::Json;
use desk::Raced;
use domain::{Tenant, Voucher};
use jiff::Timestamp;
use kit::{App, Caller, Problem};
use serde_json::Value;
use store::TenantRow;

/// Every service that has a gate. A journey holds that none is missing.
const SERVICES: [&str; 10] = [
    "accounts",
    "audit",
    "classifier",
    "delivery",
    "executor",
    "orchestration",
    "platform",
    "playbook",
    "verification",
    "webhooks",
];

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// A reason as it is kept.
///
/// # Errors
/// When there is none, or it is too long.
pub(crate) fn reason(given: &str) -> Result<&str, Problem> {
    let reason = given.trim();
    if (1..=LONGEST).contains(&reason.chars().count()) {
        return Ok(reason);
    }
    Err(Problem::invalid(
        "reason",
        "say in 1 to 500 characters why it is suspended",
    ))
}

/// Suspends an organization below the caller's for a reason, or lets it in again where there is none. Doing it again
/// changes nothing.
///
/// # Errors
/// 404 when it is not one of theirs; 409 when it is their own.
pub(crate) async fn set(
    app: &App,
    caller: &Caller<OrganizationAdmin>,
    id: &OrganizationId,
    reason: Option<&str>,
) -> Result<Json<Organization>, Problem> {
    let organization = desk::retried(|| async {
        let found = find(app, caller.tenant(), id).await?;
        if !found.is_below {
            return Err(own().into());
        }
        let by = found.actor(caller);
        stood(app, &found.tenant, found.row, by, reason).await
    })
    .await?;
    Ok(Json(organization))
}

/// The same by an operator, whatever organization it is. Those below it stand as they did.
///
/// # Errors
/// 404 when there is none of this id.
pub(crate) async fn set_by_operator(
    app: &App,
    id: &str,
    by: &'static str,
    reason: Option<&str>,
) -> Result<Value, Problem> {
    #[expect(
        clippy::disallowed_methods,
        reason = "an operator names it; IAM is the credential"
    )]
    let tenant = Tenant::vouched(id, Voucher::Operator).map_err(|_| unknown())?;
    let organization = desk::retried(|| async {
        let row = app.store().tenant(&tenant).await?;
        let row = row.ok_or_else(unknown)?;
        let by = Actor::System(by.to_owned());
        stood(app, &tenant, row, by, reason).await
    })
    .await?;
    serde_json::to_value(&organization).map_err(|error| Problem::internal(&error))
}

/// The organization once it stands as it is to; one that does is left alone.
async fn stood(
    app: &App,
    tenant: &Tenant,
    seen: TenantRow,
    by: Actor,
    reason: Option<&str>,
) -> Result<Organization, Raced> {
    let now = app.clock().now();
    let Some(next) = changed(&seen, reason, now) else {
        return Ok(Organization::new(tenant, seen));
    };
    let action = match next.suspended_at {
        Some(_) => "organization.suspended",
        None => "organization.resumed",
    };
    let entry = Entry::new(now, by, action);
    let mut write = app
        .store()
        .write(tenant, action)
        .tenant(Some(&seen), &next, vec![entry]);
    for service in SERVICES {
        write = write.gate_standing(service, next.suspended_at);
    }
    for source in &next.sources {
        write = write.source_standing(source, next.suspended_at.is_some());
    }
    write.commit().await?;
    Ok(Organization::new(tenant, next))
}

/// The organization as it is to stand; none when it does.
fn changed(seen: &TenantRow, reason: Option<&str>, now: Timestamp) -> Option<TenantRow> {
    (seen.suspended_at.is_some() != reason.is_some()).then(|| TenantRow {
        suspended_at: reason.map(|_| now),
        suspended_for: reason.map(str::to_owned),
        ..seen.clone()
    })
}

fn own() -> Problem {
    Problem::conflict(
        "OWN_ORGANIZATION",
        "an organization is suspended and resumed by the one above it, never by itself",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::tests::row;

    #[test]
    fn suspending_again_keeps_the_first_time_and_reason() {
        let first = changed(&row(), Some("unpaid"), Timestamp::UNIX_EPOCH).unwrap();
        let later = Timestamp::from_second(60).unwrap();
        assert_eq!(changed(&first, Some("still unpaid"), later), None);
        let resumed = changed(&first, None, later).unwrap();
        assert_eq!(resumed, row());
        assert_eq!(changed(&row(), None, later), None);
    }

    #[test]
    fn a_reason_is_given_and_bounded() {
        assert_eq!(reason(" unpaid ").unwrap(), "unpaid");
        for bad in ["", "  ", &"x".repeat(501)] {
            assert!(reason(bad).is_err(), "{}", bad.len());
        }
    }

    #[test]
    fn no_service_has_two_gates() {
        assert!(SERVICES.is_sorted_by(|one, next| one < next));
        assert!(SERVICES.contains(&crate::service().name));
    }
}
