//! `POST /api/v1/keys`: make an API key.

use crate::api_key::{self, NewKey};
use crate::key_rules::{self, Bounds};
use crate::key_view::{KeyView, MintedKey, organization};
use auth::KeysWrite;
use axum::Json;
use desk::retried;
use http::StatusCode;
use kit::{App, Body, Caller, Problem, Problems, ShownOnce};
use serde::Deserialize;
use utoipa::ToSchema;

/// The key to make.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct KeyRequest {
    /// 1 to 100 characters.
    #[schema(example = "My API Key", min_length = 1, max_length = 100)]
    name: String,
    /// What it may do: permissions, or the bundles `read` and `write`. The caller must hold each of them.
    #[schema(example = json!(["read", "write"]), min_items = 1, max_items = 50)]
    scopes: Vec<String>,
    /// For how long it works: 365 days when left out, and never longer than the key it is made with.
    #[schema(example = 365, minimum = 1, maximum = 3650)]
    expires_days: Option<i64>,
    /// A limit of its own, requests an hour. Extension.
    #[schema(minimum = 1)]
    rate_limit: Option<u64>,
}

/// Make an API key. The answer shows it, this once: what is kept is its SHA-256.
///
/// A key may do what its maker may, at most, and one that is made with a key does not outlive it.
#[utoipa::path(post, path = "/api/v1/keys", operation_id = "create_key", request_body = KeyRequest,
    responses((status = 201, body = MintedKey), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn create_key(
    app: App,
    caller: Caller<KeysWrite>,
    Body(ask): Body<KeyRequest>,
) -> Result<(StatusCode, ShownOnce<Json<MintedKey>>), Problem> {
    let name = key_rules::name(&ask.name)?;
    let scopes = key_rules::scopes(&ask.scopes)?;
    let tenant = caller.tenant();
    let (bounds, organization_id) = tokio::try_join!(
        Bounds::of(&app, tenant, caller.identity()),
        organization(&app, tenant)
    )?;
    bounds.cover(&scopes)?;
    let now = app.clock().now();
    let ends = match ask.expires_days {
        Some(days) => bounds.ends(days, now)?,
        None => bounds.ends_by_default(now),
    };
    let new = NewKey {
        name: &name,
        scopes,
        user_id: bounds.user_id,
        expires_at: Some(ends),
        max: bounds.limit(ask.rate_limit)?,
    };
    let minted = retried(|| async {
        let seen = app.store().count(tenant, "key").await?;
        let write = app.store().write(tenant, "create_key");
        let (write, minted) = new.put(&app, write, tenant, &seen, caller.actor());
        key_rules::commit(bounds.vouch(write, minted.entry.id)).await?;
        Ok(minted)
    })
    .await?;
    let view = KeyView::new(minted.entry.clone(), None, organization_id, now);
    let key = api_key::plain(minted);
    let reply = ShownOnce(Json(MintedKey { view, key }), &["key"]);
    Ok((StatusCode::CREATED, reply))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_request_is_read_and_more_may_be_said() {
        let body = r#"{"name": "My API Key", "scopes": ["read", "write"], "expires_days": 365, "colour": "red"}"#;
        let ask: KeyRequest = serde_json::from_str(body).unwrap();
        assert_eq!(
            (ask.name.as_str(), ask.expires_days, ask.rate_limit),
            ("My API Key", Some(365), None)
        );
        let least: KeyRequest = serde_json::from_str(r#"{"name": "x", "scopes": []}"#).unwrap();
        assert_eq!(least.expires_days, None);
    }
}
