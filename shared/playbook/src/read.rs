//! Reading one step.

use crate::capability::Capability;
use crate::duration::{self, Wait};
use crate::fields::{Fields, clip};
use crate::flaw::{FlawCode, Flaws, suggestion};
use crate::names::StepId;
use crate::node::Node;
use crate::outline::{Kind, Named, Outline};
use crate::parameter::Parameters;
use crate::references;
use crate::step::{Compensate, OnFailure, Retry, Step};
use crate::values;

pub(crate) const STEP_FIELDS: [&str; 10] = [
    "id",
    "service",
    "with",
    "when",
    "timeout",
    "wait_up_to",
    "retry",
    "on_failure",
    "compensate",
    "fallback",
];
pub(crate) const FALLBACK_FIELDS: [&str; 7] = [
    "after",
    "id",
    "service",
    "with",
    "timeout",
    "wait_up_to",
    "retry",
];
pub(crate) const RETRY_FIELDS: [&str; 3] = ["max_attempts", "backoff_seconds", "backoff_rate"];

/// Seconds a step has where the playbook does not say.
pub(crate) const DEFAULT_TIMEOUT_SECONDS: u32 = 300;

/// Seconds of silence before the fallback is asked, where the playbook does not say.
pub(crate) const DEFAULT_AFTER_SECONDS: u32 = 120;

/// Reads one step, and knows what it may refer to.
pub(crate) struct Reader<'a> {
    pub(crate) outline: &'a Outline<'a>,
    pub(crate) inputs: &'a Parameters,
    pub(crate) at: usize,
    pub(crate) flaws: &'a mut Flaws,
}

/// Reads the step at `at`. Where it has flaws they are added, and what comes back, if anything, is not to be used.
pub(crate) fn step(
    at: usize,
    outline: &Outline<'_>,
    inputs: &Parameters,
    flaws: &mut Flaws,
) -> Option<Step> {
    let named = outline.all.get(at)?;
    let known: &[&str] = match named.kind {
        Kind::Fallback => &FALLBACK_FIELDS,
        Kind::Step | Kind::Member | Kind::Group => &STEP_FIELDS,
    };
    let fields = Fields::open(named.node, &named.path, known, flaws)?;
    let id = id(&fields, at, outline, flaws);
    let mut reader = Reader {
        outline,
        inputs,
        at,
        flaws,
    };
    let service = reader.service(&fields);
    let with = service.map(|service| reader.with(&fields, service));
    let when = fields
        .get("when")
        .and_then(|node| reader.when(node, &fields.at("when")));
    let limit = reader.limit(&fields, service);
    let retry = fields
        .get("retry")
        .and_then(|node| reader.retry(node, &fields.at("retry")));
    let on_failure = match fields.get("on_failure") {
        Some(node) => reader.on_failure(node, &fields.at("on_failure"), service),
        None => Some(OnFailure::Escalate),
    };
    let compensate = fields
        .get("compensate")
        .map(|node| reader.compensate(node, &fields.at("compensate"), service));
    let fallback = fields.get("fallback");
    let fallback = match fallback.filter(|_| named.kind != Kind::Fallback) {
        Some(node) => Some(Box::new(reader.fallback(
            node,
            service,
            on_failure.as_ref(),
        )?)),
        None => None,
    };
    let (timeout_seconds, wait_up_to) = limit?;
    Some(Step {
        id: id?,
        service: service?,
        with: with?,
        when,
        timeout_seconds,
        wait_up_to,
        retry,
        on_failure: on_failure?,
        compensate: compensate.flatten(),
        fallback,
        group: None,
    })
}

/// The id of the step or group at `at`.
pub(crate) fn id(
    fields: &Fields<'_>,
    at: usize,
    outline: &Outline<'_>,
    flaws: &mut Flaws,
) -> Option<StepId> {
    let node = fields.require("id", flaws)?;
    let id: StepId = values::name(node, &fields.at("id"), flaws)?;
    if outline
        .find(id.as_str())
        .is_some_and(|(first, _)| first < at)
    {
        let message = format!("another step or group is called `{id}`: rename one");
        flaws.add(&fields.at("id"), node.line, FlawCode::Duplicate, message);
    }
    Some(id)
}

impl Reader<'_> {
    fn service(&mut self, fields: &Fields<'_>) -> Option<Capability> {
        let node = fields.require("service", self.flaws)?;
        let written = values::text(node, &fields.at("service"), self.flaws)?;
        let found = Capability::from_service(written);
        if found.is_none() {
            let known = Capability::ALL.map(Capability::service);
            let message = format!(
                "there is no service `{}`; {}",
                clip(written),
                suggestion(&clip(written), &known)
            );
            self.flaws
                .add(&fields.at("service"), node.line, FlawCode::Unknown, message);
        }
        found
    }

    /// Adds what is wrong with an expression; true where nothing is.
    pub(crate) fn expression(&mut self, text: &str, node: &Node, path: &str) -> bool {
        let found = references::check(text, self.outline, self.inputs, self.at);
        let sound = found.is_empty();
        for (code, message) in found {
            self.flaws.add(path, node.line, code, message);
        }
        sound
    }

    fn when(&mut self, node: &Node, path: &str) -> Option<String> {
        let text = values::text(node, path, self.flaws)?;
        if text.contains("{{") {
            let message = "`when` is an expression already: write it without {{ }}";
            self.flaws
                .add(path, node.line, FlawCode::BadExpression, message);
        } else {
            self.expression(text, node, path);
        }
        Some(text.to_owned())
    }

    /// Seconds the step has, and whether they were written as `wait_up_to`.
    fn limit(
        &mut self,
        fields: &Fields<'_>,
        service: Option<Capability>,
    ) -> Option<(u32, Option<Wait>)> {
        let (timeout, wait) = (fields.get("timeout"), fields.get("wait_up_to"));
        let own = self.outline.all.get(self.at);
        let stands_in = own.is_some_and(|own| own.kind == Kind::Fallback);
        if let Some(fallback) = fields.get("fallback").filter(|_| !stands_in) {
            let mut written = [("timeout", timeout), ("wait_up_to", wait)].into_iter();
            if let Some((key, Some(node))) = written.find(|(_, node)| node.is_some()) {
                let message = "the fallback's `after` says how long this step waits: remove this";
                let path = fields.at(key);
                self.flaws
                    .add(&path, node.line, FlawCode::Duplicate, message);
            }
            return Some((self.after(fallback, &fields.at("fallback.after"))?, None));
        }
        match (timeout, wait) {
            (Some(_), Some(node)) => {
                let message = "write `timeout` or `wait_up_to`, not both";
                let path = fields.at("wait_up_to");
                self.flaws
                    .add(&path, node.line, FlawCode::Duplicate, message);
                None
            }
            (Some(node), None) => {
                let path = fields.at("timeout");
                values::whole(node, &path, 30..=600, "seconds", self.flaws)
                    .map(|seconds| (seconds, None))
            }
            (None, Some(node)) => {
                let wait = self.wait(node, &fields.at("wait_up_to"), service)?;
                Some((wait.seconds(), Some(wait)))
            }
            (None, None) => Some((DEFAULT_TIMEOUT_SECONDS, None)),
        }
    }

    fn after(&mut self, fallback: &Node, path: &str) -> Option<u32> {
        // What is wrong with the fallback itself is said where it is read.
        match fallback.entry("after") {
            Some(node) => values::whole(node, path, 30..=600, "seconds", self.flaws),
            None => Some(DEFAULT_AFTER_SECONDS),
        }
    }

    fn wait(&mut self, node: &Node, path: &str, service: Option<Capability>) -> Option<Wait> {
        let text = values::text(node, path, self.flaws)?;
        let wait = Wait::parse(text);
        let most = service.map_or(u32::MAX, Capability::longest_wait_seconds);
        let message = match (wait, service) {
            (_, Some(service)) if !service.is_verification() => {
                format!("{service} waits for no person: write `timeout`")
            }
            (None, _) => "write how long, 30s to 30d: such as 90s, 10m, 4h or 3d".to_owned(),
            (Some(wait), Some(service)) if wait.seconds() > most => {
                let most = duration::written(most);
                format!("{service} waits at most {most}, not {wait}")
            }
            (Some(wait), _) => return Some(wait),
        };
        self.flaws
            .add(path, node.line, FlawCode::OutOfRange, message);
        None
    }

    fn compensate(
        &mut self,
        node: &Node,
        path: &str,
        service: Option<Capability>,
    ) -> Option<Compensate> {
        let written = values::text(node, path, self.flaws)?;
        let message = if written != "undo" {
            format!("there is no `{}`: write undo", clip(written))
        } else if let Some(service) = service.filter(|service| service.undo().is_none()) {
            format!("{service} cannot be taken back: remove `compensate`")
        } else {
            return Some(Compensate::Undo);
        };
        self.flaws
            .add(path, node.line, FlawCode::OutOfRange, message);
        None
    }

    /// The step that stands in for this one; it stands next in the outline.
    fn fallback(
        &mut self,
        node: &Node,
        service: Option<Capability>,
        on_failure: Option<&OnFailure>,
    ) -> Option<Step> {
        let fallback = step(self.at + 1, self.outline, self.inputs, self.flaws)?;
        let verifies = |service: Capability| service.is_verification();
        if service.is_some_and(|service| !verifies(service)) || !verifies(fallback.service) {
            let message = "only a verification has a fallback, and it is another one: a step that acts may still be at it when its time is up";
            let path = self.path("fallback");
            self.flaws.add(&path, node.line, FlawCode::Unsafe, message);
        }
        Some(Step {
            on_failure: on_failure?.clone(),
            ..fallback
        })
    }

    fn path(&self, key: &str) -> String {
        let named = self.outline.all.get(self.at);
        named.map_or_else(|| key.to_owned(), |named| format!("{}.{key}", named.path))
    }

    fn retry(&mut self, node: &Node, path: &str) -> Option<Retry> {
        let fields = Fields::open(node, path, &RETRY_FIELDS, self.flaws)?;
        let attempts = fields.require("max_attempts", self.flaws);
        let seconds = fields.get("backoff_seconds");
        let rate = fields.get("backoff_rate");
        let flaws = &mut *self.flaws;
        Some(Retry {
            max_attempts: values::whole(
                attempts?,
                &fields.at("max_attempts"),
                1..=5,
                "attempts",
                flaws,
            )?,
            backoff_seconds: match seconds {
                Some(node) => values::whole(
                    node,
                    &fields.at("backoff_seconds"),
                    1..=60,
                    "seconds",
                    flaws,
                )?,
                None => 2,
            },
            backoff_rate: match rate {
                Some(node) => values::number(node, &fields.at("backoff_rate"), 1.0..=4.0, flaws)?,
                None => 2.0,
            },
        })
    }

    fn on_failure(
        &mut self,
        node: &Node,
        path: &str,
        service: Option<Capability>,
    ) -> Option<OnFailure> {
        let written = values::text(node, path, self.flaws)?;
        match written {
            "escalate" => Some(OnFailure::Escalate),
            "continue" => {
                if service.is_some_and(Capability::is_verification) {
                    let message =
                        "nothing goes on past a verification that failed: write `escalate`";
                    self.flaws.add(path, node.line, FlawCode::Unsafe, message);
                }
                Some(OnFailure::Continue)
            }
            _ if written.starts_with("goto ") => {
                self.goto(written["goto ".len()..].trim(), node, path)
            }
            _ => {
                let message = format!(
                    "there is no `{}`: write escalate, continue or goto <later step>",
                    clip(written)
                );
                self.flaws.add(path, node.line, FlawCode::Unknown, message);
                None
            }
        }
    }

    fn goto(&mut self, target: &str, node: &Node, path: &str) -> Option<OnFailure> {
        let own = self.outline.all.get(self.at)?;
        let later = |named: &Named<'_>| {
            named.block > own.block && matches!(named.kind, Kind::Step | Kind::Group)
        };
        let message = match self.outline.find(target) {
            _ if own.kind == Kind::Member => {
                "a step of a group does not leave it by itself: write escalate or continue"
                    .to_owned()
            }
            Some((_, found)) if later(found) => return target.parse().ok().map(OnFailure::Goto),
            Some((_, found)) if found.block > own.block => format!(
                "`{target}` is not a step of its own: go to the group or the step it belongs to"
            ),
            Some(_) => {
                format!("`{target}` is not a later step: a playbook only goes forward")
            }
            None => {
                let later = self.outline.ids(later);
                if later.is_empty() {
                    format!(
                        "there is no step `{}` after this one: write escalate or continue",
                        clip(target)
                    )
                } else {
                    let near = suggestion(&clip(target), &later);
                    format!("there is no step `{}`; {near}", clip(target))
                }
            }
        };
        self.flaws
            .add(path, node.line, FlawCode::BadReference, message);
        None
    }
}
