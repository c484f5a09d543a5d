//! The Entra MFA connector, as the NPS extension speaks to it: two XML calls.

pub(crate) mod prompts;
mod xml;

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::post,
};
use tokio::time::sleep;

use crate::{clock, forms, people::Habit, tokens::Audience, world::World};
use prompts::{Act, Outcome, Prompt};
use xml::Asked;

const CONNECTOR: &str = "/entra_mfa/StrongAuthenticationService.svc/Connector";
const PUSH: &str = "PhoneAppNotification";
/// How long a synchronous call waits for the person.
const SYNC_SECONDS: u32 = 60;
const LOOK_EVERY: Duration = Duration::from_millis(100);

pub(crate) fn routes() -> Router<World> {
    Router::new()
        .route(
            &format!("{CONNECTOR}/BeginTwoWayAuthentication"),
            post(begin),
        )
        .route(&format!("{CONNECTOR}/EndTwoWayAuthentication"), post(end))
}

/// The connector's client, let in by its bearer token and an XML body.
struct Client;

impl FromRequestParts<World> for Client {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, world: &World) -> Result<Self, StatusCode> {
        let now = clock::now();
        if !world.with(|state| state.tokens.open(&parts.headers, Audience::Mfa, now)) {
            return Err(StatusCode::UNAUTHORIZED);
        }
        if !forms::content_type(&parts.headers).contains("xml") {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        Ok(Self)
    }
}

async fn begin(_: Client, State(world): State<World>, headers: HeaderMap, body: Bytes) -> Response {
    let asked = match Asked::read("BeginTwoWayAuthenticationRequest", &body) {
        Ok(asked) => asked,
        Err(why) => return (StatusCode::BAD_REQUEST, why).into_response(),
    };
    let upn = asked.get("UserPrincipalName").to_owned();
    let affinity = format!(
        "{}{CONNECTOR}/EndTwoWayAuthentication?dc=sandbox",
        forms::base_url(&headers)
    );
    let answer = |session: &str, outcome: Outcome| {
        xml_response(xml::begun(&upn, session, &affinity, outcome))
    };
    if asked.get("ContextId").is_empty() {
        return answer("", Outcome::Refused("InvalidParameter"));
    }
    // Without a method the user's default is asked, which here is the push.
    if !["", PUSH].contains(&asked.get("AuthenticationMethodId")) {
        return answer("", Outcome::Refused("AuthenticationMethodNotSupported"));
    }
    let made = world.with(|state| {
        let people = &state.people;
        let by_upn = people
            .by_key(&upn)
            .filter(|person| person.user_principal_name.eq_ignore_ascii_case(&upn));
        let Some(person) = by_upn else {
            return Err("UserNotFound");
        };
        if person.mfa == Habit::None {
            return Err("ProofDataNotFound");
        }
        let prompt = Prompt::new(person, asked.get("ContextId"), clock::now());
        Ok((state.prompts.add(prompt), person.mfa))
    });
    let (session, habit) = match made {
        Ok(made) => made,
        Err(value) => return answer("", Outcome::Refused(value)),
    };
    if habit == Habit::Challenge {
        return answer(&session, Outcome::Challenge);
    }
    if asked.get("SyncCall") != "true" {
        return answer(&session, Outcome::Begun);
    }
    for _ in 0..SYNC_SECONDS * 10 {
        let outcome = world.with(|state| state.prompts.outcome(&session));
        match outcome {
            Some(Outcome::Pending) => sleep(LOOK_EVERY).await,
            other => {
                return answer(
                    &session,
                    other.unwrap_or(Outcome::Refused("InvalidSession")),
                );
            }
        }
    }
    // Somebody may have acted in the last instant; what they did stands.
    drop(world.with(|state| state.prompts.act(&session, Act::Ignore, clock::now())));
    let outcome = world.with(|state| state.prompts.outcome(&session));
    answer(
        &session,
        outcome.unwrap_or(Outcome::Refused("InvalidSession")),
    )
}

async fn end(_: Client, State(world): State<World>, body: Bytes) -> Response {
    let asked = match Asked::read("EndTwoWayAuthenticationRequest", &body) {
        Ok(asked) => asked,
        Err(why) => return (StatusCode::BAD_REQUEST, why).into_response(),
    };
    let upn = asked.get("UserPrincipalName");
    let outcome = world.with(|state| state.prompts.poll(asked.get("SessionId"), upn));
    let outcome = match outcome {
        None => Outcome::Refused("InvalidSession"),
        Some(Outcome::Challenge) if !asked.get("AdditionalAuthData").is_empty() => {
            Outcome::Refused("OathCodeIncorrect")
        }
        Some(outcome) => outcome,
    };
    xml_response(xml::ended(outcome))
}

fn xml_response(body: String) -> Response {
    (
        [(header::CONTENT_TYPE, "application/xml; charset=utf-8")],
        body,
    )
        .into_response()
}
