//! `GET /api/v1/playbooks`: the tenant's playbooks, inherited ones included.

use auth::PlaybookRead;
use axum::Json;
use domain::Tenant;
use jiff::Timestamp;
use kit::{App, Caller, Paging, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::{Cursor, PlaybookRow};
use utoipa::{IntoParams, ToSchema};

/// Playbooks of one answer when nothing else is asked for.
const LIMIT: usize = 50;
/// The most that may be asked for.
const MOST: usize = 100;

/// Reads of the table that one answer makes at most when a filter lets little through.
const MAX_READS: usize = 10;

/// Which playbooks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PlaybookFilter {
    /// Only those that may be started, or only those that may not.
    enabled: Option<bool>,
    /// Only those whose name holds this, in small or capital letters.
    q: Option<String>,
    /// How many at most: 1 to 100, 50 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
}

/// One page of playbooks, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaybookPage {
    /// The playbooks.
    items: Vec<PlaybookItem>,
    /// How many this page has.
    count: usize,
    /// What to give as `cursor` for the next page; null when this is the last.
    next_cursor: Option<String>,
}

/// A playbook in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaybookItem {
    /// Its id.
    #[schema(example = "password_reset")]
    playbook_id: String,
    /// Its name, which is its id.
    #[schema(example = "password_reset")]
    name: String,
    /// Whether it may be started.
    enabled: bool,
    /// The version that runs; null when none was made active.
    active_version: Option<String>,
    /// The newest version.
    latest_version: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// The tenant's playbooks, by name.
#[utoipa::path(get, path = "/api/v1/playbooks", operation_id = "list_playbooks", params(PlaybookFilter),
    responses((status = 200, body = PlaybookPage), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn list_playbooks(
    app: App,
    caller: Caller<PlaybookRead>,
    Params(filter): Params<PlaybookFilter>,
) -> Result<Json<PlaybookPage>, Problem> {
    let Paging { limit, cursor } =
        Paging::asked(filter.limit, filter.cursor.as_deref(), LIMIT, MOST)?;
    let (rows, next) = matching(&app, caller.tenant(), &filter, limit, cursor).await?;
    let items: Vec<PlaybookItem> = rows.into_iter().map(PlaybookItem::from).collect();
    Ok(Json(PlaybookPage {
        count: items.len(),
        items,
        next_cursor: next.map(|next| next.to_string()),
    }))
}

/// Reads on until the page is full, the list ends, or enough was read.
async fn matching(
    app: &App,
    tenant: &Tenant,
    filter: &PlaybookFilter,
    limit: usize,
    mut cursor: Option<Cursor>,
) -> Result<(Vec<PlaybookRow>, Option<Cursor>), Problem> {
    let mut rows = Vec::new();
    for _ in 0..MAX_READS {
        let page = app
            .store()
            .playbooks_of(tenant, limit - rows.len(), cursor.as_ref())
            .await?;
        rows.extend(page.items.into_iter().filter(|row| filter.takes(row)));
        cursor = page.next_cursor;
        if cursor.is_none() || rows.len() == limit {
            break;
        }
    }
    Ok((rows, cursor))
}

impl PlaybookFilter {
    fn takes(&self, row: &PlaybookRow) -> bool {
        let named = |q: &String| {
            row.name
                .as_str()
                .to_lowercase()
                .contains(&q.trim().to_lowercase())
        };
        self.enabled.is_none_or(|enabled| row.enabled == enabled)
            && self.q.as_ref().is_none_or(named)
    }
}

impl From<PlaybookRow> for PlaybookItem {
    fn from(row: PlaybookRow) -> Self {
        Self {
            playbook_id: row.name.to_string(),
            name: row.name.to_string(),
            enabled: row.enabled,
            active_version: row.active_version,
            latest_version: row.latest_version,
            created_at: row.created_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::PlaybookName;

    fn row(name: &str, enabled: bool) -> PlaybookRow {
        let name = PlaybookName::parse(name).unwrap();
        PlaybookRow {
            enabled,
            ..PlaybookRow::new(name, "1.0", Timestamp::UNIX_EPOCH)
        }
    }

    #[test]
    fn a_filter_takes_what_fits_all_of_it() {
        let filter = PlaybookFilter {
            enabled: Some(true),
            q: Some("RESET".into()),
            ..PlaybookFilter::default()
        };
        assert!(filter.takes(&row("password_reset", true)));
        assert!(!filter.takes(&row("password_reset", false)));
        assert!(!filter.takes(&row("unlock_account", true)));
        assert!(PlaybookFilter::default().takes(&row("unlock_account", false)));
    }
}
