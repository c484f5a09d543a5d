//! `GET /admin/v1/scripts/{script_id}`: what the device management shows of a script now.

use auth::ScriptsRead;
use axum::Json;
use domain::{ScriptHash, ScriptId};
use kit::{App, Caller, Id, Problem, ProblemBody, Problems};
use ports::Covers;
use serde::Serialize;
use utoipa::ToSchema;

/// A script as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ScriptView {
    /// Its id.
    #[schema(value_type = String, example = "42")]
    script_id: ScriptId,
    /// The name people read.
    #[schema(example = "Restart print spooler")]
    name: String,
    /// The hash of what the device management shows of it.
    #[schema(value_type = String)]
    hash: ScriptHash,
    /// `version`: a changed text has another hash. `interface`: only its name, description and parameters do, so whoever may
    /// edit scripts there may change what an allowed one does.
    #[schema(example = "version")]
    covers: &'static str,
    /// Whether it may run as it is now.
    allowed: bool,
    /// The hash that was allowed, if any.
    #[schema(value_type = Option<String>)]
    allowed_hash: Option<ScriptHash>,
}

/// What the device management shows of a script now: look at it there, then allow this hash.
#[utoipa::path(get, path = "/admin/v1/scripts/{script_id}", operation_id = "get_script",
    params(("script_id" = String, Path, description = "The script's id in the device management.", example = "42")),
    responses((status = 200, body = ScriptView),
        (status = 502, description = "The device management could not be asked", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn get_script(
    app: App,
    caller: Caller<ScriptsRead>,
    Id(id): Id<ScriptId>,
) -> Result<Json<ScriptView>, Problem> {
    let tenant = caller.tenant();
    let row = app.store().script_list(tenant).await?;
    let list = row.map(|row| row.list()).transpose()?.unwrap_or_default();
    let rmm = outside::scripts(&app, tenant).await?;
    let script = rmm.script(&id).await?;
    let allowed_hash = list.find(&id).map(|allowed| allowed.hash);
    Ok(Json(ScriptView {
        allowed: allowed_hash == Some(script.hash),
        script_id: script.id,
        name: script.name,
        hash: script.hash,
        covers: match script.covers {
            Covers::Version => "version",
            Covers::Interface => "interface",
        },
        allowed_hash,
    }))
}
