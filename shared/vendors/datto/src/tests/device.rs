//! Devices.

use super::talk;
use domain::DeviceId;
use ports::{Belongs, CallError, Device, Devices, Platform};
use serde_json::{Value, json};
use testkit::{Conversation, Reply};

const UID: &str = "31fcea20-0000-4000-8000-000000000101";

fn laptop() -> Value {
    json!({
        "uid": UID, "hostname": "LAPTOP-1", "operatingSystem": "Microsoft Windows 11 Pro 10.0.26100",
        "lastLoggedInUser": "COMPANY\\john.doe", "online": true, "suspended": false, "deleted": false,
        "udf": {"udf1": null, "udf5": "john.doe@company.com"},
    })
}

async fn device(uid: &str, reply: Reply) -> (Conversation, Result<Device, CallError>) {
    let (there, datto) = talk([reply]).await;
    let device = datto.device(&DeviceId::parse(uid).unwrap()).await;
    (there, device)
}

async fn changed(member: &str, value: Value) -> Result<Device, CallError> {
    let mut laptop = laptop();
    laptop[member] = value;
    device(UID, Reply::json(200, laptop.to_string())).await.1
}

#[tokio::test]
async fn a_device_is_whose_address_stands_in_the_named_field() {
    let (there, found) = device(UID, Reply::json(200, laptop().to_string())).await;
    let found = found.unwrap();
    assert_eq!(found.belongs, Belongs::To("john.doe@company.com".into()));
    assert_eq!((found.platform, found.online), (Platform::Windows, true));
    let heard = there.heard();
    assert_eq!(heard[0].line(), "POST /auth/oauth/token");
    assert_eq!(
        heard[0].body,
        "grant_type=password&username=key&password=key-secret"
    );
    assert_eq!(heard[1].line(), format!("GET /api/v2/device/{UID}"));
    assert_eq!(heard[1].header("authorization"), Some("Bearer bearer-1"));
}

#[tokio::test]
async fn otherwise_it_is_who_was_logged_on_last() {
    let last = Belongs::LastUsedBy("COMPANY\\john.doe".into());
    for udf in [json!({"udf5": " "}), json!({}), Value::Null] {
        assert_eq!(changed("udf", udf).await.unwrap().belongs, last);
    }
}

#[tokio::test]
async fn one_out_of_reach_is_not_online_and_a_deleted_one_is_gone() {
    for (member, value) in [("online", json!(false)), ("suspended", json!(true))] {
        assert!(!changed(member, value).await.unwrap().online, "{member}");
    }
    let gone = changed("deleted", json!(true)).await;
    assert!(matches!(gone, Err(CallError::NotFound { .. })), "{gone:?}");
}

#[tokio::test]
async fn the_system_says_the_platform() {
    for (system, platform) in [
        ("Apple macOS 15.1", Platform::MacOs),
        ("Ubuntu 24.04", Platform::Linux),
        ("", Platform::Other),
    ] {
        let found = changed("operatingSystem", json!(system)).await.unwrap();
        assert_eq!(found.platform, platform, "{system}");
    }
}

#[tokio::test]
async fn what_is_no_uid_is_not_found_and_not_asked_for() {
    for bad in ["..", "a.b", "john@company.com"] {
        let (there, found) = device(bad, Reply::json(200, "{}")).await;
        assert!(
            matches!(found, Err(CallError::NotFound { .. })),
            "{found:?}"
        );
        assert!(there.heard().is_empty());
    }
}
