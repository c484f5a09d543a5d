//! Valid playbooks, at random.

use proptest::prelude::*;
use serde_json::{Value, json};

#[derive(Debug, Clone)]
struct Draft {
    service: usize,
    timeout: Option<u32>,
    retry: Option<(u32, Option<u32>, Option<u32>)>,
    failure: u8,
    jump: prop::sample::Index,
    when: bool,
    text: String,
}

fn draft() -> impl Strategy<Value = Draft> {
    let retry = (
        1u32..=5,
        prop::option::of(1u32..=60),
        prop::option::of(4u32..=16),
    );
    let text = "[ -~£é😀\n\u{2028}\u{85a}]{0,40}";
    (
        0usize..4,
        prop::option::of(30u32..=600),
        prop::option::of(retry),
        0u8..4,
        any::<prop::sample::Index>(),
        any::<bool>(),
        text,
    )
        .prop_map(
            |(service, timeout, retry, failure, jump, when, text)| Draft {
                service,
                timeout,
                retry,
                failure,
                jump,
                when,
                text,
            },
        )
}

/// A valid playbook as the JSON a client would send.
pub(crate) fn playbook() -> impl Strategy<Value = Value> {
    (prop::collection::vec(draft(), 1..12), "[ -~é\n]{0,60}", 0u32..50, 0u32..50).prop_map(|(drafts, about, major, minor)| {
        let steps: Vec<Value> = (0..drafts.len()).map(|at| step(&drafts, at)).collect();
        json!({"name": "generated", "version": format!("{major}.{minor}"), "description": about, "steps": steps})
    })
}

fn id(drafts: &[Draft], at: usize) -> String {
    format!(
        "{}_{at}",
        ["verify", "reset", "send", "consent"][drafts[at].service]
    )
}

fn step(drafts: &[Draft], at: usize) -> Value {
    let draft = &drafts[at];
    let mut step = json!({"id": id(drafts, at)});
    // A delivery needs an earlier reset to refer to.
    let source = (0..at).rev().find(|earlier| drafts[*earlier].service == 1);
    let (service, with) = match (draft.service, source) {
        (1, _) => (
            "executor.reset_password",
            json!({"user_id": "{{ ticket.requester.user_id }}", "method": "tap", "tap_lifetime_minutes": 60}),
        ),
        (2, Some(source)) => {
            let literal = draft.text.replace("{{", "").replace("{credential}", "");
            let reference = format!("{{{{ steps.{}.credential_ref }}}}", id(drafts, source));
            (
                "delivery.sms",
                json!({"credential_ref": reference, "message": format!("{literal}-{{credential}}")}),
            )
        }
        (3, _) => ("verification.manager_approval", json!({})),
        _ => ("verification.mfa", json!({"user_id": "abc-123"})),
    };
    step["service"] = json!(service);
    step["with"] = with;
    if let Some(timeout) = draft.timeout {
        step["timeout"] = json!(timeout);
    }
    if let Some((attempts, seconds, quarters)) = draft.retry {
        step["retry"] = json!({"max_attempts": attempts});
        if let Some(seconds) = seconds {
            step["retry"]["backoff_seconds"] = json!(seconds);
        }
        if let Some(quarters) = quarters {
            step["retry"]["backoff_rate"] = json!(f64::from(quarters) / 4.0);
        }
    }
    if draft.when {
        step["when"] = json!("ticket.urgent || ticket.priority in ['high', 'low']");
        if at > 0 {
            step["when"] = json!(format!(
                "steps.{}.status == \"succeeded\"",
                id(drafts, at - 1)
            ));
        }
    }
    let later = drafts.len() - at - 1;
    let verification = service.starts_with("verification.");
    match draft.failure {
        1 if !verification => step["on_failure"] = json!("continue"),
        2 if !verification && later > 0 => {
            step["on_failure"] = json!(format!(
                "goto {}",
                id(drafts, at + 1 + draft.jump.index(later))
            ));
        }
        3 => step["on_failure"] = json!("escalate"),
        _ => {}
    }
    step
}
