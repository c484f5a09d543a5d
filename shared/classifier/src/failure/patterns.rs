//! How failures are recognised: a table for each platform, the more particular patterns first.

mod airflow;
mod data_factory;
mod databricks;

use super::{Category, Platform, Remedy, Severity};

/// How a failure is recognised, and what it then is.
pub(super) struct Pattern {
    /// Its name.
    pub(super) id: &'static str,
    /// Counted up when it recognises other failures or says something else of them.
    pub(super) revision: u16,
    /// Codes of the platform, each the whole code.
    pub(super) codes: &'static [&'static str],
    /// Parts of a message, in small letters.
    pub(super) phrases: &'static [&'static str],
    pub(super) error_type: &'static str,
    pub(super) category: Category,
    pub(super) severity: Severity,
    /// What to try, and how often.
    pub(super) remedy: (Remedy, u8),
    /// Where the platform says so.
    pub(super) source: &'static str,
}

impl Pattern {
    /// Whether a failure with this code and this message, in small letters, is one of these.
    pub(super) fn fits(&self, code: Option<&str>, said: &str) -> bool {
        let is_coded = code.is_some_and(|code| {
            let mut codes = self.codes.iter();
            codes.any(|own| own.eq_ignore_ascii_case(code))
        });
        is_coded || self.phrases.iter().any(|phrase| said.contains(phrase))
    }
}

/// The patterns of a platform.
pub(super) fn of(platform: Platform) -> &'static [Pattern] {
    match platform {
        Platform::DataFactory => data_factory::PATTERNS,
        Platform::Databricks => databricks::PATTERNS,
        Platform::Airflow => airflow::PATTERNS,
    }
}
