//! Licences.

use super::{no, talk, user_id};
use domain::SkuId;
use ports::{CallError, Holding, Licences};
use serde_json::{Value, json};
use testkit::Reply;

const E3: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";
const OTHER: &str = "c7df2760-2c81-4ef7-b578-5b5392b571df";
const ASSIGN: &str = "POST /graph/v1.0/users/abc-123/assignLicense";

fn e3() -> SkuId {
    SkuId::parse(E3).unwrap()
}

fn bought() -> Reply {
    let body = json!({"value": [
        {"skuId": OTHER, "skuPartNumber": "ENTERPRISEPREMIUM", "consumedUnits": 5, "prepaidUnits": {"enabled": 5, "warning": 0}},
        {"skuId": E3, "skuPartNumber": "ENTERPRISEPACK", "consumedUnits": 14, "prepaidUnits": {"enabled": 25, "suspended": 3}},
    ]});
    Reply::json(200, body.to_string())
}

/// Each way: by a group or not, and its state.
fn held(ways: &[(Option<&str>, &str)]) -> Reply {
    let states: Vec<Value> = ways
        .iter()
        .map(|(group, state)| {
            json!({"skuId": E3, "assignedByGroup": group, "state": state, "disabledPlans": [], "error": "None"})
        })
        .chain([json!({"skuId": OTHER, "assignedByGroup": null, "state": "Active"})])
        .collect();
    Reply::json(200, json!({"licenseAssignmentStates": states}).to_string())
}

fn done() -> Reply {
    Reply::json(200, json!({"id": "abc-123"}).to_string())
}

#[tokio::test]
async fn a_licence_is_found_by_id_and_by_part_number_with_its_seats() {
    let (there, entra) = talk([bought(), bought(), bought()]).await;
    let by_id = entra.licence(&e3()).await.unwrap();
    let name = SkuId::parse("EnterprisePack").unwrap();
    assert_eq!(entra.licence(&name).await, Ok(by_id.clone()));
    assert_eq!(
        (by_id.sku.as_str(), by_id.part_number.as_str()),
        (E3, "ENTERPRISEPACK")
    );
    assert_eq!((by_id.seats, by_id.taken), (25, 14));
    let none = SkuId::parse("VISIO").unwrap();
    let error = entra.licence(&none).await.unwrap_err();
    assert!(
        matches!(
            error,
            CallError::NotFound {
                what: "licence",
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(
        there.lines()[1],
        "GET /graph/v1.0/subscribedSkus?$select=skuId,skuPartNumber,prepaidUnits,consumedUnits"
    );
}

#[tokio::test]
async fn how_somebody_holds_a_licence() {
    let group = Some("b0a0c0d0-0000-4000-8000-000000000001");
    let (there, entra) = talk([
        held(&[]),
        held(&[(None, "Active")]),
        held(&[(group, "Active")]),
        held(&[(group, "ActiveWithError"), (None, "Active")]),
        held(&[(group, "Error")]),
        Reply::json(200, r#"{"id":"abc-123"}"#),
    ])
    .await;
    for expected in [
        Holding::None,
        Holding::Direct,
        Holding::ByGroup,
        Holding::Direct,
        Holding::None,
        Holding::None,
    ] {
        assert_eq!(entra.holding(&e3(), &user_id()).await, Ok(expected));
    }
    assert_eq!(
        there.lines()[1],
        "GET /graph/v1.0/users/abc-123?$select=licenseAssignmentStates"
    );
}

#[tokio::test]
async fn a_seat_is_given_with_both_lists() {
    let (there, entra) = talk([bought(), held(&[]), done()]).await;
    let name = SkuId::parse("ENTERPRISEPACK").unwrap();
    assert_eq!(entra.assign(&name, &user_id(), "req-1").await, Ok(()));
    let asked = &there.heard()[3];
    assert_eq!(asked.line(), ASSIGN);
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    assert_eq!(
        body,
        json!({"addLicenses": [{"skuId": E3, "disabledPlans": []}], "removeLicenses": []})
    );
    assert_eq!(asked.header("client-request-id"), Some("req-1"));
}

#[tokio::test]
async fn who_holds_a_licence_keeps_it_as_it_is() {
    let (there, entra) = talk([held(&[(None, "Active")])]).await;
    assert_eq!(entra.assign(&e3(), &user_id(), "r").await, Ok(()));
    assert_eq!(there.heard().len(), 2, "nothing is written");
}

#[tokio::test]
async fn no_seat_and_no_country_are_refusals_with_graphs_words() {
    for words in [
        "Subscription with SKU does not have any available licenses.",
        "License assignment cannot be done for user with invalid usage location.",
    ] {
        let (_there, entra) = talk([held(&[]), no(400, "Request_BadRequest", words)]).await;
        let error = entra.assign(&e3(), &user_id(), "r").await.unwrap_err();
        assert!(
            matches!(&error, CallError::Refused { message, .. } if message == words),
            "{error}"
        );
    }
    let (there, entra) = talk([held(&[]), Reply::Cut]).await;
    let error = entra.assign(&e3(), &user_id(), "r").await.unwrap_err();
    assert!(matches!(error, CallError::Unknown { .. }), "{error}");
    assert_eq!(there.heard().len(), 3);
}

#[tokio::test]
async fn a_seat_is_taken_back_and_none_stays_none() {
    let without = "User does not have a corresponding license.";
    let (there, entra) = talk([done(), no(400, "Request_BadRequest", without), held(&[])]).await;
    for _ in 0..2 {
        assert_eq!(entra.unassign(&e3(), &user_id(), "r").await, Ok(()));
    }
    let body: Value = serde_json::from_str(&there.heard()[1].body).unwrap();
    assert_eq!(body, json!({"addLicenses": [], "removeLicenses": [E3]}));
}

#[tokio::test]
async fn a_groups_licence_is_not_taken_from_one_person() {
    let inherited = "User license is inherited from a group membership and it cannot be removed directly from the user.";
    let (_there, entra) = talk([
        no(400, "Request_BadRequest", inherited),
        held(&[(Some("g"), "Active")]),
    ])
    .await;
    let error = entra.unassign(&e3(), &user_id(), "r").await.unwrap_err();
    assert!(
        matches!(&error, CallError::Refused { message, .. } if message == inherited),
        "{error}"
    );
}

#[tokio::test]
async fn the_right_over_licences_is_named_when_it_is_missing() {
    let denied = || {
        no(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges",
        )
    };
    let (_there, entra) = talk([denied(), held(&[]), denied()]).await;
    let errors = [
        entra.licence(&e3()).await.unwrap_err(),
        entra.assign(&e3(), &user_id(), "r").await.unwrap_err(),
    ];
    for (error, right) in errors.iter().zip([
        "LicenseAssignment.Read.All",
        "LicenseAssignment.ReadWrite.All",
    ]) {
        assert!(
            matches!(error, CallError::Misconfigured { message, .. } if message.contains(right)),
            "{error}"
        );
    }
}
