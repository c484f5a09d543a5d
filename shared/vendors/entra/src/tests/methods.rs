//! Sign-in methods.

use super::{no, talk, user_id};
use ports::{CallError, MethodKind, SignInMethod, SignInMethods};
use testkit::Reply;

const METHODS: &str = r##"{"value":[
    {"@odata.type":"#microsoft.graph.passwordAuthenticationMethod","id":"28c10230-6103-485e-b985-444c60001490"},
    {"@odata.type":"#microsoft.graph.phoneAuthenticationMethod","id":"3179e48a","phoneNumber":"+441234567890"},
    {"@odata.type":"#microsoft.graph.microsoftAuthenticatorAuthenticationMethod","id":"auth-1"},
    {"@odata.type":"#microsoft.graph.windowsHelloForBusinessAuthenticationMethod","id":"hello-1"},
    {"@odata.type":"#microsoft.graph.temporaryAccessPassAuthenticationMethod","id":"pass-1"}]}"##;
const REST: &str = r##"{"value":[
    {"@odata.type":"#microsoft.graph.softwareOathAuthenticationMethod","id":"oath-1","secretKey":null},
    {"@odata.type":"#microsoft.graph.fido2AuthenticationMethod","id":"key/1","model":"Key"},
    {"@odata.type":"#microsoft.graph.emailAuthenticationMethod","id":"3ddfcfc8","emailAddress":"john@example.com"}]}"##;

fn method(id: &str, kind: MethodKind) -> SignInMethod {
    SignInMethod {
        id: id.into(),
        kind,
    }
}

#[tokio::test]
async fn what_a_lost_phone_takes_with_it_is_listed_and_taken_away() {
    let gone = || Reply::text(204, "text/plain", "");
    let lost = no(404, "resourceNotFound", "not found");
    let (there, entra) = talk([Reply::json(200, METHODS), gone(), gone(), lost]).await;
    let user = user_id();
    let phone = method("3179e48a", MethodKind::Phone);
    let app = method("auth-1", MethodKind::Authenticator);
    let both = vec![phone.clone(), app.clone()];
    assert_eq!(entra.methods(&user).await, Ok(both));
    for each in [&phone, &app, &app] {
        assert_eq!(entra.delete_method(&user, each, "req-1").await, Ok(()));
    }
    let lines = there.lines();
    let of = "/graph/v1.0/users/abc-123/authentication";
    assert_eq!(lines[1], format!("GET {of}/methods"));
    assert_eq!(lines[2], format!("DELETE {of}/phoneMethods/3179e48a"));
    assert_eq!(
        lines[3],
        format!("DELETE {of}/microsoftAuthenticatorMethods/auth-1")
    );
    assert_eq!(there.heard()[2].header("client-request-id"), Some("req-1"));
}

#[tokio::test]
async fn each_kind_is_taken_away_from_its_own_collection_with_its_own_right() {
    let denied = || no(403, "accessDenied", "Request Authorization failed");
    let (there, entra) = talk([Reply::json(200, REST), denied(), denied(), denied()]).await;
    let user = user_id();
    let methods = entra.methods(&user).await.unwrap();
    let kinds: Vec<_> = methods.iter().map(|method| method.kind).collect();
    let [oath, key, email] = [
        MethodKind::SoftwareOath,
        MethodKind::SecurityKey,
        MethodKind::Email,
    ];
    assert_eq!(kinds, [oath, key, email]);
    for (method, right) in methods.iter().zip(["SoftwareOATH", "Passkey", "Email"]) {
        let denied = entra.delete_method(&user, method, "r").await;
        let right = format!("UserAuthMethod-{right}.ReadWrite.All");
        assert!(
            matches!(&denied, Err(CallError::Misconfigured { message, .. }) if message.contains(&right)),
            "{denied:?}"
        );
    }
    let lines = there.lines();
    let of = "/graph/v1.0/users/abc-123/authentication";
    assert_eq!(lines[2], format!("DELETE {of}/softwareOathMethods/oath-1"));
    assert_eq!(lines[3], format!("DELETE {of}/fido2Methods/key%2F1"));
    assert_eq!(lines[4], format!("DELETE {of}/emailMethods/3ddfcfc8"));
}

#[tokio::test]
async fn the_default_method_and_a_missing_right_are_told_apart() {
    let words = "Cannot delete default method with other methods configured. Please change default method before deletion.";
    let (_there, entra) = talk([
        no(400, "badRequest", words),
        no(403, "accessDenied", "Request Authorization failed"),
    ])
    .await;
    let app = method("auth-1", MethodKind::Authenticator);
    let refused = entra.delete_method(&user_id(), &app, "r").await;
    assert!(
        matches!(&refused, Err(CallError::Refused { message, .. }) if message == words),
        "{refused:?}"
    );
    let denied = entra.delete_method(&user_id(), &app, "r").await;
    assert!(
        matches!(&denied, Err(CallError::Misconfigured { message, .. })
            if message.contains("UserAuthMethod-MicrosoftAuthApp.ReadWrite.All")),
        "{denied:?}"
    );
}
