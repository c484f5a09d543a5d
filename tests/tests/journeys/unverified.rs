//! Webhooks whose credential is not a source's: refused, and noted within bounds.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use deskhand_tests::{answer, eventually};
use futures::future::join_all;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::desk::{Desk, PATIENCE, items};
use crate::hunt::Haystack;

/// What a stranger sends, each word in a place of its own.
const NAME: &str = "stranger+name/1";
const PASSWORD: &str = "pA5/sw+rd&Xq";
const CONTENT: &str = "cO7/nt+nt&Yz";
const MOST_A_MINUTE: usize = 10;
const NEXT_TRY: Duration = Duration::from_secs(10);

#[tokio::test]
async fn twenty_bad_deliveries_leave_ten_rows_a_minute_and_nothing_that_was_sent() {
    let desk = Desk::shared().await;
    let source = desk.deployment.endpoints().webhook("halopsa", "username");
    let calls = (0..20).map(|number| {
        let call = delivery(&desk);
        answer(match number % 4 {
            0 => call,
            1 => call.basic_auth(NAME, Some(PASSWORD)),
            2 => call.basic_auth(source, Some(PASSWORD)),
            _ => call.bearer_auth(PASSWORD),
        })
    });
    for (status, problem) in join_all(calls).await {
        let told = (status, &problem["code"]);
        assert_eq!(told, (401, &json!("AUTH_FAILED")), "{problem}");
    }

    let rows = rows(&desk, "ticket_created").await;
    assert!(!rows.is_empty(), "nothing was noted");
    assert_bounded(&rows);
    assert_telling_nothing(&rows, &[NAME, PASSWORD, CONTENT, source]);
}

#[tokio::test]
async fn an_answer_to_a_prompt_that_nobody_signed_is_noted_too() {
    let desk = Desk::shared().await;
    let url = format!("{}/webhooks/azuread/mfa_response", desk.deployment.api());
    let body = json!({"request_id": CONTENT, "status": "approved"});
    let client = deskhand_local::loopback().unwrap();
    // Others' rows may stand in the way in one minute, but not in each.
    let rows = eventually("a row about an unsigned answer", PATIENCE, || async {
        let call = client.post(&url).json(&body);
        let call = call
            .header("x-webhook-source", NAME)
            .header("webhook-signature", PASSWORD);
        let (status, problem) = answer(call).await;
        let told = (status, &problem["code"]);
        assert_eq!(told, (401, &json!("AUTH_FAILED")), "{problem}");
        let rows = rows(&desk, "mfa_response").await;
        if rows.is_empty() {
            sleep(NEXT_TRY).await;
        }
        (!rows.is_empty()).then_some(rows)
    })
    .await;
    assert_telling_nothing(&rows, &[NAME, PASSWORD, CONTENT]);
}

fn delivery(desk: &Desk<'_>) -> RequestBuilder {
    let url = format!("{}/webhooks/halopsa/ticket_created", desk.deployment.api());
    let client = deskhand_local::loopback().unwrap();
    client
        .post(url)
        .json(&json!({"id": CONTENT, "object_id": 1}))
}

/// The rows about webhooks that came in by a route.
async fn rows(desk: &Desk<'_>, route: &str) -> Vec<Value> {
    let table = format!("{}-ephemeral", desk.deployment.stack());
    let ask = json!({"TableName": table, "ConsistentRead": true,
        "FilterExpression": "begins_with(pk, :unverified) AND #route = :route",
        "ExpressionAttributeNames": {"#route": "route"},
        "ExpressionAttributeValues": {":unverified": {"S": "unverified#"}, ":route": {"S": route}}});
    let mut page = desk.deployment.dynamodb("Scan", &ask).await.unwrap();
    assert!(page["LastEvaluatedKey"].is_null(), "more than one page");
    items(page["Items"].take())
}

/// Asserts that no minute has more rows than it may.
fn assert_bounded(rows: &[Value]) {
    let mut minutes: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *minutes.entry(row["pk"]["S"].as_str().unwrap()).or_default() += 1;
    }
    let most = minutes.values().max();
    assert!(most <= Some(&MOST_A_MINUTE), "{minutes:?}");
}

/// Asserts that a row holds its route and times, and none of the `words`.
fn assert_telling_nothing(rows: &[Value], words: &[&str]) {
    for row in rows {
        let members: BTreeSet<&str> = row
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let known = ["at", "pk", "route", "sk", "ttl"];
        assert_eq!(members, BTreeSet::from(known), "{row}");
    }
    let mut hay = Haystack::empty();
    hay.add("rows", json!(rows).to_string());
    for word in words {
        assert_eq!(hay.hits(word), [""; 0], "{word}");
    }
}
