//! What a pipeline failed with: its kind, how bad it is, and whether trying again can help. A table of patterns, in
//! `failure/patterns.rs`; the first that fits decides.

mod patterns;

use serde::Serialize;

/// Which table decided. Kept with every classification, so that it can be made again.
pub const FAILURES_VERSION: &str = "failures-1";

/// Characters of a message that are looked at: an exception stands at its beginning, a trace behind it.
const READ: usize = 8_000;

/// Where a failure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Azure Data Factory.
    DataFactory,
    /// Databricks: a cluster or a job.
    Databricks,
    /// Apache Airflow.
    Airflow,
}

/// What kind of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Category {
    /// The network, or whatever is at its other end.
    NetworkError,
    /// A limit on how much or how often.
    CapacityError,
    /// The machines that it ran on.
    InfrastructureError,
    /// A credential or a right.
    AccessError,
    /// What was to be read is not there or not as expected.
    DataError,
    /// How it was set up.
    ConfigurationError,
    /// The pipeline's own code.
    CodeError,
    /// No pattern fits.
    Unknown,
}

/// How bad it is while nobody looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Severity {
    /// It often mends itself.
    Low,
    /// This run is lost.
    Medium,
    /// So is the next.
    High,
}

/// What can be tried without a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// Run the failed Airflow task again.
    RetryTask,
    /// Run the Data Factory pipeline again from the activity that failed.
    RetryPipeline,
    /// Start the Databricks cluster again.
    RestartCluster,
    /// Run the failed tasks of the Databricks job again.
    RepairRun,
    /// Nothing: a person has to look.
    Escalate,
}

/// A failure as it was reported.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    /// Where it comes from.
    pub platform: Platform,
    /// The platform's code, where it gave one: `2200`, `CLOUD_PROVIDER_LAUNCH_FAILURE`.
    pub code: Option<&'a str>,
    /// The platform's message or exception.
    pub message: &'a str,
}

/// What a failure is taken for, in contract C's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FailureClass {
    /// Its name.
    pub error_type: &'static str,
    /// Its kind.
    pub category: Category,
    /// How bad it is.
    pub severity: Severity,
    /// Whether trying again can help.
    pub is_remediable: bool,
    /// What to try.
    pub action: Remedy,
    /// How often at most.
    pub max_retries: u8,
    /// The pattern that fits, with its revision: `airflow-connection/1`. None when no pattern does.
    #[serde(skip)]
    pub pattern: Option<String>,
    /// Where the platform documents it, for whoever looks.
    #[serde(skip)]
    pub source: Option<&'static str>,
}

/// What a failure is. One that no pattern fits is for a person.
#[must_use]
pub fn classify_failure(failure: &Failure<'_>) -> FailureClass {
    let end = failure.message.char_indices().nth(READ);
    let end = end.map_or(failure.message.len(), |(at, _)| at);
    let said = failure.message[..end].to_ascii_lowercase();
    let code = failure.code.map(str::trim);
    let mut patterns = patterns::of(failure.platform).iter();
    let found = patterns.find(|pattern| pattern.fits(code, &said));
    let Some(found) = found else {
        return FailureClass {
            error_type: "UnknownError",
            category: Category::Unknown,
            severity: Severity::Medium,
            is_remediable: false,
            action: Remedy::Escalate,
            max_retries: 0,
            pattern: None,
            source: None,
        };
    };
    FailureClass {
        error_type: found.error_type,
        category: found.category,
        severity: found.severity,
        is_remediable: found.remedy.0 != Remedy::Escalate,
        action: found.remedy.0,
        max_retries: found.remedy.1,
        pattern: Some(format!("{}/{}", found.id, found.revision)),
        source: Some(found.source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    const PLATFORMS: [Platform; 3] = [
        Platform::DataFactory,
        Platform::Databricks,
        Platform::Airflow,
    ];

    fn class(platform: Platform, code: Option<&str>, message: &str) -> FailureClass {
        classify_failure(&Failure {
            platform,
            code,
            message,
        })
    }

    #[test]
    fn the_contracts_failures_are_what_the_contract_calls_them() {
        let refused = "psycopg2.OperationalError: could not connect to server: Connection refused";
        let airflow = class(Platform::Airflow, None, refused);
        assert_eq!(
            serde_json::to_value(&airflow).unwrap(),
            serde_json::json!({"error_type": "ConnectionError", "category": "NetworkError", "severity": "Medium",
                "is_remediable": true, "action": "retry_task", "max_retries": 3})
        );
        let code = Some("CLOUD_PROVIDER_LAUNCH_FAILURE");
        let databricks = class(Platform::Databricks, code, "");
        assert_eq!(databricks.error_type, "DatabricksClusterStartFailure");
        assert_eq!(databricks.action, Remedy::RestartCluster);
        let missing = class(Platform::DataFactory, Some("2200"), "Source blob not found");
        assert_eq!(missing.error_type, "UserErrorSourceBlobNotExists");
        assert!(!missing.is_remediable);
    }

    #[test]
    fn a_copy_failure_is_told_by_the_code_inside_its_message() {
        let said = |name: &str| {
            format!("ErrorCode={name},'Type=Microsoft.DataTransfer,Message=…,Source=…'")
        };
        let class = |name: &str| class(Platform::DataFactory, Some("2200"), &said(name));
        assert_eq!(class("SqlFailedToConnect").action, Remedy::RetryPipeline);
        assert_eq!(
            class("UserErrorSourceBlobNotExist").category,
            Category::DataError
        );
        assert_eq!(class("SomethingNew").error_type, "CopyActivityFailed");
    }

    #[test]
    fn a_code_is_one_only_as_a_whole() {
        let run = class(Platform::DataFactory, Some("93208"), "run 3208 of 4125");
        assert_eq!(run.error_type, "UnknownError");
        assert_eq!(run.action, Remedy::Escalate);
    }

    #[test]
    fn a_failure_of_one_platform_is_not_read_with_anothers_patterns() {
        let there = class(Platform::Airflow, Some("CLOUD_PROVIDER_LAUNCH_FAILURE"), "");
        assert_eq!(there.pattern, None);
    }

    #[test]
    fn every_pattern_has_a_name_of_its_own_a_source_and_a_failure_that_it_decides() {
        let of = |platform| {
            patterns::of(platform)
                .iter()
                .map(move |one| (platform, one))
        };
        let all: Vec<_> = PLATFORMS.into_iter().flat_map(of).collect();
        let names: BTreeSet<_> = all.iter().map(|(_, pattern)| pattern.id).collect();
        assert_eq!(names.len(), all.len());
        for (platform, pattern) in all {
            assert!(pattern.source.starts_with("https://"), "{}", pattern.id);
            assert!(pattern.revision > 0, "{}", pattern.id);
            let (remedy, tries) = pattern.remedy;
            assert_eq!(remedy == Remedy::Escalate, tries == 0, "{}", pattern.id);
            let examples = pattern.codes.iter().map(|code| (Some(*code), ""));
            let examples = examples.chain(pattern.phrases.iter().map(|phrase| (None, *phrase)));
            for (code, message) in examples {
                assert_eq!(message, message.to_ascii_lowercase(), "{}", pattern.id);
                let found = class(platform, code, message).pattern;
                let expected = format!("{}/{}", pattern.id, pattern.revision);
                assert_eq!(found, Some(expected), "{code:?} {message}");
            }
        }
    }

    proptest! {
        #[test]
        fn whatever_is_reported_is_classified(code in proptest::option::of(".*"), message in ".*") {
            for platform in PLATFORMS {
                let class = class(platform, code.as_deref(), &message);
                prop_assert_eq!(class.is_remediable, class.max_retries > 0);
            }
        }
    }
}
