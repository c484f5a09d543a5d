//! Simulations on a directory of our own.

use super::report::SimulationReport;
use super::scene::Subject;
use super::stage::Stage;
use super::verdict::report;
use super::wanted::{Cases, Wanted, stand_in};
use crate::doubles::{Double, Held, john};
use crate::vendors::Vendors;
use async_trait::async_trait;
use domain::{Person, PhoneNumber, Requester, UserId};
use jiff::Timestamp;
use playbook::{CATALOGUE, ParameterKind, PlaybookVersion, check_inputs, parse};
use ports::{CallError, Deed, Directory, IssuedPass, ResetPassword, Rights, StandingPass};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// John, who has a phone and a manager, Jane.
struct People;

#[async_trait]
impl Directory for People {
    async fn person(&self, id: &str) -> Result<Person, CallError> {
        let manager = "jane.smith@company.com".to_owned();
        if id == manager || id == "def-456" {
            return Ok(Person {
                id: UserId::parse("def-456").unwrap(),
                display_name: "Jane Smith".into(),
                mail: Some(manager),
                ..john()
            });
        }
        if id != "abc-123" {
            return Err(CallError::NotFound {
                vendor: "graph",
                what: "user",
            });
        }
        Ok(Person {
            mobile: PhoneNumber::parse("+441234567890").ok(),
            manager_mail: Some(manager),
            ..john()
        })
    }
}

/// Nobody has a pass, and nobody is to be given one.
struct NoPasses;

#[async_trait]
impl ResetPassword for NoPasses {
    async fn issue_pass(&self, _: &UserId, _: u32, _: &str) -> Result<IssuedPass, CallError> {
        unreachable!("a simulation makes no pass")
    }

    async fn pass(&self, _: &UserId) -> Result<Option<StandingPass>, CallError> {
        Ok(None)
    }

    async fn delete_pass(&self, _: &UserId, _: &str, _: &str) -> Result<(), CallError> {
        unreachable!("a simulation deletes no pass")
    }

    async fn set_password(&self, _: &UserId, _: &SecretString, _: &str) -> Result<(), CallError> {
        unreachable!("a simulation sets no password")
    }
}

/// What each input is for a simulation that nobody says more of.
fn inputs(version: &PlaybookVersion) -> Map<String, Value> {
    let given = version.inputs.iter().map(|(name, input)| {
        let value = match &input.kind {
            ParameterKind::User => json!("abc-123"),
            ParameterKind::Group => json!("grp-1"),
            ParameterKind::Licence => json!("ENTERPRISEPACK"),
            ParameterKind::Text { .. } if name.as_str() == "params" => json!("Days=3"),
            ParameterKind::Text { .. } => json!("101"),
            ParameterKind::Timestamp => json!("1970-01-02T00:00:00Z"),
            ParameterKind::Choice { of } => json!(of[0]),
            ParameterKind::Integer { min, .. } => json!(min),
        };
        (name.to_string(), value)
    });
    let needed = |(name, _): &(String, Value)| {
        let mut inputs = version.inputs.iter();
        inputs.any(|(known, input)| known.as_str() == name && input.default.is_none())
    };
    check_inputs(version, &given.filter(needed).collect()).unwrap()
}

/// What simulating a text comes to where the directory holds this, and how often it was written to.
async fn simulated(text: &str, change: impl FnOnce(&mut Held)) -> (SimulationReport, u32) {
    let version = parse(text).unwrap_or_else(|flaws| panic!("{flaws:#?}"));
    let double = Double::with(change);
    let vendors = Vendors {
        directory: Arc::new(People),
        ..double.vendors()
    };
    let subject = Subject {
        ticket: stand_in(Requester {
            email: "john.doe@company.com".into(),
            user_id: UserId::parse("abc-123").ok(),
        }),
        is_live: false,
        inputs: inputs(&version),
    };
    let wanted = Wanted {
        checksum: version.checksum(),
        cases: Cases::Made(Box::new(subject)),
        version,
    };
    let now = Timestamp::UNIX_EPOCH;
    let outside: (Arc<dyn ResetPassword>, Arc<dyn Rights>) =
        (Arc::new(NoPasses), Arc::new(double.clone()));
    let mut stage = Stage::new(vendors, outside, None, now);
    let report = report(&mut stage, &wanted).await.unwrap();
    let writes = double.held().writes;
    (report, writes)
}

/// The codes of what is in the way of green, with their steps.
fn flaws(report: &SimulationReport) -> Vec<(&str, &str)> {
    let findings = report.findings.iter();
    findings
        .map(|flaw| (flaw.step.as_str(), flaw.code.as_str()))
        .collect()
}

#[tokio::test]
async fn every_playbook_that_we_release_is_green() {
    for text in CATALOGUE {
        let (report, writes) = simulated(text, |_| {}).await;
        assert!(report.green, "{report:#?}");
        assert_eq!((writes, &report.coverage.uncovered[..]), (0, &[][..]));
    }
}

/// An example of the language's page as a whole playbook: a part of one is completed by what it speaks of, a verification by
/// what it allows.
fn completed(example: &str) -> String {
    const HEAD: &str = "name: example\nversion: '1.0'\ninputs:\n  subject: {type: user, required: true}\n  group: {type: group, required: true}\n";
    const ENDS: &str = "  - id: sessions\n    service: executor.revoke_sessions\n    with: {user_id: '{{ inputs.subject }}'}\n";
    const GIVES: &str = "  - id: grant\n    service: executor.grant_access\n    with: {user_id: '{{ ticket.requester.user_id }}', group_id: '{{ inputs.group }}'}\n";
    const ASKED: &str = "    when: has(steps.ask_manager.request_id)\n";
    if example.starts_with("name:") {
        return example.to_owned();
    }
    if !example.starts_with("  - ") {
        return format!("{HEAD}{example}steps:\n{ENDS}");
    }
    if !example.contains("verification.manager_approval") {
        return format!("{HEAD}steps:\n{example}{ENDS}");
    }
    let asked = if example.contains("fallback:") {
        ASKED
    } else {
        ""
    };
    format!("{HEAD}steps:\n{example}{GIVES}{asked}")
}

#[tokio::test]
async fn every_example_of_the_languages_page_is_green_under_the_usual_policy() {
    let page = include_str!("../../../../docs/playbooks/language.md");
    let blocks = page.split("```yaml\n").skip(1);
    let examples: Vec<&str> = blocks
        .filter_map(|block| block.split("```").next())
        .collect();
    assert!(examples.len() >= 5, "{examples:?}");
    for example in examples {
        let text = completed(example);
        let (report, writes) = simulated(&text, |_| {}).await;
        assert!(report.green, "{text}\n{report:#?}");
        assert_eq!(writes, 0, "{text}");
    }
}

const JOIN: &str = "\
name: join
version: '1.0'
inputs:
  group: {type: group, required: true}
  days: {type: integer, min: 1, max: 90, default: 30}
  colour: {type: choice, of: [red, blue], default: red}
steps:
  - id: ask_manager
    service: verification.manager_approval
    with: {}
  - id: grant
    service: executor.grant_access
    with: {user_id: '{{ ticket.requester.user_id }}', group_id: '{{ inputs.group }}', expires_in_days: '{{ inputs.days }}'}
    compensate: undo
  - id: sessions
    service: executor.revoke_sessions
    with: {user_id: '{{ ticket.requester.user_id }}'}
    when: inputs.days > 60 && inputs.colour != 'blue'
    on_failure: continue
  - id: after
    service: executor.revoke_sessions
    with: {user_id: '{{ ticket.requester.user_id }}'}
    when: steps.sessions.status == 'failed'
";

#[tokio::test]
async fn cases_are_found_for_both_sides_of_a_condition_and_for_what_lies_behind_it() {
    let (report, writes) = simulated(JOIN, |_| {}).await;
    assert!(report.green, "{report:#?}");
    assert_eq!(writes, 0);
    let names: Vec<&str> = report.cases.iter().map(|case| case.name.as_str()).collect();
    assert!(names.contains(&"inputs.days is 90"), "{names:?}");
    let behind = "inputs.days is 90, sessions: fail";
    assert!(names.contains(&behind), "{names:?}");
    let undone = report.cases.iter().find(|case| !case.undone.is_empty());
    assert_eq!(undone.unwrap().undone, ["grant"]);
}

#[tokio::test]
async fn what_the_directory_refuses_is_said_with_its_step_and_keeps_it_from_green() {
    let ways: [fn(&mut Held); 2] = [
        |held| held.group.dynamic = true,
        |held| held.group.synced = true,
    ];
    for close in ways {
        let (report, writes) = simulated(JOIN, close).await;
        assert!(!report.green);
        assert_eq!((flaws(&report)[0], writes), (("grant", "group_closed"), 0));
        assert!(!report.coverage.uncovered.is_empty(), "{report:#?}");
    }
    let (report, _) = simulated(JOIN, |held| held.member = true).await;
    let first = &report.cases[0].changes[0];
    assert_eq!(
        (first.changed, &first.before, &first.after),
        (false, &json!({"member": true}), &json!({"member": true}),)
    );
}

#[tokio::test]
async fn the_blast_tells_how_many_people_are_in_the_groups_that_change() {
    let told = async |change: fn(&mut Held)| {
        let (report, _) = simulated(JOIN, change).await;
        report.cases[0].blast.group_members
    };
    assert_eq!(told(|held| held.size = Some(300)).await, Some(300));
    assert_eq!(told(|held| held.size = None).await, None);
    // Whoever is a member already changes no group.
    assert_eq!(told(|held| held.member = true).await, Some(0));
}

#[tokio::test]
async fn a_right_that_a_step_lacks_is_said_with_what_to_consent_to() {
    let lacks = |deed, right| move |held: &mut Held| held.lacking = vec![(deed, right)];
    let members = lacks(Deed::ChangeMembers, "GroupMember.ReadWrite.All");
    let (report, writes) = simulated(JOIN, members).await;
    assert_eq!(writes, 0);
    assert_eq!(flaws(&report)[0], ("grant", "missing_permission"));
    let said = &report.findings[0].message;
    assert!(said.contains("GroupMember.ReadWrite.All"), "{said}");
    // What no step does need not be allowed, nor what is so already.
    let (report, _) = simulated(JOIN, lacks(Deed::SetPassword, "x")).await;
    assert!(report.green, "{report:#?}");
    let joined = |held: &mut Held| {
        held.member = true;
        held.lacking = vec![(Deed::ChangeMembers, "x")];
    };
    assert!(simulated(JOIN, joined).await.0.green);
}

const TWICE: &str = "\
name: twice
version: '1.0'
steps:
  - id: ask
    service: verification.mfa
    with: {user_id: abc-123}
  - id: open
    service: executor.unlock_account
    with: {user_id: abc-123}
  - id: reset
    service: executor.reset_password
    with: {user_id: abc-123, method: tap}
  - id: send
    service: delivery.sms
    with: {credential_ref: '{{ steps.reset.credential_ref }}', message: 'Code {credential}'}
";

#[tokio::test]
async fn one_confirmation_is_not_spent_twice() {
    let (report, _) = simulated(TWICE, |held| held.account.enabled = false).await;
    assert_eq!(flaws(&report), [("reset", "verification_missing")]);
    // An account that is open already takes no receipt.
    let (report, _) = simulated(TWICE, |_| {}).await;
    assert!(report.green, "{report:#?}");
}

#[tokio::test]
async fn somebody_who_is_nowhere_is_named_by_the_step_that_looks_for_them() {
    let text = TWICE.replacen("abc-123", "nobody-1", 1);
    let (report, _) = simulated(&text, |_| {}).await;
    assert_eq!(flaws(&report), [("ask", "target_not_found")]);
    let first = &report.cases[0];
    assert_eq!((first.ends, first.cost.transitions), ("escalated", 3));
}
