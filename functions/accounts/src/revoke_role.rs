//! `DELETE /api/v1/user-roles/{assignment_id}/`: take a role from a user. An extension: contract B only gives them.

use crate::cut_keys::Cut;
use crate::number::Number;
use crate::people::roles_of;
use crate::roles::{assignment, held};
use crate::users::{self, found, recounted};
use audit::Entry;
use auth::{Role, RolesAssign, scopes_of};
use http::StatusCode;
use kit::{App, Caller, Id, Problem, Problems};
use store::UserRow;

/// Take a role from a user. It holds from their next request on, and from the next with each key they made.
///
/// Nobody takes a role that allows more than they may do themselves, and the last administrator stays one.
#[utoipa::path(delete, path = "/api/v1/user-roles/{assignment_id}/", operation_id = "revoke_role",
    params(("assignment_id" = u64, Path, description = "The assignment's number.", example = 105)),
    responses((status = 204, description = "They do not have it any more."), Problems),
    security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn revoke_role(
    app: App,
    caller: Caller<RolesAssign>,
    Id(Number(id)): Id<Number>,
) -> Result<StatusCode, Problem> {
    let (user_id, role) = assignment(id).ok_or_else(unknown)?;
    let (tenant, by) = (caller.tenant(), caller.actor());
    let cut = |roles: &[Role]| Cut {
        app: &app,
        tenant,
        by: &by,
        user: user_id,
        held: scopes_of(roles),
        why: "its maker lost a role",
    };
    let left = desk::retried(|| async {
        let seen = found(&app, tenant, user_id).await?;
        let next = without(&seen, role).ok_or_else(unknown)?;
        held(caller.identity(), &role.scopes())?;
        let count = app.store().count(tenant, "user").await?;
        let entry = Entry::new(app.clock().now(), caller.actor(), "user.role_revoked")
            .fact("user_id", next.id)
            .fact("role", role.word())
            .fact("assignment_id", id);
        let left = roles_of(&next);
        let words: Vec<&str> = left.iter().copied().map(Role::word).collect();
        let mut write = app
            .store()
            .write(tenant, "revoke role")
            .user(Some(&seen), &next, vec![entry])
            .standing(next.id, next.is_active, &words, false);
        if let Some(after) = recounted(&count, &seen, &next)? {
            write = write.count("user", &count, &after);
        }
        users::commit(cut(&left).within(write).await?).await?;
        Ok(left)
    })
    .await?;
    cut(&left).rest().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The user without this role; none when they do not have it.
fn without(seen: &UserRow, role: Role) -> Option<UserRow> {
    let mut next = seen.clone();
    next.roles.retain(|given| given.role != role.word());
    (next.roles.len() < seen.roles.len()).then_some(next)
}

fn unknown() -> Problem {
    Problem::not_found("assignment")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;

    #[test]
    fn a_role_is_taken_once_and_the_others_stay() {
        let jane = user(&[Role::Viewer, Role::Agent]);
        let next = without(&jane, Role::Agent).unwrap();
        assert_eq!(roles_of(&next), [Role::Viewer]);
        assert_eq!(without(&next, Role::Agent), None);
    }
}
