//! `POST /admin/v1/playbooks/{playbook_id}/validate`: what is wrong with a playbook, without saving it.

use crate::definition::{Definition, PlaybookFlaw};
use crate::held::unknown;
use auth::PlaybookWrite;
use axum::Json;
use domain::PlaybookName;
use kit::{App, Caller, Id, Problem, Problems};
use playbook::{Block, PlaybookVersion, Step};
use serde::Serialize;
use utoipa::ToSchema;

/// Whether a playbook may be saved and activated.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub(crate) struct Validation {
    /// Whether nothing is wrong with it.
    valid: bool,
    /// Everything that is wrong with it.
    errors: Vec<PlaybookFlaw>,
    /// What is allowed and may not be meant.
    warnings: Vec<PlaybookFlaw>,
}

/// Say what is wrong with a playbook: the one in the body, JSON or YAML, or the latest version where there is none. Nothing is
/// saved.
#[utoipa::path(post, path = "/admin/v1/playbooks/{playbook_id}/validate", operation_id = "validate_playbook",
    params(("playbook_id" = String, Path, description = "The playbook's name.", example = "password_reset")),
    request_body(content = Option<Object>, content_type = "application/json",
        description = "The playbook, as JSON; with `Content-Type: application/yaml` as YAML. The latest version if left out."),
    responses((status = 200, description = "What is wrong with it, perhaps nothing.", body = Validation), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn validate_playbook(
    app: App,
    caller: Caller<PlaybookWrite>,
    Id(name): Id<PlaybookName>,
    definition: Definition,
) -> Result<Json<Validation>, Problem> {
    if !definition.is_empty() {
        return Ok(Json(checked(&name, definition.read())));
    }
    let store = app.store();
    let row = store.playbook_of(caller.tenant(), &name).await?;
    let row = row.ok_or_else(|| unknown(&name))?;
    let latest = store.playbook_version_of(caller.tenant(), &name, &row.latest_version);
    let latest = latest.await?.ok_or_else(|| unknown(&name))?;
    let read = serde_json::from_str(&latest.definition).map_err(|error| {
        let message = format!("this version is not valid any more: {error}");
        vec![flaw("$", "syntax", &message)]
    });
    Ok(Json(checked(&name, read)))
}

fn checked(name: &PlaybookName, read: Result<PlaybookVersion, Vec<PlaybookFlaw>>) -> Validation {
    let (errors, warnings) = match read {
        Err(errors) => (errors, Vec::new()),
        Ok(read) if read.name.as_str() != name.as_str() => {
            let message = format!("this says `{}` and is checked as {name}", read.name);
            (vec![flaw("name", "bad_name", &message)], warnings(&read))
        }
        Ok(read) => (Vec::new(), warnings(&read)),
    };
    Validation {
        valid: errors.is_empty(),
        errors,
        warnings,
    }
}

/// Steps that change something and have nobody's proof before them: they are refused unless one was given before the run.
fn warnings(read: &PlaybookVersion) -> Vec<PlaybookFlaw> {
    let mut is_proved = false;
    let mut found = Vec::new();
    for (path, step) in placed(read) {
        is_proved |= step.service.is_verification();
        if step.service.is_sensitive() && !is_proved {
            let message = format!(
                "no verification stands before `{}`: it is refused unless the person was verified before the run",
                step.id
            );
            found.push(flaw(&path, "unproved", &message));
        }
    }
    found
}

/// Each step with its place in the text.
fn placed(read: &PlaybookVersion) -> Vec<(String, &Step)> {
    let blocks = read.blocks().enumerate();
    let steps = blocks.flat_map(|(at, block)| match block {
        Block::Step(step) => vec![(format!("steps[{at}]"), step)],
        Block::Group(_, steps) => steps
            .iter()
            .enumerate()
            .map(|(member, step)| (format!("steps[{at}].parallel[{member}]"), step))
            .collect(),
    });
    steps.collect()
}

fn flaw(path: &str, code: &str, message: &str) -> PlaybookFlaw {
    PlaybookFlaw {
        path: path.to_owned(),
        line: None,
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reset() -> PlaybookVersion {
        playbook::parse(playbook::CATALOGUE[0]).unwrap()
    }

    fn name(name: &str) -> PlaybookName {
        PlaybookName::parse(name).unwrap()
    }

    #[test]
    fn a_playbook_of_another_name_is_not_valid() {
        assert!(checked(&name("password_reset"), Ok(reset())).valid);
        let other = checked(&name("unlock"), Ok(reset()));
        assert!(!other.valid && other.errors[0].path == "name");
    }

    #[test]
    fn a_change_that_nobody_is_verified_for_is_warned_of() {
        assert_eq!(warnings(&reset()), []);
        let mut unproved = reset();
        unproved.steps.remove(0);
        let found = warnings(&unproved);
        assert_eq!((found.len(), found[0].path.as_str()), (1, "steps[0]"));
        let group = unproved.steps[0].clone();
        let json = serde_json::json!({"name": "p", "version": "1.0", "steps": [
            {"id": "both", "parallel": [group, {"id": "other", "service": "executor.revoke_sessions", "with": {"user_id": "a"}}]},
        ]});
        let grouped: PlaybookVersion = serde_json::from_value(json).unwrap();
        assert_eq!(warnings(&grouped)[0].path, "steps[0].parallel[0]");
    }
}
