//! Simulations: what a version would do, without anything of it, and no sensitive version at work without one.

use deskhand_tests::{answer, eventually};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::desk::{Desk, LOOK_AGAIN, PATIENCE, Person, items};
use crate::neighbour::Neighbour;

const PLAYBOOKS: &str = "/api/v1/playbooks";

/// A pass and the message with it: nobody is asked, so somebody has to be verified before the run.
const PASS: &str = "\
name: pass_by_phone
steps:
  - id: reset
    service: executor.reset_password
    with: {user_id: \"{{ ticket.requester.user_id }}\", method: tap, tap_lifetime_minutes: 60}
  - id: send
    service: delivery.sms
    with: {credential_ref: \"{{ steps.reset.credential_ref }}\", message: \"Your code: {credential}\"}
    timeout: 300
";

const JOIN: &str = "\
name: join_group
inputs:
  group: {type: group, required: true}
steps:
  - id: ask_manager
    service: verification.manager_approval
    with: {}
  - id: grant
    service: executor.grant_access
    with: {user_id: \"{{ ticket.requester.user_id }}\", group_id: \"{{ inputs.group }}\"}
    compensate: undo
  - id: end_sessions
    service: executor.revoke_sessions
    with: {user_id: \"{{ ticket.requester.user_id }}\"}
";

async fn saved(tenant: &Neighbour, text: &str) -> Value {
    let call = tenant
        .request(Method::POST, PLAYBOOKS)
        .body(text.to_owned());
    let (status, made) = answer(call.header("content-type", "application/yaml")).await;
    assert_eq!((status, &made["version"]), (201, &json!("1.0")), "{made}");
    made
}

async fn simulated(tenant: &Neighbour, playbook: &str, ask: &Value) -> (u16, Value) {
    let path = format!("/admin/v1/playbooks/{playbook}/simulate");
    tenant.post(&path, ask).await
}

async fn green(tenant: &Neighbour, playbook: &str, ask: &Value, is_green: bool) -> Value {
    let (status, report) = simulated(tenant, playbook, ask).await;
    let stands = (status, &report["green"]);
    assert_eq!(stands, (200, &json!(is_green)), "{report}");
    report
}

async fn activated(tenant: &Neighbour, playbook: &str) -> (u16, Value) {
    let path = format!("{PLAYBOOKS}/{playbook}/activate");
    answer(tenant.request(Method::PUT, &path)).await
}

/// The states that a case leaves.
fn path(case: &Value) -> Vec<&str> {
    let states = case["path"].as_array().unwrap().iter();
    states.map(|left| left["state"].as_str().unwrap()).collect()
}

/// A ticket of this person's on which they have just confirmed.
async fn verified(tenant: &Neighbour, ticket: &str, john: &Person) {
    tenant.classify(ticket, &john.email).await;
    let ask = json!({"ticket_id": ticket, "user_id": john.id, "timeout_seconds": 300});
    let (status, prompt) = tenant.post("/api/v1/verification/mfa", &ask).await;
    assert_eq!(status, 202, "{prompt}");
    let path = format!(
        "/api/v1/verification/mfa/{}",
        prompt["request_id"].as_str().unwrap()
    );
    eventually("an answer to the push", PATIENCE, || async {
        let (_, prompt) = tenant.get(&path).await;
        if prompt["status"] == "approved" {
            return Some(());
        }
        sleep(LOOK_AGAIN).await;
        None
    })
    .await;
}

/// What was done to this person: calls at the directory but reads, pushes, messages, passes.
async fn done_to(desk: &Desk<'_>, john: &Person) -> (usize, usize, usize, u64) {
    let path = format!("/_sandbox/calls?vendor=graph&path={}", john.id);
    let calls = items(desk.sandbox(Method::GET, &path, None).await);
    let writes = calls.iter().filter(|call| call["method"] != "GET").count();
    (
        writes,
        desk.prompts(john).await.len(),
        desk.texts(john).await.len(),
        desk.passes(john).await,
    )
}

/// The records of the tenant's chain of this account.
async fn chain(tenant: &Neighbour, account: &str) -> Vec<String> {
    let desk = Desk::shared().await;
    let stack = desk.deployment.stack();
    let ask = json!({
        "TableName": format!("{stack}-audit"), "ConsistentRead": true,
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": format!("{}#a#{account}", tenant.tenant)}},
    });
    let found = desk.deployment.dynamodb("Query", &ask).await.unwrap();
    let records = found["Items"].as_array().unwrap().iter();
    records
        .map(|record| record["action"]["S"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn three_branches_are_three_paths_and_nothing_is_written_asked_or_sent() {
    let desk = Desk::shared().await;
    let tenant = Neighbour::new("Simulators").await;
    let checksum = saved(&tenant, PASS).await["checksum"].clone();
    let (status, refused) = activated(&tenant, "pass_by_phone").await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("SIMULATION_REQUIRED")),
        "{refused}"
    );
    assert_eq!(refused["details"]["steps"], json!(["reset"]), "{refused}");

    let john = desk.person("john.simulated", "approve").await;
    verified(&tenant, "SIM-1", &john).await;
    let story = tenant.get("/api/v1/classify_ticket/SIM-1").await;
    let before = done_to(&desk, &john).await;
    assert_eq!(before, (0, 1, 0, 0), "one push, which verified him");
    let ask = json!({"ticket": "SIM-1", "cases": [
        {"name": "as it should be"},
        {"answers": {"reset": "fail"}},
        {"answers": {"send": "fail"}},
    ]});
    let report = green(&tenant, "pass_by_phone", &ask, true).await;
    let coverage = json!({"covered": 3, "branches": 3, "uncovered": []});
    assert_eq!(report["coverage"], coverage, "{report}");
    let cases = report["cases"].as_array().unwrap();
    let paths: Vec<_> = cases.iter().map(path).collect();
    assert_eq!(
        paths,
        [
            vec!["reset", "send", "Complete"],
            vec!["reset", "Escalate"],
            vec!["reset", "send", "Escalate"]
        ]
    );
    let first = &cases[0];
    assert_eq!(
        (
            &first["ends"],
            &first["ticket_id"],
            &first["cost"]["transitions"]
        ),
        (&json!("completed"), &json!("SIM-1"), &json!(3)),
        "{first}"
    );
    let change = &first["changes"][0];
    assert_eq!(
        (
            &change["user_id"],
            &change["before"]["usable_pass"],
            &change["after"]["usable_pass"]
        ),
        (&json!(john.id), &json!(false), &json!(true)),
        "{first}"
    );
    let to = first["told"][0]["to"].as_str().unwrap();
    assert!(john.phone.ends_with(to.trim_start_matches('…')) && to.chars().count() == 3);
    assert!(!report.to_string().contains(&john.phone), "{report}");

    assert_eq!(done_to(&desk, &john).await, before);
    let account = format!("simulation-pass_by_phone-{}", checksum.as_str().unwrap());
    assert_eq!(chain(&tenant, &account).await, ["playbook.simulated"]);
    let own = chain(&tenant, "playbook-pass_by_phone").await;
    assert_eq!(own, ["playbook.created"]);
    let verify = format!("/api/v1/audit/verify?account={account}");
    assert_eq!(tenant.get(&verify).await.1["valid"], true);
    assert_eq!(tenant.get("/api/v1/classify_ticket/SIM-1").await, story);
    let runs = tenant.get("/api/v1/orchestration/execution/SIM-1").await;
    assert_eq!(runs.0, 404, "{runs:?}");

    let (status, active) = activated(&tenant, "pass_by_phone").await;
    assert_eq!(
        (status, &active["enabled"]),
        (200, &json!(true)),
        "{active}"
    );
    let edited = PASS.replace("timeout: 300", "timeout: 301");
    let call = tenant.request(Method::PUT, &format!("{PLAYBOOKS}/pass_by_phone"));
    let call = call.header("content-type", "application/yaml").body(edited);
    let (status, next) = answer(call).await;
    assert_eq!((status, &next["version"]), (200, &json!("1.1")), "{next}");
    let (status, refused) = activated(&tenant, "pass_by_phone").await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("SIMULATION_REQUIRED")),
        "{refused}"
    );
    let nobody = json!({"sample": {"user_id": john.id}});
    let report = green(&tenant, "pass_by_phone", &nobody, false).await;
    assert_eq!(
        report["findings"][0]["code"], "verification_missing",
        "{report}"
    );
}

#[tokio::test]
async fn cases_are_made_for_every_branch_and_say_who_is_asked_and_what_is_taken_back() {
    let desk = Desk::shared().await;
    let tenant = Neighbour::new("Branches").await;
    saved(&tenant, JOIN).await;
    let boss = desk.person("jane.boss", "ignore").await;
    let john = desk
        .person_with(
            "john.joins",
            json!({"mfa": "ignore", "manager": boss.email}),
        )
        .await;
    let admin = desk
        .person_with(
            "ada.admin",
            json!({"manager": boss.email, "directoryRoles": ["Global Administrator"]}),
        )
        .await;
    let group = format!("grp-sim-{}", john.id);
    let inner = format!("{group}-inner");
    for (id, members) in [(&inner, vec![&boss.id, &admin.id]), (&group, vec![&inner])] {
        let shape = json!({"displayName": "A group of a test", "members": members});
        let at = format!("/_sandbox/groups/{id}");
        desk.sandbox(Method::PUT, &at, Some(&shape)).await;
    }

    let ask =
        |group: &str, user: &str| json!({"sample": {"user_id": user, "inputs": {"group": group}}});
    let report = green(&tenant, "join_group", &ask(&group, &john.id), true).await;
    assert_eq!(report["coverage"]["branches"], 4, "{report}");
    let cases = report["cases"].as_array().unwrap();
    let plain = &cases[0];
    let question = json!({"step": "ask_manager", "role": "manager", "user_id": boss.id, "name": "j…", "allows": ["grant"]});
    assert_eq!(plain["asked"], json!([question]), "{plain}");
    let change = &plain["changes"][0];
    assert_eq!(
        (&change["before"], &change["after"], &change["target"]),
        (
            &json!({"member": false}),
            &json!({"member": true}),
            &json!(group)
        )
    );
    assert_eq!(
        plain["blast"],
        json!({"people": 1, "targets": 1, "group_members": 2, "changes": 2, "messages": 1})
    );
    let late = cases
        .iter()
        .find(|case| case["name"] == "end_sessions: fail");
    let late = late.unwrap();
    assert_eq!(late["undone"], json!(["grant"]), "{late}");
    assert_eq!(
        path(late),
        [
            "ask_manager",
            "grant",
            "end_sessions",
            "undo_grant",
            "Escalate"
        ]
    );
    let denied = cases.iter().find(|case| case["ends"] == "denied");
    let silent = cases
        .iter()
        .find(|case| path(case) == ["ask_manager", "Escalate"]);
    assert!(denied.is_some() || silent.is_some(), "{report}");

    for (group, user, code) in [
        ("grp-nowhere", john.id.as_str(), "target_not_found"),
        ("grp-engineers", &john.id, "group_closed"),
        (&group, &admin.id, "protected_user"),
    ] {
        let report = green(&tenant, "join_group", &ask(group, user), false).await;
        let flaws = report["findings"].as_array().unwrap();
        let found = flaws.iter().find(|flaw| flaw["code"] == code);
        let found = found.unwrap_or_else(|| panic!("no {code}: {report}"));
        assert_eq!(found["step"], "grant", "{report}");
    }
    let at = format!("/_sandbox/groups/{group}");
    let members = desk.sandbox(Method::GET, &at, None).await;
    assert_eq!(members["members"], json!([inner]), "{members}");
    assert_eq!(done_to(&desk, &john).await, (0, 0, 0, 0));
    assert_eq!(activated(&tenant, "join_group").await.0, 200);
}

#[tokio::test]
async fn who_may_not_simulate_does_not_and_what_does_not_fit_is_refused_with_its_place() {
    let desk = Desk::shared().await;
    let (tenant, other) = (
        Neighbour::new("Simulate Here").await,
        Neighbour::new("Simulate There").await,
    );
    saved(&tenant, PASS).await;
    let john = desk.person("john.elsewhere", "ignore").await;
    tenant.classify("SIM-2", &john.email).await;
    let sample = json!({"sample": {"user_id": john.id}});

    let foreign = simulated(&other, "pass_by_phone", &sample).await;
    assert_eq!(foreign.0, 404, "{foreign:?}");
    let ticket = json!({"ticket": "SIM-2"});
    let foreign = simulated(&other, "password_reset", &ticket).await;
    assert_eq!(foreign.0, 404, "{foreign:?}");

    let many = json!({"sample": {"user_id": john.id}, "cases": vec![json!({}); 21]});
    let unknown = json!({"sample": {"user_id": john.id}, "cases": [{"answers": {"rest": "fail"}}]});
    let unfit =
        json!({"sample": {"user_id": john.id}, "cases": [{}, {"answers": {"reset": "deny"}}]});
    let both = json!({"ticket": "SIM-2", "sample": {"user_id": john.id}});
    for (ask, place) in [
        (&many, "cases"),
        (&unknown, "cases[0].answers.rest"),
        (&unfit, "cases[1].answers.reset"),
        (&both, "sample.user_id"),
        (&json!({}), "sample"),
    ] {
        let (status, refused) = simulated(&tenant, "pass_by_phone", ask).await;
        let said = (status, &refused["details"]["path"]);
        assert_eq!(said, (422, &json!(place)), "{refused}");
    }
    let ask = json!({"version": "9.9", "sample": {"user_id": john.id}});
    assert_eq!(simulated(&tenant, "pass_by_phone", &ask).await.0, 404);

    tenant.narrow_key_to("read").await;
    let (status, refused) = simulated(&tenant, "pass_by_phone", &sample).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("PERMISSION_DENIED")),
        "{refused}"
    );
    assert_eq!(done_to(&desk, &john).await, (0, 0, 0, 0));
}
