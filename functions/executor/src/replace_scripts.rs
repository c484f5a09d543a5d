//! `PUT /admin/v1/scripts`: say which scripts may run on people's devices.

use crate::list_scripts::{ScriptsView, shown, tag};
use audit::Entry;
use auth::ScriptsAdmin;
use axum::Json;
use desk::retried;
use domain::ScriptList;
use http::{HeaderMap, StatusCode, header};
use kit::{App, Body, Caller, Problem, Problems};
use serde::Deserialize;
use store::ScriptListRow;
use utoipa::ToSchema;

/// The list as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"scripts": [{
    "script_id": "43", "hash": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    "about": "Clear the browser's cache",
    "parameters": [
        {"name": "User", "type": "text", "max_chars": 60, "required": true},
        {"name": "Browser", "type": "choice", "of": ["Edge", "Chrome"]},
    ],
}]}))]
pub struct ReplaceScripts {
    /// At most 100; as `GET` shows them.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    list: ScriptList,
}

/// Say which scripts may run.
///
/// The list takes the place of the one before, which stays as a version. A script that was changed at the vendor has another
/// hash and runs no more until it is allowed again. `If-Match` keeps what somebody else saved in the meantime from being
/// passed over unread.
#[utoipa::path(put, path = "/admin/v1/scripts", operation_id = "replace_scripts",
    params(("If-Match" = Option<String>, Header, description = "The ETag of the answer that this follows on.")),
    request_body = ReplaceScripts,
    responses(
        (status = 200, body = ScriptsView),
        (status = 412, description = "Somebody else saved a list since; read it first."),
        Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn replace_scripts(
    app: App,
    caller: Caller<ScriptsAdmin>,
    headers: HeaderMap,
    Body(asked): Body<ReplaceScripts>,
) -> Result<(HeaderMap, Json<ScriptsView>), Problem> {
    let list = asked.list;
    list.check()
        .map_err(|(place, why)| Problem::invalid(&place, why))?;
    let (store, tenant) = (app.store(), caller.tenant());
    let row = retried(|| async {
        let seen = store.script_list(tenant).await?;
        let now = app.clock().now();
        let next = ScriptListRow::after(seen.as_ref(), &list, caller.who().name(), now)?;
        if let Some(seen) = seen.as_ref().filter(|seen| seen.is_same(&next)) {
            return Ok(seen.clone());
        }
        follows(&headers, seen.as_ref())?;
        let entry = Entry::new(now, caller.actor(), "scripts.allowed")
            .fact("version", next.version)
            .fact("scripts", list.scripts.len())
            .fact("sha256", next.checksum());
        let write = store.write(tenant, "scripts allowed");
        let write = write.script_list(seen.as_ref(), &next, vec![entry]);
        let written = write.commit_returning().await?;
        Ok(written.script_list.map_or(next, |row| *row))
    })
    .await?;
    shown(Some(&row))
}

/// Holds the list as it stands against `If-Match`. Who does not say follows on anything.
fn follows(headers: &HeaderMap, seen: Option<&ScriptListRow>) -> Result<(), Problem> {
    let Some(wanted) = headers.get(header::IF_MATCH) else {
        return Ok(());
    };
    let current = tag(seen);
    let mut wanted = wanted
        .to_str()
        .unwrap_or_default()
        .split(',')
        .map(str::trim);
    if wanted.any(|one| one == "*" || one == current) {
        return Ok(());
    }
    let why = "this list was changed since you read it; read it again and save what you want then";
    let problem = Problem::new(StatusCode::PRECONDITION_FAILED, "PRECONDITION_FAILED", why);
    Err(problem.with("current", current))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use jiff::Timestamp;

    #[test]
    fn who_names_a_version_follows_on_that_alone() {
        let list = ScriptList::default();
        let row = ScriptListRow {
            version: 3,
            ..ScriptListRow::after(None, &list, "user-1", Timestamp::UNIX_EPOCH).unwrap()
        };
        let asked =
            |value| HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(value))]);
        for fits in ["\"3\"", "\"2\", \"3\"", "*"] {
            assert!(follows(&asked(fits), Some(&row)).is_ok(), "{fits}");
        }
        let stale = follows(&asked("\"2\""), Some(&row)).unwrap_err();
        assert_eq!(stale.status(), StatusCode::PRECONDITION_FAILED);
        assert!(follows(&HeaderMap::new(), None).is_ok());
        assert!(follows(&asked("\"0\""), None).is_ok());
    }
}
