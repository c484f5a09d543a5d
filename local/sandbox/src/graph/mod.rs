//! Microsoft Graph: users, their managers, roles, sign-in methods, Temporary Access Passes and the audit log.

mod audits;
mod methods;
pub(crate) mod passes;
mod users;

use axum::{
    Json, Router,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    clock,
    people::{People, Person},
    tokens::Audience,
    world::World,
};

pub(crate) fn routes() -> Router<World> {
    let user = "/graph/v1.0/users/{user}";
    Router::new()
        .route("/graph/v1.0/users", get(users::find))
        .route(user, get(users::get))
        .route(&format!("{user}/manager"), get(users::manager))
        .route(
            &format!("{user}/transitiveMemberOf/microsoft.graph.directoryRole"),
            get(users::roles),
        )
        .route(
            &format!("{user}/authentication/temporaryAccessPassMethods"),
            get(passes::list).post(passes::create),
        )
        .route(&format!("{user}/authentication/methods"), get(methods::all))
        .route(
            &format!("{user}/authentication/phoneMethods"),
            get(methods::phones),
        )
        .route("/graph/v1.0/auditLogs/directoryAudits", get(audits::list))
}

/// The application, let in by its bearer token.
struct Application;

impl FromRequestParts<World> for Application {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, world: &World) -> Result<Self, Refusal> {
        let now = clock::now();
        if world.with(|state| state.tokens.open(&parts.headers, Audience::Graph, now)) {
            return Ok(Self);
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
    people.by_key(key).ok_or_else(|| {
        not_found(&format!(
            "Resource '{key}' does not exist or one of its queried reference-property objects are not present."
        ))
    })
}

fn not_found(message: &str) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        "Request_ResourceNotFound",
        message.into(),
    )
}

fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "BadRequest", message.into())
}

/// `{"@odata.context", "value"}`.
fn collection(of: &str, value: impl Into<Value>) -> Json<Value> {
    let context = format!("https://graph.microsoft.com/v1.0/$metadata#{of}");
    Json(json!({"@odata.context": context, "value": value.into()}))
}
