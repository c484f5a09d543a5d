//! Somebody leaves, and somebody loses their phone: the manager says so, and the directory shows it.

mod kept_shut;

use std::time::Duration;

use deskhand_local::LogLine;
use deskhand_tests::{answer, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::actions::Case;
use crate::approvals::{mailed, page, pressed};
use crate::desk::{Desk, ENDS, PATIENCE, Person, actions};
use crate::neighbour::Neighbour;

/// A licence with free seats.
const POWER_BI: &str = "f8a1db68-be16-40ed-86d5-cb42ce701560";
/// A function's lines are readable once its invocation has ended.
const LINES: Duration = Duration::from_secs(30);

/// A tenant, somebody in it with a manager, and the colleague whose ticket it is.
struct Office {
    desk: Desk<'static>,
    tenant: Neighbour,
    colleague: Person,
}

/// One run about one person.
struct Run<'a> {
    office: &'a Office,
    boss: Person,
    john: Person,
    ticket: String,
    execution: String,
}

impl Office {
    async fn new(name: &str, playbook: &str) -> Self {
        let desk = Desk::shared().await;
        let tenant = Neighbour::new(name).await;
        let path = format!("/api/v1/playbooks/{playbook}");
        let (status, listed) = tenant.get(&path).await;
        assert_eq!(status, 200, "{listed}");
        if listed["enabled"] != true {
            let activate = tenant.request(Method::PUT, &format!("{path}/activate"));
            let (status, active) = answer(activate).await;
            assert_eq!(status, 200, "{active}");
        }
        let colleague = desk.person("colleague", "ask").await;
        Self {
            desk,
            tenant,
            colleague,
        }
    }

    /// Somebody with these properties and a manager of their own.
    async fn people(&self, mut properties: Value) -> (Person, Person) {
        let boss = self.desk.person("jane.boss", "ask").await;
        properties["manager"] = boss.email.clone().into();
        let john = self.desk.person_with("john.doe", properties).await;
        (boss, john)
    }

    /// The playbook is started about somebody: as the one who leaves, or as the one who asks.
    async fn run(
        &self,
        playbook: &str,
        (boss, john): (Person, Person),
        mut context: Value,
    ) -> Run<'_> {
        let ticket = format!("{playbook}-{}", john.id);
        let requester = if playbook == "leaver" {
            context["subject"] = john.id.clone().into();
            &self.colleague
        } else {
            &john
        };
        self.tenant.classify(&ticket, &requester.email).await;
        let ask = json!({"ticket_id": ticket, "playbook_id": playbook, "context": context});
        let path = "/api/v1/orchestration/execute_playbook";
        let (status, run) = self.tenant.post(path, &ask).await;
        assert_eq!(status, 202, "{run}");
        Run {
            office: self,
            execution: run["execution_id"].as_str().unwrap().to_owned(),
            boss,
            john,
            ticket,
        }
    }
}

impl Run<'_> {
    /// The manager answers by the link in their mail. What they read before.
    async fn decided(&self, decision: &str) -> String {
        let desk = &self.office.desk;
        let token = eventually("a question to the manager", PATIENCE, || async {
            let run = self.seen().await;
            assert!(!ENDS.iter().any(|end| run["status"] == *end), "{run}");
            let story = self.story().await;
            let told = actions(&story["executions"][0]["records"]);
            if !told.contains(&"approval.requested") {
                return None;
            }
            Some(mailed(desk, &self.boss).await)
        })
        .await;
        let (_, shown) = page(desk, &token).await;
        let story = self.story().await;
        let records = story["executions"][0]["records"].as_array().unwrap();
        let mut asked = records.iter();
        let asked = asked.find(|record| record["action"] == "approval.requested");
        let plan = &asked.unwrap()["facts"]["payload_hash"];
        let (status, told) = pressed(desk, &token, decision, plan).await;
        assert_eq!(status, 200, "{told}");
        shown
    }

    async fn seen(&self) -> Value {
        let path = format!("/api/v1/orchestration/execution/{}", self.ticket);
        let (status, run) = self.office.tenant.get(&path).await;
        assert_eq!(status, 200, "{run}");
        run
    }

    async fn story(&self) -> Value {
        let path = format!("/api/v1/audit/executions/{}", self.ticket);
        let (status, story) = self.office.tenant.get(&path).await;
        assert_eq!(status, 200, "{story}");
        story
    }

    /// The run's end, its steps by name, and that its chains hold.
    async fn ended(&self) -> (Value, Value) {
        let run = self.office.tenant.ended(&self.ticket).await;
        let story = self.story().await;
        let steps = story["executions"][0]["steps"].as_array().unwrap().iter();
        let steps = steps.map(|step| (step["id"].as_str().unwrap().to_owned(), step.clone()));
        let steps = Value::Object(steps.collect());
        let path = format!("/api/v1/audit/verify?ticket_id={}", self.ticket);
        let (_, verdict) = self.office.tenant.get(&path).await;
        assert_eq!(verdict["valid"], true, "{verdict:#}");
        (run, steps)
    }

    /// The person as the directory has them.
    async fn person(&self) -> Value {
        let path = format!("/_sandbox/users/{}", self.john.email);
        self.office.desk.sandbox(Method::GET, &path, None).await
    }

    /// How often the directory was asked so about this person.
    async fn calls(&self, method: &str, path: &str) -> usize {
        let path = format!(
            "/_sandbox/calls?vendor=graph&method={method}&path=/users/{}{path}",
            self.john.id
        );
        let calls = self.office.desk.sandbox(Method::GET, &path, None).await;
        calls.as_array().unwrap().len()
    }

    async fn fault(&self, mut fault: Value) {
        fault["vendor"] = "graph".into();
        let desk = &self.office.desk;
        desk.sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
            .await;
    }

    /// What the run cost, printed: the states it entered and its ticket's write units.
    async fn bill(&self, playbook: &str) -> (usize, f64) {
        let deployment = self.office.desk.deployment;
        let history = deployment.sfn_history(playbook, &self.execution).await;
        let entered = |event: &&Value| event["type"].as_str().unwrap().ends_with("StateEntered");
        let entered = history.unwrap().iter().filter(entered).count();
        let path = format!("/api/v1/audit/verify?ticket_id={}", self.ticket);
        let (_, verdict) = self.office.tenant.get(&path).await;
        let subject = verdict["chains"][0]["subject"].as_str().unwrap();
        let ticket = subject.strip_prefix("t#").unwrap().to_owned();
        let units = eventually("the line of the run's last write", LINES, || async {
            let lines = deployment.log_lines().await.unwrap();
            let writes = lines.iter().filter_map(LogLine::json).filter(|line| {
                line["message"] == "write"
                    && line["ticket_id"] == ticket.as_str()
                    && line["purpose"] != "audit read"
            });
            let writes: Vec<Value> = writes.collect();
            let ended = |line: &Value| line["purpose"] == "execution ended";
            writes.iter().any(ended).then(|| {
                let units = writes.iter().map(|line| line["write_units"].as_f64());
                units.flatten().sum::<f64>()
            })
        })
        .await;
        println!("{playbook}: {entered} transitions, {units} write units");
        (entered, units)
    }
}

/// A group of somebody's own, with them in it.
async fn group_of(desk: &Desk<'_>, john: &Person) -> String {
    let group = format!("grp-of-{}", john.id);
    let path = format!("/_sandbox/groups/{group}");
    let named = json!({"displayName": "A group of a test"});
    desk.sandbox(Method::PUT, &path, Some(&named)).await;
    let path = format!("{path}/members/{}", john.id);
    desk.sandbox(Method::PUT, &path, None).await;
    group
}

async fn is_member(desk: &Desk<'_>, group: &str, john: &Person) -> bool {
    let path = format!("/_sandbox/groups/{group}");
    let found = desk.sandbox(Method::GET, &path, None).await;
    let mut members = found["members"].as_array().unwrap().iter();
    members.any(|member| *member == john.id.as_str())
}

#[tokio::test]
async fn who_leaves_is_shut_out_and_loses_what_was_named() {
    let office = Office::new("Leavers", "leaver").await;
    let licences = json!({"licences": [{"skuId": POWER_BI}]});
    let (boss, john) = office.people(licences).await;
    let group = group_of(&office.desk, &john).await;
    let named = json!({"group": group, "licence": POWER_BI});
    let run = office.run("leaver", (boss, john), named).await;
    let before = run.person().await;
    let shown = run.decided("approve").await;
    assert!(shown.contains("Disable the account of"), "{shown}");

    let (ended, steps) = run.ended().await;
    assert_eq!(ended["status"], "completed", "{ended:#}");
    for step in ["disable_account", "revoke_group", "revoke_licence"] {
        assert_eq!(steps[step]["output"]["changed"], true, "{steps:#}");
    }
    let after = run.person().await;
    assert_eq!(after["accountEnabled"], false, "{after}");
    assert_eq!(after["licences"], json!([]), "{after}");
    let sessions = "signInSessionsValidFromDateTime";
    assert_ne!(after[sessions], before[sessions]);
    assert!(!is_member(&office.desk, &group, &run.john).await);
    assert_eq!(run.calls("PATCH", "").await, 1);
    let (entered, units) = run.bill("leaver").await;
    assert!(entered <= 6 && units <= 110.0, "{entered} {units}");
}

#[tokio::test]
async fn a_manager_who_says_no_keeps_the_account_open() {
    let office = Office::new("Leavers Denied", "leaver").await;
    let people = office.people(json!({})).await;
    let run = office.run("leaver", people, json!({})).await;
    run.decided("deny").await;
    let (ended, _) = run.ended().await;
    assert_eq!(ended["status"], "denied", "{ended:#}");
    assert_eq!(run.person().await["accountEnabled"], true);
    assert_eq!(run.calls("PATCH", "").await, 0);
}

#[tokio::test]
async fn the_protected_and_the_synced_are_refused_and_nothing_is_changed() {
    let office = Office::new("Leavers Refused", "leaver").await;
    for (properties, why) in [
        (
            json!({"directoryRoles": ["Global Administrator"]}),
            "holds a directory role",
        ),
        (json!({"onPremisesSyncEnabled": true}), "disable it there"),
    ] {
        let people = office.people(properties).await;
        let run = office.run("leaver", people, json!({})).await;
        run.decided("approve").await;
        let (ended, steps) = run.ended().await;
        assert_eq!(ended["status"], "escalated", "{ended:#}");
        let step = &steps["disable_account"];
        assert_eq!(step["state"], "failed", "{step}");
        assert!(step["reason"].as_str().unwrap().contains(why), "{step}");
        assert_eq!(run.person().await["accountEnabled"], true);
        assert_eq!(run.calls("PATCH", "").await, 0);
    }
}

#[tokio::test]
async fn an_account_is_opened_again_when_a_later_step_fails() {
    let office = Office::new("Leavers Undone", "leaver").await;
    let (boss, john) = office.people(json!({})).await;
    let group = group_of(&office.desk, &john).await;
    let path = format!("/_sandbox/groups/{group}");
    let ruled = json!({"groupTypes": ["DynamicMembership"], "membershipRule": "a rule"});
    office.desk.sandbox(Method::PUT, &path, Some(&ruled)).await;
    let named = json!({"group": group});
    let run = office.run("leaver", (boss, john), named).await;
    run.decided("approve").await;
    let (ended, steps) = run.ended().await;
    assert_eq!(ended["status"], "escalated", "{ended:#}");
    assert_eq!(steps["disable_account"]["state"], "succeeded", "{steps:#}");
    assert_eq!(
        steps["disable_account"]["undo"]["state"], "done",
        "{steps:#}"
    );
    let reason = steps["revoke_group"]["reason"].as_str().unwrap();
    assert!(reason.contains("its members follow a rule"), "{reason}");
    assert_eq!(run.person().await["accountEnabled"], true);
    assert_eq!(run.calls("PATCH", "").await, 2);
    assert!(is_member(&office.desk, &group, &run.john).await);
}

#[tokio::test]
async fn an_account_is_opened_again_when_the_run_is_cancelled() {
    let office = Office::new("Leavers Cancelled", "leaver").await;
    let people = office.people(json!({})).await;
    let run = office.run("leaver", people, json!({})).await;
    // Long enough to be stopped in.
    let path = format!("/users/{}/revokeSignInSessions", run.john.id);
    let slow = json!({"path": path, "fault": 429, "retry_after": 2, "times": 2});
    run.fault(slow).await;
    run.decided("approve").await;
    eventually("the account shut", PATIENCE, || async {
        (run.person().await["accountEnabled"] == false).then_some(())
    })
    .await;
    let path = format!(
        "/api/v1/orchestration/execution/{}/cancel",
        run.ticket.as_str()
    );
    let ask = json!({"reason": "the wrong John"});
    let (status, asked) = office.tenant.post(&path, &ask).await;
    assert_eq!(status, 202, "{asked}");
    let (ended, steps) = run.ended().await;
    assert_eq!(ended["status"], "cancelled", "{ended:#}");
    assert_eq!(
        steps["disable_account"]["undo"]["state"], "done",
        "{steps:#}"
    );
    assert_eq!(run.person().await["accountEnabled"], true);
}

#[tokio::test]
async fn who_lost_their_phone_registers_anew_with_a_pass() {
    let office = Office::new("Lost Phones", "mfa_method_reset").await;
    let methods = ["softwareOath", "fido2", "windowsHelloForBusiness"];
    let people = office
        .people(json!({"mfa": "ignore", "methods": methods}))
        .await;
    let run = office.run("mfa_method_reset", people, json!({})).await;
    let shown = run.decided("approve").await;
    for line in [
        "Remove every MFA method (authenticator, phone, keys) of",
        "Give a new password or pass to",
    ] {
        assert!(shown.contains(line), "{line} is not in {shown}");
    }
    let (ended, steps) = run.ended().await;
    assert_eq!(ended["status"], "completed", "{ended:#}");
    let output = &steps["remove_mfa_methods"]["output"];
    let kinds = json!({"authenticator": 1, "phone": 1, "software_oath": 1, "security_key": 1});
    assert_eq!(
        (&output["removed"], &output["kinds"]),
        (&json!(4), &kinds),
        "{steps:#}"
    );
    let after = run.person().await;
    assert_eq!(after["methods"], json!(["windowsHelloForBusiness"]));
    assert_eq!(
        (&after["mfa"], &after["phoneMethod"]),
        (&json!("none"), &json!(false))
    );
    let desk = &office.desk;
    let did = (
        desk.prompts(&run.john).await.len(),
        desk.passes(&run.john).await,
        desk.texts(&run.john).await.len(),
    );
    assert_eq!(did, (0, 1, 1), "nobody could be asked; one pass, one text");
    let story = run.story().await;
    assert!(!story.to_string().contains(&run.john.phone), "{story:#}");
    let records = story["executions"][0]["records"].as_array().unwrap();
    let reset = records.iter().find(|record| {
        record["action"] == "step.begun" && record["facts"]["step"] == "reset_password"
    });
    let facts = &reset.unwrap()["facts"];
    assert!(
        facts["consent"][0].as_str().unwrap().starts_with("apr_") && facts["receipt"].is_null(),
        "{facts}"
    );
    let (entered, units) = run.bill("mfa_method_reset").await;
    assert!(entered <= 6 && units <= 130.0, "{entered} {units}");
}

#[tokio::test]
async fn nobody_loses_their_methods_whose_manager_says_no_or_who_is_protected() {
    let office = Office::new("Phones Kept", "mfa_method_reset").await;
    for (properties, decision, end) in [
        (json!({"mfa": "ignore"}), "deny", "denied"),
        (
            json!({"mfa": "ignore", "directoryRoles": ["Helpdesk Administrator"]}),
            "approve",
            "escalated",
        ),
    ] {
        let people = office.people(properties).await;
        let run = office.run("mfa_method_reset", people, json!({})).await;
        run.decided(decision).await;
        let (ended, _) = run.ended().await;
        assert_eq!(ended["status"], end, "{ended:#}");
        let after = run.person().await;
        let kept = (&after["mfa"], &after["phoneMethod"]);
        assert_eq!(kept, (&json!("ignore"), &json!(true)));
        assert_eq!(run.calls("DELETE", "").await, 0);
        assert_eq!(office.desk.passes(&run.john).await, 0);
    }
}

#[tokio::test]
async fn half_a_deed_is_told_and_no_pass_is_made_behind_it() {
    let office = Office::new("Phones Half Gone", "mfa_method_reset").await;
    let people = office
        .people(json!({"mfa": "ignore", "methods": ["fido2"]}))
        .await;
    let run = office.run("mfa_method_reset", people, json!({})).await;
    let path = format!("/users/{}/authentication/fido2Methods", run.john.id);
    run.fault(json!({"path": path, "method": "DELETE", "fault": 403}))
        .await;
    run.decided("approve").await;
    let (ended, steps) = run.ended().await;
    assert_eq!(ended["status"], "escalated", "{ended:#}");
    let step = &steps["remove_mfa_methods"];
    let reason = step["reason"].as_str().unwrap();
    assert_eq!(step["state"], "failed", "{step}");
    for said in [
        "taken away: phone 1",
        "still there: authenticator 1, security_key 1",
        "UserAuthMethod-Passkey.ReadWrite.All",
    ] {
        assert!(reason.contains(said), "{said} is not in {reason}");
    }
    assert_eq!(step["output"]["kinds"], json!({"phone": 1}), "{step}");
    assert_eq!(run.person().await["phoneMethod"], false);
    assert_eq!(office.desk.passes(&run.john).await, 0);
}

#[tokio::test]
async fn a_caller_disables_an_account_once_with_the_managers_consent() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let (status, _, refused) = case.act("disable_account", &json!({})).await;
    let missing = json!(["manager_approval"]);
    assert_eq!((status, &refused["details"]["missing"]), (403, &missing));
    case.consent_to("disable_account", None).await;
    let (status, replayed, first) = case.act("disable_account", &json!({})).await;
    assert_eq!((status, replayed), (200, false), "{first}");
    assert_eq!(first, json!({"status": "success", "changed": true}));
    let (status, replayed, again) = case.act("disable_account", &json!({})).await;
    assert_eq!((status, replayed, &again), (200, true, &first));
    let path = format!("/users/{}", case.john.id);
    assert_eq!(case.calls("PATCH", &path).await, 1);

    let synced = Case::new(&desk, json!({"onPremisesSyncEnabled": true})).await;
    let refused = synced.refused("disable_account", &json!({})).await;
    assert_eq!(refused, (409, "SYNCED_USER".to_owned()));
    let admin = Case::new(&desk, json!({"directoryRoles": ["User Administrator"]})).await;
    for operation in ["disable_account", "remove_mfa_methods"] {
        let refused = admin.refused(operation, &json!({})).await;
        assert_eq!(refused, (403, "PROTECTED_USER".to_owned()));
    }
    assert_eq!(desk.verified(&case.ticket.name).await["valid"], true);
}

#[tokio::test]
async fn a_yes_without_a_deed_leaves_an_account_open_and_says_so() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    case.consent_to("disable_account", None).await;
    let path = format!("/users/{}", case.john.id);
    let ignored = json!({"vendor": "graph", "path": path, "method": "PATCH", "fault": "ignored"});
    desk.sandbox(Method::POST, "/_sandbox/faults", Some(&ignored))
        .await;
    let (status, _, told) = case.act("disable_account", &json!({})).await;
    assert_eq!((status, &told["code"]), (502, &json!("OUTCOME_UNKNOWN")));
    let story = desk.story(&case.ticket.name).await;
    assert!(actions(&story["records"]).contains(&"action.unknown"));
}

#[tokio::test]
async fn a_caller_removes_methods_once_and_goes_on_after_half_a_deed_with_the_same_consent() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({"methods": ["email"]})).await;
    let (status, _, refused) = case.act("remove_mfa_methods", &json!({})).await;
    let missing = json!(["manager_approval"]);
    assert_eq!((status, &refused["details"]["missing"]), (403, &missing));
    case.consent_to("remove_mfa_methods", None).await;
    let path = format!("/users/{}/authentication/emailMethods", case.john.id);
    let busy = json!({"vendor": "graph", "path": path, "fault": 429, "retry_after": 30});
    desk.sandbox(Method::POST, "/_sandbox/faults", Some(&busy))
        .await;
    let (status, _, half) = case.act("remove_mfa_methods", &json!({})).await;
    assert_eq!((status, &half["code"]), (502, &json!("VENDOR_FAILED")));
    assert_eq!(half["details"]["retryable"], true, "{half}");
    let said = half["error"].as_str().unwrap();
    assert!(said.contains("taken away: phone 1"), "{half}");

    let (status, replayed, rest) = case.act("remove_mfa_methods", &json!({})).await;
    assert_eq!((status, replayed), (200, false), "{rest}");
    let kinds = json!({"authenticator": 1, "email": 1});
    assert_eq!(
        (&rest["removed"], &rest["kinds"]),
        (&json!(2), &kinds),
        "{rest}"
    );
    let (status, replayed, again) = case.act("remove_mfa_methods", &json!({})).await;
    assert_eq!((status, replayed, &again), (200, true, &rest));

    let other = Case::new(&desk, json!({"phoneMethod": false, "mfa": "none"})).await;
    other
        .person(json!({"phoneMethod": false, "mfa": "none"}))
        .await;
    let (status, _, none) = other.act("remove_mfa_methods", &json!({})).await;
    assert_eq!(
        (status, &none["changed"], &none["removed"]),
        (200, &json!(false), &json!(0)),
        "{none}"
    );
    assert_eq!(desk.verified(&case.ticket.name).await["valid"], true);
}
