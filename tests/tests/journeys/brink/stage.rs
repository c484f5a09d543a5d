//! The functions as they are deployed, each started by itself and dead behind the call that a scene names.

use std::{collections::BTreeMap, time::Duration};

use deskhand_local::{Fixture, Project, Words, deployed};
use deskhand_tests::Brink;
use domain::{PlaybookName, Tenant, Voucher};
use runtime_api::{Answer, Function};
use serde_json::{Value, json};
use store::Store;
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::desk::Desk;
use crate::store::connected;

/// Longer than any function's own limit in the template.
const PATIENCE: Duration = Duration::from_mins(2);

/// The shared deployment, and a playbook whose steps are all there is to do to somebody.
pub(super) struct Stage {
    pub(super) desk: Desk<'static>,
    pub(super) store: Store,
    pub(super) tenant: Tenant,
    pub(super) playbook: PlaybookName,
    project: Project,
    functions: Mutex<BTreeMap<String, Function>>,
}

/// What came of an invocation.
pub(super) struct Came {
    /// What the function answered; none when it died.
    pub(super) answer: Option<Answer>,
    /// What it called.
    pub(super) calls: Vec<String>,
}

impl Stage {
    pub(super) async fn set() -> Self {
        let desk = Desk::shared().await;
        let name = format!("of_a_test_{}", &Uuid::new_v4().simple().to_string()[..8]);
        let user = json!("{{ ticket.requester.user_id }}");
        let step = |id: &str, service: &str, more: Value| {
            let mut with = json!({"user_id": user});
            let fields = with.as_object_mut().unwrap();
            fields.extend(more.as_object().unwrap().clone());
            json!({"id": id, "service": service, "with": with})
        };
        let group = json!({"group_id": "{{ inputs.group }}"});
        let until = json!({"group_id": "{{ inputs.group }}", "expires_in_days": 30});
        let licence = json!({"license_sku": "{{ inputs.sku }}"});
        let text = json!({
            "name": name, "version": "1.0",
            "inputs": {
                "group": {"type": "group", "required": true},
                "sku": {"type": "licence", "required": true},
            },
            "steps": [
                step("ask", "verification.mfa", json!({})),
                step("tap", "executor.reset_password", json!({"method": "tap"})),
                step("password", "executor.reset_password", json!({"method": "password"})),
                step("unlock", "executor.unlock_account", json!({})),
                step("sessions", "executor.revoke_sessions", json!({})),
                step("give", "executor.grant_access", until),
                step("license", "executor.grant_access", licence),
                step("take", "executor.revoke_access", group),
            ],
        });
        let (status, made) = desk.post("/api/v1/playbooks", &text).await;
        assert_eq!((status, &made["version"]), (201, &json!("1.0")), "{made}");
        #[expect(
            clippy::disallowed_methods,
            reason = "a test vouches for its own tenant"
        )]
        let tenant = Tenant::vouched(desk.deployment.endpoints().tenant(), Voucher::Operator);
        Self {
            store: connected(desk.deployment.aws().base()),
            tenant: tenant.unwrap(),
            playbook: PlaybookName::parse(&name).unwrap(),
            project: Project::find(None).unwrap(),
            functions: Mutex::default(),
            desk,
        }
    }

    /// Invokes `operation`, whose process dies behind its call number `last`; it lives where none is named.
    pub(super) async fn call(&self, operation: &str, event: &Value, last: Option<usize>) -> Came {
        let deployment = self.desk.deployment;
        let aws = deployment.aws().base();
        let brink = Brink::before(aws, deployment.sandbox(), last)
            .await
            .unwrap();
        let mut function = self.function(operation).await;
        let seen = [
            ("AWS_ENDPOINT_URL".to_owned(), brink.aws()),
            // Many calls of one key in a minute are what is tested here.
            ("LIMIT_SERVICE".to_owned(), "1000000".to_owned()),
        ];
        function.environment.extend(seen);
        let answer = tokio::select! {
            run = runtime_api::run(&function, event, PATIENCE) => Some(run.unwrap().answer),
            // The process is killed where its run is dropped.
            () = brink.reached() => None,
        };
        Came {
            answer,
            calls: brink.calls(),
        }
    }

    async fn function(&self, operation: &str) -> Function {
        let mut known = self.functions.lock().await;
        if !known.contains_key(operation) {
            let service = if operation == "escalate_execution" {
                "orchestration"
            } else {
                "executor"
            };
            let deployment = self.desk.deployment;
            let program = self.project.binary(service);
            let made = deployed(deployment.aws(), deployment.stack(), operation, program);
            known.insert(operation.to_owned(), made.await.unwrap());
        }
        let known = &known[operation];
        Function {
            program: known.program.clone(),
            name: known.name.clone(),
            handler: known.handler.clone(),
            memory_mb: known.memory_mb,
            environment: known.environment.clone(),
        }
    }

    /// A request to an action's route as API Gateway hands it over, under an idempotency key.
    pub(super) fn request(&self, operation: &str, body: &Value, key: &str) -> Value {
        let fixture = Fixture::read(&self.project, &format!("executor/{operation}")).unwrap();
        let words = Words::from([("api_key", self.desk.deployment.api_key().to_owned())]);
        let mut event = fixture.event(&words).unwrap();
        event["headers"]["Idempotency-Key"] = key.into();
        event["multiValueHeaders"]["Idempotency-Key"] = json!([key]);
        event["body"] = body.to_string().into();
        event
    }
}
