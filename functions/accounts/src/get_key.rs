//! `GET /api/v1/keys/{key_id}`: one API key, masked.

use crate::key_view::{KeyView, found, organization, shown};
use crate::number::Number;
use auth::KeysRead;
use axum::Json;
use kit::{App, Caller, Id, Problem, Problems};

/// One API key, masked, with how often it was used.
#[utoipa::path(get, path = "/api/v1/keys/{key_id}", operation_id = "get_key",
    params(("key_id" = u64, Path, description = "The key's number")),
    responses((status = 200, body = KeyView), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_key(
    app: App,
    caller: Caller<KeysRead>,
    Id(Number(id)): Id<Number>,
) -> Result<Json<KeyView>, Problem> {
    let tenant = caller.tenant();
    let (key, organization_id) =
        tokio::try_join!(found(&app, tenant, id), organization(&app, tenant))?;
    let views = shown(&app, organization_id, vec![key]).await?;
    let view = views.into_iter().next();
    view.map(Json).ok_or_else(|| Problem::not_found("API key"))
}
