//! `POST /api/v1/user-roles/`: give a user a role.

use crate::people::roles_of;
use crate::roles::{assignment_id, held};
use crate::users::{self, found, recounted};
use audit::Entry;
use auth::{Role, RolesAssign, SYSTEM};
use axum::Json;
use http::StatusCode;
use jiff::Timestamp;
use kit::{App, Body, Caller, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::{Assignment, UserRow};
use utoipa::ToSchema;

/// Who gets which role.
#[derive(Deserialize, ToSchema)]
pub(crate) struct AssignRoleRequest {
    #[schema(example = 1)]
    user_id: u64,
    /// A number that `GET /api/v1/roles/` has.
    #[schema(example = 5)]
    role_id: u64,
    /// The system that the role is of; there is one.
    #[serde(default)]
    #[schema(example = "TTS")]
    system: Option<String>,
}

/// A role that a user has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RoleAssignment {
    /// What to name when the role is taken again.
    #[schema(example = 105)]
    assignment_id: u64,
    #[schema(example = 1)]
    user_id: u64,
    #[schema(example = 5)]
    role_id: u8,
    #[schema(example = "Agent")]
    role_name: &'static str,
    #[schema(example = "TTS")]
    system: &'static str,
    #[schema(value_type = String, format = DateTime)]
    assigned_at: Timestamp,
}

/// Give a user a role. It holds from their next request on; giving it again answers with the same assignment.
///
/// Nobody gives a role that allows more than they may do themselves. Somebody who registered on their own first shows
/// that their address is theirs, before they get a role above a viewer's.
#[utoipa::path(post, path = "/api/v1/user-roles/", operation_id = "assign_role", request_body = AssignRoleRequest,
    responses((status = 201, body = RoleAssignment),
        (status = 200, description = "They have it already.", body = RoleAssignment), Problems),
    security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn assign_role(
    app: App,
    caller: Caller<RolesAssign>,
    Body(ask): Body<AssignRoleRequest>,
) -> Result<(StatusCode, Json<RoleAssignment>), Problem> {
    let role = ask.role()?;
    held(caller.identity(), &role.scopes())?;
    let tenant = caller.tenant();
    desk::retried(|| async {
        let seen = found(&app, tenant, ask.user_id).await?;
        if let Some(given) = seen.roles.iter().find(|given| given.role == role.word()) {
            return Ok((StatusCode::OK, Json(shown(&seen, role, given))));
        }
        let (next, given) = with(&seen, role, app.clock().now())?;
        let count = app.store().count(tenant, "user").await?;
        let entry = Entry::new(given.at, caller.actor(), "user.role_assigned")
            .fact("user_id", next.id)
            .fact("role", role.word())
            .fact("assignment_id", given.id);
        let words: Vec<&str> = roles_of(&next).into_iter().map(Role::word).collect();
        let mut write = app
            .store()
            .write(tenant, "assign role")
            .user(Some(&seen), &next, vec![entry])
            .standing(next.id, next.is_active, &words, false);
        if let Some(after) = recounted(&count, &seen, &next)? {
            write = write.count("user", &count, &after);
        }
        users::commit(write).await?;
        Ok((StatusCode::CREATED, Json(shown(&next, role, &given))))
    })
    .await
}

impl AssignRoleRequest {
    fn role(&self) -> Result<Role, Problem> {
        if self.system.as_deref().is_some_and(|named| named != SYSTEM) {
            let message = format!("the system is {SYSTEM}; leave it out or say so");
            return Err(Problem::invalid("system", message));
        }
        Role::of(self.role_id).ok_or_else(|| {
            Problem::invalid("role_id", "GET /api/v1/roles/ has the roles there are")
        })
    }
}

/// The user with one more role.
fn with(seen: &UserRow, role: Role, at: Timestamp) -> Result<(UserRow, Assignment), Problem> {
    if role != Role::Viewer && seen.self_registered && !seen.email_verified {
        return Err(Problem::conflict(
            "EMAIL_UNVERIFIED",
            "roles above a viewer's are given once the user has confirmed their e-mail address; \
             POST /api/v1/users/{id}/verification/ sends them the link again",
        ));
    }
    let given = Assignment {
        id: assignment_id(seen.id, role),
        role: role.word().to_owned(),
        at,
    };
    let mut next = seen.clone();
    next.roles.push(given.clone());
    Ok((next, given))
}

fn shown(user: &UserRow, role: Role, given: &Assignment) -> RoleAssignment {
    RoleAssignment {
        assignment_id: given.id,
        user_id: user.id,
        role_id: role.id(),
        role_name: role.name(),
        system: SYSTEM,
        assigned_at: given.at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;

    fn asked(text: &str) -> Result<Role, Problem> {
        serde_json::from_str::<AssignRoleRequest>(text)
            .unwrap()
            .role()
    }

    #[test]
    fn the_documented_example_names_the_agent() {
        let documented = r#"{"user_id": 1, "role_id": 5, "system": "TTS"}"#;
        assert_eq!(asked(documented).unwrap(), Role::Agent);
        assert_eq!(
            asked(r#"{"user_id": 1, "role_id": 5}"#).unwrap(),
            Role::Agent
        );
        assert!(asked(r#"{"user_id": 1, "role_id": 5, "system": "HDTS"}"#).is_err());
        assert!(asked(r#"{"user_id": 1, "role_id": 0}"#).is_err());
    }

    #[test]
    fn who_has_not_confirmed_their_address_stays_a_viewer() {
        let mut jane = user(&[]);
        (jane.email_verified, jane.self_registered) = (false, true);
        let at = Timestamp::UNIX_EPOCH;
        let refused = with(&jane, Role::Approver, at).unwrap_err().to_string();
        assert!(refused.starts_with("EMAIL_UNVERIFIED"), "{refused}");
        assert!(with(&jane, Role::Viewer, at).is_ok());
        jane.email_verified = true;
        let (next, given) = with(&jane, Role::Approver, at).unwrap();
        assert_eq!((given.id, next.roles.len()), (202, 1));
    }
}
