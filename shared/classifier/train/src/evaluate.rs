//! How well the classifier does on a public set: learned from its `train`, the threshold chosen on its `val`, reported on
//! its `test` or, where there is none, on `val`.

use crate::dataset::{DataError, Lists, examples, words};
use crate::fit::{Unseen, fit, unseen};
use crate::learn::Settings;
use crate::measure::{auroc, count, least_confidence, timed};
use classifier::{Model, Verdict, at_least, at_most};
use std::collections::BTreeMap;
use std::path::Path;

/// How many groups the labels make when nobody says which domains they have.
const GROUPS: usize = 10;
/// The precision that automating a group must keep.
const PRECISION: f64 = 0.99;
/// The precision that its threshold is chosen for, on texts of `train`; the rest is what new texts may cost.
const AIMED: f64 = 0.997;

/// What was measured.
#[derive(Debug)]
pub struct Report {
    /// What it was measured on, for instance "val".
    pub on: &'static str,
    /// How many texts of the labels, and how many of none.
    pub sizes: (usize, usize),
    /// How many labels.
    pub labels: usize,
    /// Share of the texts of a label that got it, and at or above the threshold.
    pub in_scope: f64,
    /// The same share when nothing is rejected.
    pub in_scope_unrejected: f64,
    /// Share of the texts of no label that were rejected.
    pub oos_recall: f64,
    /// How well the confidence tells both kinds apart.
    pub auroc: f64,
    /// The threshold with the best joint score.
    pub threshold: f32,
    /// One group automated, the others left to people.
    pub groups: Groups,
    /// Microseconds a text, reading it included.
    pub microseconds: f64,
    /// Bytes of the model.
    pub model_bytes: usize,
    /// Features it knows.
    pub features: usize,
}

/// One group of labels automated at a time, all else left to people.
#[derive(Debug)]
pub struct Groups {
    /// How the groups were made.
    pub made: String,
    /// Each group.
    pub each: Vec<Group>,
}

/// A group that was automated.
#[derive(Debug)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Texts acted on rightly.
    pub right: usize,
    /// Texts acted on.
    pub acted: usize,
    /// Texts of the group.
    pub all: usize,
}

/// Learns from a set and measures.
///
/// # Errors
/// When the file cannot be read or is of another form.
pub fn evaluate(path: &Path) -> Result<Report, DataError> {
    let lists = Lists::read(path)?;
    let (labels, background) = lists.labels();
    let mut train = examples(&lists.train, &labels);
    train.extend(examples(&lists.oos_train, &labels));
    if train.is_empty() || lists.val.is_empty() {
        return Err(DataError::Form {
            path: path.display().to_string(),
            why: "it must have texts under train and under val".to_owned(),
        });
    }
    let settings = Settings::default();
    let unseen = unseen(&labels, background, &train, &settings, None);
    let model = fit(&labels, background, &train, &settings, &unseen);
    let val = Judged::of(&model, &lists.val, &lists.oos_val);
    let threshold = val.best_threshold();
    let (on, chosen) = if lists.test.is_empty() {
        ("val", val)
    } else {
        ("test", Judged::of(&model, &lists.test, &lists.oos_test))
    };
    let right = |from: f32| {
        let mut inside = chosen.inside.iter();
        let right = |(verdict, label): &&(Verdict, Option<usize>)| {
            Some(verdict.label) == *label && verdict.confidence >= from
        };
        count(inside.by_ref().filter(right).count()) / count(chosen.inside.len())
    };
    let rejected = chosen
        .outside
        .iter()
        .filter(|verdict| verdict.confidence < threshold);
    let confidences = |verdicts: &mut dyn Iterator<Item = &Verdict>| -> Vec<f32> {
        verdicts.map(|verdict| verdict.confidence).collect()
    };
    Ok(Report {
        on,
        sizes: (chosen.inside.len(), chosen.outside.len()),
        labels: lists_labels(&labels, background),
        in_scope: right(threshold),
        in_scope_unrejected: right(f32::MIN),
        oos_recall: count(rejected.count()) / count(chosen.outside.len().max(1)),
        auroc: auroc(
            &confidences(&mut chosen.inside.iter().map(|(verdict, _)| verdict)),
            &confidences(&mut chosen.outside.iter()),
        ),
        threshold,
        groups: groups(path, &labels, background, &unseen, &model, &chosen)?,
        microseconds: timed(&lists.val, |(text, _)| model.verdict(&words(text))),
        model_bytes: model.to_bytes().len(),
        features: model.vocabulary.len(),
    })
}

fn lists_labels(labels: &[String], background: Option<usize>) -> usize {
    labels.len() - usize::from(background.is_some())
}

/// Texts and what the model made of them.
struct Judged {
    inside: Vec<(Verdict, Option<usize>)>,
    outside: Vec<Verdict>,
}

impl Judged {
    fn of(model: &Model, inside: &[(String, String)], outside: &[(String, String)]) -> Self {
        let place = |label: &str| model.labels.iter().position(|known| known == label);
        Self {
            inside: inside
                .iter()
                .map(|(text, label)| (model.verdict(&words(text)), place(label)))
                .collect(),
            outside: outside
                .iter()
                .map(|(text, _)| model.verdict(&words(text)))
                .collect(),
        }
    }

    /// The threshold with the best joint score: texts that get their label or, having none, are rejected.
    fn best_threshold(&self) -> f32 {
        let inside = self
            .inside
            .iter()
            .map(|(verdict, label)| (verdict.confidence, i64::from(Some(verdict.label) == *label)));
        let mut all: Vec<(f32, i64)> = inside.collect();
        all.extend(self.outside.iter().map(|verdict| (verdict.confidence, -1)));
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut best, mut threshold, mut score) = (0, f32::MIN, 0);
        for pair in all.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
            if score >= best {
                (best, threshold) = (score, pair[0].0);
            }
            score -= pair.iter().map(|(_, gain)| gain).sum::<i64>();
        }
        threshold
    }
}

/// Automates one group of labels at a time. The threshold is one for all, chosen on texts of `train`, each judged by
/// a model that had not seen it.
fn groups(
    path: &Path,
    labels: &[String],
    background: Option<usize>,
    unseen: &[Unseen],
    model: &Model,
    judged: &Judged,
) -> Result<Groups, DataError> {
    let (made, named) = named_groups(path, labels, background)?;
    // Pooled: whoever is acted on is acted on in the group that the label is of, so the groups share one threshold.
    let tried = unseen.iter().map(|one| {
        (
            model.confidence.of(&one.verdict.evidence),
            one.verdict.label == one.label,
        )
    });
    let from = least_confidence(tried.collect(), AIMED);
    let mut each = Vec::with_capacity(named.len());
    for (name, members) in named {
        let outside = judged.outside.iter().map(|verdict| (verdict, None));
        let inside = judged
            .inside
            .iter()
            .map(|(verdict, label)| (verdict, *label));
        let acted: Vec<bool> = inside
            .chain(outside)
            .filter(|(verdict, _)| members.contains(&verdict.label) && verdict.confidence >= from)
            .map(|(verdict, label)| Some(verdict.label) == label)
            .collect();
        let of_group = judged
            .inside
            .iter()
            .filter(|(_, label)| label.is_some_and(|at| members.contains(&at)));
        let right = acted.iter().filter(|right| **right).count();
        each.push(Group {
            name,
            right,
            acted: acted.len(),
            all: of_group.count(),
        });
    }
    Ok(Groups { made, each })
}

/// Groups by name and what they hold.
type Named = Vec<(String, Vec<usize>)>;

/// The domains in `domains.json` beside the set (`{"domain": ["label", …]}`), else the labels in ten parts.
fn named_groups(
    path: &Path,
    labels: &[String],
    background: Option<usize>,
) -> Result<(String, Named), DataError> {
    let beside = path.with_file_name("domains.json");
    if beside.is_file() {
        let text = crate::dataset::contents(&beside)?;
        let domains: BTreeMap<String, Vec<String>> =
            serde_json::from_str(&text).map_err(|cause| DataError::Form {
                path: beside.display().to_string(),
                why: format!("{cause}; it must be an object of lists of labels"),
            })?;
        let place = |label: &String| labels.iter().position(|known| known == label);
        let named = domains
            .into_iter()
            .map(|(name, members)| (name, members.iter().filter_map(place).collect()));
        return Ok(("domains.json".to_owned(), named.collect()));
    }
    let all: Vec<usize> = (0..labels.len())
        .filter(|at| Some(*at) != background)
        .collect();
    let size = all.len().div_ceil(GROUPS).max(1);
    let named = all.chunks(size).map(|part| {
        let name = format!("{} … {}", labels[part[0]], labels[part[part.len() - 1]]);
        (name, part.to_vec())
    });
    let made =
        "labels in alphabetical order, for there is no domains.json beside the set".to_owned();
    Ok((made, named.collect()))
}

impl Groups {
    /// The mean precision, the mean coverage, and the ends of the 95 % interval of the precision of all groups together.
    #[must_use]
    pub fn means(&self) -> (f64, f64, (f64, f64)) {
        let groups = count(self.each.len().max(1));
        let right = self.each.iter().map(|group| group.right).sum();
        let acted = self.each.iter().map(|group| group.acted).sum();
        (
            self.each.iter().map(Group::precision).sum::<f64>() / groups,
            self.each.iter().map(Group::coverage).sum::<f64>() / groups,
            (at_least(right, acted), at_most(right, acted)),
        )
    }
}

impl Group {
    fn precision(&self) -> f64 {
        count(self.right) / count(self.acted).max(1.0)
    }

    fn coverage(&self) -> f64 {
        count(self.acted) / count(self.all).max(1.0)
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |share: f64| share * 100.0;
        writeln!(
            f,
            "measured on       {}: {} texts of {} labels, {} of none",
            self.on, self.sizes.0, self.labels, self.sizes.1
        )?;
        writeln!(f, "in-scope          {:.2} %", percent(self.in_scope))?;
        writeln!(f, "oos-recall        {:.2} %", percent(self.oos_recall))?;
        writeln!(f, "auroc             {:.4}", self.auroc)?;
        writeln!(
            f,
            "threshold         {:.4} (best joint score on val)",
            self.threshold
        )?;
        writeln!(
            f,
            "without rejection {:.2} % of the texts of a label",
            percent(self.in_scope_unrejected)
        )?;
        let (precision, coverage, (low, high)) = self.groups.means();
        writeln!(
            f,
            "\none group automated, the others and what has no label left to people ({})",
            self.groups.made
        )?;
        for group in &self.groups.each {
            writeln!(
                f,
                "  {:<40} precision {:6.2} % of {:>4}  coverage {:5.1} %",
                group.name,
                percent(group.precision()),
                group.acted,
                percent(group.coverage())
            )?;
        }
        writeln!(
            f,
            "mean-precision    {:.2} % (wanted {:.0} %)",
            percent(precision),
            percent(PRECISION)
        )?;
        writeln!(f, "mean-coverage     {:.2} %", percent(coverage))?;
        writeln!(
            f,
            "interval          {:.2} % to {:.2} %, all groups together, each end one-sided 95 %",
            percent(low),
            percent(high)
        )?;
        writeln!(f, "\ntime-per-ticket   {:.1} µs", self.microseconds)?;
        writeln!(
            f,
            "model             {:.1} MB in memory, {} features",
            count(self.model_bytes) / 1e6,
            self.features
        )
    }
}
