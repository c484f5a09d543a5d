//! `POST /admin/v1/playbooks/{playbook_id}/simulate`: what a version would do, without doing it.

use crate::simulation::answers::SimulatedAnswer;
use crate::simulation::report::SimulationReport;
use crate::simulation::verdict::{kept, simulated};
use crate::simulation::wanted::Wanted;
use auth::PlaybookSimulate;
use axum::Json;
use domain::{PlaybookName, TicketName, UserId};
use kit::{App, Caller, Id, MaybeBody, Problem, Problems};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::timeout;
use utoipa::ToSchema;

/// How long it may take: API Gateway waits 29 s.
const LONGEST: Duration = Duration::from_secs(25);

/// What to simulate, and for whom.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct Simulation {
    /// The version; the latest if not given.
    #[schema(example = "1.2")]
    pub(crate) version: Option<String>,
    /// Any of a ticket's names: its requester and its receipts count. Or give a sample.
    #[schema(value_type = Option<String>)]
    pub(crate) ticket: Option<TicketName>,
    /// Whom to take for the requester, and what a run would be started with.
    pub(crate) sample: Option<SimulationSample>,
    /// At most 20 cases. Where none is given, cases are made that take every branch, for the ticket or the sample.
    #[serde(default)]
    pub(crate) cases: Vec<SimulationCase>,
}

/// What stands for a ticket, or goes with one.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct SimulationSample {
    /// The requester, by their id in the directory; with a ticket it is left out.
    #[schema(value_type = Option<String>, example = "abc-123")]
    pub(crate) user_id: Option<UserId>,
    /// The playbook's inputs.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(crate) inputs: Map<String, Value>,
}

/// One case. What it does not say itself, the request says for all.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub struct SimulationCase {
    /// What it is called in the answer.
    #[schema(example = "the manager is away")]
    pub(crate) name: Option<String>,
    /// Any of a ticket's names.
    #[schema(value_type = Option<String>, example = "HLP-12345")]
    pub(crate) ticket: Option<TicketName>,
    /// Whom to take for the requester, and what a run would be started with.
    pub(crate) sample: Option<SimulationSample>,
    /// How steps come out, by their ids. One that is not named says yes, or is done.
    #[serde(default)]
    #[schema(value_type = Object, example = json!({"verify_mfa": "deny"}))]
    pub(crate) answers: BTreeMap<String, SimulatedAnswer>,
}

/// Say what a version would do, and do nothing.
///
/// Walks the version's compiled state machine for each case. The directory is read, as a run reads it; nothing is written
/// there, nobody is asked and nothing is sent. The answer is `green` when there is no flaw, nothing was refused in a case that
/// is meant to succeed, and the cases took every branch. A version with a sensitive step is activated only after a green
/// simulation of its exact text.
#[utoipa::path(post, path = "/admin/v1/playbooks/{playbook_id}/simulate", operation_id = "simulate_playbook",
    params(("playbook_id" = String, Path, description = "The playbook's name.", example = "password_reset")),
    request_body = Simulation,
    responses((status = 200, description = "What it would do.", body = SimulationReport), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub async fn simulate_playbook(
    app: App,
    caller: Caller<PlaybookSimulate>,
    Id(name): Id<PlaybookName>,
    MaybeBody(ask): MaybeBody<Simulation>,
) -> Result<Json<SimulationReport>, Problem> {
    let tenant = caller.tenant();
    let wanted = Wanted::read(&app, tenant, &name, &ask).await?;
    let report = timeout(LONGEST, Box::pin(simulated(&app, tenant, &wanted))).await;
    let report = report.map_err(|_| {
        Problem::unavailable(
            "the directory answers too slowly for so many cases; simulate fewer at once",
        )
    })??;
    kept(&app, tenant, &caller.actor(), &name, &report).await?;
    Ok(Json(report))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_case_names_a_ticket_or_a_sample_and_answers() {
        let body = json!({"version": "1.2", "ticket": "HLP-12345", "cases": [
            {"answers": {"verify_mfa": "deny"}},
            {"sample": {"user_id": "abc-123"}, "answers": {"deliver_sms": "silence"}},
        ]});
        let read: Simulation = serde_json::from_value(body).unwrap();
        assert_eq!(read.ticket, Some(TicketName::Halo(12_345)));
        assert_eq!(read.cases[0].answers["verify_mfa"], SimulatedAnswer::Deny);
        assert!(read.cases[1].sample.is_some());
        let wrong = json!({"cases": [{"answers": {"verify_mfa": "perhaps"}}]});
        assert!(serde_json::from_value::<Simulation>(wrong).is_err());
    }
}
