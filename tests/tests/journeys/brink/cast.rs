//! Somebody whom a deed is about, and what stands in the tables before it: written as if it had come so far.

use std::fmt::Write as _;

use audit::{Actor, Entry, Subject, verify};
use domain::{
    Access, Answer, Approval, ApprovalState, Execution, ExecutionId, Grant, GrantId, GroupId,
    MfaPrompt, MfaState, Planned, RequestId, Requester, StepId, Ticket, TicketId, TicketName,
    UserId, Verdict,
};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::Store;
use uuid::Uuid;

use super::deed::Deed;
use super::stage::Stage;
use crate::actions::now;
use crate::desk::{Person, items};
use crate::store::ticket;

/// Whom the deployment's key stands for.
const CALLER: &str = "key-1";
/// Ages ago for whoever decides by the clock.
const LONG_AGO: SignedDuration = SignedDuration::from_mins(5);

pub(super) struct Cast<'a> {
    stage: &'a Stage,
    pub(super) john: Person,
    pub(super) group: String,
    pub(super) sku: String,
    pub(super) ticket: TicketId,
    pub(super) run: ExecutionId,
    /// Names a caller's call.
    pub(super) key: String,
    /// The person as the directory had them.
    pub(super) before: Value,
}

fn entry(action: &str) -> Entry {
    Entry::new(now(), Actor::System("test".into()), action)
}

impl<'a> Cast<'a> {
    /// A person who has confirmed, whose manager has consented, and a run that has come to the deed.
    pub(super) async fn new(stage: &'a Stage, deed: Deed) -> Self {
        let desk = &stage.desk;
        let john = desk.person("john.brink", "approve").await;
        let own = Uuid::new_v4();
        let (group, sku) = (format!("grp-{own}"), own.to_string());
        let put = async |path: &str, body: Value| {
            let path = format!("/_sandbox/{path}");
            desk.sandbox(Method::PUT, &path, Some(&body)).await
        };
        put(
            &format!("groups/{group}"),
            json!({"displayName": "A group"}),
        )
        .await;
        match deed {
            Deed::License => {
                let license = json!({"skuPartNumber": format!("OF_{own}"), "enabled": 5});
                put(&format!("licences/{sku}"), license).await;
            }
            Deed::Take => {
                let path = format!("/_sandbox/groups/{group}/members/{}", john.id);
                desk.sandbox(Method::PUT, &path, None).await;
            }
            Deed::Unlock => {
                let locked = json!({"accountEnabled": false, "by": "Lockout rule"});
                put(&format!("users/{}", john.email), locked).await;
            }
            Deed::Tap | Deed::Password | Deed::Sessions | Deed::Give => {}
        }
        let mut cast = Self {
            stage,
            group,
            sku,
            ticket: TicketId::from_bits(own.as_u128()),
            run: ExecutionId::parse(&format!("x-{}", own.simple())).unwrap(),
            key: own.to_string(),
            before: Value::Null,
            john,
        };
        cast.before = cast.shown().await;
        cast.write(deed).await;
        cast
    }

    pub(super) fn user(&self) -> UserId {
        UserId::parse(&self.john.id).unwrap()
    }

    async fn write(&self, deed: Deed) {
        let (store, tenant) = (&self.stage.store, &self.stage.tenant);
        let ticket = Ticket {
            id: self.ticket,
            requester: Requester {
                email: self.john.email.clone(),
                user_id: Some(self.user()),
            },
            runs: vec![self.run.clone()],
            ..ticket(TicketName::External(self.key.clone()))
        };
        let ids = [
            "ask", "tap", "password", "unlock", "sessions", "give", "license", "take",
        ];
        let ids = ids.map(|id| StepId::parse(id).unwrap());
        let inputs = json!({"group": self.group, "sku": self.sku});
        let run = Execution::new(
            self.run.clone(),
            self.ticket,
            self.stage.playbook.clone(),
            "1.0".into(),
            &ids,
            now(),
        );
        let run = run.with_inputs(inputs.as_object().unwrap().clone());
        let write = store
            .write(tenant, "test")
            .ticket(None, &ticket, vec![entry("ticket.received")])
            .execution(None, &run, vec![entry("execution.started")])
            .prompt(None, &self.prompt())
            .approval(None, &self.approval());
        let write = match deed {
            Deed::Take => write.grant(None, &self.grant(Some(Self::old_end()))),
            _ => write,
        };
        write.commit().await.unwrap();
    }

    /// When what is taken was to end.
    pub(super) fn old_end() -> Timestamp {
        "2037-01-01T00:00:00Z".parse().unwrap()
    }

    /// Something given to them, seen, and until then.
    pub(super) fn grant(&self, until: Option<Timestamp>) -> Grant {
        let id = GrantId::of(&self.user(), Uuid::new_v4().as_u128());
        let access = Access::Group(GroupId::parse(&self.group).unwrap());
        Grant::intended(id, self.ticket, self.user(), access, until).given()
    }

    /// They have it: in the directory and in our rows.
    pub(super) async fn holds_grant(&self, grant: &Grant) {
        let path = format!("/_sandbox/groups/{}/members/{}", self.group, self.john.id);
        self.stage.desk.sandbox(Method::PUT, &path, None).await;
        let write = self.stage.store.write(&self.stage.tenant, "test");
        write.grant(None, grant).commit().await.unwrap();
    }

    fn prompt(&self) -> MfaPrompt {
        let asked = MfaPrompt {
            id: Store::prompt_id(self.ticket, 1),
            ticket_id: self.ticket,
            user_id: self.user(),
            state: MfaState::Pending,
            requested_at: now(),
            expires_at: now() + SignedDuration::from_mins(5),
            waiting: None,
            sealed_token: None,
            handle: None,
            rev: 0,
        };
        asked.answer(Answer::Approved, "", now()).unwrap()
    }

    /// Consent to either way of giving them something.
    fn approval(&self) -> Approval {
        let plan = [&self.group, &self.sku].map(|target| Planned {
            action: "grant_access".to_owned(),
            subject: self.user(),
            target: Some(target.clone()),
            expires_at: None,
            spent: None,
        });
        let asked = Approval {
            id: RequestId::of_approval(self.ticket, 1),
            ticket_id: self.ticket,
            approver: UserId::parse("boss-1").unwrap(),
            approver_mail: "jane.smith@company.com".to_owned(),
            plan: plan.to_vec(),
            shown: Vec::new(),
            asked_by: String::new(),
            state: ApprovalState::Pending,
            channel: None,
            comment: None,
            requested_at: now(),
            sent_at: None,
            expires_at: now() + SignedDuration::from_mins(5),
            link_hash: String::new(),
            waiting: None,
            sealed_token: None,
            rev: 0,
        };
        asked
            .answer(Verdict::Approve, "email", None, now())
            .unwrap()
    }

    /// What a state hands to the function of this step.
    pub(super) fn input(&self, step: Option<&str>, undo: bool) -> Value {
        json!({
            "tenant": self.stage.tenant, "ticket_id": self.ticket, "execution_id": self.run, "generation": 1,
            "playbook": self.stage.playbook, "version": "1.0", "step": step, "undo": undo,
        })
    }

    // What the tables say.

    pub(super) async fn seen(&self) -> Execution {
        let (store, tenant) = (&self.stage.store, &self.stage.tenant);
        store.execution(tenant, &self.run).await.unwrap().unwrap()
    }

    pub(super) async fn grants(&self) -> Vec<Grant> {
        let (store, tenant) = (&self.stage.store, &self.stage.tenant);
        store.grants_to(tenant, &self.user()).await.unwrap()
    }

    /// The claims under which the person's confirmation and their manager's consent were spent.
    pub(super) async fn spent(&self) -> Vec<String> {
        let (store, tenant) = (&self.stage.store, &self.stage.tenant);
        let prompts = store.prompts(tenant, self.ticket).await.unwrap();
        let approvals = store.approvals(tenant, self.ticket).await.unwrap();
        let prompts = prompts.iter().filter_map(|prompt| match &prompt.state {
            MfaState::Approved { spent, .. } => spent.as_ref(),
            _ => None,
        });
        let parts = approvals.iter().flat_map(|approval| &approval.plan);
        let parts = parts.filter_map(|part| part.spent.as_ref());
        prompts.chain(parts).map(|one| one.claim.clone()).collect()
    }

    /// The ticket's action rows as the table has them.
    pub(super) async fn actions(&self) -> Vec<Value> {
        let ask = json!({
            "TableName": self.table("executions"), "ConsistentRead": true,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :action)",
            "ExpressionAttributeValues": {
                ":pk": {"S": format!("{}#{}", self.stage.tenant.as_str(), Subject::Ticket(self.ticket))},
                ":action": {"S": "action#"},
            },
        });
        let found = self.stage.desk.deployment.dynamodb("Query", &ask).await;
        items(found.unwrap()["Items"].take())
    }

    fn table(&self, name: &str) -> String {
        format!("{}-{name}", self.stage.desk.deployment.stack())
    }

    /// Five minutes pass for what was begun and for whoever repeats a call.
    pub(super) async fn age(&self) {
        let then = (now() - LONG_AGO).to_string();
        for row in self.actions().await {
            if row["state"]["S"] == "begun" {
                let change = json!({
                    "TableName": self.table("executions"), "Key": {"pk": row["pk"], "sk": row["sk"]},
                    "UpdateExpression": "SET #at = :then", "ExpressionAttributeNames": {"#at": "at"},
                    "ExpressionAttributeValues": {":then": {"S": then}},
                });
                self.change("UpdateItem", &change).await;
            }
        }
        let tenant = self.stage.tenant.as_str();
        let idempotent = json!({
            "TableName": self.table("ephemeral"),
            "Key": {"pk": {"S": format!("{tenant}#idem#{CALLER}#{}", hash(&self.key))}, "sk": {"S": "i"}},
            "ConditionExpression": "attribute_exists(ends)",
            "UpdateExpression": "SET ends = :zero", "ExpressionAttributeValues": {":zero": {"N": "0"}},
        });
        let deployment = self.stage.desk.deployment;
        if let Err(cause) = deployment.dynamodb("UpdateItem", &idempotent).await {
            // It died before it was there, or let it go.
            let cause = cause.to_string();
            assert!(cause.contains("ConditionalCheckFailed"), "{cause}");
        }
    }

    /// Five minutes pass for the step's own beginning.
    pub(super) async fn age_step(&self, step: &str) {
        let seen = self.seen().await;
        let mut next = seen.clone();
        let step = next.steps.iter_mut().find(|run| run.id.as_str() == step);
        let step = step.unwrap();
        step.started_at = step.started_at.map(|at| at - LONG_AGO);
        let write = self.stage.store.write(&self.stage.tenant, "test");
        let write = write.execution(Some(&seen), &next, vec![entry("test.aged")]);
        write.commit().await.unwrap();
    }

    /// Somebody else asks on the ticket from now on.
    pub(super) async fn hand_to(&self, other: &Person) {
        let (store, tenant) = (&self.stage.store, &self.stage.tenant);
        let seen = store.ticket(tenant, self.ticket).await.unwrap().unwrap();
        let mut next = seen.clone();
        next.requester.user_id = Some(UserId::parse(&other.id).unwrap());
        let write = store.write(tenant, "test");
        let write = write.ticket(Some(&seen), &next, vec![entry("test.handed_over")]);
        write.commit().await.unwrap();
    }

    async fn change(&self, action: &str, change: &Value) {
        let deployment = self.stage.desk.deployment;
        deployment.dynamodb(action, change).await.unwrap();
    }

    /// Whether the chains of the ticket and of its run hold.
    pub(super) async fn holds(&self) -> bool {
        let (store, tenant) = (&self.stage.store, &self.stage.tenant);
        let ticket = store.ticket(tenant, self.ticket).await.unwrap().unwrap();
        let run = self.seen().await;
        let chains = [
            (Subject::Ticket(self.ticket), ticket.chain),
            (Subject::Execution(self.run.clone()), run.chain),
        ];
        for (subject, head) in chains {
            let records = store.records(tenant, &subject).await.unwrap();
            if !verify(tenant, &subject, &records, &head).valid {
                return false;
            }
        }
        true
    }

    /// How often each action stands in the records of the ticket and its run.
    pub(super) async fn told(&self) -> Map<String, Value> {
        let (store, tenant) = (&self.stage.store, &self.stage.tenant);
        let mut told = Map::new();
        for subject in [
            Subject::Ticket(self.ticket),
            Subject::Execution(self.run.clone()),
        ] {
            for record in store.records(tenant, &subject).await.unwrap() {
                let times = told.get(&record.entry.action).and_then(Value::as_u64);
                told.insert(record.entry.action, json!(times.unwrap_or(0) + 1));
            }
        }
        told
    }

    // What the directory says.

    pub(super) async fn shown(&self) -> Value {
        let path = format!("/_sandbox/users/{}", self.john.email);
        self.stage.desk.sandbox(Method::GET, &path, None).await
    }

    pub(super) async fn is_member(&self) -> bool {
        let path = format!("/_sandbox/groups/{}", self.group);
        let group = self.stage.desk.sandbox(Method::GET, &path, None).await;
        let members = group["members"].as_array().unwrap();
        members
            .iter()
            .any(|member| *member == self.john.id.as_str())
    }

    pub(super) async fn passes(&self) -> u64 {
        self.stage.desk.passes(&self.john).await
    }

    pub(super) async fn calls(&self, method: &str, path: &str) -> usize {
        let path = format!("/_sandbox/calls?vendor=graph&method={method}&path={path}");
        items(self.stage.desk.sandbox(Method::GET, &path, None).await).len()
    }
}

/// As the row of an idempotency key names it.
fn hash(key: &str) -> String {
    let mut hex = String::new();
    for byte in Sha256::digest(key.as_bytes()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
