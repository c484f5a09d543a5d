//! Checking a name and a password. The answer never says which was wrong, and takes as long either way.

use auth::password;
use domain::{Tenant, Voucher};
use http::StatusCode;
use kit::{App, Problem};
use store::{LoginRow, UserRow};

/// A user who showed their password.
pub(crate) struct SignedIn {
    /// Their tenant.
    pub(crate) tenant: Tenant,
    /// Who it is.
    pub(crate) user: UserRow,
}

/// Finds the user of this name and password. A name may be used in several organizations; the password tells which is
/// meant, or whoever signs in names it.
///
/// # Errors
/// 401 for any wrong part; 429 while the name has to wait after failures.
pub(crate) async fn sign_in(
    app: &App,
    name: &str,
    given: &str,
    organization: Option<&str>,
) -> Result<SignedIn, Problem> {
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() || name.len() > 254 {
        return Err(refused());
    }
    let store = app.store();
    let now = app.clock().now();
    let (failures, logins) =
        tokio::try_join!(store.failures(&name), store.logins(&name, organization))?;
    let wait = failures.wait(now);
    if wait > 0 {
        return Err(waiting(wait));
    }
    let mut found = None;
    for login in &logins {
        let tenant = tenant(login)?;
        let kept = store.password(&tenant, login.user_id).await?;
        if password::is_right(given, kept.as_ref().map(|kept| kept.hash.as_str()))
            && found.is_none()
        {
            found = Some((tenant, login.user_id));
        }
    }
    if logins.is_empty() {
        let _ = password::is_right(given, None);
    }
    let user = match &found {
        Some((tenant, id)) => store.user(tenant, *id).await?,
        None => None,
    };
    let user = user.filter(|user| user.is_active && user.deleted_at.is_none());
    let Some((user, (tenant, _))) = user.zip(found) else {
        store.count_failure(&name, now).await?;
        tracing::warn!(metric = "sign_in_failed", "a sign-in failed");
        return Err(refused());
    };
    if failures.n > 0 {
        store.forget_failures(&name).await?;
    }
    Ok(SignedIn { tenant, user })
}

fn tenant(login: &LoginRow) -> Result<Tenant, Problem> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the row of a sign-in name, whose password is checked before anything is told"
    )]
    Tenant::vouched(&login.tenant, Voucher::Credential).map_err(|error| Problem::internal(&error))
}

fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "AUTH_FAILED",
        "no active account with this name and password; check both, and give `organization` if the name is used in several",
    )
}

/// Too many failures: the next try has to wait.
pub(crate) fn waiting(seconds: u64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "RATE_LIMIT_EXCEEDED",
        "too many failed sign-ins under this name; wait before you try again",
    )
    .retry_after(seconds)
}
