//! Sessions and their tokens. Contract B's have a refresh token and end after a day; contract C's have none and end after
//! eight hours without a request.

use crate::organization::lets_in;
use crate::people::roles_of;
use audit::{Actor, Entry};
use auth::scopes_of;
use auth::token::{self, AUDIENCE, Claims, TokenType};
use desk::Raced;
use domain::Tenant;
use jiff::Timestamp;
use kit::{App, Problem};
use store::{SessionRow, SigningKeyRow, StoreError, UserRow, seconds};
use tokio::sync::OnceCell;

/// How long an access token works, in seconds.
pub(crate) const ACCESS_S: u64 = 15 * 60;
/// How long a refresh token works, and its session, in seconds.
pub(crate) const REFRESH_S: u64 = 24 * 3600;
/// How long a session without a refresh token lasts from its last request, in seconds.
pub(crate) const IDLE_S: u64 = 8 * 3600;
/// How long a session without a refresh token lasts at most, in seconds.
pub(crate) const SLIDING_MAX_S: u64 = 30 * 24 * 3600;

/// What kind of session is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Contract B: access and refresh.
    Pair,
    /// Contract C: one token, eight hours from the last request.
    Sliding,
}

/// The tokens of a session.
pub(crate) struct Tokens {
    /// For calling the API.
    pub(crate) access: String,
    /// For the next pair, where there is one.
    pub(crate) refresh: Option<String>,
    /// When the access token ends, in seconds from now.
    pub(crate) expires_in: u64,
}

/// Opens a session for a user who showed who they are by `amr`.
///
/// # Errors
/// When the user may not sign in, their organization is suspended, or the tables or KMS cannot be asked.
pub(crate) async fn open(
    app: &App,
    tenant: &Tenant,
    user: &UserRow,
    kind: Kind,
    amr: &str,
) -> Result<Tokens, Problem> {
    let sid = id(app);
    let refresh_id = id(app);
    let now = app.clock().now();
    let lasts = match kind {
        Kind::Pair => REFRESH_S,
        Kind::Sliding => IDLE_S,
    };
    let session = SessionRow {
        x: seconds(now) + lasts,
        r: (kind == Kind::Pair).then(|| refresh_id.clone()),
    };
    let user = desk::retried(|| async {
        let store = app.store();
        let read = async {
            Ok::<_, Problem>(tokio::try_join!(
                store.user(tenant, user.id),
                store.sign_in(tenant, user.id)
            )?)
        };
        let ((user, standing), ()) = tokio::try_join!(read, lets_in(app, tenant))?;
        let (Some(user), Some(standing)) = (user, standing.filter(|row| row.active)) else {
            return Err(Raced::Problem(Problem::unauthenticated()));
        };
        let entry = Entry::new(now, actor(&user), "session.opened")
            .fact("sid", sid.as_str())
            .fact("amr", amr);
        store
            .write(tenant, "session opened")
            .user(Some(&user), &user, vec![entry])
            .open_session(user.id, &standing, &sid, &session, now)
            .commit()
            .await?;
        Ok(user)
    })
    .await?;
    let draft = Draft {
        tenant,
        user: &user,
        sid: &sid,
        amr: vec![amr.to_owned()],
        now,
    };
    draft.tokens(app, kind, &refresh_id).await
}

/// The next pair for a refresh token. A token that was used before ends its session: somebody else has it, too.
///
/// # Errors
/// 401 when the token is none of ours, has lapsed, was used before, or its session is over; 403 when the organization is
/// suspended.
pub(crate) async fn refresh(app: &App, text: &str) -> Result<Tokens, Problem> {
    let now = app.clock().now();
    let issuer = &app.config().public_base_url;
    let claims = token::verify(app.store(), issuer, text, TokenType::Refresh, now).await;
    let claims = claims.map_err(|error| match error {
        token::TokenError::Store(error) => error.into(),
        token::TokenError::Expired => expired("this refresh token has expired; sign in again"),
        token::TokenError::Invalid => expired("this is not a refresh token of ours; sign in again"),
    })?;
    let tenant = auth::tenant_of(&claims)?;
    // Before the token is used up: it works again when the organization does.
    lets_in(app, &tenant).await?;
    let next = id(app);
    let rotation = app
        .store()
        .rotate(&tenant, claims.user_id, &claims.sid, &claims.jti, &next)
        .await?;
    match rotation {
        store::Rotation::Rotated => {}
        store::Rotation::Ended => return Err(expired("this session is over; sign in again")),
        store::Rotation::Reused => {
            tracing::warn!(
                metric = "refresh_reused",
                sid = claims.sid,
                "a refresh token was used twice"
            );
            close(
                app,
                &tenant,
                claims.user_id,
                &claims.sid,
                "session.refresh_reused",
            )
            .await?;
            return Err(expired(
                "this refresh token was used before, so its session was ended; sign in again",
            ));
        }
    }
    let user = app.store().user(&tenant, claims.user_id).await?;
    let user = user.filter(|user| user.is_active && user.deleted_at.is_none());
    let user = user.ok_or_else(Problem::unauthenticated)?;
    let draft = Draft {
        tenant: &tenant,
        user: &user,
        sid: &claims.sid,
        amr: claims.amr,
        now,
    };
    // The session's end stays where it was: a pair does not outlive its day.
    draft.tokens(app, Kind::Pair, &next).await
}

/// Ends a session, with every token of it. Ending it again is ok.
///
/// # Errors
/// When the tables cannot be asked.
pub(crate) async fn close(
    app: &App,
    tenant: &Tenant,
    user_id: u64,
    sid: &str,
    why: &str,
) -> Result<(), Problem> {
    desk::retried(|| async {
        let store = app.store();
        let (user, standing) =
            tokio::try_join!(store.user(tenant, user_id), store.sign_in(tenant, user_id))?;
        let stands = standing.is_some_and(|row| row.s.contains_key(sid));
        let Some(user) = user.filter(|_| stands) else {
            return Ok(());
        };
        let entry = Entry::new(app.clock().now(), actor(&user), why).fact("sid", sid);
        store
            .write(tenant, "session ended")
            .user(Some(&user), &user, vec![entry])
            .close_session(user_id, sid)
            .commit()
            .await?;
        Ok(())
    })
    .await
}

/// A user as the one who acted.
pub(crate) fn actor(user: &UserRow) -> Actor {
    Actor::Account(format!("user-{}", user.id))
}

/// What the tokens of a session have in common.
struct Draft<'a> {
    tenant: &'a Tenant,
    user: &'a UserRow,
    sid: &'a str,
    amr: Vec<String>,
    now: Timestamp,
}

impl Draft<'_> {
    async fn tokens(&self, app: &App, kind: Kind, refresh_id: &str) -> Result<Tokens, Problem> {
        let signer = app.signer()?;
        let key = signer.public_key(self.now).await?;
        published(app, key).await?;
        let roles = roles_of(self.user);
        let mut access = Claims {
            iss: app.config().public_base_url.clone(),
            aud: AUDIENCE.to_owned(),
            sub: self.user.id.to_string(),
            user_id: self.user.id,
            tid: self.tenant.as_str().to_owned(),
            roles: roles.iter().map(|role| role.word().to_owned()).collect(),
            scopes: scopes_of(&roles).into_iter().map(str::to_owned).collect(),
            sid: self.sid.to_owned(),
            amr: self.amr.clone(),
            token_type: TokenType::Access,
            jti: id(app),
            iat: seconds(self.now),
            exp: seconds(self.now) + ACCESS_S,
            idle: None,
        };
        if kind == Kind::Sliding {
            access.exp = seconds(self.now) + SLIDING_MAX_S;
            access.idle = Some(IDLE_S);
        }
        let refresh = (kind == Kind::Pair).then(|| Claims {
            roles: Vec::new(),
            scopes: Vec::new(),
            token_type: TokenType::Refresh,
            jti: refresh_id.to_owned(),
            exp: seconds(self.now) + REFRESH_S,
            ..access.clone()
        });
        let sign = async |claims: &Claims| -> Result<String, Problem> {
            let unsigned =
                token::unsigned(&key.kid, claims).map_err(|error| Problem::internal(&error))?;
            Ok(token::signed(&unsigned, &signer.sign(&unsigned).await?))
        };
        Ok(Tokens {
            access: sign(&access).await?,
            refresh: match &refresh {
                Some(refresh) => Some(sign(refresh).await?),
                None => None,
            },
            expires_in: match kind {
                Kind::Pair => ACCESS_S,
                Kind::Sliding => IDLE_S,
            },
        })
    }
}

/// Sees to it that everybody can check what is signed with this key. A process looks once.
async fn published(app: &App, key: &SigningKeyRow) -> Result<(), Problem> {
    static PUBLISHED: OnceCell<String> = OnceCell::const_new();
    let looked = PUBLISHED.get_or_try_init(|| async {
        if app.store().signing_key(&key.kid).await?.is_none() {
            app.store().publish_signing_key(key).await?;
        }
        Ok::<_, StoreError>(key.kid.clone())
    });
    looked.await?;
    Ok(())
}

fn expired(message: &str) -> Problem {
    Problem::new(http::StatusCode::UNAUTHORIZED, "TOKEN_EXPIRED", message)
}

/// 128 bits of chance.
fn id(app: &App) -> String {
    base64::Engine::encode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        app.ids().bytes(16),
    )
}
