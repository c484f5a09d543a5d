//! Keys that are none, of others, or asked for wrongly.

use super::{House, KEYS, Told, one};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn a_key_that_is_not_exactly_one_of_ours_is_401_and_says_nothing_of_why() {
    let house = House::new("Keys Wrong").await;
    let key = house.key(&["read"]).await.key();
    let mut told = BTreeSet::new();
    let middle = key.len() / 2;
    for wrong in [
        format!("{} {}", &key[..middle], &key[middle..]),
        format!("{key} {key}"),
        key[..key.len() - 1].to_owned(),
        format!("{key}A"),
        key.to_uppercase(),
        key.replace("vetrai_", ""),
        "vetrai_".to_owned(),
        String::new(),
        format!("vetrai_{}", "A".repeat(43)),
        format!("vetrai_{}", "A".repeat(4_000)),
        "vetrai_\u{430}".to_owned(),
    ] {
        let refused = house.used(&wrong).await;
        refused.says(401, "AUTH_FAILED");
        assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        told.insert(refused.body["detail"].to_string());
    }
    assert_eq!(told.len(), 1, "{told:?}");
    // Around a key, spaces are HTTP's and not the key's.
    house.used(&format!("  {key} ")).await.is(200);
}

#[tokio::test]
async fn another_organizations_keys_are_not_there() {
    let (house, other) = (
        House::new("Keys Ours").await,
        House::new("Keys Theirs").await,
    );
    let made = house.key(&["read"]).await;
    let path = one(made.id());
    for (method, path) in [
        (Method::GET, path.clone()),
        (Method::GET, format!("{path}/usage")),
        (Method::DELETE, path.clone()),
    ] {
        other
            .ask(method, &path)
            .await
            .says(404, "RESOURCE_NOT_FOUND");
    }
    let change = json!({"is_active": false});
    other
        .send(Method::PUT, &path, &change)
        .await
        .says(404, "RESOURCE_NOT_FOUND");
    let rotate = format!("{path}/rotate");
    other
        .send(Method::POST, &rotate, &json!({}))
        .await
        .says(404, "RESOURCE_NOT_FOUND");
    house.used(&made.key()).await.is(200);
    let list = other.ask(Method::GET, KEYS).await.is(200);
    assert_eq!(list.body.as_array().unwrap().len(), 1, "{}", list.text);
    // A good token of one and a good key of the other.
    let both = house.call(Method::GET, KEYS).bearer_auth(&house.token);
    let both = Told::to(both.header("x-api-key", &other.first_key)).await;
    both.says(401, "AUTH_FAILED");
}

#[tokio::test]
async fn what_cannot_be_taken_is_a_clear_4xx() {
    let house = House::new("Keys Abused").await;
    for (query, status, code) in [
        ("skip=1000000000", 400, "USE_CURSOR"),
        ("skip=-1", 422, "VALIDATION_ERROR"),
        ("skip=many", 422, "VALIDATION_ERROR"),
        ("limit=0", 422, "VALIDATION_ERROR"),
        ("limit=101", 422, "VALIDATION_ERROR"),
        ("sort=password", 422, "VALIDATION_ERROR"),
        ("order=up", 422, "VALIDATION_ERROR"),
        ("cursor=%00", 422, "VALIDATION_ERROR"),
    ] {
        let path = format!("{KEYS}?{query}");
        house.ask(Method::GET, &path).await.says(status, code);
    }
    for id in [
        "0",
        "01",
        "+1",
        "-1",
        "1.0",
        "one",
        "999999",
        "99999999999999999999",
    ] {
        let path = format!("{KEYS}/{id}");
        house
            .ask(Method::GET, &path)
            .await
            .says(404, "RESOURCE_NOT_FOUND");
    }
    let good = json!({"name": "k", "scopes": ["read"], "expires_days": 1});
    for (member, bad) in [
        ("name", json!("")),
        ("name", json!("two\nlines")),
        ("name", json!("x".repeat(101))),
        ("name", Value::Null),
        ("scopes", json!([])),
        ("scopes", json!(vec!["read"; 51])),
        ("scopes", json!("read")),
        ("scopes", json!(["Read"])),
        ("scopes", json!(["x".repeat(50_000)])),
        ("expires_days", json!(0)),
        ("expires_days", json!(-1)),
        ("expires_days", json!(3651)),
        ("expires_days", json!(1e30)),
        ("expires_days", json!("soon")),
        ("rate_limit", json!(0)),
        ("rate_limit", json!(-5)),
    ] {
        let mut body = good.clone();
        body[member] = bad;
        let refused = house.send(Method::POST, KEYS, &body).await;
        refused.says(422, "VALIDATION_ERROR");
        let path = refused.body["details"]["path"].as_str().unwrap();
        assert!(path.starts_with(member), "{member}: {path}");
        assert!(
            refused.text.len() < 3_000,
            "{member}: it repeats what was sent"
        );
    }
    let mut huge = good.clone();
    huge["scopes"] = json!(vec!["read"; 150_000]);
    assert!(huge.to_string().len() > 1_000_000);
    house
        .send(Method::POST, KEYS, &huge)
        .await
        .says(413, "TOO_LARGE");
    let list = house.ask(Method::GET, KEYS).await.is(200);
    assert_eq!(list.number("x-total-count"), 1, "none of it made a key");
}
