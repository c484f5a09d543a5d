//! `doctor [--stack NAME]`: asks a deployment's `/ready` and each vendor's token endpoint, and says what is missing.

mod deployed;
mod vendors;

use std::time::Duration;

use deployed::{Deployed, secrets_of_tenants};
use reqwest::Client;
use serde_json::Value;

use super::endpoints_of_running;
use crate::{
    error::{Doing, Error, Result},
    project::Project,
    say::print_line,
};

const PATIENCE: Duration = Duration::from_secs(10);

/// Looks at the stack `stack` of the AWS account the caller's credentials open, or at the local deployment.
///
/// # Errors
/// When the stack cannot be read, or something is missing: each missing thing was printed.
pub async fn doctor(project: &Project, stack: Option<&str>) -> Result<()> {
    let deployed = match stack {
        Some(stack) => Deployed::in_aws(project, stack).await?,
        None => Deployed::here(project, &endpoints_of_running(project)?).await?,
    };
    let http = Client::builder()
        .timeout(PATIENCE)
        .build()
        .doing("making an HTTP client")?;
    let mut missing = 0;
    let mut told = |what: &str, found: Result<String, String>| match found {
        Ok(good) => print_line(format_args!("  ok       {what}: {good}")),
        Err(why) => {
            missing += 1;
            print_line(format_args!("  MISSING  {what}: {why}"));
        }
    };
    print_line(format_args!("{} at {}", deployed.stack, deployed.base_url));
    told("/ready", ready(&http, &deployed.base_url).await);
    let tenants = secrets_of_tenants(&deployed);
    if tenants.is_empty() {
        told("tenants", Err(deployed.how_to_begin()));
    }
    for (tenant, secrets) in tenants {
        print_line(format_args!("tenant {tenant}"));
        for vendor in vendors::ALL {
            let name = format!("{}/{tenant}/{}", deployed.stack, vendor.integration);
            let found = match secrets.get(vendor.integration) {
                None => Err(format!(
                    "put the secret {name} with {}",
                    vendor.fields.join(", ")
                )),
                Some(secret) => vendor.ask(&http, secret).await,
            };
            told(&name, found);
        }
        let managed = vendors::RMM
            .iter()
            .filter_map(|vendor| Some((vendor, secrets.get(vendor.integration)?)));
        for (vendor, secret) in managed {
            let name = format!("{}/{tenant}/{}", deployed.stack, vendor.integration);
            told(&name, vendor.ask(&http, secret).await);
        }
    }
    match missing {
        0 => Ok(()),
        missing => Err(Error::failed(
            "doctor",
            format!("{missing} missing, see above"),
        )),
    }
}

async fn ready(http: &Client, base_url: &str) -> Result<String, String> {
    let url = format!("{base_url}/ready");
    let answer = http
        .get(&url)
        .send()
        .await
        .map_err(|cause| format!("{url} does not answer ({cause})"))?;
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    if status.is_success() {
        return Ok("ready".to_owned());
    }
    Err(format!("{status}, checks {}", body["checks"]))
}
