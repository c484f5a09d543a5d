//! Looking people up.

use super::talk;
use domain::PhoneNumber;
use ports::{CallError, Directory};
use serde_json::json;
use testkit::Reply;

const SELECT: &str = "$select=id,userPrincipalName,displayName,mail,mobilePhone,department,jobTitle,accountEnabled,\
                      onPremisesSyncEnabled,userType&$expand=manager($levels=1;$select=id,displayName,mail,userPrincipalName)";

fn user(more: &serde_json::Value) -> Reply {
    let mut user = json!({
        "id": "abc-123", "userPrincipalName": "john.doe@company.com", "displayName": "John Doe",
        "mail": "john.doe@company.com", "mobilePhone": "+44 1234 567890", "department": "Finance",
        "accountEnabled": true, "onPremisesSyncEnabled": null, "userType": "Member",
    });
    user.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    Reply::json(200, user.to_string())
}

fn roles(names: &[&str]) -> Reply {
    let value: Vec<_> = names
        .iter()
        .map(|name| json!({"id": "r", "displayName": name}))
        .collect();
    Reply::json(200, json!({"value": value}).to_string())
}

fn missing() -> Reply {
    Reply::json(
        404,
        r#"{"error":{"code":"Request_ResourceNotFound","message":"does not exist"}}"#,
    )
}

#[tokio::test]
async fn a_person_comes_with_manager_and_roles() {
    let manager = json!({"manager": {"id": "m", "mail": "jane.smith@company.com"}});
    let (there, entra) = talk([user(&manager), roles(&["Helpdesk Administrator"])]).await;
    let john = entra.person("abc-123").await.unwrap();
    assert_eq!(john.mobile, PhoneNumber::parse("+441234567890").ok());
    assert_eq!(john.manager_mail.as_deref(), Some("jane.smith@company.com"));
    assert_eq!(john.directory_roles, ["Helpdesk Administrator"]);
    assert!(john.enabled && !john.synced && !john.guest);
    let heard = there.heard();
    assert_eq!(
        heard[0].line(),
        "POST /login/contoso.example.com/oauth2/v2.0/token"
    );
    assert_eq!(
        heard[0].body,
        "grant_type=client_credentials&client_id=app&client_secret=app-secret&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
    );
    assert_eq!(
        heard[1].target,
        format!("/graph/v1.0/users/abc-123?{SELECT}")
    );
    assert_eq!(heard[1].header("authorization"), Some("Bearer bearer-1"));
    assert_eq!(
        heard[2].target,
        "/graph/v1.0/users/abc-123/transitiveMemberOf/microsoft.graph.directoryRole?$select=id,displayName,roleTemplateId"
    );
}

#[tokio::test]
async fn nobody_manages_the_one_without_the_key_manager() {
    let (_there, entra) = talk([user(&json!({"mobilePhone": "07700 900123"})), roles(&[])]).await;
    let john = entra.person("abc-123").await.unwrap();
    assert_eq!(john.manager_mail, None);
    assert_eq!(john.mobile, None);
    assert!(john.directory_roles.is_empty());
}

#[tokio::test]
async fn a_name_with_special_characters_is_one_path_segment() {
    let guest = json!({"userPrincipalName": "a#EXT#@company.com", "userType": "Guest", "accountEnabled": null});
    let (there, entra) = talk([user(&guest), roles(&[])]).await;
    let person = entra.person("a'/b#EXT#@company.com").await.unwrap();
    assert!(person.guest && !person.enabled);
    assert!(there.lines()[1].starts_with("GET /graph/v1.0/users/a%27%2Fb%23EXT%23@company.com?"));
}

#[tokio::test]
async fn a_mail_address_that_is_no_sign_in_name_is_looked_up() {
    let found = Reply::json(200, r#"{"value":[{"id":"abc-123"}]}"#);
    let (there, entra) = talk([missing(), found, user(&json!({})), roles(&[])]).await;
    entra.person("o'doe@company.com").await.unwrap();
    assert_eq!(
        there.lines()[2],
        "GET /graph/v1.0/users?$filter=mail%20eq%20%27o%27%27doe@company.com%27&$select=id&$top=2"
    );
    assert!(there.lines()[3].starts_with("GET /graph/v1.0/users/abc-123?"));
}

#[tokio::test]
async fn an_unknown_person_is_not_found() {
    let nobody = CallError::NotFound {
        vendor: "Microsoft Graph",
        what: "user",
    };
    let (_there, entra) = talk([missing()]).await;
    assert_eq!(entra.person("abc-999").await, Err(nobody.clone()));
    let (_there, entra) = talk([missing(), Reply::json(200, r#"{"value":[]}"#)]).await;
    assert_eq!(entra.person("x@company.com").await, Err(nobody.clone()));
    let (there, entra) = talk([]).await;
    for nothing in ["", " ", ".", ".."] {
        assert_eq!(entra.person(nothing).await, Err(nobody.clone()));
    }
    assert!(there.heard().is_empty());
}

#[tokio::test]
async fn an_address_that_two_people_share_is_refused() {
    let both = Reply::json(200, r#"{"value":[{"id":"a"},{"id":"b"}]}"#);
    let (_there, entra) = talk([missing(), both]).await;
    let error = entra.person("x@company.com").await.unwrap_err();
    assert!(matches!(error, CallError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn a_role_counts_though_its_name_is_hidden_or_its_page_comes_late() {
    let (there, entra) = talk([user(&json!({}))]).await;
    let next = format!("{}/graph/v1.0/next", there.url());
    there.say([
        Reply::json(
            200,
            json!({"value": [], "@odata.nextLink": next}).to_string(),
        ),
        Reply::json(
            200,
            r#"{"value":[{"id":"role-1","displayName":null,"roleTemplateId":null}]}"#,
        ),
    ]);
    assert_eq!(
        entra.person("abc-123").await.unwrap().directory_roles,
        ["role-1"]
    );
}

#[tokio::test]
async fn a_next_page_elsewhere_is_not_asked() {
    let page = r#"{"value":[],"@odata.nextLink":"https://example.com/next"}"#;
    let (_there, entra) = talk([user(&json!({})), Reply::json(200, page)]).await;
    let error = entra.person("abc-123").await.unwrap_err();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
}

#[tokio::test]
async fn a_person_whose_roles_cannot_be_read_is_not_given_out() {
    let denied =
        r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges"}}"#;
    let (_there, entra) = talk([user(&json!({})), Reply::json(403, denied)]).await;
    let error = entra.person("abc-123").await.unwrap_err();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    assert!(
        error.to_string().contains("Authorization_RequestDenied"),
        "{error}"
    );
}
