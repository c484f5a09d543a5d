//! What the measured functions work on: for each round a ticket of its own whose user has just confirmed on their phone.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tokio::time;

use crate::{
    aws::loopback,
    endpoints::Endpoints,
    error::{Doing, Error, Result},
    fixture::{Fixture, Words},
};

const PATIENCE: Duration = Duration::from_mins(2);
const LOOK_EVERY: Duration = Duration::from_millis(200);
const SUMMARY: &str = "The printer on floor 2 is slow";
const DETAILS: &str = "It takes a minute a page.";

/// The deployment that is up, and the words that fill in its fixtures.
pub(super) struct Bench<'a> {
    endpoints: &'a Endpoints,
    http: Client,
    words: Words,
}

/// One round's ticket and user.
pub(super) struct Case {
    number: u64,
    ticket: String,
    user: String,
}

/// An id that nobody has.
fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

impl<'a> Bench<'a> {
    pub(super) fn new(endpoints: &'a Endpoints) -> Result<Self> {
        let source = ["username", "password"].map(|what| endpoints.webhook("halopsa", what));
        let words = Words::from([
            ("tenant", endpoints.tenant().to_owned()),
            ("api_key", endpoints.api_key().to_owned()),
            ("halo_basic", STANDARD.encode(source.join(":"))),
        ]);
        Ok(Self {
            endpoints,
            http: loopback()?,
            words,
        })
    }

    /// The stack that is up.
    pub(super) fn stack(&self) -> &str {
        self.endpoints.stack()
    }

    /// The words, with an id of its own for a webhook's delivery.
    pub(super) fn words(&self) -> Words {
        let mut words = self.words.clone();
        words.insert("guid", new_id());
        words
    }

    /// As many rounds' tickets.
    pub(super) async fn cases(&self, count: usize) -> Result<Vec<Case>> {
        let (mut cases, mut prompts) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (case, prompt) = self.case().await?;
            cases.push(case);
            prompts.push(prompt);
        }
        for prompt in prompts {
            let path = format!("/api/v1/verification/mfa/{prompt}");
            self.becomes(&path, "approved").await?;
        }
        Ok(cases)
    }

    async fn case(&self) -> Result<(Case, String)> {
        let id = uuid::Uuid::new_v4().as_u128();
        let email = format!("bench.{:08x}@company.com", id >> 96);
        let person = json!({
            "displayName": "Bench", "mfa": "approve", "department": "Engineering",
            "mobilePhone": format!("+4420{:08}", id % 100_000_000),
        });
        let path = format!("/_sandbox/users/{email}");
        let user = text(&self.sandbox(Method::PUT, &path, &person).await?, "id")?;
        let ticket =
            json!({"summary": SUMMARY, "details": DETAILS, "user_email": email, "fire": false});
        let ticket = self.sandbox(Method::POST, "/_sandbox/halo/tickets", &ticket);
        let ticket = ticket.await?;
        let number = ticket["id"].as_u64().unwrap_or_default();
        let ticket = text(&ticket, "ticket_id")?;
        let ask =
            json!({"ticket_id": ticket, "subject": SUMMARY, "body": DETAILS, "user_email": email});
        self.api(Method::POST, "/api/v1/classify_ticket", &ask)
            .await?;
        let ask = json!({"ticket_id": ticket, "user_id": user, "timeout_seconds": 300});
        let prompt = self
            .api(Method::POST, "/api/v1/verification/mfa", &ask)
            .await?;
        let prompt = text(&prompt, "request_id")?;
        let case = Case {
            number,
            ticket,
            user,
        };
        Ok((case, prompt))
    }

    /// Waits until the worker has dealt with an event.
    pub(super) async fn settled(&self, event: &str) -> Result<()> {
        self.becomes(&format!("/api/v1/inbox/{event}"), "settled")
            .await
    }

    async fn becomes(&self, path: &str, status: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            let seen = self.api(Method::GET, path, &Value::Null).await?;
            if seen["status"] == status {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let why = format!("it was still {} after {PATIENCE:?}", seen["status"]);
                return Err(Error::failed(
                    format!("waiting for {path} to be {status}"),
                    why,
                ));
            }
            time::sleep(LOOK_EVERY).await;
        }
    }

    async fn api(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        self.call(method, self.endpoints.api(), path, body).await
    }

    async fn sandbox(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        self.call(method, self.endpoints.sandbox(), path, body)
            .await
    }

    async fn call(&self, method: Method, base: &str, path: &str, body: &Value) -> Result<Value> {
        let doing = format!("{method} {path}");
        let mut call = self.http.request(method, format!("{base}{path}"));
        call = call.header("x-api-key", self.endpoints.api_key());
        if !body.is_null() {
            call = call.json(body);
        }
        let answer = call.send().await.doing(doing.clone())?;
        let status = answer.status();
        let text = answer.text().await.doing(doing.clone())?;
        if !status.is_success() {
            return Err(Error::failed(doing, format!("{status} {text}")));
        }
        serde_json::from_str(&text).doing(doing)
    }
}

impl Case {
    /// The fixture about this case instead of the documented example; a ticket to classify is a new one each time.
    pub(super) fn about(&self, fixture: Fixture) -> Fixture {
        let ticket = match fixture.operation() {
            "classify_ticket" => format!("bench-{}", new_id()),
            _ => self.ticket.clone(),
        };
        fixture
            .about("HLP-12345", &ticket)
            .about(": 12345,", &format!(": {},", self.number))
            .about("abc-123", &self.user)
    }
}

fn text(answer: &Value, member: &str) -> Result<String> {
    let text = answer[member].as_str().map(str::to_owned);
    text.ok_or_else(|| Error::failed("preparing a ticket", format!("no {member} in {answer}")))
}
