//! `GET /api/v1/playbooks/{playbook_id}/version/{version}`: one text of a playbook, which never changes.

use crate::accept::{Form, holds};
use crate::get_playbook::PlaybookStep;
use crate::version_path::VersionPath;
use auth::PlaybookRead;
use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jiff::Timestamp;
use kit::{App, Caller, Problem, Problems};
use playbook::PlaybookVersion;
use serde::Serialize;
use serde_json::{Map, Value};
use store::VersionRow;
use utoipa::ToSchema;

/// One text of a playbook.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlaybookText {
    /// The playbook's id.
    #[schema(example = "password_reset")]
    name: String,
    /// The version.
    #[schema(example = "1.2")]
    version: String,
    /// What it is for.
    description: String,
    /// What a run is started with, by name; absent where it asks for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, required = false)]
    inputs: Option<Map<String, Value>>,
    /// What it does, in order: steps, and groups (`id`, `parallel`) of steps that run beside one another.
    #[schema(value_type = Vec<PlaybookStep>)]
    steps: Vec<Value>,
    /// SHA-256 of its canonical text.
    checksum: String,
    /// Who saved it: `user-12`, `key-3`, or `catalogue`.
    #[schema(example = "user-12")]
    author: String,
    /// When it was saved.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// One version of a playbook, also of one that was deleted. It never changes and may be kept. YAML where `Accept` prefers it.
#[utoipa::path(get, path = "/api/v1/playbooks/{playbook_id}/version/{version}", operation_id = "get_playbook_version",
    params(
        ("playbook_id" = String, Path, description = "The playbook's name.", example = "password_reset"),
        ("version" = String, Path, description = "The version.", example = "1.2"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an answer you hold."),
    ),
    responses(
        (status = 200, description = "The version.",
            content((PlaybookText = "application/json"), (String = "application/yaml"))),
        (status = 304, description = "You hold it already."),
        Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_playbook_version(
    app: App,
    caller: Caller<PlaybookRead>,
    path: VersionPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let found = app
        .store()
        .playbook_version_of(caller.tenant(), &path.name, &path.version)
        .await?;
    let row = found.ok_or_else(|| {
        Problem::not_found("playbook version")
            .with("playbook_id", path.name.as_str())
            .with("version", path.version.as_str())
    })?;
    let form = Form::wanted(&headers);
    let tag = format!("\"{}.{}\"", row.checksum, form.as_str());
    let mut response = if holds(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(row, form)?
    };
    let answer = response.headers_mut();
    answer.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, max-age=31536000, immutable"),
    );
    answer.insert(
        header::VARY,
        HeaderValue::from_static("accept, authorization, x-api-key"),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    Ok(response)
}

fn body(row: VersionRow, form: Form) -> Result<Response, Problem> {
    let read: PlaybookVersion =
        serde_json::from_str(&row.definition).map_err(|error| Problem::internal(&error))?;
    if form == Form::Yaml {
        let yaml = [(header::CONTENT_TYPE, "application/yaml")];
        return Ok((yaml, read.to_yaml()).into_response());
    }
    let mut written = serde_json::to_value(&read).map_err(|error| Problem::internal(&error))?;
    let mut take = |key: &str| written.get_mut(key).map(Value::take).unwrap_or_default();
    let steps = serde_json::from_value(take("steps"));
    let inputs = serde_json::from_value(take("inputs"));
    Ok(Json(PlaybookText {
        name: row.name.to_string(),
        version: row.version,
        inputs: inputs.map_err(|error| Problem::internal(&error))?,
        steps: steps.map_err(|error| Problem::internal(&error))?,
        description: read.description,
        checksum: row.checksum,
        author: row.author,
        created_at: row.created_at,
    })
    .into_response())
}
