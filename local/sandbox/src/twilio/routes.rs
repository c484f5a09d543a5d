//! The routes under `/twilio`.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{FromRequestParts, Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

use super::{error_body, messages::Message};
use crate::{
    TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_KEY_SECRET, TWILIO_KEY_SID, forms, world::World,
};

const BODY_CHARS: usize = 1600;

pub(crate) fn routes() -> Router<World> {
    let account = "/twilio/2010-04-01/Accounts/{account}";
    Router::new()
        .route(&format!("{account}/Messages.json"), get(list).post(create))
        .route(&format!("{account}/Messages/{{file}}"), get(read))
}

struct Refusal(StatusCode, u32, String);

impl Refusal {
    fn bad(code: u32, message: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, code, message.into())
    }

    fn not_found(what: &str) -> Self {
        Self(
            StatusCode::NOT_FOUND,
            20404,
            format!("The requested resource {what} was not found"),
        )
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, code, message) = self;
        (status, Json(error_body(status, code, &message))).into_response()
    }
}

/// The account's holder, let in by an API key or the auth token.
struct Holder;

impl FromRequestParts<World> for Holder {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &World) -> Result<Self, Refusal> {
        let given = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Basic "))
            .and_then(|value| BASE64_STANDARD.decode(value).ok())
            .unwrap_or_default();
        let known = [
            (TWILIO_KEY_SID, TWILIO_KEY_SECRET),
            (TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN),
        ]
        .iter()
        .any(|(user, password)| {
            let pair = format!("{user}:{password}");
            constant_time_eq::constant_time_eq(pair.as_bytes(), &given)
        });
        if !known {
            return Err(Refusal(
                StatusCode::UNAUTHORIZED,
                20003,
                "Authenticate".into(),
            ));
        }
        let account = format!("/Accounts/{TWILIO_ACCOUNT_SID}/");
        if !parts.uri.path().contains(&account) {
            return Err(Refusal::not_found(parts.uri.path()));
        }
        Ok(Self)
    }
}

async fn create(
    _: Holder,
    State(world): State<World>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let mut form = forms::body(&headers, &body);
    let mut field = |name: &str| form.remove(name).filter(|value| !value.is_empty());
    let to = field("To").ok_or_else(|| Refusal::bad(21604, "A 'To' phone number is required."))?;
    let sender = (field("From"), field("MessagingServiceSid"));
    if sender == (None, None) {
        return Err(Refusal::bad(21603, "A 'From' phone number is required."));
    }
    let body = field("Body").ok_or_else(|| Refusal::bad(21602, "Message body is required."))?;
    if body.chars().count() > BODY_CHARS {
        return Err(Refusal::bad(
            21617,
            "The concatenated message body exceeds the 1600 character limit",
        ));
    }
    if !is_e164(&to) {
        return Err(Refusal::bad(
            21211,
            format!("Invalid 'To' Phone Number: {to}"),
        ));
    }
    world.with(|state| {
        let error = state
            .people
            .by_phone(&to)
            .and_then(|person| person.sms_error);
        if let Some(code @ 20_000..30_000) = error {
            return Err(Refusal::bad(code, refusal(code, &to)));
        }
        let message = Message::new(to, sender, body, error);
        let shown = message.shown(true);
        state.messages.add(message);
        Ok((StatusCode::CREATED, Json(shown)))
    })
}

async fn list(
    _: Holder,
    State(world): State<World>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    let query = forms::parse(query.unwrap_or_default().as_bytes());
    let at = |name: &str| query.get(name).map(|text| instant(text)).transpose();
    let (since, until, day) = (at("DateSent>")?, at("DateSent<")?, at("DateSent")?);
    let size = query
        .get("PageSize")
        .and_then(|size| size.parse().ok())
        .unwrap_or(50_usize);
    let fits = |message: &&Message| {
        query.get("To").is_none_or(|to| *to == message.to)
            && since.is_none_or(|since| message.at >= since)
            && until.is_none_or(|until| message.at <= until)
            && day.is_none_or(|day| date(day) == date(message.at))
    };
    let found: Vec<Value> = world.with(|state| {
        let newest_first = state.messages.all().iter().rev();
        newest_first
            .filter(fits)
            .take(size)
            .map(|message| message.shown(false))
            .collect()
    });
    let uri =
        format!("/2010-04-01/Accounts/{TWILIO_ACCOUNT_SID}/Messages.json?PageSize={size}&Page=0");
    Ok(Json(json!({
        "messages": found,
        "page": 0,
        "page_size": size,
        "start": 0,
        "end": found.len().saturating_sub(1),
        "uri": uri,
        "first_page_uri": uri,
        "next_page_uri": null,
        "previous_page_uri": null,
    })))
}

async fn read(
    _: Holder,
    State(world): State<World>,
    Path((_, file)): Path<(String, String)>,
) -> Result<Json<Value>, Refusal> {
    let sid = file.strip_suffix(".json").unwrap_or(&file);
    world.with(|state| {
        let message = state
            .messages
            .get(sid)
            .ok_or_else(|| Refusal::not_found(sid))?;
        Ok(Json(message.shown(false)))
    })
}

fn is_e164(number: &str) -> bool {
    number.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    })
}

fn refusal(code: u32, to: &str) -> String {
    match code {
        21211 => format!("Invalid 'To' Phone Number: {to}"),
        21408 => format!(
            "Permission to send an SMS has not been enabled for the region indicated by the 'To' number: {to}"
        ),
        21610 => "Attempt to send to unsubscribed recipient".into(),
        21614 => "'To' number is not a valid mobile number".into(),
        code => format!("Error {code}"),
    }
}

/// A day's beginning or an instant, both in UTC.
fn instant(text: &str) -> Result<Timestamp, Refusal> {
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok();
    text.parse::<Timestamp>()
        .ok()
        .or_else(|| day().map(|day| day.timestamp()))
        .ok_or_else(|| Refusal::bad(20001, format!("'{text}' is neither a date nor an instant")))
}

fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
