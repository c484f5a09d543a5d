//! Walking machines, and the branches that walks have to take.

use std::collections::BTreeMap;

use playbook::{
    BadMachine, Branch, Came, Passage, PlaybookVersion, Standing, TaskAt, Walk, WalkEnd, branches,
    compile, parse,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::generate::{compensated, playbook as any_playbook};
use crate::password_reset;

/// What a walk came to.
struct Walked {
    end: WalkEnd,
    passages: Vec<Passage>,
    transitions: u32,
    undone: Vec<String>,
}

impl Walked {
    /// The states in the order in which they were left.
    fn states(&self) -> Vec<&str> {
        let left = self.passages.iter();
        left.map(|passage| passage.from.as_str()).collect()
    }
}

fn walked(machine: &Value, mut says: impl FnMut(&TaskAt) -> Came) -> Result<Walked, BadMachine> {
    let mut walk = Walk::new(machine)?;
    let mut undone = Vec::new();
    loop {
        match walk.stand()? {
            Standing::Task(task) => {
                if task.undo {
                    undone.extend(task.step.clone());
                }
                let came = if task.undo || task.step.is_none() {
                    Came::Done
                } else {
                    says(&task)
                };
                walk.came(came)?;
            }
            Standing::Ended(end) => {
                return Ok(Walked {
                    end,
                    passages: walk.passages().to_vec(),
                    transitions: walk.transitions(),
                    undone,
                });
            }
        }
    }
}

/// A walk in which these steps come out so, and every other is done.
fn with(version: &PlaybookVersion, out: &[(&str, Came)]) -> Walked {
    let out: BTreeMap<&str, &Came> = out.iter().map(|(step, came)| (*step, came)).collect();
    walked(&compile(version), |task| {
        let step = task.step.as_deref().unwrap_or_default();
        out.get(step).map_or(Came::Done, |came| (*came).clone())
    })
    .unwrap()
}

fn failed(error: &str) -> Came {
    Came::Failed(error.to_owned())
}

fn named(version: &PlaybookVersion) -> Vec<String> {
    let all = branches(version, &compile(version)).unwrap();
    all.iter().map(ToString::to_string).collect()
}

#[test]
fn a_happy_reset_is_walked_in_four_transitions() {
    let walked = with(&password_reset(), &[]);
    assert_eq!(walked.end, WalkEnd::Succeeded);
    assert_eq!(
        walked.states(),
        ["verify_mfa", "reset_password", "deliver_sms", "Complete"]
    );
    assert_eq!(walked.transitions, 4);
}

#[test]
fn a_refusal_goes_to_a_person_and_a_busy_vendor_is_asked_as_often_as_the_machine_says() {
    let denied = with(&password_reset(), &[("verify_mfa", failed("Denied"))]);
    assert_eq!(denied.states(), ["verify_mfa", "Escalate"]);
    assert_eq!(denied.end, WalkEnd::Failed("Escalated".to_owned()));
    assert_eq!(denied.transitions, 3);
    let busy = with(
        &password_reset(),
        &[("reset_password", failed("Retryable"))],
    );
    // verify, reset three times, Escalate, Escalated.
    assert_eq!((busy.passages[1].tries, busy.transitions), (3, 6));
}

#[test]
fn a_delivery_that_outlives_its_state_lets_the_run_go_on() {
    let late = with(
        &password_reset(),
        &[("deliver_sms", failed("States.Timeout"))],
    );
    assert_eq!(late.end, WalkEnd::Succeeded);
    assert_eq!(late.passages[2].to, "Complete");
}

#[test]
fn a_reset_has_a_branch_through_and_one_off_each_step() {
    assert_eq!(
        named(&password_reset()),
        [
            "straight through",
            "verify_mfa → Escalate on States.ALL",
            "reset_password → Escalate on States.ALL",
            "deliver_sms → Escalate on States.ALL",
        ]
    );
}

const FORKED: &str = "\
name: forked
version: '1.0'
inputs:
  group: {type: group, required: true}
  days: {type: integer, min: 1, max: 90, default: 30}
steps:
  - id: ask
    service: verification.mfa
    with: {user_id: abc-123}
    fallback:
      after: 90
      id: ask_manager
      service: verification.manager_approval
      with: {}
      wait_up_to: 1d
  - id: grant
    service: executor.grant_access
    with: {user_id: abc-123, group_id: '{{ inputs.group }}'}
    compensate: undo
  - id: out
    parallel:
      - id: sessions
        service: executor.revoke_sessions
        with: {user_id: abc-123}
      - id: other
        service: executor.revoke_access
        with: {user_id: abc-124, group_id: '{{ inputs.group }}'}
        on_failure: continue
        when: inputs.days > 30
";

#[test]
fn every_way_off_the_straight_one_is_a_branch() {
    let version = parse(FORKED).unwrap();
    assert_eq!(
        named(&version),
        [
            "straight through",
            "ask → ask_manager on TimedOut, States.Timeout",
            "ask → Escalate on States.ALL",
            "ask_manager → grant",
            "ask_manager → Escalate on States.ALL",
            "grant → undo_grant on States.ALL",
            "out → undo_grant on States.ALL",
            "other acts",
            "other is skipped",
            "other → Stop_other on Cancelled",
            "other → Past_other on States.ALL",
        ]
    );
}

#[test]
fn a_group_fails_with_its_first_failure_after_all_of_it_began_and_what_was_done_is_taken_back() {
    let version = parse(FORKED).unwrap();
    let cancelled = [
        ("sessions", failed("Failed")),
        ("other", failed("Cancelled")),
    ];
    let walked = with(&version, &cancelled);
    assert_eq!(
        walked.states(),
        [
            "ask",
            "grant",
            "sessions",
            "other",
            "out",
            "undo_grant",
            "Escalate"
        ]
    );
    assert_eq!(walked.passages[4].came, failed("Failed"));
    assert_eq!(walked.undone, ["grant"]);
    let past = with(&version, &[("other", failed("Failed"))]);
    assert_eq!((past.end, past.undone.len()), (WalkEnd::Succeeded, 0));
}

#[test]
fn a_branch_is_taken_by_the_walks_that_go_there_and_by_no_other() {
    let version = parse(FORKED).unwrap();
    let all = branches(&version, &compile(&version)).unwrap();
    let taken = |out: &[(&str, Came)]| {
        let walked = with(&version, out);
        let taken = all.iter().filter(|one| one.is_taken(&walked.passages));
        taken.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(taken(&[]), ["straight through", "other acts"]);
    assert_eq!(
        taken(&[("other", Came::Skipped)]),
        ["straight through", "other is skipped"]
    );
    assert_eq!(
        taken(&[("ask", failed("TimedOut")), ("grant", failed("Failed"))]),
        [
            "ask → ask_manager on TimedOut, States.Timeout",
            "ask_manager → grant",
            "grant → undo_grant on States.ALL"
        ]
    );
    assert_eq!(
        taken(&[("ask", failed("Denied"))]),
        ["ask → Escalate on States.ALL"]
    );
}

#[test]
fn a_state_of_another_type_is_not_walked_past() {
    let mut machine = compile(&password_reset());
    machine["States"]["reset_password"]["Type"] = json!("Wait");
    let refused = walked(&machine, |_| Came::Done).map(|walked| walked.end);
    let kind = BadMachine::Type {
        state: "reset_password".to_owned(),
        kind: "Wait".to_owned(),
    };
    assert_eq!(refused, Err(kind));
    machine["States"]["reset_password"] =
        json!({"Type": "Task", "Next": "verify_mfa", "Parameters": {"Payload": {}}});
    let endless = walked(&machine, |_| Came::Done).map(|walked| walked.end);
    assert_eq!(endless, Err(BadMachine::Endless));
    machine["States"]["reset_password"]["Next"] = json!("nowhere");
    assert!(walked(&machine, |_| Came::Done).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_walk_of_every_playbook_ends_and_one_without_a_failure_goes_straight_through(
        written in any_playbook(),
        errors in prop::collection::vec(prop::sample::select(vec![
            "", "", "Denied", "TimedOut", "States.Timeout", "Unknown", "Failed", "Cancelled", "Retryable",
        ]), 24),
    ) {
        let version = compensated(serde_json::from_value(written).unwrap());
        let machine = compile(&version);
        let happy = walked(&machine, |_| Came::Done).unwrap();
        prop_assert_eq!(&happy.end, &WalkEnd::Succeeded);
        prop_assert!(Branch::Through.is_taken(&happy.passages));
        let mut next = errors.iter().cycle();
        let any = walked(&machine, |_| match next.next() {
            Some(error) if !error.is_empty() => failed(error),
            _ => Came::Done,
        }).unwrap();
        let through = Branch::Through.is_taken(&any.passages);
        prop_assert!(!through || any.end == WalkEnd::Succeeded);
        prop_assert!(any.end == WalkEnd::Succeeded || any.end == WalkEnd::Failed("Escalated".to_owned()));
    }
}
