//! API keys: made, shown once, used, limited, rotated and revoked.

mod life;
mod limit;
mod refused;

use std::time::Duration;

use deskhand_tests::anonymous;
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
