use reqwest::Method;
use serde_json::{Value, json};

use super::{Sandbox, read};
use crate::SEED_GROUPS;

async fn add(sandbox: &Sandbox, group: &str, user: &str) -> (u16, Value) {
    let path = format!("groups/{group}/members/$ref");
    let reference = format!("https://graph.microsoft.com/v1.0/directoryObjects/{user}");
    let (status, body) = sandbox
        .graph(Method::POST, &path, json!({"@odata.id": reference}))
        .await;
    (status, body["error"]["code"].clone())
}

async fn remove(sandbox: &Sandbox, path: &str) -> (u16, Value) {
    let (status, body) = sandbox.graph(Method::DELETE, path, Value::Null).await;
    (status, body["error"]["code"].clone())
}

async fn members(sandbox: &Sandbox, group: &str) -> Vec<Value> {
    let path = format!("groups/{group}/members?$select=id");
    let (status, body) = sandbox.graph(Method::GET, &path, Value::Null).await;
    assert_eq!(status, 200, "{body}");
    let value = body["value"].as_array().unwrap();
    value.iter().map(|member| member["id"].clone()).collect()
}

#[tokio::test]
async fn a_member_is_added_and_removed_and_twice_is_answered_as_graph_does() {
    let sandbox = Sandbox::start().await;
    assert_eq!(add(&sandbox, "grp-sales", "abc-123").await.0, 204);
    assert_eq!(members(&sandbox, "grp-sales").await, ["def-456", "abc-123"]);
    assert_eq!(
        add(&sandbox, "grp-sales", "abc-123").await,
        (400, json!("Request_BadRequest"))
    );
    let path = "groups/grp-sales/members/abc-123/$ref";
    assert_eq!(remove(&sandbox, path).await.0, 204);
    assert_eq!(
        remove(&sandbox, path).await,
        (404, json!("Request_ResourceNotFound"))
    );
    assert_eq!(members(&sandbox, "grp-sales").await, ["def-456"]);
    for (group, user) in [("grp-none", "abc-123"), ("grp-sales", "nobody")] {
        assert_eq!(add(&sandbox, group, user).await.0, 404);
    }
    let still = sandbox.graph(Method::GET, "users/abc-123", Value::Null);
    assert_eq!(still.await.0, 200);
}

#[tokio::test]
async fn without_ref_the_user_is_deleted() {
    let sandbox = Sandbox::start().await;
    let denied = (403, json!("Authorization_RequestDenied"));
    let path = "groups/grp-admins/members/adm-001";
    assert_eq!(remove(&sandbox, path).await, denied, "an administrator");
    assert_eq!(
        remove(&sandbox, "groups/grp-sales/members/abc-123").await.0,
        404,
        "no member"
    );
    assert_eq!(
        remove(&sandbox, "groups/grp-sales/members/def-456").await.0,
        204
    );
    let gone = sandbox.graph(Method::GET, "users/def-456", Value::Null);
    assert_eq!(gone.await.0, 404);
    for group in ["grp-sales", "grp-project"] {
        assert!(members(&sandbox, group).await.is_empty());
    }
}

#[tokio::test]
async fn closed_groups_refuse_each_in_its_own_way() {
    let sandbox = Sandbox::start().await;
    let bad = (400, json!("Request_BadRequest"));
    let denied = (403, json!("Authorization_RequestDenied"));
    for (group, member, refusal) in [
        ("grp-engineers", "abc-123", &denied),
        ("grp-finance", "syn-001", &bad),
        ("grp-news", "def-456", &bad),
        ("grp-admins", "adm-001", &denied),
    ] {
        assert_eq!(&add(&sandbox, group, "nop-001").await, refusal, "{group}");
        let path = format!("groups/{group}/members/{member}/$ref");
        assert_eq!(&remove(&sandbox, &path).await, refusal, "{group}");
        assert!(!members(&sandbox, group).await.contains(&json!("nop-001")));
    }
    let open = add(&sandbox, "grp-project", "nop-001").await.0;
    assert_eq!(open, 204, "a Microsoft 365 group has an address too");
}

#[tokio::test]
async fn a_groups_properties_and_owners_are_there() {
    let sandbox = Sandbox::start().await;
    let get = async |path: &str| sandbox.graph(Method::GET, path, Value::Null).await;
    let select = "$select=id,groupTypes,onPremisesSyncEnabled,mailEnabled,isAssignableToRole";
    let (status, group) = get(&format!("groups/grp-engineers?{select}")).await;
    assert_eq!(status, 200);
    assert_eq!(group["groupTypes"], json!(["DynamicMembership"]));
    assert_eq!(group["mailEnabled"], false);
    assert!(group.get("members").is_none() && group.get("displayName").is_none());
    let (_, owners) = get("groups/grp-sales/owners?$select=id").await;
    assert_eq!(
        owners["value"],
        json!([{"@odata.type": "#microsoft.graph.user", "id": "def-456"}])
    );
    assert_eq!(get("groups/grp-none").await.0, 404);
    assert_eq!(get("groups/grp-sales?$select=colour").await.0, 400);
}

#[tokio::test]
async fn members_come_direct_and_in_pages() {
    let sandbox = Sandbox::start().await;
    let path = "groups/grp-staff/members?$select=id&$top=1";
    let (_, first) = sandbox.graph(Method::GET, path, Value::Null).await;
    assert_eq!(
        first["value"],
        json!([{"@odata.type": "#microsoft.graph.group", "id": "grp-sales"}]),
        "not the people within"
    );
    let next = first["@odata.nextLink"].as_str().unwrap();
    let token = sandbox.graph_token().await;
    let call = sandbox.client.get(next).bearer_auth(token);
    let (_, second) = read(call.send().await.unwrap()).await;
    assert_eq!(second["value"][0]["id"], "nop-001");
    assert!(second.get("@odata.nextLink").is_none());
}

#[tokio::test]
async fn members_are_filtered_only_by_an_index_that_may_be_behind() {
    let sandbox = Sandbox::start().await;
    let token = sandbox.graph_token().await;
    let ask = async |level: &str, user: &str| {
        let path = format!(
            "/graph/v1.0/groups/grp-sales/members?$filter=id eq '{user}'&$count=true&$select=id"
        );
        let call = sandbox.call(Method::GET, &path).bearer_auth(&token);
        let call = call.header("ConsistencyLevel", level);
        read(call.send().await.unwrap()).await
    };
    let (status, body) = ask("", "def-456").await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (400, Some("Request_UnsupportedQuery"))
    );
    for (user, count) in [("def-456", 1), ("abc-123", 0)] {
        assert_eq!(ask("eventual", user).await.1["@odata.count"], count);
    }
}

#[tokio::test]
async fn a_groups_size_counts_each_person_once_also_by_groups_in_it() {
    let sandbox = Sandbox::start().await;
    for (group, members) in [
        ("grp-inner", json!(["abc-123", "def-456"])),
        ("grp-outer", json!(["grp-inner", "abc-123"])),
        // Round in a circle.
        ("grp-inner", json!(["abc-123", "def-456", "grp-outer"])),
    ] {
        let call = sandbox.call(Method::PUT, &format!("/_sandbox/groups/{group}"));
        let call = call.json(&json!({"members": members}));
        assert_eq!(read(call.send().await.unwrap()).await.0, 200);
    }
    let token = sandbox.graph_token().await;
    let ask = async |level: &str| {
        let path = "/graph/v1.0/groups/grp-outer/transitiveMembers/microsoft.graph.user/$count";
        let call = sandbox.call(Method::GET, path).bearer_auth(&token);
        call.header("ConsistencyLevel", level).send().await.unwrap()
    };
    assert_eq!(ask("").await.status(), 400);
    assert_eq!(ask("eventual").await.text().await.unwrap(), "2");
}

#[tokio::test]
async fn what_is_put_is_there_until_a_reset() {
    let sandbox = Sandbox::start().await;
    let put = async |path: &str, body: Value| {
        let call = sandbox.call(Method::PUT, path).json(&body);
        read(call.send().await.unwrap()).await
    };
    let new =
        json!({"display_name": "Cars", "members": ["john.doe@company.com"], "owners": ["def-456"]});
    let (status, made) = put("/_sandbox/groups/grp-cars", new).await;
    assert_eq!((status, &made["members"]), (200, &json!(["abc-123"])));
    let path = "/_sandbox/groups/grp-cars/members/jane.smith@company.com";
    put(path, Value::Null).await;
    assert_eq!(members(&sandbox, "grp-cars").await, ["abc-123", "def-456"]);
    sandbox.call(Method::DELETE, path).send().await.unwrap();
    assert_eq!(members(&sandbox, "grp-cars").await, ["abc-123"]);
    for wrong in [
        json!({"colour": "red"}),
        json!({"members": ["nobody"]}),
        json!({"id": "x"}),
    ] {
        assert_eq!(put("/_sandbox/groups/grp-cars", wrong).await.0, 422);
    }
    assert_eq!(
        put("/_sandbox/groups/grp-none/members/abc-123", Value::Null)
            .await
            .0,
        404
    );
    sandbox.tell("/_sandbox/reset", json!({})).await;
    let groups = sandbox.look("/_sandbox/groups").await;
    let groups = groups.as_array().unwrap();
    assert_eq!(groups.len(), SEED_GROUPS.len());
    for (group, seed) in groups.iter().zip(SEED_GROUPS) {
        assert_eq!(group["id"], seed.id);
        assert_eq!(group["displayName"], seed.display_name);
        assert_eq!(group["members"], json!(seed.members));
    }
}

#[tokio::test]
async fn a_write_reaches_readers_when_the_lag_is_over() {
    let sandbox = Sandbox::start().await;
    sandbox
        .tell("/_sandbox/graph", json!({"lag_ms": 700}))
        .await;
    assert_eq!(add(&sandbox, "grp-sales", "abc-123").await.0, 204);
    assert_eq!(members(&sandbox, "grp-sales").await, ["def-456"]);
    let again = add(&sandbox, "grp-sales", "abc-123").await.0;
    assert_eq!(again, 400, "writers know at once");
    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
    assert_eq!(members(&sandbox, "grp-sales").await, ["def-456", "abc-123"]);
}
