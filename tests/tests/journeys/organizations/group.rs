//! An organization of a journey's own with one below it, each with its first key, and the mail that goes out.

use deskhand_tests::{anonymous, answer};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::Desk;

pub(super) const ORGANIZATIONS: &str = "/api/v1/organizations";
/// What everybody here signs in with.
pub(super) const PASSWORD: &str = "Orange-Boat-Sails-93";

/// An organization by one of its keys.
pub(super) struct Key {
    desk: Desk<'static>,
    pub(super) tenant: String,
    pub(super) number: u64,
    secret: String,
}

impl Key {
    /// Where the organization is read and changed.
    pub(super) fn path(&self) -> String {
        format!("{ORGANIZATIONS}/{}", self.tenant)
    }

    /// A call with the key.
    pub(super) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        anonymous(self.desk.deployment, method, path).header("x-api-key", &self.secret)
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        answer(self.call(Method::GET, path)).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.call(Method::POST, path).json(body)).await
    }
}

/// An organization with one below it.
pub(super) struct Group {
    desk: Desk<'static>,
    pub(super) parent: Key,
    pub(super) child: Key,
    pub(super) child_name: String,
    /// The child's first administrator, and their password.
    pub(super) admin: String,
    pub(super) password: String,
    halo: [String; 2],
}

impl Group {
    /// Makes the organization called `name`, and one below it.
    pub(super) async fn new(name: &str) -> Self {
        let desk = Desk::shared().await;
        let mark = Uuid::new_v4().simple().to_string()[..8].to_owned();
        let ask = json!({"name": format!("{name} {mark}"), "admin_email": format!("admin@{mark}.example.com")});
        let made = desk.deployment.lambda_invoke("create_tenant", &ask).await;
        let made = made.unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut parent = Key {
            desk: desk.clone(),
            tenant: text(&made["tenant"]),
            number: 0,
            secret: text(&made["api_key"]),
        };
        let (status, own) = parent.get(&parent.path()).await;
        assert_eq!((status, &own["parent_id"]), (200, &Value::Null), "{own}");
        parent.number = own["id"].as_u64().unwrap();

        let child_name = format!("Sales {mark}");
        let admin = format!("admin@sales-{mark}.example.com");
        let ask = json!({"name": child_name, "admin_email": admin});
        let (status, made) = parent.post(ORGANIZATIONS, &ask).await;
        assert_eq!(status, 201, "{made}");
        let child = Key {
            desk: desk.clone(),
            tenant: text(&made["slug"]),
            number: made["id"].as_u64().unwrap(),
            secret: text(&made["api_key"]),
        };
        assert_eq!(made["admin"]["username"], json!(admin));
        let halo = ["username", "password"].map(|what| text(&made["webhooks"]["halopsa"][what]));
        Self {
            password: text(&made["admin"]["password"]),
            desk,
            parent,
            child,
            child_name,
            admin,
            halo,
        }
    }

    /// A call without a credential.
    pub(super) fn anybody(&self, method: Method, path: &str) -> RequestBuilder {
        anonymous(self.desk.deployment, method, path)
    }

    /// A call of somebody signed in.
    pub(super) fn bearer(&self, access: &str, method: Method, path: &str) -> RequestBuilder {
        self.anybody(method, path).bearer_auth(access)
    }

    /// The numbers of the organizations that a key's holder sees, and how many are said to be there.
    pub(super) async fn listed(&self, who: &Key) -> (Vec<u64>, String) {
        let response = who.call(Method::GET, ORGANIZATIONS).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let count = response.headers()["x-total-count"]
            .to_str()
            .unwrap()
            .to_owned();
        let list: Value = response.json().await.unwrap();
        let numbers = list
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_u64().unwrap());
        (numbers.collect(), count)
    }

    /// A webhook of the child's, which is kept and comes to nothing.
    pub(super) fn webhook(&self) -> RequestBuilder {
        let [name, password] = &self.halo;
        let body = json!({"id": Uuid::new_v4().to_string(), "event": "about no ticket"});
        self.anybody(Method::POST, "/webhooks/halopsa/ticket_created")
            .basic_auth(name, Some(password))
            .json(&body)
    }

    /// The access token of whoever has this name and password.
    pub(super) async fn signed_in(&self, name: &str, password: &str) -> String {
        let body = json!({"username": name, "password": password});
        let (status, tokens) = answer(self.anybody(Method::POST, "/token/").json(&body)).await;
        assert_eq!(status, 200, "{tokens}");
        tokens["access"].as_str().unwrap().to_owned()
    }

    /// A key of the parent's with these scopes.
    pub(super) async fn narrow_key(&self, scopes: &[&str]) -> Key {
        let ask = json!({"name": "narrow", "scopes": scopes, "expires_days": 1});
        let (status, made) = self.parent.post("/api/v1/keys", &ask).await;
        assert_eq!(status, 201, "{made}");
        Key {
            desk: self.desk.clone(),
            tenant: self.parent.tenant.clone(),
            number: self.parent.number,
            secret: made["key"].as_str().unwrap().to_owned(),
        }
    }

    /// The token of the invitation that was mailed to an address.
    pub(super) async fn token_mailed_to(&self, address: &str) -> String {
        self.desk.token_mailed_to(address, "/invitations").await
    }

    /// The page behind an invitation's link.
    pub(super) async fn page(&self, token: &str) -> (u16, String) {
        let path = format!("/invitations?token={token}");
        let answer = self.anybody(Method::GET, &path).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The rows of one partition.
    pub(super) async fn rows(&self, table: &str, pk: &str) -> Vec<Value> {
        let ask = json!({
            "TableName": format!("{}-{table}", self.desk.deployment.stack()),
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
            "ConsistentRead": true,
        });
        let mut found = self.desk.deployment.dynamodb("Query", &ask).await.unwrap();
        serde_json::from_value(found["Items"].take()).unwrap()
    }
}

/// Asserts that an answer has this status and this code.
#[track_caller]
pub(super) fn told((status, body): (u16, Value), expected: u16, code: &str) {
    assert_eq!((status, &body["code"]), (expected, &json!(code)), "{body}");
}

/// The status of an answer, and its code where it is a problem.
pub(super) async fn code(call: RequestBuilder) -> (u16, String) {
    let (status, body) = answer(call).await;
    (status, body["code"].as_str().unwrap_or_default().to_owned())
}
