//! The port `Groups`: groups, their owners and direct members.

use crate::Entra;
use crate::graph::{About, Graph, Page, REQUEST_ID, encoded, words};
use async_trait::async_trait;
use domain::{GroupId, UserId};
use ports::{CallError, Group, Groups};
use serde::{Deserialize, Serialize};
use vendor_http::{Ask, Deadline};

const PROPERTIES: &str =
    "id,displayName,groupTypes,onPremisesSyncEnabled,mailEnabled,isAssignableToRole";
const GROUP: About = About::of("group", "GroupMember.ReadWrite.All");
const MEMBERSHIP: About = About::of("group or user", "GroupMember.ReadWrite.All");
/// Pages of 999 members that are read to find one.
const MOST_PAGES: usize = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GraphGroup {
    display_name: Option<String>,
    #[serde(default)]
    group_types: Vec<String>,
    on_premises_sync_enabled: Option<bool>,
    mail_enabled: Option<bool>,
    is_assignable_to_role: Option<bool>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "@odata.type")]
    kind: Option<String>,
    id: String,
}

#[derive(Serialize)]
struct Reference {
    #[serde(rename = "@odata.id")]
    id: String,
}

#[async_trait]
impl Groups for Entra {
    async fn group(&self, group: &GroupId) -> Result<Group, CallError> {
        let graph = &self.graph;
        let path = format!(
            "groups/{}?$select={PROPERTIES}",
            graph.segment(group.as_str(), GROUP)?
        );
        let found: GraphGroup = graph.read(&path, GROUP, graph.vendor().reading()).await?;
        Ok(found.read(group.clone()))
    }

    async fn is_member(&self, group: &GroupId, user: &UserId) -> Result<bool, CallError> {
        let by = self.graph.vendor().reading();
        self.graph.is_member(group, user, by).await
    }

    async fn size(&self, group: &GroupId) -> Result<u64, CallError> {
        let graph = &self.graph;
        let path = format!(
            "groups/{}/transitiveMembers/microsoft.graph.user/$count",
            graph.segment(group.as_str(), GROUP)?
        );
        let ask = Ask::get(&graph.at(&path)).header("consistencylevel", "eventual");
        graph.read_by(&ask, GROUP, graph.vendor().reading()).await
    }

    async fn owners(&self, group: &GroupId) -> Result<Vec<UserId>, CallError> {
        let graph = &self.graph;
        let path = format!(
            "groups/{}/owners?$select=id",
            graph.segment(group.as_str(), GROUP)?
        );
        let by = graph.vendor().reading();
        let (owners, _): (Vec<Object>, _) = graph.pages(&path, GROUP, MOST_PAGES, by).await?;
        Ok(owners.into_iter().filter_map(Object::user).collect())
    }

    async fn add_member(
        &self,
        group: &GroupId,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let graph = &self.graph;
        let by = graph.vendor().writing();
        let member = graph.segment(user.as_str(), MEMBERSHIP)?;
        let path = format!(
            "groups/{}/members/$ref",
            graph.segment(group.as_str(), MEMBERSHIP)?
        );
        let ask = Ask::act(&graph.at(&path))
            .json(&Reference {
                id: graph.at(&format!("directoryObjects/{member}")),
            })
            .header(REQUEST_ID, client_request_id);
        let answer = graph.call(&ask, by).await?;
        if answer.is_success() {
            return Ok(());
        }
        let refusal = graph.refusal(&answer, MEMBERSHIP);
        // One code says that they are a member already and that the group's members are not ours to change.
        let said = words(&answer);
        if said.code == "Request_BadRequest"
            && (said.message.contains("already exist")
                || graph.is_member(group, user, by).await == Ok(true))
        {
            return Ok(());
        }
        Err(refusal)
    }

    async fn remove_member(
        &self,
        group: &GroupId,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let graph = &self.graph;
        let by = graph.vendor().writing();
        let member = (group, user);
        graph
            .unlink(member, client_request_id, MEMBERSHIP, by)
            .await
    }
}

impl Graph {
    /// Reads the group's own list, which knows of a change at once and holds direct members only. A group too large for
    /// that is asked by the index that `ConsistencyLevel: eventual` stands for; it may be behind.
    async fn is_member(
        &self,
        group: &GroupId,
        user: &UserId,
        by: Deadline,
    ) -> Result<bool, CallError> {
        let members = format!(
            "groups/{}/members?$select=id",
            self.segment(group.as_str(), GROUP)?
        );
        let path = format!("{members}&$top=999");
        let (found, all): (Vec<Object>, _) = self.pages(&path, GROUP, MOST_PAGES, by).await?;
        let is_them = |object: &Object| object.id.eq_ignore_ascii_case(user.as_str());
        if all || found.iter().any(is_them) {
            return Ok(found.iter().any(is_them));
        }
        let path = format!(
            "{members}&$filter=id%20eq%20'{}'&$count=true",
            encoded(user.as_str())
        );
        let ask = Ask::get(&self.at(&path)).header("consistencylevel", "eventual");
        let page: Page<Object> = self.read_by(&ask, GROUP, by).await?;
        Ok(page.value.iter().any(is_them))
    }
}

impl GraphGroup {
    fn read(self, id: GroupId) -> Group {
        let is = |kind: &str| {
            self.group_types
                .iter()
                .any(|own| own.eq_ignore_ascii_case(kind))
        };
        Group {
            // A Microsoft 365 group has an address too, and its members are Graph's to change.
            mail_enabled: self.mail_enabled == Some(true) && !is("Unified"),
            dynamic: is("DynamicMembership"),
            display_name: self
                .display_name
                .filter(|name| !name.trim().is_empty())
                .unwrap_or_else(|| id.to_string()),
            synced: self.on_premises_sync_enabled == Some(true),
            role_assignable: self.is_assignable_to_role == Some(true),
            id,
        }
    }
}

impl Object {
    /// The user's id, when it is a user: applications own groups too.
    fn user(self) -> Option<UserId> {
        let user = self.kind.is_none_or(|kind| kind == "#microsoft.graph.user");
        user.then(|| UserId::parse(&self.id).ok()).flatten()
    }
}
