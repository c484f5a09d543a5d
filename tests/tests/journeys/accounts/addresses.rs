//! E-mail addresses: shown to be one's own, changed, and the mail about it.

use reqwest::Method;
use serde_json::json;

use super::assert_refused;
use super::office::{Office, PASSWORD};

#[tokio::test]
async fn an_address_is_changed_by_the_link_that_went_to_it() {
    let office = Office::new("Accounts Mail").await;
    let jane = office.person("jane").await;
    let next = format!("jane.doe.{}@example.com", office.tenant);
    let taken = json!({"email": "admin@accounts-mail.example.com"});
    let taken = office
        .send(&jane, Method::PATCH, &jane.path(), &taken)
        .await;
    assert_refused(&taken, 409, "NAME_TAKEN");
    let change = json!({"email": next});
    let (_, user) = office
        .send(&jane, Method::PATCH, &jane.path(), &change)
        .await;
    assert_eq!(
        (&user["email"], &user["pending_email"]),
        (&json!(jane.email), &json!(next))
    );

    let token = office.token_mailed_to(&next).await;
    // Looking at the page changes nothing; its button does.
    let (status, page) = office.page(Method::GET, &token).await;
    assert!(
        status == 200 && page.contains("<form method=\"post\""),
        "{status} {page}"
    );
    assert_refused(&office.sign_in(&next, PASSWORD).await, 401, "AUTH_FAILED");
    for _ in 0..2 {
        assert_eq!(office.page(Method::POST, &token).await.0, 200);
    }
    let (_, user) = office.get(&jane, &jane.path()).await;
    assert_eq!(
        (&user["email"], &user["email_verified"]),
        (&json!(next), &json!(true))
    );
    assert_eq!(office.sign_in(&next, PASSWORD).await.0, 200);
    assert_refused(
        &office.sign_in(&jane.email, PASSWORD).await,
        401,
        "AUTH_FAILED",
    );

    // The first link, to the address that is no longer theirs, says nothing.
    let old = office.token_mailed_to(&jane.email).await;
    assert_eq!(office.page(Method::POST, &old).await.0, 410);
    assert_eq!(office.page(Method::POST, &"A".repeat(43)).await.0, 410);
    let path = format!("{}verification/", jane.path());
    let again = office.send(&jane, Method::POST, &path, &json!({})).await;
    assert_refused(&again, 409, "ALREADY_VERIFIED");
}

#[tokio::test]
async fn a_mail_may_be_asked_for_again_and_not_for_ever() {
    let office = Office::new("Accounts Mails").await;
    let jane = office.person("jane").await;
    let path = format!("{}verification/", jane.path());
    // One went out when the account was made.
    for _ in 0..4 {
        assert_eq!(
            office.send(&jane, Method::POST, &path, &json!({})).await.0,
            202
        );
    }
    let fifth = office.send(&jane, Method::POST, &path, &json!({})).await;
    assert_refused(&fifth, 429, "RATE_LIMIT_EXCEEDED");
}

#[tokio::test]
async fn the_address_before_learns_that_another_took_its_place() {
    let office = Office::new("Accounts Old Address").await;
    let (jane, john) = (office.verified("jane").await, office.verified("john").await);
    let next = format!("jane.doe.{}@example.com", office.tenant);
    let change = json!({"email": next});
    let changed = office
        .send(&jane, Method::PATCH, &jane.path(), &change)
        .await;
    assert_eq!(changed.0, 200);
    assert_eq!(office.told_by_mail(&jane.email).await, 0, "it stands still");
    let token = office.token_mailed_to(&next).await;
    for _ in 0..2 {
        assert_eq!(office.page(Method::POST, &token).await.0, 200);
    }
    office.eventually_told_by_mail(&jane.email).await;

    // An administrator's change holds at once.
    let change = json!({"email": format!("john.doe.{}@example.com", office.tenant)});
    let changed = office
        .send(&office.admin, Method::PATCH, &john.path(), &change)
        .await;
    assert_eq!(changed.0, 200);
    office.eventually_told_by_mail(&john.email).await;
    // Nobody has shown that one to be theirs.
    let change = json!({"email": format!("john.roe.{}@example.com", office.tenant)});
    let before = format!("john.doe.{}@example.com", office.tenant);
    let changed = office
        .send(&office.admin, Method::PATCH, &john.path(), &change)
        .await;
    assert_eq!(changed.0, 200);
    assert_eq!(office.told_by_mail(&before).await, 0);
    assert_eq!(office.told_by_mail(&jane.email).await, 1, "once");
}
