//! Our own client of Graph against the sandbox's Graph: the two were written from the same pages and have to agree.

use std::sync::Arc;

use ::entra::Entra;
use domain::{GroupId, SkuId, UserId};
use ports::{
    Accounts, CallError, DisabledBy, Groups, Holding, Licences, MethodKind, ResetPassword,
    SignInMethods, SystemClock,
};
use serde_json::json;
use vendor_http::Client;

use super::Sandbox;
use crate::{LICENCE_FREE, LICENCE_FULL, LICENCE_OF_GROUP, credentials};

impl Sandbox {
    fn entra(&self) -> Entra {
        let config = credentials(&self.base)["entra"].clone();
        let config = serde_json::from_value(config).unwrap();
        Entra::new(config, Client::new(Arc::new(SystemClock)))
    }
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn group(id: &str) -> GroupId {
    GroupId::parse(id).unwrap()
}

fn sku(id: &str) -> SkuId {
    SkuId::parse(id).unwrap()
}

#[tokio::test]
async fn accounts() {
    let sandbox = Sandbox::start().await;
    let entra = sandbox.entra();
    let john = user("abc-123");
    let before = entra.account(&john).await.unwrap();
    assert!(before.enabled && !before.synced && !before.guest);
    assert_eq!(before.usage_location.as_deref(), Some("GB"));
    assert!(entra.account(&user("syn-001")).await.unwrap().synced);
    assert!(entra.account(&user("gst-001")).await.unwrap().guest);
    let nowhere = entra.account(&user("nop-001")).await.unwrap();
    assert_eq!(nowhere.usage_location, None);

    assert_eq!(entra.disabled_by(&john).await, Ok(DisabledBy::Unknown));
    sandbox
        .put_user(
            "john.doe@company.com",
            json!({"accountEnabled": false, "by": "admin@company.com", "riskState": "atRisk"}),
        )
        .await;
    assert_eq!(
        entra.disabled_by(&john).await,
        Ok(DisabledBy::Person("admin@company.com".into()))
    );
    assert_eq!(entra.risk(&john).await, Ok(Some("atRisk".into())));
    assert_eq!(entra.risk(&user("def-456")).await, Ok(None));
    sandbox
        .tell("/_sandbox/graph", json!({"risk_detection": false}))
        .await;
    assert_eq!(entra.risk(&john).await, Ok(None));

    assert!(!entra.account(&john).await.unwrap().enabled);
    entra.set_enabled(&john, true, "r-1").await.unwrap();
    entra.revoke_sessions(&john, "r-2").await.unwrap();
    entra
        .set_password(&john, &"Xk9!somewhat".into(), "r-3")
        .await
        .unwrap();
    let after = entra.account(&john).await.unwrap();
    assert!(after.enabled);
    assert!(after.sessions_valid_from > before.sessions_valid_from);
    assert!(after.password_changed_at > before.password_changed_at);
    let synced = entra
        .set_password(&user("syn-001"), &"Xk9!somewhat".into(), "r")
        .await;
    assert!(
        matches!(synced, Err(CallError::Refused { .. })),
        "{synced:?}"
    );
}

#[tokio::test]
async fn passes() {
    let sandbox = Sandbox::start().await;
    let entra = sandbox.entra();
    let john = user("abc-123");
    assert_eq!(entra.pass(&john).await, Ok(None));
    let made = entra.issue_pass(&john, 60, "r-1").await.unwrap();
    let standing = entra.pass(&john).await.unwrap().unwrap();
    assert_eq!(standing.method_id, made.method_id);
    assert!(standing.usable);
    for _ in 0..2 {
        entra
            .delete_pass(&john, &made.method_id, "r-2")
            .await
            .unwrap();
        assert_eq!(entra.pass(&john).await, Ok(None));
    }
}

#[tokio::test]
async fn methods_the_default_one_last() {
    let sandbox = Sandbox::start().await;
    let entra = sandbox.entra();
    let john = user("abc-123");
    let methods = entra.methods(&john).await.unwrap();
    let kinds: Vec<_> = methods.iter().map(|method| method.kind).collect();
    assert_eq!(kinds, [MethodKind::Phone, MethodKind::Authenticator]);
    let by_default = entra.delete_method(&john, &methods[1], "r").await;
    assert!(
        matches!(by_default, Err(CallError::Refused { .. })),
        "{by_default:?}"
    );
    for left in [1, 0] {
        let method = &methods[1 - left];
        for _ in 0..2 {
            entra.delete_method(&john, method, "r").await.unwrap();
        }
        assert_eq!(entra.methods(&john).await.unwrap().len(), left);
    }
    let person = sandbox.look("/_sandbox/users/john.doe@company.com").await;
    assert_eq!(
        person["mobilePhone"], "+441234567890",
        "the directory's number stays"
    );
    let admin = user("adm-001");
    let theirs = entra.methods(&admin).await.unwrap();
    let denied = entra.delete_method(&admin, &theirs[0], "r").await;
    assert!(
        matches!(denied, Err(CallError::Misconfigured { .. })),
        "{denied:?}"
    );
}

#[tokio::test]
async fn methods_of_every_kind_late_and_ignored() {
    let sandbox = Sandbox::start().await;
    let entra = sandbox.entra();
    let john = user("abc-123");
    let methods = json!(["softwareOath", "fido2", "email", "windowsHelloForBusiness"]);
    sandbox
        .put_user(
            "john.doe@company.com",
            json!({"methods": methods, "phoneMethod": false}),
        )
        .await;
    let found = entra.methods(&john).await.unwrap();
    let kinds: Vec<_> = found.iter().map(|method| method.kind).collect();
    assert_eq!(
        kinds,
        [
            MethodKind::Authenticator,
            MethodKind::SoftwareOath,
            MethodKind::SecurityKey,
            MethodKind::Email
        ],
        "what a device holds is not among them"
    );
    let by_default = entra.delete_method(&john, &found[0], "r").await;
    assert!(
        matches!(by_default, Err(CallError::Refused { .. })),
        "{by_default:?}"
    );
    sandbox
        .fault(json!({"vendor": "graph", "path": "emailMethods", "fault": "ignored"}))
        .await;
    for method in found.iter().rev() {
        entra.delete_method(&john, method, "r").await.unwrap();
    }
    assert_eq!(entra.methods(&john).await.unwrap(), [found[3].clone()]);
    sandbox
        .tell("/_sandbox/graph", json!({"lag_ms": 60_000}))
        .await;
    entra.delete_method(&john, &found[3], "r").await.unwrap();
    assert_eq!(
        entra.methods(&john).await.unwrap().len(),
        1,
        "nobody has heard of it yet"
    );
    let person = sandbox.look("/_sandbox/users/john.doe@company.com").await;
    assert_eq!(person["methods"], json!(["windowsHelloForBusiness"]));
}

#[tokio::test]
async fn memberships() {
    let sandbox = Sandbox::start().await;
    let entra = sandbox.entra();
    let (sales, john) = (group("grp-sales"), user("abc-123"));
    let found = entra.group(&sales).await.unwrap();
    assert_eq!(
        (found.display_name.as_str(), found.closed()),
        ("Sales", None)
    );
    assert_eq!(entra.owners(&sales).await, Ok(vec![user("def-456")]));
    for (id, closed) in [
        ("grp-staff", false),
        ("grp-engineers", true),
        ("grp-finance", true),
        ("grp-news", true),
        ("grp-admins", true),
        ("grp-project", false),
    ] {
        let found = entra.group(&group(id)).await.unwrap();
        assert_eq!(found.closed().is_some(), closed, "{id}");
        let added = entra.add_member(&found.id, &john, "r").await;
        assert_eq!(added.is_err(), closed, "{id}: {added:?}");
    }
    let jane = user("def-456");
    assert_eq!(
        entra.is_member(&group("grp-staff"), &jane).await,
        Ok(false),
        "only within a group within"
    );
    for _ in 0..2 {
        entra.add_member(&sales, &john, "r-1").await.unwrap();
        assert_eq!(entra.is_member(&sales, &john).await, Ok(true));
    }
    for _ in 0..2 {
        entra.remove_member(&sales, &john, "r-2").await.unwrap();
        assert_eq!(entra.is_member(&sales, &john).await, Ok(false));
    }
    assert!(
        entra.account(&john).await.is_ok(),
        "the user is still there"
    );
}

#[tokio::test]
async fn licences() {
    let sandbox = Sandbox::start().await;
    let entra = sandbox.entra();
    let (john, jane) = (user("abc-123"), user("def-456"));
    let found = entra.licence(&sku("visioclient")).await.unwrap();
    assert_eq!(found.sku, sku(LICENCE_FULL));
    assert_eq!((found.seats, found.taken), (2, 2));
    for (name, holding) in [
        ("POWER_BI_PRO", Holding::Direct),
        (LICENCE_FREE, Holding::Direct),
        (LICENCE_OF_GROUP, Holding::ByGroup),
        (LICENCE_FULL, Holding::None),
    ] {
        assert_eq!(
            entra.holding(&sku(name), &jane).await,
            Ok(holding),
            "{name}"
        );
    }
    for _ in 0..2 {
        entra
            .assign(&sku(LICENCE_FREE), &john, "r-1")
            .await
            .unwrap();
        assert_eq!(entra.licence(&sku(LICENCE_FREE)).await.unwrap().taken, 4);
    }
    for _ in 0..2 {
        entra
            .unassign(&sku("POWER_BI_PRO"), &john, "r-2")
            .await
            .unwrap();
        let held = entra.holding(&sku(LICENCE_FREE), &john).await;
        assert_eq!(held, Ok(Holding::None));
    }
    for refused in [
        entra.assign(&sku(LICENCE_FULL), &john, "r").await,
        entra
            .assign(&sku(LICENCE_FREE), &user("nop-001"), "r")
            .await,
        entra.unassign(&sku(LICENCE_OF_GROUP), &jane, "r").await,
    ] {
        assert!(
            matches!(refused, Err(CallError::Refused { .. })),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn a_swallowed_revocation_shows_when_it_is_read_back() {
    let sandbox = Sandbox::start().await;
    let entra = sandbox.entra();
    let john = user("abc-123");
    let before = entra.account(&john).await.unwrap();
    sandbox
        .fault(json!({"vendor": "graph", "path": "revokeSignInSessions", "fault": "ignored"}))
        .await;
    entra.revoke_sessions(&john, "r-1").await.unwrap();
    assert_eq!(entra.account(&john).await, Ok(before.clone()));
    sandbox
        .fault(json!({"vendor": "graph", "path": "revokeSignInSessions", "fault": "lost_answer"}))
        .await;
    let lost = entra.revoke_sessions(&john, "r-2").await;
    assert!(matches!(lost, Err(CallError::Unknown { .. })), "{lost:?}");
    assert_ne!(entra.account(&john).await, Ok(before), "it was done");
    let path = "/_sandbox/calls?method=POST&path=revokeSignInSessions";
    let asked = sandbox.look(path).await;
    assert_eq!(asked.as_array().unwrap().len(), 2, "and not done again");
}
