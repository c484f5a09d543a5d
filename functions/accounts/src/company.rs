//! An organization whose people sign in with their company's identity.

use crate::identity;
use domain::{Tenant, Voucher};
use kit::{App, Problem};
use oidc::Oidc;
use ports::CallError;
use std::sync::Arc;

/// An organization and its issuer.
pub(crate) struct Company {
    /// The organization. Its issuer has not said anything yet.
    pub(crate) tenant: Tenant,
    /// Where its people sign in.
    pub(crate) issuer: Arc<Oidc>,
}

/// The organization of this id or name whose people sign in with their company. One that is not there, is suspended or
/// has no issuer is none: they are not told apart.
///
/// # Errors
/// When the tables or Secrets Manager cannot be asked.
pub(crate) async fn company(app: &App, named: &str) -> Result<Option<Company>, Problem> {
    for tenant in meant(named) {
        let row = app.store().tenant(&tenant).await?;
        if row.is_none_or(|row| row.suspended_at.is_some()) {
            continue;
        }
        return match outside::oidc(app, &tenant).await {
            Ok(issuer) => Ok(Some(Company { tenant, issuer })),
            Err(error @ CallError::Misconfigured { .. }) => {
                tracing::warn!(cause = %error, "no company sign-in");
                Ok(None)
            }
            Err(error) => Err(error.into()),
        };
    }
    Ok(None)
}

/// The organizations that somebody may mean: the one of this id, and the one that an operator made by this name.
fn meant(named: &str) -> Vec<Tenant> {
    let named = named.trim();
    let by_name = identity::name(named).and_then(identity::tenant).ok();
    let ids = [
        Some(named.to_owned()),
        by_name.map(|tenant| tenant.as_str().to_owned()),
    ];
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever signs in names it; nothing of it is told before its issuer has said who they are"
    )]
    let tenant = |id: String| Tenant::vouched(&id, Voucher::Credential).ok();
    ids.into_iter().flatten().filter_map(tenant).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organization_is_meant_by_its_id_or_its_name() {
        let by_name = meant(" Acme & Sons ");
        assert_eq!(by_name.len(), 1);
        assert!(by_name[0].as_str().starts_with("acme-sons-"));
        let by_id = meant(by_name[0].as_str());
        assert_eq!(by_id[0], by_name[0]);
        assert!(meant("").is_empty() && meant("a\nb").is_empty());
    }
}
