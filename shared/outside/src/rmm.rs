//! Which of two vendors manages a tenant's devices.

use crate::{KEPT_FOR, client};
use datto::Datto;
use domain::Tenant;
use kit::App;
use ninjaone::NinjaOne;
use ports::{CallError, Rmm, RunHandle};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use tokio::sync::Mutex;

const NINJAONE: &str = "ninjaone";
const DATTO: &str = "datto";

/// What decides between two secrets.
#[derive(Deserialize)]
struct Preference {
    #[serde(default)]
    preferred: bool,
}

/// What manages a tenant's devices and runs scripts on them: NinjaOne or Datto RMM, whichever the tenant has a secret for. With both
/// it is the one whose secret says `preferred`, else NinjaOne.
///
/// # Errors
/// `Misconfigured` when there is neither secret, or the chosen one does not fit.
pub async fn scripts(app: &App, tenant: &Tenant) -> Result<Arc<dyn Rmm>, CallError> {
    let chosen = chosen(app, tenant).await?;
    named(app, tenant, chosen).await
}

/// The vendor that made `handle`, whichever is preferred by now.
///
/// # Errors
/// `Misconfigured` when that vendor's secret is missing or does not fit, `Refused` when no vendor of ours made it.
pub async fn scripts_by(
    app: &App,
    tenant: &Tenant,
    handle: &RunHandle,
) -> Result<Arc<dyn Rmm>, CallError> {
    let vendor = [NINJAONE, DATTO]
        .into_iter()
        .find(|name| *name == handle.vendor());
    let vendor = vendor.ok_or_else(|| CallError::Refused {
        vendor: "device management",
        code: "foreign_handle".into(),
        message: "this handle is of no vendor's run".into(),
    })?;
    named(app, tenant, vendor).await
}

async fn named(
    app: &App,
    tenant: &Tenant,
    vendor: &'static str,
) -> Result<Arc<dyn Rmm>, CallError> {
    if vendor == DATTO {
        Ok(client(app, tenant, DATTO, Datto::new).await?)
    } else {
        Ok(client(app, tenant, NINJAONE, NinjaOne::new).await?)
    }
}

/// The choice is kept as long as a client: the secret that is not there would be asked for each time.
async fn chosen(app: &App, tenant: &Tenant) -> Result<&'static str, CallError> {
    static CHOSEN: OnceLock<Mutex<HashMap<String, (Instant, &'static str)>>> = OnceLock::new();
    let mut kept = CHOSEN.get_or_init(Mutex::default).lock().await;
    if let Some((at, vendor)) = kept.get(tenant.as_str())
        && at.elapsed() < KEPT_FOR
    {
        return Ok(*vendor);
    }
    let secrets = app.integrations();
    let ninjaone: Option<Preference> = secrets.find(tenant, NINJAONE).await?;
    let datto: Option<Preference> = secrets.find(tenant, DATTO).await?;
    let vendor = choose(ninjaone, datto).ok_or_else(|| CallError::Misconfigured {
        vendor: "device management",
        message: format!(
            "put the secret {} or {}, and let this function read it",
            secrets.name(tenant, NINJAONE),
            secrets.name(tenant, DATTO)
        ),
    })?;
    kept.insert(tenant.as_str().to_owned(), (Instant::now(), vendor));
    Ok(vendor)
}

fn choose(ninjaone: Option<Preference>, datto: Option<Preference>) -> Option<&'static str> {
    match (ninjaone, datto) {
        (Some(ninjaone), Some(datto)) if datto.preferred && !ninjaone.preferred => Some(DATTO),
        (Some(_), _) => Some(NINJAONE),
        (None, Some(_)) => Some(DATTO),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_that_is_there_decides_and_preferred_between_two() {
        let there = |preferred| Some(Preference { preferred });
        for (ninjaone, datto, chosen) in [
            (None, None, None),
            (there(false), None, Some(NINJAONE)),
            (None, there(false), Some(DATTO)),
            (there(false), there(false), Some(NINJAONE)),
            (there(false), there(true), Some(DATTO)),
            (there(true), there(true), Some(NINJAONE)),
        ] {
            assert_eq!(choose(ninjaone, datto), chosen);
        }
    }
}
