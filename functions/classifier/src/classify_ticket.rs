//! `POST /api/v1/classify_ticket`: decide what a ticket asks for.

use crate::reply::Classification;
use auth::ClassifyWrite;
use axum::Json;
use desk::{Arrival, Looking, classify};
use domain::{Intake, Origin, TicketName};
use kit::{App, Body, Caller, Problem, Problems};
use serde::Deserialize;
use utoipa::ToSchema;

/// The longest subject we take, in bytes.
const MAX_SUBJECT: usize = 1_000;

/// A ticket to decide about.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ClassifyRequest {
    /// Any of the ticket's names; a new one of yours takes the ticket in.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The subject line.
    #[serde(default)]
    #[schema(example = "I can't log in")]
    subject: String,
    /// The text.
    #[serde(default)]
    #[schema(example = "Password doesn't work")]
    body: String,
    /// Who asks.
    #[schema(example = "john.doe@company.com")]
    user_email: String,
    /// Its category where it comes from, `>` between the levels; rules may be about it.
    #[serde(default)]
    #[schema(example = "Accounts > Passwords")]
    category: Option<String>,
}

/// Decide what a ticket asks for.
///
/// The same content gets the stored answer; changed content gets a new decision.
#[utoipa::path(
    post, path = "/api/v1/classify_ticket", operation_id = "classify_ticket", request_body = ClassifyRequest,
    responses((status = 200, body = Classification), Problems), security(("api_key" = []), ("bearer" = []))
)]
pub async fn classify_ticket(
    app: App,
    caller: Caller<ClassifyWrite>,
    Body(ask): Body<ClassifyRequest>,
) -> Result<Json<Classification>, Problem> {
    let content = Intake {
        subject: ask.subject,
        body: ask.body,
    };
    check(&content, &ask.user_email)?;
    if ask
        .category
        .as_ref()
        .is_some_and(|text| text.len() > MAX_SUBJECT)
    {
        let message = "the category is over 1,000 bytes; send its levels with > between them";
        return Err(Problem::invalid("category", message));
    }
    let arrival = Arrival {
        name: &ask.ticket_id,
        origin: Origin::Api,
        email: &ask.user_email,
        category: ask.category.as_deref(),
        actor: caller.actor(),
    };
    let done = classify(
        &app,
        caller.tenant(),
        &arrival,
        &content,
        &Looking::BestEffort,
    )
    .await?;
    Ok(Json(Classification::new(done.stored, done.warnings)))
}

fn check(content: &Intake, email: &str) -> Result<(), Problem> {
    if content.is_blank() {
        return Err(Problem::invalid(
            "subject",
            "subject and body are both empty; one must say something",
        ));
    }
    if content.subject.len() > MAX_SUBJECT {
        return Err(Problem::invalid(
            "subject",
            "the subject is over 1,000 bytes; put the rest into body",
        ));
    }
    let shaped = email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if !shaped || email.len() > 254 || email.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Problem::invalid(
            "user_email",
            "this is not an e-mail address",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(subject: &str, body: &str) -> Intake {
        Intake {
            subject: subject.into(),
            body: body.into(),
        }
    }

    #[test]
    fn one_of_subject_and_body_must_say_something() {
        assert!(check(&content(" ", "\n"), "john.doe@company.com").is_err());
        assert!(check(&content("", "help"), "john.doe@company.com").is_ok());
    }

    #[test]
    fn an_address_must_look_like_one() {
        for bad in [
            "",
            "john",
            "@company.com",
            "john@company",
            "a b@company.com",
            "a\n@company.com",
        ] {
            assert!(check(&content("x", ""), bad).is_err(), "{bad:?}");
        }
    }
}
