//! Microsoft Graph: users, their managers, roles, sign-in methods and Temporary Access Passes, groups, licences, risk and the
//! audit log.

mod accounts;
pub(crate) mod audits;
mod groups;
mod licences;
mod methods;
pub(crate) mod passes;
mod rights;
mod users;

use axum::{
    Json, Router,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{
    clock,
    door::Ignored,
    people::{People, Person},
    tokens::Audience,
    world::{State, World},
};

pub(crate) fn routes() -> Router<World> {
    let user = "/graph/v1.0/users/{user}";
    let group = "/graph/v1.0/groups/{group}";
    Router::new()
        .route("/graph/v1.0/users", get(users::find))
        .route(
            user,
            get(users::get)
                .patch(accounts::change)
                .delete(accounts::remove),
        )
        .route(
            &format!("{user}/revokeSignInSessions"),
            post(accounts::revoke),
        )
        .route(&format!("{user}/assignLicense"), post(licences::assign))
        .route(&format!("{user}/manager"), get(users::manager))
        .route(
            &format!("{user}/transitiveMemberOf/microsoft.graph.directoryRole"),
            get(users::roles),
        )
        .route(
            &format!("{user}/authentication/temporaryAccessPassMethods"),
            get(passes::list).post(passes::create),
        )
        .route(
            &format!("{user}/authentication/temporaryAccessPassMethods/{{id}}"),
            delete(passes::remove),
        )
        .route(&format!("{user}/authentication/methods"), get(methods::all))
        .route(
            &format!("{user}/authentication/microsoftAuthenticatorMethods/{{id}}"),
            delete(methods::remove_authenticator),
        )
        .route(
            &format!("{user}/authentication/phoneMethods/{{id}}"),
            delete(methods::remove_phone),
        )
        .route(
            &format!("{user}/authentication/phoneMethods"),
            get(methods::phones),
        )
        .route(
            &format!("{user}/authentication/softwareOathMethods/{{id}}"),
            delete(methods::remove_software_oath),
        )
        .route(
            &format!("{user}/authentication/fido2Methods/{{id}}"),
            delete(methods::remove_fido2),
        )
        .route(
            &format!("{user}/authentication/emailMethods/{{id}}"),
            delete(methods::remove_email),
        )
        .route("/graph/v1.0/auditLogs/directoryAudits", get(audits::list))
        .route(
            "/graph/v1.0/identityProtection/riskyUsers/{id}",
            get(accounts::risk),
        )
        .route("/graph/v1.0/subscribedSkus", get(licences::list))
        .route("/graph/v1.0/{principal}", get(rights::get))
        .route(
            "/graph/v1.0/{principal}/appRoleAssignments",
            get(rights::given),
        )
        .route(
            "/graph/v1.0/{principal}/transitiveMemberOf/microsoft.graph.directoryRole",
            get(rights::roles),
        )
        .route(group, get(groups::get))
        .route(&format!("{group}/owners"), get(groups::owners))
        .route(&format!("{group}/members"), get(groups::members))
        .route(&format!("{group}/members/$ref"), post(groups::add))
        .route(
            &format!("{group}/transitiveMembers/microsoft.graph.user/$count"),
            get(groups::size),
        )
        .route(
            &format!("{group}/members/{{member}}"),
            delete(groups::delete_user),
        )
        .route(
            &format!("{group}/members/{{member}}/$ref"),
            delete(groups::remove),
        )
}

/// The application, let in by its bearer token.
struct Application {
    /// What it asks for is to be answered and not done.
    ignored: bool,
}

impl Application {
    /// Changes the directory. Readers learn of it when the lag is over.
    fn write<T>(
        &self,
        world: &World,
        act: impl FnOnce(&mut State) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        world.with(|state| {
            if self.ignored {
                let before = state.directory();
                let answer = act(state);
                state.put_back(before);
                return answer;
            }
            state.remember(clock::now());
            act(state)
        })
    }
}

impl FromRequestParts<World> for Application {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &World) -> Result<Self, Refusal> {
        let now = clock::now();
        if world.with(|state| state.tokens.open(&parts.headers, Audience::Graph, now)) {
            return Ok(Self {
                ignored: parts.extensions.get::<Ignored>().is_some(),
            });
        }
        let why = if parts.headers.contains_key("authorization") {
            "Lifetime validation failed, the token is expired or not for this audience."
        } else {
            "Access token is empty."
        };
        Err(Refusal(
            StatusCode::UNAUTHORIZED,
            "InvalidAuthenticationToken",
            why.into(),
        ))
    }
}

/// Status, `error.code`, `error.message`.
struct Refusal(StatusCode, &'static str, String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        (status, Json(error_body(code, &message))).into_response()
    }
}

/// Graph's error body.
pub(crate) fn error_body(code: &str, message: &str) -> Value {
    let id = Uuid::new_v4().to_string();
    let date = clock::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
    json!({"error": {
        "code": code,
        "message": message,
        "innerError": {"date": date, "request-id": id, "client-request-id": id},
    }})
}

/// The user a path names, or Graph's 404.
fn user<'a>(people: &'a People, key: &str) -> Result<&'a Person, Refusal> {
    people.by_key(key).ok_or_else(|| not_present(key))
}

fn not_present(key: &str) -> Refusal {
    not_found(&format!(
        "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
    ))
}

/// The directory's own code for what it will not do.
fn refused(message: impl Into<String>) -> Refusal {
    Refusal(
        StatusCode::BAD_REQUEST,
        "Request_BadRequest",
        message.into(),
    )
}

fn denied() -> Refusal {
    Refusal(
        StatusCode::FORBIDDEN,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.".into(),
    )
}

/// The properties asked for, or the default ones.
fn picked(
    all: &Map<String, Value>,
    select: Option<&str>,
    default: &[&str],
    kind: &str,
) -> Result<Map<String, Value>, Refusal> {
    let wanted: Vec<&str> = match select {
        Some(select) => select.split(',').map(str::trim).collect(),
        None => default.to_vec(),
    };
    wanted
        .into_iter()
        .map(|key| {
            let found = all.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
            let (name, value) = found.ok_or_else(|| {
                bad_request(format!(
                    "Could not find a property named '{key}' on type 'microsoft.graph.{kind}'."
                ))
            })?;
            Ok((name.clone(), value.clone()))
        })
        .collect()
}

fn not_found(message: &str) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        "Request_ResourceNotFound",
        message.into(),
    )
}

/// A sign-in method that is not there.
fn gone() -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        "resourceNotFound",
        "The requested resource was not found.".into(),
    )
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "BadRequest", message.into())
}

/// `{"@odata.context", "value"}`.
fn collection(of: &str, value: impl Into<Value>) -> Json<Value> {
    Json(json!({"@odata.context": context(of), "value": value.into()}))
}

fn context(of: &str) -> Value {
    format!("https://graph.microsoft.com/v1.0/$metadata#{of}").into()
}
