//! `logs [service]`: what the functions wrote.

use std::time::Duration;

use tokio::time;

use super::endpoints_of_running;
use crate::{
    aws::Aws,
    error::Result,
    logs::{self, LogLine},
    project::Project,
    say::print_line,
};

/// Lambda's own lines about each invocation.
const LAMBDAS_OWN: [&str; 4] = [
    "START RequestId",
    "END RequestId",
    "REPORT RequestId",
    "INIT_START",
];

/// Prints the lines of `service`, or of all, oldest first; with `follow`, those to come too.
///
/// # Errors
/// When nothing is up.
pub async fn logs(project: &Project, service: Option<&str>, follow: bool) -> Result<()> {
    let endpoints = endpoints_of_running(project)?;
    let aws = Aws::at(endpoints.aws())?;
    let mut printed = 0;
    loop {
        let lines = logs::read(&aws, endpoints.stack(), 0).await?;
        let ours: Vec<&LogLine> = lines
            .iter()
            .filter(|line| is_wanted(line, service))
            .collect();
        for line in ours.iter().skip(printed) {
            let message = line.message.trim_end();
            print_line(format_args!("{:<14} {message}", line.service));
        }
        printed = ours.len();
        if !follow {
            return Ok(());
        }
        time::sleep(Duration::from_secs(1)).await;
    }
}

fn is_wanted(line: &LogLine, service: Option<&str>) -> bool {
    service.is_none_or(|service| service == line.service)
        && !LAMBDAS_OWN.iter().any(|own| line.message.starts_with(own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_own_lines_and_other_services_are_left_out() {
        let line = |message: &str| LogLine {
            service: "audit".to_owned(),
            at_ms: 0,
            message: message.to_owned(),
        };
        assert!(is_wanted(&line("{}"), Some("audit")));
        assert!(!is_wanted(&line("{}"), Some("webhooks")));
        assert!(!is_wanted(&line("END RequestId: 1"), None));
    }
}
