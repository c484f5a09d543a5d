//! Whom an action is about, and what the directory has of them.

use deskhand_local::loopback;
use deskhand_tests::{eventually, request};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Filed, PATIENCE, Person, items};
use crate::receipts::{confirmed, unautomated};

#[expect(
    clippy::disallowed_methods,
    reason = "access ends by the functions' own clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// A person, their manager, a ticket of theirs that no playbook touches, and a group of their own.
pub(crate) struct Case<'a> {
    pub(crate) desk: &'a Desk<'a>,
    pub(crate) john: Person,
    pub(crate) boss: Person,
    pub(crate) ticket: Filed,
    pub(crate) group: String,
}

impl<'a> Case<'a> {
    pub(crate) async fn new(desk: &'a Desk<'a>, mut properties: Value) -> Self {
        let boss = desk.person("jane.boss", "ask").await;
        properties["manager"] = boss.email.clone().into();
        let fields = properties.as_object_mut().unwrap();
        fields.entry("mfa").or_insert_with(|| "approve".into());
        let john = desk.person_with("john.doe", properties).await;
        let ticket = unautomated(desk, &john).await;
        let group = format!("grp-of-{}", john.id);
        let case = Self {
            desk,
            john,
            boss,
            ticket,
            group,
        };
        case.shape(json!({"displayName": "A group of a test"}))
            .await;
        case
    }

    /// One who has just confirmed; nothing is to be given to them.
    pub(crate) async fn confirmed(desk: &'a Desk<'a>) -> Self {
        let (john, ticket) = confirmed(desk).await;
        Self {
            desk,
            group: String::new(),
            boss: john.clone(),
            john,
            ticket,
        }
    }

    /// One whose manager has allowed the group.
    pub(crate) async fn consented(desk: &'a Desk<'a>) -> Self {
        let case = Self::new(desk, json!({})).await;
        case.consent().await;
        case
    }

    /// The manager allows that this person is given the group: by the link in their mail.
    pub(crate) async fn consent(&self) {
        self.consent_to("grant_access", Some(&self.group)).await;
    }

    /// The manager allows this to be done to this person.
    pub(crate) async fn consent_to(&self, action: &str, target: Option<&str>) {
        let ask = json!({
            "ticket_id": self.ticket.name, "manager_email": self.boss.email, "user_name": self.john.email,
            "action_type": action, "target": target,
        });
        let asked = eventually("a question to the manager", PATIENCE, || async {
            let (status, asked) = self
                .desk
                .post("/api/v1/verification/manager_approval", &ask)
                .await;
            assert!([202, 409, 503].contains(&status), "{status} {asked}");
            (status == 202).then_some(asked)
        })
        .await;
        let token = self
            .desk
            .token_mailed_to(&self.boss.email, "/approvals")
            .await;
        let form = [
            ("token", token.as_str()),
            ("plan", asked["payload_hash"].as_str().unwrap()),
            ("decision", "approve"),
        ];
        let url = format!("{}/approvals", self.desk.deployment.api());
        let answer = loopback()
            .unwrap()
            .post(url)
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }

    pub(crate) async fn grant(&self, more: &Value) -> (u16, bool, Value) {
        let mut body = json!({"group_id": self.group});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.act("grant_access", &body).await
    }

    /// The status, whether it is a replay, and the body.
    pub(crate) async fn act(&self, operation: &str, more: &Value) -> (u16, bool, Value) {
        let mut body = json!({"ticket_id": self.ticket.name, "user_id": self.john.id});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let path = format!("/api/v1/executor/{operation}");
        let call = request(self.desk.deployment, Method::POST, &path).json(&body);
        let answer = call.send().await.unwrap();
        let status = answer.status().as_u16();
        let replayed = answer.headers().contains_key("idempotent-replayed");
        (status, replayed, answer.json().await.unwrap())
    }

    /// How an action is refused.
    pub(crate) async fn refused(&self, operation: &str, more: &Value) -> (u16, String) {
        let (status, _, refusal) = self.act(operation, more).await;
        (
            status,
            refusal["code"].as_str().unwrap_or_default().to_owned(),
        )
    }

    /// Changes the group.
    pub(crate) async fn shape(&self, properties: Value) {
        let path = format!("/_sandbox/groups/{}", self.group);
        self.desk
            .sandbox(Method::PUT, &path, Some(&properties))
            .await;
    }

    /// Changes the person.
    pub(crate) async fn person(&self, properties: Value) {
        let path = format!("/_sandbox/users/{}", self.john.email);
        self.desk
            .sandbox(Method::PUT, &path, Some(&properties))
            .await;
    }

    /// An administrator gives or takes the membership.
    pub(crate) async fn keyboard(&self, method: Method) {
        let path = format!("/_sandbox/groups/{}/members/{}", self.group, self.john.id);
        self.desk.sandbox(method, &path, None).await;
    }

    pub(crate) async fn is_member(&self) -> bool {
        let path = format!("/_sandbox/groups/{}", self.group);
        let group = self.desk.sandbox(Method::GET, &path, None).await;
        let members = group["members"].as_array().unwrap();
        members
            .iter()
            .any(|member| *member == self.john.id.as_str())
    }

    /// What the next change of the group's members meets.
    pub(crate) async fn fault(&self, mut fault: Value) {
        fault["vendor"] = "graph".into();
        fault["path"] = format!("/groups/{}/members", self.group).into();
        self.desk
            .sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
            .await;
    }

    /// What `then` comes to, begun when the directory has been asked for `path` once more.
    pub(crate) async fn behind_a_look<T>(&self, path: &str, then: impl Future<Output = T>) -> T {
        let before = self.calls("GET", path).await;
        eventually("a look at the directory", PATIENCE, || async {
            (self.calls("GET", path).await > before).then_some(())
        })
        .await;
        then.await
    }

    /// How often the group's members were to be changed.
    pub(crate) async fn writes(&self, method: &str) -> usize {
        self.calls(method, &format!("/groups/{}/members", self.group))
            .await
    }

    pub(crate) async fn calls(&self, method: &str, path: &str) -> usize {
        let all = items(
            self.desk
                .sandbox(Method::GET, "/_sandbox/calls?vendor=graph", None)
                .await,
        );
        let fits = |call: &&Value| {
            call["method"] == method && call["path"].as_str().unwrap().contains(path)
        };
        all.iter().filter(fits).count()
    }

    fn key(&self, pk: &str, sk: &str) -> Value {
        let tenant = self.desk.deployment.endpoints().tenant();
        json!({"pk": {"S": format!("{tenant}#{pk}")}, "sk": {"S": sk}})
    }

    fn executions(&self) -> String {
        format!("{}-executions", self.desk.deployment.stack())
    }

    /// The grant's row: its `status` and the rest.
    pub(crate) async fn grant_row(&self, id: &Value) -> Value {
        let id = id.as_str().unwrap().strip_prefix("gr_").unwrap();
        let (shelf, own) = id.split_once('_').unwrap();
        let key = self.key(&format!("g#{shelf}"), &format!("g#{own}"));
        let ask = json!({"TableName": self.executions(), "Key": key, "ConsistentRead": true});
        let found = self
            .desk
            .deployment
            .dynamodb("GetItem", &ask)
            .await
            .unwrap();
        let state = &found["Item"]["state"]["M"];
        json!({"status": state["status"]["S"], "item": found["Item"]})
    }

    /// Makes the action's row what it was before its end, two minutes ago.
    pub(crate) async fn leave_begun(&self) {
        let chains = self.desk.verified(&self.ticket.name).await;
        let pk = chains["chains"][0]["subject"].as_str().unwrap().to_owned();
        let tenant = self.desk.deployment.endpoints().tenant();
        let of_ticket = json!({
            "TableName": self.executions(), "ConsistentRead": true,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :access)",
            "ExpressionAttributeValues": {":pk": {"S": format!("{tenant}#{pk}")}, ":access": {"S": "action#access-"}},
        });
        let found = self
            .desk
            .deployment
            .dynamodb("Query", &of_ticket)
            .await
            .unwrap();
        let rows = found["Items"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{found}");
        let sk = rows[0]["sk"]["S"].as_str().unwrap();
        let then = (now() - SignedDuration::from_mins(2)).to_string();
        let change = json!({
            "TableName": self.executions(), "Key": self.key(&pk, sk),
            "UpdateExpression": "SET #state = :begun, #at = :then",
            "ExpressionAttributeNames": {"#state": "state", "#at": "at"},
            "ExpressionAttributeValues": {":begun": {"S": "begun"}, ":then": {"S": then}},
        });
        self.desk
            .deployment
            .dynamodb("UpdateItem", &change)
            .await
            .unwrap();
    }
}
