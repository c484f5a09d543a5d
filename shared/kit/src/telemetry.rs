//! Logs: one JSON object a line, which `CloudWatch` Logs Insights reads by field.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

/// Libraries whose lines below `warn` tell an operator nothing.
const QUIET: [&str; 4] = [
    "aws_config",
    "aws_smithy_runtime",
    "hyper",
    "lambda_runtime",
];

/// Sends lines from `info` up, and those of [`QUIET`] from `warn` up, to standard output.
pub(crate) fn init() {
    let levels = Targets::new()
        .with_default(LevelFilter::INFO)
        .with_targets(QUIET.map(|library| (library, LevelFilter::WARN)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false);
    let subscriber = tracing_subscriber::registry().with(levels).with(lines);
    // A second call in one process (a test) keeps the first subscriber.
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("logging was set up before");
    }
}
