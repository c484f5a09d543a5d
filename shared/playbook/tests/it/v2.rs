//! Inputs, groups, waits, fallbacks and deeds taken back: what is read, what is refused, and what they compile to.

use playbook::{Block, Compensate, Flaw, FlawCode, PlaybookVersion, check_inputs, compile, parse};
use serde_json::{Value, json};

use crate::password_reset;

const EVERYTHING: &str = "\
name: everything
version: '2.0'
inputs:
  subject: {type: user, required: true, about: Whom it is about.}
  minutes: {type: integer, min: 10, max: 600, default: 60}
  method: {type: choice, of: [tap, password], default: tap}
  note: {type: text, max_chars: 20}
  until: {type: timestamp}
  group: {type: group}
  sku: {type: licence}
steps:
  - id: ask
    service: verification.mfa
    with: {user_id: '{{ inputs.subject }}'}
    fallback:
      after: 90
      id: ask_deputy
      service: verification.mfa
      with: {user_id: abc-124}
      wait_up_to: 10m
  - id: resets
    parallel:
      - id: reset
        service: executor.reset_password
        with: {user_id: '{{ inputs.subject }}', method: '{{ inputs.method }}', tap_lifetime_minutes: '{{ inputs.minutes }}'}
      - id: reset_other
        service: executor.reset_password
        with: {user_id: abc-125, method: tap}
        on_failure: continue
  - id: send
    service: delivery.sms
    with: {credential_ref: '{{ steps.reset.credential_ref }}', message: 'Code {credential} {{ inputs.note }}'}
    when: has(inputs.note) && steps.ask_deputy.status != 'denied'
";

fn everything() -> PlaybookVersion {
    parse(EVERYTHING).unwrap_or_else(|flaws| panic!("{flaws:#?}"))
}

fn only(from: &str, to: &str) -> Flaw {
    assert!(EVERYTHING.contains(from), "{from}");
    let text = EVERYTHING.replacen(from, to, 1);
    let mut flaws = parse(&text).expect_err(to);
    assert_eq!(flaws.len(), 1, "{to}: {flaws:#?}");
    flaws.remove(0)
}

/// The flaw's place and kind, and that it says `told`.
fn refused(from: &str, to: &str, path: &str, code: FlawCode, told: &str) {
    let flaw = only(from, to);
    assert_eq!((flaw.path.as_str(), flaw.code), (path, code), "{flaw}");
    assert!(flaw.message.contains(told), "{flaw}");
    assert!(flaw.line.is_some(), "{flaw}");
}

#[test]
fn everything_is_read_and_written_back_the_same() {
    let version = everything();
    assert_eq!(parse(&version.to_yaml()), Ok(version.clone()));
    let ids: Vec<&str> = version.step_ids().map(AsRef::as_ref).collect();
    assert_eq!(ids, ["ask", "ask_deputy", "reset", "reset_other", "send"]);
    let blocks: Vec<&str> = version.blocks().map(|block| block.id().as_str()).collect();
    assert_eq!(blocks, ["ask", "resets", "send"]);
    assert!(matches!(
        version.blocks().nth(1),
        Some(Block::Group(_, [_, _]))
    ));
    assert_eq!(version.step("ask").unwrap().timeout_seconds, 90);
    assert_eq!(version.step("ask_deputy").unwrap().timeout_seconds, 600);
    assert_eq!(
        version.needs().map(AsRef::as_ref).collect::<Vec<&str>>(),
        ["subject"]
    );
}

#[test]
fn a_playbook_without_the_new_forms_has_the_checksum_it_had() {
    let version = password_reset();
    let known = "174139ee3119e76c6702b52a996d472d2041e7af8a7b99bc8c82770534ad7ccf";
    assert_eq!(version.checksum(), known, "{}", version.to_json());
}

#[test]
fn an_input_that_is_not_there_is_answered_with_the_nearest() {
    use FlawCode::{BadExpression, BadReference};
    let with = "steps[1].parallel[0].with.tap_lifetime_minutes";
    refused(
        "inputs.minutes",
        "inputs.minuts",
        with,
        BadReference,
        "did you mean `minutes`?",
    );
    refused(
        "inputs.minutes",
        "inputs.minutes.unit",
        with,
        BadReference,
        "no fields",
    );
    refused(
        "inputs.minutes",
        "inputs",
        with,
        BadReference,
        "inputs.<name>",
    );
    refused(
        "has(inputs.note)",
        "has(inputs.notes)",
        "steps[2].when",
        BadReference,
        "`note`",
    );
    refused(
        "inputs.minutes",
        "now()",
        with,
        BadExpression,
        "no function",
    );
    let flaws = parse(
        &password_reset()
            .to_yaml()
            .replace("ticket.requester", "inputs"),
    )
    .unwrap_err();
    assert!(flaws[0].message.contains("no `inputs`"), "{}", flaws[0]);
}

#[test]
fn an_input_that_can_never_fit_is_found_before_anything_runs() {
    use FlawCode::OutOfRange;
    let member = "steps[1].parallel[0].with";
    let (minutes, method) = (
        format!("{member}.tap_lifetime_minutes"),
        format!("{member}.method"),
    );
    refused(
        "inputs.minutes",
        "inputs.note",
        &minutes,
        OutOfRange,
        "takes a whole number",
    );
    refused(
        "min: 10, max: 600, default: 60",
        "min: 1, max: 9",
        &minutes,
        OutOfRange,
        "1 to 9",
    );
    refused(
        "of: [tap, password]",
        "of: [tap, magic]",
        &method,
        OutOfRange,
        "`magic`",
    );
    refused(
        "inputs.method",
        "inputs.note",
        &method,
        OutOfRange,
        "takes one of",
    );
    refused(
        "user_id: '{{ inputs.subject }}', method",
        "user_id: '{{ inputs.minutes }}', method",
        &format!("{member}.user_id"),
        OutOfRange,
        "takes a text",
    );
    refused(
        "steps.reset.credential_ref",
        "inputs.note",
        "steps[2].with.credential_ref",
        OutOfRange,
        "steps.<earlier step>.credential_ref",
    );
}

#[test]
fn an_input_says_what_it_may_be() {
    use FlawCode::{Duplicate, Missing, OutOfRange, Unknown, WrongType};
    let note = "note: {type: text, max_chars: 20}";
    for (to, path, code, told) in [
        (
            "note: {type: txt}",
            "inputs.note.type",
            Unknown,
            "did you mean `text`?",
        ),
        ("note: {}", "inputs.note.type", Missing, "add it"),
        ("note: text", "inputs.note", WrongType, "write a map"),
        (
            "note: {type: text, max: 20}",
            "inputs.note.max",
            Unknown,
            "max_chars",
        ),
        (
            "note: {type: text, max_chars: 4001}",
            "inputs.note.max_chars",
            OutOfRange,
            "4000",
        ),
        (
            "note: {type: text, required: 1}",
            "inputs.note.required",
            WrongType,
            "true or false",
        ),
        (
            "note: {type: text, default: 1}",
            "inputs.note.default",
            WrongType,
            "give a text",
        ),
        (
            "note: {type: text, max_chars: 2, default: abc}",
            "inputs.note.default",
            OutOfRange,
            "1 to 2",
        ),
        (
            "note: {type: integer, min: 2, max: 1}",
            "inputs.note.max",
            OutOfRange,
            "no number fits",
        ),
        (
            "note: {type: integer, max: 9, default: 10}",
            "inputs.note.default",
            OutOfRange,
            "to 9",
        ),
        ("note: {type: choice}", "inputs.note.of", Missing, "add it"),
        (
            "note: {type: choice, of: []}",
            "inputs.note.of",
            OutOfRange,
            "1 to 50",
        ),
        (
            "note: {type: choice, of: [a, a]}",
            "inputs.note.of[1]",
            Duplicate,
            "twice",
        ),
        (
            "note: {type: choice, of: [a, 1]}",
            "inputs.note.of[1]",
            WrongType,
            "text",
        ),
        (
            "note: {type: timestamp, default: '2026-01-01'}",
            "inputs.note.default",
            OutOfRange,
            "zone",
        ),
        (
            "note: {type: user, default: 'a b'}",
            "inputs.note.default",
            OutOfRange,
            "letters, digits",
        ),
    ] {
        let text = EVERYTHING.replacen(note, to, 1);
        let flaws = parse(&text).expect_err(to);
        let found = flaws
            .iter()
            .any(|flaw| flaw.path == path && flaw.code == code && flaw.message.contains(told));
        assert!(found, "{to}: {flaws:#?}");
    }
}

#[test]
fn inputs_have_names_of_their_own_and_are_few() {
    use FlawCode::{BadName, Duplicate, TooLarge};
    refused("  sku:", "  in:", "inputs.in", BadName, "reserved");
    refused("  sku:", "  group:", "inputs.group", Duplicate, "twice");
    let many: Vec<String> = (0..21)
        .map(|at| format!("  i{at}: {{type: user}}\n"))
        .collect();
    let many = many.concat();
    let text = format!(
        "name: p\nversion: '1.0'\ninputs:\n{many}steps: [{{id: a, service: verification.mfa, with: {{user_id: a}}}}]\n"
    );
    assert_eq!(parse(&text).unwrap_err()[0].code, TooLarge);
}

#[test]
fn a_run_is_started_with_what_the_playbook_asks_for() {
    let version = everything();
    let check = |given: Value| check_inputs(&version, given.as_object().unwrap());
    let taken = check(json!({
        "subject": "john.doe@company.com", "until": "2026-12-31T18:00:00+01:00", "note": null,
        "user_email": "john.doe@company.com", "anything": {"else": [1]},
    }));
    let wanted = json!({
        "subject": "john.doe@company.com", "until": "2026-12-31T17:00:00Z", "minutes": 60, "method": "tap",
    });
    assert_eq!(Value::Object(taken.unwrap()), wanted);
    let refused = check(json!({
        "minutes": "60", "method": "secret-word", "note": "x".repeat(21), "until": "tomorrow",
        "group": "a/b", "sku": "", "subject": {"id": 1},
    }))
    .unwrap_err();
    let paths: Vec<&str> = refused.iter().map(|flaw| flaw.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "group", "method", "minutes", "note", "sku", "subject", "until"
        ]
        .map(|name| format!("inputs.{name}"))
    );
    assert!(
        refused
            .iter()
            .all(|flaw| !flaw.message.contains("secret-word"))
    );
    let missing = check(json!({"user_email": "john.doe@company.com"})).unwrap_err();
    assert_eq!((missing.len(), missing[0].code), (1, FlawCode::Missing));
    assert!(missing[0].message.contains("a user's id"), "{}", missing[0]);
}

#[test]
fn what_runs_beside_one_another_reads_nothing_of_one_another() {
    use FlawCode::{BadReference, Duplicate, OutOfRange, Unknown, Unsafe};
    let other = "with: {user_id: abc-125, method: tap}";
    let path = "steps[1].parallel[1].with.user_id";
    let reads = |step: &str| other.replace("abc-125", &format!("'{{{{ steps.{step} }}}}'"));
    refused(
        other,
        &reads("reset.expires_at"),
        path,
        BadReference,
        "before the group",
    );
    refused(
        other,
        &reads("resets.status"),
        path,
        BadReference,
        "is a group",
    );
    refused(
        other,
        &reads("reset_other.status"),
        path,
        BadReference,
        "has not run yet",
    );
    refused(
        other,
        &reads("send.medium"),
        path,
        BadReference,
        "has not run yet",
    );
    refused(
        "id: reset_other",
        "id: ask",
        "steps[1].parallel[1].id",
        Duplicate,
        "rename",
    );
    refused("id: resets", "id: send", "steps[2].id", Duplicate, "rename");
    refused(
        "on_failure: continue",
        "on_failure: goto send",
        "steps[1].parallel[1].on_failure",
        BadReference,
        "does not leave it",
    );
    refused(
        "on_failure: continue",
        "parallel: []",
        "steps[1].parallel[1].parallel",
        Unknown,
        "no field",
    );
    refused(
        "  - id: resets",
        "  - id: resets\n    when: 'true'",
        "steps[1].when",
        Unknown,
        "no field",
    );
    let member = "      - id: reset_other\n        service: executor.reset_password\n        with: {user_id: abc-125, method: tap}\n        on_failure: continue\n";
    refused(member, "", "steps[1].parallel", OutOfRange, "2 to 10");
    let asks = "      - {id: reset_other, service: verification.mfa, with: {user_id: a}}\n";
    refused(
        member,
        asks,
        "steps[1].parallel[0]",
        Unsafe,
        "`reset_other`",
    );
}

#[test]
fn a_way_on_leads_to_a_group_and_not_into_it() {
    let text = |target: &str| {
        format!(
            "name: p\nversion: '1.0'\nsteps:\n\
             - {{id: reset, service: executor.reset_password, with: {{user_id: a, method: tap}}, on_failure: goto {target}}}\n\
             - {{id: ask, service: verification.mfa, with: {{user_id: a}}}}\n\
             - id: both\n  parallel:\n  - {{id: one, service: verification.mfa, with: {{user_id: a}}}}\n\
             \x20 - {{id: two, service: verification.mfa, with: {{user_id: b}}}}\n"
        )
    };
    let version = parse(&text("both")).unwrap_or_else(|flaws| panic!("{flaws:#?}"));
    assert_eq!(
        compile(&version)["States"]["reset"]["Catch"][1]["Next"],
        "both"
    );
    let flaws = parse(&text("one")).unwrap_err();
    assert!(flaws[0].message.contains("go to the group"), "{}", flaws[0]);
    let verification = text("both").replacen(
        "reset, service: executor.reset_password, with: {user_id: a, method: tap}",
        "first, service: verification.mfa, with: {user_id: a}",
        1,
    );
    assert!(
        parse(&verification).is_ok(),
        "a group of verifications guards what follows"
    );
}

#[test]
fn how_long_a_person_is_waited_for_is_said_once_and_in_bounds() {
    use FlawCode::{Duplicate, OutOfRange, WrongType};
    let wait = "wait_up_to: 10m";
    let path = "steps[0].fallback.wait_up_to";
    refused(wait, "wait_up_to: 3 days", path, OutOfRange, "3d");
    refused(wait, "wait_up_to: 29s", path, OutOfRange, "30s");
    refused(wait, "wait_up_to: 31d", path, OutOfRange, "30d");
    refused(wait, "wait_up_to: 600", path, WrongType, "text");
    refused(
        wait,
        "wait_up_to: 3d",
        path,
        OutOfRange,
        "at most 10m, not 3d",
    );
    refused(
        wait,
        "wait_up_to: 10m\n      timeout: 60",
        path,
        Duplicate,
        "not both",
    );
    refused(
        "    when: has(",
        "    wait_up_to: 10m\n    when: has(",
        "steps[2].wait_up_to",
        OutOfRange,
        "waits for no person",
    );
}

#[test]
fn only_a_verification_is_asked_elsewhere_after_silence() {
    use FlawCode::{BadName, BadReference, Duplicate, Missing, OutOfRange, Unknown, Unsafe};
    let at = "steps[0].fallback";
    refused(
        "after: 90",
        "after: 29",
        &format!("{at}.after"),
        OutOfRange,
        "30 to 600",
    );
    for (id, code) in [("ask", Duplicate), ("undo_ask", BadName)] {
        let text = EVERYTHING.replacen("id: ask_deputy", &format!("id: {id}"), 1);
        let flaw = parse(&text).unwrap_err().remove(0);
        assert_eq!((flaw.path, flaw.code), (format!("{at}.id"), code));
    }
    refused(
        "      wait_up_to: 10m",
        "      on_failure: escalate",
        &format!("{at}.on_failure"),
        Unknown,
        "no field",
    );
    refused(
        "    fallback:",
        "    timeout: 60\n    fallback:",
        "steps[0].timeout",
        Duplicate,
        "`after`",
    );
    refused(
        "abc-124",
        "'{{ steps.ask.status }}'",
        &format!("{at}.with.user_id"),
        BadReference,
        "before both",
    );
    refused(
        "with: {user_id: abc-124}",
        "with: {}",
        &format!("{at}.with.user_id"),
        Missing,
        "add it",
    );
    let flaw = only(
        "service: verification.mfa\n      with: {user_id: abc-124}\n      wait_up_to: 10m",
        "service: executor.reset_password\n      with: {user_id: abc-124, method: tap}",
    );
    assert_eq!((flaw.path.as_str(), flaw.code), (at, Unsafe));
    let nested = "      fallback: {id: third, service: verification.mfa, with: {user_id: a}}\n  - id: resets";
    refused(
        "  - id: resets",
        nested,
        "steps[0].fallback.fallback",
        Unknown,
        "no field",
    );
}

#[test]
fn methods_that_were_taken_away_are_not_promised_back() {
    let text = include_str!("../../../../statemachines/mfa_method_reset.yaml");
    let step = "  - id: revoke_sessions";
    let promised = text.replacen(step, &format!("    compensate: undo\n\n{step}"), 1);
    let flaws = parse(&promised).unwrap_err();
    assert_eq!(flaws.len(), 1, "{flaws:#?}");
    assert_eq!(flaws[0].path, "steps[1].compensate");
    assert!(
        flaws[0].message.contains("cannot be taken back"),
        "{flaws:#?}"
    );
    assert!(parse(text).is_ok());
}

#[test]
fn a_deed_that_cannot_be_taken_back_is_not_promised_to_be() {
    use FlawCode::OutOfRange;
    let path = "steps[1].parallel[1].compensate";
    let undo = |word: &str| format!("on_failure: continue\n        compensate: {word}");
    refused(
        "on_failure: continue",
        &undo("undo"),
        path,
        OutOfRange,
        "cannot be taken back",
    );
    refused(
        "on_failure: continue",
        &undo("redo"),
        path,
        OutOfRange,
        "write undo",
    );
}

#[test]
fn a_group_s_branches_end_by_themselves_and_the_group_catches_what_they_fail_with() {
    let machine = compile(&everything());
    let group = &machine["States"]["resets"];
    assert_eq!(
        (&group["Type"], &group["Next"]),
        (&json!("Parallel"), &json!("send"))
    );
    assert_eq!(
        group["Catch"],
        json!([{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Escalate"}])
    );
    let [first, second] = &group["Branches"].as_array().unwrap()[..] else {
        panic!("two branches")
    };
    assert_eq!(first["StartAt"], "reset");
    assert_eq!(first["States"]["reset"]["End"], true);
    assert_eq!(
        first["States"]["reset"].get("Catch"),
        None,
        "its failure is the group's"
    );
    let catches = &second["States"]["reset_other"]["Catch"];
    assert_eq!(catches[0]["Next"], "Stop_reset_other");
    assert_eq!(
        catches[1],
        json!({"ErrorEquals": ["States.ALL"], "ResultPath": null, "Next": "Past_reset_other"})
    );
    assert_eq!(second["States"]["Past_reset_other"]["Type"], "Succeed");
    assert_eq!(second["States"]["Stop_reset_other"]["Type"], "Fail");
}

#[test]
fn silence_leads_to_the_fallback_and_no_other_answer_does() {
    let machine = compile(&everything());
    let ask = &machine["States"]["ask"];
    assert_eq!(ask["TimeoutSeconds"], 90);
    assert_eq!(
        ask["Catch"],
        json!([
            {"ErrorEquals": ["TimedOut", "States.Timeout"], "ResultPath": null, "Next": "ask_deputy"},
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Escalate"},
        ])
    );
    let deputy = &machine["States"]["ask_deputy"];
    assert_eq!(
        (&deputy["Next"], &deputy["TimeoutSeconds"]),
        (&json!("resets"), &json!(600))
    );
}

#[test]
fn deeds_are_taken_back_in_reverse_from_the_nearest_one() {
    let mut version = everything();
    for step in version.steps.iter_mut().filter(|step| step.id != "ask") {
        step.compensate = Some(Compensate::Undo);
    }
    let states = compile(&version)["States"].clone();
    let catches =
        |state: &str| states[state]["Catch"].as_array().unwrap().last().unwrap()["Next"].clone();
    assert_eq!(catches("ask"), "Escalate", "nothing was done yet");
    assert_eq!(catches("resets"), "undo_reset_other");
    assert_eq!(catches("send"), "undo_send");
    let chain = ["undo_send", "undo_reset_other", "undo_reset", "Escalate"];
    for pair in chain.windows(2) {
        assert_eq!(states[pair[0]]["Next"], pair[1]);
    }
    let undo = &states["undo_reset"];
    assert_eq!(
        undo["Parameters"]["FunctionName"],
        states["resets"]["Branches"][0]["States"]["reset"]["Parameters"]["FunctionName"]
    );
    assert_eq!(
        (
            &undo["Parameters"]["Payload"]["step"],
            &undo["Parameters"]["Payload"]["undo"]
        ),
        (&json!("reset"), &json!(true))
    );
    let waited: u64 = (0..4).map(|at| 5 << at).sum();
    assert!(waited > 30, "longer than a call of the step may still act");
}

#[test]
fn a_grant_that_waited_three_days_for_consent_is_taken_back_when_what_follows_fails() {
    let text = "\
name: grant
version: '1.0'
inputs:
  group: {type: group, required: true}
steps:
  - {id: consent, service: verification.manager_approval, with: {}, wait_up_to: 3d}
  - id: grant
    service: executor.grant_access
    with: {user_id: '{{ ticket.requester.user_id }}', group_id: '{{ inputs.group }}'}
    compensate: undo
  - {id: end_sessions, service: executor.revoke_sessions, with: {user_id: a}}
";
    let version = parse(text).unwrap_or_else(|flaws| panic!("{flaws:#?}"));
    assert_eq!(parse(&version.to_yaml()), Ok(version.clone()));
    let states = compile(&version)["States"].clone();
    assert_eq!(states["consent"]["TimeoutSeconds"], 259_200);
    assert_eq!(states["consent"]["Catch"][0]["Next"], "Escalate");
    for state in ["grant", "end_sessions"] {
        assert_eq!(states[state]["Catch"][0]["Next"], "undo_grant");
        assert_eq!(states[state]["Catch"][0]["ResultPath"], "$.error");
    }
    assert_eq!(
        states["undo_grant"]["Parameters"]["FunctionName"],
        "${GrantAccessTask}"
    );
    assert_eq!(states["undo_grant"]["Next"], "Escalate");
    let flaws = parse(&text.replace("3d", "31d")).unwrap_err();
    assert_eq!(flaws[0].code, FlawCode::OutOfRange);
}
