//! Groups.

use super::{no, talk, user_id};
use domain::{GroupId, UserId};
use ports::{CallError, Groups};
use serde_json::{Value, json};
use testkit::Reply;

const MEMBERS: &str = "/graph/v1.0/groups/grp-1/members";

fn group() -> GroupId {
    GroupId::parse("grp-1").unwrap()
}

fn made() -> Reply {
    Reply::text(204, "text/plain", "")
}

fn page(ids: &[&str], next: Option<String>) -> Reply {
    let value: Vec<Value> = ids
        .iter()
        .map(|id| json!({"@odata.type": "#microsoft.graph.user", "id": id}))
        .collect();
    let mut page = json!({"value": value});
    if let Some(next) = next {
        page["@odata.nextLink"] = next.into();
    }
    Reply::json(200, page.to_string())
}

#[tokio::test]
async fn a_groups_size_is_a_bare_number_of_an_index() {
    let number = Reply::text(200, "text/plain", "\u{feff}300");
    let (there, entra) = talk([number, no(404, "Request_ResourceNotFound", "none")]).await;
    assert_eq!(entra.size(&group()).await, Ok(300));
    let gone = entra.size(&group()).await;
    assert!(matches!(gone, Err(CallError::NotFound { .. })), "{gone:?}");
    let asked = &there.heard()[1];
    let path = "/graph/v1.0/groups/grp-1/transitiveMembers/microsoft.graph.user/$count";
    assert_eq!(asked.target, path);
    assert_eq!(asked.header("consistencylevel"), Some("eventual"));
}

#[tokio::test]
async fn a_group_tells_why_its_members_are_not_ours_to_change() {
    let shapes = [
        (json!({}), None),
        (
            json!({"groupTypes": ["DynamicMembership"]}),
            Some("its members follow a rule"),
        ),
        (
            json!({"onPremisesSyncEnabled": true}),
            Some("it is mastered in the on-premises directory"),
        ),
        (
            json!({"mailEnabled": true}),
            Some("its members are kept by Exchange"),
        ),
        (
            json!({"mailEnabled": true, "groupTypes": ["Unified"]}),
            None,
        ),
        (
            json!({"isAssignableToRole": true}),
            Some("it can hold directory roles"),
        ),
    ];
    for (more, closed) in shapes {
        let mut body = json!({
            "id": "grp-1", "displayName": "Sales", "groupTypes": [], "onPremisesSyncEnabled": null,
            "mailEnabled": false, "isAssignableToRole": null,
        });
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let (there, entra) = talk([Reply::json(200, body.to_string())]).await;
        let found = entra.group(&group()).await.unwrap();
        assert_eq!(found.closed(), closed, "{more}");
        assert_eq!(found.display_name, "Sales");
        assert_eq!(
            there.lines()[1],
            "GET /graph/v1.0/groups/grp-1?$select=id,displayName,groupTypes,onPremisesSyncEnabled,mailEnabled,isAssignableToRole"
        );
    }
    let (_there, entra) = talk([no(404, "Request_ResourceNotFound", "does not exist")]).await;
    let error = entra.group(&group()).await.unwrap_err();
    assert!(
        matches!(error, CallError::NotFound { what: "group", .. }),
        "{error}"
    );
}

#[tokio::test]
async fn membership_is_read_from_the_groups_own_list() {
    let (there, entra) = talk([
        page(&["def-456", "ABC-123"], None),
        page(&["def-456"], None),
    ])
    .await;
    assert_eq!(entra.is_member(&group(), &user_id()).await, Ok(true));
    assert_eq!(entra.is_member(&group(), &user_id()).await, Ok(false));
    let asked = &there.heard()[1];
    assert_eq!(asked.line(), format!("GET {MEMBERS}?$select=id&$top=999"));
    assert_eq!(asked.header("consistencylevel"), None);
}

#[tokio::test]
async fn a_group_too_large_to_read_is_asked_by_its_index() {
    let (there, entra) = talk([]).await;
    let next = || Some(format!("{}{MEMBERS}?$skiptoken=x", there.url()));
    there.say([
        page(&["a"], next()),
        page(&[], next()),
        page(&["b"], next()),
        page(&["abc-123"], None),
    ]);
    assert_eq!(entra.is_member(&group(), &user_id()).await, Ok(true));
    let asked = &there.heard()[4];
    assert_eq!(
        asked.line(),
        format!("GET {MEMBERS}?$select=id&$filter=id%20eq%20%27abc-123%27&$count=true")
    );
    assert_eq!(asked.header("consistencylevel"), Some("eventual"));
}

#[tokio::test]
async fn only_people_own_a_group() {
    let body = json!({"value": [
        {"@odata.type": "#microsoft.graph.user", "id": "def-456"},
        {"@odata.type": "#microsoft.graph.servicePrincipal", "id": "robot"},
    ]});
    let (there, entra) = talk([Reply::json(200, body.to_string())]).await;
    let jane = UserId::parse("def-456").unwrap();
    assert_eq!(entra.owners(&group()).await, Ok(vec![jane]));
    assert_eq!(
        there.lines()[1],
        "GET /graph/v1.0/groups/grp-1/owners?$select=id"
    );
}

#[tokio::test]
async fn a_member_is_added_by_reference() {
    let (there, entra) = talk([made()]).await;
    assert_eq!(
        entra.add_member(&group(), &user_id(), "req-1").await,
        Ok(())
    );
    let asked = &there.heard()[1];
    assert_eq!(asked.line(), format!("POST {MEMBERS}/$ref"));
    let body: Value = serde_json::from_str(&asked.body).unwrap();
    let reference = format!("{}/graph/v1.0/directoryObjects/abc-123", there.url());
    assert_eq!(body, json!({"@odata.id": reference}));
    assert_eq!(asked.header("client-request-id"), Some("req-1"));
}

#[tokio::test]
async fn a_member_already_is_one_and_other_bad_requests_are_not_success() {
    let exists = "One or more added object references already exist for the following modified properties: 'members'.";
    let reworded = "The references are there.";
    let exchange = "Cannot Update a mail-enabled security groups and or distribution list.";
    let bad = |words| no(400, "Request_BadRequest", words);
    let (there, entra) = talk([
        bad(exists),
        bad(reworded),
        page(&["abc-123"], None),
        bad(exchange),
        page(&["def-456"], None),
        bad(exchange),
        no(404, "Request_ResourceNotFound", "does not exist"),
    ])
    .await;
    let add = || async { entra.add_member(&group(), &user_id(), "r").await };
    assert_eq!(add().await, Ok(()));
    assert_eq!(there.heard().len(), 2, "its words suffice");
    assert_eq!(add().await, Ok(()));
    for _ in 0..2 {
        let error = add().await.unwrap_err();
        assert!(
            matches!(&error, CallError::Refused { message, .. } if message == exchange),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_membership_is_removed_by_reference_and_never_the_user() {
    let (there, entra) = talk([
        made(),
        no(404, "Request_ResourceNotFound", "does not exist"),
        Reply::Cut,
    ])
    .await;
    let remove = || async { entra.remove_member(&group(), &user_id(), "req-1").await };
    assert_eq!(remove().await, Ok(()));
    assert_eq!(remove().await, Ok(()), "no member stays none");
    let lost = remove().await.unwrap_err();
    assert!(matches!(lost, CallError::Unknown { .. }), "{lost}");
    for asked in &there.heard()[1..] {
        assert_eq!(asked.line(), format!("DELETE {MEMBERS}/abc-123/$ref"));
    }
    // An id that a path takes for a step would leave the group's or the user's own address.
    let (there, entra) = talk([]).await;
    for dots in [".", ".."] {
        let (group_dots, user_dots) = (GroupId::parse(dots).unwrap(), UserId::parse(dots).unwrap());
        assert!(
            entra
                .remove_member(&group_dots, &user_id(), "r")
                .await
                .is_err()
        );
        assert!(
            entra
                .remove_member(&group(), &user_dots, "r")
                .await
                .is_err()
        );
        assert!(entra.add_member(&group(), &user_dots, "r").await.is_err());
    }
    assert!(there.heard().is_empty());
}

#[tokio::test]
async fn the_right_over_members_is_named_when_it_is_missing() {
    let denied = no(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges",
    );
    let (_there, entra) = talk([denied]).await;
    let error = entra
        .add_member(&group(), &user_id(), "r")
        .await
        .unwrap_err();
    assert!(
        matches!(&error, CallError::Misconfigured { message, .. } if message.contains("GroupMember.ReadWrite.All")),
        "{error}"
    );
}
