//! `POST /api/v1/executor/remove_mfa_methods`: take away what somebody proves themselves with besides a password.

use crate::action::Action;
use crate::by_call::act;
use crate::problems::unknown;
use auth::ExecutorRemoveMfaMethods;
use axum::Json;
use domain::{TicketName, UserId};
use http::HeaderMap;
use kit::{App, Body, Caller, Problem, ProblemBody, Problems};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// What is left alone.
const NOTE: &str = "the password, Temporary Access Passes and what a device holds (Windows Hello, platform credentials) stay; the user \
                    registers new methods at the next sign-in, with a Temporary Access Pass";

/// Whose methods to take away.
#[derive(Debug, Deserialize, ToSchema)]
pub struct RemoveMfaMethods {
    /// The ticket it is for; the user's manager has consented there.
    #[schema(value_type = String, example = "HLP-12345")]
    ticket_id: TicketName,
    /// The user's id in the directory.
    #[schema(value_type = String, example = "abc-123")]
    user_id: UserId,
}

/// They have none any more.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct MfaMethodsRemoved {
    /// Always `success`.
    #[schema(example = "success")]
    status: &'static str,
    /// Whether this took any away; `false` when there were none.
    #[schema(example = true)]
    changed: bool,
    /// How many it took away.
    #[schema(example = 2)]
    removed: u64,
    /// How many of which kind: `authenticator`, `phone`, `software_oath`, `security_key`, `email`.
    #[schema(example = json!({"authenticator": 1, "phone": 1}))]
    kinds: BTreeMap<String, u64>,
    /// What stays.
    note: &'static str,
}

/// Remove a user's MFA methods.
///
/// It takes away authenticators, phones, codes, security keys and mail addresses, the default one last. It spends the consent of
/// the user's manager on this ticket (`POST /api/v1/verification/manager_approval`), and succeeds when the directory, read
/// back, shows none of them. When only some could be taken away it is 502 and says what went and what stands. There is no undo:
/// the user registers anew.
#[utoipa::path(post, path = "/api/v1/executor/remove_mfa_methods", operation_id = "remove_mfa_methods",
    request_body = RemoveMfaMethods,
    responses((status = 200, body = MfaMethodsRemoved),
        (status = 502, description = "The directory refused, did some of it, or nobody knows what it did", body = ProblemBody), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn remove_mfa_methods(
    app: App,
    caller: Caller<ExecutorRemoveMfaMethods>,
    Body(body): Body<RemoveMfaMethods>,
) -> Result<(HeaderMap, Json<MfaMethodsRemoved>), Problem> {
    let action = Action::RemoveMfaMethods {
        user_id: body.user_id,
    };
    let (tenant, ticket) = (caller.tenant(), &body.ticket_id);
    let answer = Box::pin(act(&app, tenant, caller.actor(), ticket, &action)).await?;
    let counts = answer.read("removed").zip(answer.read("kinds"));
    let (removed, kinds) = counts.ok_or_else(|| unknown("the record does not say how many"))?;
    let reply = MfaMethodsRemoved {
        status: "success",
        changed: answer.changed(),
        removed,
        kinds,
        note: NOTE,
    };
    Ok((answer.headers(), Json(reply)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_reply_counts_and_says_what_stays() {
        let reply = MfaMethodsRemoved {
            status: "success",
            changed: true,
            removed: 1,
            kinds: BTreeMap::from([("phone".to_owned(), 1)]),
            note: NOTE,
        };
        let reply = serde_json::to_value(reply).unwrap();
        assert_eq!(reply["kinds"], json!({"phone": 1}));
        assert!(reply["note"].as_str().unwrap().contains("the password"));
    }
}
