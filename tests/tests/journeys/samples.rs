//! The samples of contracts B, C and E about accounts, sign-in and API keys, as the documents have them, made by real `curl` and
//! real Python. What is put in their place is host and port, names, and passwords: `pass` is none that anybody may have.
//!
//! Contract B has a `curl` command and a Python program for `/token/`, contract C a `curl` command for `/api/login`, contract E none;
//! what else they show is method, path, body and answer, from which the `curl` command is made here.

mod read;

use std::process::Stdio;

use deskhand_local::{Project, python_with_requests};
use deskhand_tests::{anonymous, answer};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::accounts::office::Office;
use crate::contract::assert_shape;
use read::{Sample, programs, samples};

const B: &str = include_str!("samples/contract_b.md");
const C: &str = include_str!("samples/contract_c.md");
const E: &str = include_str!("samples/contract_e.md");

/// How a caller shows who they are.
enum Shows<'a> {
    Nothing,
    Token(&'a str),
    Key(&'a str),
}

/// What a program printed to standard output.
async fn printed(mut program: Command) -> String {
    let ended = program
        .env("NO_PROXY", "localhost,127.0.0.1")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let complained = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{program:?}: {complained}");
    String::from_utf8(ended.stdout).unwrap()
}

/// What a documented command prints once each `from` is a `to`.
async fn command(text: &str, to: &[(&str, &str)]) -> Value {
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(placed(text, to));
    let text = printed(shell).await;
    serde_json::from_str(&text).unwrap_or_else(|cause| panic!("{cause}: {text}"))
}

/// The text with something in the place of each name, which has to be in it.
fn placed(text: &str, to: &[(&str, &str)]) -> String {
    to.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "no {from} in {text}");
        text.replace(from, to)
    })
}

/// Makes a documented call with `curl` and holds what comes back against what is documented. Answers with it.
async fn play(office: &Office, sample: &Sample, shows: Shows<'_>, to: &[(&str, &str)]) -> Value {
    let (status, told) = made(office, sample, shows, to).await;
    assert_eq!(status, sample.status, "{}: {told}", sample.heading);
    if let Some(documented) = &sample.response {
        assert_shape(documented, &told, &sample.heading);
    }
    told
}

/// Makes a documented call with `curl`: status and body.
async fn made(
    office: &Office,
    sample: &Sample,
    shows: Shows<'_>,
    to: &[(&str, &str)],
) -> (u16, Value) {
    let mut curl = Command::new("curl");
    let fill = |text: &str| {
        let fits = to.iter().filter(|(from, _)| text.contains(from));
        placed(text, &fits.copied().collect::<Vec<_>>())
    };
    let url = format!("{}{}", office.base(), fill(&sample.path));
    curl.args(["-sS", "-w", "\n%{http_code}", "-X", &sample.method, &url]);
    match shows {
        Shows::Nothing => {}
        Shows::Token(token) => {
            curl.args(["-H", &format!("Authorization: Bearer {token}")]);
        }
        Shows::Key(key) => {
            curl.args(["-H", &format!("X-API-Key: {key}")]);
        }
    }
    if let Some(body) = &sample.request {
        curl.args(["-H", "Content-Type: application/json", "-d", &fill(body)]);
    }
    let text = printed(curl).await;
    let (body, status) = text.rsplit_once('\n').unwrap();
    let told = serde_json::from_str(body).unwrap_or(Value::Null);
    (status.parse().unwrap(), told)
}

/// The sample under this heading: the `at`-th of them.
fn under<'a>(samples: &'a [Sample], heading: &str, at: usize) -> &'a Sample {
    let mut found = samples.iter().filter(|sample| sample.heading == heading);
    found
        .nth(at)
        .unwrap_or_else(|| panic!("no sample {at} under {heading}: {samples:#?}"))
}

#[tokio::test]
async fn contract_bs_calls_are_answered_as_documented() {
    let office = Office::new("Samples B").await;
    let samples = samples(B, "B-ticket-tracking.md");
    assert_eq!(samples.len(), 11);
    let sample = |heading: &'static str| under(&samples, heading, 0);
    let admin = &office.admin;
    let names = [
        ("user@example.com", admin.name.as_str()),
        ("securePassword123", office.password.as_str()),
    ];
    let by_name = sample("JWT Token Authentication");
    let token = play(&office, by_name, Shows::Nothing, &names).await;
    let refresh = ("eyJ0eXAiOiJKV1QiLCJhbGc...", text(&token, "refresh"));
    let token = play(&office, sample("Token Refresh"), Shows::Nothing, &[refresh]).await;
    let access = text(&token, "access");
    let play = async |heading: &'static str, to: &[(&str, &str)]| {
        play(&office, sample(heading), Shows::Token(access), to).await
    };

    let made = play("Create User", &[]).await;
    assert_eq!(Some(&made), sample("Create User").response.as_ref());
    // A second page begins behind ten.
    for number in 0..9 {
        let name = format!("jane.{number}");
        play(
            "Create User",
            &[("jane.smith", &name), ("jane@", &format!("{name}@"))],
        )
        .await;
    }
    play("List Users", &[]).await;
    let listing = under(&samples, "JWT Token Authentication", 1);
    let (status, _) = self::made(&office, listing, Shows::Token(access), &[]).await;
    assert_eq!(status, 200, "how a token is used");
    play("Get User Details", &[("{id}", "1")]).await;

    let changed = play("Update User", &[("{id}", "2")]).await;
    let documented = sample("Update User").response.as_ref().unwrap();
    for (name, value) in documented.as_object().unwrap() {
        assert_eq!(&changed[name], value, "{name}");
    }
    let patch = Sample {
        method: "PATCH".to_owned(),
        path: "/api/v1/users/2/".to_owned(),
        request: sample("Update User").request.clone(),
        ..Sample::default()
    };
    let (status, again) = self::made(&office, &patch, Shows::Token(access), &[]).await;
    assert_eq!((status, again), (200, changed));

    let roles = play("List Roles", &[]).await;
    assert_eq!(roles["count"], 8);
    let given = play("Assign Role to User", &[]).await;
    let assign = sample("Assign Role to User");
    let again = self::made(&office, assign, Shows::Token(access), &[]).await;
    assert_eq!(again, (200, given));
    play("Delete User", &[("{id}", "2")]).await;
    play("Delete User", &[("{id}", "2")]).await;
    let gone = sample("Get User Details");
    let (status, _) = self::made(&office, gone, Shows::Token(access), &[("{id}", "2")]).await;
    assert_eq!(status, 404);

    let logout = play("Logout", &[]).await;
    assert_eq!(Some(&logout), sample("Logout").response.as_ref());
    let (status, _) = self::made(&office, sample("List Users"), Shows::Token(access), &[]).await;
    assert_eq!(status, 401, "the token is over");
}

#[tokio::test]
async fn contract_bs_programs_get_a_token() {
    let office = Office::new("Samples B Programs").await;
    let (user, password) = (office.admin.name.as_str(), office.password.as_str());
    let documented = samples(B, "B-ticket-tracking.md");
    let documented = under(&documented, "JWT Token Authentication", 0);

    let [curl] = &programs(B, "bash")[..] else {
        panic!("contract B has one command of ours")
    };
    let names = [
        ("http://localhost:8003", office.base()),
        ("\"user\"", &format!("\"{user}\"")),
        ("\"pass\"", &format!("\"{password}\"")),
    ];
    let told = command(curl, &names).await;
    assert_shape(documented.response.as_ref().unwrap(), &told, "curl");
    works(&office, text(&told, "access")).await;

    let [program] = &programs(B, "python")[..] else {
        panic!("contract B has one program")
    };
    let names = [
        ("http://localhost:8003", office.base()),
        ("http://localhost:8002", office.base()),
        ("'user'", &format!("'{user}'")),
        ("'pass'", &format!("'{password}'")),
    ];
    // Its second call is about workflows (lines 62 to 65), and has to be answered with JSON, whatever that says.
    let program = format!("{}\nprint(token)\n", placed(program, &names));
    let project = Project::find(None).unwrap();
    let mut python = Command::new(python_with_requests(&project).await.unwrap());
    python.arg("-c").arg(program);
    works(&office, printed(python).await.trim()).await;
}

#[tokio::test]
async fn contract_cs_samples_run_in_their_order() {
    let office = Office::example().await;
    let samples = samples(C, "C-aiops-rca.md");
    assert_eq!(samples.len(), 3);
    let name = format!("{}@", uuid::Uuid::new_v4().simple());
    let names = [("user@", name.as_str())];
    let register = under(&samples, "1. Register User", 0);
    let made_account = play(&office, register, Shows::Nothing, &names).await;
    works(&office, text(&made_account, "access_token")).await;
    let (status, again) = made(&office, register, Shows::Nothing, &names).await;
    assert_eq!(status, 409, "{again}");
    let foreign = [("@sigmoidanalytics.com", "@example.org")];
    let (status, refused) = made(&office, register, Shows::Nothing, &foreign).await;
    assert_eq!(status, 400);
    let why = text(&refused, "detail");
    assert!(why.starts_with("Email must be from @"), "{why}");

    let login = under(&samples, "2. Login", 0);
    let token = play(&office, login, Shows::Nothing, &names).await;
    let token = text(&token, "access_token");
    let me = under(&samples, "3. Get Current User", 0);
    let told = play(&office, me, Shows::Token(token), &[]).await;
    assert_eq!(told["full_name"], "John Doe");
    let (status, refused) = made(&office, me, Shows::Nothing, &[]).await;
    assert_eq!((status, refused["detail"].is_string()), (401, true));

    let [curl] = &programs(C, "bash")[..] else {
        panic!("contract C has one command of ours")
    };
    let names = [
        ("http://localhost:8000", office.base()),
        ("user@", name.as_str()),
        ("your-password", "SecurePassword123"),
    ];
    let told = command(curl, &names).await;
    assert_shape(login.response.as_ref().unwrap(), &told, "curl");
    works(&office, text(&told, "access_token")).await;
}

#[tokio::test]
async fn contract_es_calls_are_answered_as_documented() {
    let office = Office::new("Samples E").await;
    let samples = samples(E, "E-platform-services.md");
    assert_eq!(samples.len(), 6);
    let sample = |heading: &'static str| under(&samples, heading, 0);
    let admin = Shows::Token(&office.admin.access);
    let key = play(&office, sample("Create API Key"), admin, &[]).await;
    let (id, secret) = (key["id"].to_string(), text(&key, "key"));
    let to = [("{key_id}", id.as_str())];
    play(&office, sample("Get API Key"), Shows::Key(secret), &to).await;

    // The organization's first key stands before it, and was never used.
    let (status, list) = made(&office, sample("List API Keys"), Shows::Key(secret), &[]).await;
    assert_eq!(status, 200, "{list}");
    let own = list.as_array().unwrap().last().unwrap();
    let documented = sample("List API Keys").response.as_ref().unwrap();
    assert_shape(&documented[0], own, "the list");
    assert!(!list.to_string().contains(secret), "it is shown again");

    // Which endpoints there are is the caller's doing.
    let (status, usage) = made(
        &office,
        sample("Get Usage Statistics"),
        Shows::Key(secret),
        &to,
    )
    .await;
    assert_eq!(status, 200, "{usage}");
    let mut documented = sample("Get Usage Statistics").response.clone().unwrap();
    documented["requests_by_endpoint"] = json!({"/api/v1/keys/{key_id}": 1});
    assert_shape(&documented, &usage, "the usage");

    let admin = || Shows::Token(&office.admin.access);
    let changed = play(&office, sample("Update API Key"), admin(), &to).await;
    let changed = (&changed["name"], &changed["scopes"], &changed["is_active"]);
    assert_eq!(
        changed,
        (&json!("Updated Name"), &json!(["read"]), &json!(true))
    );
    for _ in 0..2 {
        let (status, told) = made(&office, sample("Delete API Key"), admin(), &to).await;
        assert_eq!((status, told), (204, Value::Null));
    }
    let (status, _) = made(&office, sample("Get API Key"), Shows::Key(secret), &to).await;
    assert_eq!(status, 401);
}

/// Asserts that a token lets its holder in.
async fn works(office: &Office, token: &str) {
    let call = anonymous(office.desk.deployment, Method::GET, "/api/me").bearer_auth(token);
    let (status, me) = answer(call).await;
    assert_eq!(status, 200, "{me}");
}

fn text<'a>(told: &'a Value, member: &str) -> &'a str {
    let text = told[member].as_str();
    text.unwrap_or_else(|| panic!("no {member} in {told}"))
}
