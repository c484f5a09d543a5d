//! `GET /admin/v1/playbooks/{playbook_id}/versions`: what a playbook said before, newest first.

use crate::held::unknown;
use auth::PlaybookRead;
use axum::Json;
use domain::PlaybookName;
use jiff::Timestamp;
use kit::{App, Caller, Id, Paging, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Versions of one answer when nothing else is asked for.
const LIMIT: usize = 20;
/// The most that may be asked for.
const MOST: usize = 100;

/// Which page.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct VersionFilter {
    /// How many at most: 1 to 100, 20 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
}

/// One page of versions, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionPage {
    /// The versions.
    items: Vec<VersionItem>,
    /// How many this page has.
    count: usize,
    /// What to give as `cursor` for the next page; null when this is the last.
    next_cursor: Option<String>,
}

/// A version in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionItem {
    /// The version.
    #[schema(example = "1.1")]
    version: String,
    /// Who saved it: `user-12`, `key-3`, or `catalogue`.
    #[schema(example = "user-12")]
    author: String,
    /// SHA-256 of its canonical text.
    checksum: String,
    /// Whether it is the one that runs.
    active: bool,
    /// When it was saved.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// A playbook's versions, newest first, also those of one that was deleted.
#[utoipa::path(get, path = "/admin/v1/playbooks/{playbook_id}/versions", operation_id = "list_playbook_versions",
    params(("playbook_id" = String, Path, description = "The playbook's name.", example = "password_reset"), VersionFilter),
    responses((status = 200, body = VersionPage), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn list_playbook_versions(
    app: App,
    caller: Caller<PlaybookRead>,
    Id(name): Id<PlaybookName>,
    Params(filter): Params<VersionFilter>,
) -> Result<Json<VersionPage>, Problem> {
    let Paging { limit, cursor } =
        Paging::asked(filter.limit, filter.cursor.as_deref(), LIMIT, MOST)?;
    let tenant = caller.tenant();
    let page = app
        .store()
        .playbook_versions_of(tenant, &name, limit, cursor.as_ref())
        .await?;
    if page.items.is_empty() && cursor.is_none() {
        return Err(unknown(&name));
    }
    let row = app.store().playbook_of(tenant, &name).await?;
    let active = row
        .filter(|row| row.enabled)
        .and_then(|row| row.active_version);
    let items = page.items.into_iter().map(|row| VersionItem {
        active: active.as_ref() == Some(&row.version),
        version: row.version,
        author: row.author,
        checksum: row.checksum,
        created_at: row.created_at,
    });
    let items: Vec<VersionItem> = items.collect();
    Ok(Json(VersionPage {
        count: items.len(),
        items,
        next_cursor: page.next_cursor.map(|next| next.to_string()),
    }))
}
