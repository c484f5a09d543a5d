//! The port `Rights`: which application permissions our own service principal was given.

use crate::Entra;
use crate::graph::{About, Graph, encoded};
use async_trait::async_trait;
use ports::{CallError, Deed, Rights};
use serde::Deserialize;
use std::collections::HashSet;

/// Microsoft Graph itself, in every tenant.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const APPLICATION: About = About::of("application", "Application.Read.All");
/// Pages of what was given that are read.
const MOST_PAGES: usize = 3;

/// Microsoft Graph in the tenant, and what it has to give.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    id: String,
    app_roles: Vec<AppRole>,
}

#[derive(Deserialize)]
struct AppRole {
    id: String,
    value: Option<String>,
}

/// What was given.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    app_role_id: String,
    resource_id: String,
}

/// A directory role that is held.
#[derive(Deserialize)]
struct Held {}

#[async_trait]
impl Rights for Entra {
    async fn lacking(&self) -> Result<Vec<(Deed, &'static str)>, CallError> {
        match self.graph.given().await {
            Ok(Some(given)) => Ok(missing(&given)),
            // Its rights come with a role, or it may not read them.
            Ok(None) | Err(CallError::Misconfigured { .. } | CallError::NotFound { .. }) => {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}

impl Graph {
    /// The permissions that our application was given; none where it holds a directory role, which gives others besides.
    async fn given(&self) -> Result<Option<HashSet<String>>, CallError> {
        let by = self.vendor().reading();
        let own = format!("servicePrincipals(appId='{}')", encoded(self.client_id()));
        let path = format!("{own}/transitiveMemberOf/microsoft.graph.directoryRole?$select=id");
        let (roles, _): (Vec<Held>, _) = self.pages(&path, APPLICATION, 1, by).await?;
        if !roles.is_empty() {
            return Ok(None);
        }
        let path = format!("servicePrincipals(appId='{GRAPH}')?$select=id,appRoles");
        let graph: Resource = self.read(&path, APPLICATION, by).await?;
        let path = format!("{own}/appRoleAssignments?$top=999");
        let (given, all): (Vec<Assignment>, _) =
            self.pages(&path, APPLICATION, MOST_PAGES, by).await?;
        let of_graph = given.iter().filter(|one| one.resource_id == graph.id);
        let ids: HashSet<&str> = of_graph.map(|one| one.app_role_id.as_str()).collect();
        let roles = graph.app_roles.iter();
        let named = roles.filter(|role| ids.contains(role.id.as_str()));
        let names = named.filter_map(|role| role.value.clone()).collect();
        Ok(all.then_some(names))
    }
}

/// What may not be done with these permissions.
fn missing(given: &HashSet<String>) -> Vec<(Deed, &'static str)> {
    let deeds = Deed::ALL.into_iter();
    let lacking = deeds.filter_map(|deed| {
        let enough = suffices(deed);
        let first = enough.first().copied()?;
        let has = enough.iter().any(|right| given.contains(*right));
        (!has).then_some((deed, first))
    });
    lacking.collect()
}

/// The permissions of which one is enough; the first gives the least besides.
fn suffices(deed: Deed) -> &'static [&'static str] {
    match deed {
        Deed::IssuePass => &[
            "UserAuthMethod-TAP.ReadWrite.All",
            "UserAuthenticationMethod.ReadWrite.All",
        ],
        Deed::SetPassword => &[
            "User-PasswordProfile.ReadWrite.All",
            "User.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        Deed::SwitchAccount => &[
            "User.EnableDisableAccount.All",
            "User.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        Deed::EndSessions => &[
            "User.RevokeSessions.All",
            "User.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        // Which of the narrow ones it takes depends on what somebody has.
        Deed::RemoveMethods => &[
            "UserAuthenticationMethod.ReadWrite.All",
            "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All",
            "UserAuthMethod-Phone.ReadWrite.All",
            "UserAuthMethod-SoftwareOATH.ReadWrite.All",
            "UserAuthMethod-Passkey.ReadWrite.All",
            "UserAuthMethod-Email.ReadWrite.All",
        ],
        Deed::ChangeMembers => &[
            "GroupMember.ReadWrite.All",
            "Group.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
        Deed::ChangeLicences => &[
            "LicenseAssignment.ReadWrite.All",
            "User.ReadWrite.All",
            "Directory.ReadWrite.All",
        ],
    }
}
