//! `POST /api/v1/executor/revoke_sessions`: end every session of somebody's.

use crate::action::Action;
use crate::by_call::act;
use crate::problems::unknown;
use auth::ExecutorRevokeSessions;
use axum::Json;
use domain::{TicketName, UserId};
use http::HeaderMap;
use jiff::Timestamp;
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What ending sessions leaves alone.
const NOTE: &str = "refresh tokens are void; access tokens that were issued before live to their own expiry, mostly within \
                    an hour or so";

/// Whose sessions to end.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RevokeSessions {
    /// The ticket it is for.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The user's id in the directory.
    #[schema(value_type = String, example = "abc-123")]
    user_id: UserId,
}

/// The sessions have ended.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct SessionsRevoked {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// Sessions begun before this are void, as the directory says.
    #[schema(value_type = String, format = DateTime)]
    revoked_at: Timestamp,
    /// What goes on nevertheless.
    note: &'static str,
}

/// End every session of a user.
///
/// It protects, so it spends no confirmation. It succeeds when the directory, read back, shows that sessions from before
/// are void. Access tokens that were issued live to their own expiry. There is no undo: whoever was signed in signs in
/// again.
#[utoipa::path(post, path = "/api/v1/executor/revoke_sessions", operation_id = "revoke_sessions",
    request_body = RevokeSessions,
    responses((status = 200, body = SessionsRevoked),
        (status = 502, description = "The directory refused, or nobody knows what it did", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn revoke_sessions(
    app: App,
    caller: Caller<ExecutorRevokeSessions>,
    Body(body): Body<RevokeSessions>,
) -> Result<(HeaderMap, Json<SessionsRevoked>), Problem> {
    let action = Action::RevokeSessions {
        user_id: body.user_id,
    };
    let (tenant, ticket) = (caller.tenant(), &body.ticket_id);
    let answer = Box::pin(act(&app, tenant, caller.actor(), ticket, &action)).await?;
    let revoked_at = answer.read("revoked_at");
    let reply = SessionsRevoked {
        status: "success",
        revoked_at: revoked_at.ok_or_else(|| unknown("the record does not say when"))?,
        note: NOTE,
    };
    Ok((answer.headers(), Json(reply)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reply_says_what_goes_on_nevertheless() {
        let reply = SessionsRevoked {
            status: "success",
            revoked_at: "2026-01-07T15:30:00Z".parse().unwrap(),
            note: NOTE,
        };
        let reply = serde_json::to_value(reply).unwrap();
        assert_eq!(reply["revoked_at"], json!("2026-01-07T15:30:00Z"));
        assert!(reply["note"].as_str().unwrap().contains("their own expiry"));
    }
}
