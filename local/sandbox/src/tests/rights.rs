use reqwest::Method;
use serde_json::{Value, json};

use super::Sandbox;

#[tokio::test]
async fn our_application_has_what_was_not_withheld_from_it() {
    let sandbox = Sandbox::start().await;
    let own = "servicePrincipals(appId='deskhand')/appRoleAssignments";
    let has = async |right: &str| {
        let (status, page) = sandbox.graph(Method::GET, own, Value::Null).await;
        assert_eq!(status, 200, "{page}");
        let mut given = page["value"].as_array().unwrap().iter();
        given.any(|one| one["appRoleId"] == format!("role-{right}"))
    };
    let withhold = async |right: &str| {
        let (status, _) = sandbox
            .tell("/_sandbox/graph", json!({"withheld": [right]}))
            .await;
        assert_eq!(status, 200);
    };
    assert!(has("User.RevokeSessions.All").await);
    withhold("User.RevokeSessions.All").await;
    assert!(!has("User.RevokeSessions.All").await && has("User.Read.All").await);
    withhold("Application.Read.All").await;
    assert_eq!(sandbox.graph(Method::GET, own, Value::Null).await.0, 403);
}
