//! Making a version ready to run: its text is checked again, and its state machine made.

use crate::gate::{is_released, simulated};
use crate::save::machine_hash;
use desk::Raced;
use domain::{PlaybookName, Tenant};
use kit::{App, Config, Error, Problem};
use playbook::{OPERATIONS, PlaybookVersion, compile_text, placeholder};
use store::{MachineRow, MachineState, VersionRow};

/// A version that can run, and what the write that points at it takes along.
pub(crate) struct Ready {
    /// The version.
    pub(crate) version: VersionRow,
    /// Whether it was the one above's, and is to be saved as the tenant's own.
    pub(crate) is_copy: bool,
    /// Its machine as it is noted, which the write says is in use; none for a machine of the catalogue's.
    pub(crate) machine: Option<MachineRow>,
}

/// Makes a version ready. A machine that is made and then not pointed at does no harm, and is removed by `remove_machines`.
///
/// # Errors
/// 404 when there is no such version; 409 when its text is not valid any more, has to be simulated first, or is one of the
/// catalogue's that is not deployed any more; 503 when its former machine is just being removed; lost when somebody else makes it ready right now.
pub(crate) async fn ready(
    app: &App,
    tenant: &Tenant,
    name: &PlaybookName,
    number: &str,
) -> Result<Ready, Raced> {
    let own = app.store().playbook_version(tenant, name, number).await?;
    let is_copy = own.is_none();
    let mut version = match own {
        Some(own) => own,
        None => app
            .store()
            .playbook_version_of(tenant, name, number)
            .await?
            .ok_or_else(|| Problem::not_found("playbook version").with("version", number))?,
    };
    let text: PlaybookVersion = serde_json::from_str(&version.definition).map_err(|error| {
        let message = format!("version {number} is not valid any more: {error}; save it anew");
        Problem::conflict("PLAYBOOK_INVALID", message).with("version", number)
    })?;
    simulated(app, tenant, &version, &text).await?;
    if is_copy {
        let hash = machine_hash(tenant, name, number, &version.checksum);
        version.machine_arn = app.machines().own_arn(&hash);
    } else if version.machine_arn == app.machines().catalogue_arn(name.as_str()) {
        deployed(&version)?;
        return Ok(Ready {
            version,
            is_copy,
            machine: None,
        });
    }
    let machine = noted(app, tenant, &version).await?;
    let setting = |name| Config::setting(name).ok_or_else(|| Problem::from(Error::Unset(name)));
    let (role, log) = (setting("MACHINE_ROLE")?, setting("MACHINE_LOG")?);
    let definition = definition(app, &text);
    app.machines()
        .make(&version.machine_arn, &definition, &role, &log)
        .await
        .map_err(Problem::from)?;
    Ok(Ready {
        version,
        is_copy,
        machine: Some(machine),
    })
}

/// Notes the machine before it is made, so that one that nothing came of is found again.
async fn noted(app: &App, tenant: &Tenant, version: &VersionRow) -> Result<MachineRow, Raced> {
    let now = app.clock().now();
    let seen = app
        .store()
        .machine(tenant, &version.name, &version.version)
        .await?;
    let next = match &seen {
        Some(row) => match row.state {
            MachineState::InUse => return Ok(row.clone()),
            MachineState::Removing => {
                let message = "the machine that this version had is just being removed; try again in a few minutes";
                return Err(Problem::unavailable(message).into());
            }
            MachineState::Idle | MachineState::Removed => row.in_state(MachineState::Idle, now),
        },
        None => MachineRow {
            arn: version.machine_arn.clone(),
            playbook: version.name.clone(),
            version: version.version.clone(),
            state: MachineState::Idle,
            since: now,
            rev: 0,
        },
    };
    Ok(app
        .store()
        .put_machine(tenant, seen.as_ref(), &next)
        .await?)
}

/// The machine's definition, with our functions in it.
fn definition(app: &App, text: &PlaybookVersion) -> String {
    OPERATIONS
        .iter()
        .fold(compile_text(text), |definition, operation| {
            let function = app.machines().function_arn(operation);
            definition.replace(&placeholder(operation), &function)
        })
}

/// Whether a version is what the catalogue's machine runs.
fn deployed(version: &VersionRow) -> Result<(), Problem> {
    if is_released(version) {
        return Ok(());
    }
    let message = format!(
        "the catalogue does not run {} {} any more; save its text as a version of your own and activate that",
        version.name, version.version
    );
    Err(Problem::conflict("VERSION_RETIRED", message).with("version", version.version.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use playbook::{CATALOGUE, parse};

    #[test]
    fn only_the_catalogues_newest_text_runs_in_the_catalogues_machine() {
        let text = parse(CATALOGUE[0]).unwrap();
        let mut version = VersionRow {
            name: PlaybookName::parse(text.name.as_str()).unwrap(),
            version: text.version.to_string(),
            checksum: text.checksum(),
            definition: text.to_json(),
            machine_arn: "arn".into(),
            created_at: Timestamp::UNIX_EPOCH,
            author: "catalogue".into(),
        };
        assert!(deployed(&version).is_ok());
        version.checksum = "of an older text".into();
        assert!(deployed(&version).is_err());
    }
}
