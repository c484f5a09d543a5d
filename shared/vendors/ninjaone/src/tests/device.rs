//! Devices.

use super::talk;
use domain::DeviceId;
use ports::{Belongs, CallError, Device, Devices, Platform};
use testkit::{Conversation, Reply};

async fn device(
    id: &str,
    replies: impl IntoIterator<Item = Reply>,
) -> (Conversation, Result<Device, CallError>) {
    let (there, ninjaone) = talk(replies).await;
    let device = ninjaone.device(&DeviceId::parse(id).unwrap()).await;
    (there, device)
}

#[tokio::test]
async fn a_device_with_an_owner_is_theirs() {
    let node = r#"{"id":101,"nodeClass":"WINDOWS_WORKSTATION","offline":false,"displayName":"","systemName":"LAPTOP-1",
        "references":{"assignedOwner":{"uid":"u-1","email":"john.doe@company.com"}}}"#;
    let (there, found) = device("101", [Reply::json(200, node)]).await;
    let found = found.unwrap();
    assert_eq!(found.belongs, Belongs::To("john.doe@company.com".into()));
    assert_eq!((found.platform, found.online), (Platform::Windows, true));
    assert_eq!(found.name, "LAPTOP-1");
    assert_eq!(
        there.heard()[0].body,
        "grant_type=client_credentials&client_id=app&client_secret=app-secret&scope=monitoring+management+control"
    );
    assert_eq!(
        there.lines(),
        ["POST /ws/oauth/token", "GET /v2/device/101"]
    );
}

#[tokio::test]
async fn an_owner_known_by_uid_only_is_looked_up_and_stays_an_owner_without_an_address() {
    let node = r#"{"id":101,"nodeClass":"MAC","offline":true,"displayName":"Mac","assignedOwnerUid":"u-1"}"#;
    let users = r#"[{"uid":"u-0","email":"jane.smith@company.com"},{"uid":"u-1","email":"john.doe@company.com"}]"#;
    let (_, found) = device("101", [Reply::json(200, node), Reply::json(200, users)]).await;
    let found = found.unwrap();
    assert_eq!(found.belongs, Belongs::To("john.doe@company.com".into()));
    assert_eq!((found.platform, found.online), (Platform::MacOs, false));
    let (_, found) = device("101", [Reply::json(200, node), Reply::json(200, "[]")]).await;
    assert_eq!(found.unwrap().belongs, Belongs::To("u-1".into()));
}

#[tokio::test]
async fn without_an_owner_it_is_who_was_logged_on_last() {
    let node = r#"{"id":101,"nodeClass":"LINUX_SERVER","displayName":"srv"}"#;
    let last = r#"{"userName":"COMPANY\\john.doe","logonTime":1793620800.5}"#;
    let (there, found) = device("101", [Reply::json(200, node), Reply::json(200, last)]).await;
    let found = found.unwrap();
    assert_eq!(
        found.belongs,
        Belongs::LastUsedBy("COMPANY\\john.doe".into())
    );
    assert!(!found.online, "what does not say that it is online is not");
    assert_eq!(there.lines()[2], "GET /v2/device/101/last-logged-on-user");
    for nobody in [
        Reply::json(404, "{}"),
        Reply::json(200, r#"{"userName":""}"#),
    ] {
        let (_, found) = device("101", [Reply::json(200, node), nobody]).await;
        assert_eq!(found.unwrap().belongs, Belongs::Nobody);
    }
}

#[tokio::test]
async fn what_is_no_number_or_not_there_is_not_found() {
    let (there, found) = device("..", []).await;
    assert!(
        matches!(found, Err(CallError::NotFound { .. })),
        "{found:?}"
    );
    assert!(there.heard().is_empty());
    let (_, found) = device("101", [Reply::json(404, "{}")]).await;
    assert!(
        matches!(found, Err(CallError::NotFound { .. })),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_right_that_is_missing_is_misconfigured_with_ninjaones_words() {
    let body = r#"{"resultCode":"FAILURE","errorMessage":"insufficient_scope"}"#;
    let (_, found) = device("101", [Reply::json(403, body)]).await;
    let Err(CallError::Misconfigured { message, .. }) = found else {
        panic!("{found:?}");
    };
    assert!(message.contains("insufficient_scope"), "{message}");
}
