//! `GET /api/v1/roles/`: the roles there are.

use auth::{AccountRead, Role, SYSTEM};
use axum::Json;
use kit::{Caller, Problems};
use serde::Serialize;
use utoipa::ToSchema;

/// The roles there are, on one page.
#[derive(Serialize, ToSchema)]
pub(crate) struct RolePage {
    /// How many there are.
    #[schema(example = 8)]
    count: usize,
    /// Always null: there is one page.
    next: Option<String>,
    /// Always null: there is one page.
    previous: Option<String>,
    results: Vec<RoleItem>,
}

/// A role.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoleItem {
    #[schema(example = 5)]
    id: u8,
    #[schema(example = "Agent")]
    name: &'static str,
    #[schema(example = "Support agent: classifies, runs playbooks, verifies people, delivers")]
    description: &'static str,
    /// What it allows.
    #[schema(example = json!(["classify:read", "exec:run"]))]
    permissions: Vec<&'static str>,
    #[schema(example = "TTS")]
    system: &'static str,
}

/// The roles there are, with what each allows.
#[utoipa::path(get, path = "/api/v1/roles/", operation_id = "list_roles",
    responses((status = 200, body = RolePage), Problems), security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn list_roles(_caller: Caller<AccountRead>) -> Json<RolePage> {
    Json(page())
}

fn page() -> RolePage {
    let item = |role: Role| RoleItem {
        id: role.id(),
        name: role.name(),
        description: role.description(),
        permissions: role.scopes().into_iter().collect(),
        system: SYSTEM,
    };
    RolePage {
        count: Role::ALL.len(),
        next: None,
        previous: None,
        results: Role::ALL.map(item).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_role_is_listed_with_what_it_allows() {
        let page = serde_json::to_value(page()).unwrap();
        assert_eq!(
            page["count"],
            json!(page["results"].as_array().unwrap().len())
        );
        let agent = &page["results"][4];
        assert_eq!((&agent["id"], &agent["name"]), (&json!(5), &json!("Agent")));
        let permissions = agent["permissions"].as_array().unwrap();
        assert!(permissions.contains(&json!("exec:run")), "{permissions:?}");
        assert!(
            !permissions.contains(&json!("roles:assign")),
            "{permissions:?}"
        );
    }
}
