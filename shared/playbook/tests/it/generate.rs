//! Valid playbooks, at random.

use playbook::{Capability, Compensate, InputKind, InputRule, PlaybookVersion};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

#[derive(Debug, Clone)]
struct Draft {
    service: prop::sample::Index,
    timeout: Option<u32>,
    retry: Option<(u32, Option<u32>, Option<u32>)>,
    failure: u8,
    jump: prop::sample::Index,
    flags: Flags,
    text: String,
}

/// What a step may have besides.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a coin of its own")]
struct Flags {
    when: bool,
    /// Runs beside the step before it, where the language lets it.
    beside: bool,
    fallback: bool,
    waits: bool,
    compensate: bool,
}

fn draft() -> impl Strategy<Value = Draft> {
    let retry = (
        1u32..=5,
        prop::option::of(1u32..=60),
        prop::option::of(4u32..=16),
    );
    let text = "[ -~£é😀\n\u{2028}\u{85a}]{0,40}";
    let flags = any::<[bool; 5]>().prop_map(|[when, beside, fallback, waits, compensate]| Flags {
        when,
        beside,
        fallback,
        waits,
        compensate,
    });
    (
        any::<prop::sample::Index>(),
        prop::option::of(30u32..=600),
        prop::option::of(retry),
        0u8..4,
        any::<prop::sample::Index>(),
        flags,
        text,
    )
        .prop_map(
            |(service, timeout, retry, failure, jump, flags, text)| Draft {
                service,
                timeout,
                retry,
                failure,
                jump,
                flags,
                text,
            },
        )
}

/// A valid playbook as the JSON a client would send.
pub(crate) fn playbook() -> impl Strategy<Value = Value> {
    let steps = prop::collection::vec(draft(), 1..12);
    let caps = (
        prop::option::of(1u32..=10_000),
        prop::option::of(1u32..=100),
    );
    let number = (0u32..50, 0u32..50);
    (steps, any::<bool>(), "[ -~é\n]{0,60}", number, caps).prop_map(
        |(drafts, inputs, about, (major, minor), (per_hour, per_subject_per_day))| {
            let mut playbook = json!({
                "name": "generated",
                "version": format!("{major}.{minor}"),
                "description": about,
                "steps": blocks(&drafts, inputs),
            });
            if inputs {
                playbook["inputs"] = json!({
                    "subject": {"type": "user", "required": true, "about": "Whom it is about."},
                    "days": {"type": "integer", "min": 1, "max": 90, "default": 30},
                    "colour": {"type": "choice", "of": ["red", "\"blue\""], "default": "red"},
                    "group": {"type": "group"},
                    "sku": {"type": "licence", "default": "E5"},
                    "note": {"type": "text", "max_chars": 50},
                    "until": {"type": "timestamp", "default": "2026-12-31T18:00:00+01:00"},
                });
            }
            if let Some(cap) = per_hour {
                playbook["caps"]["per_hour"] = cap.into();
            }
            if let Some(cap) = per_subject_per_day {
                playbook["caps"]["per_subject_per_day"] = cap.into();
            }
            playbook
        },
    )
}

/// The version with every deed taken back, as if each capability could do that.
pub(crate) fn compensated(mut version: PlaybookVersion) -> PlaybookVersion {
    for step in &mut version.steps {
        if !step.service.is_verification() {
            step.compensate = Some(Compensate::Undo);
        }
    }
    version
}

/// A step with its place: which step follows which is settled before any is written.
struct Placed<'a> {
    draft: &'a Draft,
    service: Capability,
    id: String,
}

fn blocks(drafts: &[Draft], inputs: bool) -> Vec<Value> {
    let mut blocks: Vec<Vec<Placed<'_>>> = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        let wanted = Capability::ALL[draft.service.index(Capability::ALL.len())];
        let beside = draft.flags.beside && blocks.last().is_some_and(|block| block.len() < 4);
        let before = blocks.len() - usize::from(beside);
        let service = if needs(wanted).all(|output| source(&blocks[..before], output).is_some()) {
            wanted
        } else {
            Capability::RequestMfa
        };
        let id = format!(
            "{}_{at}",
            service.service().rsplit('.').next().unwrap_or("step")
        );
        let placed = Placed { draft, service, id };
        match blocks
            .last_mut()
            .filter(|block| beside && mix(block, service))
        {
            Some(block) => block.push(placed),
            None => blocks.push(vec![placed]),
        }
    }
    let written = |at: usize| match &blocks[at][..] {
        [single] => step(single, &blocks, at, inputs),
        members => {
            let members: Vec<Value> = members
                .iter()
                .map(|member| step(member, &blocks, at, inputs))
                .collect();
            json!({"id": name(&blocks, at), "parallel": members})
        }
    };
    (0..blocks.len()).map(written).collect()
}

/// Whether a step may run beside these: none proves what another needs proved.
fn mix(block: &[Placed<'_>], service: Capability) -> bool {
    let all = || block.iter().map(|placed| placed.service).chain([service]);
    !(all().any(Capability::is_verification) && all().any(Capability::is_sensitive))
}

/// The name of a block's state.
fn name(blocks: &[Vec<Placed<'_>>], at: usize) -> String {
    match &blocks[at][..] {
        [single] => single.id.clone(),
        _ => format!("group_{at}"),
    }
}

/// The handles that a step takes from an earlier one.
fn needs(service: Capability) -> impl Iterator<Item = &'static str> {
    let rules = service.inputs().iter();
    rules
        .filter(|rule| rule.required && rule.kind == InputKind::Reference)
        .map(|rule| rule.name)
}

/// The last of these steps that gives `output`.
fn source<'a>(blocks: &'a [Vec<Placed<'_>>], output: &str) -> Option<&'a str> {
    let steps = blocks.iter().flatten();
    steps
        .filter(|step| step.service.outputs().contains(&output))
        .map(|step| step.id.as_str())
        .next_back()
}

fn with(placed: &Placed<'_>, before: &[Vec<Placed<'_>>], inputs: bool) -> Value {
    let mut with = Map::new();
    for rule in placed.service.inputs() {
        if rule.required || placed.draft.flags.when {
            let value = value(rule, placed, before, inputs);
            with.extend(value.map(|value| (rule.name.to_owned(), value)));
        }
    }
    Value::Object(with)
}

fn value(
    rule: &InputRule,
    placed: &Placed<'_>,
    before: &[Vec<Placed<'_>>],
    inputs: bool,
) -> Option<Value> {
    Some(match rule.kind {
        InputKind::Text { .. } if inputs => json!("{{ inputs.subject }}"),
        InputKind::Text { .. } if placed.draft.flags.waits => json!("abc-123"),
        InputKind::Text { .. } => json!("{{ ticket.requester.user_id }}"),
        InputKind::Message { placeholder, .. } => {
            let literal = placed.draft.text.replace("{{", "").replace(placeholder, "");
            let days = if inputs { " {{ inputs.days }} " } else { "-" };
            json!(format!("{literal}{days}{placeholder}"))
        }
        InputKind::Reference => {
            let source = source(before, rule.name)?;
            json!(format!("{{{{ steps.{source}.{} }}}}", rule.name))
        }
        InputKind::Pairs => json!("Browser=Edge; User={{ ticket.requester.user_id }}"),
        InputKind::Choice(words) => json!(words[0]),
        InputKind::Integer { min, max } if inputs && min <= 90 && max >= 1 => {
            json!("{{ inputs.days }}")
        }
        InputKind::Integer { min, .. } => json!(min),
    })
}

fn step(placed: &Placed<'_>, blocks: &[Vec<Placed<'_>>], at: usize, inputs: bool) -> Value {
    let Placed { draft, service, id } = placed;
    let (before, member) = (&blocks[..at], blocks[at].len() > 1);
    let verification = service.is_verification();
    let mut step = json!({
        "id": id,
        "service": service.service(),
        "with": with(placed, before, inputs),
    });
    if verification && draft.flags.fallback {
        let with = with(placed, before, inputs);
        step["fallback"] =
            json!({"id": format!("{id}_else"), "service": service.service(), "with": with});
        if let Some(after) = draft.timeout {
            step["fallback"]["after"] = json!(after);
        }
        if draft.flags.waits {
            step["fallback"]["wait_up_to"] = json!("10m");
        }
    } else if verification && draft.flags.waits {
        let long = service.longest_wait_seconds() >= 3 * 86_400;
        step["wait_up_to"] = json!(if long { "72h" } else { "90s" });
    } else if let Some(timeout) = draft.timeout {
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
    if draft.flags.when {
        let earlier = before.iter().flatten().next_back();
        step["when"] = json!(match earlier {
            Some(earlier) => format!("steps.{}.status == \"succeeded\"", earlier.id),
            None if inputs => "inputs.days > 7 && inputs.colour in ['red']".to_owned(),
            None => "ticket.urgent || ticket.priority in ['high', 'low']".to_owned(),
        });
    }
    if draft.flags.compensate && service.undo().is_some() {
        step["compensate"] = json!("undo");
    }
    let later = blocks.len() - at - 1;
    match draft.failure {
        1 if !verification => step["on_failure"] = json!("continue"),
        2 if !verification && !member && later > 0 => {
            let target = at + 1 + draft.jump.index(later);
            step["on_failure"] = json!(format!("goto {}", name(blocks, target)));
        }
        3 => step["on_failure"] = json!("escalate"),
        _ => {}
    }
    step
}
