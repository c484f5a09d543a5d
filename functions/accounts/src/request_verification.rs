//! `POST /api/v1/users/{id}/verification/`: send the link again that shows that an address is the user's.

use crate::number::Number;
use crate::users::found;
use crate::verification::{self, NotAsked, WINDOW};
use auth::UsersAdmin;
use axum::Json;
use http::StatusCode;
use kit::{App, Id, MailError, Problem, Problems, SelfOr};
use serde::Serialize;
use utoipa::ToSchema;

/// It is on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerificationRequested {
    #[schema(example = "Verification mail sent")]
    message: &'static str,
}

/// Send the link again that shows that an address is the user's: the one that is to take the place of theirs, else theirs.
///
/// One asks for oneself; for others it takes `users:admin`. Five mails an hour go to one user.
#[utoipa::path(post, path = "/api/v1/users/{id}/verification/", operation_id = "request_verification",
    params(("id" = u64, Path, description = "The user's number.", example = 2)),
    responses((status = 202, body = VerificationRequested), Problems), security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn request_verification(
    app: App,
    caller: SelfOr<UsersAdmin>,
    Id(Number(id)): Id<Number>,
) -> Result<(StatusCode, Json<VerificationRequested>), Problem> {
    let caller = caller.about(id)?;
    let user = found(&app, caller.tenant(), id).await?;
    verification::ask(&app, caller.tenant(), &user)
        .await
        .map_err(refused)?;
    let message = "Verification mail sent";
    Ok((
        StatusCode::ACCEPTED,
        Json(VerificationRequested { message }),
    ))
}

fn refused(why: NotAsked) -> Problem {
    match why {
        NotAsked::Nothing => Problem::conflict(
            "ALREADY_VERIFIED",
            "this address is known to be the user's; there is nothing to confirm",
        ),
        NotAsked::TooMany => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "RATE_LIMIT_EXCEEDED",
            "five mails went to this user within an hour; look for them, or wait",
        )
        .retry_after(WINDOW.as_secs().unsigned_abs()),
        NotAsked::Mail(MailError::Off) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "MAIL_OFF",
            "this deployment sends no mail; ask its operator to set MailFrom",
        ),
        NotAsked::Mail(error @ MailError::Refused(_)) => {
            tracing::warn!(%error, "a verification mail was not sent");
            Problem::unavailable("the mail could not be sent; try again")
        }
        NotAsked::Store(error) => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_that_was_not_sent_is_never_said_to_be() {
        let code = |why| refused(why).to_string();
        assert!(code(NotAsked::Nothing).starts_with("ALREADY_VERIFIED"));
        assert!(code(NotAsked::TooMany).starts_with("RATE_LIMIT_EXCEEDED"));
        assert!(code(NotAsked::Mail(MailError::Off)).starts_with("MAIL_OFF"));
        let refusal = MailError::Refused("MessageRejected".to_owned());
        assert!(code(NotAsked::Mail(refusal)).starts_with("UNAVAILABLE"));
    }
}
