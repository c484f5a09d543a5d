//! The port `Devices`.

use crate::NinjaOne;
use crate::door::Door;
use async_trait::async_trait;
use domain::DeviceId;
use ports::{Belongs, CallError, Device, Devices, Platform};
use serde::Deserialize;
use vendor_http::Deadline;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    display_name: Option<String>,
    system_name: Option<String>,
    node_class: Option<String>,
    offline: Option<bool>,
    assigned_owner_uid: Option<String>,
    #[serde(default)]
    references: References,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct References {
    assigned_owner: Option<User>,
}

#[derive(Deserialize)]
struct User {
    uid: Option<String>,
    email: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LoggedOn {
    user_name: Option<String>,
}

#[async_trait]
impl Devices for NinjaOne {
    async fn device(&self, device: &DeviceId) -> Result<Device, CallError> {
        let number = self.door.number(device)?;
        let by = self.door.vendor().reading();
        let node: Found = self
            .door
            .read(&format!("device/{number}"), "device", by)
            .await?;
        let belongs = self.door.belongs(&node, number, by).await?;
        Ok(Device {
            id: device.clone(),
            belongs,
            platform: platform(node.node_class.as_deref().unwrap_or_default()),
            online: node.offline == Some(false),
            name: said(node.display_name)
                .or_else(|| said(node.system_name))
                .unwrap_or_else(|| format!("device {number}")),
        })
    }
}

impl Door {
    /// The owner's address, where the device says it or the list of users does. An owner without one stays an owner, so
    /// the device is nobody else's.
    async fn belongs(&self, node: &Found, number: u32, by: Deadline) -> Result<Belongs, CallError> {
        let owner = node.references.assigned_owner.as_ref();
        if let Some(mail) = owner.and_then(|owner| said(owner.email.clone())) {
            return Ok(Belongs::To(mail));
        }
        let uid = owner
            .and_then(|owner| owner.uid.clone())
            .or_else(|| node.assigned_owner_uid.clone());
        if let Some(uid) = said(uid) {
            let users: Vec<User> = self.read("users", "list of users", by).await?;
            let owner = users
                .into_iter()
                .find(|user| user.uid.as_deref() == Some(&uid));
            let mail = owner.and_then(|owner| said(owner.email));
            return Ok(Belongs::To(mail.unwrap_or(uid)));
        }
        let path = format!("device/{number}/last-logged-on-user");
        match self.read::<LoggedOn>(&path, "last user", by).await {
            Ok(last) => Ok(said(last.user_name).map_or(Belongs::Nobody, Belongs::LastUsedBy)),
            Err(CallError::NotFound { .. }) => Ok(Belongs::Nobody),
            Err(other) => Err(other),
        }
    }
}

fn said(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn platform(class: &str) -> Platform {
    match class {
        "WINDOWS_SERVER" | "WINDOWS_WORKSTATION" => Platform::Windows,
        "MAC" | "MAC_SERVER" => Platform::MacOs,
        "LINUX_SERVER" | "LINUX_WORKSTATION" => Platform::Linux,
        _ => Platform::Other,
    }
}
