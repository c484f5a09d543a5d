//! Labelled texts as files have them.

use crate::learn::Example;
use classifier::text::{Words, read};
use domain::Intake;
use serde::Deserialize;
use std::path::Path;

/// Why texts cannot be had from a file.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is read but is not what it must be.
    #[error("{path}: {why}")]
    Form {
        /// The file, and the line where there is one.
        path: String,
        /// What is wrong and what must be there.
        why: String,
    },
}

/// A public set: lists of `[text, label]`.
#[derive(Debug, Default, Deserialize)]
pub struct Lists {
    /// What is learned from.
    pub train: Vec<(String, String)>,
    /// What the threshold is chosen on.
    #[serde(default)]
    pub val: Vec<(String, String)>,
    /// What is reported on.
    #[serde(default)]
    pub test: Vec<(String, String)>,
    /// Texts that have none of the labels.
    #[serde(default)]
    pub oos_train: Vec<(String, String)>,
    /// The same, for the threshold.
    #[serde(default)]
    pub oos_val: Vec<(String, String)>,
    /// The same, for the report.
    #[serde(default)]
    pub oos_test: Vec<(String, String)>,
}

impl Lists {
    /// The lists in the file.
    ///
    /// # Errors
    /// When it cannot be read, or has no `train` list of `[text, label]`.
    pub fn read(path: &Path) -> Result<Self, DataError> {
        let text = contents(path)?;
        serde_json::from_str(&text).map_err(|cause| DataError::Form {
            path: path.display().to_string(),
            why: format!("{cause}; it must have lists of [text, label] under train, val and so on"),
        })
    }

    /// The labels of `train`, in alphabetical order, and the background behind them when there is something for it.
    #[must_use]
    pub fn labels(&self) -> (Vec<String>, Option<usize>) {
        let mut labels: Vec<String> = self.train.iter().map(|(_, label)| label.clone()).collect();
        labels.sort_unstable();
        labels.dedup();
        let background = (!self.oos_train.is_empty()).then_some(labels.len());
        if let Some((_, label)) = self.oos_train.first() {
            labels.push(label.clone());
        }
        (labels, background)
    }
}

/// The texts of a list with their labels' places; a label that is not in `labels` is left out.
#[must_use]
pub fn examples(list: &[(String, String)], labels: &[String]) -> Vec<Example> {
    list.iter()
        .filter_map(|(text, label)| {
            Some(Example {
                words: words(text),
                label: labels.iter().position(|known| known == label)?,
            })
        })
        .collect()
}

/// The words of one text.
#[must_use]
pub fn words(text: &str) -> Words {
    read(&Intake {
        subject: String::new(),
        body: text.to_owned(),
    })
    .own
}

pub(crate) fn contents(path: &Path) -> Result<String, DataError> {
    std::fs::read_to_string(path).map_err(|source| DataError::Read {
        path: path.display().to_string(),
        source,
    })
}
