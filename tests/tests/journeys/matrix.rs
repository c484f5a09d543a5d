//! Every operation as every kind of caller. What an operation asks for is a row of `matrix.yaml`, which the template's tests hold
//! against the code; what a role allows is `auth::Role`'s word.

mod callers;
mod rows;
mod tokens;

use deskhand_tests::{anonymous, answer, sent_in_time, whole_machine};
use futures::future::join_all;
use reqwest::{Method, Response};
use serde_json::json;

use crate::desk::Desk;
use callers::{Caller, Home, Shows};
use rows::{Asks, Row};

/// Names nothing, whatever kind of id it stands for.
const NOBODYS: &str = "404404404";

/// What a call comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Let in, whatever the handler then thinks of the call.
    In,
    /// 401: show a credential.
    Unknown,
    /// 403: not with this one.
    Refused,
    /// Anything of 500 and above.
    Fault,
}

impl Class {
    fn of(row: &Row, answer: &Response) -> Self {
        // A page sends whoever is nobody to the sign-in page, and the client goes there.
        if row.browser && answer.url().path() == "/login" {
            return Self::Unknown;
        }
        match answer.status().as_u16() {
            401 => Self::Unknown,
            403 => Self::Refused,
            500.. => Self::Fault,
            _ => Self::In,
        }
    }
}

/// What the row says of this caller.
fn expected(row: &Row, caller: &Caller) -> Class {
    match &row.asks {
        Asks::Nothing => Class::In,
        Asks::Session if caller.is_person => Class::In,
        // A webhook's credential is none of these.
        Asks::Source | Asks::Session => Class::Unknown,
        // A page takes no API key.
        Asks::Scope(_) if row.browser && !caller.is_person => Class::Unknown,
        Asks::Scope(scope) => {
            let Some(scopes) = &caller.scopes else {
                return Class::Unknown;
            };
            let may = |scope: &str| scopes.contains(scope);
            let also = row.also.as_deref().is_none_or(may);
            if may(scope) && also && (caller.is_person || !row.people) {
                Class::In
            } else {
                Class::Refused
            }
        }
    }
}

#[tokio::test]
async fn every_operation_answers_every_caller_as_its_row_says() {
    let desk = Desk::shared().await;
    let _whole = whole_machine().await;
    let home = Home::new(&desk, "Matrix Home").await;
    let callers = home.callers().await;
    let mut rows = rows::all();
    // A session that is ended is of no more use to the other rows.
    rows.sort_by_key(|row| row.asks == Asks::Session);
    let mut wrong = Vec::new();
    for row in &rows {
        let path = row.path_with(|_| Some(NOBODYS.to_owned())).unwrap();
        let calls = callers.iter().map(|caller| {
            let mut call = anonymous(desk.deployment, row.method.clone(), &path);
            if row.method != Method::GET {
                call = call.json(&json!({}));
            }
            let call = if row.browser {
                caller.shows.as_cookie(call)
            } else {
                caller.shows.on(call)
            };
            async move { (caller, sent_in_time(call).await) }
        });
        for (caller, answer) in join_all(calls).await {
            let expected = expected(row, caller);
            if Class::of(row, &answer) != expected {
                let (operation, name, status) = (&row.operation, caller.name, answer.status());
                wrong.push(format!("{operation} as {name}: {status}, not {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!(
        "{} operations × {} callers answered as their rows say",
        rows.len(),
        callers.len()
    );
}

#[tokio::test]
async fn a_foreign_tenants_ids_are_not_there_for_an_admin_either() {
    let desk = Desk::shared().await;
    let _whole = whole_machine().await;
    let home = Home::new(&desk, "Matrix Victim").await;
    let ids = home.ids().await;
    let foreigner = Home::new(&desk, "Matrix Foreigner").await;
    let mut wrong = Vec::new();
    let mut called = 0;
    for row in rows::all() {
        let Some(foreign) = row.about(&ids) else {
            continue;
        };
        called += 1;
        let call = |shows: &Shows| {
            let mut call = anonymous(desk.deployment, row.method.clone(), &foreign.path);
            if row.method != Method::GET {
                call = call.json(&foreign.body);
            }
            shows.on(call)
        };
        let (operation, path) = (&row.operation, &foreign.path);
        // Its own admin finds it: the ids are good. Others are only read, for a change would be one.
        if row.method == Method::GET {
            let status = call(&home.admin).send().await.unwrap().status();
            if !status.is_success() {
                wrong.push(format!("{operation} {path} for its own admin: {status}"));
            }
        }
        let (status, body) = answer(call(&foreigner.admin)).await;
        if status != 404 || body["code"] != "RESOURCE_NOT_FOUND" {
            wrong.push(format!(
                "{operation} {path} for a foreign admin: {status} {body}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(called >= 12, "{called}");
    println!("{called} operations hold nothing of another tenant");
}

#[tokio::test]
async fn a_token_is_refused_for_its_age_alone_when_all_else_is_right() {
    let desk = Desk::shared().await;
    let home = Home::new(&desk, "Matrix Clock").await;
    let me = |token: String| {
        let call = anonymous(desk.deployment, Method::GET, "/api/me");
        answer(Shows::Bearer(token).on(call))
    };
    let forge = home.forge().await;
    // Signed here and not by the service: what it is signed with is all that counts.
    let (status, body) = me(forge.signed(|_| {}).await).await;
    assert_eq!(status, 200, "{body}");
    let (status, body) = me(forge.expired().await).await;
    assert_eq!(
        (status, &body["code"]),
        (401, &json!("TOKEN_EXPIRED")),
        "{body}"
    );
    let others = [
        ("for somebody else", "aud", "others"),
        ("made by somebody else", "iss", "https://example.com"),
        ("of the other type", "token_type", "refresh"),
    ];
    for (what, claim, other) in others {
        let token = forge.signed(|claims| claims[claim] = other.into()).await;
        let (status, body) = me(token).await;
        assert_eq!(
            (status, &body["code"]),
            (401, &json!("AUTH_FAILED")),
            "{what}: {body}"
        );
    }
}
