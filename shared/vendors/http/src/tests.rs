//! The client against a vendor that misbehaves.

use crate::{Ask, By, Client, Grant, Hosts, Limits, Vendor};
use jiff::{SignedDuration, Timestamp};
use ports::CallError;
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Conversation, FixedClock, Reply};

const NOON: &str = "2026-11-02T12:00:00Z";

fn limits() -> Limits {
    Limits {
        connect: Duration::from_millis(500),
        read: Duration::from_millis(1500),
        write: Duration::from_millis(1500),
    }
}

fn clock() -> FixedClock {
    FixedClock::at(NOON.parse::<Timestamp>().unwrap())
}

fn vendor_of(there: &Conversation, clock: &FixedClock) -> Vendor {
    Client::with_limits(Arc::new(clock.clone()), limits())
        .vendor("Vendor", Hosts::of([there.url().as_str()]))
}

async fn talk(replies: impl IntoIterator<Item = Reply>) -> (Conversation, Vendor) {
    let there = Conversation::start(replies).await;
    let vendor = vendor_of(&there, &clock());
    (there, vendor)
}

fn grant(there: &Conversation, secret: &str) -> Grant {
    Grant {
        url: format!("{}/token", there.url()),
        client_id: "client".into(),
        client_secret: SecretString::from(secret.to_owned()),
        by: By::Client,
        more: vec![("scope", "all".into())],
    }
}

fn ok() -> Reply {
    Reply::json(200, "{}")
}

fn busy(status: u16) -> Reply {
    Reply::json(status, "{}")
}

fn is_unavailable(error: &CallError) -> bool {
    error.is_retryable()
}

#[tokio::test]
async fn a_read_is_tried_again_until_it_is_answered() {
    for reply in [busy(408), busy(429), busy(500), busy(503), Reply::Cut] {
        let (there, vendor) = talk([reply.clone(), reply, ok()]).await;
        let answer = vendor.call(&Ask::get(&there.url()), vendor.reading()).await;
        assert!(answer.unwrap().is_success());
        assert_eq!(there.heard().len(), 3);
    }
}

#[tokio::test]
async fn the_third_failure_of_a_read_is_unavailable_never_unknown() {
    for reply in [busy(500), Reply::Cut] {
        let (there, vendor) = talk([reply.clone(), reply.clone(), reply, ok()]).await;
        let error = vendor
            .call(&Ask::get(&there.url()), vendor.reading())
            .await
            .err()
            .unwrap();
        assert!(is_unavailable(&error), "{error}");
        assert_eq!(there.heard().len(), 3);
    }
}

#[tokio::test]
async fn a_side_effect_whose_answer_is_lost_is_unknown_and_asked_once() {
    for reply in [busy(500), busy(502), busy(408), Reply::Cut, Reply::Hang] {
        let (there, vendor) = talk([reply, ok()]).await;
        let error = vendor
            .call(&Ask::act(&there.url()), vendor.writing())
            .await
            .err()
            .unwrap();
        assert!(matches!(error, CallError::Unknown { .. }), "{error}");
        assert_eq!(there.heard().len(), 1);
    }
}

#[tokio::test]
async fn a_side_effect_that_was_turned_away_is_tried_again() {
    let (there, vendor) = talk([busy(429), ok()]).await;
    let answer = vendor.call(&Ask::act(&there.url()), vendor.writing()).await;
    assert!(answer.unwrap().is_success());
    assert_eq!(there.heard().len(), 2);
}

#[tokio::test]
async fn nobody_listening_is_unavailable_even_for_a_side_effect() {
    let (there, vendor) = talk([]).await;
    let url = there.url();
    drop(there);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let error = vendor
        .call(&Ask::act(&url), vendor.writing())
        .await
        .err()
        .unwrap();
    assert_eq!(
        error,
        CallError::Unavailable {
            vendor: "Vendor",
            message: "no connection".into(),
            retry_after: None
        }
    );
}

#[tokio::test]
async fn a_hanging_vendor_costs_no_more_than_the_limit() {
    let (there, vendor) = talk([Reply::Hang, Reply::Hang]).await;
    let began = std::time::Instant::now();
    let error = vendor
        .call(&Ask::get(&there.url()), vendor.reading())
        .await
        .err()
        .unwrap();
    assert!(is_unavailable(&error), "{error}");
    assert!(began.elapsed() < Duration::from_millis(1900));
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_caller() {
    let asked = |value: &'static str| async move {
        let (there, vendor) = talk([busy(429).with("retry-after", value), ok()]).await;
        let result = vendor.call(&Ask::get(&there.url()), vendor.reading()).await;
        (result.err(), there.heard().len())
    };
    for value in ["30", "Mon, 02 Nov 2026 12:00:30 GMT"] {
        let (error, tries) = asked(value).await;
        let Some(CallError::Unavailable { retry_after, .. }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(retry_after, Some(Duration::from_secs(30)));
        assert_eq!(tries, 1);
    }
    assert_eq!(asked("0").await, (None, 2));
}

#[tokio::test]
async fn patience_speaks_when_a_429_names_no_time() {
    let (there, vendor) = talk([busy(429), ok()]).await;
    let vendor = vendor.patient(Duration::from_secs(5));
    let error = vendor
        .call(&Ask::act(&there.url()), vendor.writing())
        .await
        .err();
    let Some(CallError::Unavailable { retry_after, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let there = Conversation::start([]).await;
    there.say([busy(302).with("location", &format!("{}/elsewhere", there.url()))]);
    let vendor = vendor_of(&there, &clock());
    let error = vendor
        .call(&Ask::get(&there.url()), vendor.reading())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    assert_eq!(there.heard().len(), 1);
}

#[tokio::test]
async fn a_host_that_is_not_allowed_is_not_asked() {
    let (_there, vendor) = talk([]).await;
    let other = Conversation::start([ok()]).await;
    let error = vendor
        .call(&Ask::get(&other.url()), vendor.reading())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    assert_eq!(other.unsaid(), 1);
}

#[tokio::test]
async fn an_answer_of_more_than_a_megabyte_is_not_read() {
    let long = || Reply::text(200, "text/plain", "x".repeat((1 << 20) + 1));
    let (there, vendor) = talk([long(), long(), long()]).await;
    let error = vendor
        .call(&Ask::get(&there.url()), vendor.reading())
        .await
        .err()
        .unwrap();
    assert!(is_unavailable(&error), "{error}");

    let (there, vendor) = talk([long()]).await;
    let error = vendor
        .call(&Ask::act(&there.url()), vendor.writing())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, CallError::Unknown { .. }), "{error}");
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_again_after_80_percent_of_its_life() {
    let there =
        Conversation::start([Reply::token("one"), ok(), ok(), Reply::token("two"), ok()]).await;
    let clock = clock();
    let vendor = vendor_of(&there, &clock);
    let grant = grant(&there, "s3cret+/");
    let ask = Ask::get(&format!("{}/api", there.url()));
    for _ in 0..2 {
        vendor
            .call_with(&grant, &ask, vendor.reading())
            .await
            .unwrap();
    }
    clock.advance(SignedDuration::from_secs(2879));
    assert_eq!(there.lines(), ["POST /token", "GET /api", "GET /api"]);
    clock.advance(SignedDuration::from_secs(1));
    vendor
        .call_with(&grant, &ask, vendor.reading())
        .await
        .unwrap();
    let heard = there.heard();
    assert_eq!(
        heard[0].body,
        "grant_type=client_credentials&client_id=client&client_secret=s3cret%2B%2F&scope=all"
    );
    assert_eq!(heard[1].header("authorization"), Some("Bearer one"));
    assert_eq!(heard[3].target, "/token");
    assert_eq!(heard[4].header("authorization"), Some("Bearer two"));
}

#[tokio::test]
async fn a_rejected_token_is_dropped_and_the_call_repeated_once() {
    let (there, vendor) = talk([
        Reply::token("old"),
        busy(401),
        Reply::token("new"),
        busy(401),
    ])
    .await;
    let answer = vendor
        .call_with(
            &grant(&there, "s"),
            &Ask::act(&format!("{}/api", there.url())),
            vendor.writing(),
        )
        .await
        .unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(there.heard()[3].header("authorization"), Some("Bearer new"));
    assert_eq!(there.heard().len(), 4);
}

#[tokio::test]
async fn many_callers_share_one_token_request() {
    let there = Conversation::start([Reply::token("one")]).await;
    there.say(std::iter::repeat_with(ok).take(8));
    let vendor = vendor_of(&there, &clock());
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (vendor, grant) = (vendor.clone(), grant(&there, "s"));
            let ask = Ask::get(&format!("{}/api", there.url()));
            tokio::spawn(async move {
                vendor
                    .call_with(&grant, &ask, vendor.reading())
                    .await
                    .map(|answer| answer.status())
            })
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap(), Ok(200));
    }
    let tokens = there
        .lines()
        .iter()
        .filter(|line| *line == "POST /token")
        .count();
    assert_eq!(tokens, 1);
}

#[tokio::test]
async fn another_secret_gets_another_token() {
    let (there, vendor) = talk([Reply::token("mine"), ok(), busy(401)]).await;
    let ask = Ask::get(&format!("{}/api", there.url()));
    vendor
        .call_with(&grant(&there, "right"), &ask, vendor.reading())
        .await
        .unwrap();
    let error = vendor
        .call_with(&grant(&there, "wrong"), &ask, vendor.reading())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
}

#[tokio::test]
async fn a_token_that_still_lives_is_used_while_the_endpoint_is_down() {
    let there = Conversation::start([
        Reply::json(200, r#"{"access_token":"one","expires_in":"3599"}"#),
        ok(),
        busy(503),
        busy(503),
        busy(503),
        ok(),
    ])
    .await;
    let clock = clock();
    let vendor = vendor_of(&there, &clock);
    let ask = Ask::get(&format!("{}/api", there.url()));
    vendor
        .call_with(&grant(&there, "s"), &ask, vendor.reading())
        .await
        .unwrap();
    clock.advance(SignedDuration::from_secs(3000));
    vendor
        .call_with(&grant(&there, "s"), &ask, vendor.reading())
        .await
        .unwrap();
    assert_eq!(there.heard()[5].header("authorization"), Some("Bearer one"));
}

#[tokio::test]
async fn a_refused_credential_is_misconfigured_and_shows_no_secret() {
    let (there, vendor) = talk([Reply::json(
        401,
        r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret s3cret-value provided."}"#,
    )])
    .await;
    let error = vendor
        .call_with(
            &grant(&there, "s3cret-value"),
            &Ask::get(&there.url()),
            vendor.reading(),
        )
        .await
        .err()
        .unwrap();
    let text = format!("{error} {error:?}");
    assert!(matches!(error, CallError::Misconfigured { .. }), "{text}");
    assert!(
        text.contains("invalid_client") && text.contains("AADSTS7000215"),
        "{text}"
    );
    assert!(!text.contains("s3cret-value"), "{text}");
}

#[tokio::test]
async fn a_token_by_password_is_asked_for_by_the_client_that_everybody_knows() {
    let (there, vendor) = talk([Reply::token("bearer-1"), ok()]).await;
    let grant = Grant {
        by: By::Password {
            client: "public-client",
            known: "public",
        },
        more: Vec::new(),
        ..grant(&there, "s3cret")
    };
    let ask = Ask::get(&there.url());
    vendor
        .call_with(&grant, &ask, vendor.reading())
        .await
        .unwrap();
    let heard = there.heard();
    assert_eq!(
        heard[0].body,
        "grant_type=password&username=client&password=s3cret"
    );
    assert_eq!(
        heard[0].header("authorization"),
        Some("Basic cHVibGljLWNsaWVudDpwdWJsaWM=")
    );
    assert_eq!(heard[1].header("authorization"), Some("Bearer bearer-1"));
}

#[tokio::test]
async fn a_put_that_acts_is_sent_once() {
    let (there, vendor) = talk([Reply::Cut, ok()]).await;
    let lost = vendor
        .call(&Ask::act_put(&there.url()), vendor.writing())
        .await
        .map(|answer| answer.status());
    assert!(matches!(lost, Err(CallError::Unknown { .. })), "{lost:?}");
    assert_eq!(there.lines(), ["PUT /"]);
}
