//! `.local/endpoints.json`: where everything is, for scripts. It holds secrets, so only its owner may read it.

use std::{fs, io::Write, path::Path};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::{
    aws::REGION,
    error::{Doing, Result},
    ports::Ports,
};

/// Where everything is, and what opens it. It has no `Debug`: it holds secrets.
#[derive(Clone)]
pub struct Endpoints(Value);

impl Endpoints {
    /// Of a deployment on `ports` whose tenant `create_tenant` answered with `tenant`.
    #[must_use]
    pub fn new(ports: Ports, stack: &str, tenant: &Value) -> Self {
        Self(json!({
            "api": public_base_url(ports),
            "ws": format!("ws://localhost:{}/ws", ports.front_door),
            "sandbox": sandbox_url(ports),
            "aws": aws_url(ports),
            "region": REGION,
            "stack": stack,
            "tenant": tenant["tenant"],
            "admin": tenant["admin"],
            "api_key": tenant["api_key"],
            "webhooks": tenant["webhooks"],
            "ports": [],
        }))
    }

    /// The same with the contracts' ports on which the API answers, too.
    #[must_use]
    pub fn with_ports(mut self, ports: &[u16]) -> Self {
        self.0["ports"] = json!(ports);
        self
    }

    /// Reads the file of a deployment that is up.
    ///
    /// # Errors
    /// When there is none or it is not whole.
    pub fn read(file: &Path) -> Result<Self> {
        let doing = format!("reading {}", file.display());
        let text = fs::read_to_string(file).doing(doing.clone())?;
        Ok(Self(serde_json::from_str(&text).doing(doing)?))
    }

    /// Writes the file whole or not at all, for its owner only.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, file: &Path) -> Result<()> {
        let doing = format!("writing {}", file.display());
        let directory = file.parent().unwrap_or(Path::new("."));
        // Made with mode 0600, and renamed into place.
        let mut unfinished = NamedTempFile::new_in(directory).doing(doing.clone())?;
        writeln!(unfinished, "{:#}", self.0).doing(doing.clone())?;
        unfinished.persist(file).doing(doing)?;
        Ok(())
    }

    /// The public API, without a slash at the end.
    #[must_use]
    pub fn api(&self) -> &str {
        self.text("/api")
    }

    /// The vendor sandbox.
    #[must_use]
    pub fn sandbox(&self) -> &str {
        self.text("/sandbox")
    }

    /// The local AWS.
    #[must_use]
    pub fn aws(&self) -> &str {
        self.text("/aws")
    }

    /// The stack's name.
    #[must_use]
    pub fn stack(&self) -> &str {
        self.text("/stack")
    }

    /// The example tenant's id.
    #[must_use]
    pub fn tenant(&self) -> &str {
        self.text("/tenant")
    }

    /// The example tenant's API key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        self.text("/api_key")
    }

    /// The contracts' ports on which the API answers, too.
    #[must_use]
    pub fn ports(&self) -> Vec<u16> {
        let ports = self.0["ports"].as_array().into_iter().flatten();
        ports
            .filter_map(|port| u16::try_from(port.as_u64()?).ok())
            .collect()
    }

    /// One text of a vendor's webhook source, such as `webhook("halopsa", "password")`.
    #[must_use]
    pub fn webhook(&self, vendor: &str, what: &str) -> &str {
        self.text(&format!("/webhooks/{vendor}/{what}"))
    }

    fn text(&self, pointer: &str) -> &str {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

/// The front door as the world sees it.
#[must_use]
pub(crate) fn public_base_url(ports: Ports) -> String {
    format!("http://localhost:{}", ports.front_door)
}

/// Where the sandbox's model gives second opinions.
#[must_use]
pub(crate) fn second_opinion_url(ports: Ports) -> String {
    format!("{}/bedrock", sandbox_url(ports))
}

/// The vendor sandbox.
#[must_use]
pub(crate) fn sandbox_url(ports: Ports) -> String {
    format!("http://localhost:{}", ports.sandbox)
}

/// The local AWS.
#[must_use]
pub(crate) fn aws_url(ports: Ports) -> String {
    format!("http://127.0.0.1:{}", ports.aws)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn endpoints() -> Endpoints {
        let tenant = json!({
            "tenant": "t-1", "admin": {"username": "admin", "password": "p"}, "api_key": "k",
            "webhooks": {"halopsa": {"username": "src-1"}},
        });
        Endpoints::new(Ports::from_base(8080).unwrap(), "deskhand", &tenant)
    }

    #[test]
    fn the_file_is_for_its_owner_only_even_where_an_open_one_stood() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("endpoints.json");
        fs::write(&file, "{}").unwrap();
        endpoints().write(&file).unwrap();
        assert_eq!(
            fs::metadata(&file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn what_was_written_is_read() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("endpoints.json");
        endpoints().with_ports(&[8000, 8003]).write(&file).unwrap();
        let read = Endpoints::read(&file).unwrap();
        assert_eq!(read.ports(), [8000, 8003]);
        assert_eq!(read.api(), "http://localhost:8080");
        assert_eq!(read.sandbox(), "http://localhost:8090");
        assert_eq!(read.aws(), "http://127.0.0.1:8100");
        assert_eq!(read.webhook("halopsa", "username"), "src-1");
    }
}
