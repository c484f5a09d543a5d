//! The port `ResetPassword`: Temporary Access Passes, and passwords.

use crate::Entra;
use crate::graph::{About, Page, REQUEST_ID};
use async_trait::async_trait;
use domain::UserId;
use jiff::{SignedDuration, Timestamp};
use ports::{CallError, IssuedPass, ResetPassword, StandingPass};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use vendor_http::Ask;

const METHODS: &str = "temporaryAccessPassMethods";
const PASS: About = About::of("user", "UserAuthMethod-TAP.ReadWrite.All");
const PASSWORD: About = About::of("user", "User-PasswordProfile.ReadWrite.All");

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

/// What is shown of a pass later.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Standing {
    id: String,
    is_usable: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewPassword<'a> {
    password_profile: PasswordProfile<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PasswordProfile<'a> {
    force_change_password_next_sign_in: bool,
    password: &'a str,
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
            "users/{}/authentication/{METHODS}",
            graph.segment(user.as_str(), PASS)?
        );
        let ask = Ask::act(&graph.at(&path))
            .json(&Wish {
                lifetime_in_minutes: lifetime_minutes,
                is_usable_once: true,
            })
            .header(REQUEST_ID, client_request_id);
        let asked_at = graph.vendor().now();
        let answer = graph.call(&ask, by).await?;
        if !answer.is_success() {
            return Err(graph.refusal(&answer, PASS));
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

    async fn pass(&self, user: &UserId) -> Result<Option<StandingPass>, CallError> {
        let graph = &self.graph;
        let path = format!(
            "users/{}/authentication/{METHODS}",
            graph.segment(user.as_str(), PASS)?
        );
        let by = graph.vendor().reading();
        let page: Page<Standing> = graph.read(&path, PASS, by).await?;
        Ok(page.value.into_iter().next().map(|pass| StandingPass {
            method_id: pass.id,
            usable: pass.is_usable == Some(true),
        }))
    }

    async fn delete_pass(
        &self,
        user: &UserId,
        method_id: &str,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let method = (METHODS, method_id);
        let graph = &self.graph;
        graph
            .remove_method(user, method, client_request_id, PASS)
            .await
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the password goes to the directory that shall know it"
    )]
    async fn set_password(
        &self,
        user: &UserId,
        password: &SecretString,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let graph = &self.graph;
        let path = format!("users/{}", graph.segment(user.as_str(), PASSWORD)?);
        let ask = Ask::change(&graph.at(&path))
            .json(&NewPassword {
                password_profile: PasswordProfile {
                    force_change_password_next_sign_in: true,
                    password: password.expose_secret(),
                },
            })
            .header(REQUEST_ID, client_request_id);
        graph.act(&ask, PASSWORD, graph.vendor().writing()).await
    }
}
