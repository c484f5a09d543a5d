//! Logs: one JSON object a line, which `CloudWatch` Logs Insights reads by field.

use tracing_subscriber::EnvFilter;

/// Sends our own lines from `info` up, and others' from `warn` up, to standard output.
pub(crate) fn init() {
    let filter = EnvFilter::new(
        "info,aws_config=warn,aws_smithy_runtime=warn,hyper=warn,lambda_runtime=warn",
    );
    let subscriber = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter)
        .finish();
    // A second call in one process (a test) keeps the first subscriber.
    if tracing::subscriber::set_global_default(subscriber).is_err() {
        tracing::debug!("logging was set up before");
    }
}
