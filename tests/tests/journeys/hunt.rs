//! Looking for a secret everywhere a deployment keeps anything, in every form it may have taken.

use std::{collections::BTreeMap, fs, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use deskhand_local::{ACCOUNT, Deployment, REGION};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::desk::Desk;

/// How programs begin, and the zips of them: they say nothing about a ticket.
const PROGRAMS: [&[u8]; 2] = [b"\x7fELF", b"PK\x03\x04"];

/// What was read, by where it was read.
pub(crate) struct Haystack(Vec<(String, String)>);

impl Haystack {
    /// Everything the local AWS and the disk hold: tables, queues, executions, logs, secrets, mails, files.
    pub(crate) async fn of(deployment: &Deployment) -> Self {
        let mut hay = Self(Vec::new());
        hay.tables(deployment).await;
        hay.queues(deployment).await;
        hay.machines(deployment).await;
        hay.logs(deployment).await;
        hay.secrets(deployment).await;
        hay.mails(deployment).await;
        hay.disk("file", deployment.place().directory());
        hay
    }

    /// What functions keep and say: tables, logs.
    pub(crate) async fn of_functions(deployment: &Deployment) -> Self {
        let mut hay = Self(Vec::new());
        hay.tables(deployment).await;
        hay.logs(deployment).await;
        hay
    }

    /// Nothing yet.
    pub(crate) fn empty() -> Self {
        Self(Vec::new())
    }

    /// Every file of a directory.
    pub(crate) fn of_disk(directory: &Path) -> Self {
        let mut hay = Self(Vec::new());
        hay.disk("file", directory);
        hay
    }

    pub(crate) fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push((place.into(), text.into()));
    }

    /// How much was read of each kind of place, in bytes.
    pub(crate) fn sizes(&self) -> BTreeMap<&str, usize> {
        let mut sizes = BTreeMap::new();
        for (place, text) in &self.0 {
            *sizes.entry(kind(place)).or_default() += text.len();
        }
        sizes
    }

    /// The places that hold the secret in any form.
    pub(crate) fn hits(&self, secret: &str) -> Vec<&str> {
        let forms = forms(secret);
        let holds = |text: &str| forms.iter().any(|form| text.contains(form.as_str()));
        let found = self.0.iter().filter(|(_, text)| holds(text));
        found.map(|(place, _)| place.as_str()).collect()
    }

    async fn tables(&mut self, deployment: &Deployment) {
        let tables = deployment.dynamodb("ListTables", &json!({})).await.unwrap();
        for name in texts(&tables["TableNames"]) {
            let mut ask = json!({"TableName": name});
            loop {
                let mut page = deployment.dynamodb("Scan", &ask).await.unwrap();
                self.add(format!("table {name}"), page["Items"].to_string());
                ask["ExclusiveStartKey"] = page["LastEvaluatedKey"].take();
                if ask["ExclusiveStartKey"].is_null() {
                    break;
                }
            }
        }
    }

    /// Looks at messages without taking them. Those that are delayed or in flight are in the state on disk.
    async fn queues(&mut self, deployment: &Deployment) {
        let queues = call(deployment, "sqs", "AmazonSQS.ListQueues", json!({})).await;
        for url in texts(&queues["QueueUrls"]) {
            let ask = json!({
                "QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0,
                "MessageAttributeNames": ["All"],
            });
            let messages = call(deployment, "sqs", "AmazonSQS.ReceiveMessage", ask).await;
            self.add(format!("queue {url}"), messages.to_string());
        }
    }

    async fn machines(&mut self, deployment: &Deployment) {
        let states = async |action: &str, ask: Value| {
            let target = format!("AWSStepFunctions.{action}");
            call(deployment, "states", &target, ask).await
        };
        let machines = states("ListStateMachines", json!({})).await;
        for machine in list(&machines["stateMachines"]) {
            let ask = json!({"stateMachineArn": machine["stateMachineArn"]});
            let definition = states("DescribeStateMachine", ask.clone()).await;
            self.add("machine definition", definition.to_string());
            let runs = states("ListExecutions", ask).await;
            for run in list(&runs["executions"]) {
                let arn = &run["executionArn"];
                let described = states("DescribeExecution", json!({"executionArn": arn})).await;
                self.add(format!("machine run {arn}"), described.to_string());
                let ask = json!({
                    "executionArn": arn, "maxResults": 1000, "includeExecutionData": true,
                });
                let history = states("GetExecutionHistory", ask).await;
                assert!(history["nextToken"].is_null(), "a run of over 1000 events");
                self.add(format!("machine history {arn}"), history.to_string());
            }
        }
    }

    async fn logs(&mut self, deployment: &Deployment) {
        let target = "Logs_20140328.DescribeLogGroups";
        let groups = call(deployment, "logs", target, json!({"limit": 50})).await;
        for group in list(&groups["logGroups"]) {
            let name = &group["logGroupName"];
            let ask = json!({"logGroupName": name, "limit": 10_000});
            let lines = call(deployment, "logs", "Logs_20140328.FilterLogEvents", ask).await;
            assert!(
                list(&lines["events"]).len() < 10_000,
                "{name} has more lines than one page"
            );
            self.add(format!("log {name}"), lines["events"].to_string());
        }
    }

    async fn secrets(&mut self, deployment: &Deployment) {
        let target = "secretsmanager.ListSecrets";
        let secrets = call(deployment, "secretsmanager", target, json!({})).await;
        for secret in list(&secrets["SecretList"]) {
            let ask = json!({"SecretId": secret["Name"]});
            let target = "secretsmanager.GetSecretValue";
            let value = call(deployment, "secretsmanager", target, ask).await;
            self.add(format!("secret {}", secret["Name"]), value.to_string());
        }
    }

    async fn mails(&mut self, deployment: &Deployment) {
        for mail in Desk::of(deployment).mails().await {
            self.add(format!("mail to {}", mail["To"]), mail.to_string());
        }
    }

    fn disk(&mut self, kind: &str, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let (path, is) = (entry.path(), entry.file_type().unwrap());
            if is.is_dir() {
                self.disk(kind, &path);
            } else if is.is_file()
                && let Ok(text) = fs::read(&path)
                && !PROGRAMS.iter().any(|magic| text.starts_with(magic))
            {
                let text = String::from_utf8_lossy(&text);
                self.add(format!("{kind} {}", path.display()), text);
            }
        }
    }
}

/// A call of the local AWS.
pub(crate) async fn call(
    deployment: &Deployment,
    service: &str,
    target: &str,
    ask: Value,
) -> Value {
    deployment.aws().json(service, target, &ask).await.unwrap()
}

/// The ARN of a state machine.
pub(crate) fn machine(deployment: &Deployment, playbook: &str) -> String {
    let name = format!("{}-{playbook}", deployment.stack());
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}")
}

/// What a secret may look like somewhere inside a text.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned(), hex(secret), hex(secret).to_uppercase()];
    for text in [
        secret.to_owned(),
        json_form(secret),
        json_form(&json_form(secret)),
    ] {
        for shift in 0..3 {
            let inside = base64_inside(&text, shift);
            forms.push(inside.replace('+', "-").replace('/', "_"));
            forms.push(utf8_percent_encode(&inside, NON_ALPHANUMERIC).to_string());
            forms.push(inside);
        }
    }
    let once = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    forms.push(small_escapes(&once));
    forms.push(utf8_percent_encode(&once, NON_ALPHANUMERIC).to_string());
    forms.push(once);
    for (slash, and, plus) in [
        ("\\/", "&", "+"),
        ("/", "\\u0026", "+"),
        ("\\/", "\\u0026", "\\u002b"),
        ("\\u002f", "\\u0026", "\\u002b"),
        ("\\u002F", "\\u0026", "\\u002B"),
        ("/", "&amp;", "+"),
    ] {
        let form = secret
            .replace('&', and)
            .replace('/', slash)
            .replace('+', plus);
        forms.push(json_form(&json_form(&form)));
        forms.push(json_form(&form));
        forms.push(form);
    }
    forms
}

/// The text within a JSON string, without its quotes.
fn json_form(text: &str) -> String {
    let quoted = Value::from(text).to_string();
    quoted.trim_matches('"').to_owned()
}

/// The letters of base64 that depend on `text` alone when `shift` bytes (of three) stand before it.
fn base64_inside(text: &str, shift: usize) -> String {
    let mut bytes = vec![0; shift];
    bytes.extend(text.bytes());
    let letters = STANDARD_NO_PAD.encode(&bytes);
    let first = (shift * 8).div_ceil(6);
    let whole = bytes.len() * 8 / 6;
    letters[first..whole].to_owned()
}

fn hex(text: &str) -> String {
    let halves = text.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    let digits = halves.filter_map(|half| char::from_digit(u32::from(half), 16));
    digits.collect()
}

/// `%2F` as `%2f`; letters outside an escape stay.
fn small_escapes(encoded: &str) -> String {
    let mut left = 0_u32;
    let letters = encoded.chars().map(|letter| {
        left = if letter == '%' { 3 } else { left };
        let inside = left > 0;
        left = left.saturating_sub(1);
        if inside {
            letter.to_ascii_lowercase()
        } else {
            letter
        }
    });
    letters.collect()
}

fn kind(place: &str) -> &str {
    place.split(' ').next().unwrap_or_default()
}

fn list(array: &Value) -> &[Value] {
    array.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn texts(array: &Value) -> Vec<&str> {
    list(array).iter().filter_map(Value::as_str).collect()
}

#[test]
fn a_secret_is_found_in_every_form() {
    let secret = "aB3+xY/9&k#Z";
    let url = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let mut texts = vec![
        format!("your code: {secret}."),
        format!("Body={url}&To=1"),
        json!({"inner": json!({"code": secret}).to_string()}).to_string(),
        secret.replace('/', "\\/"),
        secret.replace('&', "\\u0026"),
        secret.replace('&', "&amp;"),
        hex(secret),
    ];
    for before in ["", "a", "ab", "abc"] {
        let text = format!("{before}{secret} and more");
        texts.push(base64::engine::general_purpose::STANDARD.encode(&text));
        texts.push(base64::engine::general_purpose::URL_SAFE.encode(&text));
    }
    for text in texts {
        let mut hay = Haystack(Vec::new());
        hay.add("place", text.clone());
        assert_eq!(hay.hits(secret), ["place"], "{text}");
        assert!(hay.hits("aB3+xY/9&k!Z").is_empty(), "{text}");
    }
}
