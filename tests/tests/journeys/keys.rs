//! API keys: made, shown once, used, limited, rotated and revoked.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    time::{Duration, Instant},
};

use deskhand_tests::{anonymous, whole_machine};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use reqwest::{
    Method, RequestBuilder,
    header::{HeaderMap, HeaderValue},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::Desk;

const KEYS: &str = "/api/v1/keys";
/// Asks for `playbook:read`, which the bundle `read` holds.
const PLAYBOOKS: &str = "/api/v1/playbooks?limit=1";
/// How soon a revoked key has to be refused.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A tenant of a journey's own, with its admin signed in.
struct House {
    desk: Desk<'static>,
    first_key: String,
    token: String,
}

/// An answer.
struct Told {
    status: u16,
    headers: HeaderMap,
    text: String,
    body: Value,
}

impl Told {
    async fn to(request: RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self {
            status,
            headers,
            text,
            body,
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    fn number(&self, name: &str) -> u64 {
        let header = self.header(name);
        let number = header.and_then(|text| text.parse().ok());
        number.unwrap_or_else(|| panic!("{name} is {header:?} with {} {}", self.status, self.text))
    }

    /// The member, which is a number.
    fn id(&self) -> u64 {
        self.body["id"].as_u64().unwrap()
    }

    /// The key that is shown.
    fn key(&self) -> String {
        self.body["key"].as_str().unwrap().to_owned()
    }

    fn time(&self, member: &str) -> Timestamp {
        self.body[member].as_str().unwrap().parse().unwrap()
    }

    #[track_caller]
    fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    #[track_caller]
    fn says(&self, status: u16, code: &str) {
        let told = (self.status, self.body["code"].as_str());
        assert_eq!(told, (status, Some(code)), "{}", self.text);
    }
}

impl House {
    async fn new(name: &str) -> Self {
        let desk = Desk::shared().await;
        let name = format!("{name} {}", &Uuid::new_v4().simple().to_string()[..8]);
        let host = name.to_lowercase().replace(' ', "-");
        let ask = json!({"name": name, "admin_email": format!("admin@{host}.example.com")});
        let made = desk.deployment.lambda_invoke("create_tenant", &ask).await;
        let made = made.unwrap();
        let ask = json!({
            "username": made["admin"]["username"],
            "password": made["admin"]["password"],
        });
        let pair = anonymous(desk.deployment, Method::POST, "/token/").json(&ask);
        let pair = Told::to(pair).await.is(200);
        Self {
            first_key: made["api_key"].as_str().unwrap().to_owned(),
            token: pair.body["access"].as_str().unwrap().to_owned(),
            desk,
        }
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        anonymous(self.desk.deployment, method, path)
    }

    /// What the admin is told.
    async fn ask(&self, method: Method, path: &str) -> Told {
        Told::to(self.call(method, path).bearer_auth(&self.token)).await
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Told {
        let call = self.call(method, path).bearer_auth(&self.token);
        Told::to(call.json(body)).await
    }

    /// A key that the admin makes.
    async fn key(&self, scopes: &[&str]) -> Told {
        let ask = json!({"name": "a key", "scopes": scopes, "expires_days": 30});
        self.send(Method::POST, KEYS, &ask).await.is(201)
    }

    /// What the holder of a key is told.
    async fn with_key(&self, key: &str, method: Method, path: &str, body: Option<&Value>) -> Told {
        let key = HeaderValue::from_bytes(key.as_bytes()).unwrap();
        let call = self.call(method, path).header("x-api-key", key);
        let call = match body {
            Some(body) => call.json(body),
            None => call,
        };
        Told::to(call).await
    }

    /// What a key gets when it reads.
    async fn used(&self, key: &str) -> Told {
        self.with_key(key, Method::GET, PLAYBOOKS, None).await
    }
}

fn one(id: u64) -> String {
    format!("{KEYS}/{id}")
}

/// Asserts that an answer has each member of a documented example, with its type.
#[track_caller]
fn assert_documented(answer: &Value, example: &Value) {
    let kind = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    for (name, member) in example.as_object().unwrap() {
        let told = answer.get(name);
        assert_eq!(told.map(kind), Some(kind(member)), "{name} in {answer:#}");
    }
}

#[tokio::test]
async fn the_documented_key_comes_back_works_and_is_shown_once() {
    let house = House::new("Keys Documented").await;
    let ask = json!({"name": "My API Key", "scopes": ["read", "write"], "expires_days": 365});
    let made = house.send(Method::POST, KEYS, &ask).await.is(201);
    let example = json!({
        "id": 1, "organization_id": 1, "user_id": 1, "name": "My API Key", "key": "vetrai_abc123...",
        "key_prefix": "vetrai_a...123", "scopes": ["read", "write"], "is_active": true,
        "expires_at": "2025-12-08T00:00:00Z", "usage_count": 0, "created_at": "2024-12-08T00:00:00Z",
    });
    assert_documented(&made.body, &example);
    assert_eq!(
        (
            &made.body["name"],
            &made.body["scopes"],
            &made.body["usage_count"]
        ),
        (&ask["name"], &ask["scopes"], &json!(0))
    );
    let year = SignedDuration::from_hours(24 * 365);
    let lasts = made
        .time("expires_at")
        .duration_since(made.time("created_at"));
    assert!(
        (lasts - year).abs() < SignedDuration::from_secs(5),
        "{lasts}"
    );
    let key = made.key();
    let (begins, ends) = (&key[..8], &key[key.len() - 3..]);
    assert_eq!(made.body["key_prefix"], format!("{begins}...{ends}"));

    house.used(&key).await.is(200);
    let bearer = house.call(Method::GET, PLAYBOOKS).bearer_auth(&key);
    Told::to(bearer).await.is(200);

    let (id, secret) = (made.id(), &key[8..]);
    let shown = house.ask(Method::GET, &one(id)).await.is(200);
    assert_eq!(
        (
            &shown.body["usage_count"],
            shown.body["last_used_at"].is_string()
        ),
        (&json!(2), true),
        "{}",
        shown.text
    );
    let list = house.ask(Method::GET, KEYS).await.is(200);
    for answer in [&shown, &list] {
        assert!(!answer.text.contains(secret), "it is shown again");
    }
    let example = json!({
        "id": 1, "key_prefix": "vetrai_a...123", "name": "My API Key", "scopes": ["read", "write"],
        "usage_count": 42, "last_used_at": "2024-12-08T12:00:00Z",
    });
    let listed = list.body.as_array().unwrap();
    assert_documented(listed.last().unwrap(), &example);
    // The organization's first key, and this one.
    let pages = ["x-total-count", "x-page", "x-per-page"].map(|name| list.number(name));
    assert_eq!((pages, listed.len()), ([2, 1, 100], 2));
}

#[tokio::test]
async fn what_a_key_was_used_for_is_told_by_the_documented_path() {
    let house = House::new("Keys Usage").await;
    let made = house.key(&["read"]).await;
    let (id, key) = (made.id(), made.key());
    house.used(&key).await.is(200);
    let path = "/api/v1/playbooks/no_such_playbook";
    house.with_key(&key, Method::GET, path, None).await.is(404);
    // Not let in: it counts nowhere.
    house.used(&format!("{key}x")).await.is(401);

    let usage = house
        .ask(Method::GET, &format!("{}/usage", one(id)))
        .await
        .is(200);
    let example = json!({
        "total_requests": 1000, "success_requests": 950, "failed_requests": 50, "avg_response_time_ms": 123.45,
        "requests_by_endpoint": {"/api/v1/users": 500, "/api/v1/workflows": 500},
    });
    assert_documented(&usage.body, &example);
    let counts = [
        "total_requests",
        "success_requests",
        "failed_requests",
        "usage_count",
    ];
    let counts = counts.map(|name| usage.body[name].as_u64().unwrap());
    assert_eq!(
        counts,
        [2, 1, 1, 2],
        "a quiet key is counted at once: {}",
        usage.text
    );
    let paths = json!({"/api/v1/playbooks": 1, "/api/v1/playbooks/{playbook_id}": 1});
    assert_eq!(usage.body["requests_by_endpoint"], paths);
    assert!(
        usage.body["avg_response_time_ms"].as_f64().unwrap() > 0.0,
        "{}",
        usage.text
    );
    assert_eq!(usage.body["since"], made.body["created_at"]);
}

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

#[tokio::test]
async fn keys_are_listed_page_by_page_in_either_order() {
    let house = House::new("Keys Listed").await;
    for _ in 0..4 {
        house.key(&["read"]).await;
    }
    for (order, expected) in [("asc", [1, 2, 3, 4, 5]), ("desc", [5, 4, 3, 2, 1])] {
        let path = |more: String| format!("{KEYS}?limit=2&sort=created_at&order={order}{more}");
        let ids = |told: &Told| -> Vec<u64> {
            let keys = told.body.as_array().unwrap().iter();
            keys.map(|key| key["id"].as_u64().unwrap()).collect()
        };
        let second = house
            .ask(Method::GET, &path("&skip=2".to_owned()))
            .await
            .is(200);
        assert_eq!(ids(&second), expected[2..4]);
        assert_eq!(
            (second.number("x-page"), second.number("x-total-count")),
            (2, 5)
        );
        let mut found = Vec::new();
        let mut more = String::new();
        loop {
            let page = house.ask(Method::GET, &path(more)).await.is(200);
            found.extend(ids(&page));
            match page.header("x-next-cursor") {
                Some(cursor) => more = format!("&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(found, expected, "{order}");
    }
}

#[tokio::test]
async fn of_a_thousand_requests_a_key_gets_its_hundred_and_no_more() {
    let house = House::new("Keys Limited").await;
    let ask = json!({"name": "slow", "scopes": ["playbook:read"], "rate_limit": 100});
    let made = house.send(Method::POST, KEYS, &ask).await.is(201);
    assert_eq!(made.body["rate_limit"], 100);
    let key = made.key();
    let answers = {
        let _whole = whole_machine().await;
        // As many under way at once as a small machine's emulator has processes for.
        let requests = stream::iter((0..1000).map(|_| house.used(&key)));
        requests.buffer_unordered(6).collect::<Vec<_>>().await
    };
    // An hour may turn meanwhile: each window is looked at for itself.
    let mut windows: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut refused = 0;
    for told in &answers {
        let [limit, remaining, reset] =
            ["limit", "remaining", "reset"].map(|what| told.number(&format!("x-ratelimit-{what}")));
        assert_eq!(limit, 100, "{}", told.text);
        assert!(
            reset % 3600 == 0,
            "a window ends with the hour, not at {reset}"
        );
        match told.status {
            200 => windows.entry(reset).or_default().push(remaining),
            429 => {
                told.says(429, "RATE_LIMIT_EXCEEDED");
                let wait = told.number("retry-after");
                assert!((1..=3600).contains(&wait), "{wait}");
                assert_eq!((remaining, &told.body["retry_after"]), (0, &json!(wait)));
                refused += 1;
            }
            other => panic!("{other} {}", told.text),
        }
    }
    let passed: usize = windows.values().map(Vec::len).sum();
    let _ = writeln!(
        io::stderr(),
        "of 1000 requests {passed} passed and {refused} were refused"
    );
    assert_eq!(passed + refused, 1000);
    for (reset, mut rooms) in windows.clone() {
        rooms.sort_unstable();
        rooms.dedup();
        let told = &windows[&reset];
        assert!(told.len() <= 100, "{} passed in one window", told.len());
        assert_eq!(
            rooms.len(),
            told.len(),
            "two were told the same of what is left"
        );
    }
    assert!(passed >= 100, "only {passed} of 100 passed");
    let shown = house.ask(Method::GET, &one(made.id())).await.is(200);
    assert_eq!(
        shown.body["usage_count"], passed,
        "each that passed is counted, and no other"
    );
    // The limit is the key's own: others of the organization go on.
    house.used(&house.first_key).await.is(200);
}
