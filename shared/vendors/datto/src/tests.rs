//! Datto RMM, against recorded conversations.

mod component;
mod device;
mod run;

use crate::{Config, Datto};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Conversation, FixedClock, Reply};
use vendor_http::{Client, Limits};

fn datto_at(url: &str) -> Datto {
    let config: Config = serde_json::from_value(json!({
        "base_url": url, "api_key": "key", "api_secret": "key-secret", "owner_field": "udf5",
    }))
    .unwrap();
    let limits = Limits {
        read: Duration::from_secs(1),
        write: Duration::from_secs(1),
        ..Limits::default()
    };
    let clock = FixedClock::at("2026-11-02T12:00:00Z".parse().unwrap());
    Datto::new(config, Client::with_limits(Arc::new(clock), limits))
}

/// Datto behind its token, then these lines.
async fn talk(replies: impl IntoIterator<Item = Reply>) -> (Conversation, Datto) {
    let there = Conversation::start([Reply::token("bearer-1")]).await;
    there.say(replies);
    let datto = datto_at(&there.url());
    (there, datto)
}

#[test]
fn a_config_shows_no_secret() {
    let config: Config = serde_json::from_value(json!({
        "base_url": "https://merlot-api.centrastage.net", "api_key": "k", "api_secret": "s3cret", "preferred": true,
    }))
    .unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    assert!(config.preferred && config.owner_field.is_none());
}
