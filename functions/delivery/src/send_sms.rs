//! `POST /api/v1/delivery/sms`: text a credential to its owner.

use crate::body::Handed;
use crate::direct::{self, Given, Order};
use crate::message;
use auth::DeliverySend;
use axum::Json;
use domain::{CredentialRef, DeliveryStatus, PhoneNumber, TicketName};
use http::StatusCode;
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

/// What to text to whom.
#[derive(Deserialize, ToSchema)]
pub struct SendSms {
    /// The ticket it belongs to.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The owner's number, E.164. It must be the one in the directory.
    #[schema(value_type = String, example = "+441234567890")]
    user_phone: PhoneNumber,
    /// The credential itself. Either this or `credential_ref`.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "ABCD1234EFGH5678")]
    credential: Option<SecretString>,
    /// The handle of a sealed credential. Either this or `credential`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    credential_ref: Option<CredentialRef>,
    /// The text; `{credential}` stands where the credential goes.
    #[schema(
        max_length = 1_000,
        example = "Your temporary access code: {credential}"
    )]
    message: String,
}

/// Text a credential to its owner.
///
/// A credential is sent once: the same call again answers with the same delivery. While the carrier is not available the
/// delivery is `queued` (202) and tried again until the credential expires, eight times at most.
#[utoipa::path(post, path = "/api/v1/delivery/sms", operation_id = "send_sms",
    request_body = SendSms,
    responses((status = 200, description = "Sent", body = Handed),
        (status = 202, description = "Queued: the carrier is not available", body = Handed),
        (status = 410, description = "The credential was delivered otherwise, or has expired", body = ProblemBody),
        (status = 502, description = "The carrier or the directory refused", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn send_sms(
    app: App,
    caller: Caller<DeliverySend>,
    Body(body): Body<SendSms>,
) -> Result<(StatusCode, Json<Handed>), Problem> {
    let name = body.ticket_id.clone();
    let order = order(body)?;
    let delivery = direct::deliver(&app, caller.tenant(), caller.actor(), &name, &order).await?;
    match delivery.status {
        DeliveryStatus::Sent => Ok((StatusCode::OK, Json(Handed::from(&delivery)))),
        DeliveryStatus::Queued => Ok((StatusCode::ACCEPTED, Json(Handed::from(&delivery)))),
        DeliveryStatus::Failed => {
            let problem = Problem::new(
                StatusCode::BAD_GATEWAY,
                "VENDOR_FAILED",
                crate::tell::reason(&delivery),
            );
            Err(problem
                .with("delivery_id", delivery.id.as_str())
                .with("retryable", false))
        }
        DeliveryStatus::Expired => Err(direct::gone().with("delivery_id", delivery.id.as_str())),
    }
}

fn order(body: SendSms) -> Result<Order, Problem> {
    if let Some(flaw) = message::flaw(&body.message) {
        return Err(Problem::invalid("message", flaw));
    }
    let given = match (body.credential, body.credential_ref) {
        (Some(text), None) => match message::credential_flaw(&text) {
            Some(flaw) => return Err(Problem::invalid("credential", flaw)),
            None => Given::Text(text),
        },
        (None, Some(handle)) => Given::Handle(handle),
        (None, None) => {
            return Err(Problem::invalid(
                "credential_ref",
                "send credential_ref or credential",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(Problem::invalid(
                "credential_ref",
                "send either credential_ref or credential, not both",
            ));
        }
    };
    Ok(Order {
        given,
        to: body.user_phone,
        message: body.message,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn read(change: &Value) -> Result<Order, String> {
        let mut body = json!({"ticket_id": "HLP-12345", "user_phone": "+441234567890",
            "credential": "ABCD1234EFGH5678", "message": "Your temporary access code: {credential}"});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let body: SendSms = serde_json::from_value(body).map_err(|error| error.to_string())?;
        order(body).map_err(|problem| format!("{problem:?}"))
    }

    #[test]
    fn the_documented_example_is_accepted() {
        assert!(matches!(read(&json!({})).unwrap().given, Given::Text(_)));
    }

    #[test]
    fn a_handle_takes_the_place_of_the_credential() {
        let order = read(&json!({"credential": null, "credential_ref": "cred_1"})).unwrap();
        assert!(matches!(order.given, Given::Handle(handle) if handle.as_str() == "cred_1"));
    }

    #[test]
    fn one_of_credential_and_handle_is_asked_for() {
        assert!(read(&json!({"credential": null})).is_err());
        assert!(read(&json!({"credential_ref": "cred_1"})).is_err());
    }

    #[test]
    fn a_refusal_names_the_field() {
        let refused = |change| read(&change).err().unwrap();
        assert!(refused(json!({"message": "Your code"})).contains("\"message\""));
        assert!(refused(json!({"credential": ""})).contains("\"credential\""));
        assert!(refused(json!({"user_phone": "07700900123"})).contains("E.164"));
    }
}
