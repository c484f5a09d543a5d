//! What can be read of a deployment with AWS credentials: its address and its tenants' vendor secrets.

use std::{collections::BTreeMap, process::Stdio};

use serde::Deserialize;
use serde_json::Value;
use tokio::process::Command;

use crate::{
    endpoints::Endpoints,
    error::{Doing, Error, Result},
    machine, machine_env,
    project::Project,
    venv,
};

const READ: &str = include_str!("../../../assets/stack.py");

/// A stack as `stack.py` reads it. It has no `Debug`: it holds secrets.
#[derive(Deserialize)]
struct Read {
    #[serde(default)]
    failed: Option<String>,
    #[serde(default)]
    region: String,
    #[serde(default)]
    outputs: BTreeMap<String, String>,
    #[serde(default)]
    parameters: BTreeMap<String, String>,
    #[serde(default)]
    secrets: BTreeMap<String, String>,
}

/// A deployment to look at. It has no `Debug`: it holds secrets.
pub(super) struct Deployed {
    pub(super) stack: String,
    pub(super) base_url: String,
    local: bool,
    secrets: BTreeMap<String, String>,
}

impl Deployed {
    /// The stack of that name, read with the caller's own AWS credentials, region and profile.
    pub(super) async fn in_aws(project: &Project, stack: &str) -> Result<Self> {
        let read = read(project, stack, None).await?;
        let output = |name: &str| read.outputs.get(name).map_or("", String::as_str);
        let (api, stage, region) = (output("ApiId"), output("Stage"), &read.region);
        let named = read.parameters.get("PublicBaseUrl");
        let base_url = match named.filter(|url| !url.is_empty()) {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("https://{api}.execute-api.{region}.amazonaws.com/{stage}"),
        };
        Ok(Self {
            stack: stack.to_owned(),
            base_url,
            local: false,
            secrets: read.secrets,
        })
    }

    /// The local deployment.
    pub(super) async fn here(project: &Project, endpoints: &Endpoints) -> Result<Self> {
        let read = read(project, endpoints.stack(), Some(endpoints.aws())).await?;
        Ok(Self {
            stack: endpoints.stack().to_owned(),
            base_url: endpoints.api().to_owned(),
            local: true,
            secrets: read.secrets,
        })
    }

    /// What to do where there is no tenant with a secret yet.
    pub(super) fn how_to_begin(&self) -> String {
        if self.local {
            return "the launcher makes one; `cargo run -- reset`, then `cargo run`".to_owned();
        }
        format!(
            "none has a vendor secret; make one (aws lambda invoke --function-name {}-create_tenant …), then put its secrets \
             as {}/<tenant>/<integration>",
            self.stack, self.stack
        )
    }
}

async fn read(project: &Project, stack: &str, local_aws: Option<&str>) -> Result<Read> {
    let doing = format!("reading stack {stack}");
    machine::must_have_python("python3")?;
    let python = venv::AWS.ready(project.cache()).await?;
    let mut command = Command::new(python.program("python"));
    if let Some(aws) = local_aws {
        command
            .env_clear()
            .envs(machine_env::for_aws_tools(aws, &project.state()));
    }
    let asked = command
        .args(["-c", READ, stack])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .doing(doing.clone())?;
    if !asked.status.success() {
        return Err(Error::failed(doing, String::from_utf8_lossy(&asked.stderr)));
    }
    let read: Read = serde_json::from_slice(&asked.stdout).doing(doing.clone())?;
    match read.failed {
        Some(why) => Err(Error::failed(doing, why)),
        None => Ok(read),
    }
}

/// Each tenant's secrets by integration, from names like `<stack>/<tenant>/<integration>`.
pub(super) fn secrets_of_tenants(deployed: &Deployed) -> BTreeMap<&str, BTreeMap<&str, Value>> {
    let prefix = format!("{}/", deployed.stack);
    let mut tenants: BTreeMap<&str, BTreeMap<&str, Value>> = BTreeMap::new();
    for (name, text) in &deployed.secrets {
        let parts = name
            .strip_prefix(&prefix)
            .and_then(|rest| rest.split_once('/'));
        if let Some((tenant, integration)) = parts {
            let secret = serde_json::from_str(text).unwrap_or_default();
            tenants
                .entry(tenant)
                .or_default()
                .insert(integration, secret);
        }
    }
    tenants
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_grouped_by_tenant_and_integration() {
        let names = [
            "deskhand/t1/halopsa",
            "deskhand/t1/twilio",
            "deskhand/t2/entra",
            "deskhand/other",
        ];
        let deployed = Deployed {
            stack: "deskhand".to_owned(),
            base_url: String::new(),
            local: true,
            secrets: names.map(|name| (name.to_owned(), "{}".to_owned())).into(),
        };
        let tenants = secrets_of_tenants(&deployed);
        assert_eq!(tenants.keys().collect::<Vec<_>>(), [&"t1", &"t2"]);
        assert_eq!(
            tenants["t1"].keys().collect::<Vec<_>>(),
            [&"halopsa", &"twilio"]
        );
    }
}
