//! `PUT /api/v1/organizations/{id}/policy`: say what has to be proved here, who is protected, how much may happen.

use crate::organization::{OrganizationId, find};
use crate::policy::OrganizationPolicy;
use crate::policy_document::PolicyDocument;
use audit::{Actor, Entry};
use auth::PolicyAdmin;
use axum::response::Response;
use domain::Policy;
use http::HeaderMap;
use jiff::Timestamp;
use kit::{App, Body, Caller, Id, Problem, Problems};
use sha2::{Digest, Sha256};
use store::{HeldPolicy, PolicyRow};

/// Save a policy in place of what holds in the caller's organization, or in one below it. What is left out is as usual. An
/// organization that had the policy of the one above has its own from now on. It holds for whatever begins after the answer.
#[utoipa::path(put, path = "/api/v1/organizations/{id}/policy", operation_id = "update_policy",
    params(
        ("id" = String, Path, description = "The organization's number or slug.", example = "2"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the answer that this follows on."),
    ),
    request_body = PolicyDocument,
    responses(
        (status = 200, description = "It holds.", body = OrganizationPolicy,
            headers(("ETag" = String, description = "For `If-Match` of the next change"))),
        (status = 412, description = "Somebody else saved a policy since; read it first."),
        Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn update_policy(
    app: App,
    caller: Caller<PolicyAdmin>,
    Id(id): Id<OrganizationId>,
    headers: HeaderMap,
    Body(document): Body<PolicyDocument>,
) -> Result<Response, Problem> {
    let policy = document.policy()?;
    desk::retried(|| async {
        let found = find(&app, caller.tenant(), &id).await?;
        let held = app.store().policy_of(&found.tenant).await?;
        OrganizationPolicy::held(&found, held.as_ref()).follows(&headers)?;
        let own = held.as_ref().filter(|held| held.above.is_none());
        let own = own.map(|held| &held.row);
        if let Some(own) = own.filter(|own| own.policy == policy) {
            return Ok(OrganizationPolicy::own(own).answer());
        }
        // One that was given up still counts.
        let seen = match own {
            Some(own) => Some(own.clone()),
            None => app.store().policy(&found.tenant).await?,
        };
        let now = app.clock().now();
        let actor = found.actor(&caller);
        let next = PolicyRow {
            policy: policy.clone(),
            changed_at: now,
            changed_by: actor.id().to_owned(),
            given_up: false,
            rev: seen.as_ref().map_or(0, |seen| seen.rev) + 1,
        };
        let entries = entries(held.as_ref(), &next, &actor, now)?;
        app.store()
            .write(&found.tenant, "policy changed")
            .tenant(Some(&found.row), &found.row, entries)
            .policy(seen.as_ref(), &next)
            .commit()
            .await?;
        Ok(OrganizationPolicy::own(&next).answer())
    })
    .await
}

/// What is recorded: first that an inherited policy is one's own from now on, then which version it is and what of it differs.
fn entries(
    held: Option<&HeldPolicy>,
    next: &PolicyRow,
    actor: &Actor,
    now: Timestamp,
) -> Result<Vec<Entry>, Problem> {
    let overridden = held.filter(|held| held.above.is_some()).map(|held| {
        Entry::new(now, actor.clone(), "policy.overridden").fact("version", held.row.rev)
    });
    let before = held.map(|held| held.row.policy.clone()).unwrap_or_default();
    let text = serde_json::to_vec(&next.policy).map_err(|error| Problem::internal(&error))?;
    let changed = Entry::new(now, actor.clone(), "policy.changed")
        .fact("version", next.rev)
        .fact("changed", differing(&before, &next.policy))
        .fact("checksum", hex::encode(Sha256::digest(text)));
    Ok(overridden.into_iter().chain([changed]).collect())
}

/// The parts of two policies that differ.
fn differing(one: &Policy, other: &Policy) -> Vec<&'static str> {
    let parts = [
        ("executives", one.executives != other.executives),
        ("actions", one.actions != other.actions),
        (
            "longest_grant_days",
            one.longest_grant_days != other.longest_grant_days,
        ),
        ("protected", one.protected != other.protected),
        ("caps", one.caps != other.caps),
    ];
    let differ = parts.into_iter().filter(|(_, differs)| *differs);
    differ.map(|(part, _)| part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::tests::tenant;

    fn row(per_hour: u32, rev: u64) -> PolicyRow {
        let mut policy = Policy::default();
        policy.caps.per_hour = per_hour;
        PolicyRow {
            policy,
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: "key-1".to_owned(),
            given_up: false,
            rev,
        }
    }

    #[test]
    fn overriding_what_is_inherited_is_recorded_before_the_change() {
        let held = HeldPolicy {
            row: row(10, 4),
            above: Some(tenant("acme")),
        };
        let actor = Actor::Key("key-1".to_owned());
        let told = |held| {
            let entries = entries(held, &row(5, 1), &actor, Timestamp::UNIX_EPOCH).unwrap();
            let words = entries.iter().map(|entry| entry.action.clone());
            words.collect::<Vec<_>>()
        };
        assert_eq!(told(Some(&held)), ["policy.overridden", "policy.changed"]);
        let own = HeldPolicy {
            above: None,
            ..held.clone()
        };
        assert_eq!(told(Some(&own)), ["policy.changed"]);
        assert_eq!(told(None), ["policy.changed"]);
        assert_eq!(differing(&held.row.policy, &row(5, 1).policy), ["caps"]);
    }
}
