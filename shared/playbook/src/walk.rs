//! Walking a compiled machine as Step Functions does, with somebody else saying how each task came out. Pure.
//!
//! It knows the states that [`crate::compile`] makes, `Task`, `Parallel`, `Succeed` and `Fail`, and refuses any other. The
//! branches of a group are walked one after the other, all of them, for all of them begin; the group fails with the first
//! that failed.

use serde_json::{Map, Value};

use crate::compile::error_name::ANY;

/// Ways of one walk. A machine has no way back, so it never takes more than it has.
const MAX_STATES: usize = 1_000;

/// Where a branch of a group ends well.
pub(crate) const END: &str = "End";

/// Where an error goes that nothing in its branch catches.
pub(crate) const OUT: &str = "the group's own end";

/// A machine that this does not know how to walk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMachine {
    /// A state of a type that the compiler does not make.
    #[error("the state {state} is a {kind}, which nobody here knows how to walk")]
    Type {
        /// The state.
        state: String,
        /// Its type.
        kind: String,
    },
    /// Something that every such state has is not there.
    #[error("the state {state} lacks {what}")]
    Lacks {
        /// The state.
        state: String,
        /// What it lacks.
        what: &'static str,
    },
    /// A walk without an end.
    #[error("the machine has no end within {MAX_STATES} states")]
    Endless,
}

/// How a task came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// It was done.
    Done,
    /// There was nothing to do: its `when` said no. To the machine it was done.
    Skipped,
    /// It failed with this error name.
    Failed(String),
}

/// A task that the walk stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskAt {
    /// The state.
    pub state: String,
    /// The step it is the state of; none for `Complete` and `Escalate`.
    pub step: Option<String>,
    /// Whether it takes the step back.
    pub undo: bool,
}

/// How a walk ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WalkEnd {
    /// The machine succeeds.
    Succeeded,
    /// The machine fails with this error name.
    Failed(String),
}

/// Where a walk stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// At a task: say how it came out with [`Walk::came`].
    Task(TaskAt),
    /// At its end.
    Ended(WalkEnd),
}

/// A way that was taken from one state to the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// The state that was left.
    pub from: String,
    /// The state that was entered; `End` at the end of a branch or of the machine.
    pub to: String,
    /// Why.
    pub came: Came,
    /// How often the machine called before it went this way.
    pub tries: u32,
}

/// A walk through a machine.
#[derive(Debug)]
pub struct Walk<'m> {
    /// The states around where it stands, the machine's own first.
    scopes: Vec<Scope<'m>>,
    groups: Vec<Group<'m>>,
    passages: Vec<Passage>,
    transitions: u32,
    ended: Option<WalkEnd>,
}

#[derive(Debug)]
struct Scope<'m> {
    states: &'m Map<String, Value>,
    at: &'m str,
}

/// A group that is under way.
#[derive(Debug)]
struct Group<'m> {
    name: &'m str,
    state: &'m Value,
    branches: std::slice::Iter<'m, Value>,
    failed: Option<String>,
}

impl<'m> Walk<'m> {
    /// A walk that begins at the machine's first state.
    ///
    /// # Errors
    /// When the machine has none.
    pub fn new(machine: &'m Value) -> Result<Self, BadMachine> {
        Ok(Self {
            scopes: vec![scope(machine)?],
            groups: Vec::new(),
            passages: Vec::new(),
            transitions: 1,
            ended: None,
        })
    }

    /// Goes on to the next task, or to the end.
    ///
    /// # Errors
    /// When the machine is not one that the compiler makes.
    pub fn stand(&mut self) -> Result<Standing, BadMachine> {
        loop {
            if let Some(end) = &self.ended {
                return Ok(Standing::Ended(end.clone()));
            }
            if self.passages.len() > MAX_STATES {
                return Err(BadMachine::Endless);
            }
            let (name, state) = self.here()?;
            match text(name, state, "Type")? {
                "Task" => return Ok(Standing::Task(task(name, state)?)),
                "Parallel" => {
                    let branches = branches(name, state)?;
                    self.groups.push(Group {
                        name,
                        state,
                        branches: branches.iter(),
                        failed: None,
                    });
                    self.next_branch()?;
                }
                "Succeed" => self.line_ended(None)?,
                "Fail" => self.line_ended(Some(text(name, state, "Error")?.to_owned()))?,
                kind => {
                    return Err(BadMachine::Type {
                        state: name.to_owned(),
                        kind: kind.to_owned(),
                    });
                }
            }
        }
    }

    /// Leaves the task it stands at, which came out so.
    ///
    /// # Errors
    /// When the machine is not one that the compiler makes.
    pub fn came(&mut self, came: Came) -> Result<(), BadMachine> {
        let (name, state) = self.here()?;
        self.leave(name, state, came)
    }

    /// The ways that were taken, in order.
    #[must_use]
    pub fn passages(&self) -> &[Passage] {
        &self.passages
    }

    /// States entered and tries repeated so far: what Step Functions counts.
    #[must_use]
    pub fn transitions(&self) -> u32 {
        self.transitions
    }

    fn here(&self) -> Result<(&'m str, &'m Value), BadMachine> {
        let scope = self.scopes.last().ok_or(BadMachine::Endless)?;
        let state = scope.states.get(scope.at).ok_or(BadMachine::Lacks {
            state: scope.at.to_owned(),
            what: "a definition",
        })?;
        Ok((scope.at, state))
    }

    fn leave(&mut self, name: &'m str, state: &'m Value, came: Came) -> Result<(), BadMachine> {
        let (to, tries, error) = match &came {
            Came::Done | Came::Skipped => (next(name, state)?, 1, None),
            Came::Failed(error) => {
                let again = retries(state, error);
                self.transitions = self.transitions.saturating_add(again);
                (caught(state, error), again + 1, Some(error.clone()))
            }
        };
        let shown = to.unwrap_or(if error.is_none() { END } else { OUT });
        self.passages.push(Passage {
            from: name.to_owned(),
            to: shown.to_owned(),
            came,
            tries,
        });
        match (to, self.scopes.last_mut()) {
            (Some(to), Some(scope)) => {
                scope.at = to;
                self.transitions += 1;
                Ok(())
            }
            _ => self.line_ended(error),
        }
    }

    /// The end of the machine, or of a branch of a group.
    fn line_ended(&mut self, error: Option<String>) -> Result<(), BadMachine> {
        let Some(group) = self.groups.last_mut() else {
            self.ended = Some(error.map_or(WalkEnd::Succeeded, WalkEnd::Failed));
            return Ok(());
        };
        group.failed = group.failed.take().or(error);
        self.scopes.pop();
        self.next_branch()
    }

    fn next_branch(&mut self) -> Result<(), BadMachine> {
        let Some(group) = self.groups.last_mut() else {
            return Ok(());
        };
        if let Some(branch) = group.branches.next() {
            self.scopes.push(scope(branch)?);
            self.transitions += 1;
            return Ok(());
        }
        let (name, state) = (group.name, group.state);
        let came = group.failed.take().map_or(Came::Done, Came::Failed);
        self.groups.pop();
        self.leave(name, state, came)
    }
}

fn scope(of: &Value) -> Result<Scope<'_>, BadMachine> {
    let lacks = |what| BadMachine::Lacks {
        state: "machine".to_owned(),
        what,
    };
    Ok(Scope {
        states: of["States"].as_object().ok_or(lacks("States"))?,
        at: of["StartAt"].as_str().ok_or(lacks("StartAt"))?,
    })
}

fn text<'m>(name: &str, state: &'m Value, what: &'static str) -> Result<&'m str, BadMachine> {
    state[what].as_str().ok_or_else(|| BadMachine::Lacks {
        state: name.to_owned(),
        what,
    })
}

fn task(name: &str, state: &Value) -> Result<TaskAt, BadMachine> {
    let payload = &state["Parameters"]["Payload"];
    if !payload.is_object() {
        return Err(BadMachine::Lacks {
            state: name.to_owned(),
            what: "Payload",
        });
    }
    Ok(TaskAt {
        state: name.to_owned(),
        step: payload["step"].as_str().map(str::to_owned),
        undo: payload["undo"] == true,
    })
}

/// The branches of a group.
pub(crate) fn branches<'m>(name: &str, state: &'m Value) -> Result<&'m [Value], BadMachine> {
    let branches = state["Branches"].as_array();
    branches
        .map(Vec::as_slice)
        .ok_or_else(|| BadMachine::Lacks {
            state: name.to_owned(),
            what: "Branches",
        })
}

/// Where a state leads that was done; none at an end.
pub(crate) fn next<'m>(name: &str, state: &'m Value) -> Result<Option<&'m str>, BadMachine> {
    if state["End"] == true {
        return Ok(None);
    }
    text(name, state, "Next").map(Some)
}

/// Where an error leads; none where the state does not catch it.
pub(crate) fn caught<'m>(state: &'m Value, error: &str) -> Option<&'m str> {
    let mut catchers = state["Catch"].as_array()?.iter();
    let catcher = catchers.find(|catcher| names(catcher, error))?;
    catcher["Next"].as_str()
}

/// How often a state is tried again after an error.
fn retries(state: &Value, error: &str) -> u32 {
    let retriers = state["Retry"].as_array().into_iter().flatten();
    let mut retriers = retriers.filter(|retrier| names(retrier, error));
    let most = retriers.next().and_then(|one| one["MaxAttempts"].as_u64());
    most.and_then(|most| u32::try_from(most).ok()).unwrap_or(0)
}

fn names(of: &Value, error: &str) -> bool {
    let mut errors = of["ErrorEquals"].as_array().into_iter().flatten();
    errors.any(|named| named == error || named == ANY)
}
