//! `DELETE /api/v1/keys/{key_id}`: revoke an API key.

use crate::api_key::{self, revoked};
use crate::key_view::found;
use crate::number::Number;
use auth::KeysWrite;
use desk::retried;
use http::StatusCode;
use kit::{App, Caller, Id, Problem, Problems};

/// Revoke an API key. The next request with it is refused; it stays in the list, and revoking it again is ok.
#[utoipa::path(delete, path = "/api/v1/keys/{key_id}", operation_id = "delete_key",
    params(("key_id" = u64, Path, description = "The key's number")),
    responses((status = 204, description = "It is revoked"), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn delete_key(
    app: App,
    caller: Caller<KeysWrite>,
    Id(Number(id)): Id<Number>,
) -> Result<StatusCode, Problem> {
    let tenant = caller.tenant();
    let now = app.clock().now();
    retried(|| async {
        let seen = found(&app, tenant, id).await?;
        let Some((next, entry)) = revoked(&seen, caller.actor(), now) else {
            return Ok(());
        };
        let write = app.store().write(tenant, "delete_key");
        let write = write
            .key(Some(&seen), &next, vec![entry])
            .key_row(&seen.hash, &api_key::row(tenant, &next));
        write.commit().await?;
        Ok(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}
