//! Signing in with a browser: with a password, and with the company's own identity at the sandbox's issuer.

pub(crate) mod browser;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use deskhand_local::put_vendor_secrets;
use deskhand_tests::{anonymous, answer};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Person};
use browser::{Browser, field};

fn claims(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn person(name: &str, groups: &[&str]) -> Person {
    let desk = Desk::shared().await;
    desk.person_with(name, json!({"groups": groups})).await
}

#[tokio::test]
async fn somebody_signs_in_with_their_company_and_is_the_same_user_again() {
    let olive = person("olive.oidc", &["deskhand-agents"]).await;
    let mut browser = Browser::open().await;
    let away = browser.get("/account").await;
    assert_eq!(
        (away.status, away.to.as_str()),
        (303, "/login?next=%2Faccount")
    );
    let organization = browser.desk.deployment.endpoints().tenant().to_owned();
    let login = browser
        .get(&format!("/login?organization={organization}"))
        .await;
    assert!(
        login.page.contains("Sign in with your company</a>"),
        "{}",
        login.page
    );

    let signed_in = browser.sign_in(&olive).await;
    assert_eq!(
        (signed_in.status, signed_in.to.as_str()),
        (303, "/account"),
        "{}",
        signed_in.page
    );
    let account = browser.get("/account").await;
    assert_eq!(account.status, 200);
    assert!(
        account.page.contains(&olive.email) && account.page.contains("Agent"),
        "{}",
        account.page
    );
    assert_eq!(claims(browser.token())["amr"], json!(["fed"]));
    let (status, me) = browser.me().await;
    assert_eq!((status, &me["roles"]), (200, &json!(["agent"])), "{me}");

    let mut other = Browser::open().await;
    assert_eq!(other.sign_in(&olive).await.status, 303);
    assert_eq!(other.me().await.1["id"], me["id"]);
    let account = other.get("/account").await;
    assert!(
        account.page.contains("<dt>Open sessions</dt><dd>2</dd>"),
        "{}",
        account.page
    );

    let foreign = other.post("/login/end", &[("csrf", "another")]).await;
    assert_eq!(foreign.status, 403);
    let token = other.token().to_owned();
    let out = other
        .post("/login/end", &[("csrf", field(&account.page, "csrf"))])
        .await;
    assert_eq!((out.status, out.to.as_str()), (303, "/login"));
    assert!(!other.jar.contains_key("deskhand_session"));
    other.jar.insert("deskhand_session".to_owned(), token);
    assert_eq!(other.me().await.0, 401);
    assert_eq!(other.get("/account").await.status, 303);
    assert_eq!(browser.me().await.0, 200, "the other session goes on");
}

#[tokio::test]
async fn a_way_back_works_once_and_in_its_own_browser_only() {
    let rupert = person("rupert.oidc", &["deskhand-viewers"]).await;
    let mut browser = Browser::open().await;
    let back = browser.way_back(&rupert.email).await;
    assert_eq!(browser.get(&back).await.status, 303);
    let again = browser.get(&back).await;
    assert_eq!(again.status, 400, "{}", again.page);

    let back = browser.way_back(&rupert.email).await;
    let mut thief = Browser::open().await;
    let stolen = thief.get(&back).await;
    assert_eq!(stolen.status, 400, "{}", stolen.page);
    assert!(thief.jar.is_empty());

    let back = browser.way_back(&rupert.email).await;
    let altered = back.replace("code=", "code=x");
    assert_eq!(browser.get(&altered).await.status, 401);
    assert_eq!(browser.get(&back).await.status, 400, "the state is used");
}

#[tokio::test]
async fn roles_follow_the_groups_at_every_sign_in() {
    let gwen = person("gwen.oidc", &["deskhand-agents", "something-else"]).await;
    let mut browser = Browser::open().await;
    assert_eq!(browser.sign_in(&gwen).await.status, 303);
    browser
        .group(&gwen, &["deskhand-auditors", "deskhand-viewers"])
        .await;
    assert_eq!(
        browser.me().await.1["roles"],
        json!(["agent"]),
        "until the next sign-in"
    );
    assert_eq!(browser.sign_in(&gwen).await.status, 303);
    let (_, me) = browser.me().await;
    assert_eq!(me["roles"], json!(["viewer", "auditor"]), "{me}");

    browser.group(&gwen, &["something-else"]).await;
    let mut other = Browser::open().await;
    let refused = other.sign_in(&gwen).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.page.contains("none of your groups has a role here"),
        "{}",
        refused.page
    );
    assert!(!other.jar.contains_key("deskhand_session"));
}

#[tokio::test]
async fn a_new_key_of_the_issuers_is_found() {
    let kim = person("kim.oidc", &["deskhand-viewers"]).await;
    let mut browser = Browser::open().await;
    assert_eq!(browser.sign_in(&kim).await.status, 303);
    let rotate = json!({"rotate": true});
    browser
        .desk
        .sandbox(Method::POST, "/_sandbox/oidc", Some(&rotate))
        .await;
    let signed_in = browser.sign_in(&kim).await;
    assert_eq!(signed_in.status, 303, "{}", signed_in.page);
}

#[tokio::test]
async fn a_program_is_given_the_token_instead_of_a_cookie() {
    let pia = person("pia.oidc", &["deskhand-viewers"]).await;
    let mut browser = Browser::open().await;
    let back = browser.way_back(&pia.email).await;
    let request = browser.request(Method::GET, &back);
    let (status, given) = answer(request.header("accept", "application/json")).await;
    assert_eq!(
        (status, &given["token_type"]),
        (200, &json!("bearer")),
        "{given}"
    );
    let token = given["access_token"].as_str().unwrap();
    let me = anonymous(browser.desk.deployment, Method::GET, "/api/me").bearer_auth(token);
    assert_eq!(answer(me).await.1["email"], pia.email.as_str());
    let request = browser.request(Method::GET, &back);
    let (status, refused) = answer(request.header("accept", "application/json")).await;
    assert_eq!(
        (status, &refused["code"]),
        (400, &json!("SIGN_IN_LAPSED")),
        "{refused}"
    );
}

#[tokio::test]
async fn an_address_alone_opens_nobody_elses_account() {
    let desk = Desk::shared().await;
    let admin = "admin@example.com";
    let path = format!("/_sandbox/users/{admin}");
    let groups = json!({"groups": ["deskhand-admins"]});
    desk.sandbox(Method::PUT, &path, Some(&groups)).await;
    let mut browser = Browser::open().await;
    let back = browser.way_back(admin).await;
    let refused = browser.get(&back).await;
    assert_eq!(refused.status, 409, "{}", refused.page);
    assert!(
        refused.page.contains("Sign in to it with its password"),
        "{}",
        refused.page
    );
    assert!(!browser.jar.contains_key("deskhand_session"));
}

#[tokio::test]
async fn nobody_learns_which_organizations_there_are() {
    let mut browser = Browser::open().await;
    let unknown = browser
        .get("/oidc/login?organization=no-such-organization")
        .await;
    let ask = json!({"name": "No Company Sign-in", "admin_email": "admin@example.com"});
    let made = browser
        .desk
        .deployment
        .lambda_invoke("create_tenant", &ask)
        .await
        .unwrap();
    let tenant = made["tenant"].as_str().unwrap();
    let without = browser
        .get(&format!("/oidc/login?organization={tenant}"))
        .await;
    assert_eq!((unknown.status, without.status), (404, 404));
    assert_eq!(unknown.page, without.page);
}

#[tokio::test]
async fn a_password_opens_a_browsers_session_by_our_own_form_only() {
    let mut browser = Browser::open().await;
    let ask = json!({"name": "Browser Desk", "admin_email": "browser@example.com"});
    let made = browser
        .desk
        .deployment
        .lambda_invoke("create_tenant", &ask)
        .await
        .unwrap();
    let password = made["admin"]["password"].as_str().unwrap();
    let login = browser.get("/login?next=//evil.example.com").await;
    assert_eq!(login.status, 200);
    let csrf = field(&login.page, "csrf").to_owned();
    let unsent = [
        ("csrf", ""),
        ("email", "browser@example.com"),
        ("password", password),
    ];
    assert_eq!(browser.post("/login", &unsent).await.status, 403);

    let wrong = [
        ("csrf", csrf.as_str()),
        ("email", "browser@example.com"),
        ("password", "wrong password"),
    ];
    let refused = browser.post("/login", &wrong).await;
    assert_eq!(refused.status, 401);
    assert!(
        refused
            .page
            .contains("No active account has this e-mail address and password"),
        "{}",
        refused.page
    );
    let nobody = [
        ("csrf", csrf.as_str()),
        ("email", "nobody@example.com"),
        ("password", "wrong password"),
    ];
    assert_eq!(browser.post("/login", &nobody).await.status, 401);

    let right = [
        ("csrf", csrf.as_str()),
        ("email", "browser@example.com"),
        ("password", password),
        ("next", "//evil.example.com"),
    ];
    let signed_in = browser.post("/login", &right).await;
    assert_eq!(
        (signed_in.status, signed_in.to.as_str()),
        (303, "/account"),
        "{}",
        signed_in.page
    );
    let account = browser.get("/account").await;
    assert!(
        account.page.contains("browser@example.com") && account.page.contains("Admin"),
        "{}",
        account.page
    );
    assert_eq!(claims(browser.token())["amr"], json!(["pwd"]));
}

#[tokio::test]
async fn who_comes_back_to_an_organization_that_was_suspended_is_not_signed_in() {
    let mut browser = Browser::open().await;
    let desk = browser.desk.clone();
    let ask = json!({"name": "Suspended Company", "admin_email": "company@example.com"});
    let made = desk.deployment.lambda_invoke("create_tenant", &ask).await;
    let made = made.unwrap();
    let tenant = made["tenant"].as_str().unwrap();
    let (aws, stack) = (desk.deployment.aws(), desk.deployment.stack());
    let secrets = put_vendor_secrets(aws, stack, tenant, desk.deployment.sandbox());
    secrets.await.unwrap();
    let una = person("una.oidc", &["deskhand-viewers"]).await;
    let back = browser.way_back_to(tenant, &una.email).await;
    let ask = json!({"tenant": tenant, "reason": "The contract has ended"});
    let suspended = desk.deployment.lambda_invoke("suspend_tenant", &ask).await;
    assert_eq!(suspended.unwrap()["suspended"], true);
    let refused = browser.get(&back).await;
    assert_eq!(refused.status, 403, "{}", refused.page);
    assert!(
        refused.page.contains("ORGANIZATION_SUSPENDED"),
        "{}",
        refused.page
    );
    assert!(!browser.jar.contains_key("deskhand_session"));

    let ask = json!({"tenant": tenant});
    desk.deployment
        .lambda_invoke("resume_tenant", &ask)
        .await
        .unwrap();
    let back = browser.way_back_to(tenant, &una.email).await;
    assert_eq!(browser.get(&back).await.status, 303);
}

#[tokio::test]
async fn the_page_says_when_to_try_again_after_too_many_wrong_passwords() {
    let mut browser = Browser::open().await;
    let login = browser.get("/login").await;
    let wrong = [
        ("csrf", field(&login.page, "csrf")),
        ("email", "nobody.tries@example.com"),
        ("password", "wrong password"),
    ];
    // The first failures cost nothing; then each has to wait for longer.
    for _ in 0..20 {
        let call = browser.request(Method::POST, "/login").form(&wrong);
        let answer = call.send().await.unwrap();
        if answer.status() != 429 {
            assert_eq!(answer.status(), 401);
            continue;
        }
        let wait = answer.headers()["retry-after"].to_str().unwrap();
        let wait: u64 = wait.parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("Wait a few minutes"), "{page}");
        return;
    }
    panic!("twenty wrong passwords, and no wait");
}
