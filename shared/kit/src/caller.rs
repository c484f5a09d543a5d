//! Who is asking. A handler's argument says what its caller has proved; a handler without one is public.

use crate::admission::Admission;
use crate::{App, Problem};
use auth::{AuthError, Identity, Permission, Presented, Who};
use axum::extract::FromRequestParts;
use domain::Tenant;
use http::{Extensions, HeaderMap, header::AUTHORIZATION, request::Parts};
use lambda_http::request::RequestContext;
use std::marker::PhantomData;
use store::Pass;

/// A caller who may do `P`.
pub struct Caller<P> {
    identity: Identity,
    proved: PhantomData<P>,
}

impl<P> Caller<P> {
    /// The caller's tenant.
    #[must_use]
    pub fn tenant(&self) -> &Tenant {
        &self.identity.tenant
    }

    /// The caller, for the audit.
    #[must_use]
    pub fn actor(&self) -> audit::Actor {
        match &self.identity.who {
            Who::Key(_) => audit::Actor::Key(self.identity.who.name()),
            Who::User { .. } => audit::Actor::Account(self.identity.who.name()),
        }
    }

    /// Who it is.
    #[must_use]
    pub fn who(&self) -> &Who {
        &self.identity.who
    }

    /// The caller's number, when it is somebody signed in.
    #[must_use]
    pub fn user_id(&self) -> Option<u64> {
        match self.identity.who {
            Who::User { id, .. } => Some(id),
            Who::Key(_) => None,
        }
    }

    /// Whether the caller holds this scope besides `P`.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.identity.may(scope)
    }

    /// Everything the caller may do.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl<P: Permission> FromRequestParts<App> for Caller<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self::of(known(parts, app).await?)?)
    }
}

/// Who presents the request's credentials; the edge may have found it out already.
async fn known(parts: &Parts, app: &App) -> Result<Identity, AuthError> {
    match parts.extensions.get::<Identity>().cloned() {
        Some(identity) => Ok(identity),
        None => identify(app, &parts.headers, &parts.extensions).await,
    }
}

impl<P: Permission> Caller<P> {
    /// The caller, when `identity` may do `P`.
    pub(crate) fn of(identity: Identity) -> Result<Self, AuthError> {
        if !identity.may(P::SCOPE) {
            return Err(AuthError::Lacks(P::SCOPE));
        }
        Ok(Self {
            identity,
            proved: PhantomData,
        })
    }
}

/// Somebody who calls about a user: about themselves, or about anybody if they may do `P`.
pub struct SelfOr<P> {
    identity: Identity,
    about: PhantomData<P>,
}

impl<P: Permission> SelfOr<P> {
    /// The caller, when the user of this number is themselves or they may do `P`.
    ///
    /// # Errors
    /// When they are somebody else who may not.
    pub fn about(self, user: u64) -> Result<Caller<P>, AuthError> {
        let is_self = matches!(self.identity.who, Who::User { id, .. } if id == user);
        if is_self {
            return Ok(Caller {
                identity: self.identity,
                proved: PhantomData,
            });
        }
        Caller::of(self.identity)
    }
}

impl<P: Permission> FromRequestParts<App> for SelfOr<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self {
            identity: known(parts, app).await?,
            about: PhantomData,
        })
    }
}

/// Somebody without a credential, counted by their network address.
pub struct Anyone(());

impl FromRequestParts<App> for Anyone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let address = address(&parts.extensions).unwrap_or_default();
        let limit = app.config().address_limit;
        let pass = app.store().pass_address(&address, app.clock().now(), limit);
        match pass.await? {
            Pass::In(_, count) => {
                note(&parts.extensions, count);
                Ok(Self(()))
            }
            Pass::Full(count) => {
                note(&parts.extensions, count);
                Err(AuthError::Full(count).into())
            }
            Pass::Unknown => Err(AuthError::Unauthenticated.into()),
        }
    }
}

/// The network address that API Gateway saw.
fn address(extensions: &Extensions) -> Option<String> {
    match extensions.get::<RequestContext>()? {
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.clone(),
        _ => None,
    }
}

fn note(extensions: &Extensions, count: store::Count) {
    if let Some(admission) = extensions.get::<Admission>() {
        admission.note(count);
    }
}

/// Finds out who presents the request's credentials, and counts it.
pub(crate) async fn identify(
    app: &App,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> Result<Identity, AuthError> {
    let text = |name| {
        headers.get(name).map(|value| {
            value
                .to_str()
                .map(str::trim)
                .map_err(|_| AuthError::Unauthenticated)
        })
    };
    let bearer = text(AUTHORIZATION.as_str()).transpose()?;
    let bearer = bearer
        .map(|value| {
            value
                .strip_prefix("Bearer ")
                .ok_or(AuthError::Unauthenticated)
        })
        .transpose()?;
    let key = text("x-api-key").transpose()?;
    let entered = match (bearer, key) {
        (None, None) => Err(AuthError::Unauthenticated),
        (Some(one), None) => enter(app, Presented::of(one), extensions).await,
        (None, Some(key)) => enter(app, Presented::Key(key), extensions).await,
        (Some(one), Some(key)) => {
            let first = enter(app, Presented::of(one), extensions).await?;
            let second = enter(app, Presented::Key(key), extensions).await?;
            if first.tenant == second.tenant {
                Ok(first)
            } else {
                Err(AuthError::TwoTenants)
            }
        }
    };
    noted(entered, extensions)
}

/// Finds out whose token of a session this is, and counts the request.
pub(crate) async fn identify_session(
    app: &App,
    token: &str,
    extensions: &Extensions,
) -> Result<Identity, AuthError> {
    noted(
        enter(app, Presented::Token(token), extensions).await,
        extensions,
    )
}

/// The same, with the count noted for the answer's headers.
fn noted(
    entered: Result<Identity, AuthError>,
    extensions: &Extensions,
) -> Result<Identity, AuthError> {
    match &entered {
        Ok(identity) => note(extensions, identity.count),
        Err(AuthError::Full(count)) => note(extensions, *count),
        Err(_) => {}
    }
    entered
}

async fn enter(
    app: &App,
    presented: Presented<'_>,
    extensions: &Extensions,
) -> Result<Identity, AuthError> {
    let config = app.config();
    let door = auth::Door {
        service: config.service,
        issuer: &config.public_base_url,
        limits: config.limits,
        service_limit: config.service_limit,
        now: app.clock().now(),
    };
    let identity = auth::enter(app.store(), presented, door).await?;
    if let (Who::Key(id), Some(admission)) = (&identity.who, extensions.get::<Admission>()) {
        admission.note_key(&identity.tenant, *id);
    }
    Ok(identity)
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use auth::UsersRead;
    use domain::Voucher;

    fn identity(who: Who, scopes: &[&'static str]) -> Identity {
        Identity {
            tenant: Tenant::vouched("acme", Voucher::Operator).unwrap(),
            who,
            scopes: scopes.iter().copied().collect(),
            count: store::Count {
                limit: 1,
                used: 1,
                resets_at: 0,
            },
        }
    }

    fn about(who: Who, scopes: &[&'static str], user: u64) -> bool {
        let caller: SelfOr<UsersRead> = SelfOr {
            identity: identity(who, scopes),
            about: PhantomData,
        };
        caller.about(user).is_ok()
    }

    #[test]
    fn one_calls_about_oneself_and_about_others_with_the_right_alone() {
        let person = || Who::User {
            id: 7,
            sid: "s".to_owned(),
            roles: Vec::new(),
        };
        assert!(about(person(), &[], 7));
        assert!(!about(person(), &["account:read"], 8));
        assert!(about(person(), &["users:read"], 8));
        // A key has a number, too, and is no user.
        assert!(!about(Who::Key(7), &["account:read"], 7));
        assert!(about(Who::Key(7), &["users:read"], 8));
    }
}
