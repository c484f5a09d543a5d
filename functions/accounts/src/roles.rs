//! Giving and taking roles: who may, and what an assignment is called.

use auth::{Identity, Role};
use kit::Problem;
use std::collections::BTreeSet;

/// Room for roles in an assignment's number.
const ROLES: u64 = 100;

/// The number of the assignment of a role to a user. A user has a role once, so it names both of them, and is the same
/// when the role is taken and given again.
pub(crate) fn assignment_id(user: u64, role: Role) -> u64 {
    user * ROLES + u64::from(role.id())
}

/// Whose assignment of which role this number names.
pub(crate) fn assignment(id: u64) -> Option<(u64, Role)> {
    let role = Role::of(id % ROLES)?;
    let user = id / ROLES;
    (user > 0).then_some((user, role))
}

/// Nobody deals in rights beyond their own: whether the caller holds all of these.
///
/// # Errors
/// 403 that says which are missing.
pub(crate) fn held(caller: &Identity, scopes: &BTreeSet<&'static str>) -> Result<(), Problem> {
    let missing: Vec<&str> = scopes.difference(&caller.scopes).copied().collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::forbidden(
        "PERMISSION_DENIED",
        "this takes rights that you do not hold yourself; ask somebody who holds them",
        &missing,
    ))
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use auth::{Who, scopes_of};
    use domain::{Tenant, Voucher};
    use store::Count;

    fn caller(roles: &[Role]) -> Identity {
        Identity {
            tenant: Tenant::vouched("acme", Voucher::Operator).unwrap(),
            who: Who::Key(1),
            scopes: scopes_of(roles),
            count: Count {
                limit: 1,
                used: 1,
                resets_at: 0,
            },
        }
    }

    #[test]
    fn an_assignment_names_its_user_and_its_role() {
        for role in Role::ALL {
            assert_eq!(assignment(assignment_id(12, role)), Some((12, role)));
        }
        assert_eq!(assignment(1_205), Some((12, Role::Agent)));
        for nothing in [0, 5, 1_200, 1_299] {
            assert_eq!(assignment(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn nobody_gives_more_than_they_hold() {
        let gives = |role: Role| held(&caller(&[Role::Agent]), &role.scopes());
        assert!(gives(Role::Viewer).is_ok() && gives(Role::Agent).is_ok());
        let refused = gives(Role::Admin).unwrap_err().to_string();
        assert!(refused.starts_with("PERMISSION_DENIED"), "{refused}");
        assert!(gives(Role::Auditor).is_err());
    }
}
