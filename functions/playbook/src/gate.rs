//! What a version has to have been through before it runs: a green simulation of its exact text, in the same tenant.

use domain::Tenant;
use kit::{App, Problem};
use playbook::{CATALOGUE, PlaybookVersion, parse};
use serde_json::json;
use store::{SimulationRow, VersionRow};

/// Whether a version may run: it has no sensitive step, is one that we released, or was simulated as it is.
///
/// # Errors
/// 409 `SIMULATION_REQUIRED` with what to do.
pub(crate) async fn simulated(
    app: &App,
    tenant: &Tenant,
    version: &VersionRow,
    text: &PlaybookVersion,
) -> Result<(), Problem> {
    let steps = sensitive(text);
    if steps.is_empty() || is_released(version) {
        return Ok(());
    }
    let checksum = &version.checksum;
    let row = app
        .store()
        .simulation(tenant, &version.name, checksum)
        .await?;
    if row.as_ref().is_some_and(|row| row.green_at.is_some()) {
        return Ok(());
    }
    let simulate = format!("/admin/v1/playbooks/{}/simulate", version.name);
    let message = format!(
        "version {} changes what only a verified person may have changed ({}), and {}: POST {simulate} with \
         {{\"version\": \"{}\"}} and a sample, and activate it when it is green",
        version.version,
        steps.join(", "),
        stands(row.as_ref()),
        version.version,
    );
    Err(Problem::conflict("SIMULATION_REQUIRED", message)
        .with("version", version.version.as_str())
        .with("checksum", checksum.as_str())
        .with("steps", json!(steps))
        .with("simulate", simulate))
}

/// Whether this is a text of the catalogue that this release brought.
pub(crate) fn is_released(version: &VersionRow) -> bool {
    CATALOGUE
        .iter()
        .filter_map(|text| parse(text).ok())
        .any(|text| text.checksum() == version.checksum)
}

fn sensitive(text: &PlaybookVersion) -> Vec<&str> {
    let steps = text.each_step();
    steps
        .filter(|step| step.service.is_sensitive())
        .map(|step| step.id.as_str())
        .collect()
}

fn stands(row: Option<&SimulationRow>) -> String {
    match row {
        None => "this exact text was not simulated here".to_owned(),
        Some(row) => format!(
            "its simulation was not green ({} of {} branches, {} flaws)",
            row.covered, row.branches, row.flaws
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_asks_or_takes_away_is_not_held_up() {
        let text = |service: &str, with: &str| {
            let yaml = format!(
                "name: p\nversion: '1.0'\nsteps:\n  - id: one\n    service: {service}\n    with: {with}\n"
            );
            parse(&yaml).unwrap()
        };
        let asks = text("verification.mfa", "{user_id: abc-123}");
        let ends = text("executor.revoke_sessions", "{user_id: abc-123}");
        let resets = text("executor.reset_password", "{user_id: abc-123, method: tap}");
        assert!(sensitive(&asks).is_empty() && sensitive(&ends).is_empty());
        assert_eq!(sensitive(&resets), ["one"]);
    }
}
