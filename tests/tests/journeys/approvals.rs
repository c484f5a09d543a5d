//! A manager's consent: asked by mail, given or refused on a page, once, and never by opening a link.

use deskhand_tests::{anonymous, answer, eventually, request};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::contract::assert_shape;
use crate::desk::{Desk, PATIENCE, Person, actions};
use crate::neighbour::Neighbour;

const ASK: &str = "/api/v1/verification/manager_approval";

/// Somebody with a manager, and a ticket of theirs.
struct Case {
    desk: Desk<'static>,
    manager: Person,
    john: Person,
    ticket: String,
}

impl Case {
    async fn new() -> Self {
        let desk = Desk::shared().await;
        let manager = desk.person("jane.smith", "approve").await;
        let report = json!({"mfa": "approve", "displayName": "John Doe", "manager": manager.email});
        let john = desk.person_with("john.doe", report).await;
        let case = Self {
            ticket: format!("consent-{}", Uuid::new_v4().simple()),
            desk,
            manager,
            john,
        };
        let ask = case.complaint();
        let (status, decision) = case.desk.post("/api/v1/classify_ticket", &ask).await;
        assert_eq!(status, 200, "{decision}");
        case
    }

    fn complaint(&self) -> Value {
        json!({"ticket_id": self.ticket, "subject": "I can't log in", "body": "Password doesn't work",
            "user_email": self.john.email})
    }

    /// The contract's example, about this ticket.
    fn wish(&self) -> Value {
        json!({"ticket_id": self.ticket, "manager_email": self.manager.email, "action_type": "password_reset",
            "user_name": "John Doe"})
    }

    async fn asked(&self) -> Value {
        let (status, asked) = self.desk.post(ASK, &self.wish()).await;
        assert_eq!(status, 202, "{asked}");
        asked
    }

    async fn refused(&self, member: &str, value: &str) -> (u16, String) {
        let mut wish = self.wish();
        wish[member] = value.into();
        let (status, refused) = self.desk.post(ASK, &wish).await;
        (
            status,
            refused["code"].as_str().unwrap_or_default().to_owned(),
        )
    }

    async fn status(&self, asked: &Value) -> Value {
        let path = format!("{ASK}/{}", asked["request_id"].as_str().unwrap());
        let (status, found) = self.desk.get(&path).await;
        assert_eq!(status, 200, "{found}");
        found
    }

    async fn token(&self) -> String {
        mailed(&self.desk, &self.manager).await
    }

    /// The ticket's records about consent.
    async fn told(&self) -> Vec<String> {
        let story = self.desk.story(&self.ticket).await;
        of_consent(&story["records"])
    }
}

fn of_consent(records: &Value) -> Vec<String> {
    let all = actions(records).into_iter();
    let consent = all.filter(|action| action.starts_with("approval."));
    consent.map(str::to_owned).collect()
}

pub(crate) async fn mailed(desk: &Desk<'_>, manager: &Person) -> String {
    desk.token_mailed_to(&manager.email, "/approvals").await
}

pub(crate) async fn page(desk: &Desk<'_>, token: &str) -> (u16, String) {
    let path = format!("/approvals?token={token}");
    let shown = anonymous(desk.deployment, Method::GET, &path).send().await;
    let shown = shown.unwrap();
    (shown.status().as_u16(), shown.text().await.unwrap())
}

async fn press(desk: &Desk<'_>, token: &str, decision: &str, plan: &Value) -> Response {
    let form = [
        ("token", token),
        ("decision", decision),
        ("plan", plan.as_str().unwrap()),
        ("comment", "Fine with me."),
    ];
    let posted = anonymous(desk.deployment, Method::POST, "/approvals");
    posted.form(&form).send().await.unwrap()
}

pub(crate) async fn pressed(
    desk: &Desk<'_>,
    token: &str,
    decision: &str,
    plan: &Value,
) -> (u16, String) {
    let answered = press(desk, token, decision, plan).await;
    (answered.status().as_u16(), answered.text().await.unwrap())
}

#[tokio::test]
async fn a_manager_approves_by_the_link_in_their_mail() {
    let case = Case::new().await;
    let asked = case.asked().await;
    let documented = json!({"request_id": "apr_1", "manager_approval_request_id": "apr_1", "status": "pending",
        "expires_at": "2026-01-08T15:30:00Z", "payload_hash": "9f86"});
    assert_shape(&documented, &asked, "the request");
    let path = format!("{ASK}/{}", asked["request_id"].as_str().unwrap());
    let pending = request(case.desk.deployment, Method::GET, &path)
        .send()
        .await;
    let pending = pending.unwrap();
    assert!(pending.headers().contains_key("retry-after"));

    let token = case.token().await;
    let (status, shown) = page(&case.desk, &token).await;
    assert_eq!(status, 200, "{shown}");
    for part in [
        "Give a new password or pass to John Doe",
        &case.ticket,
        "Approve</button>",
        "Deny</button>",
        &asked["payload_hash"].as_str().unwrap()[..12],
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    let answered = press(&case.desk, &token, "approve", &asked["payload_hash"]).await;
    assert_eq!(answered.status(), 200);
    let policy = answered.headers()["content-security-policy"]
        .to_str()
        .unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("form-action 'self'"));

    let found = case.status(&asked).await;
    let expected = [
        ("status", json!("approved")),
        ("approver", json!(case.manager.email)),
        ("channel", json!("email")),
        ("comment", json!("Fine with me.")),
        ("payload_hash", asked["payload_hash"].clone()),
    ];
    for (member, value) in expected {
        assert_eq!(found[member], value, "{found}");
    }
    assert!(found["decided_at"].is_string(), "{found}");
    assert_eq!(
        case.told().await,
        ["approval.requested", "approval.approved"]
    );
    assert_eq!(case.desk.verified(&case.ticket).await["valid"], true);
}

#[tokio::test]
async fn a_manager_denies_and_the_second_answer_is_told_by_whom() {
    let case = Case::new().await;
    let asked = case.asked().await;
    let (token, plan) = (case.token().await, &asked["payload_hash"]);
    assert_eq!(pressed(&case.desk, &token, "deny", plan).await.0, 200);
    let (status, shown) = pressed(&case.desk, &token, "approve", plan).await;
    assert_eq!(status, 409, "{shown}");
    let by = format!("denied by {} at ", case.manager.email);
    assert!(shown.contains(&by), "{shown}");
    let (status, shown) = page(&case.desk, &token).await;
    assert!(
        status == 200 && shown.contains(&by) && !shown.contains("<button"),
        "{shown}"
    );
    assert_eq!(case.status(&asked).await["status"], "denied");
    assert_eq!(case.told().await, ["approval.requested", "approval.denied"]);
}

#[tokio::test]
async fn of_two_answers_at_once_one_stands() {
    let case = Case::new().await;
    let asked = case.asked().await;
    let (token, plan) = (case.token().await, &asked["payload_hash"]);
    let (yes, no) = futures::join!(
        pressed(&case.desk, &token, "approve", plan),
        pressed(&case.desk, &token, "deny", plan)
    );
    let mut statuses = [yes.0, no.0];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", yes.1, no.1);
    let word = if yes.0 == 200 { "approved" } else { "denied" };
    let second = if yes.0 == 200 { no.1 } else { yes.1 };
    let by = format!("{word} by {}", case.manager.email);
    assert!(second.contains(&by), "{second}");
    assert_eq!(case.status(&asked).await["status"], word);
    assert_eq!(case.told().await.len(), 2);
}

#[tokio::test]
async fn a_scanner_that_opens_the_link_decides_nothing() {
    let case = Case::new().await;
    let asked = case.asked().await;
    let token = case.token().await;
    for _ in 0..10 {
        assert_eq!(page(&case.desk, &token).await.0, 200);
    }
    // Nor does a form without a decision, or one made for another plan.
    let plan = &asked["payload_hash"];
    assert_eq!(pressed(&case.desk, &token, "", plan).await.0, 422);
    let other = json!("0".repeat(64));
    assert_eq!(pressed(&case.desk, &token, "approve", &other).await.0, 409);
    assert_eq!(case.status(&asked).await["status"], "pending");
    assert_eq!(case.told().await, ["approval.requested"]);
}

#[tokio::test]
async fn a_link_that_is_none_is_the_same_404_whatever_is_wrong_with_it() {
    let desk = Desk::shared().await;
    let (status, first) = page(&desk, &"A".repeat(43)).await;
    assert_eq!(status, 404, "{first}");
    for token in ["", "short", "%3Cscript%3E"] {
        assert_eq!(page(&desk, token).await, (404, first.clone()), "{token}");
    }
    let unknown = pressed(&desk, &"B".repeat(43), "approve", &json!("0")).await;
    assert_eq!(unknown, (404, first));
}

#[tokio::test]
async fn the_same_plan_is_asked_once_and_another_anew() {
    let case = Case::new().await;
    let (first, again) = (case.asked().await, case.asked().await);
    assert_eq!(first, again);
    let mut other = case.wish();
    other["action_type"] = "unlock_account".into();
    let (status, second) = case.desk.post(ASK, &other).await;
    assert_eq!(status, 202, "{second}");
    assert_ne!(second["request_id"], first["request_id"]);
    assert_ne!(second["payload_hash"], first["payload_hash"]);
    assert_eq!(case.told().await, ["approval.requested"; 2]);
}

#[tokio::test]
async fn a_sixth_mail_within_an_hour_is_refused() {
    let case = Case::new().await;
    for number in 0..5 {
        let mut wish = case.wish();
        wish["action_type"] = "grant_access".into();
        wish["target"] = format!("grp-{number}").into();
        let (status, asked) = case.desk.post(ASK, &wish).await;
        assert_eq!(status, 202, "{asked}");
    }
    let (status, code) = case.refused("action_type", "revoke_sessions").await;
    assert_eq!((status, code.as_str()), (429, "TOO_MANY_MAILS"));
    assert_eq!(case.told().await.len(), 5);
}

#[tokio::test]
async fn only_the_directorys_manager_is_asked_and_nobody_for_themselves() {
    let case = Case::new().await;
    let stranger = case.desk.person("jim.jones", "approve").await;
    let cases = [
        (
            "manager_email",
            stranger.email.as_str(),
            422,
            "NOT_THE_MANAGER",
        ),
        (
            "manager_email",
            "nobody@company.com",
            422,
            "NOT_THE_MANAGER",
        ),
        (
            "manager_email",
            case.john.email.as_str(),
            409,
            "SELF_APPROVAL",
        ),
        ("user_name", "Jim Jones", 422, "VALIDATION_ERROR"),
        ("action_type", "delete_user", 422, "VALIDATION_ERROR"),
        ("ticket_id", "HLP-999999", 404, "RESOURCE_NOT_FOUND"),
    ];
    for (member, value, status, code) in cases {
        let refused = case.refused(member, value).await;
        assert_eq!(refused, (status, code.to_owned()), "{member} {value}");
    }
    // However the address is written.
    let shouted = case.manager.email.to_uppercase();
    assert_eq!(case.refused("manager_email", &shouted).await.0, 202);
    assert_eq!(case.told().await, ["approval.requested"]);
}

#[tokio::test]
async fn somebody_without_a_manager_has_nobody_to_ask() {
    let case = Case::new().await;
    let path = format!("/_sandbox/users/{}", case.john.email);
    let alone = json!({"manager": null});
    case.desk.sandbox(Method::PUT, &path, Some(&alone)).await;
    let (status, code) = case.refused("user_name", "John Doe").await;
    assert_eq!((status, code.as_str()), (422, "NO_MANAGER"));
    assert!(case.told().await.is_empty());
}

/// A tenant of its own whose password reset waits for the manager's consent, and somebody who needs one.
struct Run {
    desk: Desk<'static>,
    tenant: Neighbour,
    manager: Person,
    john: Person,
}

const TICKET: &str = "consent-1";

impl Run {
    async fn new(name: &str, seconds: u32) -> Self {
        let desk = Desk::shared().await;
        let tenant = Neighbour::new(name).await;
        let manager = desk.person("jane.smith", "approve").await;
        let report = json!({"mfa": "approve", "displayName": "John Doe", "manager": manager.email});
        let john = desk.person_with("john.doe", report).await;
        let consent = format!(
            "  - id: ask_manager\n    service: verification.manager_approval\n    with: {{}}\n    timeout: {seconds}\n\n  \
             - id: reset_password\n"
        );
        let text = include_str!("../../../statemachines/password_reset.yaml")
            .replacen("version: \"1.2\"", "version: \"1.3\"", 1)
            .replacen("  - id: reset_password\n", &consent, 1);
        tenant.run_version(&text).await;
        tenant.classify(TICKET, &john.email).await;
        tenant.execute(TICKET).await;
        Self {
            desk,
            tenant,
            manager,
            john,
        }
    }

    /// The steps' words once the run is over.
    async fn ended(&self) -> (Value, Vec<String>) {
        let run = self.tenant.ended(TICKET).await;
        let path = format!("/api/v1/audit/executions/{TICKET}");
        let (status, story) = self.tenant.get(&path).await;
        assert_eq!(status, 200, "{story}");
        (run, of_consent(&story["executions"][0]["records"]))
    }

    /// What the audit says of the question, once it was asked.
    async fn asked(&self) -> Value {
        let path = format!("/api/v1/audit/executions/{TICKET}");
        eventually("a question to the manager", PATIENCE, || async {
            let (_, story) = self.tenant.get(&path).await;
            let records = story["executions"][0]["records"].as_array()?;
            let mut asked = records.iter();
            let asked = asked.find(|record| record["action"] == "approval.requested");
            asked.map(|record| record["facts"].clone())
        })
        .await
    }

    async fn is_valid(&self) {
        let path = format!("/api/v1/audit/verify?ticket_id={TICKET}");
        let (status, verdict) = self.tenant.get(&path).await;
        assert_eq!(
            (status, &verdict["valid"]),
            (200, &json!(true)),
            "{verdict:#}"
        );
    }
}

#[tokio::test]
async fn a_run_goes_on_when_the_manager_says_yes() {
    let run = Run::new("Approvals Given", 300).await;
    let plan = &run.asked().await["payload_hash"];
    let token = mailed(&run.desk, &run.manager).await;
    let (_, shown) = page(&run.desk, &token).await;
    for part in [
        "The playbook password_reset 1.3",
        "Give a new password or pass to John Doe",
    ] {
        assert!(shown.contains(part), "{part} is not in {shown}");
    }
    assert_eq!(run.desk.passes(&run.john).await, 0);
    assert_eq!(pressed(&run.desk, &token, "approve", plan).await.0, 200);
    let (ended, consent) = run.ended().await;
    assert_eq!(ended["status"], "completed", "{ended:#}");
    assert_eq!(consent, ["approval.requested", "approval.approved"]);
    assert_eq!(run.desk.passes(&run.john).await, 1);
    run.is_valid().await;
}

#[tokio::test]
async fn a_run_ends_when_the_manager_says_no() {
    let run = Run::new("Approvals Refused", 300).await;
    let plan = &run.asked().await["payload_hash"];
    let token = mailed(&run.desk, &run.manager).await;
    assert_eq!(pressed(&run.desk, &token, "deny", plan).await.0, 200);
    let (ended, consent) = run.ended().await;
    assert_eq!(ended["status"], "denied", "{ended:#}");
    assert_eq!(consent, ["approval.requested", "approval.denied"]);
    assert_eq!(run.desk.passes(&run.john).await, 0);
    run.is_valid().await;
}

#[tokio::test]
async fn silence_ends_a_run_and_a_late_answer_changes_nothing_but_is_kept() {
    let run = Run::new("Approvals Unanswered", 30).await;
    let asked = run.asked().await;
    let token = mailed(&run.desk, &run.manager).await;
    let (ended, _) = run.ended().await;
    assert_eq!(ended["status"], "timed_out", "{ended:#}");
    let path = format!("{ASK}/{}", asked["request_id"].as_str().unwrap());
    eventually("the end of the question", PATIENCE, || async {
        let (status, found) = run.tenant.get(&path).await;
        assert_eq!(status, 200, "{found}");
        (found["status"] == "expired").then_some(())
    })
    .await;
    let plan = &asked["payload_hash"];
    let (status, shown) = pressed(&run.desk, &token, "approve", plan).await;
    assert_eq!(status, 410, "{shown}");
    assert_eq!(page(&run.desk, &token).await.0, 410);
    // Another tenant has no such request.
    assert_eq!(run.desk.get(&path).await.0, 404);
    let (_, consent) = run.ended().await;
    assert_eq!(
        consent,
        ["approval.requested", "approval.expired", "approval.late"]
    );
    assert_eq!(run.desk.passes(&run.john).await, 0);
    run.is_valid().await;
}

#[tokio::test]
async fn who_looks_after_the_end_records_that_nobody_answered() {
    let (case, tenant) = (Case::new().await, Neighbour::new("Approvals Lapsed").await);
    tenant.classify(&case.ticket, &case.john.email).await;
    let (status, asked) = answer(tenant.request(Method::POST, ASK).json(&case.wish())).await;
    assert_eq!(status, 202, "{asked}");
    let id = asked["request_id"].as_str().unwrap();
    let ticket = id.trim_start_matches("apr_").trim_end_matches("_1");
    let place = format!("t#{ticket}");
    let mut row = tenant.row("executions", &place, "apr#000001").await;
    row["expires_at"] = json!({"S": "2026-01-01T00:00:00Z"});
    tenant.put_row("executions", &row).await;
    let path = format!("{ASK}/{id}");
    for _ in 0..2 {
        let (_, found) = tenant.get(&path).await;
        assert_eq!(found["status"], "expired", "{found}");
    }
    let story = format!("/api/v1/audit/executions/{}", case.ticket);
    let (_, story) = tenant.get(&story).await;
    assert_eq!(
        of_consent(&story["records"]),
        ["approval.requested", "approval.expired"]
    );
    // The same plan is asked anew.
    let (_, again) = tenant.post(ASK, &case.wish()).await;
    assert_ne!(again["request_id"], asked["request_id"], "{again}");
}
