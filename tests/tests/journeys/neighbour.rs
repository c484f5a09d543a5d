//! Another tenant beside the example one, on the same deployment, with the same vendors behind it.

use deskhand_tests::{anonymous, answer, answer_in_time, eventually};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::desk::{Desk, ENDS, LOOK_AGAIN, PATIENCE};

/// The vendors whose secrets a tenant holds.
const INTEGRATIONS: [&str; 3] = ["halopsa", "entra", "twilio"];

/// A tenant of a journey's own.
pub(crate) struct Neighbour {
    desk: Desk<'static>,
    pub(crate) tenant: String,
    pub(crate) api_key: String,
}

impl Neighbour {
    /// Makes the tenant called `name` and gives it the example tenant's vendor secrets.
    pub(crate) async fn new(name: &str) -> Self {
        let desk = Desk::shared().await;
        let ask = json!({"name": name, "admin_email": "admin@example.com"});
        let made = desk.deployment.lambda_invoke("create_tenant", &ask).await;
        let made = made.unwrap();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let neighbour = Self {
            tenant: text("tenant"),
            api_key: text("api_key"),
            desk,
        };
        neighbour.share_secrets().await;
        neighbour
    }

    /// Makes a tenant below this one and gives it the same secrets.
    pub(crate) async fn child(&self, name: &str) -> Self {
        let ask =
            json!({"name": name, "admin_email": format!("admin@{}.example.com", self.tenant)});
        let (status, made) = self.post("/api/v1/organizations", &ask).await;
        assert_eq!(status, 201, "{made}");
        let child = Self {
            desk: self.desk.clone(),
            tenant: made["slug"].as_str().unwrap().to_owned(),
            api_key: made["api_key"].as_str().unwrap().to_owned(),
        };
        child.share_secrets().await;
        child
    }

    /// Has the tenant called `name` made once more, as after a deployment: it is brought what is new of the catalogue.
    pub(crate) async fn again(name: &str) {
        let ask = json!({"name": name, "admin_email": "admin@example.com"});
        let deployment = Desk::shared().await.deployment;
        let known = deployment.lambda_invoke("create_tenant", &ask).await;
        assert_eq!(known.unwrap()["created"], false);
    }

    async fn share_secrets(&self) {
        let (aws, stack) = (self.desk.deployment.aws(), self.desk.deployment.stack());
        let example = self.desk.deployment.endpoints().tenant();
        for integration in INTEGRATIONS {
            let ask = json!({"SecretId": format!("{stack}/{example}/{integration}")});
            let call = aws.json("secretsmanager", "secretsmanager.GetSecretValue", &ask);
            let secret = call.await.unwrap();
            let ask = json!({
                "Name": format!("{stack}/{}/{integration}", self.tenant),
                "SecretString": secret["SecretString"],
            });
            let call = aws.json("secretsmanager", "secretsmanager.CreateSecret", &ask);
            call.await.unwrap();
        }
    }

    /// A request with this tenant's key.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        anonymous(self.desk.deployment, method, path).header("x-api-key", &self.api_key)
    }

    /// A GET with this tenant's key.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer_in_time(self.request(Method::GET, path)).await
    }

    /// A POST with this tenant's key.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(self.request(Method::POST, path).json(body)).await
    }

    /// Takes a ticket in by the API, which decides about it.
    pub(crate) async fn classify(&self, ticket: &str, email: &str) -> Value {
        let body = json!({
            "ticket_id": ticket,
            "subject": "I can't log in",
            "body": "Password doesn't work",
            "user_email": email,
        });
        let (status, decision) = self.post("/api/v1/classify_ticket", &body).await;
        assert_eq!(status, 200, "{decision}");
        decision
    }

    /// Starts the password reset for a ticket and answers with the run's id.
    pub(crate) async fn execute(&self, ticket: &str) -> String {
        let body = json!({"ticket_id": ticket, "playbook_id": "password_reset", "context": {}});
        let path = "/api/v1/orchestration/execute_playbook";
        let (status, run) = self.post(path, &body).await;
        assert_eq!(status, 202, "{run}");
        run["execution_id"].as_str().unwrap().to_owned()
    }

    /// The ticket's latest run, once it is over.
    pub(crate) async fn ended(&self, ticket: &str) -> Value {
        let path = format!("/api/v1/orchestration/execution/{ticket}");
        eventually(&format!("the end of {ticket}'s run"), PATIENCE, || async {
            let (status, run) = self.get(&path).await;
            if status == 200 && ENDS.iter().any(|end| run["status"] == *end) {
                return Some(run);
            }
            sleep(LOOK_AGAIN).await;
            None
        })
        .await
    }

    /// Makes a version of the tenant's own the active one: the catalogue's with `seconds` for its first step. Answers with its
    /// state machine's name behind the stack's.
    pub(crate) async fn run_a_version_with(&self, seconds: u32) -> String {
        let text = include_str!("../../../statemachines/password_reset.yaml").replacen(
            "timeout: 300",
            &format!("timeout: {seconds}"),
            1,
        );
        self.run_version(&text).await
    }

    /// Makes this text of the password reset, which becomes version 1.3, the active one. Answers as
    /// [`Self::run_a_version_with`].
    pub(crate) async fn run_version(&self, text: &str) -> String {
        let path = "/api/v1/playbooks/password_reset";
        let call = self.request(Method::PUT, path).body(text.to_owned());
        let call = call.header("content-type", "application/yaml");
        let (status, saved) = answer(call).await;
        assert_eq!((status, &saved["version"]), (200, &json!("1.3")), "{saved}");
        self.simulate("password_reset", "1.3").await;
        let call = self.request(Method::PUT, &format!("{path}/activate"));
        let (status, active) = answer(call).await;
        let runs = (status, &active["active_version"]);
        assert_eq!(runs, (200, &json!("1.3")), "{active}");
        self.machine("password_reset", "1.3").await
    }

    /// Simulates a version for somebody new, as a sensitive one has to be before it is activated; it has to be green.
    pub(crate) async fn simulate(&self, playbook: &str, version: &str) {
        let somebody = self.desk.person("jo.sample", "ignore").await;
        let ask = json!({"version": version, "sample": {"user_id": somebody.id}});
        let path = format!("/admin/v1/playbooks/{playbook}/simulate");
        let (status, report) = self.post(&path, &ask).await;
        assert_eq!((status, &report["green"]), (200, &json!(true)), "{report}");
    }

    /// The name, behind the stack's, of the state machine of a version that this tenant saved.
    pub(crate) async fn machine(&self, playbook: &str, version: &str) -> String {
        let place = version
            .split('.')
            .map(|part| format!("{part:0>6}"))
            .collect::<Vec<_>>()
            .join(".");
        let (pk, sk) = (format!("v#{playbook}"), format!("v#{place}"));
        let row = self.row("playbooks", &pk, &sk).await;
        let arn = row["machine_arn"]["S"].as_str().unwrap();
        let name = arn.rsplit(':').next().unwrap();
        let stack = format!("{}-", self.desk.deployment.stack());
        name.strip_prefix(&stack).unwrap().to_owned()
    }

    /// Leaves this tenant's key one scope.
    pub(crate) async fn narrow_key_to(&self, scope: &str) {
        let entry = self.row("accounts", "keys", "k#000000001").await;
        let hash = entry["hash"]["S"].as_str().unwrap();
        let key = json!({"pk": {"S": format!("cred#{hash}")}, "sk": {"S": "key"}});
        let ask = json!({"TableName": self.table("accounts"), "Key": key,
            "ConditionExpression": "attribute_exists(pk)",
            "UpdateExpression": "SET scopes = :scopes",
            "ExpressionAttributeValues": {":scopes": {"L": [{"S": scope}]}}});
        self.dynamodb("UpdateItem", &ask).await;
    }

    /// One of this tenant's rows.
    pub(crate) async fn row(&self, table: &str, pk: &str, sk: &str) -> Value {
        let key = json!({"pk": {"S": format!("{}#{pk}", self.tenant)}, "sk": {"S": sk}});
        let ask = json!({"TableName": self.table(table), "Key": key, "ConsistentRead": true});
        let mut found = self.dynamodb("GetItem", &ask).await;
        assert!(found["Item"].is_object(), "no row {pk} {sk} in {table}");
        found["Item"].take()
    }

    /// The words of the tenant's own chain that begin so, oldest first.
    pub(crate) async fn told(&self, beginning: &str) -> Vec<String> {
        let (status, verdict) = self.get("/api/v1/audit/verify?account=organization").await;
        let holds = (status, &verdict["valid"]);
        assert_eq!(holds, (200, &json!(true)), "{verdict}");
        let records = verdict["chains"][0]["records"].as_u64().unwrap();
        let mut words = Vec::new();
        for seq in 1..=records {
            let row = self
                .row("audit", "a#organization", &format!("{seq:012}"))
                .await;
            words.push(row["action"]["S"].as_str().unwrap().to_owned());
        }
        words.retain(|word| word.starts_with(beginning));
        words
    }

    pub(crate) async fn put_row(&self, table: &str, row: &Value) {
        let ask = json!({"TableName": self.table(table), "Item": row});
        self.dynamodb("PutItem", &ask).await;
    }

    fn table(&self, name: &str) -> String {
        format!("{}-{name}", self.desk.deployment.stack())
    }

    async fn dynamodb(&self, action: &str, ask: &Value) -> Value {
        self.desk.deployment.dynamodb(action, ask).await.unwrap()
    }
}
