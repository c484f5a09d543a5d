//! The port `Devices`.

use crate::Datto;
use async_trait::async_trait;
use domain::DeviceId;
use ports::{Belongs, CallError, Device, Devices, Platform};
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    hostname: Option<String>,
    operating_system: Option<String>,
    last_logged_in_user: Option<String>,
    #[serde(default)]
    online: bool,
    #[serde(default)]
    suspended: bool,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    udf: Option<Map<String, Value>>,
}

#[async_trait]
impl Devices for Datto {
    async fn device(&self, device: &DeviceId) -> Result<Device, CallError> {
        let door = &self.door;
        let uid = door.uid(device.as_str(), "device")?;
        let by = door.vendor().reading();
        let found: Found = door.read(&format!("device/{uid}"), "device", by).await?;
        if found.deleted {
            return Err(door.vendor().not_found("device"));
        }
        Ok(Device {
            id: device.clone(),
            belongs: self.belongs(&found),
            platform: platform(found.operating_system.as_deref().unwrap_or_default()),
            online: found.online && !found.suspended,
            name: found
                .hostname
                .filter(|name| !name.trim().is_empty())
                .unwrap_or_else(|| uid.to_owned()),
        })
    }
}

impl Datto {
    fn belongs(&self, found: &Found) -> Belongs {
        let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let field = self.owner_field.as_ref();
        let owner = field
            .and_then(|field| found.udf.as_ref()?.get(field)?.as_str())
            .and_then(said);
        let last = || found.last_logged_in_user.as_deref().and_then(said);
        match owner {
            Some(owner) => Belongs::To(owner),
            None => last().map_or(Belongs::Nobody, Belongs::LastUsedBy),
        }
    }
}

/// By the name of the system, as `Microsoft Windows 11 Pro 10.0.26100`.
fn platform(system: &str) -> Platform {
    const LINUX: [&str; 9] = [
        "linux", "ubuntu", "debian", "centos", "red hat", "fedora", "suse", "rocky", "alma",
    ];
    let system = system.to_ascii_lowercase();
    if system.contains("windows") {
        Platform::Windows
    } else if system.contains("macos") || system.contains("mac os") || system.contains("os x") {
        Platform::MacOs
    } else if LINUX.iter().any(|name| system.contains(name)) {
        Platform::Linux
    } else {
        Platform::Other
    }
}
