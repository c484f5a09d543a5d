//! `POST /api/v1/executor/reset_password`: give a verified person a Temporary Access Pass, or a new password.

use crate::answer::REPLAYED;
use crate::ask::{Ask, BadAsk, Method};
use crate::direct::{self, Answer};
use crate::issue::DELIVERY_METHOD;
use auth::ExecutorResetPassword;
use axum::Json;
use domain::{CredentialRef, TicketName, UserId};
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};
use utoipa::ToSchema;

/// The scope of a caller who may see what was made.
const REVEAL: &str = "credential:reveal";

/// Whom to give a pass or a password.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ResetPassword {
    /// The ticket it is for; the user has confirmed there.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The user's id, as they were asked to confirm.
    #[schema(value_type = String, example = "abc-123")]
    user_id: UserId,
    /// `tap`, a Temporary Access Pass; or `password`, a new one that has to be changed at the next sign-in.
    #[serde(default)]
    #[schema(default = "tap")]
    method: Method,
    /// How long the pass works, in minutes; a password is kept as long for its owner.
    #[serde(default)]
    #[schema(minimum = 10, maximum = 43_200, default = 60)]
    tap_lifetime_minutes: Option<u32>,
}

/// The pass or password that was made.
#[derive(Serialize, ToSchema)]
pub struct PasswordReset {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// The pass or password: only for a caller with the scope `credential:reveal`, only in the first answer; else null.
    #[serde(serialize_with = "reveal")]
    #[schema(value_type = Option<String>, example = "ABCD1234EFGH5678")]
    credential: Option<SecretString>,
    /// Its handle, for `POST /api/v1/delivery/sms`.
    #[schema(value_type = String)]
    credential_ref: CredentialRef,
    /// When the pass stops working; until when a password can be handed over.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// How it is meant to reach its owner.
    #[schema(example = "sms")]
    delivery_method: &'static str,
}

/// Give a verified person a Temporary Access Pass, or a new password.
///
/// A password cannot be set here for an account that is mastered on premises (409 `SYNCED_USER`): ask for `tap`, which
/// works for it too. It succeeds when the directory, read back, shows that the password changed.
///
/// It spends the user's confirmation on this ticket (`POST /api/v1/verification/mfa`), at most 15 minutes old. The same
/// call again answers with the first result, `credential` null and the header `Idempotent-Replayed`.
#[utoipa::path(post, path = "/api/v1/executor/reset_password", operation_id = "reset_password",
    request_body = ResetPassword,
    responses((status = 200, body = PasswordReset),
        (status = 502, description = "The directory refused, or its answer was lost", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn reset_password(
    app: App,
    caller: Caller<ExecutorResetPassword>,
    Body(body): Body<ResetPassword>,
) -> Result<(HeaderMap, Json<PasswordReset>), Problem> {
    let ask = Ask::new(body.user_id, body.method, body.tap_lifetime_minutes)
        .map_err(|bad| refused(&bad))?;
    let reveal = caller.may(REVEAL);
    let answer = direct::reset(
        &app,
        caller.tenant(),
        caller.actor(),
        &body.ticket_id,
        &ask,
        reveal,
    )
    .await?;
    let mut headers = HeaderMap::new();
    let reply = match answer {
        Answer::First(issued) => PasswordReset {
            status: "success",
            credential: Some(issued.pass).filter(|_| reveal),
            credential_ref: issued.credential.id,
            expires_at: issued.credential.expires_at,
            delivery_method: DELIVERY_METHOD,
        },
        Answer::Again(earlier) => {
            headers.insert(REPLAYED, HeaderValue::from_static("true"));
            PasswordReset {
                status: "success",
                credential: None,
                credential_ref: earlier.credential_ref,
                expires_at: earlier.expires_at,
                delivery_method: DELIVERY_METHOD,
            }
        }
    };
    Ok((headers, Json(reply)))
}

fn refused(bad: &BadAsk) -> Problem {
    match bad {
        BadAsk::Lifetime => Problem::invalid("tap_lifetime_minutes", bad.sentence()),
        BadAsk::Shape(_) => Problem::invalid("", bad.sentence()),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one answer that shows a pass, to a caller with credential:reveal"
)]
#[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
fn reveal<S: Serializer>(pass: &Option<SecretString>, out: S) -> Result<S::Ok, S::Error> {
    pass.as_ref()
        .map(ExposeSecret::expose_secret)
        .serialize(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_documented_example_is_accepted() {
        let body = json!({"ticket_id": "HLP-12345", "user_id": "abc-123", "method": "tap", "tap_lifetime_minutes": 60});
        let read: ResetPassword = serde_json::from_value(body).unwrap();
        assert_eq!(read.ticket_id, TicketName::Halo(12_345));
        assert_eq!(read.method, Method::Tap);
    }

    #[test]
    fn a_reply_has_the_documented_members_and_the_handle() {
        let reply = |credential| PasswordReset {
            status: "success",
            credential,
            credential_ref: CredentialRef::parse("cred_1").unwrap(),
            expires_at: "2026-01-07T16:30:00Z".parse().unwrap(),
            delivery_method: DELIVERY_METHOD,
        };
        let expected = json!({"status": "success", "credential": "ABCD1234EFGH5678", "credential_ref": "cred_1",
            "expires_at": "2026-01-07T16:30:00Z", "delivery_method": "sms"});
        assert_eq!(
            serde_json::to_value(reply(Some("ABCD1234EFGH5678".into()))).unwrap(),
            expected
        );
        assert!(serde_json::to_value(reply(None)).unwrap()["credential"].is_null());
    }
}
