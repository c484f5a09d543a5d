use reqwest::Method;
use serde_json::{Value, json};

use super::{Sandbox, read};
use crate::{LICENCE_FREE, LICENCE_FULL, LICENCE_OF_GROUP};

async fn assign(sandbox: &Sandbox, user: &str, add: &[&str], remove: &[&str]) -> (u16, String) {
    let add: Vec<Value> = add
        .iter()
        .map(|sku| json!({"skuId": sku, "disabledPlans": []}))
        .collect();
    let body = json!({"addLicenses": add, "removeLicenses": remove});
    let path = format!("users/{user}/assignLicense");
    let (status, body) = sandbox.graph(Method::POST, &path, body).await;
    let words = body["error"]["message"].as_str().unwrap_or_default();
    (status, words.to_owned())
}

/// Licence and group of each assignment.
async fn held(sandbox: &Sandbox, user: &str) -> Vec<(String, Value)> {
    let path = format!("users/{user}?$select=licenseAssignmentStates");
    let (_, body) = sandbox.graph(Method::GET, &path, Value::Null).await;
    let states = body["licenseAssignmentStates"].as_array().unwrap();
    let pair = |state: &Value| {
        assert_eq!(state["state"], "Active");
        let sku = state["skuId"].as_str().unwrap().to_owned();
        (sku, state["assignedByGroup"].clone())
    };
    states.iter().map(pair).collect()
}

async fn taken(sandbox: &Sandbox, part_number: &str) -> Value {
    let (status, body) = sandbox
        .graph(Method::GET, "subscribedSkus", Value::Null)
        .await;
    assert_eq!(status, 200);
    let all = body["value"].as_array().unwrap();
    let sku = all.iter().find(|sku| sku["skuPartNumber"] == part_number);
    json!([
        sku.unwrap()["consumedUnits"],
        sku.unwrap()["prepaidUnits"]["enabled"]
    ])
}

#[tokio::test]
async fn a_seat_is_taken_and_given_back() {
    let sandbox = Sandbox::start().await;
    assert_eq!(taken(&sandbox, "POWER_BI_PRO").await, json!([3, 10]));
    for _ in 0..2 {
        assert_eq!(
            assign(&sandbox, "abc-123", &[LICENCE_FREE], &[]).await.0,
            200
        );
        assert_eq!(taken(&sandbox, "POWER_BI_PRO").await, json!([4, 10]));
    }
    assert_eq!(
        held(&sandbox, "abc-123").await,
        [(LICENCE_FREE.to_owned(), Value::Null)]
    );
    assert_eq!(
        assign(&sandbox, "abc-123", &[], &[LICENCE_FREE]).await.0,
        200
    );
    assert_eq!(taken(&sandbox, "POWER_BI_PRO").await, json!([3, 10]));
    let (status, words) = assign(&sandbox, "abc-123", &[], &[LICENCE_FREE]).await;
    assert_eq!(status, 400);
    assert!(
        words.contains("does not have a corresponding license"),
        "{words}"
    );
}

#[tokio::test]
async fn what_stands_against_a_seat_is_said_and_nothing_is_half_done() {
    let sandbox = Sandbox::start().await;
    for (user, sku, expected) in [
        (
            "abc-123",
            LICENCE_FULL,
            "does not have any available licenses",
        ),
        ("nop-001", LICENCE_FREE, "invalid usage location"),
        ("abc-123", "no-such-licence", "valid company License"),
    ] {
        let (status, words) = assign(&sandbox, user, &[sku], &[]).await;
        assert_eq!(status, 400);
        assert!(words.contains(expected), "{words}");
    }
    let both = assign(&sandbox, "abc-123", &[LICENCE_FREE, LICENCE_FULL], &[]);
    assert_eq!(both.await.0, 400);
    assert!(held(&sandbox, "abc-123").await.is_empty());
    let half = json!({"removeLicenses": []});
    let (status, body) = sandbox
        .graph(Method::POST, "users/abc-123/assignLicense", half)
        .await;
    assert_eq!(status, 400);
    let words = body["error"]["message"].as_str().unwrap();
    assert!(words.contains("addLicenses"), "{words}");
}

#[tokio::test]
async fn a_groups_licence_comes_and_goes_with_membership() {
    let sandbox = Sandbox::start().await;
    let through = (LICENCE_OF_GROUP.to_owned(), json!("grp-office"));
    let direct = (LICENCE_FREE.to_owned(), Value::Null);
    assert_eq!(held(&sandbox, "def-456").await, [direct.clone(), through]);
    let (status, words) = assign(&sandbox, "def-456", &[], &[LICENCE_OF_GROUP]).await;
    assert_eq!(status, 400);
    assert!(words.contains("inherited from a group"), "{words}");
    let path = "groups/grp-office/members/def-456/$ref";
    sandbox.graph(Method::DELETE, path, Value::Null).await;
    assert_eq!(held(&sandbox, "def-456").await, [direct]);
    assert_eq!(taken(&sandbox, "ENTERPRISEPACK").await, json!([14, 25]));
}

#[tokio::test]
async fn seats_can_be_put() {
    let sandbox = Sandbox::start().await;
    let put = async |body: Value| {
        let path = format!("/_sandbox/licences/{LICENCE_FULL}");
        let call = sandbox.call(Method::PUT, &path).json(&body);
        read(call.send().await.unwrap()).await.0
    };
    assert_eq!(put(json!({"enabled": 3})).await, 200);
    assert_eq!(put(json!({"seats": 3})).await, 422);
    assert_eq!(
        assign(&sandbox, "abc-123", &[LICENCE_FULL], &[]).await.0,
        200
    );
    let all = sandbox.look("/_sandbox/licences").await;
    assert_eq!(
        (&all[2]["enabled"], &all[2]["taken"]),
        (&json!(3), &json!(3))
    );
    let filtered = "subscribedSkus?$filter=skuPartNumber eq 'VISIOCLIENT'";
    assert_eq!(
        sandbox.graph(Method::GET, filtered, Value::Null).await.0,
        400
    );
}
