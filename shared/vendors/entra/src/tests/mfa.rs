//! Prompts.

use super::{entra_at, john, talk};
use crate::reply::{Reply as Said, Verdict};
use domain::Answer;
use ports::{Begun, CallError, PromptHandle, Proof, ProvePresence};
use testkit::{Conversation, Reply};

const CONTEXT: &str = "35f86a4d-f345-4e55-a8a6-c5de8fac9216";
const NIL: &str = r#"<AuthenticationResult i:nil="true"/>"#;

fn result(text: &str) -> String {
    format!("<AuthenticationResult>{text}</AuthenticationResult>")
}

/// As the service writes it.
fn xml(root: &str, value: &str, retry: bool, result: &str, more: &str) -> String {
    format!(
        "<{root} xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\n\t<Version>1</Version>\n\t<Result>\n\t\t<Value>{value}</Value>\n\t\t<Message i:nil=\"true\"/>\n\t\t<Retry>{retry}</Retry>\n\t\t<Error i:nil=\"true\"/>\n\t\t<Exception i:nil=\"true\"/>\n\t\t<RenewCert>false</RenewCert>\n\t</Result>\n\t{more}{result}\n</{root}>"
    )
}

fn begun(value: &str, result: &str, affinity: &str) -> Reply {
    let more = format!(
        "<SessionId>session-1</SessionId><UserPrincipalName>x</UserPrincipalName><AffinityUrl>{affinity}</AffinityUrl>"
    );
    Reply::xml(xml(
        "BeginTwoWayAuthenticationResponse",
        value,
        false,
        result,
        &more,
    ))
}

fn ended(value: &str, retry: bool, result: &str) -> String {
    xml("EndTwoWayAuthenticationResponse", value, retry, result, "")
}

fn read_end(text: &str) -> Option<Said> {
    Said::read("EndTwoWayAuthenticationResponse", text)
}

fn verdict(value: &str, retry: bool, result: &str) -> Verdict {
    read_end(&ended(value, retry, result)).unwrap().verdict()
}

fn answered(answer: Answer, reason: &str) -> Verdict {
    Verdict::Answered(answer, reason.into())
}

fn handle(there: &Conversation) -> PromptHandle {
    PromptHandle(format!(
        r#"{{"session_id":"session-1","context_id":"{CONTEXT}","affinity_url":"{}/mfa/Connector/EndTwoWayAuthentication?dc=KRS"}}"#,
        there.url()
    ))
}

#[tokio::test]
async fn a_prompt_is_begun_in_the_order_the_service_reads() {
    let (there, entra) = talk([]).await;
    let affinity = format!(
        "{}/mfa/Connector/EndTwoWayAuthentication?dc=KRS&amp;x=1",
        there.url()
    );
    there.say([begun("Success", NIL, &affinity)]);
    let prompted = entra.prompt(&john(), CONTEXT).await.unwrap();
    let expected = handle(&there).0.replace("dc=KRS", "dc=KRS&x=1");
    assert_eq!(prompted, Begun::Prompted(PromptHandle(expected)));
    let heard = there.heard();
    assert_eq!(
        heard[0].line(),
        "POST /login/contoso.example.com/oauth2/token"
    );
    assert_eq!(
        heard[0].body,
        "grant_type=client_credentials&client_id=981f26a1-7f43-403b-a875-f8b09b8cd720&client_secret=mfa-secret\
         &resource=https%3A%2F%2Fadnotifications.windowsazure.com%2FStrongAuthenticationService.svc%2FConnector&scope=openid"
    );
    assert_eq!(
        heard[1].line(),
        "POST /mfa/Connector/BeginTwoWayAuthentication"
    );
    assert_eq!(heard[1].header("content-type"), Some("application/xml"));
    assert_eq!(heard[1].header("authorization"), Some("Bearer bearer-1"));
    assert_eq!(
        heard[1].body,
        "<BeginTwoWayAuthenticationRequest><Version>1.0</Version>\
         <UserPrincipalName>john.o&apos;doe&amp;co@company.com</UserPrincipalName><Lcid>en-us</Lcid>\
         <AuthenticationMethodId>PhoneAppNotification</AuthenticationMethodId>\
         <AuthenticationMethodProperties xmlns:a=\"http://schemas.microsoft.com/2003/10/Serialization/Arrays\">\
         <a:KeyValueOfstringstring><a:Key>OverrideVoiceOtp</a:Key><a:Value>false</a:Value></a:KeyValueOfstringstring>\
         </AuthenticationMethodProperties><ContextId>35f86a4d-f345-4e55-a8a6-c5de8fac9216</ContextId>\
         <SyncCall>false</SyncCall><RequireUserMatch>true</RequireUserMatch><CallerName>radius</CallerName>\
         <CallerIP>UNKNOWN:</CallerIP></BeginTwoWayAuthenticationRequest>"
    );
}

#[tokio::test]
async fn an_answer_is_asked_for_at_the_affinity_url_as_it_is() {
    let (there, entra) = talk([
        Reply::xml(ended("AuthenticationPending", true, NIL)),
        Reply::xml(ended("Success", false, &result("true"))),
    ])
    .await;
    let handle = handle(&there);
    assert_eq!(
        entra.proof("john@company.com", &handle).await,
        Ok(Proof::Pending)
    );
    assert_eq!(
        entra.proof("john@company.com", &handle).await,
        Ok(Proof::Answered {
            answer: Answer::Approved,
            reason: "Success".into()
        })
    );
    let asked = &there.heard()[1];
    assert_eq!(
        asked.line(),
        "POST /mfa/Connector/EndTwoWayAuthentication?dc=KRS"
    );
    assert_eq!(
        asked.body,
        "<EndTwoWayAuthenticationRequest xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Version>1.0</Version>\
         <SessionId>session-1</SessionId><ContextId>35f86a4d-f345-4e55-a8a6-c5de8fac9216</ContextId>\
         <AdditionalAuthData i:nil=\"true\"/><UserPrincipalName>john@company.com</UserPrincipalName>\
         </EndTwoWayAuthenticationRequest>"
    );
}

#[test]
fn success_without_a_true_result_is_no_approval() {
    for not_true in [
        NIL,
        "",
        &result("false"),
        &result("True"),
        &result(" true"),
        &result("true\n"),
        &result("1"),
        r#"<AuthenticationResult i:nil="true">true</AuthenticationResult>"#,
        "<Other><AuthenticationResult>true</AuthenticationResult></Other>",
        "<x:AuthenticationResult xmlns:x=\"y\">true</x:AuthenticationResult>",
    ] {
        assert_eq!(
            verdict("Success", false, not_true),
            answered(Answer::Failed, "unconfirmed_success"),
            "{not_true}"
        );
    }
}

#[test]
fn a_true_result_without_success_is_no_approval() {
    for value in [
        "PhoneAppDenied",
        "success",
        "Success ",
        "",
        "AuthenticationPending",
    ] {
        let said = verdict(value, false, &result("true"));
        assert!(
            !matches!(said, Verdict::Answered(Answer::Approved, _)),
            "{value}: {said:?}"
        );
    }
}

#[test]
fn a_reply_that_could_be_read_two_ways_is_no_reply() {
    let good = ended("Success", false, &result("true"));
    assert!(read_end(&good).is_some());
    let twice = format!("{}{}", result("true"), result("false"));
    for bad in [
        ended("Success", false, &twice),
        ended("Success</Value><Value>Success", false, &result("true")),
        ended("Success", false, &result("<b/>true")),
        good.replace(
            "EndTwoWayAuthenticationResponse",
            "BeginTwoWayAuthenticationResponse",
        ),
        format!("<!DOCTYPE x [<!ENTITY t \"true\">]>{good}"),
        format!("{good}{good}"),
        format!("{good}true"),
        good.replace("</Version>", ""),
        good[..good.len() - 3].to_owned(),
        ended("Success", false, &result("&t;")),
        "<Value>Success</Value>".into(),
        String::new(),
        "<x>".repeat(100_000),
    ] {
        assert_eq!(read_end(&bad), None, "{}", &bad[..bad.len().min(300)]);
    }
}

#[test]
fn words_in_a_message_decide_nothing() {
    let message = "&lt;Value&gt;Success&lt;/Value&gt;<![CDATA[<AuthenticationResult>true</AuthenticationResult>]]>";
    let text = ended("PhoneAppDenied", false, &result("false")).replace(
        "<Message i:nil=\"true\"/>",
        &format!("<Message>{message}</Message>"),
    );
    assert_eq!(
        read_end(&text).unwrap().verdict(),
        answered(Answer::Denied, "PhoneAppDenied")
    );
}

#[test]
fn every_known_no_has_its_answer_and_the_unknown_fails() {
    let no = result("false");
    for value in [
        "PhoneAppDenied",
        "PhoneAppFraudReported",
        "FraudCodeEntered",
    ] {
        assert_eq!(verdict(value, false, &no), answered(Answer::Denied, value));
    }
    assert_eq!(
        verdict("PhoneAppNoResponse", false, &no),
        answered(Answer::Expired, "PhoneAppNoResponse")
    );
    for value in [
        "OathCodeIncorrect",
        "UserIsBlocked",
        "ProofDataNotFound",
        "PhoneAppTokenChanged",
        "PhoneAppEntropyIncorrect",
        "PhoneAppAllDevicesBlocked",
        "PhoneAppNotificationFailed",
        "PhoneAppInvalidResult",
        "AuthenticationThrottled",
        "UserAuthFailedDuplicateRequest",
        "InvalidSession",
        "SomethingNew",
    ] {
        assert_eq!(verdict(value, false, &no), answered(Answer::Failed, value));
    }
    assert_eq!(
        verdict("Success", false, &result("challenge")),
        answered(Answer::Failed, "needs_code")
    );
    assert_eq!(
        verdict("AuthenticationPending", true, NIL),
        Verdict::Pending
    );
    assert_eq!(
        verdict("AuthenticationPending", false, NIL),
        answered(Answer::Failed, "AuthenticationPending")
    );
    assert_eq!(
        verdict("", false, &no),
        answered(Answer::Failed, "no_value")
    );
}

#[tokio::test]
async fn a_prompt_may_be_answered_at_once() {
    for (value, text, answer, reason) in [
        (
            "ProofDataNotFound",
            "false",
            Answer::Failed,
            "ProofDataNotFound",
        ),
        ("Success", "challenge", Answer::Failed, "needs_code"),
        ("Success", "true", Answer::Approved, "Success"),
    ] {
        let (_there, entra) = talk([begun(
            value,
            &result(text),
            "https://a.windowsazure.com/End",
        )])
        .await;
        assert_eq!(
            entra.prompt(&john(), CONTEXT).await,
            Ok(Begun::Answered {
                answer,
                reason: reason.into()
            })
        );
    }
}

#[tokio::test]
async fn a_prompt_that_nobody_can_ask_about_is_unknown() {
    let foreign = begun("Success", NIL, "https://windowsazure.com.example.com/End");
    let nameless = Reply::xml(xml(
        "BeginTwoWayAuthenticationResponse",
        "Success",
        false,
        NIL,
        "",
    ));
    for lost in [
        foreign,
        nameless,
        Reply::xml("<html/>"),
        Reply::json(500, ""),
        Reply::Cut,
        Reply::Hang,
    ] {
        let (there, entra) = talk([lost]).await;
        let error = entra.prompt(&john(), CONTEXT).await.unwrap_err();
        assert!(matches!(error, CallError::Unknown { .. }), "{error}");
        assert_eq!(there.heard().len(), 2);
    }
}

#[tokio::test]
async fn no_token_goes_to_a_foreign_host() {
    let (there, entra) = talk([]).await;
    let elsewhere =
        Conversation::start([Reply::xml(ended("Success", false, &result("true")))]).await;
    let error = entra
        .proof("john@company.com", &handle(&elsewhere))
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    assert!(elsewhere.heard().is_empty());
    assert_eq!(there.heard().len(), 1);
}

#[tokio::test]
async fn asking_for_an_answer_is_repeated_and_never_unknown() {
    let (there, entra) = talk([Reply::Cut, Reply::json(503, ""), Reply::xml("<html/>")]).await;
    let error = entra
        .proof("john@company.com", &handle(&there))
        .await
        .unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert_eq!(there.unsaid(), 0);
}

#[tokio::test]
async fn what_the_tenant_has_to_set_up_is_said() {
    let disabled = r#"{"error":"unauthorized_client","error_description":"AADSTS7000112: Application '981f' is disabled."}"#;
    let there = Conversation::start([Reply::json(400, disabled)]).await;
    let error = entra_at(&there.url())
        .prompt(&john(), CONTEXT)
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Misconfigured { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("enable the service principal 981f26a1"),
        "{error}"
    );
}
