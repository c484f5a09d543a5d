//! Entra, against recorded conversations.

mod account;
mod group;
mod licence;
mod methods;
mod mfa;
mod pass;
mod person;
mod rights;

use crate::{Config, Entra};
use domain::{Person, UserId};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Conversation, FixedClock, Reply};
use vendor_http::{Client, Limits};

fn entra_at(url: &str) -> Entra {
    let config: Config = serde_json::from_value(json!({
        "graph_url": format!("{url}/graph"),
        "login_url": format!("{url}/login"),
        "mfa_url": format!("{url}/mfa/Connector"),
        "tenant_id": "contoso.example.com",
        "client_id": "app",
        "client_secret": "app-secret",
        "mfa_client_secret": "mfa-secret",
    }))
    .unwrap();
    let limits = Limits {
        read: Duration::from_secs(1),
        write: Duration::from_secs(1),
        ..Limits::default()
    };
    let clock = FixedClock::at("2026-11-02T12:00:00Z".parse().unwrap());
    Entra::new(config, Client::with_limits(Arc::new(clock), limits))
}

/// Entra behind its token, then these lines.
async fn talk(replies: impl IntoIterator<Item = Reply>) -> (Conversation, Entra) {
    let there = Conversation::start([Reply::token("bearer-1")]).await;
    there.say(replies);
    let entra = entra_at(&there.url());
    (there, entra)
}

/// Graph's error body.
fn no(status: u16, code: &str, message: &str) -> Reply {
    let body = json!({"error": {"code": code, "message": message}});
    Reply::json(status, body.to_string())
}

fn user_id() -> UserId {
    UserId::parse("abc-123").unwrap()
}

fn john() -> Person {
    Person {
        id: UserId::parse("abc-123").unwrap(),
        user_principal_name: "john.o'doe&co@company.com".into(),
        display_name: "John Doe".into(),
        mail: None,
        mobile: None,
        department: None,
        job_title: None,
        manager_mail: None,
        enabled: true,
        synced: false,
        guest: false,
        directory_roles: Vec::new(),
    }
}

#[test]
fn a_config_shows_no_secret_and_knows_the_public_cloud() {
    let config: Config = serde_json::from_value(json!({
        "tenant_id": "t", "client_id": "c", "client_secret": "s3cret", "mfa_client_secret": "m-s3cret",
    }))
    .unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    assert_eq!(config.graph_url, "https://graph.microsoft.com");
}
