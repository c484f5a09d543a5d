//! One case of a simulation: a walk through the compiled machine, with reads where a run would read and typed stand-ins
//! where it would write, send or ask.

use super::acting::{asked, stand_ins};
use super::answers::SimulatedAnswer;
use super::cost;
use super::report::{SimulatedCase, SimulatedState, SimulationFlaw};
use super::stage::{No, Stage};
use desk::ticket_seen;
use domain::{ExecutionStatus, StepState, Ticket, UserId};
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

/// A case that is being played.
pub(super) struct Scene<'s, 'a> {
    pub(super) stage: &'s mut Stage<'a>,
    pub(super) version: &'s PlaybookVersion,
    pub(super) case: &'s Case,
    /// What later steps can read of each step.
    pub(super) steps: Map<String, Value>,
    pub(super) states: BTreeMap<String, StepState>,
    pub(super) whys: BTreeMap<String, String>,
    /// Who confirmed, in order, and whether that was spent.
    pub(super) confirmed: Vec<(UserId, bool)>,
    /// The steps that a manager allowed.
    pub(super) allowed: BTreeSet<String>,
    /// Accounts that were opened or closed on the way.
    pub(super) opened: BTreeMap<UserId, bool>,
    /// Who was left with nothing to confirm with.
    pub(super) stripped: BTreeSet<UserId>,
    /// How many people are in each group that would change, where the directory says it.
    pub(super) groups: BTreeMap<String, Option<u64>>,
    /// Whose the credential is that a step made.
    pub(super) owners: BTreeMap<String, UserId>,
    pub(super) write_units: u32,
    pub(super) shown: SimulatedCase,
    pub(super) flaws: Vec<SimulationFlaw>,
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
        groups: BTreeMap::new(),
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
        self.shown.blast.group_members = self.groups.values().copied().sum();
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

pub(super) fn text<'w>(with: &'w Map<String, Value>, name: &str) -> &'w str {
    with.get(name).and_then(Value::as_str).unwrap_or_default()
}
