//! Who is asking. A handler's argument says what its caller has proved; a handler without one is public.

use crate::{App, Problem};
use auth::{AuthError, Identity, Permission};
use axum::extract::FromRequestParts;
use domain::Tenant;
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use std::marker::PhantomData;

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
        audit::Actor::Key(self.identity.key_id.clone())
    }

    /// Whether the caller holds this scope besides `P`.
    #[must_use]
    pub fn may(&self, scope: &str) -> bool {
        self.identity.may(scope)
    }
}

impl<P: Permission> FromRequestParts<App> for Caller<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let identity = identify(app, &parts.headers).await?;
        if !identity.may(P::SCOPE) {
            return Err(AuthError::Lacks(P::SCOPE).into());
        }
        Ok(Self {
            identity,
            proved: PhantomData,
        })
    }
}

async fn identify(app: &App, headers: &HeaderMap) -> Result<Identity, AuthError> {
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
    let now = app.clock().now();
    match (bearer, key) {
        (None, None) => Err(AuthError::Unauthenticated),
        (Some(one), None) | (None, Some(one)) => auth::authenticate(app.store(), one, now).await,
        (Some(one), Some(other)) => {
            let first = auth::authenticate(app.store(), one, now).await?;
            let second = auth::authenticate(app.store(), other, now).await?;
            if first.tenant == second.tenant {
                Ok(first)
            } else {
                Err(AuthError::TwoTenants)
            }
        }
    }
}
