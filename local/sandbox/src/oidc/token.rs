//! The token endpoint: a code becomes an ID token, once.

use aws_lc_rs::digest::{SHA256, digest};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use constant_time_eq::constant_time_eq;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{issuer, state::Grant};
use crate::{
    OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, clock, forms, people::Person, world::State as Everything,
    world::World,
};

const LIVES_S: i64 = 3600;

pub(super) async fn token(
    State(world): State<World>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = forms::body(&headers, &body);
    let field = |name: &str| form.get(name).map_or("", String::as_str);
    let secret = field("client_secret").as_bytes();
    if field("client_id") != OIDC_CLIENT_ID
        || !constant_time_eq(secret, OIDC_CLIENT_SECRET.as_bytes())
    {
        return refusal(
            StatusCode::UNAUTHORIZED,
            "invalid_client",
            "AADSTS7000215: Invalid client secret provided.",
        );
    }
    if field("grant_type") != "authorization_code" {
        return refusal(
            StatusCode::BAD_REQUEST,
            "unsupported_grant_type",
            "AADSTS70003: The app requested an unsupported grant type.",
        );
    }
    let issuer = issuer(&headers, &tenant);
    let made = world.with(|state| {
        let grant = state.issuer.redeem(field("code"), clock::now());
        let grant = grant.ok_or("AADSTS54005: The code was redeemed already, or is none.")?;
        if grant.redirect_uri != field("redirect_uri") {
            return Err("AADSTS500112: The redirect address does not match.");
        }
        let challenge = digest(&SHA256, field("code_verifier").as_bytes());
        if URL_SAFE_NO_PAD.encode(challenge) != grant.challenge {
            return Err("AADSTS501481: The code_verifier does not match the code_challenge.");
        }
        id_token(state, &grant, &issuer, &tenant)
    });
    match made {
        Ok(id_token) => Json(json!({
            "token_type": "Bearer",
            "scope": "openid profile email",
            "expires_in": LIVES_S,
            "access_token": Uuid::new_v4().simple().to_string(),
            "id_token": id_token,
        }))
        .into_response(),
        Err(why) => refusal(StatusCode::BAD_REQUEST, "invalid_grant", why),
    }
}

fn id_token(
    state: &mut Everything,
    grant: &Grant,
    issuer: &str,
    tenant: &str,
) -> Result<String, &'static str> {
    let person = state.people.by_key(&grant.person);
    let person = person.ok_or("AADSTS50034: The user account does not exist.")?;
    let claims = claims(person, grant, issuer, tenant);
    state.issuer.key()?.signed(&claims)
}

fn claims(person: &Person, grant: &Grant, issuer: &str, tenant: &str) -> Value {
    let now = clock::now().as_second();
    // Pairwise, as Entra's: it says nothing of the person.
    let sub = digest(
        &SHA256,
        format!("{OIDC_CLIENT_ID} {}", person.id).as_bytes(),
    );
    json!({
        "ver": "2.0",
        "iss": issuer,
        "aud": OIDC_CLIENT_ID,
        "sub": URL_SAFE_NO_PAD.encode(sub),
        "oid": person.id,
        "tid": tenant,
        "iat": now,
        "nbf": now,
        "exp": now + LIVES_S,
        "nonce": grant.nonce,
        "name": person.name(),
        "given_name": person.given_name,
        "family_name": person.surname,
        "preferred_username": person.user_principal_name,
        "email": person.mail,
        "email_verified": true,
        "groups": person.groups,
    })
}

fn refusal(status: StatusCode, error: &str, why: &str) -> Response {
    let body = json!({"error": error, "error_description": why});
    (status, Json(body)).into_response()
}
