use reqwest::Method;
use serde_json::{Value, json};

use super::{Sandbox, read};

async fn ask(sandbox: &Sandbox, token: &str, path: &str) -> (u16, Value) {
    let path = format!("/graph/v1.0/{path}");
    read(
        sandbox
            .call(Method::GET, &path)
            .bearer_auth(token)
            .send()
            .await
            .unwrap(),
    )
    .await
}

async fn make_pass(sandbox: &Sandbox, token: &str, user: &str, minutes: i64) -> (u16, Value) {
    let path = format!("/graph/v1.0/users/{user}/authentication/temporaryAccessPassMethods");
    let body = json!({"lifetimeInMinutes": minutes, "isUsableOnce": true});
    read(
        sandbox
            .call(Method::POST, &path)
            .bearer_auth(token)
            .json(&body)
            .send()
            .await
            .unwrap(),
    )
    .await
}

#[tokio::test]
async fn a_wrong_secret_is_answered_as_entra_answers() {
    let sandbox = Sandbox::start().await;
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "deskhand"),
        ("client_secret", "wrong"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let call = sandbox
        .call(Method::POST, "/login/company/oauth2/v2.0/token")
        .form(&form);
    let (status, body) = read(call.send().await.unwrap()).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (401, Some("invalid_client"))
    );
    assert_eq!(body["error_codes"], json!([7_000_215]));
    assert!(
        body["error_description"]
            .as_str()
            .unwrap()
            .starts_with("AADSTS7000215:")
    );
}

#[tokio::test]
async fn a_user_is_found_by_id_and_by_principal_name_with_the_chosen_properties() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    let query = "$select=id,department,mobilePhone,onPremisesSyncEnabled,userType,accountEnabled\
                 &$expand=manager($levels=1;$select=id,displayName,mail,userPrincipalName)";
    let (status, john) = ask(
        &sandbox,
        &token,
        &format!("users/John.Doe@company.com?{query}"),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(john["id"], "abc-123");
    assert_eq!(john["department"], "Engineering");
    assert_eq!(john["mobilePhone"], "+441234567890");
    assert_eq!(john["onPremisesSyncEnabled"], Value::Null);
    assert_eq!(john["manager"]["mail"], "jane.smith@company.com");
    assert!(john.get("displayName").is_none());
    let (_, by_default) = ask(&sandbox, &token, "users/abc-123").await;
    assert_eq!(by_default["displayName"], "John Doe");
    assert!(by_default.get("department").is_none(), "only with $select");
    let (_, guest) = ask(
        &sandbox,
        &token,
        "users/guest_partner.example.com%23EXT%23@company.com?$select=userType",
    )
    .await;
    assert_eq!(guest["userType"], "Guest");
    let (status, body) = ask(&sandbox, &token, "users/abc-123?$select=shoeSize").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (400, Some("BadRequest"))
    );
}

#[tokio::test]
async fn nobody_is_answered_in_graphs_error_shape() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    let (status, body) = ask(&sandbox, &token, "users/guest@partner.example.com").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (404, Some("Request_ResourceNotFound"))
    );
    assert!(body["error"]["innerError"]["request-id"].is_string());
    let filter = "users?$filter=mail%20eq%20'guest@partner.example.com'&$select=id";
    assert_eq!(
        ask(&sandbox, &token, filter).await.1["value"],
        json!([{"id": "gst-001"}])
    );
    let (status, body) = ask(&sandbox, "stale", "users/abc-123").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (401, Some("InvalidAuthenticationToken"))
    );
    let (status, _) = ask(&sandbox, &token, "users/def-456/manager").await;
    assert_eq!(status, 404, "Jane has no manager");
    let (_, jane) = ask(&sandbox, &token, "users/def-456?$expand=manager").await;
    assert!(jane.get("manager").is_none());
}

#[tokio::test]
async fn a_manager_is_a_directory_object_of_their_own() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    let (status, jane) = ask(&sandbox, &token, "users/abc-123/manager").await;
    assert_eq!((status, jane["id"].as_str()), (200, Some("def-456")));
}

#[tokio::test]
async fn only_an_administrator_holds_a_role() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    let roles = "transitiveMemberOf/microsoft.graph.directoryRole";
    let (_, of_admin) = ask(&sandbox, &token, &format!("users/adm-001/{roles}")).await;
    assert_eq!(of_admin["value"][0]["displayName"], "Global Administrator");
    let (_, of_john) = ask(&sandbox, &token, &format!("users/abc-123/{roles}")).await;
    assert_eq!(of_john["value"], json!([]));
}

#[tokio::test]
async fn a_pass_is_shown_once_and_replaces_the_former() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    let (status, first) = make_pass(&sandbox, &token, "abc-123", 60).await;
    assert_eq!(status, 201);
    assert_eq!(
        (
            first["lifetimeInMinutes"].as_i64(),
            first["isUsableOnce"].as_bool()
        ),
        (Some(60), Some(true))
    );
    assert_eq!(first["methodUsabilityReason"], "EnabledByPolicy");
    let (_, second) = make_pass(&sandbox, &token, "john.doe@company.com", 480).await;
    let passes = [&first, &second].map(|made| made["temporaryAccessPass"].as_str().unwrap());
    assert_ne!(passes[0], passes[1]);
    assert!(
        passes
            .iter()
            .all(|pass| pass.len() == 12 && pass.contains(['+', '/', '&'])),
        "{passes:?}"
    );
    let path = "users/abc-123/authentication/temporaryAccessPassMethods";
    let (_, list) = ask(&sandbox, &token, path).await;
    assert_eq!(list["value"].as_array().unwrap().len(), 1);
    assert_eq!(
        (
            &list["value"][0]["id"],
            &list["value"][0]["temporaryAccessPass"]
        ),
        (&second["id"], &Value::Null)
    );
    let made = sandbox
        .look("/_sandbox/passes?user=john.doe@company.com")
        .await;
    assert_eq!(made["count"], 2);
    assert_eq!(
        (&made["passes"][0]["current"], &made["passes"][1]["current"]),
        (&json!(false), &json!(true))
    );
    let everywhere = format!("{made}{}", sandbox.look("/_sandbox/calls").await);
    assert!(
        passes.iter().all(|pass| !everywhere.contains(pass)),
        "the pass stays out of the records"
    );
}

#[tokio::test]
async fn policy_bounds_a_pass_and_some_people_cannot_have_one() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    for minutes in [9, 481] {
        let (status, body) = make_pass(&sandbox, &token, "abc-123", minutes).await;
        assert_eq!(
            (status, body["error"]["code"].as_str()),
            (400, Some("badRequest"))
        );
        assert_eq!(
            body["error"]["message"],
            "Invalid LifetimeInMinutes specified. The valid range between 10 and 480."
        );
    }
    let (status, body) = make_pass(&sandbox, &token, "adm-001", 60).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (403, Some("Authorization_RequestDenied"))
    );
    assert_eq!(make_pass(&sandbox, &token, "gst-001", 60).await.0, 400);
    assert_eq!(make_pass(&sandbox, &token, "nobody", 60).await.0, 404);
    assert_eq!(sandbox.look("/_sandbox/passes").await["count"], 0);
}

#[tokio::test]
async fn sign_in_methods_and_the_phones_history_are_there() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    let (_, methods) = ask(&sandbox, &token, "users/abc-123/authentication/methods").await;
    assert_eq!(methods["value"][1]["phoneNumber"], "+441234567890");
    let filter = "auditLogs/directoryAudits?$filter=activityDisplayName%20eq%20'Update%20user'%20and%20\
                  targetResources/any(t:t/id%20eq%20'abc-123')";
    assert_eq!(ask(&sandbox, &token, filter).await.1["value"], json!([]));
    sandbox
        .put_user(
            "john.doe@company.com",
            json!({"mobilePhone": "+441111111111"}),
        )
        .await;
    sandbox
        .put_user(
            "jane.smith@company.com",
            json!({"mobile_phone": "+442222222222"}),
        )
        .await;
    let (_, audits) = ask(&sandbox, &token, filter).await;
    assert_eq!(audits["value"].as_array().unwrap().len(), 1);
    let change = &audits["value"][0]["targetResources"][0]["modifiedProperties"][0];
    assert_eq!(change["displayName"], "MobilePhone");
    assert_eq!(change["oldValue"], "[\"+441234567890\"]");
    assert_eq!(change["newValue"], "[\"+441111111111\"]");
}
