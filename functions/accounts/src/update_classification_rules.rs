//! `PUT /api/v1/organizations/{id}/classification-rules`: lay down what forces and what forbids a playbook here.

use crate::organization::{Found, OrganizationId, find};
use crate::rules::ClassificationRules;
use crate::rules_document::{RulesDocument, refused};
use audit::{Actor, Entry};
use auth::PolicyAdmin;
use axum::response::Response;
use classifier::TenantRules;
use http::HeaderMap;
use jiff::Timestamp;
use kit::{App, Body, Caller, Id, Problem, Problems};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use store::{HeldRules, RulesRow};

/// Save rules in place of those that hold in the caller's organization, or in one below it. An organization that had the rules
/// of the one above has its own from now on. They hold for whatever is decided after the answer.
#[utoipa::path(put, path = "/api/v1/organizations/{id}/classification-rules", operation_id = "update_classification_rules",
    params(
        ("id" = String, Path, description = "The organization's number or slug.", example = "2"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the answer that this follows on."),
    ),
    request_body = RulesDocument,
    responses(
        (status = 200, description = "They hold.", body = ClassificationRules,
            headers(("ETag" = String, description = "For `If-Match` of the next change"))),
        (status = 412, description = "Somebody else saved rules since; read them first."),
        Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn update_classification_rules(
    app: App,
    caller: Caller<PolicyAdmin>,
    Id(id): Id<OrganizationId>,
    headers: HeaderMap,
    Body(document): Body<RulesDocument>,
) -> Result<Response, Problem> {
    let (rules, text) = document.read()?;
    desk::retried(|| async {
        let found = find(&app, caller.tenant(), &id).await?;
        let held = app.store().rules_of(&found.tenant).await?;
        ClassificationRules::held(&found, held.as_ref())?.follows(&headers)?;
        let own = held.as_ref().filter(|held| held.above.is_none());
        let own = own.map(|held| &held.row);
        if let Some(own) = own.filter(|own| own.document == text) {
            return Ok(ClassificationRules::own(own)?.answer());
        }
        name_playbooks(&app, &found, &rules).await?;
        let now = app.clock().now();
        let actor = found.actor(&caller);
        let next = RulesRow {
            document: text.clone(),
            changed_at: now,
            changed_by: actor.id().to_owned(),
            rev: own.map_or(0, |own| own.rev) + 1,
        };
        let entries = entries(held.as_ref(), &next, &actor, now);
        app.store()
            .write(&found.tenant, "rules changed")
            .tenant(Some(&found.row), &found.row, entries)
            .rules(own, &next)
            .commit()
            .await?;
        Ok(ClassificationRules::own(&next)?.answer())
    })
    .await
}

/// Refuses a name that stands for no playbook: a rule that forbids by a slip would forbid nothing.
async fn name_playbooks(app: &App, found: &Found, rules: &TenantRules) -> Result<(), Problem> {
    let mut known = BTreeMap::new();
    let mut flaws = Vec::new();
    for (path, name) in rules.playbooks() {
        let is_there = match known.get(name).copied() {
            Some(is_there) => is_there,
            None => {
                let row = app.store().playbook_of(&found.tenant, name).await?;
                known.insert(name, row.is_some());
                row.is_some()
            }
        };
        if !is_there {
            let message = format!("there is no playbook {name}; GET /api/v1/playbooks lists them");
            flaws.push((path, message));
        }
    }
    if flaws.is_empty() {
        Ok(())
    } else {
        Err(refused(&flaws))
    }
}

/// What is recorded: first that inherited rules are one's own from now on, then which version they are.
fn entries(held: Option<&HeldRules>, next: &RulesRow, actor: &Actor, now: Timestamp) -> Vec<Entry> {
    let overridden = held.filter(|held| held.above.is_some()).map(|held| {
        Entry::new(now, actor.clone(), "classification_rules.overridden")
            .fact("version", held.row.rev)
    });
    let checksum = hex::encode(Sha256::digest(&next.document));
    let changed = Entry::new(now, actor.clone(), "classification_rules.changed")
        .fact("version", next.rev)
        .fact("checksum", checksum);
    overridden.into_iter().chain([changed]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::tests::tenant;

    #[test]
    fn overriding_what_is_inherited_is_recorded_before_the_change() {
        let row = |rev| RulesRow {
            document: "{}".to_owned(),
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: "key-1".to_owned(),
            rev,
        };
        let actor = Actor::Key("key-1".to_owned());
        let told = |held: Option<&HeldRules>| {
            let entries = entries(held, &row(1), &actor, Timestamp::UNIX_EPOCH);
            let words = entries.iter().map(|entry| entry.action.clone());
            words.collect::<Vec<_>>()
        };
        let changed = "classification_rules.changed";
        let held = |above| HeldRules { row: row(4), above };
        assert_eq!(
            told(Some(&held(Some(tenant("acme"))))),
            ["classification_rules.overridden", changed]
        );
        assert_eq!(told(Some(&held(None))), [changed]);
        assert_eq!(told(None), [changed]);
    }
}
