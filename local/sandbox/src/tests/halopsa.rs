use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, http::HeaderMap, http::StatusCode, routing::post};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{Sandbox, read};

/// Whoever gets Halo's webhooks; answers with `answers` in turn, then with 200.
struct Receiver {
    url: String,
    seen: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Receiver {
    async fn start(answers: &[u16]) -> Self {
        let seen: Arc<Mutex<Vec<(HeaderMap, Value)>>> = Arc::default();
        let (record, answers) = (Arc::clone(&seen), answers.to_vec());
        let receive = move |headers: HeaderMap, body: String| async move {
            let mut seen = record.lock().unwrap();
            let status = answers.get(seen.len()).copied().unwrap_or(200);
            seen.push((headers, serde_json::from_str(&body).unwrap()));
            StatusCode::from_u16(status).unwrap()
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/{{event}}", listener.local_addr().unwrap());
        let routes = Router::new().route("/{event}", post(receive));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { url, seen }
    }

    async fn wait_for(&self, count: usize) -> Vec<(HeaderMap, Value)> {
        for _ in 0..200 {
            let seen = self.seen.lock().unwrap().clone();
            if seen.len() >= count {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{count} webhooks did not arrive");
    }

    async fn listen_to(&self, sandbox: &Sandbox) {
        let config = json!({"webhooks": {"halopsa": {
            "ticket_created_url": self.url.replace("{event}", "ticket_created"),
            "ticket_updated_url": self.url.replace("{event}", "ticket_updated"),
            "username": "source-1",
            "password": "hook-secret",
        }}});
        let (status, shown) = sandbox.tell("/_sandbox/config", config).await;
        assert_eq!(status, 200);
        assert!(!shown.to_string().contains("hook-secret"));
    }
}

async fn write(sandbox: &Sandbox, token: &str, path: &str, body: Value) -> (u16, Value) {
    let path = format!("/halopsa/api/{path}");
    read(
        sandbox
            .call(Method::POST, &path)
            .bearer_auth(token)
            .json(&body)
            .send()
            .await
            .unwrap(),
    )
    .await
}

async fn ask(sandbox: &Sandbox, token: &str, path: &str) -> (u16, Value) {
    let path = format!("/halopsa/api/{path}");
    read(
        sandbox
            .call(Method::GET, &path)
            .bearer_auth(token)
            .send()
            .await
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn discovery_leads_to_a_token_that_opens_a_ticket() {
    let sandbox = Sandbox::start().await;
    let info = sandbox.look("/halopsa/api/authinfo").await;
    assert_eq!(info["auth_url"], format!("{}/halopsa/auth", sandbox.base));
    assert_eq!(info["tenant_id"], "sandbox");
    let token = sandbox.halo_token().await;
    let id = sandbox.new_ticket().await;
    let (status, ticket) = ask(
        &sandbox,
        &token,
        &format!("Tickets/{id}?includedetails=true"),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(ticket["details"], "I cannot sign in.");
    assert_eq!(ticket["user_email"], "john.doe@company.com");
    assert_eq!(ticket["customfields"][0]["name"], "CFautomated");
    let (_, user) = ask(&sandbox, &token, &format!("Users/{}", ticket["user_id"])).await;
    assert_eq!(user["emailaddress"], "john.doe@company.com");
    let (_, list) = ask(
        &sandbox,
        &token,
        "Tickets?pageinate=true&page_size=1&search=password",
    )
    .await;
    assert_eq!(
        (
            list["record_count"].as_u64(),
            list["tickets"][0]["id"].as_u64()
        ),
        (Some(1), Some(id))
    );
    assert_eq!(ask(&sandbox, &token, "Tickets/4242").await.0, 404);
}

#[tokio::test]
async fn a_wrong_secret_and_a_spent_token_open_nothing() {
    let sandbox = Sandbox::start().await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "deskhand"),
        ("client_secret", "wrong"),
        ("scope", "all"),
    ];
    let (status, body) = read(
        sandbox
            .call(Method::POST, "/halopsa/auth/token")
            .form(&form)
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(
        (status, body["error"].as_str()),
        (400, Some("invalid_client"))
    );
    sandbox
        .tell("/_sandbox/config", json!({"token_seconds": 0}))
        .await;
    let token = sandbox.halo_token().await;
    assert_eq!(ask(&sandbox, &token, "Tickets").await.0, 401);
    let graph = sandbox.graph_token().await;
    assert_eq!(ask(&sandbox, &graph, "Tickets").await.0, 401);
}

#[tokio::test]
async fn a_single_object_is_refused() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.halo_token().await;
    let (status, body) = write(&sandbox, &token, "Tickets", json!({"summary": "alone"})).await;
    assert_eq!(status, 400);
    assert!(
        body["Message"]
            .as_str()
            .unwrap()
            .contains("requires a JSON array")
    );
    let note = json!({"ticket_id": 1, "outcome_id": 7, "note_html": "x"});
    assert_eq!(write(&sandbox, &token, "Actions", note).await.0, 400);
    assert_eq!(ask(&sandbox, &token, "Tickets").await.1["record_count"], 0);
}

#[tokio::test]
async fn a_custom_field_is_set_by_name_or_id_and_others_stay() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.halo_token().await;
    let id = sandbox.new_ticket().await;
    let change = json!([{"id": id, "status_id": 2, "customfields": [{"name": "CFautomated", "value": "true"}]}]);
    let (status, ticket) = write(&sandbox, &token, "Tickets", change).await;
    assert_eq!(status, 201);
    assert_eq!(ticket["status_id"], 2);
    assert_eq!(ticket["customfields"][0]["value"], "true");
    assert_eq!(ticket["customfields"][0]["display"], "Yes");
    assert_eq!(ticket["summary"], "Forgot my password");
    let change = json!([{"id": id, "customfields": [{"id": 155, "value": false}]}]);
    let (_, ticket) = write(&sandbox, &token, "Tickets", change).await;
    assert_eq!(ticket["customfields"][0]["value"], false);
    assert_eq!(ticket["customfields"].as_array().unwrap().len(), 1);
    assert_eq!(
        write(
            &sandbox,
            &token,
            "Tickets",
            json!([{"id": 4242, "status_id": 2}])
        )
        .await
        .0,
        404
    );
}

#[tokio::test]
async fn a_note_needs_an_outcome_and_stays_private() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.halo_token().await;
    let id = sandbox.new_ticket().await;
    let bare = json!([{"ticket_id": id, "note_html": "<p>hello</p>"}]);
    let (status, body) = write(&sandbox, &token, "Actions", bare).await;
    assert_eq!(status, 400);
    assert_eq!(
        body["Message"],
        "An Outcome must be entered for this Action"
    );
    for text in ["first", "second"] {
        let note = json!([{
            "ticket_id": id,
            "outcome_id": 7,
            "hiddenfromuser": true,
            "note_html": format!("<p>{text} &amp; ref:1</p>"),
        }]);
        let (status, action) = write(&sandbox, &token, "Actions", note).await;
        assert_eq!(
            (status, action["hiddenfromuser"].as_bool()),
            (201, Some(true))
        );
    }
    let (_, list) = ask(&sandbox, &token, &format!("Actions?ticket_id={id}&count=1")).await;
    assert_eq!(list["record_count"], 2);
    assert_eq!(list["actions"].as_array().unwrap().len(), 1);
    assert_eq!(list["actions"][0]["note"], "second & ref:1");
    assert_eq!(list["actions"][0]["note_html"], "<p>second &amp; ref:1</p>");
    let seen = sandbox.look("/_sandbox/halo/tickets").await;
    assert_eq!(seen[0]["notes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn creation_and_every_change_fire_a_webhook_of_their_own() {
    let sandbox = Sandbox::start().await;
    let receiver = Receiver::start(&[]).await;
    receiver.listen_to(&sandbox).await;
    let id = sandbox.new_ticket().await;
    let seen = receiver.wait_for(1).await;
    let (headers, body) = &seen[0];
    assert_eq!(headers["app"], "Halo PSA");
    assert_eq!(headers["content-type"], "application/json; charset=utf-8");
    assert_eq!(
        headers["authorization"],
        "Basic c291cmNlLTE6aG9vay1zZWNyZXQ="
    );
    assert_eq!(body["event"], "new ticket logged");
    assert_eq!(
        (body["object_id"].as_u64(), body["ticket"]["id"].as_u64()),
        (Some(id), Some(id))
    );
    assert_eq!(
        body["timestamp"].as_str().unwrap().len(),
        "2026-09-25T06:41:08.7895915Z".len()
    );
    assert!(body.to_string().len() < 700, "{body}");

    let token = sandbox.halo_token().await;
    write(
        &sandbox,
        &token,
        "Tickets",
        json!([{"id": id, "status_id": 2}]),
    )
    .await;
    write(
        &sandbox,
        &token,
        "Actions",
        json!([{"ticket_id": id, "outcome_id": 7, "note_html": "x"}]),
    )
    .await;
    let seen = receiver.wait_for(3).await;
    assert!(
        seen[1..]
            .iter()
            .all(|(_, body)| body["event"] == "ticket updated")
    );
    let mut ids: Vec<_> = seen
        .iter()
        .map(|(_, body)| body["id"].as_str().unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    let deliveries = sandbox.look("/_sandbox/webhooks").await;
    assert_eq!(deliveries[0]["event"], "ticket_created");
    assert_eq!(deliveries[0]["ticket_id"].as_u64(), Some(id));
    assert!(
        deliveries[0]["body"]
            .as_str()
            .unwrap()
            .contains("new ticket logged")
    );
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_with_the_same_id() {
    let sandbox = Sandbox::start().await;
    let receiver = Receiver::start(&[503]).await;
    receiver.listen_to(&sandbox).await;
    sandbox.new_ticket().await;
    let seen = receiver.wait_for(2).await;
    assert_eq!(seen[0].1["id"], seen[1].1["id"]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let deliveries = sandbox.look("/_sandbox/webhooks").await;
    assert_eq!(
        (
            deliveries[0]["attempts"].as_u64(),
            deliveries[0]["status"].as_u64()
        ),
        (Some(2), Some(200))
    );
}

#[tokio::test]
async fn a_reset_stops_the_webhooks_of_the_old_state_and_keeps_the_target() {
    let sandbox = Sandbox::start().await;
    let receiver = Receiver::start(&[503, 503, 503]).await;
    receiver.listen_to(&sandbox).await;
    let first = sandbox.new_ticket().await;
    receiver.wait_for(1).await;
    sandbox.tell("/_sandbox/reset", json!({})).await;
    tokio::time::sleep(Duration::from_millis(900)).await;
    assert_eq!(receiver.seen.lock().unwrap().len(), 1);
    assert_eq!(sandbox.look("/_sandbox/halo/tickets").await, json!([]));
    assert_eq!(sandbox.look("/_sandbox/webhooks").await, json!([]));
    let second = sandbox.new_ticket().await;
    assert!(second > first, "a ticket number is never used twice");
    receiver.wait_for(2).await;
}

#[tokio::test]
async fn a_ticket_can_have_a_chosen_number_and_be_quiet_until_fired_by_hand() {
    let sandbox = Sandbox::start().await;
    let quiet = json!({"summary": "seven", "details": "", "user_email": "a@example.com", "id": 7, "fire": false});
    let (status, made) = sandbox.tell("/_sandbox/halo/tickets", quiet.clone()).await;
    assert_eq!(
        (status, made),
        (201, json!({"id": 7, "ticket_id": "HLP-7"}))
    );
    assert_eq!(sandbox.tell("/_sandbox/halo/tickets", quiet).await.0, 409);
    let hand = json!({"event": "ticket_updated", "delivery_id": "again"});
    assert_eq!(
        sandbox
            .tell("/_sandbox/halo/tickets/7/fire", hand.clone())
            .await
            .0,
        409
    );
    let receiver = Receiver::start(&[]).await;
    receiver.listen_to(&sandbox).await;
    for _ in 0..2 {
        let (status, fired) = sandbox
            .tell("/_sandbox/halo/tickets/7/fire", hand.clone())
            .await;
        assert_eq!((status, fired["id"].as_str()), (202, Some("again")));
    }
    let seen = receiver.wait_for(2).await;
    assert!(
        seen.iter()
            .all(|(_, body)| body["id"] == "again" && body["object_id"] == 7)
    );
    assert_eq!(
        sandbox.tell("/_sandbox/halo/tickets/8/fire", hand).await.0,
        404
    );
}

#[tokio::test]
async fn an_agent_at_the_keyboard_changes_a_ticket() {
    let sandbox = Sandbox::start().await;
    let receiver = Receiver::start(&[]).await;
    receiver.listen_to(&sandbox).await;
    let id = sandbox.new_ticket().await;
    let change = json!({"summary": "Printer on fire", "customfields": [{"name": "CFautomated", "value": true}]});
    let (status, ticket) = sandbox
        .tell(&format!("/_sandbox/halo/tickets/{id}"), change)
        .await;
    assert_eq!(
        (status, ticket["summary"].as_str()),
        (200, Some("Printer on fire"))
    );
    let seen = receiver.wait_for(2).await;
    let updated = seen
        .iter()
        .find(|(_, body)| body["event"] == "ticket updated")
        .unwrap();
    assert_eq!(updated.1["agent_id"], 12);
}
