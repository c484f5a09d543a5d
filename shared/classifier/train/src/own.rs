//! Our own model: from the tickets in `shared/classifier/data/train` to `shared/classifier/model.bin`, and how well it does
//! on the ones in `data/held_out`, which nothing is chosen on.

use crate::dataset::{DataError, contents};
use crate::fit::{Unseen, fit, unseen};
use crate::learn::{Example, Settings};
use crate::measure::{count, timed};
use classifier::text::{Heard, read};
use classifier::{Model, at_least, caution, judge};
use domain::Intake;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The label for what no playbook serves.
const NONE: &str = "none";
/// Tickets that must not be acted on, beside the held-out ones.
const ADVERSARIAL: &str = "adversarial";
/// The share of what is acted on that must be right, on tickets the model has not seen. More than the 99 % that is asked
/// for on others' tickets: those are worded by other people.
const PRECISION: f64 = 0.998;
/// How often all tickets are split anew into parts held out in turn; each split alone is a matter of luck.
const REPEATS: u64 = 3;
/// What that share must be at least with 95 % confidence.
const BOUND: f64 = 0.98;

/// A ticket as the files have it, one a line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    summary: String,
    details: String,
}

/// Tickets and what each asks for.
pub struct Tickets {
    /// The labels, in alphabetical order.
    pub labels: Vec<String>,
    /// What each ticket says, and its label's place.
    pub tickets: Vec<(Heard, usize)>,
}

/// Where the tickets and the model are, in a checkout.
pub struct Places {
    /// What is learned from.
    pub train: PathBuf,
    /// Adversarial tickets that the cautions were made with.
    pub develop: PathBuf,
    /// What is measured on.
    pub held_out: PathBuf,
    /// The model.
    pub model: PathBuf,
}

impl Places {
    /// Those of the checkout at `root`.
    #[must_use]
    pub fn of(root: &Path) -> Self {
        let home = root.join("shared/classifier");
        Self {
            train: home.join("data/train"),
            develop: home.join("data/develop"),
            held_out: home.join("data/held_out"),
            model: home.join("model.bin"),
        }
    }
}

/// A model and how its threshold was come by.
pub struct Trained {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Tickets learned from, of how many labels.
    pub sizes: (usize, usize),
    /// By models trained without the ticket, all splits together: acted on rightly, acted on, asking for a playbook.
    pub chosen_on: (usize, usize, usize),
    /// The share of those asking for a playbook whose playbook was the first choice.
    pub recognised: f64,
    /// For each playbook, by the same models: its tickets, those recognised, those of them that a caution stops whatever the
    /// confidence, those acted on.
    pub each: Vec<(String, [usize; 4])>,
    /// The threshold.
    pub threshold: f32,
    /// Features it knows.
    pub features: usize,
}

impl Tickets {
    /// Every `<label>.jsonl` in `directory`, but the adversarial ones.
    ///
    /// # Errors
    /// When a file cannot be read or a line is no ticket.
    pub fn read(directory: &Path) -> Result<Self, DataError> {
        let mut labels = labels(directory)?;
        labels.retain(|label| label != ADVERSARIAL);
        let mut tickets = Vec::new();
        for (place, label) in labels.iter().enumerate() {
            let of_label = file(&directory.join(format!("{label}.jsonl")))?;
            tickets.extend(of_label.iter().map(|ticket| (read(ticket), place)));
        }
        Ok(Self { labels, tickets })
    }
}

fn labels(directory: &Path) -> Result<Vec<String>, DataError> {
    let cannot = |source| DataError::Read {
        path: directory.display().to_string(),
        source,
    };
    let mut labels = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(cannot)? {
        let name = entry.map_err(cannot)?.file_name();
        if let Some(label) = name.to_str().and_then(|name| name.strip_suffix(".jsonl")) {
            labels.push(label.to_owned());
        }
    }
    labels.sort_unstable();
    Ok(labels)
}

fn file(path: &Path) -> Result<Vec<Intake>, DataError> {
    let text = contents(path)?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let line: Line = serde_json::from_str(line).map_err(|cause| DataError::Form {
                path: format!("{}:{}", path.display(), at + 1),
                why: format!(
                    "{cause}; each line must be {{\"summary\": \"…\", \"details\": \"…\"}}"
                ),
            })?;
            Ok(Intake {
                subject: line.summary,
                body: line.details,
            })
        })
        .collect()
}

/// Microseconds that a decision about one of the tickets in `directory` takes, from its raw text on.
///
/// # Errors
/// When they cannot be read.
pub fn microseconds(model: &Model, directory: &Path) -> Result<f64, DataError> {
    let mut tickets = Vec::new();
    for label in labels(directory)? {
        tickets.extend(file(&directory.join(format!("{label}.jsonl")))?);
    }
    Ok(timed(&tickets, |ticket| judge(model, &read(ticket)).acts))
}

/// Trains our model from the tickets in `directory`.
///
/// # Errors
/// When they cannot be read, or no threshold keeps the precision that acting must have.
pub fn train(directory: &Path) -> Result<Trained, DataError> {
    let settings = Settings::default();
    let Tickets { labels, tickets } = Tickets::read(directory)?;
    let background = labels.iter().position(|label| label == NONE);
    let examples: Vec<Example> = tickets
        .iter()
        .map(|(heard, label)| Example {
            words: heard.own.clone(),
            label: *label,
        })
        .collect();
    let watch = |model: &Model, at: usize, verdict: &_| {
        !model.names_one(verdict) || caution(model, &tickets[at].0, verdict).is_some()
    };
    let tries = (0..REPEATS).map(|repeat| Settings {
        seed: settings.seed + repeat,
        ..settings
    });
    let unseen: Vec<Unseen> = tries
        .flat_map(|settings| unseen(&labels, background, &examples, &settings, Some(&watch)))
        .collect();
    let mut model = fit(&labels, background, &examples, &settings, &unseen);
    let (threshold, right, acted) = threshold(&model, &unseen).ok_or_else(|| DataError::Form {
        path: directory.display().to_string(),
        why: format!("no threshold is right in {:.1} % of what it acts on with a bound of {:.0} %; the tickets contradict one another or are too few", PRECISION * 100.0, BOUND * 100.0),
    })?;
    model.threshold = threshold;
    let asking: Vec<&Unseen> = unseen
        .iter()
        .filter(|one| Some(one.label) != background)
        .collect();
    let known = asking
        .iter()
        .filter(|one| one.verdict.label == one.label)
        .count();
    let mut each: Vec<(String, [usize; 4])> =
        labels.iter().map(|label| (label.clone(), [0; 4])).collect();
    for one in &unseen {
        let sure = model.confidence.of(&one.verdict.evidence) >= threshold;
        let recognised = one.verdict.label == one.label;
        let counts = &mut each[one.label].1;
        counts[0] += 1;
        counts[1] += usize::from(recognised);
        counts[2] += usize::from(recognised && one.cautioned);
        counts[3] += usize::from(sure && !one.cautioned);
    }
    each.retain(|(label, _)| label != NONE);
    Ok(Trained {
        each,
        bytes: model.to_bytes(),
        sizes: (examples.len(), labels.len()),
        chosen_on: (right, acted, asking.len()),
        recognised: count(known) / count(asking.len().max(1)),
        threshold,
        features: model.vocabulary.len(),
    })
}

/// The least threshold that keeps precision and bound on tickets the model had not seen, with how many were acted on
/// rightly and in all.
fn threshold(model: &Model, unseen: &[Unseen]) -> Option<(f32, usize, usize)> {
    let mut cases: Vec<(f32, bool)> = unseen
        .iter()
        .filter(|one| !one.cautioned)
        .map(|one| {
            (
                model.confidence.of(&one.verdict.evidence),
                one.verdict.label == one.label,
            )
        })
        .collect();
    cases.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut right, mut least) = (0, None);
    let repeats = usize::try_from(REPEATS).unwrap_or(1);
    for (nth, (confidence, is_right)) in cases.iter().enumerate() {
        right += usize::from(*is_right);
        let all = nth + 1;
        let bound = at_least(right / repeats, all / repeats);
        if count(right) >= PRECISION * count(all) && bound >= BOUND {
            least = Some((*confidence, right, all));
        }
    }
    least
}

/// How many tickets `directory` has, and those that `model` would act on, by file and line.
///
/// # Errors
/// When they cannot be read.
pub fn acted_on(model: &Model, directory: &Path) -> Result<(usize, Vec<String>), DataError> {
    let (mut all, mut acted) = (0, Vec::new());
    for label in labels(directory)? {
        let tickets = file(&directory.join(format!("{label}.jsonl")))?;
        all += tickets.len();
        for (at, ticket) in tickets.iter().enumerate() {
            if judge(model, &read(ticket)).acts {
                acted.push(format!("{label}.jsonl:{}", at + 1));
            }
        }
    }
    Ok((all, acted))
}

/// What a model does on tickets that nothing was chosen on.
#[derive(Debug, Default)]
pub struct HeldOut {
    /// For each label: its tickets, those recognised, those acted on, those of them rightly.
    pub each: Vec<(String, [usize; 4])>,
    /// Adversarial tickets, and those acted on.
    pub adversarial: (usize, usize),
    /// The model's name.
    pub version: String,
}

/// Measures `model` on the tickets in `directory`.
///
/// # Errors
/// When they cannot be read.
pub fn held_out(model: &Model, directory: &Path) -> Result<HeldOut, DataError> {
    let Tickets { labels, tickets } = Tickets::read(directory)?;
    let mut each: Vec<(String, [usize; 4])> =
        labels.iter().map(|label| (label.clone(), [0; 4])).collect();
    for (heard, label) in &tickets {
        let judged = judge(model, heard);
        let is = (labels[*label] != NONE).then_some(labels[*label].as_str());
        let said = judged.playbook;
        let counts = &mut each[*label].1;
        counts[0] += 1;
        counts[1] += usize::from(said == is);
        counts[2] += usize::from(judged.acts);
        counts[3] += usize::from(judged.acts && said == is);
    }
    let path = directory.join(format!("{ADVERSARIAL}.jsonl"));
    let hostile = if path.is_file() {
        file(&path)?
    } else {
        Vec::new()
    };
    let acted = hostile
        .iter()
        .filter(|ticket| judge(model, &read(ticket)).acts)
        .count();
    Ok(HeldOut {
        each,
        adversarial: (hostile.len(), acted),
        version: model.version.clone(),
    })
}

impl HeldOut {
    /// Acted on rightly, acted on, and asking for a playbook.
    #[must_use]
    pub fn sums(&self) -> (usize, usize, usize) {
        let asking = self.each.iter().filter(|(label, _)| label != NONE);
        (
            self.each.iter().map(|(_, counts)| counts[3]).sum(),
            self.each.iter().map(|(_, counts)| counts[2]).sum(),
            asking.map(|(_, counts)| counts[0]).sum(),
        )
    }
}

impl std::fmt::Display for HeldOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (right, acted, asking) = self.sums();
        writeln!(f, "model             {}", self.version)?;
        writeln!(
            f,
            "{:<24} {:>7} {:>10} {:>8} {:>7}",
            "asks for", "tickets", "recognised", "acted on", "rightly"
        )?;
        for (label, [all, recognised, acted, right]) in &self.each {
            writeln!(
                f,
                "{label:<24} {all:>7} {recognised:>10} {acted:>8} {right:>7}"
            )?;
        }
        writeln!(
            f,
            "precision         {:.2} % of what is acted on",
            100.0 * count(right) / count(acted.max(1))
        )?;
        writeln!(
            f,
            "bound             {:.2} % (one-sided 95 %, Clopper-Pearson)",
            100.0 * at_least(right, acted)
        )?;
        writeln!(f, "n                 {acted}")?;
        writeln!(
            f,
            "coverage          {:.2} % of {asking} tickets that ask for a playbook",
            100.0 * count(right) / count(asking.max(1))
        )?;
        let (hostile, fallen_for) = self.adversarial;
        writeln!(f, "adversarial       {fallen_for} of {hostile} acted on")
    }
}

impl std::fmt::Display for Trained {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (right, acted, asking) = self.chosen_on;
        let share = |part: usize, whole: usize| 100.0 * count(part) / count(whole.max(1));
        writeln!(
            f,
            "tickets           {} of {} labels, {} features, {:.2} MB",
            self.sizes.0,
            self.sizes.1,
            self.features,
            count(self.bytes.len()) / 1e6
        )?;
        writeln!(
            f,
            "recognised        {:.2} % of {asking} that ask for a playbook, by models that had not seen them, in {REPEATS} splits",
            100.0 * self.recognised
        )?;
        writeln!(f, "threshold         {:.4}", self.threshold)?;
        writeln!(
            f,
            "precision         {:.2} % of {acted} acted on by those models, at least {:.2} % (one-sided 95 %)",
            share(right, acted),
            100.0 * at_least(right, acted)
        )?;
        writeln!(f, "coverage          {:.2} %", share(right, asking))?;
        write!(
            f,
            "{:<24} {:>7} {:>10} {:>9} {:>8}",
            "asks for", "tickets", "recognised", "cautioned", "acted on"
        )?;
        for (label, [all, recognised, cautioned, acted]) in &self.each {
            write!(
                f,
                "\n{label:<24} {all:>7} {recognised:>10} {cautioned:>9} {acted:>8}"
            )?;
        }
        Ok(())
    }
}
