//! One case of a simulation: a walk through the compiled machine, with reads where a run would read and typed stand-ins
//! where it would write, send or ask.

use crate::action::Action;
use crate::answers::SimulatedAnswer;
use crate::ask::Ask;
use crate::needs::Wish;
use crate::simulation::{
    SimulatedCase, SimulatedChange, SimulatedMessage, SimulatedQuestion, SimulatedState,
    SimulationFlaw,
};
use crate::stage::{No, Seen, Stage, told};
use crate::{
    cost, disable_account_task, grant_access_task, remove_mfa_methods_task, revoke_access_task,
    revoke_sessions_task, trigger_device_script_task, unlock_account_task,
};
use desk::{sensitive_behind, ticket_seen};
use domain::{ActionKind, ExecutionStatus, Need, Person, StepState, Ticket, UserId, script_target};
use jiff::{SignedDuration, Timestamp};
use kit::Problem;
use playbook::{Came, Capability, Passage, PlaybookVersion, Standing, Step, Walk, WalkEnd};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Whom a case is about, and with what.
#[derive(Debug, Clone)]
pub(crate) struct Subject {
    pub(crate) ticket: Ticket,
    /// Whether the ticket is there, or stands for a sample.
    pub(crate) is_live: bool,
    pub(crate) inputs: Map<String, Value>,
}

/// A case as it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) subject: Subject,
    pub(crate) answers: BTreeMap<String, SimulatedAnswer>,
}

impl Case {
    /// Whether nobody is supposed to refuse or fail.
    pub(crate) fn is_meant_to_succeed(&self) -> bool {
        let mut answers = self.answers.values();
        !answers.any(|answer| SimulatedAnswer::FAILING.contains(answer))
    }
}

/// What became of a case.
#[derive(Debug, Clone)]
pub(crate) struct Played {
    pub(crate) shown: SimulatedCase,
    /// What is wrong with the playbook itself.
    pub(crate) flaws: Vec<SimulationFlaw>,
    pub(crate) passages: Vec<Passage>,
}

/// How a step came out.
struct Out {
    state: StepState,
    came: Came,
    why: String,
    output: Map<String, Value>,
}

impl Out {
    fn done(why: &str, output: Map<String, Value>) -> Self {
        Self {
            state: StepState::Succeeded,
            came: Came::Done,
            why: why.to_owned(),
            output,
        }
    }

    fn failed(why: &str) -> Self {
        Self {
            state: StepState::Failed,
            came: Came::Failed(playbook::error_name::FAILED.to_owned()),
            why: why.to_owned(),
            output: Map::new(),
        }
    }
}

struct Scene<'s, 'a> {
    stage: &'s mut Stage<'a>,
    version: &'s PlaybookVersion,
    case: &'s Case,
    /// What later steps can read of each step.
    steps: Map<String, Value>,
    states: BTreeMap<String, StepState>,
    whys: BTreeMap<String, String>,
    /// Who confirmed, in order, and whether that was spent.
    confirmed: Vec<(UserId, bool)>,
    /// The steps that a manager allowed.
    allowed: BTreeSet<String>,
    /// Accounts that were opened or closed on the way.
    opened: BTreeMap<UserId, bool>,
    /// Who was left with nothing to confirm with.
    stripped: BTreeSet<UserId>,
    /// Whose the credential is that a step made.
    owners: BTreeMap<String, UserId>,
    write_units: u32,
    shown: SimulatedCase,
    flaws: Vec<SimulationFlaw>,
}

/// Plays a case.
///
/// # Errors
/// When the directory or the tables cannot be asked now; when the machine is not one of our compiler's.
pub(crate) async fn play(
    stage: &mut Stage<'_>,
    version: &PlaybookVersion,
    machine: &Value,
    case: &Case,
) -> Result<Played, Problem> {
    let pending = version.step_ids().map(|id| {
        let status = json!({"status": StepState::Pending.as_str()});
        (id.to_string(), status)
    });
    let live = case.subject.is_live;
    let mut scene = Scene {
        stage,
        version,
        case,
        steps: pending.collect(),
        states: BTreeMap::new(),
        whys: BTreeMap::new(),
        confirmed: Vec::new(),
        allowed: BTreeSet::new(),
        opened: BTreeMap::new(),
        stripped: BTreeSet::new(),
        owners: BTreeMap::new(),
        write_units: cost::START,
        shown: SimulatedCase {
            name: case.name.clone(),
            ticket_id: live.then(|| case.subject.ticket.name.to_string()),
            meant_to_succeed: case.is_meant_to_succeed(),
            ..SimulatedCase::default()
        },
        flaws: Vec::new(),
    };
    let mut walk = Walk::new(machine).map_err(|error| Problem::internal(&error))?;
    let end = loop {
        let standing = walk.stand().map_err(|error| Problem::internal(&error))?;
        let came = match standing {
            Standing::Ended(end) => break end,
            Standing::Task(task) => match (&task.step, task.undo) {
                (Some(step), true) => scene.taken_back(&task.state, step),
                (Some(step), false) => Box::pin(scene.step(step)).await?,
                (None, _) => {
                    scene.write_units += cost::END;
                    Came::Done
                }
            },
        };
        walk.came(came).map_err(|error| Problem::internal(&error))?;
    };
    Ok(scene.ended(&walk, &end))
}

impl Scene<'_, '_> {
    /// Takes a step as its function would.
    async fn step(&mut self, id: &str) -> Result<Came, Problem> {
        let version = self.version;
        let Some(step) = version.step(id) else {
            return Ok(Came::Done);
        };
        let context = self.context();
        let out = match playbook::evaluate_when(step, &context) {
            Err(error) => self.no(step, No::flaw("bad_expression", error.to_string())),
            Ok(false) => {
                self.write_units += cost::SKIP;
                Out {
                    state: StepState::Skipped,
                    came: Came::Skipped,
                    ..Out::done("its `when` says no", Map::new())
                }
            }
            Ok(true) => {
                self.write_units += cost::of(step.service);
                match playbook::render_with(step, &context) {
                    Err(error) => self.no(step, No::flaw("bad_expression", error.to_string())),
                    Ok(with) => Box::pin(self.act(step, &with, &context)).await?,
                }
            }
        };
        let mut seen = out.output;
        seen.insert("status".to_owned(), json!(out.state.as_str()));
        self.steps.insert(id.to_owned(), Value::Object(seen));
        self.states.insert(id.to_owned(), out.state);
        self.whys.insert(id.to_owned(), out.why);
        Ok(out.came)
    }

    async fn act(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
        context: &Value,
    ) -> Result<Out, Problem> {
        let service = step.service;
        let answer = self.case.answers.get(step.id.as_str()).copied();
        let failing = answer.filter(|answer| SimulatedAnswer::FAILING.contains(answer));
        // People are asked before they answer; a service that fails is looked at no more.
        if let (Some(answer), false) = (failing, service.is_verification()) {
            return Ok(came(answer, service));
        }
        let made = match service {
            Capability::RequestMfa => self.ask_user(step, with).await?,
            Capability::RequestApproval => self.ask_manager(step, with, context).await?,
            Capability::ResetPassword => self.reset(step, with).await?,
            Capability::SendSms => self.send(step, with).await?,
            Capability::TriggerDeviceScript => self.run_script(step, with).await?,
            other => match asked(other, with, self.stage.now) {
                Some(Ok(action)) => self.change(step, &action).await?,
                Some(Err(why)) => Err(No::flaw("bad_input", why)),
                None => Err(No::flaw(
                    "not_simulated",
                    format!("nobody here knows yet what {other} would do"),
                )),
            },
        };
        Ok(match made {
            Err(no) => self.no(step, no),
            Ok(more) => match failing {
                Some(answer) => came(answer, service),
                None => {
                    if service.is_verification() {
                        self.answered_yes(step, &more);
                    }
                    let why = answer.map_or(default_why(service, &more), SimulatedAnswer::why);
                    Out::done(why, stand_ins(step, &more, self.stage.now))
                }
            },
        })
    }

    /// Keeps what a person's yes allows.
    fn answered_yes(&mut self, step: &Step, more: &Map<String, Value>) {
        let user = more.get("user_id").and_then(Value::as_str);
        if let Some(user) = user.and_then(|user| UserId::parse(user).ok()) {
            self.confirmed.push((user, false));
        }
        let asked = self.shown.asked.iter().rev();
        let mut asked = asked.filter(|question| question.step == step.id.as_str());
        let allows = asked.next().map(|question| question.allows.clone());
        self.allowed.extend(allows.unwrap_or_default());
    }

    async fn ask_user(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let person = match self.stage.person(text(with, "user_id")).await? {
            Ok(person) => person,
            Err(no) => return Ok(Err(no)),
        };
        self.question(step, "user", &person, Vec::new());
        let user = json!(person.id);
        Ok(Ok(Map::from_iter([("user_id".to_owned(), user)])))
    }

    async fn ask_manager(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
        context: &Value,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        if let Err(why) = sensitive_behind(self.version, step.id.as_str(), context) {
            return Ok(Err(No::flaw("not_approvable", why)));
        }
        let behind = self.version.each_step();
        let behind = behind.skip_while(|one| one.id != step.id);
        let sensitive = behind.skip(1).filter(|one| one.service.is_sensitive());
        let allows: Vec<String> = sensitive.map(|one| one.id.to_string()).collect();
        if allows.is_empty() {
            let why = "no sensitive step comes behind this one; put the approval before what it is to allow";
            return Ok(Err(No::flaw("nothing_to_approve", why)));
        }
        let requester = match self.requester().await? {
            Ok(requester) => requester,
            Err(no) => return Ok(Err(no)),
        };
        let named = with.get("user_id").and_then(Value::as_str);
        let subject = match named {
            Some(id) if id != requester.id.as_str() => match self.stage.person(id).await? {
                Ok(subject) => subject,
                Err(no) => return Ok(Err(no)),
            },
            _ => requester.clone(),
        };
        let concerned = [&subject, &requester];
        Ok(match self.stage.manager(&subject, &concerned).await? {
            Ok(manager) => {
                self.question(step, "manager", &manager, allows);
                Ok(Map::new())
            }
            Err(no) => Err(no),
        })
    }

    async fn requester(&mut self) -> Result<Result<Person, No>, Problem> {
        let requester = self.case.subject.ticket.requester.clone();
        let known = requester.user_id.as_ref().map(UserId::as_str);
        let name = known.unwrap_or(requester.email.as_str());
        if name.is_empty() {
            let why = "the directory does not know who asks on this ticket";
            return Ok(Err(No::refused("unknown_requester", why)));
        }
        self.stage.person(name).await
    }

    async fn reset(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let ask = match Ask::of_step(with) {
            Ok(ask) => ask,
            Err(bad) => return Ok(Err(No::flaw("bad_input", bad.sentence()))),
        };
        let person = match self.stage.person(ask.user_id.as_str()).await? {
            Ok(person) => self.as_on_the_way(person),
            Err(no) => return Ok(Err(no)),
        };
        let minutes = with.get("tap_lifetime_minutes").and_then(Value::as_i64);
        let seen = self
            .stage
            .look_at_pass(&person, text(with, "method"), minutes);
        let seen = match seen.await? {
            Ok(seen) => seen,
            Err(no) => return Ok(Err(no)),
        };
        if let Err(no) = self
            .proved(step, Wish::to_reset(&person.id), &person)
            .await?
        {
            return Ok(Err(no));
        }
        self.changed(step, "reset_password", &person, None, seen);
        let handle = format!("cred_simulated_{}", step.id);
        self.owners.insert(handle.clone(), person.id);
        let lasts = SignedDuration::from_mins(minutes.unwrap_or(60));
        Ok(Ok(Map::from_iter([
            ("credential_ref".to_owned(), json!(handle)),
            ("expires_at".to_owned(), json!(self.stage.now + lasts)),
            ("delivery_method".to_owned(), json!("sms")),
        ])))
    }

    async fn send(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let Some(owner) = self.owners.get(text(with, "credential_ref")).cloned() else {
            let why = "no step before this one made that credential";
            return Ok(Err(No::flaw("no_credential", why)));
        };
        let person = match self.stage.person(owner.as_str()).await? {
            Ok(person) => person,
            Err(no) => return Ok(Err(no)),
        };
        let Some(mobile) = &person.mobile else {
            let why = "the directory has no mobile number for the owner";
            return Ok(Err(No::refused("no_number", why)));
        };
        self.shown.told.push(SimulatedMessage {
            step: step.id.to_string(),
            medium: "sms",
            user_id: person.id.to_string(),
            to: mobile.masked(),
        });
        Ok(Ok(Map::from_iter([
            ("medium".to_owned(), json!("sms")),
            ("delivery_status".to_owned(), json!("sent")),
        ])))
    }

    /// An action that sets a state in the directory.
    async fn change(
        &mut self,
        step: &Step,
        action: &Action,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let person = match self.stage.person(action.user().as_str()).await? {
            Ok(person) => self.as_on_the_way(person),
            Err(no) => return Ok(Err(no)),
        };
        let seen = match self.stage.look(action, &person).await? {
            Ok(seen) => seen,
            Err(no) => return Ok(Err(no)),
        };
        let changed = seen.changed;
        if let Some(wish) = Wish::of(action).filter(|_| changed)
            && let Err(no) = self.proved(step, wish, &person).await?
        {
            return Ok(Err(no));
        }
        match action {
            Action::UnlockAccount { .. } => drop(self.opened.insert(person.id.clone(), true)),
            Action::DisableAccount { .. } => drop(self.opened.insert(person.id.clone(), false)),
            Action::RemoveMfaMethods { .. } => drop(self.stripped.insert(person.id.clone())),
            _ => {}
        }
        let target = action.access().map(|access| access.id().to_owned());
        self.changed(step, action.name(), &person, target, seen);
        let mut output = Map::from_iter([("changed".to_owned(), json!(changed))]);
        if let Some(until) = action.until() {
            output.insert("expires_at".to_owned(), json!(until));
        }
        Ok(Ok(output))
    }

    /// A script on somebody's device.
    async fn run_script(
        &mut self,
        step: &Step,
        with: &Map<String, Value>,
    ) -> Result<Result<Map<String, Value>, No>, Problem> {
        let asked = match trigger_device_script_task::asked(with) {
            Ok(asked) => asked,
            Err(why) => return Ok(Err(No::flaw("bad_input", why))),
        };
        let ticket = self.case.subject.ticket.clone();
        let whose = asked.user.as_ref().or(ticket.requester.user_id.as_ref());
        let person = match whose.map(UserId::as_str) {
            Some(id) => self.stage.person(id).await?,
            None => self.requester().await?,
        };
        let person = match person {
            Ok(person) => person,
            Err(no) => return Ok(Err(no)),
        };
        let seen = match self.stage.look_at_script(&ticket, &asked).await? {
            Ok(seen) => seen,
            Err(no) => return Ok(Err(no)),
        };
        let target = script_target(asked.script.as_str(), asked.device.as_str());
        let wish = Wish::to_run_script(&person.id, &target);
        if let Err(no) = self.proved(step, wish, &person).await? {
            return Ok(Err(no));
        }
        let action = ActionKind::TriggerDeviceScript.as_str();
        self.changed(step, action, &person, Some(target), seen);
        Ok(Ok(Map::new()))
    }

    /// The person as the steps so far would have left them.
    fn as_on_the_way(&self, person: Person) -> Person {
        let enabled = self.opened.get(&person.id).copied();
        Person {
            enabled: enabled.unwrap_or(person.enabled),
            ..person
        }
    }

    /// Spends what the policy asks for: what was given on the way, else what stands on the ticket.
    async fn proved(
        &mut self,
        step: &Step,
        wish: Wish<'_>,
        person: &Person,
    ) -> Result<Result<(), No>, Problem> {
        let mut missing = Vec::new();
        // Whose methods were taken away cannot confirm: the manager who allowed that and this stands in.
        let instead = wish.kind == ActionKind::ResetPassword && self.stripped.contains(&person.id);
        for need in self.stage.subject(person).needs(wish.kind) {
            let is_given = match need {
                Need::Mfa if instead => self.allowed.contains(step.id.as_str()),
                // Only the newest counts, as for the action itself.
                Need::Mfa => {
                    let mut theirs = self.confirmed.iter_mut().rev();
                    match theirs.find(|(user, _)| *user == person.id) {
                        Some((_, spent)) => !std::mem::replace(spent, true),
                        None => false,
                    }
                }
                Need::ManagerApproval => self.allowed.remove(step.id.as_str()),
            };
            if !is_given {
                missing.push(*need);
            }
        }
        let subject = &self.case.subject;
        if missing.is_empty()
            || (subject.is_live
                && self
                    .stage
                    .has_receipts(&subject.ticket, &missing, wish, person)
                    .await?)
        {
            return Ok(Ok(()));
        }
        let names: Vec<&str> = missing.iter().map(|need| need.capability()).collect();
        let why = format!(
            "this needs {} of its own before it, which nothing on this way gives",
            names.join(" and ")
        );
        Ok(Err(No::refused("verification_missing", why)))
    }

    fn taken_back(&mut self, state: &str, step: &str) -> Came {
        self.write_units += cost::UNDO;
        let mut changes = self.shown.changes.iter();
        if changes.any(|change| change.step == step && change.changed) {
            self.shown.undone.push(step.to_owned());
            self.whys
                .insert(state.to_owned(), "what it did is taken back".to_owned());
        } else {
            self.whys
                .insert(state.to_owned(), "it did nothing that stays".to_owned());
        }
        Came::Done
    }

    fn question(&mut self, step: &Step, role: &'static str, who: &Person, allows: Vec<String>) {
        let (user_id, name) = told(who);
        self.shown.asked.push(SimulatedQuestion {
            step: step.id.to_string(),
            role,
            user_id,
            name,
            allows,
        });
    }

    fn changed(
        &mut self,
        step: &Step,
        action: &str,
        person: &Person,
        target: Option<String>,
        seen: Seen,
    ) {
        let (user_id, name) = told(person);
        self.shown.changes.push(SimulatedChange {
            step: step.id.to_string(),
            action: action.to_owned(),
            user_id,
            name,
            target,
            changed: seen.changed,
            before: seen.before,
            after: seen.after,
        });
    }

    /// A step that is refused, or cannot work.
    fn no(&mut self, step: &Step, no: No) -> Out {
        let out = Out::failed(&no.why);
        let flaw = SimulationFlaw {
            case: self.case.name.clone(),
            step: step.id.to_string(),
            code: no.code,
            message: no.why,
        };
        if no.is_flaw {
            self.flaws.push(flaw.clone());
        }
        self.shown.refusals.push(flaw);
        out
    }

    fn context(&self) -> Value {
        let subject = &self.case.subject;
        json!({"ticket": ticket_seen(&subject.ticket), "steps": self.steps, "inputs": subject.inputs})
    }

    fn ended(mut self, walk: &Walk<'_>, end: &WalkEnd) -> Played {
        let passages = walk.passages().to_vec();
        let stopped = passages
            .iter()
            .rev()
            .find_map(|passage| match passage.came {
                Came::Failed(_) => self.states.get(&passage.from).copied(),
                Came::Done | Came::Skipped => None,
            });
        let end = match end {
            WalkEnd::Succeeded => ExecutionStatus::Completed,
            WalkEnd::Failed(_) => stopped.map_or(ExecutionStatus::Escalated, StepState::ends_run),
        };
        self.shown.ends = end.as_str();
        self.shown.path = passages.iter().map(|passage| self.left(passage)).collect();
        self.shown.cost.transitions = walk.transitions();
        self.shown.cost.write_units = self.write_units;
        let made = self.shown.changes.iter().filter(|change| change.changed);
        let people: BTreeSet<&str> = made.clone().map(|change| change.user_id.as_str()).collect();
        let targets: BTreeSet<&str> = made
            .clone()
            .filter_map(|change| change.target.as_deref())
            .collect();
        let (people, targets, changes) = (people.len(), targets.len(), made.count());
        self.shown.blast.people = people;
        self.shown.blast.targets = targets;
        self.shown.blast.changes = changes;
        self.shown.blast.messages = self.shown.asked.len() + self.shown.told.len();
        Played {
            shown: self.shown,
            flaws: self.flaws,
            passages,
        }
    }

    fn left(&self, passage: &Passage) -> SimulatedState {
        let why = self.whys.get(&passage.from).cloned();
        let default = || match &passage.came {
            Came::Failed(_) => "one of its steps failed".to_owned(),
            Came::Done | Came::Skipped => "it was done".to_owned(),
        };
        SimulatedState {
            state: passage.from.clone(),
            status: self.states.get(&passage.from).map(|state| state.as_str()),
            to: passage.to.clone(),
            why: why.unwrap_or_else(default),
            tries: passage.tries,
        }
    }
}

fn text<'w>(with: &'w Map<String, Value>, name: &str) -> &'w str {
    with.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn came(answer: SimulatedAnswer, service: Capability) -> Out {
    let error = answer
        .error(service)
        .unwrap_or(playbook::error_name::FAILED);
    Out {
        state: answer.state(service),
        came: Came::Failed(error.to_owned()),
        why: answer.why().to_owned(),
        output: Map::new(),
    }
}

fn default_why(service: Capability, made: &Map<String, Value>) -> &'static str {
    if service.is_verification() {
        SimulatedAnswer::Approve.why()
    } else if made.get("changed") == Some(&json!(false)) {
        "it is so already"
    } else {
        SimulatedAnswer::Succeed.why()
    }
}

/// What a step asks of the directory, read as its task reads it; none for a service that this does not know.
fn asked(
    service: Capability,
    with: &Map<String, Value>,
    now: Timestamp,
) -> Option<Result<Action, String>> {
    let asked = match service {
        Capability::UnlockAccount => unlock_account_task::asked,
        Capability::DisableAccount => disable_account_task::asked,
        Capability::RemoveMfaMethods => remove_mfa_methods_task::asked,
        Capability::RevokeSessions => revoke_sessions_task::asked,
        Capability::GrantAccess => grant_access_task::asked,
        Capability::RevokeAccess => revoke_access_task::asked,
        Capability::RequestMfa
        | Capability::RequestApproval
        | Capability::ResetPassword
        | Capability::TriggerDeviceScript
        | Capability::SendSms => return None,
    };
    Some(asked(with, now))
}

/// A step's outputs: what is known of them, and stand-ins of the right form for the rest.
fn stand_ins(step: &Step, made: &Map<String, Value>, now: Timestamp) -> Map<String, Value> {
    // An end that nobody gave is none.
    let is_there = |name: &&&str| **name != "expires_at" || made.contains_key("expires_at");
    let outputs = step.service.outputs().iter().filter(is_there);
    let output = outputs.map(|name| {
        let value = made.get(*name).cloned().unwrap_or_else(|| match *name {
            name if name.ends_with("_at") => json!(now),
            "changed" => json!(true),
            "assurance" => json!(2),
            name => json!(format!("simulated_{name}")),
        });
        ((*name).to_owned(), value)
    });
    output.collect()
}
