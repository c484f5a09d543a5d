use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Sandbox, read};

const CONNECTOR: &str = "/entra_mfa/StrongAuthenticationService.svc/Connector";
const RESOURCE: &str =
    "https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector";
const NIL: &str = "<AuthenticationResult i:nil=\"true\"/>";
const SUCCESS: &str = "<Value>Success</Value>";

fn begin_xml(upn: &str, sync: bool) -> String {
    format!(
        "<BeginTwoWayAuthenticationRequest><Version>1.0</Version><UserPrincipalName>{upn}</UserPrincipalName>\
         <Lcid>en-us</Lcid><AuthenticationMethodId>PhoneAppNotification</AuthenticationMethodId>\
         <AuthenticationMethodProperties xmlns:a=\"http://schemas.microsoft.com/2003/10/Serialization/Arrays\">\
         <a:KeyValueOfstringstring><a:Key>OverrideVoiceOtp</a:Key><a:Value>false</a:Value></a:KeyValueOfstringstring>\
         </AuthenticationMethodProperties><ContextId>c0ffee00-0000-4000-8000-000000000001</ContextId>\
         <SyncCall>{sync}</SyncCall><RequireUserMatch>true</RequireUserMatch><CallerName>radius</CallerName>\
         <CallerIP>UNKNOWN:</CallerIP></BeginTwoWayAuthenticationRequest>"
    )
}

fn end_xml(session: &str, upn: &str) -> String {
    format!(
        "<EndTwoWayAuthenticationRequest xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Version>1.0</Version>\
         <SessionId>{session}</SessionId><ContextId>c0ffee00-0000-4000-8000-000000000001</ContextId>\
         <AdditionalAuthData i:nil=\"true\"/><UserPrincipalName>{upn}</UserPrincipalName></EndTwoWayAuthenticationRequest>"
    )
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before)
        .unwrap()
        .1
        .split_once(after)
        .unwrap()
        .0
}

struct Client {
    sandbox: Sandbox,
    token: String,
}

impl Client {
    async fn start() -> Self {
        let sandbox = Sandbox::start().await;
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "981f26a1-7f43-403b-a875-f8b09b8cd720"),
            ("client_secret", "sandbox-mfa-secret"),
            ("resource", RESOURCE),
            ("scope", "openid"),
        ];
        let token = sandbox.token("/login/company/oauth2/token", &form).await;
        Self { sandbox, token }
    }

    async fn post(&self, path: &str, body: String) -> (u16, String) {
        let call = self
            .sandbox
            .call(Method::POST, path)
            .bearer_auth(&self.token);
        let answer = call
            .header("content-type", "application/xml")
            .body(body)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn begin(&self, upn: &str) -> String {
        let (status, answer) = self
            .post(
                &format!("{CONNECTOR}/BeginTwoWayAuthentication"),
                begin_xml(upn, false),
            )
            .await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    async fn end(&self, session: &str, upn: &str) -> String {
        let path = format!("{CONNECTOR}/EndTwoWayAuthentication?dc=sandbox");
        let (status, answer) = self.post(&path, end_xml(session, upn)).await;
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// A push to John, answered with `act`; what the poll says then.
    async fn after(&self, act: &str) -> String {
        let begun = self.begin("john.doe@company.com").await;
        let session = between(&begun, "<SessionId>", "</SessionId>").to_owned();
        let (status, _) = self
            .sandbox
            .tell(&format!("/_sandbox/mfa/{session}/{act}"), json!({}))
            .await;
        assert_eq!(status, 200);
        self.end(&session, "john.doe@company.com").await
    }
}

#[tokio::test]
async fn success_without_a_result_only_says_that_the_push_left() {
    let client = Client::start().await;
    let begun = client.begin("john.doe@company.com").await;
    assert!(begun.contains(SUCCESS) && begun.contains(NIL), "{begun}");
    let affinity = between(&begun, "<AffinityUrl>", "</AffinityUrl>");
    assert_eq!(
        affinity,
        format!(
            "{}{CONNECTOR}/EndTwoWayAuthentication?dc=sandbox",
            client.sandbox.base
        )
    );
    let session = between(&begun, "<SessionId>", "</SessionId>");
    let pending = client.end(session, "john.doe@company.com").await;
    assert!(
        pending.contains("<Value>AuthenticationPending</Value>"),
        "{pending}"
    );
    assert!(
        pending.contains("<Retry>true</Retry>") && pending.contains(NIL),
        "{pending}"
    );
    let prompts = client.sandbox.look("/_sandbox/mfa").await;
    assert_eq!(prompts[0]["id"], session);
    assert_eq!(
        (prompts[0]["status"].as_str(), prompts[0]["polls"].as_u64()),
        (Some("pending"), Some(1))
    );
    assert_eq!(prompts[0]["user"], "john.doe@company.com");
}

#[tokio::test]
async fn only_an_approval_is_true_and_success() {
    let client = Client::start().await;
    let approved = client.after("approve").await;
    assert!(
        approved.contains("<AuthenticationResult>true</AuthenticationResult>"),
        "{approved}"
    );
    assert!(approved.contains(SUCCESS));
    for (act, value) in [("deny", "PhoneAppDenied"), ("ignore", "PhoneAppNoResponse")] {
        let answer = client.after(act).await;
        assert!(
            answer.contains(&format!("<Value>{value}</Value>")),
            "{answer}"
        );
        assert!(
            answer.contains("<AuthenticationResult>false</AuthenticationResult>"),
            "{answer}"
        );
    }
    let challenged = client.after("challenge").await;
    assert!(
        challenged.contains("<AuthenticationResult>challenge</AuthenticationResult>"),
        "{challenged}"
    );
    assert!(
        challenged.contains(SUCCESS),
        "a client that reads the value alone is fooled"
    );
}

#[tokio::test]
async fn a_prompt_is_answered_once() {
    let client = Client::start().await;
    client.after("deny").await;
    let id = client.sandbox.look("/_sandbox/mfa").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (status, body) = client
        .sandbox
        .tell(&format!("/_sandbox/mfa/{id}/approve"), json!({}))
        .await;
    assert_eq!(status, 409);
    assert!(body["error"].as_str().unwrap().contains("denied"));
    assert_eq!(
        client
            .sandbox
            .tell("/_sandbox/mfa/none/approve", json!({}))
            .await
            .0,
        404
    );
    assert_eq!(
        client
            .sandbox
            .tell(&format!("/_sandbox/mfa/{id}/shrug"), json!({}))
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn a_synchronous_call_waits_for_the_person() {
    let client = Client::start().await;
    let path = format!("{CONNECTOR}/BeginTwoWayAuthentication");
    let approve = async {
        loop {
            let prompts = client.sandbox.look("/_sandbox/mfa").await;
            if let Some(id) = prompts[0]["id"].as_str() {
                return client
                    .sandbox
                    .tell(&format!("/_sandbox/mfa/{id}/approve"), json!({}))
                    .await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let ((_, answer), _) = tokio::join!(
        client.post(&path, begin_xml("john.doe@company.com", true)),
        approve
    );
    assert!(
        answer.contains("<AuthenticationResult>true</AuthenticationResult>"),
        "{answer}"
    );
}

#[tokio::test]
async fn nobody_and_those_without_an_authenticator_are_refused() {
    let client = Client::start().await;
    let unknown = client.begin("nobody@company.com").await;
    assert!(
        unknown.contains("<Value>UserNotFound</Value>") && unknown.contains(">false<"),
        "{unknown}"
    );
    let by_id = client.begin("abc-123").await;
    assert!(
        by_id.contains("UserNotFound"),
        "an object id is no principal name"
    );
    client
        .sandbox
        .put_user("john.doe@company.com", json!({"mfa": "none"}))
        .await;
    assert!(
        client
            .begin("john.doe@company.com")
            .await
            .contains("<Value>ProofDataNotFound</Value>")
    );
    client
        .sandbox
        .put_user("john.doe@company.com", json!({"mfa": "challenge"}))
        .await;
    assert!(
        client
            .begin("john.doe@company.com")
            .await
            .contains(">challenge<")
    );
}

#[tokio::test]
async fn a_session_belongs_to_its_user_and_xml_is_read_as_xml() {
    let client = Client::start().await;
    client
        .sandbox
        .put_user("o'neil&co@company.com", json!({"mfa": "approve"}))
        .await;
    let begun = client.begin("o&apos;neil&amp;co@company.com").await;
    assert!(begun.contains(SUCCESS), "{begun}");
    let session = between(&begun, "<SessionId>", "</SessionId>");
    let foreign = client.end(session, "john.doe@company.com").await;
    assert!(
        foreign.contains("<Value>InvalidSession</Value>"),
        "{foreign}"
    );
    let own = client.end(session, "o&#39;neil&amp;co@company.com").await;
    assert!(own.contains(">true</AuthenticationResult>"), "{own}");
}

#[tokio::test]
async fn a_request_out_of_order_or_without_a_token_is_refused() {
    let client = Client::start().await;
    let path = format!("{CONNECTOR}/BeginTwoWayAuthentication");
    let mixed = begin_xml("john.doe@company.com", false)
        .replace("<Lcid>en-us</Lcid>", "")
        .replace("<CallerName>", "<Lcid>en-us</Lcid><CallerName>");
    assert_eq!(client.post(&path, mixed).await.0, 400);
    assert_eq!(client.post(&path, "<Begin".into()).await.0, 400);
    let bare = client
        .sandbox
        .call(Method::POST, &path)
        .header("content-type", "application/xml");
    assert_eq!(bare.send().await.unwrap().status(), 401);
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "981f26a1-7f43-403b-a875-f8b09b8cd720"),
        ("client_secret", "sandbox-entra-secret"),
        ("resource", RESOURCE),
    ];
    let call = client
        .sandbox
        .call(Method::POST, "/login/company/oauth2/token")
        .form(&form);
    let (status, body): (u16, Value) = read(call.send().await.unwrap()).await;
    assert_eq!(
        (status, body["error_codes"][0].as_u64()),
        (401, Some(7_000_215))
    );
}
