//! Cases that together take every branch of a machine, as far as answers and inputs can lead there.

use super::answers::SimulatedAnswer;
use super::scene::{Case, Played, Subject, play};
use super::stage::Stage;
use kit::Problem;
use playbook::{Block, Branch, ParameterKind, PlaybookVersion, Step};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Walks that are tried at most.
const TRIES: usize = 500;
/// What the plainest case is called.
const PLAIN: &str = "everybody says yes";

/// Looks for cases.
struct Search<'s, 'a> {
    stage: &'s mut Stage<'a>,
    version: &'s PlaybookVersion,
    machine: &'s Value,
    open: Vec<Branch>,
    kept: Vec<(Case, Played)>,
    tried: usize,
}

/// Plays cases that take these branches.
///
/// # Errors
/// As [`play`].
pub(crate) async fn generated(
    stage: &mut Stage<'_>,
    version: &PlaybookVersion,
    machine: &Value,
    branches: &[Branch],
    subject: &Subject,
) -> Result<Vec<Played>, Problem> {
    let mut search = Search {
        stage,
        version,
        machine,
        open: branches.to_vec(),
        kept: Vec::new(),
        tried: 0,
    };
    let plain = Case {
        name: PLAIN.to_owned(),
        subject: subject.clone(),
        answers: BTreeMap::new(),
    };
    let played = Box::pin(play(search.stage, version, machine, &plain)).await?;
    search.keep(plain, played);
    search.vary().await?;
    search.fail().await?;
    Ok(search.kept.into_iter().map(|(_, played)| played).collect())
}

impl Search<'_, '_> {
    fn keep(&mut self, case: Case, played: Played) {
        self.open
            .retain(|branch| !branch.is_taken(&played.passages));
        self.kept.push((case, played));
    }

    /// Keeps the case where it takes a branch that none before it took.
    async fn attempt(&mut self, case: Case) -> Result<bool, Problem> {
        self.tried += 1;
        let played = Box::pin(play(self.stage, self.version, self.machine, &case)).await?;
        let takes = |branch: &Branch| branch.is_taken(&played.passages);
        let is_new = self.open.iter().any(takes);
        if is_new {
            self.keep(case, played);
        }
        Ok(is_new)
    }

    fn is_over(&self) -> bool {
        self.open.is_empty() || self.tried >= TRIES || self.stage.is_late()
    }

    /// Other inputs, for what a `when` asks of them.
    async fn vary(&mut self) -> Result<(), Problem> {
        let decided =
            |branch: &Branch| matches!(branch, Branch::Acts { .. } | Branch::Skips { .. });
        let plain = self.kept[0].0.clone();
        for (name, value) in variants(self.version, &plain.subject.inputs) {
            if self.is_over() || !self.open.iter().any(decided) {
                break;
            }
            let mut case = plain.clone();
            case.name = match &value {
                Some(value) => format!("inputs.{name} is {value}"),
                None => format!("without inputs.{name}"),
            };
            match value {
                Some(value) => case.subject.inputs.insert(name, value),
                None => case.subject.inputs.remove(&name),
            };
            self.attempt(case).await?;
        }
        Ok(())
    }

    /// Refusals, silence and failures, on the way of every case so far: where one leads is where the next begins.
    async fn fail(&mut self) -> Result<(), Problem> {
        loop {
            let before = self.open.len();
            for branch in self.open.clone() {
                self.lead_to(&branch).await?;
            }
            if self.is_over() || self.open.len() == before {
                return Ok(());
            }
        }
    }

    async fn lead_to(&mut self, branch: &Branch) -> Result<(), Problem> {
        let bases: Vec<Case> = self.kept.iter().map(|(case, _)| case.clone()).collect();
        for (step, answer) in faults(self.version, branch) {
            for base in &bases {
                if self.is_over() || !self.open.contains(branch) {
                    return Ok(());
                }
                if base.answers.contains_key(&step) {
                    continue;
                }
                let mut case = base.clone();
                case.answers.insert(step.clone(), answer);
                let said = format!("{step}: {}", word(answer));
                case.name = match base.name.as_str() {
                    PLAIN => said,
                    other => format!("{other}, {said}"),
                };
                self.attempt(case).await?;
            }
        }
        Ok(())
    }
}

fn word(answer: SimulatedAnswer) -> String {
    let word = json!(answer);
    word.as_str().unwrap_or_default().to_owned()
}

/// What may lead to a branch: the failures of the state that it leaves, or of what a `when` may ask about.
fn faults(version: &PlaybookVersion, branch: &Branch) -> Vec<(String, SimulatedAnswer)> {
    let steps: Vec<&Step> = match branch {
        Branch::Through => Vec::new(),
        Branch::Acts { step } | Branch::Skips { step } => version
            .each_step()
            .take_while(|one| one.id.as_str() != step)
            .collect(),
        Branch::Way { from, .. } => match version.step(from) {
            Some(step) => vec![step],
            None => version
                .blocks()
                .filter_map(|block| match block {
                    Block::Group(id, steps) if id.as_str() == from => Some(steps),
                    Block::Group(..) | Block::Step(_) => None,
                })
                .flatten()
                .collect(),
        },
    };
    let each = SimulatedAnswer::FAILING.into_iter().flat_map(|answer| {
        let fitting = steps.iter().filter(move |step| answer.fits(step.service));
        fitting.map(move |step| (step.id.to_string(), answer))
    });
    each.collect()
}

/// Other values of the inputs, one at a time; none where it is left out. People, groups and licences stay as they are given.
fn variants(version: &PlaybookVersion, given: &Map<String, Value>) -> Vec<(String, Option<Value>)> {
    let mut found = Vec::new();
    for (name, input) in &version.inputs {
        let name = name.to_string();
        let others = match &input.kind {
            ParameterKind::Choice { of } => of.iter().map(|word| json!(word)).collect(),
            ParameterKind::Integer { min, max } => vec![json!(min), json!(max)],
            ParameterKind::Text { .. } => vec![json!("x")],
            ParameterKind::Timestamp => vec![json!("2099-12-31T00:00:00Z")],
            ParameterKind::User | ParameterKind::Group | ParameterKind::Licence => Vec::new(),
        };
        let others = others
            .into_iter()
            .filter(|value| given.get(&name) != Some(value));
        found.extend(others.map(|value| (name.clone(), Some(value))));
        if !input.required && input.default.is_none() && given.contains_key(&name) {
            found.push((name, None));
        }
    }
    found
}
