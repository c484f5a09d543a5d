//! `GET /api/v1/playbooks/{playbook_id}`: what a playbook does.

use crate::accept::{Form, holds};
use auth::PlaybookRead;
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::PlaybookName;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use kit::{App, Caller, Id, Problem, Problems};
use playbook::PlaybookVersion;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{PlaybookRow, VersionRow};
use utoipa::ToSchema;

/// A playbook at the version that runs; the latest one when none does.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Playbook {
    /// The playbook's id.
    #[schema(example = "password_reset")]
    name: String,
    /// The version shown.
    #[schema(example = "1.2")]
    version: String,
    /// Whether it may be started.
    enabled: bool,
    /// What it is for.
    description: String,
    /// What a run is started with, by name; absent where it asks for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, required = false)]
    inputs: Option<Map<String, Value>>,
    /// How often its runs may act: `per_hour`, `per_subject_per_day`; absent where it does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>, required = false)]
    caps: Option<Map<String, Value>>,
    /// What it does, in order: steps, and groups (`id`, `parallel`) of steps that run beside one another.
    #[schema(value_type = Vec<PlaybookStep>)]
    steps: Vec<Value>,
}

/// A step as the playbook says it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what crate playbook writes")]
pub(crate) struct PlaybookStep {
    /// Its name in the playbook.
    #[schema(example = "verify_mfa")]
    id: String,
    /// What it asks for.
    #[schema(example = "verification.mfa")]
    service: String,
    /// What it asks with; texts may hold `{{ … }}`.
    with: Map<String, Value>,
    /// A CEL expression; the step is skipped where it is false.
    #[schema(required = false)]
    when: Option<String>,
    /// Seconds, 30 to 600; absent where `wait_up_to` or the fallback's `after` says it.
    #[schema(example = 300, required = false)]
    timeout: Option<u32>,
    /// How long it waits for a person: `90s`, `10m`, `4h`, `3d`.
    #[schema(required = false)]
    wait_up_to: Option<String>,
    /// How often it is tried.
    #[schema(required = false)]
    retry: Option<PlaybookRetry>,
    /// `escalate`, `continue` or `goto <later step>`.
    #[schema(example = "escalate")]
    on_failure: String,
    /// `undo`: its deed is taken back when the run fails later, or is stopped.
    #[schema(required = false)]
    compensate: Option<String>,
    /// Whom to ask instead after `after` seconds of silence: a step with an id, a service and a `with` of its own.
    #[schema(required = false)]
    fallback: Option<Map<String, Value>>,
}

/// How often a step is tried.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents what crate playbook writes")]
struct PlaybookRetry {
    /// Tries in all.
    max_attempts: u32,
    /// Seconds before the second.
    backoff_seconds: u32,
    /// Each wait is this many times the one before.
    backoff_rate: f64,
}

/// What a playbook does. YAML where `Accept` prefers it.
#[utoipa::path(get, path = "/api/v1/playbooks/{playbook_id}", operation_id = "get_playbook",
    params(
        ("playbook_id" = String, Path, description = "The playbook's name.", example = "password_reset"),
        ("If-None-Match" = Option<String>, Header, description = "The ETag of an answer you hold."),
    ),
    responses(
        (status = 200, description = "The playbook.",
            content((Playbook = "application/json"), (String = "application/yaml"))),
        (status = 304, description = "You hold it already."),
        Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_playbook(
    app: App,
    caller: Caller<PlaybookRead>,
    Id(name): Id<PlaybookName>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let unknown = || Problem::not_found("playbook").with("playbook_id", name.as_str());
    let row = app
        .store()
        .playbook_of(caller.tenant(), &name)
        .await?
        .ok_or_else(unknown)?;
    let shown = row.active_version.as_ref().unwrap_or(&row.latest_version);
    let version = app
        .store()
        .playbook_version_of(caller.tenant(), &name, shown)
        .await?
        .ok_or_else(unknown)?;
    let form = Form::wanted(&headers);
    let tag = tag(&row, &version, form);
    let mut response = if holds(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body(&row, &version, form)?
    };
    let answer = response.headers_mut();
    answer.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    answer.insert(header::VARY, HeaderValue::from_static("accept"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// The text's checksum, what else the answer depends on, and the latest version, so that who saves another on the condition of
/// this tag has seen the latest.
pub(crate) fn tag(row: &PlaybookRow, version: &VersionRow, form: Form) -> String {
    let state = if row.enabled { "enabled" } else { "disabled" };
    let (checksum, latest) = (&version.checksum, &row.latest_version);
    format!("\"{checksum}.{state}.{latest}.{}\"", form.as_str())
}

fn body(row: &PlaybookRow, version: &VersionRow, form: Form) -> Result<Response, Problem> {
    let read: PlaybookVersion =
        serde_json::from_str(&version.definition).map_err(|error| Problem::internal(&error))?;
    Ok(match form {
        Form::Json => Json(reply(row, &read)?).into_response(),
        Form::Yaml => {
            ([(header::CONTENT_TYPE, "application/yaml")], read.to_yaml()).into_response()
        }
    })
}

fn reply(row: &PlaybookRow, version: &PlaybookVersion) -> Result<Playbook, Problem> {
    let mut written = serde_json::to_value(version).map_err(|error| Problem::internal(&error))?;
    let mut take = |key: &str| written.get_mut(key).map(Value::take).unwrap_or_default();
    let steps = serde_json::from_value(take("steps"));
    let inputs = serde_json::from_value(take("inputs"));
    let caps = serde_json::from_value(take("caps"));
    Ok(Playbook {
        name: version.name.to_string(),
        version: version.version.to_string(),
        enabled: row.enabled,
        description: version.description.clone(),
        inputs: inputs.map_err(|error| Problem::internal(&error))?,
        caps: caps.map_err(|error| Problem::internal(&error))?,
        steps: steps.map_err(|error| Problem::internal(&error))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use serde_json::json;

    fn stored() -> (PlaybookRow, VersionRow) {
        let version =
            playbook::parse(include_str!("../../../statemachines/password_reset.yaml")).unwrap();
        let name = PlaybookName::parse(version.name.as_str()).unwrap();
        let number = version.version.to_string();
        let row = PlaybookRow {
            enabled: true,
            active_version: Some(number.clone()),
            ..PlaybookRow::new(name.clone(), number.as_str(), Timestamp::UNIX_EPOCH)
        };
        let version = VersionRow {
            name,
            version: number,
            checksum: version.checksum(),
            definition: serde_json::to_string(&version).unwrap(),
            machine_arn: "arn".into(),
            created_at: Timestamp::UNIX_EPOCH,
            author: "catalogue".into(),
        };
        (row, version)
    }

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 1 << 20)
            .await
            .unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn the_documented_example_is_what_is_given() {
        let (row, version) = stored();
        let body = text(body(&row, &version, Form::Json).unwrap()).await;
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(
            (&body["name"], &body["version"]),
            (&json!("password_reset"), &json!("1.2"))
        );
        assert_eq!(body["enabled"], json!(true));
        let first = &body["steps"][0];
        assert_eq!(first["id"], json!("verify_mfa"));
        assert_eq!(
            (&first["service"], &first["timeout"]),
            (&json!("verification.mfa"), &json!(300))
        );
        assert_eq!(
            body["steps"][1]["service"],
            json!("executor.reset_password")
        );
    }

    #[tokio::test]
    async fn the_yaml_form_reads_back_as_the_same_playbook() {
        let (row, version) = stored();
        let yaml = text(body(&row, &version, Form::Yaml).unwrap()).await;
        assert_eq!(playbook::parse(&yaml).unwrap().checksum(), version.checksum);
    }

    #[test]
    fn the_tag_changes_with_everything_the_answer_shows_and_with_each_version_saved() {
        let (row, version) = stored();
        let disabled = PlaybookRow {
            enabled: false,
            ..row.clone()
        };
        let other = VersionRow {
            checksum: "other".into(),
            ..version.clone()
        };
        let newer = PlaybookRow {
            latest_version: "1.3".into(),
            ..row.clone()
        };
        let tags = [
            tag(&newer, &version, Form::Json),
            tag(&row, &version, Form::Json),
            tag(&row, &version, Form::Yaml),
            tag(&disabled, &version, Form::Json),
            tag(&row, &other, Form::Json),
        ];
        let distinct: std::collections::BTreeSet<_> = tags.iter().collect();
        assert_eq!(distinct.len(), tags.len(), "{tags:?}");
    }
}
