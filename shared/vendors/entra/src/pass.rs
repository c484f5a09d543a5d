//! The port `ResetPassword`: a Temporary Access Pass.

use crate::Entra;
use crate::graph::encoded;
use async_trait::async_trait;
use domain::UserId;
use jiff::{SignedDuration, Timestamp};
use ports::{CallError, IssuedPass, ResetPassword};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use vendor_http::Ask;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    lifetime_in_minutes: u32,
    is_usable_once: bool,
}

/// The only answer that ever shows the pass.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    id: String,
    temporary_access_pass: SecretString,
    start_date_time: Option<Timestamp>,
    lifetime_in_minutes: Option<u32>,
}

#[async_trait]
impl ResetPassword for Entra {
    async fn issue_pass(
        &self,
        user: &UserId,
        lifetime_minutes: u32,
        client_request_id: &str,
    ) -> Result<IssuedPass, CallError> {
        let graph = &self.graph;
        let by = graph.vendor().writing();
        let path = format!(
            "users/{}/authentication/temporaryAccessPassMethods",
            encoded(user.as_str())
        );
        let ask = Ask::act(&graph.at(&path))
            .json(&Wish {
                lifetime_in_minutes: lifetime_minutes,
                is_usable_once: true,
            })
            .header("client-request-id", client_request_id);
        let asked_at = graph.vendor().now();
        let answer = graph.call(&ask, by).await?;
        if !answer.is_success() {
            return Err(graph.refusal(&answer, "user"));
        }
        let made: Option<Made> = answer.json();
        let made = made.ok_or_else(|| graph.vendor().garbled(&ask))?;
        let start = made.start_date_time.unwrap_or(asked_at);
        let minutes = made.lifetime_in_minutes.unwrap_or(lifetime_minutes);
        Ok(IssuedPass {
            pass: made.temporary_access_pass,
            method_id: made.id,
            expires_at: start + SignedDuration::from_mins(i64::from(minutes)),
        })
    }
}
