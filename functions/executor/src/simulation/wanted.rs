//! What is to be simulated: a version, and the cases that are named or whom to make some for.

use super::scene::{Case, Subject};
use crate::simulate_playbook::{Simulation, SimulationCase, SimulationSample};
use domain::{
    ChainHead, Origin, PlaybookName, Requester, Telling, Tenant, Ticket, TicketId, TicketName,
    TicketStatus,
};
use jiff::Timestamp;
use kit::{App, Problem};
use playbook::{PlaybookVersion, check_inputs};
use std::collections::BTreeMap;

/// Cases that one call may name.
const MOST_CASES: usize = 20;
/// The longest name of a case, in characters.
const LONGEST_NAME: usize = 200;

/// What is to be simulated.
pub(crate) struct Wanted {
    pub(crate) version: PlaybookVersion,
    pub(crate) checksum: String,
    pub(crate) cases: Cases,
}

/// The cases that are named, or whom to make some for.
pub(crate) enum Cases {
    Named(Vec<Case>),
    Made(Box<Subject>),
}

impl Wanted {
    /// What a call asks for.
    ///
    /// # Errors
    /// 404 when there is no such playbook, version or ticket; 409 when the version's text is not valid any more; 422 when a
    /// case does not fit the version.
    pub(crate) async fn read(
        app: &App,
        tenant: &Tenant,
        name: &PlaybookName,
        ask: &Simulation,
    ) -> Result<Self, Problem> {
        let (version, checksum) = version(app, tenant, name, ask.version.as_deref()).await?;
        if ask.cases.len() > MOST_CASES {
            let message = format!("at most {MOST_CASES} cases are simulated at once; send fewer");
            return Err(Problem::invalid("cases", message).with("most", MOST_CASES));
        }
        let cases = if ask.cases.is_empty() {
            let plain = SimulationCase::default();
            let (ticket, sample) = merged(ask, &plain);
            let subject = subject(app, tenant, &version, "", ticket, &sample).await?;
            Cases::Made(Box::new(subject))
        } else {
            let mut cases = Vec::new();
            for (at, case) in ask.cases.iter().enumerate() {
                let path = format!("cases[{at}].");
                fits(&version, &path, case)?;
                let (ticket, sample) = merged(ask, case);
                cases.push(Case {
                    name: case
                        .name
                        .clone()
                        .unwrap_or_else(|| format!("case {}", at + 1)),
                    subject: subject(app, tenant, &version, &path, ticket, &sample).await?,
                    answers: case.answers.clone(),
                });
            }
            Cases::Named(cases)
        };
        Ok(Self {
            version,
            checksum,
            cases,
        })
    }
}

/// What a case is about: its own ticket or person stands instead of the request's, and so do its inputs.
fn merged<'a>(
    ask: &'a Simulation,
    case: &'a SimulationCase,
) -> (Option<&'a TicketName>, SimulationSample) {
    let user_of = |sample: &Option<SimulationSample>| sample.as_ref()?.user_id.clone();
    let own = (case.ticket.as_ref(), user_of(&case.sample));
    let (ticket, user_id) = match own {
        (None, None) => (ask.ticket.as_ref(), user_of(&ask.sample)),
        own => own,
    };
    let sample = case.sample.as_ref().or(ask.sample.as_ref());
    let inputs = sample.map(|sample| sample.inputs.clone());
    let inputs = inputs.unwrap_or_default();
    (ticket, SimulationSample { user_id, inputs })
}

/// The version that is meant, and its text's checksum.
async fn version(
    app: &App,
    tenant: &Tenant,
    name: &PlaybookName,
    number: Option<&str>,
) -> Result<(PlaybookVersion, String), Problem> {
    let row = app.store().playbook_of(tenant, name).await?;
    let row =
        row.ok_or_else(|| Problem::not_found("playbook").with("playbook_id", name.as_str()))?;
    let number = number.unwrap_or(&row.latest_version);
    let unknown = || Problem::not_found("playbook version").with("version", number);
    number.parse::<playbook::Version>().map_err(|error| {
        Problem::invalid("version", format!("`{number}` is no version: {error}"))
    })?;
    let found = app
        .store()
        .playbook_version_of(tenant, name, number)
        .await?;
    let found = found.ok_or_else(unknown)?;
    let text = serde_json::from_str(&found.definition).map_err(|error| {
        let message = format!("version {number} is not valid any more: {error}; save it anew");
        Problem::conflict("PLAYBOOK_INVALID", message).with("version", number)
    })?;
    Ok((text, found.checksum))
}

/// Whether a case is one of this version's.
fn fits(version: &PlaybookVersion, path: &str, case: &SimulationCase) -> Result<(), Problem> {
    let name = case.name.as_deref().unwrap_or("x");
    let is_plain = !name.chars().any(char::is_control);
    if !(1..=LONGEST_NAME).contains(&name.chars().count()) || !is_plain {
        let message = format!("a case is called by 1 to {LONGEST_NAME} characters on one line");
        return Err(Problem::invalid(&format!("{path}name"), message));
    }
    for (id, answer) in &case.answers {
        let place = format!("{path}answers.{id}");
        let Some(step) = version.step(id) else {
            let steps: Vec<&str> = version.step_ids().map(playbook::StepId::as_str).collect();
            let message = format!("there is no such step; there are {}", steps.join(", "));
            return Err(Problem::invalid(&place, message));
        };
        if !answer.fits(step.service) {
            let words = if step.service.is_verification() {
                "approve, deny, silence, fail, unknown, busy or cancel"
            } else {
                "succeed, silence, fail, unknown, busy or cancel"
            };
            let message = format!("{} comes out as {words}", step.service);
            return Err(Problem::invalid(&place, message));
        }
    }
    Ok(())
}

/// Whom a case is about.
async fn subject(
    app: &App,
    tenant: &Tenant,
    version: &PlaybookVersion,
    path: &str,
    ticket: Option<&TicketName>,
    sample: &SimulationSample,
) -> Result<Subject, Problem> {
    let inputs = check_inputs(version, &sample.inputs).map_err(|flaws| {
        let first = flaws.first();
        let place = first.map_or("inputs", |flaw| flaw.path.as_str());
        let message = first.map_or("the inputs do not fit", |flaw| flaw.message.as_str());
        Problem::invalid(&format!("{path}sample.{place}"), message)
    })?;
    let ticket = match (ticket, &sample.user_id) {
        (Some(name), None) => {
            return Ok(Subject {
                ticket: desk::find_ticket(app, tenant, name).await?,
                is_live: true,
                inputs,
            });
        }
        (None, Some(user)) => {
            let directory = outside::directory(app, tenant).await?;
            let person = directory.person(user.as_str()).await?;
            let email = person.mail.clone();
            stand_in(Requester {
                email: email.unwrap_or(person.user_principal_name),
                user_id: Some(person.id),
            })
        }
        (Some(_), Some(_)) => {
            let message = "name a ticket or a user, not both: a ticket has a requester";
            return Err(Problem::invalid(&format!("{path}sample.user_id"), message));
        }
        (None, None) => {
            let message = "say for whom: a ticket by any of its names, or a sample with the user_id of somebody in the directory";
            return Err(Problem::invalid(&format!("{path}sample"), message));
        }
    };
    Ok(Subject {
        ticket,
        is_live: false,
        inputs,
    })
}

/// The ticket of a sample. It is written nowhere.
pub(crate) fn stand_in(requester: Requester) -> Ticket {
    Ticket {
        id: TicketId::from_bits(0),
        number: 0,
        name: TicketName::External("simulated".to_owned()),
        origin: Origin::Api,
        status: TicketStatus::Open,
        requester,
        snapshot: None,
        decided: None,
        started: None,
        withheld: None,
        telling: Telling::Open,
        runs: Vec::new(),
        live: BTreeMap::new(),
        created_at: Timestamp::UNIX_EPOCH,
        rev: 0,
        chain: ChainHead::default(),
    }
}
