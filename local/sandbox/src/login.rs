//! Entra's token endpoints: v2 for Microsoft Graph, v1 for the MFA connector.

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    ENTRA_CLIENT_ID, ENTRA_CLIENT_SECRET, MFA_CLIENT_ID, MFA_CLIENT_SECRET, clock,
    forms::{self, Form},
    tokens::Audience,
    world::World,
};

const GRAPH_SCOPE: &str = "https://graph.microsoft.com/.default";
const CONNECTOR: &str =
    "https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector";

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route("/login/{tenant}/oauth2/v2.0/token", post(version_two))
        .route("/login/{tenant}/oauth2/token", post(version_one))
}

async fn version_two(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = forms::body(&headers, &body);
    check(&form, ENTRA_CLIENT_ID, ENTRA_CLIENT_SECRET)?;
    if field(&form, "scope") != GRAPH_SCOPE {
        let why = "The provided value for the input parameter 'scope' is not valid.";
        return Err(Refusal::new("invalid_scope", 70011, why));
    }
    let (token, seconds) = issue(&world, Audience::Graph);
    Ok(Json(json!({
        "token_type": "Bearer",
        "expires_in": seconds,
        "ext_expires_in": seconds,
        "access_token": token,
    })))
}

/// Version 1 writes its numbers as strings.
async fn version_one(
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Refusal> {
    let form = forms::body(&headers, &body);
    check(&form, MFA_CLIENT_ID, MFA_CLIENT_SECRET)?;
    let resource = field(&form, "resource");
    if resource != CONNECTOR {
        let why = format!("The resource principal named {resource} was not found in the tenant.");
        return Err(Refusal::new("invalid_resource", 500_011, why));
    }
    let (token, seconds) = issue(&world, Audience::Mfa);
    let now = clock::now().as_second();
    Ok(Json(json!({
        "token_type": "Bearer",
        "expires_in": seconds.to_string(),
        "ext_expires_in": seconds.to_string(),
        "expires_on": (now + i64::from(seconds)).to_string(),
        "not_before": now.to_string(),
        "resource": CONNECTOR,
        "access_token": token,
    })))
}

fn issue(world: &World, audience: Audience) -> (String, u32) {
    world.with(|state| {
        let seconds = state.config.token_seconds.unwrap_or(3599);
        (state.tokens.issue(audience, clock::now(), seconds), seconds)
    })
}

fn field<'a>(form: &'a Form, name: &str) -> &'a str {
    form.get(name).map(String::as_str).unwrap_or_default()
}

fn check(form: &Form, client_id: &str, client_secret: &str) -> Result<(), Refusal> {
    for name in ["grant_type", "client_id", "client_secret"] {
        if field(form, name).is_empty() {
            let why = format!("The request body must contain the following parameter: '{name}'.");
            return Err(Refusal::new("invalid_request", 900_144, why));
        }
    }
    if field(form, "grant_type") != "client_credentials" {
        let why = "The app requested an unsupported grant type.";
        return Err(Refusal::new("unsupported_grant_type", 70003, why));
    }
    let named = field(form, "client_id");
    if named != client_id {
        let why = format!("Application with identifier '{named}' was not found in the directory.");
        return Err(Refusal::new("unauthorized_client", 700_016, why));
    }
    let given = field(form, "client_secret").as_bytes();
    if !constant_time_eq::constant_time_eq(given, client_secret.as_bytes()) {
        let why = format!("Invalid client secret provided for app '{client_id}'.");
        return Err(Refusal::new("invalid_client", 7_000_215, why));
    }
    Ok(())
}

/// An AADSTS error.
struct Refusal {
    error: &'static str,
    code: u32,
    why: String,
}

impl Refusal {
    fn new(error: &'static str, code: u32, why: impl Into<String>) -> Self {
        let why = why.into();
        Self { error, code, why }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self { error, code, why } = self;
        let status = match error {
            "invalid_client" => StatusCode::UNAUTHORIZED,
            _ => StatusCode::BAD_REQUEST,
        };
        let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
        let at = clock::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{code}: {why} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {at}"
        );
        let body = json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": at,
            "trace_id": trace.to_string(),
            "correlation_id": correlation.to_string(),
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        });
        (status, Json(body)).into_response()
    }
}
