//! Halo, against recorded conversations.

use crate::{Config, Halo};
use ports::{CallError, Note, Psa, PsaTicket};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Conversation, FixedClock, Reply};
use vendor_http::{Client, Limits};

fn halo_at(url: &str) -> Halo {
    let config: Config = serde_json::from_value(json!({
        "base_url": url, "client_id": "app", "client_secret": "app-secret",
        "field_automated": "CFautomated", "outcome_note": 7, "agent_id": 3,
    }))
    .unwrap();
    let limits = Limits {
        read: Duration::from_secs(1),
        write: Duration::from_secs(1),
        ..Limits::default()
    };
    let clock = FixedClock::at("2026-11-02T12:00:00Z".parse().unwrap());
    Halo::new(config, Client::with_limits(Arc::new(clock), limits))
}

/// Halo behind discovery and token, then these lines.
async fn talk(replies: impl IntoIterator<Item = Reply>) -> (Conversation, Halo) {
    let there = Conversation::start([]).await;
    let info = json!({"auth_url": format!("{}/auth/", there.url()), "tenant_id": "acme"});
    there.say([
        Reply::json(200, info.to_string()),
        Reply::token("halo-token"),
    ]);
    there.say(replies);
    let halo = halo_at(&there.url());
    (there, halo)
}

fn ticket(more: &serde_json::Value) -> Reply {
    let mut ticket = json!({"id": 2200, "summary": "Password", "details": "I forgot it", "status_id": 1, "user_id": 42});
    ticket
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    Reply::json(200, ticket.to_string())
}

fn note() -> Note {
    Note {
        marker: "0190-a".into(),
        text: "Reset <b>done</b>\nby Deskhand".into(),
    }
}

fn actions(notes: &[&str]) -> Reply {
    let actions: Vec<_> = notes.iter().map(|note| json!({"note": note})).collect();
    Reply::json(
        200,
        json!({"record_count": notes.len(), "actions": actions}).to_string(),
    )
}

#[tokio::test]
async fn the_token_comes_from_where_authinfo_says() {
    let (there, halo) = talk([ticket(&json!({"user_email": "john.doe@company.com"}))]).await;
    halo.ticket(2200).await.unwrap();
    let heard = there.heard();
    assert_eq!(
        there.lines(),
        [
            "GET /api/authinfo",
            "POST /auth/token?tenant=acme",
            "GET /api/Tickets/2200?includedetails=true&includelastaction=false",
        ]
    );
    assert_eq!(
        heard[1].body,
        "grant_type=client_credentials&client_id=app&client_secret=app-secret&scope=all"
    );
    assert_eq!(heard[2].header("authorization"), Some("Bearer halo-token"));
}

#[tokio::test]
async fn an_instance_without_authinfo_is_asked_at_auth_token() {
    let there = Conversation::start([
        Reply::text(404, "text/html", "<html>not here</html>"),
        Reply::token("t"),
        ticket(&json!({"user_email": "a@example.com"})),
    ])
    .await;
    halo_at(&there.url()).ticket(2200).await.unwrap();
    assert_eq!(there.lines()[1], "POST /auth/token");
}

#[tokio::test]
async fn a_token_endpoint_elsewhere_is_not_given_the_secret() {
    let elsewhere = Conversation::start([Reply::token("t")]).await;
    let there = Conversation::start([]).await;
    there.say([Reply::json(
        200,
        json!({"auth_url": elsewhere.url()}).to_string(),
    )]);
    let error = halo_at(&there.url()).ticket(2200).await.unwrap_err();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    assert!(elsewhere.heard().is_empty());
}

#[tokio::test]
async fn a_ticket_is_read_with_its_field_and_without_markup() {
    let (_there, halo) = talk([ticket(&json!({
        "details": "<p>I forgot<br>it</p>",
        "user_email": " john.doe@company.com ",
        "category_1": "Accounts>Passwords",
        "customfields": [
            {"id": 1, "name": "CFother", "value": "true"},
            {"id": 155, "name": "CFAutomated", "label": "Automated", "value": "true", "display": "Yes"},
        ],
    }))])
    .await;
    assert_eq!(
        halo.ticket(2200).await.unwrap(),
        PsaTicket {
            number: 2200,
            summary: "Password".into(),
            details: "I forgot\nit".into(),
            status_id: 1,
            closed: false,
            automated: true,
            requester_email: Some("john.doe@company.com".into()),
            category: Some("Accounts>Passwords".into()),
        }
    );
}

#[tokio::test]
async fn a_requester_the_ticket_does_not_name_is_looked_up() {
    let user = Reply::json(200, r#"{"id":42,"emailaddress":"john.doe@company.com"}"#);
    let (there, halo) = talk([ticket(&json!({"user_email": ""})), user]).await;
    let read = halo.ticket(2200).await.unwrap();
    assert_eq!(
        read.requester_email.as_deref(),
        Some("john.doe@company.com")
    );
    assert_eq!(there.lines()[3], "GET /api/Users/42");
    assert!(!read.automated);

    let (_there, halo) = talk([ticket(&json!({})), Reply::json(404, "{}")]).await;
    assert_eq!(halo.ticket(2200).await.unwrap().requester_email, None);
}

#[tokio::test]
async fn a_ticket_that_is_not_there_is_not_found() {
    for gone in [
        Reply::json(404, r#"{"ClassName":"System.Exception","Message":"no"}"#),
        Reply::json(200, r#"{"id":0}"#),
    ] {
        let (_there, halo) = talk([gone]).await;
        assert_eq!(
            halo.ticket(2200).await.unwrap_err(),
            CallError::NotFound {
                vendor: "HaloPSA",
                what: "ticket"
            }
        );
    }
}

#[tokio::test]
async fn the_field_is_set_by_an_array_of_one() {
    let (there, halo) = talk([Reply::json(201, "{}")]).await;
    halo.set_automated(2200, true).await.unwrap();
    let asked = &there.heard()[2];
    assert_eq!(asked.line(), "POST /api/Tickets");
    assert_eq!(asked.header("content-type"), Some("application/json"));
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&asked.body).unwrap(),
        json!([{"id": 2200, "customfields": [{"name": "CFautomated", "value": "true"}]}])
    );
}

#[tokio::test]
async fn setting_the_field_is_repeated_when_the_answer_is_lost() {
    let (there, halo) = talk([Reply::Cut, Reply::json(500, ""), Reply::json(201, "{}")]).await;
    halo.set_automated(2200, true).await.unwrap();
    assert_eq!(there.heard().len(), 5);

    let (_there, halo) = talk([Reply::Cut, Reply::Cut, Reply::Cut]).await;
    assert!(
        halo.set_automated(2200, true)
            .await
            .unwrap_err()
            .is_retryable()
    );
}

#[tokio::test]
async fn a_fresh_note_is_private_marked_escaped_and_written_without_a_look() {
    let (there, halo) = talk([Reply::json(201, "{}")]).await;
    halo.note(2200, &note(), true).await.unwrap();
    let asked = &there.heard()[2];
    assert_eq!(asked.line(), "POST /api/Actions");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&asked.body).unwrap(),
        json!([{
            "ticket_id": 2200, "outcome_id": 7, "hiddenfromuser": true,
            "note_html": "<p>Reset &lt;b&gt;done&lt;/b&gt;<br>by Deskhand</p><p>ref:0190-a</p>",
        }])
    );
}

#[tokio::test]
async fn a_note_that_is_there_is_not_written_again() {
    let (there, halo) = talk([actions(&["other ref:0190-ab", "done ref:0190-a"])]).await;
    halo.note(2200, &note(), false).await.unwrap();
    assert_eq!(
        there.lines()[2..],
        ["GET /api/Actions?ticket_id=2200&count=100&includehtmlnote=true"]
    );

    let (there, halo) = talk([actions(&["other ref:0190-ab"]), Reply::json(201, "{}")]).await;
    halo.note(2200, &note(), false).await.unwrap();
    assert_eq!(there.lines()[3], "POST /api/Actions");
}

#[tokio::test]
async fn a_note_whose_answer_is_lost_is_unavailable_and_not_repeated_here() {
    let (there, halo) = talk([Reply::Cut, Reply::json(201, "{}")]).await;
    let error = halo.note(2200, &note(), true).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(there.unsaid(), 1);
}

#[tokio::test]
async fn every_shape_of_error_gives_its_words() {
    let cases = [
        (
            r#"{"resultCode":17,"errorMessage":"An Outcome must be entered for this Action"}"#,
            "17",
            "An Outcome",
        ),
        (
            r#"{"ClassName":"System.Exception","Message":"no access"}"#,
            "System.Exception",
            "no access",
        ),
        (r#"{"Message":"bad field"}"#, "http_400", "bad field"),
        (r#"{"error":"invalid"}"#, "invalid", "invalid"),
        (r#""just text""#, "http_400", "just text"),
        ("just text", "http_400", "just text"),
        ("<html>oops</html>", "http_400", "HTTP 400"),
    ];
    for (body, expected_code, expected_words) in cases {
        let (_there, halo) = talk([Reply::json(400, body)]).await;
        let error = halo.note(2200, &note(), true).await.unwrap_err();
        let CallError::Refused { code, message, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(code, expected_code, "{body}");
        assert!(message.contains(expected_words), "{message}");
    }
}

#[tokio::test]
async fn an_agent_without_the_right_is_misconfigured() {
    let (_there, halo) = talk([Reply::json(403, r#"{"Message":"no permission"}"#)]).await;
    let error = halo.ticket(2200).await.unwrap_err();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
}

#[tokio::test]
async fn throttling_without_a_time_asks_for_five_seconds() {
    let (_there, halo) = talk([Reply::json(429, "")]).await;
    let error = halo.ticket(2200).await.unwrap_err();
    let CallError::Unavailable { retry_after, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(5)));
}
