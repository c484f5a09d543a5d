//! `servicePrincipals(appId='…')`: Microsoft Graph with the permissions it has to give, and which of them our application has.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{Application, Refusal, collection, context, denied, not_present};
use crate::{
    credentials::ENTRA_CLIENT_ID,
    world::{self, World},
};

/// Microsoft Graph itself.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
/// Its service principal in this tenant.
const GRAPH_OBJECT: &str = "sp-graph";
/// What a caller needs to read any of this.
const READS: &str = "Application.Read.All";
/// The permissions that Deskhand's pages ask for.
const RIGHTS: [&str; 16] = [
    READS,
    "AuditLog.Read.All",
    "GroupMember.ReadWrite.All",
    "IdentityRiskyUser.Read.All",
    "LicenseAssignment.Read.All",
    "LicenseAssignment.ReadWrite.All",
    "RoleManagement.Read.Directory",
    "User-PasswordProfile.ReadWrite.All",
    "User.EnableDisableAccount.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
    "UserAuthMethod-TAP.ReadWrite.All",
    "UserAuthenticationMethod.Read.All",
    "UserAuthenticationMethod.ReadWrite.All",
    "Group.ReadWrite.All",
];
/// Those that are not given to anybody here: the pages name narrower ones.
const TOO_WIDE: [&str; 2] = ["User.ReadWrite.All", "Group.ReadWrite.All"];

/// `GET /servicePrincipals(appId='…')`.
pub(super) async fn get(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let app = named(state, &key)?;
        if app != GRAPH {
            return Ok(Json(
                json!({"id": object(&app), "appId": app, "appRoles": []}),
            ));
        }
        let roles = RIGHTS.map(|right| json!({"id": role(right), "value": right}));
        Ok(Json(json!({
            "@odata.context": context("servicePrincipals/$entity"),
            "id": GRAPH_OBJECT, "appId": GRAPH, "appRoles": roles,
        })))
    })
}

/// `GET …/appRoleAssignments`.
pub(super) async fn given(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        let app = named(state, &key)?;
        let is_given = |right: &&str| has(state, right) && app == ENTRA_CLIENT_ID;
        let given = RIGHTS.iter().filter(|right| is_given(right));
        let value = given.map(|right| {
            json!({"appRoleId": role(right), "principalId": object(&app), "resourceId": GRAPH_OBJECT})
        });
        Ok(collection("appRoleAssignments", value.collect::<Vec<Value>>()))
    })
}

/// `GET …/transitiveMemberOf/microsoft.graph.directoryRole`: no application here holds a role.
pub(super) async fn roles(
    _: Application,
    State(world): State<World>,
    Path(key): Path<String>,
) -> Result<Json<Value>, Refusal> {
    world.with(|state| {
        named(state, &key)?;
        Ok(collection("directoryRoles", Vec::<Value>::new()))
    })
}

/// The application that a path names, for whoever may read applications.
fn named(state: &world::State, key: &str) -> Result<String, Refusal> {
    let app = key.strip_prefix("servicePrincipals(appId='");
    let app = app.and_then(|rest| rest.strip_suffix("')"));
    let app = app.ok_or_else(|| not_present(key))?;
    if !has(state, READS) {
        return Err(denied());
    }
    if [GRAPH, ENTRA_CLIENT_ID].contains(&app) {
        return Ok(app.to_owned());
    }
    Err(not_present(app))
}

fn has(state: &world::State, right: &str) -> bool {
    let withheld = &state.settings.withheld;
    !TOO_WIDE.contains(&right) && !withheld.iter().any(|one| one == right)
}

fn role(right: &str) -> String {
    format!("role-{right}")
}

fn object(app: &str) -> String {
    format!("sp-{app}")
}
