//! NinjaOne, against recorded conversations.

mod device;
mod line;
mod run;
mod script;

use crate::{Config, NinjaOne};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Conversation, FixedClock, Reply};
use vendor_http::{Client, Limits};

fn ninjaone_at(url: &str) -> NinjaOne {
    let config: Config = serde_json::from_value(json!({
        "base_url": url, "client_id": "app", "client_secret": "app-secret",
    }))
    .unwrap();
    let limits = Limits {
        read: Duration::from_secs(1),
        write: Duration::from_secs(1),
        ..Limits::default()
    };
    let clock = FixedClock::at("2026-11-02T12:00:00Z".parse().unwrap());
    NinjaOne::new(config, Client::with_limits(Arc::new(clock), limits))
}

/// NinjaOne behind its token, then these lines.
async fn talk(replies: impl IntoIterator<Item = Reply>) -> (Conversation, NinjaOne) {
    let there = Conversation::start([Reply::token("bearer-1")]).await;
    there.say(replies);
    let ninjaone = ninjaone_at(&there.url());
    (there, ninjaone)
}

#[test]
fn a_config_shows_no_secret_and_runs_as_the_system() {
    let config: Config = serde_json::from_value(
        json!({"base_url": "https://eu.ninjarmm.com", "client_id": "c", "client_secret": "s3cret"}),
    )
    .unwrap();
    assert!(!format!("{config:?}").contains("s3cret"));
    assert_eq!(
        (config.run_as.as_str(), config.preferred),
        ("system", false)
    );
}
