//! Organizations below others: made, kept apart, suspended and let in again, and the people who are invited into them.

mod group;

use std::{
    collections::BTreeSet,
    io::{self, Write},
    time::{Duration, Instant},
};

use deskhand_tests::eventually;
use futures::future::join3;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::contract::assert_shape;
use crate::desk::items;
use group::{Group, Key, ORGANIZATIONS, PASSWORD, code, told};

/// How soon a suspended organization has to be refused.
const AT_ONCE: Duration = Duration::from_secs(5);
const NEXT_TRY: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_parent_makes_a_child_whose_key_works_in_the_child_only() {
    let group = Group::new("Organizations Made").await;
    let (parent, child) = (&group.parent, &group.child);
    let (status, shown) = child.get(&child.path()).await;
    assert_eq!(status, 200, "{shown}");
    let documented = json!({"id": 2, "slug": "example-sales-k3m9qx", "name": "Example Sales", "parent_id": 1,
        "email_domains": [], "suspended": false, "suspended_at": null, "created_at": "2026-11-22T08:00:00Z"});
    assert_shape(&documented, &shown, "the child");
    assert_eq!(shown["slug"], json!(child.tenant));
    assert_eq!(shown["parent_id"], json!(parent.number));

    let (own, count) = group.listed(child).await;
    assert_eq!((own, count.as_str()), (vec![child.number], "1"));
    let (both, count) = group.listed(parent).await;
    assert_eq!(
        (both, count.as_str()),
        (vec![parent.number, child.number], "2")
    );
    // By its number as by its slug.
    let by_number = format!("{ORGANIZATIONS}/{}", child.number);
    assert_eq!(
        parent.get(&by_number).await,
        parent.get(&child.path()).await
    );

    // What the parent reads elsewhere is its own.
    let (_, members) = parent.get(&format!("{}/members", child.path())).await;
    assert_eq!(members[0]["email"], json!(group.admin), "{members}");
    let (_, users) = parent.get("/api/v1/users/").await;
    assert!(!users.to_string().contains(&group.admin), "{users}");

    let ask = json!({"name": "Deeper", "admin_email": "jane.smith@example.com"});
    told(child.post(ORGANIZATIONS, &ask).await, 409, "TOO_DEEP");
    let ask = json!({"name": group.child_name, "admin_email": "jane.smith@example.com"});
    told(parent.post(ORGANIZATIONS, &ask).await, 409, "NAME_TAKEN");
}

#[tokio::test]
async fn what_a_new_organization_shows_it_shows_once() {
    let group = Group::new("Organizations Shown").await;
    let ask = json!({"name": "Second", "admin_email": "second@example.com"});
    let call = || {
        let call = group.parent.call(Method::POST, ORGANIZATIONS);
        call.header("idempotency-key", "second").json(&ask)
    };
    let (status, first) = deskhand_tests::answer(call()).await;
    assert_eq!(status, 201, "{first}");
    assert!(first["api_key"].is_string() && first["admin"]["password"].is_string());
    let (status, again) = deskhand_tests::answer(call()).await;
    assert_eq!((status, &again["id"]), (201, &first["id"]), "{again}");
    let shown = [
        &again["api_key"],
        &again["admin"]["password"],
        &again["webhooks"]["halopsa"]["password"],
        &again["webhooks"]["azuread"]["secret"],
    ];
    assert_eq!(shown, [&Value::Null; 4]);
}

#[tokio::test]
async fn another_organization_is_not_there_whoever_asks() {
    let (one, other) = (
        Group::new("Organizations Apart").await,
        Group::new("Organizations Elsewhere").await,
    );
    let pairs = [
        (&one.parent, &other.parent),
        (&one.parent, &other.child),
        (&one.child, &one.parent),
        (&one.child, &other.child),
        (&other.parent, &one.child),
    ];
    for (who, whose) in pairs {
        for name in [whose.tenant.clone(), whose.number.to_string()] {
            let path = format!("{ORGANIZATIONS}/{name}");
            let reason = json!({"reason": "none"});
            let guest = json!({"email": "guest@example.com", "role": "viewer"});
            let calls = [
                who.call(Method::GET, &path),
                who.call(Method::PATCH, &path)
                    .json(&json!({"name": "Mine"})),
                who.call(Method::POST, &format!("{path}/suspend"))
                    .json(&reason),
                who.call(Method::POST, &format!("{path}/resume")),
                who.call(Method::GET, &format!("{path}/members")),
                who.call(Method::POST, &format!("{path}/members"))
                    .json(&guest),
                who.call(Method::DELETE, &format!("{path}/members/1")),
            ];
            for call in calls {
                told(
                    deskhand_tests::answer(call).await,
                    404,
                    "RESOURCE_NOT_FOUND",
                );
            }
        }
    }
}

#[tokio::test]
async fn a_child_has_its_parents_playbooks() {
    let group = Group::new("Organizations Inherit").await;
    let (status, page) = group.child.get("/api/v1/playbooks").await;
    assert_eq!(status, 200, "{page}");
    assert_eq!(page, group.parent.get("/api/v1/playbooks").await.1);
    let items = page["items"].as_array().unwrap();
    let names: Vec<_> = items.iter().map(|item| &item["name"]).collect();
    assert!(names.contains(&&json!("password_reset")), "{page}");
    let (_, own) = group.parent.get("/api/v1/playbooks/password_reset").await;
    let inherited = group.child.get("/api/v1/playbooks/password_reset").await;
    assert_eq!(inherited, (200, own));
    // It is no copy.
    let rows = group
        .rows("playbooks", &format!("{}#p", group.child.tenant))
        .await;
    assert_eq!(rows, [Value::Null; 0]);
}

#[tokio::test]
async fn a_suspended_organization_is_refused_within_5_seconds_and_let_in_again() {
    let group = Group::new("Organizations Suspended").await;
    let (parent, child) = (&group.parent, &group.child);
    let token = group.signed_in(&group.admin, &group.password).await;
    let by_key = || child.call(Method::GET, "/api/v1/playbooks?limit=1");
    let by_token = || group.bearer(&token, Method::GET, "/api/me");
    let by_webhook = || group.webhook();
    let each = || [by_key(), by_token(), by_webhook()];
    for call in each() {
        assert_eq!(call.send().await.unwrap().status(), 200);
    }

    let suspend = format!("{}/suspend", child.path());
    let reason = json!({"reason": "The contract has ended"});
    told(
        parent.post(&suspend, &json!({"reason": " "})).await,
        422,
        "VALIDATION_ERROR",
    );
    let begun = Instant::now();
    let (status, shown) = parent.post(&suspend, &reason).await;
    assert_eq!(
        (status, &shown["suspended"]),
        (200, &json!(true)),
        "{shown}"
    );
    let times = join3(
        refused_after(begun, by_key),
        refused_after(begun, by_token),
        refused_after(begun, by_webhook),
    );
    let times = <[Duration; 3]>::from(times.await);
    let line = format!("a suspended organization was refused after {times:?}: key, token, webhook");
    let _ = writeln!(io::stderr(), "{line}");
    assert!(times.iter().all(|time| *time < AT_ONCE), "{line}");

    // Every service has shut its gate.
    let gates = group
        .rows("accounts", &format!("{}#gate", child.tenant))
        .await;
    let shut = gates.iter().filter(|row| row["suspended"]["S"].is_string());
    let shut: BTreeSet<&str> = shut.map(|row| row["sk"]["S"].as_str().unwrap()).collect();
    let services = documents::services();
    assert_eq!(shut, services.iter().map(|service| service.name).collect());

    // Again changes nothing; its reason and time are the first.
    assert_eq!(
        parent.post(&suspend, &json!({"reason": "again"})).await,
        (200, shown)
    );
    assert_eq!(parent.get("/api/v1/playbooks").await.0, 200);
    let resume = format!("{}/resume", child.path());
    let (status, shown) = parent.post(&resume, &json!({})).await;
    let stands = (
        &shown["suspended"],
        &shown["suspended_at"],
        &shown["suspended_reason"],
    );
    assert_eq!(
        (status, stands),
        (200, (&json!(false), &Value::Null, &Value::Null))
    );
    eventually("the organization to be let in", AT_ONCE, || async {
        for call in each() {
            if call.send().await.unwrap().status() != 200 {
                sleep(NEXT_TRY).await;
                return None;
            }
        }
        Some(())
    })
    .await;
    let (_, verdict) = child.get("/api/v1/audit/verify?account=organization").await;
    assert_eq!(
        (&verdict["valid"], &verdict["chains"][0]["records"]),
        (&json!(true), &json!(3)),
        "{verdict}"
    );
}

#[tokio::test]
async fn nobody_suspends_themselves_or_whoever_is_above() {
    let group = Group::new("Organizations Own").await;
    let (parent, child) = (&group.parent, &group.child);
    let reason = json!({"reason": "none"});
    for (who, whose, expected) in [
        (parent, parent, (409, "OWN_ORGANIZATION")),
        (child, child, (409, "OWN_ORGANIZATION")),
        (child, parent, (404, "RESOURCE_NOT_FOUND")),
    ] {
        for verb in ["suspend", "resume"] {
            let answer = who.post(&format!("{}/{verb}", whose.path()), &reason).await;
            told(answer, expected.0, expected.1);
        }
    }
}

#[tokio::test]
async fn a_name_changes_and_the_slug_stays() {
    let group = Group::new("Organizations Renamed").await;
    let path = group.child.path();
    let patch = async |body: Value| {
        let call = group.parent.call(Method::PATCH, &path).json(&body);
        deskhand_tests::answer(call).await
    };
    let (status, shown) = patch(json!({"name": " Example EMEA "})).await;
    assert_eq!(
        (status, &shown["name"]),
        (200, &json!("Example EMEA")),
        "{shown}"
    );
    assert_eq!(shown["slug"], json!(group.child.tenant));
    assert_eq!(patch(json!({})).await, (200, shown));
    told(patch(json!({"name": null})).await, 422, "VALIDATION_ERROR");
    told(
        patch(json!({"name": "a\nb"})).await,
        422,
        "VALIDATION_ERROR",
    );
}

#[tokio::test]
async fn somebody_is_invited_accepts_once_and_signs_in() {
    let group = Group::new("Organizations Invite").await;
    let email = format!("john@{}.example.com", group.child.tenant);
    let members = format!("{}/members", group.child.path());
    let ask = json!({"email": email, "role": "agent"});
    let (status, invited) = group.parent.post(&members, &ask).await;
    assert_eq!(status, 202, "{invited}");
    let token = group.token_mailed_to(&email).await;
    assert!(
        !invited.to_string().contains(&token),
        "only the mail has the token"
    );

    let (status, page) = group.page(&token).await;
    assert_eq!(status, 200, "{page}");
    assert!(page.contains(&email) && page.contains("<form"), "{page}");
    let name = format!("john.{}", group.child.tenant);
    let accept = |token: &str| {
        let body = json!({"token": token, "username": name, "password": PASSWORD, "first_name": "John",
            "last_name": "Doe"});
        group.anybody(Method::POST, "/invitations").json(&body)
    };
    let weak = json!({"token": token, "username": name, "password": "password"});
    let weak = group.anybody(Method::POST, "/invitations").json(&weak);
    told(deskhand_tests::answer(weak).await, 422, "VALIDATION_ERROR");
    let (status, user) = deskhand_tests::answer(accept(&token)).await;
    assert_eq!((status, &user["roles"]), (201, &json!(["agent"])), "{user}");
    assert_eq!(user["organization"], json!(group.child.tenant));

    for gone in [token.as_str(), &"A".repeat(43), "short", ""] {
        told(
            deskhand_tests::answer(accept(gone)).await,
            404,
            "RESOURCE_NOT_FOUND",
        );
        let (status, page) = group.page(gone).await;
        assert_eq!(status, 404, "{page}");
    }
    let access = group.signed_in(&name, PASSWORD).await;
    let (_, me) = deskhand_tests::answer(group.bearer(&access, Method::GET, "/api/me")).await;
    assert_eq!(me["organization"], json!(group.child.tenant), "{me}");
    assert_eq!(me["email_verified"], true, "{me}");
    told(group.parent.post(&members, &ask).await, 409, "NAME_TAKEN");

    // They go as they came: by the organization above.
    let path = format!("{members}/{}", user["id"]);
    let gone = group
        .parent
        .call(Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert_eq!(gone.status(), 204);
    let refused = group.bearer(&access, Method::GET, "/api/me");
    assert_eq!(code(refused).await, (401, "AUTH_FAILED".to_owned()));
    let (_, left) = group.parent.get(&members).await;
    assert_eq!(items(left).len(), 1);
}

#[tokio::test]
async fn the_page_of_an_invitation_makes_the_account_too() {
    let group = Group::new("Organizations Form").await;
    let email = format!("jane@{}.example.com", group.parent.tenant);
    let members = format!("{}/members", group.parent.path());
    let ask = json!({"email": email, "role": "viewer"});
    assert_eq!(group.parent.post(&members, &ask).await.0, 202);
    let token = group.token_mailed_to(&email).await;
    let form = format!(
        "token={token}&username={}&password={PASSWORD}&first_name=Jane&last_name=",
        email.replace('@', "%40")
    );
    let posted = group.anybody(Method::POST, "/invitations");
    let posted = posted.header("content-type", "application/x-www-form-urlencoded");
    let made = posted.body(form.clone()).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let kind = made.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("text/html"), "{kind}");
    let again = group.anybody(Method::POST, "/invitations");
    let again = again.header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(again.body(form).send().await.unwrap().status(), 404);
    group.signed_in(&email, PASSWORD).await;
}

#[tokio::test]
async fn nobody_invites_into_more_than_they_hold() {
    let group = Group::new("Organizations Held").await;
    let reads = [
        "account:read",
        "classify:read",
        "playbook:read",
        "exec:read",
        "delivery:read",
    ];
    let scopes: Vec<&str> = reads
        .into_iter()
        .chain(["organization:read", "organization:admin"])
        .collect();
    let narrow: Key = group.narrow_key(&scopes).await;
    let members = format!("{}/members", group.child.path());
    let ask = |role: &str| json!({"email": format!("{role}@example.com"), "role": role});
    for role in ["admin", "agent", "auditor", "service"] {
        let refused = narrow.post(&members, &ask(role)).await;
        assert!(refused.1["details"]["missing"].is_array(), "{refused:?}");
        told(refused, 403, "PERMISSION_DENIED");
    }
    assert_eq!(narrow.post(&members, &ask("viewer")).await.0, 202);
    told(
        narrow.post(&members, &ask("owner")).await,
        422,
        "VALIDATION_ERROR",
    );
    // Who may not read people does not see them here either.
    told(narrow.get(&members).await, 403, "PERMISSION_DENIED");
}

/// How long after `begun` a call is refused because its organization is suspended.
async fn refused_after(begun: Instant, call: impl Fn() -> RequestBuilder) -> Duration {
    loop {
        let (status, code) = code(call()).await;
        if status == 403 {
            assert_eq!(code, "ORGANIZATION_SUSPENDED");
            return begun.elapsed();
        }
        assert_eq!(status, 200, "{code}");
        assert!(begun.elapsed() < 3 * AT_ONCE, "it is still let in");
        sleep(NEXT_TRY).await;
    }
}
