//! A person at the service desk: tickets in Halo, the phone in the user's hand, and the public API.
//!
//! Each journey makes a person of its own, so that journeys run side by side on one deployment without meeting.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use deskhand_local::{Deployment, loopback};
use deskhand_tests::{answer, answer_in_time, deskhand, eventually, request};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::sleep;

/// How long a run may take under the load of the other journeys.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);
/// How long a mail may take to the local AWS' mailbox.
const MAIL_COMES_WITHIN: Duration = Duration::from_secs(20);
/// Between two looks at the API, each of which is a function's invocation.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(400);
pub(crate) const ENDS: [&str; 6] = [
    "completed",
    "failed",
    "denied",
    "timed_out",
    "cancelled",
    "escalated",
];

static PEOPLE: AtomicU32 = AtomicU32::new(1);

/// Somebody in the sandbox's directory.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) email: String,
    pub(crate) id: String,
    pub(crate) phone: String,
}

/// A ticket in the sandbox's Halo: its number there, and its name here.
#[derive(Debug, Clone)]
pub(crate) struct Filed {
    pub(crate) number: u64,
    pub(crate) name: String,
}

/// A deployment as the people around it see it.
#[derive(Clone)]
pub(crate) struct Desk<'a> {
    pub(crate) deployment: &'a Deployment,
    http: Client,
}

impl Desk<'static> {
    /// The desk of the deployment that all journeys share.
    pub(crate) async fn shared() -> Self {
        Self::of(deskhand().await)
    }
}

impl<'a> Desk<'a> {
    /// The desk of a deployment of one's own.
    pub(crate) fn of(deployment: &'a Deployment) -> Self {
        Self {
            deployment,
            http: loopback().unwrap(),
        }
    }

    // People.

    /// A new person, who does with a push what `mfa` says: `ask`, `approve`, `deny`, `ignore`, `challenge` or `none`.
    pub(crate) async fn person(&self, name: &str, mfa: &str) -> Person {
        self.person_with(name, json!({"mfa": mfa})).await
    }

    /// A new person with these properties; the number and the name are their own.
    pub(crate) async fn person_with(&self, name: &str, mut properties: Value) -> Person {
        let number = PEOPLE.fetch_add(1, Ordering::Relaxed);
        let phone = format!("+4420{number:08}");
        let email = format!("{name}.{number}@company.com");
        let fields = properties.as_object_mut().unwrap();
        for (key, value) in [
            ("displayName", name),
            ("mobilePhone", &phone),
            ("department", "Engineering"),
            ("manager", "jane.smith@company.com"),
        ] {
            fields.entry(key).or_insert_with(|| value.into());
        }
        let path = format!("/_sandbox/users/{email}");
        let made = self
            .sandbox(Method::PUT, &path, Some(&Value::Object(fields.clone())))
            .await;
        let id = made["id"].as_str().unwrap().to_owned();
        Person { email, id, phone }
    }

    /// The token of the newest link to `page` that was mailed to an address.
    pub(crate) async fn token_mailed_to(&self, address: &str, page: &str) -> String {
        let link = format!("{}{page}?token=", self.deployment.api());
        eventually(
            &format!("a mail to {address}"),
            MAIL_COMES_WITHIN,
            || async {
                let mails = self.mails().await;
                let mut texts = mails
                    .iter()
                    .filter(|mail| mail["To"][0] == address)
                    .filter_map(|mail| mail["BodyText"].as_str());
                let (_, rest) = texts
                    .rfind(|text| text.contains(&link))?
                    .split_once(&link)?;
                rest.split_whitespace().next().map(str::to_owned)
            },
        )
        .await
    }

    /// Every mail that went out, oldest first.
    pub(crate) async fn mails(&self) -> Vec<Value> {
        let url = format!("{}/_ministack/ses/messages", self.deployment.aws().base());
        let sent = self.http.get(&url).send().await.unwrap();
        let sent: Value = serde_json::from_str(&sent.text().await.unwrap()).unwrap();
        let accounts = sent["messages"].as_object().unwrap().values();
        let mails = accounts.flat_map(|mails| mails.as_array().unwrap());
        mails.cloned().collect()
    }

    /// The push that waits on this person's device.
    pub(crate) async fn prompt(&self, person: &Person) -> Value {
        let awaited = format!("a push to {}", person.email);
        eventually(&awaited, PATIENCE, || async {
            let prompts = self.prompts(person).await;
            prompts
                .into_iter()
                .find(|prompt| prompt["status"] == "pending")
        })
        .await
    }

    /// Every push this person got.
    pub(crate) async fn prompts(&self, person: &Person) -> Vec<Value> {
        let mut all = items(self.sandbox(Method::GET, "/_sandbox/mfa", None).await);
        all.retain(|prompt| prompt["user_id"] == person.id.as_str());
        all
    }

    /// Waits for a push and answers it: `approve`, `deny`, `ignore` or `challenge`.
    pub(crate) async fn act(&self, person: &Person, act: &str) {
        let prompt = self.prompt(person).await;
        let path = format!("/_sandbox/mfa/{}/{act}", prompt["id"].as_str().unwrap());
        self.sandbox(Method::POST, &path, None).await;
    }

    /// What this person's phone received.
    pub(crate) async fn texts(&self, person: &Person) -> Vec<String> {
        let all = items(self.sandbox(Method::GET, "/_sandbox/sms", None).await);
        all.iter()
            .filter(|text| text["to"] == person.phone.as_str())
            .map(|text| text["body"].as_str().unwrap().to_owned())
            .collect()
    }

    /// How many passes the directory made for this person.
    pub(crate) async fn passes(&self, person: &Person) -> u64 {
        let path = format!("/_sandbox/passes?user={}", person.id);
        let passes = self.sandbox(Method::GET, &path, None).await;
        passes["count"].as_u64().unwrap()
    }

    // Halo.

    /// A ticket that asks for a password reset, and its webhook.
    pub(crate) async fn locked_out(&self, person: &Person) -> Filed {
        self.file(json!({
            "summary": "I can't log in",
            "details": "Password doesn't work",
            "user_email": person.email,
        }))
        .await
    }

    /// The same without a webhook: the journey fires its own.
    pub(crate) async fn quietly_locked_out(&self, person: &Person) -> Filed {
        self.file(json!({
            "summary": "I can't log in",
            "details": "Password doesn't work",
            "user_email": person.email,
            "fire": false,
        }))
        .await
    }

    /// Any ticket: `summary`, `details`, `user_email`, `id` and `fire`.
    pub(crate) async fn file(&self, ticket: Value) -> Filed {
        let made = self
            .sandbox(Method::POST, "/_sandbox/halo/tickets", Some(&ticket))
            .await;
        Filed {
            number: made["id"].as_u64().unwrap(),
            name: made["ticket_id"].as_str().unwrap().to_owned(),
        }
    }

    /// The ticket as Halo has it, with its notes.
    pub(crate) async fn halo(&self, filed: &Filed) -> Value {
        let path = format!("/_sandbox/halo/tickets/{}", filed.number);
        self.sandbox(Method::GET, &path, None).await
    }

    /// The texts of the ticket's notes, oldest first.
    pub(crate) async fn notes(&self, filed: &Filed) -> Vec<String> {
        let ticket = self.halo(filed).await;
        let notes = ticket["notes"].as_array().unwrap().iter();
        notes
            .map(|note| note["note"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Waits for a note that holds `words` and answers with it.
    pub(crate) async fn note(&self, filed: &Filed, words: &str) -> String {
        let awaited = format!("a note with {words:?} on {}", filed.name);
        eventually(&awaited, PATIENCE, || async {
            let notes = self.notes(filed).await;
            notes.into_iter().find(|note| note.contains(words))
        })
        .await
    }

    /// Fires `ticket_created` or `ticket_updated` from Halo itself; a delivery's id given again makes it a repetition.
    pub(crate) async fn fire(&self, filed: &Filed, event: &str, delivery: Option<&str>) {
        let path = format!("/_sandbox/halo/tickets/{}/fire", filed.number);
        let body = json!({"event": event, "delivery_id": delivery});
        self.sandbox(Method::POST, &path, Some(&body)).await;
    }

    /// A request to `/webhooks/halopsa/{event}` with the tenant's credential, for a body of one's own.
    pub(crate) fn webhook(&self, event: &str) -> RequestBuilder {
        let to = self.deployment.endpoints();
        let url = format!("{}/webhooks/halopsa/{event}", self.deployment.api());
        self.http.post(url).basic_auth(
            to.webhook("halopsa", "username"),
            Some(to.webhook("halopsa", "password")),
        )
    }

    /// A delivery about a ticket, as Halo words it.
    pub(crate) fn delivery(filed: &Filed, delivery: &str) -> Value {
        json!({"id": delivery, "event": "ticket updated", "object_id": filed.number, "ticket": {"id": filed.number}})
    }

    /// The inbox's row of an event, once it is settled.
    pub(crate) async fn settled(&self, event: &str) -> Value {
        let path = format!("/api/v1/inbox/{event}");
        eventually(&format!("the verdict on {event}"), PATIENCE, || async {
            let (status, row) = self.get(&path).await;
            assert_eq!(status, 200, "{row}");
            self.unless(row["status"] == "settled", row).await
        })
        .await
    }

    // The public API.

    /// A GET with the tenant's key.
    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        answer_in_time(request(self.deployment, Method::GET, path)).await
    }

    /// A POST with the tenant's key.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        answer(request(self.deployment, Method::POST, path).json(body)).await
    }

    /// A new playbook with these steps and inputs, active; its name.
    pub(crate) async fn activated(&self, inputs: Value, steps: Value) -> String {
        let own = uuid::Uuid::new_v4().simple().to_string();
        let name = format!("of_a_test_{}", &own[..8]);
        let text = json!({"name": name, "version": "1.0", "inputs": inputs, "steps": steps});
        let (status, made) = self.post("/api/v1/playbooks", &text).await;
        assert_eq!(status, 201, "{made}");
        let path = format!("/api/v1/playbooks/{name}/activate");
        let (status, said) = answer_in_time(request(self.deployment, Method::PUT, &path)).await;
        assert_eq!(status, 200, "{said}");
        name
    }

    /// A run of a playbook for a ticket, started with `context`.
    pub(crate) async fn started(&self, playbook: &str, ticket: &Filed, context: Value) -> Value {
        let ask = json!({"ticket_id": ticket.name, "playbook_id": playbook, "context": context});
        let (status, run) = self
            .post("/api/v1/orchestration/execute_playbook", &ask)
            .await;
        assert_eq!(status, 202, "{run}");
        run
    }

    /// The ticket's decision, once there is one.
    pub(crate) async fn classified(&self, ticket: &str) -> Value {
        let path = format!("/api/v1/classify_ticket/{ticket}");
        eventually(&format!("a decision on {ticket}"), PATIENCE, || async {
            let (status, decision) = self.get(&path).await;
            self.unless(status == 200, decision).await
        })
        .await
    }

    /// The ticket's latest run, once it is over.
    pub(crate) async fn ended(&self, ticket: &str) -> Value {
        let path = format!("/api/v1/orchestration/execution/{ticket}");
        eventually(&format!("the end of {ticket}'s run"), PATIENCE, || async {
            let (status, run) = self.get(&path).await;
            let over = status == 200 && ENDS.iter().any(|end| run["status"] == *end);
            self.unless(over, run).await
        })
        .await
    }

    /// The ticket's story as the audit tells it.
    pub(crate) async fn story(&self, ticket: &str) -> Value {
        let path = format!("/api/v1/audit/executions/{ticket}");
        let (status, story) = self.get(&path).await;
        assert_eq!(status, 200, "{story}");
        story
    }

    /// Whether the ticket's chains hold, and each chain.
    pub(crate) async fn verified(&self, ticket: &str) -> Value {
        let path = format!("/api/v1/audit/verify?ticket_id={ticket}");
        let (status, verdict) = self.get(&path).await;
        assert_eq!(status, 200, "{verdict}");
        verdict
    }

    /// `found` when it is what was looked for, else none, a moment later.
    async fn unless(&self, fits: bool, found: Value) -> Option<Value> {
        if fits {
            return Some(found);
        }
        sleep(LOOK_AGAIN).await;
        None
    }

    /// A call of the sandbox itself.
    pub(crate) async fn sandbox(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let url = format!("{}{path}", self.deployment.sandbox());
        let mut call = self.http.request(method, url);
        if let Some(body) = body {
            call = call.json(body);
        }
        let answer = call.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path} answered {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }
}

/// The members of an array.
pub(crate) fn items(array: Value) -> Vec<Value> {
    match array {
        Value::Array(items) => items,
        other => panic!("{other} is no array"),
    }
}

/// The actions of audit records, in their order.
pub(crate) fn actions(records: &Value) -> Vec<&str> {
    let records = records.as_array().unwrap().iter();
    records
        .map(|record| record["action"].as_str().unwrap())
        .collect()
}
