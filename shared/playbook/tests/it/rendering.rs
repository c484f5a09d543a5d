//! What a step does now.

use playbook::{RenderError, evaluate_when, parse, render_with};
use serde_json::{Value, json};

use crate::{ONE_STEP, password_reset};

fn context() -> Value {
    json!({
        "ticket": {"requester": {"user_id": "abc-123", "name": "John Doe"}, "minutes": 30, "tags": ["vip"], "note": "use {credential}"},
        "steps": {
            "verify_mfa": {"status": "succeeded", "request_id": "r-1"},
            "reset_password": {"status": "succeeded", "credential_ref": "cred-1", "expires_at": "2026-01-07T16:30:00Z"},
        },
    })
}

fn with(key: &str, from: &str, to: &str) -> Result<Value, RenderError> {
    let yaml = password_reset().to_yaml();
    assert!(yaml.contains(from), "{yaml}");
    let version = parse(&yaml.replace(from, to)).unwrap_or_else(|flaws| panic!("{flaws:#?}"));
    let step = version
        .steps
        .iter()
        .rfind(|step| step.with.contains_key(key))
        .unwrap();
    render_with(step, &context()).map(|rendered| rendered[key].clone())
}

fn when(expression: &str) -> Result<bool, RenderError> {
    let text = format!(
        "{}    when: {}\n",
        ONE_STEP.replace("id: ask", "id: ask_now"),
        json!(expression)
    );
    evaluate_when(
        &parse(&text)
            .unwrap_or_else(|flaws| panic!("{flaws:#?}"))
            .steps[0],
        &context(),
    )
}

#[test]
fn the_password_reset_renders_from_ticket_and_earlier_steps() {
    let version = password_reset();
    let rendered = |id| Value::Object(render_with(version.step(id).unwrap(), &context()).unwrap());
    assert_eq!(rendered("verify_mfa"), json!({"user_id": "abc-123"}));
    assert_eq!(
        rendered("reset_password"),
        json!({"user_id": "abc-123", "method": "tap", "tap_lifetime_minutes": 60})
    );
    assert_eq!(
        rendered("deliver_sms"),
        json!({"credential_ref": "cred-1", "message": "Your temporary access code: {credential}"})
    );
}

#[test]
fn a_number_stays_a_number_and_is_checked_again() {
    let minutes = |to| {
        with(
            "tap_lifetime_minutes",
            "tap_lifetime_minutes: 60",
            &format!("tap_lifetime_minutes: \"{{{{ {to} }}}}\""),
        )
    };
    assert_eq!(minutes("ticket.minutes * 2"), Ok(json!(60)));
    assert!(
        matches!(minutes("ticket.minutes - 25"), Err(RenderError::Refused { at, .. }) if at == "with.tap_lifetime_minutes")
    );
    assert!(minutes("ticket.requester.name").is_err());
}

#[test]
fn a_text_takes_scalars_and_refuses_lists() {
    let message = |to: &str| with("message", "access code:", to);
    assert_eq!(
        message("code, {{ ticket.requester.name }} ({{ ticket.minutes }} min):"),
        Ok(json!(
            "Your temporary code, John Doe (30 min): {credential}"
        ))
    );
    assert!(message("{{ ticket.tags }}").is_err());
}

#[test]
fn a_ticket_cannot_put_a_second_credential_into_a_message() {
    assert!(matches!(
        with("message", "access code:", "{{ ticket.note }}:"),
        Err(RenderError::Refused { .. })
    ));
}

#[test]
fn what_is_not_there_is_named_and_nothing_is_sent_instead() {
    let mut context = context();
    context["steps"] = json!({"reset_password": {"status": "skipped"}});
    let refused = render_with(password_reset().step("deliver_sms").unwrap(), &context).unwrap_err();
    assert_eq!(
        refused,
        RenderError::Missing {
            at: "with.credential_ref".to_owned(),
            name: "credential_ref".to_owned()
        }
    );
}

#[test]
fn a_step_without_when_acts() {
    assert_eq!(
        evaluate_when(password_reset().step("verify_mfa").unwrap(), &json!({})),
        Ok(true)
    );
}

#[test]
fn when_is_cel_over_ticket_and_steps() {
    assert_eq!(
        when("'vip' in ticket.tags && ticket.minutes > 10"),
        Ok(true)
    );
    assert_eq!(when("has(ticket.urgent) && ticket.urgent"), Ok(false));
    assert_eq!(
        when("ticket['requester'].name.startsWith('Jane')"),
        Ok(false)
    );
    assert_eq!(
        when("size(ticket.tags) == 1 ? ticket.minutes == 30 : false"),
        Ok(true)
    );
    assert!(matches!(
        when("ticket.minutes"),
        Err(RenderError::Refused { .. })
    ));
    assert!(matches!(
        when("ticket.urgent"),
        Err(RenderError::Missing { .. })
    ));
}

#[test]
fn an_error_holds_no_data_of_the_ticket() {
    for expression in [
        "ticket.requester.name + 1 == 2",
        "ticket.requester.name",
        "ticket.requester.name < 3",
        "ticket.tags[ticket.requester.name] == ''",
        "int(ticket.requester.name) == 1",
    ] {
        let told = when(expression).unwrap_err().to_string();
        assert!(!told.contains("John"), "{expression}: {told}");
    }
}
