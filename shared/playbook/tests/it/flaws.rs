//! What is refused, where, and what the author is told.

use playbook::{Flaw, FlawCode, parse};

use crate::{ONE_STEP, password_reset};

fn flaws(text: &str) -> Vec<Flaw> {
    parse(text).expect_err("must be refused")
}

/// `(path, line, code)` of each flaw.
fn found(text: &str) -> Vec<(String, Option<u32>, FlawCode)> {
    flaws(text)
        .into_iter()
        .map(|flaw| (flaw.path, flaw.line, flaw.code))
        .collect()
}

/// The catalogue's password reset with one piece replaced.
fn changed(from: &str, to: &str) -> String {
    let yaml = password_reset().to_yaml();
    assert!(yaml.contains(from), "{from} is not in:\n{yaml}");
    yaml.replace(from, to)
}

fn only(text: &str) -> Flaw {
    let mut all = flaws(text);
    assert_eq!(all.len(), 1, "{all:#?}");
    all.remove(0)
}

#[test]
fn everything_wrong_is_reported_at_once_with_path_and_line() {
    use FlawCode::{
        BadExpression, BadName, BadReference, Duplicate, OutOfRange, Unknown, WrongType,
    };
    let text = "\
name: Password Reset
version: 1.2
stepz: []
steps:
  - id: verify
    service: verification.mfa2
    with: {}
    timeout: 29
  - id: verify
    service: executor.reset_password
    with:
      user: abc-123
      user_id: '{{ steps.send.delivery_id }}'
      method: magic
    on_failure: goto nowhere
  - id: send
    service: delivery.sms
    with:
      credential_ref: abc
      message: hello
    retry: {max_attempts: 9}
    when: ticket.
";
    let expected = [
        ("name", 1, BadName),
        ("version", 2, WrongType),
        ("stepz", 3, Unknown),
        ("steps[0].service", 6, Unknown),
        ("steps[0].timeout", 8, OutOfRange),
        ("steps[1].id", 9, Duplicate),
        ("steps[1].with.user", 12, Unknown),
        ("steps[1].with.user_id", 13, BadReference),
        ("steps[1].with.method", 14, OutOfRange),
        ("steps[1].on_failure", 15, BadReference),
        ("steps[2].with.credential_ref", 19, OutOfRange),
        ("steps[2].with.message", 20, OutOfRange),
        ("steps[2].retry.max_attempts", 21, OutOfRange),
        ("steps[2].when", 22, BadExpression),
    ];
    assert_eq!(
        found(text),
        expected.map(|(path, line, code)| (path.to_owned(), Some(line), code))
    );
}

#[test]
fn a_slip_is_answered_with_the_nearest_name() {
    for (from, to, near) in [
        ("timeout:", "timout:", "timeout"),
        (
            "service: delivery.sms",
            "service: delivery.smss",
            "delivery.sms",
        ),
        ("user_id: ", "userid: ", "user_id"),
        (
            "reset_password.credential_ref",
            "reset_pasword.credential_ref",
            "reset_password",
        ),
        (
            "reset_password.credential_ref",
            "reset_password.credentials_ref",
            "credential_ref",
        ),
        ("ticket.requester", "tiket.requester", "ticket"),
    ] {
        let text = changed(from, to);
        let told = flaws(&text)
            .iter()
            .any(|flaw| flaw.message.contains(&format!("did you mean `{near}`?")));
        assert!(told, "{to}: {:#?}", flaws(&text));
    }
}

#[test]
fn a_missing_field_is_named() {
    for field in ["name", "version", "steps"] {
        let text: String = match field {
            "steps" => "name: p\nversion: '1.0'\n".to_owned(),
            _ => ONE_STEP
                .lines()
                .filter(|line| !line.starts_with(field))
                .map(|line| line.to_owned() + "\n")
                .collect(),
        };
        let flaw = only(&text);
        assert_eq!((flaw.path.as_str(), flaw.code), (field, FlawCode::Missing));
    }
    assert_eq!(
        only(&ONE_STEP.replace("user_id: abc-123", "")).path,
        "steps[0].with.user_id"
    );
    assert_eq!(
        only("name: p\nversion: '1.0'\nsteps: []\n").code,
        FlawCode::Missing
    );
}

#[test]
fn a_field_or_a_step_that_stands_twice_is_refused() {
    assert_eq!(
        only(&format!("{ONE_STEP}name: q\n")).code,
        FlawCode::Duplicate
    );
    let twice = ONE_STEP.to_owned() + ONE_STEP.split_once("steps:\n").unwrap().1;
    assert_eq!(only(&twice).code, FlawCode::Duplicate);
    assert_eq!(only(r#"{"name": "p", "name": "p", "version": "1.0", "steps": [{"id": "ask", "service": "verification.mfa", "with": {"user_id": "a"}}]}"#).code, FlawCode::Duplicate);
}

#[test]
fn a_reference_reaches_only_back() {
    for bad in [
        "steps.deliver_sms.delivery_id",
        "steps.reset_password.expires_at",
        "steps.nobody.status",
    ] {
        let flaw = only(&changed(
            "method: \"tap\"",
            &format!("method: \"{{{{ {bad} }}}}\""),
        ));
        assert_eq!(
            (flaw.path.as_str(), flaw.code),
            ("steps[1].with.method", FlawCode::BadReference),
            "{bad}"
        );
    }
    for bad in [
        "steps",
        "steps.verify_mfa",
        "steps[ticket.step].status",
        "ticket == steps",
        "x",
        ".steps.a.b",
    ] {
        let flaw = only(&changed(
            "    timeout: 60\n",
            &format!("    when: \"size({bad}) == 1\"\n    timeout: 60\n"),
        ));
        assert_eq!(flaw.code, FlawCode::BadReference, "{bad}");
    }
}

#[test]
fn a_secret_cannot_be_named() {
    let flaw = only(&changed(
        "reset_password.credential_ref",
        "reset_password.credential",
    ));
    assert_eq!(flaw.path, "steps[2].with.credential_ref");
    let flaw = only(&changed(
        "access code:",
        "access code {{ steps.reset_password.credential }}:",
    ));
    assert_eq!(flaw.code, FlawCode::BadReference);
}

#[test]
fn a_credential_ref_comes_from_a_step_and_never_from_the_ticket() {
    for bad in [
        "{{ ticket.credential_ref }}",
        "{{ steps.reset_password.expires_at }}",
        "x{{ steps.reset_password.credential_ref }}",
    ] {
        let flaw = only(&changed("{{ steps.reset_password.credential_ref }}", bad));
        assert_eq!(flaw.path, "steps[2].with.credential_ref", "{bad}");
    }
}

#[test]
fn the_number_to_send_to_cannot_be_given() {
    let flaw = only(&changed(
        "      message:",
        "      user_phone: '+441234567890'\n      message:",
    ));
    assert_eq!(
        (flaw.path.as_str(), flaw.code),
        ("steps[2].with.user_phone", FlawCode::Unknown)
    );
}

#[test]
fn loops_clocks_and_unknown_functions_are_refused() {
    for bad in [
        "ticket.tags.exists(t, t == 'a')",
        "ticket.tags.map(t, t) == []",
        "timestamp('x') == 1",
        "'a'.matches('a')",
        "now() == 1",
    ] {
        let flaw = only(&changed(
            "    timeout: 60\n",
            &format!("    when: \"{bad}\"\n    timeout: 60\n"),
        ));
        assert_eq!(flaw.code, FlawCode::BadExpression, "{bad}");
    }
}

#[test]
fn nothing_goes_on_past_a_failed_verification() {
    let verify = "backoff_rate: 2.0\n    on_failure: escalate\n  - id: reset_password";
    for (way, code) in [
        ("continue", FlawCode::Unsafe),
        ("goto reset_password", FlawCode::Unsafe),
        ("goto verify_mfa", FlawCode::BadReference),
    ] {
        let flaw = only(&changed(verify, &verify.replace("escalate", way)));
        assert_eq!(
            (flaw.path.as_str(), flaw.code),
            ("steps[0].on_failure", code),
            "{way}"
        );
    }
    let second =
        "  - id: verify_again\n    service: verification.mfa\n    with: {user_id: abc-123}\n";
    let steps = |more: &str| {
        changed(
            verify,
            &format!(
                "backoff_rate: 2.0\n    on_failure: goto verify_again\n{second}{more}  - id: reset_password"
            ),
        )
    };
    assert!(parse(&steps("")).is_ok());
    assert_eq!(
        only(&steps("    when: ticket.urgent\n")).code,
        FlawCode::Unsafe,
        "a verification that may be skipped guards nothing"
    );
}

#[test]
fn a_step_that_proves_nobody_may_go_on_or_forward() {
    for way in ["continue", "goto deliver_sms"] {
        let text = changed(
            "on_failure: escalate\n  - id: deliver_sms",
            &format!("on_failure: {way}\n  - id: deliver_sms"),
        );
        assert_eq!(parse(&text).unwrap().steps[1].on_failure.to_string(), way);
    }
}

#[test]
fn the_documented_shape_of_contract_a_is_read_with_enabled_in_it() {
    let json = r#"{"name": "password_reset", "version": "1.2", "enabled": true, "steps": [
        {"id": "verify_mfa", "service": "verification.mfa", "timeout": 300, "with": {"user_id": "abc-123"}}]}"#;
    let version = parse(json).unwrap();
    assert_eq!(
        (
            version.version.to_string().as_str(),
            version.steps[0].timeout_seconds
        ),
        ("1.2", 300)
    );
    assert_eq!(only(&json.replace("true", "1")).path, "enabled");
}

#[test]
fn caps_say_how_many_runs_and_nothing_else() {
    let with = |caps: &str| ONE_STEP.replacen("steps:", &format!("caps: {caps}\nsteps:"), 1);
    let read = parse(&with("{per_hour: 20, per_subject_per_day: 1}")).unwrap();
    assert_eq!(
        (read.caps.per_hour, read.caps.per_subject_per_day),
        (Some(20), Some(1))
    );
    assert_eq!(parse(&read.to_yaml()).unwrap(), read);
    assert!(parse(ONE_STEP).unwrap().caps.is_empty());
    for (caps, path, code) in [
        ("{}", "caps", FlawCode::Missing),
        ("20", "caps", FlawCode::WrongType),
        ("{per_hour: 0}", "caps.per_hour", FlawCode::OutOfRange),
        ("{per_hour: 10001}", "caps.per_hour", FlawCode::OutOfRange),
        ("{per_hour: many}", "caps.per_hour", FlawCode::WrongType),
        (
            "{per_subject_per_day: 101}",
            "caps.per_subject_per_day",
            FlawCode::OutOfRange,
        ),
    ] {
        let flaw = only(&with(caps));
        assert_eq!((flaw.path.as_str(), flaw.code), (path, code), "{caps}");
    }
    let slip = flaws(&with("{per_hours: 20}"));
    assert!(
        slip[0].message.contains("did you mean `per_hour`"),
        "{slip:?}"
    );
}
