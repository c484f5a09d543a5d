//! A key's life: made within its maker's rights, changed, rotated, revoked.

use super::{AT_ONCE, House, KEYS, Told, one};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    io::{self, Write},
    time::Instant,
};
use uuid::Uuid;

#[tokio::test]
async fn a_repeated_call_gets_the_first_answer_without_the_key() {
    let house = House::new("Keys Repeated").await;
    let repeat = Uuid::new_v4().to_string();
    let send = async |body: Value| {
        let call = house.call(Method::POST, KEYS).bearer_auth(&house.token);
        Told::to(call.header("idempotency-key", &repeat).json(&body)).await
    };
    let ask = json!({"name": "once", "scopes": ["read"], "expires_days": 1});
    let first = send(ask.clone()).await.is(201);
    assert!(first.body["key"].is_string() && first.header("idempotent-replayed").is_none());
    let again = send(ask).await.is(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let mut expected = first.body.clone();
    expected["key"] = Value::Null;
    assert_eq!(again.body, expected);
    let other = send(json!({"name": "twice", "scopes": ["read"]})).await;
    other.says(422, "IDEMPOTENCY_CONFLICT");
    let list = house.ask(Method::GET, KEYS).await.is(200);
    assert_eq!(list.number("x-total-count"), 2, "{}", list.text);
}

#[tokio::test]
async fn nobody_makes_a_key_that_is_wider_or_lasts_longer_than_their_own() {
    let house = House::new("Keys Narrow").await;
    let ask = json!({"name": "minter", "scopes": ["keys:write", "read"], "expires_days": 10, "rate_limit": 500});
    let minter = house.send(Method::POST, KEYS, &ask).await.is(201);
    let key = minter.key();
    let mint = async |body: Value| house.with_key(&key, Method::POST, KEYS, Some(&body)).await;

    let wider = mint(json!({"name": "wider", "scopes": ["read", "write"]})).await;
    wider.says(403, "PERMISSION_DENIED");
    let missing = wider.body["details"]["missing"].as_array().unwrap();
    assert!(missing.contains(&json!("exec:run")), "{}", wider.text);
    assert!(!missing.contains(&json!("exec:read")), "{}", wider.text);
    mint(json!({"name": "longer", "scopes": ["read"], "expires_days": 11}))
        .await
        .says(422, "VALIDATION_ERROR");
    mint(json!({"name": "busier", "scopes": ["read"], "rate_limit": 501}))
        .await
        .says(422, "VALIDATION_ERROR");
    let unknown = mint(json!({"name": "unknown", "scopes": ["read", "root", "sudo"]})).await;
    unknown.says(422, "VALIDATION_ERROR");
    assert!(
        unknown.text.contains("root") && !unknown.text.contains("sudo"),
        "{}",
        unknown.text
    );

    let child = mint(json!({"name": "child", "scopes": ["read"]}))
        .await
        .is(201);
    assert_eq!(child.time("expires_at"), minter.time("expires_at"));
    assert_eq!(child.body["rate_limit"], 500, "its maker's limit");
    assert_eq!(
        child.body["user_id"], minter.body["user_id"],
        "whoever made its maker"
    );
    let widen = json!({"scopes": ["users:admin"]});
    let widened = house
        .with_key(&key, Method::PUT, &one(child.id()), Some(&widen))
        .await;
    widened.says(403, "PERMISSION_DENIED");
    // The organization's first key may do everything: nobody gets another like it who may not.
    let rotate = format!("{}/rotate", one(1));
    let rotated = house
        .with_key(&key, Method::POST, &rotate, Some(&json!({})))
        .await;
    rotated.says(403, "PERMISSION_DENIED");
    let reader = child.key();
    let refused = house
        .with_key(&reader, Method::POST, KEYS, Some(&ask))
        .await;
    refused.says(403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_and_does_not_come_back() {
    let house = House::new("Keys Revoked").await;
    for by_put in [false, true] {
        let made = house.key(&["read"]).await;
        let (path, key) = (one(made.id()), made.key());
        house.used(&key).await.is(200);
        let began = Instant::now();
        if by_put {
            let stop = json!({"is_active": false});
            let stopped = house.send(Method::PUT, &path, &stop).await.is(200);
            assert_eq!(stopped.body["is_active"], false);
            house.send(Method::PUT, &path, &stop).await.is(200);
        } else {
            house.ask(Method::DELETE, &path).await.is(204);
        }
        let revoked = Instant::now();
        while house.used(&key).await.status == 200 {
            assert!(revoked.elapsed() < AT_ONCE, "it still works after 5 s");
        }
        let by = if by_put { "PUT" } else { "DELETE" };
        let line = format!(
            "a key revoked by {by} was refused {} ms after the answer, {} ms after the call",
            revoked.elapsed().as_millis(),
            began.elapsed().as_millis()
        );
        let _ = writeln!(io::stderr(), "{line}");
        house.used(&key).await.says(401, "AUTH_FAILED");

        house.ask(Method::DELETE, &path).await.is(204);
        for wakes in [json!({"is_active": true}), json!({"expires_days": 30})] {
            let refused = house.send(Method::PUT, &path, &wakes).await;
            refused.says(409, "WRONG_STATE");
            let details = &refused.body["details"];
            assert_eq!(
                (&details["current"], &details["allowed"]),
                (&json!("revoked"), &json!(["active"]))
            );
        }
        house
            .send(Method::POST, &format!("{path}/rotate"), &json!({}))
            .await
            .says(409, "WRONG_STATE");
        let shown = house.ask(Method::GET, &path).await.is(200);
        assert_eq!(shown.body["is_active"], false, "it stays in the list");
    }
}

#[tokio::test]
async fn the_documented_change_holds_from_the_next_request() {
    let house = House::new("Keys Changed").await;
    let made = house.key(&["read", "write", "keys:read"]).await;
    let key = made.key();
    house.with_key(&key, Method::GET, KEYS, None).await.is(200);
    let change = json!({"name": "Updated Name", "scopes": ["playbook:read"], "is_active": true});
    let changed = house
        .send(Method::PUT, &one(made.id()), &change)
        .await
        .is(200);
    for member in ["name", "scopes", "is_active"] {
        assert_eq!(changed.body[member], change[member]);
    }
    assert_eq!(changed.time("expires_at"), made.time("expires_at"));
    house
        .with_key(&key, Method::GET, KEYS, None)
        .await
        .says(403, "PERMISSION_DENIED");
    house.used(&key).await.is(200);
    let shorter = json!({"expires_days": 1, "rate_limit": 5});
    let shorter = house
        .send(Method::PUT, &one(made.id()), &shorter)
        .await
        .is(200);
    assert!(shorter.time("expires_at") < made.time("expires_at"));
    assert_eq!(
        house.used(&key).await.is(200).number("x-ratelimit-limit"),
        5
    );
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_its_grace_period_and_names_its_successor() {
    let house = House::new("Keys Rotated").await;
    let old = house.key(&["read"]).await;
    let rotate = format!("{}/rotate", one(old.id()));
    let new = house
        .send(Method::POST, &rotate, &json!({"grace_hours": 2}))
        .await
        .is(201);
    assert_eq!(
        (&new.body["scopes"], &new.body["name"]),
        (&old.body["scopes"], &old.body["name"])
    );
    assert_eq!(new.body["replaces"], old.body["id"]);
    assert_ne!(new.key(), old.key());
    for key in [old.key(), new.key()] {
        house.used(&key).await.is(200);
    }
    let shown = house.ask(Method::GET, &one(old.id())).await.is(200);
    assert_eq!(
        (&shown.body["replaced_by"], &shown.body["is_active"]),
        (&new.body["id"], &json!(true))
    );
    assert_eq!(shown.body["expires_at"], new.body["replaced_expires_at"]);
    let grace = shown
        .time("expires_at")
        .duration_since(new.time("created_at"));
    assert!(
        (grace - SignedDuration::from_hours(2)).abs() < SignedDuration::from_secs(5),
        "{grace}"
    );

    let again = house.send(Method::POST, &rotate, &json!({})).await;
    again.says(409, "WRONG_STATE");
    assert_eq!(again.body["details"]["replaced_by"], new.body["id"]);
    let rotate = format!("{}/rotate", one(new.id()));
    house
        .send(Method::POST, &rotate, &json!({"grace_hours": 169}))
        .await
        .says(422, "VALIDATION_ERROR");
    let third = house
        .send(Method::POST, &rotate, &json!({"grace_hours": 0}))
        .await
        .is(201);
    house.used(&new.key()).await.says(401, "AUTH_FAILED");
    house.used(&third.key()).await.is(200);
    let expired = house.ask(Method::GET, &one(new.id())).await.is(200);
    assert_eq!(expired.body["is_active"], false);
    let wake = json!({"is_active": true});
    let refused = house.send(Method::PUT, &one(new.id()), &wake).await;
    refused.says(409, "WRONG_STATE");
    assert_eq!(refused.body["details"]["current"], "expired");
}
