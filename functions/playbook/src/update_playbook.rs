//! `PUT /api/v1/playbooks/{playbook_id}`, `PUT /admin/v1/playbooks/{playbook_id}`: a new version.

use crate::accept::{Form, asked_for};
use crate::definition::Definition;
use crate::get_playbook::tag;
use crate::held::{Held, held};
use crate::ready::ready;
use crate::save::{SavedVersion, saved, version_row};
use audit::Entry;
use auth::PlaybookWrite;
use axum::response::Response;
use desk::{Raced, retried};
use domain::PlaybookName;
use http::{HeaderMap, StatusCode};
use kit::{App, Caller, Id, Problem, Problems};
use playbook::PlaybookVersion;
use store::{MachineState, PlaybookRow, VersionRow};

/// Save a new version of a playbook. The version that runs goes on running. Saving the latest text again answers with the
/// latest version. `If-Match` keeps what somebody else saved in the meantime from being passed over unread.
#[utoipa::path(put, path = "/api/v1/playbooks/{playbook_id}", operation_id = "update_playbook",
    params(
        ("playbook_id" = String, Path, description = "The playbook's name.", example = "password_reset"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the answer that this follows on."),
    ),
    request_body(content = Object, content_type = "application/json",
        description = "The playbook, as JSON; with `Content-Type: application/yaml` as YAML."),
    responses(
        (status = 200, description = "It is saved.", body = SavedVersion),
        (status = 412, description = "Somebody else saved a version since; read it first."),
        Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn update_playbook(
    app: App,
    caller: Caller<PlaybookWrite>,
    Id(name): Id<PlaybookName>,
    headers: HeaderMap,
    definition: Definition,
) -> Result<Response, Problem> {
    update(&app, &caller, &name, &headers, &definition).await
}

/// The same at the admin door.
#[utoipa::path(put, path = "/admin/v1/playbooks/{playbook_id}", operation_id = "update_playbook_admin",
    params(
        ("playbook_id" = String, Path, description = "The playbook's name.", example = "password_reset"),
        ("If-Match" = Option<String>, Header, description = "The ETag of the answer that this follows on."),
    ),
    request_body(content = Object, content_type = "application/json",
        description = "The playbook, as JSON; with `Content-Type: application/yaml` as YAML."),
    responses(
        (status = 200, description = "It is saved.", body = SavedVersion),
        (status = 412, description = "Somebody else saved a version since; read it first."),
        Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn update_playbook_admin(
    app: App,
    caller: Caller<PlaybookWrite>,
    Id(name): Id<PlaybookName>,
    headers: HeaderMap,
    definition: Definition,
) -> Result<Response, Problem> {
    update(&app, &caller, &name, &headers, &definition).await
}

async fn update(
    app: &App,
    caller: &Caller<PlaybookWrite>,
    name: &PlaybookName,
    headers: &HeaderMap,
    definition: &Definition,
) -> Result<Response, Problem> {
    let (said, text) = definition.valid()?;
    if said != *name {
        let message =
            format!("this says `{said}` and is saved as {name}; a playbook keeps its name");
        return Err(Problem::invalid("name", message));
    }
    retried(|| async {
        let held = held(app, caller.tenant(), name).await?;
        let shown = held.shown(app, caller.tenant()).await?;
        let latest = app
            .store()
            .playbook_version_of(caller.tenant(), name, &held.row.latest_version)
            .await?;
        if let Some(latest) = latest.filter(|latest| is_same(&text, latest)) {
            return Ok(saved(StatusCode::OK, &held.row, &latest, &shown));
        }
        unchanged_since(headers, &held.row, &shown)?;
        let (row, version) = save(app, caller, &held, &text).await?;
        Ok(saved(StatusCode::OK, &row, &version, &shown))
    })
    .await
}

/// Saves the text as the next version. What an organization has from above becomes its own with it, and goes on running in a
/// machine of its own: from here on, nothing that is done above changes it.
async fn save(
    app: &App,
    caller: &Caller<PlaybookWrite>,
    held: &Held,
    text: &PlaybookVersion,
) -> Result<(PlaybookRow, VersionRow), Raced> {
    let (tenant, name) = (caller.tenant(), &held.row.name);
    let mut text = text.clone();
    text.version = held.next_version()?;
    let now = app.clock().now();
    let version = version_row(app, tenant, name, &text, caller.who().name(), now);
    let next = PlaybookRow {
        latest_version: version.version.clone(),
        ..held.row.clone()
    };
    let done = Entry::new(now, caller.actor(), "playbook.version_saved")
        .fact("version", version.version.as_str())
        .fact("checksum", version.checksum.as_str());
    let entries = held.entries(now, &caller.actor(), done);
    let carried = match held.running() {
        Some(running) if held.is_inherited() => Some(ready(app, tenant, name, running).await?),
        _ => None,
    };
    let mut write = app
        .store()
        .write(tenant, "playbook version saved")
        .playbook(held.own.as_ref(), &next, entries)
        .playbook_version(&version);
    if let Some(carried) = &carried {
        if carried.is_copy {
            write = write.playbook_version(&carried.version);
        }
        if let Some(machine) = &carried.machine {
            let used = machine.in_state(MachineState::InUse, now);
            write = write.machine(Some(machine), &used);
        }
    }
    write.commit().await?;
    Ok((next, version))
}

/// Whether the text says what the version does, but for its number.
fn is_same(text: &PlaybookVersion, version: &VersionRow) -> bool {
    let Ok(number) = version.version.parse() else {
        return false;
    };
    let mut text = text.clone();
    text.version = number;
    text.checksum() == version.checksum
}

/// Holds the playbook as it stands against `If-Match`.
fn unchanged_since(
    headers: &HeaderMap,
    row: &PlaybookRow,
    shown: &VersionRow,
) -> Result<(), Problem> {
    let tags = [Form::Json, Form::Yaml].map(|form| tag(row, shown, form));
    if asked_for(headers, &tags) {
        return Ok(());
    }
    let message =
        "this playbook was changed since you read it; read it again and save what you want then";
    Err(Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "PRECONDITION_FAILED",
        message,
    )
    .with("latest_version", row.latest_version.as_str())
    .with("current", tags[0].as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn a_text_is_the_same_whatever_number_it_says() {
        let text = include_str!("../../../statemachines/password_reset.yaml");
        let saved = playbook::parse(text).unwrap();
        let row = VersionRow {
            name: PlaybookName::parse("password_reset").unwrap(),
            version: saved.version.to_string(),
            checksum: saved.checksum(),
            definition: saved.to_json(),
            machine_arn: "arn".into(),
            created_at: Timestamp::UNIX_EPOCH,
            author: "key-1".into(),
        };
        let mut sent = saved.clone();
        sent.version = "9.9".parse().unwrap();
        assert!(is_same(&sent, &row));
        sent.description.push('!');
        assert!(!is_same(&sent, &row));
    }
}
