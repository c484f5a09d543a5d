//! A pass is read by its owner, and by a caller who may see it once; what callers prove themselves with is theirs alone. All of
//! it is kept nowhere.

mod callers;

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD};
use deskhand_local::{Deployment, Project, loopback};
use deskhand_tests::{fresh, request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Filed};
use crate::hunt::{Haystack, call, machine};
use crate::receipts::{confirmed, reset, wish};
use callers::Shown;

/// As a pass looks: with a plus, a slash and an ampersand, which each encoding writes its own way.
const MARKER: &str = "mA7+kE/r4&Xq";
const LITERAL: &str = "lI9/tE+r&aL5";

#[tokio::test]
async fn no_secret_is_found_anywhere_and_a_planted_marker_everywhere() {
    let mut deployment = fresh("secrets").await;
    let desk = Desk::of(&deployment);
    let (ticket, run_pass) = reset_by_a_run(&desk).await;
    let shown_pass = reset_by_a_caller(&desk).await;
    let password = a_password_by_a_caller(&desk).await;
    let secrets = [&run_pass, &shown_pass, &password, LITERAL];
    let shown = callers::shown(&desk).await;
    assert!(shown.len() >= 12, "{}", shown.len());

    let mut hay = Haystack::of(&deployment).await;
    answers(&desk, &ticket, &mut hay).await;
    let read = hay.sizes();
    for kind in [
        "table", "queue", "machine", "log", "secret", "file", "answer", "mail",
    ] {
        assert!(
            read.get(kind) > Some(&0),
            "nothing was read of {kind}: {read:?}"
        );
    }
    for secret in secrets {
        assert_eq!(hay.hits(secret), [""; 0]);
    }
    only_where_mailed(&hay, &shown);

    plant(&desk, &ticket).await;
    let mut hay = Haystack::of(&deployment).await;
    answers(&desk, &ticket, &mut hay).await;
    let hits = hay.hits(MARKER);
    for place in [
        "table deskhand-ephemeral",
        "queue ",
        "machine run ",
        "machine history ",
        "log ",
        "secret ",
        "planted.log",
        "planted-bucket",
        "answer /api/v1/orchestration/execution/",
    ] {
        assert!(
            hits.iter().any(|hit| hit.contains(place)),
            "not found in {place}: {hits:#?}"
        );
    }

    drop(desk);
    let kept = deployment.stop_aws().unwrap();
    let hay = Haystack::of_disk(&kept);
    for secret in secrets {
        assert_eq!(hay.hits(secret), [""; 0]);
    }
    // The emulator writes no mail to its files.
    for shown in &shown {
        assert_eq!(hay.hits(&shown.secret), [""; 0], "{}", shown.name);
    }
    let hits = hay.hits(MARKER);
    for state in [
        "dynamodb",
        "sqs",
        "stepfunctions",
        "cloudwatch_logs",
        "secretsmanager",
    ] {
        let file = format!("state/{state}.json");
        assert!(
            hits.iter().any(|hit| hit.ends_with(&file)),
            "not found in {file}: {hits:#?}"
        );
    }
}

/// Asserts that what callers show is nowhere, but the link of a mail in that mail.
fn only_where_mailed(hay: &Haystack, shown: &[Shown]) {
    for Shown {
        name,
        secret,
        is_mailed,
    } in shown
    {
        assert!(
            secret.len() >= 16,
            "{name} is too short to be told from chance"
        );
        let (mails, others): (Vec<_>, Vec<_>) = hay
            .hits(secret)
            .into_iter()
            .partition(|place| place.starts_with("mail "));
        assert_eq!(others, [""; 0], "{name}");
        assert_eq!(mails.len(), usize::from(*is_mailed), "{name}: {mails:?}");
    }
}

/// A ticket's whole way; the ticket, and the pass its owner reads.
async fn reset_by_a_run(desk: &Desk<'_>) -> (Filed, String) {
    let john = desk.person("john.doe", "approve").await;
    let ticket = desk.locked_out(&john).await;
    let run = desk.ended(&ticket.name).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    desk.note(&ticket, "finished").await;
    let texts = desk.texts(&john).await;
    let pass = texts[0]
        .strip_prefix("Your temporary access code: ")
        .unwrap();
    (ticket, pass.to_owned())
}

/// A caller's reset, the pass shown and delivered; then a credential of the caller's own.
async fn reset_by_a_caller(desk: &Desk<'_>) -> String {
    let (john, ticket) = confirmed(desk).await;
    let (status, _, made) = reset(desk, &wish(&john, &ticket)).await;
    assert_eq!(status, 200, "{made}");
    let mut order = json!({
        "ticket_id": ticket.name, "user_phone": john.phone, "message": "Your code: {credential}",
    });
    order["credential_ref"] = made["credential_ref"].clone();
    let (status, sent) = desk.post("/api/v1/delivery/sms", &order).await;
    assert_eq!(status, 200, "{sent}");
    order.as_object_mut().unwrap().remove("credential_ref");
    order["credential"] = LITERAL.into();
    let (status, sent) = desk.post("/api/v1/delivery/sms", &order).await;
    assert_eq!(status, 200, "{sent}");
    let pass = made["credential"].as_str().unwrap();
    let read = [pass, LITERAL].map(|code| format!("Your code: {code}"));
    assert_eq!(desk.texts(&john).await, read);
    pass.to_owned()
}

/// A caller's reset to a new password, shown.
async fn a_password_by_a_caller(desk: &Desk<'_>) -> String {
    let (john, ticket) = confirmed(desk).await;
    let mut wish = wish(&john, &ticket);
    wish["method"] = "password".into();
    let (status, _, made) = reset(desk, &wish).await;
    assert_eq!(status, 200, "{made}");
    made["credential"].as_str().unwrap().to_owned()
}

/// What every GET of the public API answers about the ticket.
async fn answers(desk: &Desk<'_>, ticket: &Filed, hay: &mut Haystack) {
    let story = desk.story(&ticket.name).await;
    let records = story["executions"][0]["records"].as_array().unwrap();
    let fact = |name: &str| {
        let mut values = records.iter().map(|record| &record["facts"][name]);
        let found = values.find_map(Value::as_str);
        found.unwrap_or_else(|| panic!("no fact {name}")).to_owned()
    };
    let execution = story["executions"][0]["execution_id"].as_str().unwrap();
    let ids = [
        ("{ticket_id}", ticket.name.clone()),
        ("{execution_id}", execution.to_owned()),
        ("{request_id}", fact("request_id")),
        ("{delivery_id}", fact("delivery_id")),
        ("{event_id}", event(desk.deployment).await),
        ("{playbook_id}", "password_reset".to_owned()),
        ("{version}", "1.2".to_owned()),
        ("{service}", "executor".to_owned()),
        ("{key_id}", "1".to_owned()),
        ("{id}", "1".to_owned()),
        ("/docs/{file}", "/docs/index.css".to_owned()),
        ("/redoc/{file}", "/redoc/redoc.standalone.js".to_owned()),
    ];
    let gateway = fs::read_to_string(Project::find(None).unwrap().root().join("gateway.yaml"));
    let gateway: Value = yaml_serde::from_str(&gateway.unwrap()).unwrap();
    for (template, methods) in gateway["paths"].as_object().unwrap() {
        if methods.get("get").is_none() {
            continue;
        }
        let path = ids
            .iter()
            .fold(template.clone(), |path, (name, id)| path.replace(name, id));
        assert!(!path.contains('{'), "what to put into {path}?");
        let query = match template.as_str() {
            "/api/v1/audit/verify" | "/api/v1/orchestration/executions" => {
                format!("?ticket_id={}", ticket.name)
            }
            _ => String::new(),
        };
        let called = request(desk.deployment, Method::GET, &format!("{path}{query}"));
        let answer = called.send().await.unwrap();
        let status = answer.status().as_u16();
        // These are for somebody signed in, or about a link or a question that there is none for: they answer, and are looked
        // through.
        let refuses = [
            "/api/me",
            "/api/v1/verification/manager_approval/{request_id}",
            "/approvals",
            "/invitations",
            "/oidc/callback",
            "/oidc/login",
            "/verify-email",
        ];
        if refuses.contains(&template.as_str()) {
            assert!((400..500).contains(&status), "{path}: {status}");
        } else {
            assert_eq!(status, 200, "{path}");
        }
        hay.add(format!("answer {path}"), answer.text().await.unwrap());
    }
}

/// An event that came in.
async fn event(deployment: &Deployment) -> String {
    let table = format!("{}-inbox", deployment.stack());
    let rows = deployment
        .dynamodb("Scan", &json!({"TableName": table}))
        .await;
    let rows = rows.unwrap();
    let pk = rows["Items"][0]["pk"]["S"].as_str().unwrap();
    pk.rsplit('#').next().unwrap().to_owned()
}

/// Puts the marker wherever something can be put, each time in another form.
async fn plant(desk: &Desk<'_>, ticket: &Filed) {
    let deployment = desk.deployment;
    let stack = deployment.stack();
    let row = json!({"pk": {"S": "planted"}, "sk": {"S": "planted"}, "note": {"S": MARKER}});
    let ask = json!({"TableName": format!("{stack}-ephemeral"), "Item": row});
    deployment.dynamodb("PutItem", &ask).await.unwrap();

    let queue = json!({"QueueName": format!("{stack}-inbound-dead")});
    let queue = call(deployment, "sqs", "AmazonSQS.GetQueueUrl", queue).await;
    let body = STANDARD.encode(json!({"a": 1, "code": MARKER}).to_string());
    let ask = json!({"QueueUrl": queue["QueueUrl"], "MessageBody": body});
    call(deployment, "sqs", "AmazonSQS.SendMessage", ask).await;

    let input = format!(r#"{{"note": "{}"}}"#, MARKER.replace('&', "\\u0026"));
    let ask = json!({
        "stateMachineArn": machine(deployment, "password_reset"), "name": "planted", "input": input,
    });
    call(deployment, "states", "AWSStepFunctions.StartExecution", ask).await;

    let stream = json!({
        "logGroupName": format!("/deskhand/{stack}/executor"), "logStreamName": "planted",
    });
    let target = "Logs_20140328.CreateLogStream";
    call(deployment, "logs", target, stream.clone()).await;
    let encoded = utf8_percent_encode(MARKER, NON_ALPHANUMERIC);
    let mut ask = stream;
    let lines = deployment.log_lines().await.unwrap();
    let now = lines.last().unwrap().at_ms;
    ask["logEvents"] = json!([{"timestamp": now, "message": format!("Body={encoded}")}]);
    call(deployment, "logs", "Logs_20140328.PutLogEvents", ask).await;

    let ask = json!({"Name": "planted", "SecretString": MARKER});
    call(
        deployment,
        "secretsmanager",
        "secretsmanager.CreateSecret",
        ask,
    )
    .await;

    let note = MARKER.replace('/', "\\/");
    fs::write(deployment.place().log("planted"), note).unwrap();

    bucket(deployment, "").await;
    bucket(deployment, "/note").await;

    let run = desk.ended(&ticket.name).await;
    let tenant = deployment.endpoints().tenant();
    let pk = format!("{tenant}#x#{}", run["execution_id"].as_str().unwrap());
    let ask = json!({
        "TableName": format!("{stack}-executions"),
        "Key": {"pk": {"S": pk}, "sk": {"S": "x"}},
        "UpdateExpression": "SET reason = :marker",
        "ExpressionAttributeValues": {":marker": {"S": MARKER}},
    });
    deployment.dynamodb("UpdateItem", &ask).await.unwrap();
}

/// Makes a bucket, or an object in it.
async fn bucket(deployment: &Deployment, object: &str) {
    let url = format!("{}/planted-bucket{object}", deployment.aws().base());
    let scope = "000000000000/20260101/us-east-1/s3/aws4_request";
    let signature =
        format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local");
    let put = loopback()
        .unwrap()
        .put(url)
        .header("authorization", signature);
    let body = if object.is_empty() { "" } else { MARKER };
    let answer = put.body(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}
