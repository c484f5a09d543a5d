//! `POST /api/v1/playbooks`, `POST /admin/v1/playbooks`: a new playbook.

use crate::definition::Definition;
use crate::held::{following, newest};
use crate::save::{SavedVersion, saved, version_row};
use audit::Entry;
use auth::PlaybookAdmin;
use axum::response::Response;
use desk::retried;
use http::StatusCode;
use kit::{App, Caller, Problem, Problems};
use playbook::Version;
use store::PlaybookRow;

/// Make a playbook. Its first version is 1.0 and does not run before it is activated. JSON, or YAML by `Content-Type`;
/// `GET /schema/playbook.json` says what it may hold. `version` may be left out: versions are numbered here.
#[utoipa::path(post, path = "/api/v1/playbooks", operation_id = "create_playbook",
    request_body(content = Object, content_type = "application/json",
        description = "The playbook, as JSON; with `Content-Type: application/yaml` as YAML."),
    responses((status = 201, description = "It is saved, and disabled.", body = SavedVersion), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn create_playbook(
    app: App,
    caller: Caller<PlaybookAdmin>,
    definition: Definition,
) -> Result<Response, Problem> {
    create(&app, &caller, &definition).await
}

/// The same at the admin door.
#[utoipa::path(post, path = "/admin/v1/playbooks", operation_id = "create_playbook_admin",
    request_body(content = Object, content_type = "application/json",
        description = "The playbook, as JSON; with `Content-Type: application/yaml` as YAML."),
    responses((status = 201, description = "It is saved, and disabled.", body = SavedVersion), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn create_playbook_admin(
    app: App,
    caller: Caller<PlaybookAdmin>,
    definition: Definition,
) -> Result<Response, Problem> {
    create(&app, &caller, &definition).await
}

async fn create(
    app: &App,
    caller: &Caller<PlaybookAdmin>,
    definition: &Definition,
) -> Result<Response, Problem> {
    let (name, text) = definition.valid()?;
    let tenant = caller.tenant();
    let (row, version) = retried(|| async {
        let own = app.store().playbook(tenant, &name).await?;
        let above = app.store().playbook_above(tenant, &name).await?;
        let standing = own.as_ref().or(above.as_ref());
        if standing.is_some_and(|row| !row.is_deleted()) {
            return Err(exists(&name, own.is_none()).into());
        }
        let number = match newest(own.as_ref(), above.as_ref())? {
            // The name was in use before; its versions stay readable and keep their numbers.
            Some(newest) => following(newest)?,
            None => Version { major: 1, minor: 0 },
        };
        let now = app.clock().now();
        let mut text = text.clone();
        text.version = number;
        let version = version_row(app, tenant, &name, &text, caller.who().name(), now);
        let next = PlaybookRow::new(name.clone(), version.version.as_str(), now);
        let entry = Entry::new(now, caller.actor(), "playbook.created")
            .fact("version", version.version.as_str())
            .fact("checksum", version.checksum.as_str());
        app.store()
            .write(tenant, "playbook created")
            .playbook(own.as_ref(), &next, vec![entry])
            .playbook_version(&version)
            .commit()
            .await?;
        Ok((next, version))
    })
    .await?;
    Ok(saved(StatusCode::CREATED, &row, &version, &version))
}

fn exists(name: &domain::PlaybookName, is_inherited: bool) -> Problem {
    let message = if is_inherited {
        format!("the organization above has a playbook {name}; save a version of your own with PUT")
    } else {
        format!("there is a playbook {name} already; save a new version of it with PUT")
    };
    Problem::conflict("PLAYBOOK_EXISTS", message).with("playbook_id", name.as_str())
}
