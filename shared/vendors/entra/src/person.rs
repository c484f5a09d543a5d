//! The port `Directory`: users, their managers and roles.

use crate::Entra;
use crate::graph::{About, Graph, Page, USER, encoded};
use async_trait::async_trait;
use domain::{Person, PhoneNumber, UserId};
use ports::{CallError, Directory};
use serde::Deserialize;
use vendor_http::Deadline;

const PROPERTIES: &str = "id,userPrincipalName,displayName,mail,mobilePhone,department,jobTitle,accountEnabled,\
                          onPremisesSyncEnabled,userType";
const MANAGER: &str = "manager($levels=1;$select=id,displayName,mail,userPrincipalName)";
const ROLES: About = About::of("user", "RoleManagement.Read.Directory");
/// Graph may answer a cast with empty pages before the one that holds something.
const MOST_PAGES: usize = 5;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GraphUser {
    id: Option<String>,
    user_principal_name: Option<String>,
    display_name: Option<String>,
    mail: Option<String>,
    mobile_phone: Option<String>,
    department: Option<String>,
    job_title: Option<String>,
    account_enabled: Option<bool>,
    on_premises_sync_enabled: Option<bool>,
    user_type: Option<String>,
    manager: Option<Manager>,
}

#[derive(Deserialize)]
struct Manager {
    mail: Option<String>,
}

#[derive(Deserialize)]
struct Found {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Role {
    id: Option<String>,
    display_name: Option<String>,
    #[serde(rename = "roleTemplateId")]
    template: Option<String>,
}

#[async_trait]
impl Directory for Entra {
    async fn person(&self, id_or_email: &str) -> Result<Person, CallError> {
        let graph = &self.graph;
        let by = graph.vendor().reading();
        let user = match graph.user(id_or_email, by).await {
            Err(CallError::NotFound { .. }) if id_or_email.contains('@') => {
                let id = graph.id_by_mail(id_or_email, by).await?;
                graph.user(&id, by).await?
            }
            other => other?,
        };
        let id = user.id.as_deref().and_then(|id| UserId::parse(id).ok());
        let id = id.ok_or_else(|| graph.vendor().not_found("user"))?;
        let directory_roles = graph.roles(&id, by).await?;
        Ok(user.read(id, directory_roles))
    }
}

impl Graph {
    async fn user(&self, name: &str, by: Deadline) -> Result<GraphUser, CallError> {
        let path = format!(
            "users/{}?$select={PROPERTIES}&$expand={MANAGER}",
            self.segment(name, USER)?
        );
        self.read(&path, USER, by).await
    }

    /// The id of the one user with this mail address, which need not be the name they sign in with.
    async fn id_by_mail(&self, mail: &str, by: Deadline) -> Result<String, CallError> {
        let quoted = encoded(&mail.replace('\'', "''"));
        let path = format!("users?$filter=mail%20eq%20'{quoted}'&$select=id&$top=2");
        let page: Page<Found> = self.read(&path, USER, by).await?;
        let mut found = page.value.into_iter();
        match (found.next(), found.next()) {
            (Some(user), None) => Ok(user.id),
            (None, _) => Err(self.vendor().not_found("user")),
            (Some(_), Some(_)) => Err(CallError::Refused {
                vendor: "Microsoft Graph",
                code: "ambiguous".into(),
                message: "more than one user has this mail address".into(),
            }),
        }
    }

    /// The directory roles the user holds, directly or through a group. A role whose name we may not see counts too.
    async fn roles(&self, id: &UserId, by: Deadline) -> Result<Vec<String>, CallError> {
        let path = format!(
            "users/{}/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,displayName,roleTemplateId",
            self.segment(id.as_str(), USER)?
        );
        let (roles, all): (Vec<Role>, _) = self.pages(&path, ROLES, MOST_PAGES, by).await?;
        if !all && roles.is_empty() {
            return Err(self.vendor().unavailable("its list of roles does not end"));
        }
        Ok(roles.into_iter().map(Role::name).collect())
    }
}

impl Role {
    fn name(self) -> String {
        self.display_name
            .or(self.template)
            .or(self.id)
            .unwrap_or_else(|| "a role without a name".into())
    }
}

impl GraphUser {
    fn read(self, id: UserId, directory_roles: Vec<String>) -> Person {
        let upn = self.user_principal_name.unwrap_or_default();
        let guest = upn.contains("#EXT#")
            || self
                .user_type
                .is_some_and(|kind| kind.eq_ignore_ascii_case("guest"));
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Person {
            id,
            display_name: said(self.display_name).unwrap_or_else(|| upn.clone()),
            user_principal_name: upn,
            mail: said(self.mail),
            mobile: self
                .mobile_phone
                .and_then(|number| PhoneNumber::parse(&number).ok()),
            department: said(self.department),
            job_title: said(self.job_title),
            manager_mail: self.manager.and_then(|manager| said(manager.mail)),
            enabled: self.account_enabled == Some(true),
            synced: self.on_premises_sync_enabled == Some(true),
            guest,
            directory_roles,
        }
    }
}
