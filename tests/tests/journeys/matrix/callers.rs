//! A tenant of the matrix' own with a caller of every kind, all made through the public API.

use std::collections::{BTreeMap, BTreeSet};

use auth::Role;
use deskhand_local::put_vendor_secrets;
use deskhand_tests::{anonymous, answer, eventually};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::tokens::Forge;
use crate::desk::{Desk, ENDS, LOOK_AGAIN, PATIENCE, Person};
use crate::scripts::Asked;

const PASSWORD: &str = "Orange-Boat-Sails-93";
const TICKET: &str = "INC-1";

/// The ids of a tenant that `matrix.yaml` may name.
pub(super) const WORDS: [&str; 14] = [
    "approval_id",
    "assignment_id",
    "credential_ref",
    "delivery_id",
    "directory_id",
    "event_id",
    "execution_id",
    "key_id",
    "organization",
    "phone",
    "request_id",
    "script_run_id",
    "ticket_id",
    "user_id",
];

/// What a caller shows.
pub(super) enum Shows {
    Nothing,
    Key(String),
    Bearer(String),
}

impl Shows {
    /// The call with it.
    pub(super) fn on(&self, call: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Nothing => call,
            Self::Key(key) => call.header("x-api-key", key),
            Self::Bearer(token) => call.bearer_auth(token),
        }
    }

    /// The call with it as a browser keeps it.
    pub(super) fn as_cookie(&self, call: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Nothing => call,
            Self::Key(text) | Self::Bearer(text) => {
                call.header("cookie", format!("deskhand_session={text}"))
            }
        }
    }
}

/// A kind of caller.
pub(super) struct Caller {
    pub(super) name: &'static str,
    pub(super) shows: Shows,
    /// What they may do; none for one who is nobody of ours.
    pub(super) scopes: Option<BTreeSet<&'static str>>,
    /// Whether they are signed in.
    pub(super) is_person: bool,
}

/// A tenant and its admin.
pub(super) struct Home<'a> {
    desk: &'a Desk<'a>,
    tenant: String,
    webhooks: Value,
    token: String,
    pub(super) admin: Shows,
}

impl<'a> Home<'a> {
    /// Makes the tenant called `name` and signs its admin in.
    pub(super) async fn new(desk: &'a Desk<'a>, name: &str) -> Self {
        let address = format!(
            "admin@{}.example.com",
            name.to_lowercase().replace(' ', "-")
        );
        let ask = json!({"name": name, "admin_email": address});
        let mut made = desk
            .deployment
            .lambda_invoke("create_tenant", &ask)
            .await
            .unwrap();
        let text = |value: &Value| {
            value
                .as_str()
                .expect("a new tenant shows its secrets")
                .to_owned()
        };
        let tenant = text(&made["tenant"]);
        let (deployment, sandbox) = (desk.deployment, desk.deployment.sandbox());
        let secrets = put_vendor_secrets(deployment.aws(), deployment.stack(), &tenant, sandbox);
        secrets.await.unwrap();
        let admin = &made["admin"];
        let token = signed_in(desk, &text(&admin["username"]), &text(&admin["password"])).await;
        Self {
            desk,
            tenant,
            webhooks: made["webhooks"].take(),
            admin: Shows::Bearer(token.clone()),
            token,
        }
    }

    /// What forged tokens are made from: its admin's own.
    pub(super) async fn forge(&self) -> Forge<'a> {
        Forge::with(self.desk.deployment, &self.token).await
    }

    /// A caller of every kind.
    pub(super) async fn callers(&self) -> Vec<Caller> {
        let forge = self.forge().await;
        let nobody = |name, shows| Caller {
            name,
            shows,
            scopes: None,
            is_person: false,
        };
        let forged = |name, token| nobody(name, Shows::Bearer(token));
        let mut callers = vec![
            nobody("nobody", Shows::Nothing),
            nobody(
                "a rubbish key",
                Shows::Key(format!("vetrai_{}", "A".repeat(43))),
            ),
            forged("a lapsed token", forge.expired().await),
            forged("a token of alg none", forge.unsigned()),
            forged(
                "a token signed with the public key",
                forge.signed_with_the_public_key().await,
            ),
            forged("a tampered token", forge.tampered()),
            Caller {
                name: "an admin",
                shows: Shows::Bearer(self.token.clone()),
                scopes: Some(Role::Admin.scopes()),
                is_person: true,
            },
            Caller {
                name: "a service's key",
                shows: Shows::Key(
                    self.key("service").await["key"]
                        .as_str()
                        .unwrap()
                        .to_owned(),
                ),
                scopes: Some(Role::Service.scopes()),
                is_person: false,
            },
        ];
        for role in [Role::Viewer, Role::Agent, Role::Auditor] {
            let (_, token) = self.person(role).await;
            callers.push(Caller {
                name: role.word(),
                shows: Shows::Bearer(token),
                scopes: Some(role.scopes()),
                is_person: true,
            });
        }
        callers
    }

    /// Something of every kind that the tenant holds, by [`WORDS`].
    pub(super) async fn ids(&self) -> BTreeMap<&'static str, String> {
        let john = self.desk.person("john.doe", "approve").await;
        let body = json!({
            "ticket_id": TICKET,
            "subject": "I can't log in",
            "body": "Password doesn't work",
            "user_email": john.email,
        });
        self.made("/api/v1/classify_ticket", &body, 200).await;
        let body = json!({"ticket_id": TICKET, "playbook_id": "password_reset", "context": {}});
        let run = self
            .made("/api/v1/orchestration/execute_playbook", &body, 202)
            .await;
        let run = run["execution_id"].as_str().unwrap().to_owned();
        eventually("the end of the run", PATIENCE, || async {
            let path = format!("/api/v1/orchestration/execution/{run}");
            let found = self.read(&path).await;
            if ENDS.iter().any(|end| found["status"] == *end) {
                assert_eq!(found["status"], "completed", "{found:#}");
                return Some(());
            }
            sleep(LOOK_AGAIN).await;
            None
        })
        .await;
        let steps = self.read(&format!("/api/v1/audit/steps/{run}")).await;
        let story = self
            .read(&format!("/api/v1/audit/executions/{TICKET}"))
            .await;
        let records = story["executions"][0]["records"].as_array().unwrap().iter();
        let mut delivery = records.filter_map(|record| record["facts"]["delivery_id"].as_str());
        let (given, _) = self.person(Role::Viewer).await;
        let organizations = self.read("/api/v1/organizations").await;
        let key = self.key("somebody's").await;
        let ask = json!({"ticket_id": TICKET, "manager_email": "jane.smith@company.com",
            "action_type": "reset_password", "user_name": "john.doe"});
        let asked = self
            .made("/api/v1/verification/manager_approval", &ask, 202)
            .await;
        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("{steps:#}"))
                .to_owned()
        };
        let script_run = self.script_run(&john).await;
        let ids = BTreeMap::from([
            ("approval_id", text(&asked["request_id"])),
            ("assignment_id", given["assignment_id"].to_string()),
            (
                "credential_ref",
                text(&steps["steps"][1]["output"]["credential_ref"]),
            ),
            ("delivery_id", delivery.next_back().unwrap().to_owned()),
            ("directory_id", john.id),
            ("event_id", self.event().await),
            ("execution_id", run),
            ("key_id", key["id"].to_string()),
            ("organization", organizations[0]["id"].to_string()),
            ("phone", john.phone),
            (
                "request_id",
                text(&steps["steps"][0]["receipts"][0]["request_id"]),
            ),
            ("script_run_id", script_run),
            ("ticket_id", TICKET.to_owned()),
            ("user_id", given["user_id"].to_string()),
        ]);
        assert_eq!(ids.keys().copied().collect::<Vec<_>>(), WORDS);
        ids
    }

    /// A person with this role, and what every account begins with: the role's assignment and a token of theirs.
    async fn person(&self, role: Role) -> (Value, String) {
        let name = format!("{}.{}", role.word(), self.tenant);
        let body = json!({
            "username": name,
            "email": format!("{name}@example.com"),
            "first_name": "Jane",
            "last_name": "Smith",
            "password": PASSWORD,
            "is_active": true,
        });
        let user = self.made("/api/v1/users/", &body, 201).await;
        let body = json!({"user_id": user["id"], "role_id": role.id(), "system": "TTS"});
        let path = "/api/v1/user-roles/";
        let (status, given) = answer(self.call(Method::POST, path).json(&body)).await;
        // Every account begins as a viewer's.
        assert!([200, 201].contains(&status), "{status} {given}");
        (given, signed_in(self.desk, &name, PASSWORD).await)
    }

    /// A script's run on a device of this person's, who has confirmed.
    async fn script_run(&self, john: &Person) -> String {
        let asked = Asked::of(self.desk, "ninjaone", &john.email, &json!({})).await;
        let script = self
            .read(&format!("/admin/v1/scripts/{}", asked.script))
            .await;
        let list = json!({"scripts": [{"script_id": asked.script, "hash": script["hash"]}]});
        let call = self.call(Method::PUT, "/admin/v1/scripts").json(&list);
        let (status, saved) = answer(call).await;
        assert_eq!(status, 200, "{saved}");
        let ask = json!({"ticket_id": TICKET, "user_id": john.id, "timeout_seconds": 60});
        let prompt = self.made("/api/v1/verification/mfa", &ask, 202).await;
        let prompt = prompt["request_id"].as_str().unwrap();
        eventually("an answer to the push", PATIENCE, || async {
            let path = format!("/api/v1/verification/mfa/{prompt}");
            let found = self.read(&path).await;
            (found["status"] == "approved").then_some(())
        })
        .await;
        let ask =
            json!({"ticket_id": TICKET, "device_id": asked.device, "script_id": asked.script});
        let path = "/api/v1/executor/trigger_device_script";
        let run = self.made(path, &ask, 202).await;
        run["run_id"].as_str().unwrap().to_owned()
    }

    /// A key that may do what a service does.
    async fn key(&self, name: &str) -> Value {
        let body = json!({"name": name, "scopes": Role::Service.scopes(), "expires_days": 1});
        self.made("/api/v1/keys", &body, 201).await
    }

    /// An event of the tenant's own source. It cannot be read, so nothing comes of it.
    async fn event(&self) -> String {
        let text = |name: &str| self.webhooks["halopsa"][name].as_str().unwrap();
        let call = anonymous(
            self.desk.deployment,
            Method::POST,
            "/webhooks/halopsa/ticket_created",
        )
        .basic_auth(text("username"), Some(text("password")))
        .body("{");
        let (status, kept) = answer(call).await;
        assert!(status < 300, "{status} {kept}");
        kept["event_id"].as_str().unwrap().to_owned()
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.admin.on(anonymous(self.desk.deployment, method, path))
    }

    async fn made(&self, path: &str, body: &Value, expected: u16) -> Value {
        let (status, made) = answer(self.call(Method::POST, path).json(body)).await;
        assert_eq!(status, expected, "{path}: {made}");
        made
    }

    async fn read(&self, path: &str) -> Value {
        let (status, found) = answer(self.call(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {found}");
        found
    }
}

/// An access token for a name and a password.
async fn signed_in(desk: &Desk<'_>, name: &str, password: &str) -> String {
    let body = json!({"username": name, "password": password});
    let call = anonymous(desk.deployment, Method::POST, "/token/").json(&body);
    let (status, tokens) = answer(call).await;
    assert_eq!(status, 200, "{name}: {tokens}");
    tokens["access"].as_str().unwrap().to_owned()
}
