//! The catalogue's playbooks from a ticket to its end: done and seen in the directory, refused with the reason, taken back.

mod run;
mod starters;

use deskhand_tests::answer_in_time;
use jiff::{SignedDuration, Timestamp};
use playbook::CATALOGUE;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::actions::{Case, now};
use crate::desk::Desk;
use crate::neighbour::Neighbour;
use run::{Run, Silence, start, switch_on};

impl Case<'_> {
    /// The person as the directory has them.
    async fn seen(&self) -> Value {
        let path = format!("/_sandbox/users/{}", self.john.email);
        self.desk.sandbox(Method::GET, &path, None).await
    }

    /// Since when their sessions are good.
    async fn sessions(&self) -> Timestamp {
        let seen = self.seen().await["signInSessionsValidFromDateTime"].clone();
        seen.as_str().unwrap().parse().unwrap()
    }

    async fn holds(&self, licence: &str) -> bool {
        let seen = self.seen().await;
        let mut held = seen["licences"].as_array().unwrap().iter();
        held.any(|held| held["skuId"] == licence)
    }

    /// A licence of a test's own, with so many seats.
    async fn bought(&self, seats: u32) -> String {
        let id = Uuid::new_v4().to_string();
        let path = format!("/_sandbox/licences/{id}");
        let licence = json!({"skuPartNumber": format!("OF_{}", &id[..8]), "enabled": seats});
        self.desk.sandbox(Method::PUT, &path, Some(&licence)).await;
        id
    }

    fn members(&self) -> String {
        format!("/groups/{}/members", self.group)
    }
}

#[tokio::test]
async fn a_new_tenant_has_the_whole_catalogue_and_runs_what_it_switches_on() {
    let tenant = Neighbour::new("Catalogue").await;
    let listed = async |query: &str| {
        let path = format!("/api/v1/playbooks?limit=100{query}");
        let (status, page) = tenant.get(&path).await;
        assert_eq!(status, 200, "{page}");
        let items = page["items"].as_array().unwrap().iter();
        let names = items.map(|item| item["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<String>>()
    };
    let all = CATALOGUE.iter().map(|text| playbook::parse(text).unwrap());
    let mut all: Vec<String> = all.map(|version| version.name.to_string()).collect();
    all.sort();
    assert_eq!(listed("").await, all);
    assert_eq!(listed("&enabled=true").await, ["password_reset"]);

    let john = Desk::shared().await.person("john.doe", "ignore").await;
    tenant.classify("INC-1", &john.email).await;
    let ask = json!({"ticket_id": "INC-1", "playbook_id": "account_unlock", "context": {}});
    let execute = "/api/v1/orchestration/execute_playbook";
    let (status, refused) = tenant.post(execute, &ask).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("PLAYBOOK_DISABLED")),
        "{refused}"
    );
    let call = |method: Method, path: &str| tenant.request(method, path);
    let active = switch_on(call, "account_unlock").await;
    assert_eq!(active["active_version"], "1.0", "{active}");
    // What the tenant said stays said when the catalogue is copied again.
    let disable = tenant.request(Method::PUT, "/api/v1/playbooks/password_reset/disable");
    assert_eq!(answer_in_time(disable).await.0, 200);
    Neighbour::again("Catalogue").await;
    assert_eq!(listed("&enabled=true").await, ["account_unlock"]);
    assert_eq!(tenant.post(execute, &ask).await.0, 202);
}

#[tokio::test]
async fn account_unlock_opens_what_an_application_shut() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.person(json!({"accountEnabled": false, "by": "Lockout rule"}))
        .await;
    let run = Run::of(&case, "account_unlock", json!({})).await;
    run.is_done().await;
    assert_eq!(case.seen().await["accountEnabled"], true);
}

#[tokio::test]
async fn account_unlock_leaves_shut_what_an_administrator_shut() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.person(json!({"accountEnabled": false, "by": "jane.smith@company.com"}))
        .await;
    let run = Run::of(&case, "account_unlock", json!({})).await;
    run.is_refused("escalated", "an administrator disabled")
        .await;
    assert_eq!(case.seen().await["accountEnabled"], false);
}

#[tokio::test]
async fn account_unlock_shuts_again_what_nobody_saw_open() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.person(json!({"accountEnabled": false, "by": "Lockout rule"}))
        .await;
    let user = format!("/users/{}", case.john.id);
    let silence = Silence::about(&desk, "PATCH", user.clone(), user.clone()).await;
    let run = Run::of(&case, "account_unlock", json!({})).await;
    silence.falls().await;
    run.is_taken_back("escalated", &["unlock_account"]).await;
    assert_eq!(case.seen().await["accountEnabled"], false);
    // Opened, and shut.
    assert_eq!(case.calls("PATCH", &user).await, 2);
}

#[tokio::test]
async fn revoke_sessions_signs_out_whom_the_caller_names() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let other = Case::new(&desk, json!({})).await;
    let (own, others) = (case.sessions().await, other.sessions().await);
    let context = json!({"subject": other.john.id});
    Run::of(&case, "revoke_sessions", context)
        .await
        .is_done()
        .await;
    assert!(other.sessions().await > others);
    assert_eq!(case.sessions().await, own);
    Run::of(&other, "revoke_sessions", json!({}))
        .await
        .is_done()
        .await;
}

#[tokio::test]
async fn revoke_sessions_leaves_an_administrator_signed_in() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({"directoryRoles": ["Global Administrator"]})).await;
    let before = case.sessions().await;
    let run = Run::of(&case, "revoke_sessions", json!({})).await;
    run.is_refused("escalated", "holds a directory role").await;
    assert_eq!(case.sessions().await, before);
}

#[tokio::test]
async fn grant_group_access_lets_in_for_the_days_the_manager_read() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let asked = json!({"group": case.group, "days": 91});
    let (status, refused) = start(&desk, &case.ticket, "grant_group_access", asked).await;
    assert_eq!(
        (status, &refused["details"]["path"]),
        (422, &json!("context.days")),
        "{refused}"
    );
    let run = Run::of(&case, "grant_group_access", json!({"group": case.group})).await;
    let read = run.manager_says("approve").await;
    for part in ["Give access to", &case.group, " at the latest"] {
        assert!(read.contains(part), "{part} is not in {read}");
    }
    run.is_done().await;
    assert!(case.is_member().await);
    let story = desk.story(&case.ticket.name).await;
    let until = &story["executions"][0]["steps"][1]["output"]["expires_at"];
    let until: Timestamp = until.as_str().unwrap().parse().unwrap();
    let left = until.duration_since(now());
    let day = SignedDuration::from_hours(24);
    assert!(left > day * 29 && left <= day * 30, "{left}");
}

#[tokio::test]
async fn grant_group_access_lets_nobody_in_when_the_manager_says_no() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let run = Run::of(&case, "grant_group_access", json!({"group": case.group})).await;
    run.manager_says("deny").await;
    run.is_refused("denied", "ask_manager").await;
    assert_eq!(
        (case.is_member().await, case.writes("POST").await),
        (false, 0)
    );
}

#[tokio::test]
async fn grant_group_access_takes_back_what_nobody_saw_given() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let silence = Silence::about(&desk, "POST", case.members(), case.members()).await;
    let run = Run::of(&case, "grant_group_access", json!({"group": case.group})).await;
    run.manager_says("approve").await;
    silence.falls().await;
    run.is_taken_back("escalated", &["grant_access"]).await;
    assert!(!case.is_member().await);
    let writes = (case.writes("POST").await, case.writes("DELETE").await);
    assert_eq!(writes, (1, 1));
}

#[tokio::test]
async fn revoke_group_access_takes_out_whom_the_caller_names() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.keyboard(Method::PUT).await;
    let other = Case::new(&desk, json!({})).await;
    let context = json!({"group": case.group, "subject": case.john.id});
    let run = Run::on(&case, &other.ticket, "revoke_group_access", context).await;
    run.is_done().await;
    assert!(!case.is_member().await);
}

#[tokio::test]
async fn revoke_group_access_leaves_a_group_its_last_owner() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.keyboard(Method::PUT).await;
    case.shape(json!({"owners": [case.john.email]})).await;
    let run = Run::of(&case, "revoke_group_access", json!({"group": case.group})).await;
    run.is_refused("escalated", "last owner").await;
    assert!(case.is_member().await);
}

#[tokio::test]
async fn revoke_group_access_gives_back_what_nobody_saw_taken() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.keyboard(Method::PUT).await;
    let silence = Silence::about(&desk, "DELETE", case.members(), case.members()).await;
    let run = Run::of(&case, "revoke_group_access", json!({"group": case.group})).await;
    silence.falls().await;
    run.is_taken_back("escalated", &["revoke_access"]).await;
    assert!(case.is_member().await);
    let writes = (case.writes("DELETE").await, case.writes("POST").await);
    assert_eq!(writes, (1, 1));
}

#[tokio::test]
async fn assign_licence_gives_the_seat_the_manager_agreed_to() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let licence = case.bought(1).await;
    let run = Run::of(&case, "assign_licence", json!({"licence": licence})).await;
    run.manager_says("approve").await;
    run.is_done().await;
    assert!(case.holds(&licence).await);
}

#[tokio::test]
async fn assign_licence_gives_no_seat_where_none_is_free() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let licence = case.bought(0).await;
    let run = Run::of(&case, "assign_licence", json!({"licence": licence})).await;
    run.manager_says("approve").await;
    run.is_refused("escalated", "seats of").await;
    assert!(!case.holds(&licence).await);
}

#[tokio::test]
async fn assign_licence_takes_back_a_seat_nobody_saw_given() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let licence = case.bought(1).await;
    let user = format!("/users/{}", case.john.id);
    let assign = format!("{user}/assignLicense");
    let silence = Silence::about(&desk, "POST", assign.clone(), user).await;
    let run = Run::of(&case, "assign_licence", json!({"licence": licence})).await;
    run.manager_says("approve").await;
    silence.falls().await;
    run.is_taken_back("escalated", &["grant_access"]).await;
    assert!(!case.holds(&licence).await);
    // Given, and taken away.
    assert_eq!(case.calls("POST", &assign).await, 2);
}

#[tokio::test]
async fn shared_mailbox_access_opens_the_mailbox_by_its_group() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let office = json!({"groupTypes": ["Unified"], "mailEnabled": true, "securityEnabled": false});
    case.shape(office).await;
    let context = json!({"mailbox_group": case.group});
    let run = Run::of(&case, "shared_mailbox_access", context).await;
    run.manager_says("approve").await;
    run.is_done().await;
    assert!(case.is_member().await);
}

#[tokio::test]
async fn shared_mailbox_access_does_not_touch_a_group_of_exchange() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.shape(json!({"mailEnabled": true})).await;
    let context = json!({"mailbox_group": case.group});
    let run = Run::of(&case, "shared_mailbox_access", context).await;
    run.manager_says("approve").await;
    run.is_refused("escalated", "cannot be changed here").await;
    assert_eq!(
        (case.is_member().await, case.writes("POST").await),
        (false, 0)
    );
}

#[tokio::test]
async fn shared_mailbox_access_closes_again_what_nobody_saw_open() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let silence = Silence::about(&desk, "POST", case.members(), case.members()).await;
    let context = json!({"mailbox_group": case.group});
    let run = Run::of(&case, "shared_mailbox_access", context).await;
    run.manager_says("approve").await;
    silence.falls().await;
    run.is_taken_back("escalated", &["grant_access"]).await;
    assert!(!case.is_member().await);
}

#[tokio::test]
async fn compromised_account_signs_out_first_and_then_lets_its_owner_in() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({"mfa": "ask"})).await;
    let before = case.sessions().await;
    let run = Run::of(&case, "compromised_account", json!({})).await;
    desk.prompt(&case.john).await;
    assert!(case.sessions().await > before);
    assert_eq!(desk.passes(&case.john).await, 0);
    desk.act(&case.john, "approve").await;
    run.is_done().await;
    assert_eq!(desk.passes(&case.john).await, 1);
    let texts = desk.texts(&case.john).await;
    let told = "choose a new password at once: ";
    assert!(texts.len() == 1 && texts[0].contains(told), "{texts:?}");
}

#[tokio::test]
async fn compromised_account_gives_nothing_to_who_does_not_confirm() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({"mfa": "deny"})).await;
    let before = case.sessions().await;
    let run = Run::of(&case, "compromised_account", json!({})).await;
    run.is_refused("denied", "verify_mfa").await;
    assert!(case.sessions().await > before);
    let given = (desk.passes(&case.john).await, desk.texts(&case.john).await);
    assert_eq!(given, (0, Vec::new()));
}
