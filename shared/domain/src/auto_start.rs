//! Whether decisions for a playbook version may start it by themselves. A version begins in shadow: what is decided for it is
//! recorded and left to people, until their own choices have borne enough of its decisions out.

use crate::{Example, LabelSource, PlaybookName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Labels that a record remembers one by one, newest last; [`Bar::clean`] is at most this.
pub const WINDOW: u32 = 50;

/// The version of a playbook that a decision is for: what it starts or, in shadow, would have started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The playbook.
    pub playbook: PlaybookName,
    /// Its version that was active.
    pub version: String,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.playbook, self.version)
    }
}

/// What a version must show before decisions may start it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// The share of its labelled decisions that people agreed with, 0 to 1.
    pub precision: f64,
    /// How many of its decisions people must have labelled.
    pub labelled: u64,
    /// The newest labels among which there is no error, 0 to [`WINDOW`].
    pub clean: u32,
}

impl Default for Bar {
    fn default() -> Self {
        Self {
            precision: 0.95,
            labelled: 100,
            clean: WINDOW,
        }
    }
}

/// An operator's word for a version whose record is still too short to judge it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouched {
    /// Since when.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// How the decisions for one version in one tenant agreed with people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrackRecord {
    /// The version.
    pub of: Candidate,
    /// Decisions for it that people labelled.
    #[serde(default)]
    pub labelled: u64,
    /// Those they agreed with.
    #[serde(default)]
    pub agreed: u64,
    /// Those whose label is a correction: regression cases.
    #[serde(default)]
    pub corrected: u64,
    /// The newest labels, oldest first: an example's mark, and `+` or `-`.
    #[serde(default)]
    pub recent: Vec<String>,
    /// The bar an operator set; the default where none did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bar: Option<Bar>,
    /// An operator's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vouched: Option<Vouched>,
    /// Counts writes.
    #[serde(default)]
    pub rev: u64,
}

/// Whether decisions may start a version, and why or why not, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether they may.
    pub unlocked: bool,
    /// One sentence at least.
    pub reasons: Vec<String>,
}

impl TrackRecord {
    /// The record of a version that nobody has said anything about.
    #[must_use]
    pub fn new(of: Candidate) -> Self {
        Self {
            of,
            labelled: 0,
            agreed: 0,
            corrected: 0,
            recent: Vec::new(),
            bar: None,
            vouched: None,
            rev: 0,
        }
    }

    /// The bar in force.
    #[must_use]
    pub fn bar(&self) -> Bar {
        self.bar.unwrap_or_default()
    }

    /// Decisions that people disagreed with.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.labelled.saturating_sub(self.agreed)
    }

    /// The share of labelled decisions that people agreed with; none while nothing is labelled.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "people label fewer than 2^52 decisions"
    )]
    pub fn precision(&self) -> Option<f64> {
        (self.labelled > 0).then(|| self.agreed as f64 / self.labelled as f64)
    }

    /// Errors among the newest labels that the bar looks at.
    #[must_use]
    pub fn recent_errors(&self) -> usize {
        let clean = usize::try_from(self.bar().clean).unwrap_or(usize::MAX);
        let newest = self.recent.iter().rev().take(clean);
        newest.filter(|mark| mark.ends_with('-')).count()
    }

    /// With one more label.
    #[must_use]
    pub fn with(mut self, example: &Example) -> Self {
        let (mark, agrees) = (example.mark(), example.agrees());
        self.labelled += 1;
        self.agreed += u64::from(agrees);
        self.corrected += u64::from(example.source == LabelSource::Correction);
        self.recent
            .push(format!("{mark}{}", if agrees { '+' } else { '-' }));
        let over = self.recent.len().saturating_sub(WINDOW as usize);
        self.recent.drain(..over);
        self
    }

    /// Without a label that another one takes the place of.
    #[must_use]
    pub fn without(mut self, example: &Example) -> Self {
        let mark = example.mark();
        self.labelled = self.labelled.saturating_sub(1);
        self.agreed = self.agreed.saturating_sub(u64::from(example.agrees()));
        let was_correction = example.source == LabelSource::Correction;
        self.corrected = self.corrected.saturating_sub(u64::from(was_correction));
        self.recent.retain(|recent| !recent.starts_with(&mark));
        self
    }

    /// Whether decisions may start it. An operator's word stands in for labels that are missing, never for those there are:
    /// from the bar's number on the labels alone decide.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let bar = self.bar();
        let short = self.labelled < bar.labelled;
        if let (true, Some(vouched)) = (short, &self.vouched) {
            let since = vouched.at.strftime("%Y-%m-%d");
            let word = format!(
                "an operator vouches for {} since {since}: {}",
                self.of, vouched.reason
            );
            let until = format!(
                "people have labelled {} of its decisions; from {} on the labels decide",
                self.labelled, bar.labelled
            );
            return Standing {
                unlocked: true,
                reasons: vec![word, until],
            };
        }
        let missing = self.missing(&bar);
        if missing.is_empty() {
            let agreed = format!(
                "people agreed with {} of {} labelled decisions for {}, and with all of the last {}",
                self.agreed, self.labelled, self.of, bar.clean
            );
            return Standing {
                unlocked: true,
                reasons: vec![agreed],
            };
        }
        Standing {
            unlocked: false,
            reasons: missing,
        }
    }

    /// What speaks against starting it.
    fn missing(&self, bar: &Bar) -> Vec<String> {
        let mut missing = Vec::new();
        if self.labelled < bar.labelled {
            missing.push(format!(
                "people have labelled {} decisions for {}, and {} are needed",
                self.labelled, self.of, bar.labelled
            ));
        }
        if let Some(precision) = self.precision().filter(|share| *share < bar.precision) {
            missing.push(format!(
                "people agreed with {:.1} % of them, and {:.1} % are needed",
                precision * 100.0,
                bar.precision * 100.0
            ));
        }
        let errors = self.recent_errors();
        if errors > 0 {
            missing.push(format!(
                "{errors} of the last {} labels say that the decision was wrong, and none may",
                bar.clean
            ));
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Intake, TicketId};

    fn candidate(playbook: &str) -> Candidate {
        Candidate {
            playbook: PlaybookName::parse(playbook).unwrap(),
            version: "1.0".into(),
        }
    }

    fn example(ticket: u128, label: Option<&str>) -> Example {
        let content = Intake {
            subject: "s".into(),
            body: "b".into(),
        };
        Example {
            ticket_id: TicketId::from_bits(ticket),
            content: content.hash(),
            decision_id: "dec_1".into(),
            classifier_version: "linear-1".into(),
            confidence: 0.9,
            decided: Some(candidate("unlock")),
            label: label.map(candidate),
            source: LabelSource::Started,
            note: None,
            text: None,
            labelled_by: "key-1".into(),
            labelled_at: Timestamp::UNIX_EPOCH,
            rev: 0,
        }
    }

    fn record(agreed: u128, wrong: u128) -> TrackRecord {
        let first = (0..wrong).map(|ticket| example(ticket, None));
        let then = (wrong..wrong + agreed).map(|ticket| example(ticket, Some("unlock")));
        let new = TrackRecord::new(candidate("unlock"));
        first.chain(then).fold(new, |record, one| record.with(&one))
    }

    #[test]
    fn a_version_nobody_has_labelled_is_locked_and_says_what_is_missing() {
        let standing = record(0, 0).standing();
        assert!(!standing.unlocked);
        assert_eq!(
            standing.reasons,
            ["people have labelled 0 decisions for unlock 1.0, and 100 are needed"]
        );
    }

    #[test]
    fn the_default_bar_is_a_hundred_labels_95_percent_and_no_error_in_the_last_fifty() {
        assert!(!record(99, 0).standing().unlocked);
        assert!(record(100, 0).standing().unlocked);
        // 95 of 100, and the errors lie more than fifty labels back.
        assert!(record(95, 5).standing().unlocked);
        assert!(!record(94, 6).standing().unlocked);
        let late = record(100, 0).with(&example(1_000, None));
        let standing = late.standing();
        assert!(!standing.unlocked);
        assert_eq!(standing.reasons.len(), 1, "{standing:?}");
        assert!(standing.reasons[0].starts_with("1 of the last 50"));
        let after = (2_000..2_050).fold(late, |record, ticket| {
            record.with(&example(ticket, Some("unlock")))
        });
        assert!(after.standing().unlocked);
    }

    #[test]
    fn another_playbook_chosen_is_an_error_as_none_is() {
        for label in [None, Some("password_reset")] {
            let one = example(1, label);
            assert!(!one.agrees());
            assert_eq!(one.missed().cloned(), label.map(candidate));
            assert_eq!(record(3, 0).with(&one).errors(), 1);
        }
        assert_eq!(example(1, Some("unlock")).missed(), None);
    }

    #[test]
    fn a_label_that_is_corrected_is_counted_once_and_as_the_newest() {
        let bar = Bar {
            precision: 0.5,
            labelled: 3,
            clean: 2,
        };
        let record = TrackRecord {
            bar: Some(bar),
            ..record(4, 0)
        };
        assert!(record.standing().unlocked);
        let first = example(0, Some("unlock"));
        let corrected = Example {
            source: LabelSource::Correction,
            ..example(0, None)
        };
        let after = record.clone().without(&first).with(&corrected);
        assert_eq!((after.labelled, after.agreed, after.corrected), (4, 3, 1));
        assert!(!after.standing().unlocked, "the newest label is an error");
        let back = after.without(&corrected).with(&first);
        assert_eq!((back.labelled, back.agreed, back.corrected), (4, 4, 0));
        assert!(back.standing().unlocked);
    }

    #[test]
    fn an_operators_word_stands_until_there_are_labels_enough() {
        let vouched = Some(Vouched {
            at: Timestamp::UNIX_EPOCH,
            reason: "released".into(),
        });
        let with = |record: TrackRecord| TrackRecord {
            vouched: vouched.clone(),
            ..record
        };
        assert!(with(record(0, 3)).standing().unlocked);
        assert!(!with(record(90, 10)).standing().unlocked);
        assert!(with(record(100, 0)).standing().unlocked);
    }

    #[test]
    fn the_window_is_bounded() {
        let record = record(500, 20);
        assert_eq!(record.recent.len(), WINDOW as usize);
        assert_eq!((record.labelled, record.agreed), (520, 500));
    }
}
