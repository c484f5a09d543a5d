//! `GET /admin/v1/scripts`: which scripts may run on people's devices.

use auth::ScriptsRead;
use axum::Json;
use domain::{AllowedScript, ScriptList};
use http::{HeaderMap, HeaderValue, header};
use jiff::Timestamp;
use kit::{App, Caller, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::ScriptListRow;
use utoipa::{IntoParams, ToSchema};

/// Which version of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ScriptsQuery {
    /// An earlier version, from 1; the one that counts where it is left out.
    version: Option<u64>,
}

/// The list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScriptsView {
    /// Its version; 0 while nothing was ever allowed.
    version: u64,
    /// The scripts.
    #[schema(value_type = Vec<AllowedScriptBody>)]
    scripts: Vec<AllowedScript>,
    /// Whether a device that was put to nobody counts as that of whoever was logged on last.
    last_user_counts: bool,
    /// When it was saved.
    #[schema(value_type = Option<String>, format = DateTime)]
    saved_at: Option<Timestamp>,
    /// Who saved it.
    saved_by: Option<String>,
}

/// A script that may run.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what crate domain reads and writes")]
pub(crate) struct AllowedScriptBody {
    /// Its id in the device management.
    #[schema(example = "43")]
    script_id: String,
    /// The hash of what was looked at, as `GET /admin/v1/scripts/{script_id}` shows it.
    hash: String,
    /// What it does, at most 300 characters.
    #[schema(required = false)]
    about: String,
    /// What it takes, at most 20.
    #[schema(required = false)]
    parameters: Vec<ScriptParameterBody>,
}

/// A parameter that a script takes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what crate domain reads and writes")]
pub(crate) struct ScriptParameterBody {
    /// Its name there: a letter, then letters, digits and `_`.
    #[schema(example = "Browser")]
    name: String,
    /// `text` (`max_chars`, 1 to 256), `integer` (`min`, `max`, from 0), `choice` (`of`, 1 to 50 words) or `boolean`.
    #[schema(example = "choice")]
    r#type: String,
    /// Most characters of a text; 256 where it is left out.
    #[schema(required = false)]
    max_chars: Option<u32>,
    /// Least of a whole number; 0 where it is left out.
    #[schema(required = false)]
    min: Option<u32>,
    /// Most of a whole number.
    #[schema(required = false)]
    max: Option<u32>,
    /// The words of a choice.
    #[schema(required = false)]
    of: Option<Vec<String>>,
    /// Whether the script does not run without it.
    #[schema(required = false)]
    required: bool,
}

/// Which scripts may run on people's devices.
#[utoipa::path(get, path = "/admin/v1/scripts", operation_id = "list_scripts", params(ScriptsQuery),
    responses((status = 200, body = ScriptsView), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn list_scripts(
    app: App,
    caller: Caller<ScriptsRead>,
    Params(query): Params<ScriptsQuery>,
) -> Result<(HeaderMap, Json<ScriptsView>), Problem> {
    let (store, tenant) = (app.store(), caller.tenant());
    let row = match query.version {
        None => store.script_list(tenant).await?,
        Some(version) => {
            let row = store.script_list_version(tenant, version).await?;
            Some(row.ok_or_else(|| Problem::not_found("version").with("version", version))?)
        }
    };
    shown(row.as_ref())
}

/// The list with its tag.
pub(crate) fn shown(
    row: Option<&ScriptListRow>,
) -> Result<(HeaderMap, Json<ScriptsView>), Problem> {
    let list = row.map(ScriptListRow::list).transpose()?;
    let ScriptList {
        scripts,
        last_user_counts,
    } = list.unwrap_or_default();
    let view = ScriptsView {
        version: row.map_or(0, |row| row.version),
        scripts,
        last_user_counts,
        saved_at: row.map(|row| row.saved_at),
        saved_by: row.map(|row| row.author.clone()),
    };
    let mut headers = HeaderMap::new();
    if let Ok(tag) = HeaderValue::from_str(&tag(row)) {
        headers.insert(header::ETAG, tag);
    }
    Ok((headers, Json(view)))
}

/// The list's version.
pub(crate) fn tag(row: Option<&ScriptListRow>) -> String {
    format!("\"{}\"", row.map_or(0, |row| row.version))
}
