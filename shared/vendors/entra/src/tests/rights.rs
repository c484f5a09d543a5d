//! What our application may do.

use super::{no, talk};
use ports::{Deed, Rights};
use serde_json::json;
use testkit::Reply;

fn page(value: &serde_json::Value) -> Reply {
    Reply::json(200, json!({"value": value}).to_string())
}

/// Graph in the tenant, with two permissions to give.
fn graph() -> Reply {
    let roles = json!([
        {"id": "r-1", "value": "GroupMember.ReadWrite.All"},
        {"id": "r-2", "value": "User.ReadWrite.All"},
    ]);
    Reply::json(
        200,
        json!({"id": "sp-graph", "appRoles": roles}).to_string(),
    )
}

#[tokio::test]
async fn what_was_not_given_is_named_with_the_right_to_ask_for() {
    let given = json!([
        {"appRoleId": "r-1", "resourceId": "sp-graph"},
        // Of another resource.
        {"appRoleId": "r-2", "resourceId": "sp-other"},
    ]);
    let (there, entra) = talk([page(&json!([])), graph(), page(&given)]).await;
    let lacking = entra.lacking().await.unwrap();
    let deeds: Vec<Deed> = lacking.iter().map(|(deed, _)| *deed).collect();
    let expected = [
        Deed::IssuePass,
        Deed::SetPassword,
        Deed::SwitchAccount,
        Deed::EndSessions,
        Deed::RemoveMethods,
        Deed::ChangeLicences,
    ];
    assert_eq!(deeds, expected);
    assert_eq!(lacking[2].1, "User.EnableDisableAccount.All");
    assert_eq!(
        there.lines()[3],
        "GET /graph/v1.0/servicePrincipals(appId='app')/appRoleAssignments?$top=999"
    );
}

#[tokio::test]
async fn a_wider_right_is_enough() {
    let given = json!([{"appRoleId": "r-2", "resourceId": "sp-graph"}]);
    let (_there, entra) = talk([page(&json!([])), graph(), page(&given)]).await;
    let lacking = entra.lacking().await.unwrap();
    let accounts = [Deed::SwitchAccount, Deed::EndSessions, Deed::ChangeLicences];
    assert!(!lacking.iter().any(|(deed, _)| accounts.contains(deed)));
    assert!(lacking.contains(&(Deed::ChangeMembers, "GroupMember.ReadWrite.All")));
}

#[tokio::test]
async fn what_cannot_be_known_is_not_said_to_be_missing() {
    let refused = no(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges",
    );
    let by_role = page(&json!([{"id": "role-1"}]));
    for reply in [refused, by_role] {
        let (_there, entra) = talk([reply]).await;
        assert_eq!(entra.lacking().await, Ok(Vec::new()));
    }
}
