//! The port `Accounts`: signing in and sessions.

use crate::Entra;
use crate::graph::{About, Page, REQUEST_ID, USER, encoded, words};
use async_trait::async_trait;
use domain::UserId;
use jiff::Timestamp;
use ports::{AccountState, Accounts, CallError, DisabledBy};
use serde::{Deserialize, Serialize};
use vendor_http::{Answer, Ask};

const PROPERTIES: &str = "id,accountEnabled,onPremisesSyncEnabled,userType,usageLocation,\
                          signInSessionsValidFromDateTime,lastPasswordChangeDateTime";
const AUDIT: About = About::of("audit log", "AuditLog.Read.All");
const RISK: About = About::of("risky user", "IdentityRiskyUser.Read.All");
const ENABLE: About = About::of("user", "User.EnableDisableAccount.All");
const SESSIONS: About = About::of("user", "User.RevokeSessions.All");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GraphAccount {
    account_enabled: Option<bool>,
    on_premises_sync_enabled: Option<bool>,
    user_type: Option<String>,
    usage_location: Option<String>,
    sign_in_sessions_valid_from_date_time: Option<Timestamp>,
    last_password_change_date_time: Option<Timestamp>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Enabled {
    account_enabled: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    initiated_by: Option<Initiators>,
}

#[derive(Deserialize)]
struct Initiators {
    user: Option<Initiator>,
    app: Option<Initiator>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Initiator {
    user_principal_name: Option<String>,
    display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RiskyUser {
    risk_state: Option<String>,
}

#[async_trait]
impl Accounts for Entra {
    async fn account(&self, user: &UserId) -> Result<AccountState, CallError> {
        let graph = &self.graph;
        let path = format!(
            "users/{}?$select={PROPERTIES}",
            graph.segment(user.as_str(), USER)?
        );
        let found: GraphAccount = graph.read(&path, USER, graph.vendor().reading()).await?;
        Ok(AccountState {
            enabled: found.account_enabled == Some(true),
            synced: found.on_premises_sync_enabled == Some(true),
            guest: found
                .user_type
                .is_some_and(|kind| kind.eq_ignore_ascii_case("guest")),
            usage_location: said(found.usage_location),
            sessions_valid_from: found.sign_in_sessions_valid_from_date_time,
            password_changed_at: found.last_password_change_date_time,
        })
    }

    async fn disabled_by(&self, user: &UserId) -> Result<DisabledBy, CallError> {
        let graph = &self.graph;
        let path = format!(
            "auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20'Disable%20account'%20and%20\
             targetResources/any(t:t/id%20eq%20'{}')&$orderby=activityDateTime%20desc&$top=1",
            encoded(user.as_str())
        );
        let ask = Ask::get(&graph.at(&path));
        let answer = graph.call(&ask, graph.vendor().reading()).await?;
        if unlicensed(&answer) {
            return Ok(DisabledBy::Unknown);
        }
        if !answer.is_success() {
            return Err(graph.refusal(&answer, AUDIT));
        }
        let page: Option<Page<Entry>> = answer.json();
        let page = page.ok_or_else(|| graph.vendor().garbled(&ask))?;
        let latest = page.value.into_iter().next();
        Ok(latest
            .and_then(|entry| entry.initiated_by)
            .map_or(DisabledBy::Unknown, Initiators::who))
    }

    async fn risk(&self, user: &UserId) -> Result<Option<String>, CallError> {
        let graph = &self.graph;
        let path = format!(
            "identityProtection/riskyUsers/{}",
            graph.segment(user.as_str(), RISK)?
        );
        let ask = Ask::get(&graph.at(&path));
        let answer = graph.call(&ask, graph.vendor().reading()).await?;
        if answer.status() == 404 || unlicensed(&answer) {
            return Ok(None);
        }
        if !answer.is_success() {
            return Err(graph.refusal(&answer, RISK));
        }
        let found: Option<RiskyUser> = answer.json();
        let found = found.ok_or_else(|| graph.vendor().garbled(&ask))?;
        Ok(said(found.risk_state).filter(|state| is_risk(state)))
    }

    async fn set_enabled(
        &self,
        user: &UserId,
        enabled: bool,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let graph = &self.graph;
        let path = format!("users/{}", graph.segment(user.as_str(), ENABLE)?);
        let ask = Ask::change(&graph.at(&path))
            .json(&Enabled {
                account_enabled: enabled,
            })
            .header(REQUEST_ID, client_request_id);
        graph.act(&ask, ENABLE, graph.vendor().writing()).await
    }

    async fn revoke_sessions(
        &self,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let graph = &self.graph;
        let path = format!(
            "users/{}/revokeSignInSessions",
            graph.segment(user.as_str(), SESSIONS)?
        );
        let ask = Ask::act(&graph.at(&path)).header(REQUEST_ID, client_request_id);
        graph.act(&ask, SESSIONS, graph.vendor().writing()).await
    }
}

impl Initiators {
    /// Both keys are there in every entry; one of them is null.
    fn who(self) -> DisabledBy {
        let person = self
            .user
            .and_then(|user| said(user.user_principal_name).or_else(|| said(user.display_name)));
        let application = self.app.and_then(|app| said(app.display_name));
        match (person, application) {
            (Some(name), _) => DisabledBy::Person(name),
            (None, Some(name)) => DisabledBy::Application(name),
            (None, None) => DisabledBy::Unknown,
        }
    }
}

/// Whether Graph says that the tenant has not bought what answers this. It has no code of its own for that.
fn unlicensed(answer: &Answer) -> bool {
    if answer.status() != 403 {
        return false;
    }
    let said = words(answer);
    said.code == "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
        || said.message.to_ascii_lowercase().contains("licens")
}

/// Whether a `riskState` speaks of a risk that stands. One that Graph learns later does.
fn is_risk(state: &str) -> bool {
    !matches!(state, "none" | "confirmedSafe" | "remediated" | "dismissed")
}

fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
