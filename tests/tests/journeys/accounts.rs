//! Accounts, contract B's way: people sign in, an administrator looks after them, and nobody gets more than they may have.

mod addresses;
pub(crate) mod office;
mod rights;
mod sessions;

use deskhand_tests::anonymous;
use reqwest::Method;
use serde_json::{Value, json};

use office::{Office, PASSWORD};

/// Asserts that an answer has this status and this code.
fn assert_refused((status, problem): &(u16, Value), expected: u16, code: &str) {
    let told = (*status, &problem["code"]);
    assert_eq!(told, (expected, &json!(code)), "{problem}");
}

#[tokio::test]
async fn null_and_absent_are_different_wishes() {
    let office = Office::new("Accounts Patch").await;
    let jane = office.person("jane").await;
    let path = jane.path();
    let patch = async |body: Value| {
        office
            .send(&office.admin, Method::PATCH, &path, &body)
            .await
    };
    let (_, user) = patch(json!({"first_name": null})).await;
    assert_eq!(
        (&user["first_name"], &user["last_name"]),
        (&json!(""), &json!("Smith")),
        "{user}"
    );
    for member in ["username", "email", "is_active", "password"] {
        assert_refused(&patch(json!({member: null})).await, 422, "VALIDATION_ERROR");
    }
    let (status, user) = patch(json!({})).await;
    assert_eq!((status, &user["last_name"]), (200, &json!("Smith")));
}

#[tokio::test]
async fn a_name_is_one_persons_and_looks_like_no_other() {
    let office = Office::new("Accounts Names").await;
    let jane = office.person("jane").await;
    let other = format!("other.{}@example.com", office.tenant);
    let taken = [
        (jane.name.to_uppercase(), other.clone()),
        (
            format!("other.{}", office.tenant),
            jane.email.to_uppercase(),
        ),
        (jane.email.clone(), other.clone()),
    ];
    for (username, email) in taken {
        assert_refused(&office.create(&username, &email).await, 409, "NAME_TAKEN");
    }
    // A Cyrillic а; a zero-width space; a full-width a.
    for username in ["j\u{430}ne", "jane\u{200b}", "j\u{ff41}ne", "ja ne"] {
        assert_refused(
            &office.create(username, &other).await,
            422,
            "VALIDATION_ERROR",
        );
    }
    let weak = json!({"username": "weak", "email": other, "password": "password"});
    let weak = office
        .send(&office.admin, Method::POST, "/api/v1/users/", &weak)
        .await;
    assert_refused(&weak, 422, "VALIDATION_ERROR");
    // Another organization may use the same names.
    let elsewhere = Office::new("Accounts Names Elsewhere").await;
    assert_eq!(elsewhere.create(&jane.name, &jane.email).await.0, 201);
}

#[tokio::test]
async fn another_organizations_people_are_not_there() {
    let office = Office::new("Accounts Home").await;
    let jane = office.person("jane").await;
    let foreign = Office::new("Accounts Abroad").await;
    let path = jane.path();
    let calls = [
        (Method::GET, path.clone(), json!({})),
        (Method::PATCH, path.clone(), json!({"first_name": "X"})),
        (Method::PUT, path.clone(), json!({"first_name": "X"})),
        (Method::DELETE, path.clone(), json!({})),
        (Method::POST, format!("{path}verification/"), json!({})),
        (
            Method::POST,
            "/api/v1/user-roles/".to_owned(),
            json!({"user_id": jane.id, "role_id": 1}),
        ),
        (
            Method::DELETE,
            format!("/api/v1/user-roles/{}01/", jane.id),
            json!({}),
        ),
    ];
    for (method, path, body) in calls {
        let answer = foreign.send(&foreign.admin, method, &path, &body).await;
        assert_refused(&answer, 404, "RESOURCE_NOT_FOUND");
    }
    let (_, page) = foreign
        .get(&foreign.admin, "/api/v1/users/?search=jane")
        .await;
    assert_eq!(page["count"], 0, "{page}");
}

#[tokio::test]
async fn people_change_what_is_theirs_and_nothing_else() {
    let office = Office::new("Accounts Self").await;
    let (jane, john) = (office.person("jane").await, office.person("john").await);
    let path = jane.path();
    let patch = async |body: Value| office.send(&jane, Method::PATCH, &path, &body).await;
    assert_eq!(
        patch(json!({"first_name": "Janet"})).await.1["first_name"],
        "Janet"
    );
    assert_eq!(office.get(&jane, &path).await.0, 200);
    for body in [json!({"username": "janet"}), json!({"is_active": false})] {
        assert_refused(&patch(body).await, 403, "PERMISSION_DENIED");
    }
    let others = office
        .send(
            &jane,
            Method::PATCH,
            &john.path(),
            &json!({"first_name": "X"}),
        )
        .await;
    assert_refused(&others, 403, "PERMISSION_DENIED");
    assert_refused(
        &office.get(&jane, &john.path()).await,
        403,
        "PERMISSION_DENIED",
    );

    let next = "Green-Kettle-Hums-51";
    assert_refused(
        &patch(json!({"password": next})).await,
        422,
        "VALIDATION_ERROR",
    );
    let wrong = json!({"password": next, "current_password": "not it at all"});
    assert_refused(&patch(wrong).await, 403, "WRONG_PASSWORD");
    let right = json!({"password": next, "current_password": PASSWORD});
    assert_eq!(patch(right).await.0, 200);
    // Every session ended with the old password.
    assert_refused(&office.get(&jane, &path).await, 401, "AUTH_FAILED");
    assert_refused(
        &office.sign_in(&jane.name, PASSWORD).await,
        401,
        "AUTH_FAILED",
    );
    assert_eq!(office.sign_in(&jane.name, next).await.0, 200);
}

#[tokio::test]
async fn who_is_removed_is_out_at_once_with_the_keys_they_made() {
    let office = Office::new("Accounts Removal").await;
    let jane = office.verified("jane").await;
    assert_eq!(office.give(&office.admin, jane.id, 7).await.0, 201);
    let key = office.key(&jane, &["users:read"]).await;
    assert_eq!(
        key.send(Method::GET, "/api/v1/users/", &json!({})).await.0,
        200
    );
    assert_eq!(office.delete(&office.admin, &jane.path()).await, 204);

    assert_refused(&office.get(&jane, "/api/me").await, 401, "AUTH_FAILED");
    let refused = key.send(Method::GET, "/api/v1/users/", &json!({})).await;
    assert_refused(&refused, 401, "AUTH_FAILED");
    assert_refused(
        &office.sign_in(&jane.name, PASSWORD).await,
        401,
        "AUTH_FAILED",
    );
    let (_, page) = office.get(&office.admin, "/api/v1/users/").await;
    assert_eq!(
        (&page["count"], page["results"].as_array().unwrap().len()),
        (&json!(1), 1)
    );
    // Their names are free for others, who are others.
    let (status, again) = office.create(&jane.name, &jane.email).await;
    assert_eq!(status, 201, "{again}");
    assert_ne!(again["id"], json!(jane.id));
}

#[tokio::test]
async fn a_list_says_what_is_wrong_with_its_parameters() {
    let office = Office::new("Accounts Lists").await;
    for name in ["jane", "john", "zoe"] {
        let email = format!("{name}.{}@example.com", office.tenant);
        assert_eq!(
            office
                .create(&format!("{name}.{}", office.tenant), &email)
                .await
                .0,
            201
        );
    }
    let list = async |query: &str| {
        office
            .get(&office.admin, &format!("/api/v1/users/?{query}"))
            .await
    };
    let refusals = [
        ("page=0", 422, "VALIDATION_ERROR"),
        ("page=-1", 422, "VALIDATION_ERROR"),
        ("page=two", 422, "VALIDATION_ERROR"),
        ("page_size=101", 422, "VALIDATION_ERROR"),
        ("ordering=password", 422, "VALIDATION_ERROR"),
        ("sort=unknown", 422, "VALIDATION_ERROR"),
        ("page=3&page_size=2&search=zoe", 404, "RESOURCE_NOT_FOUND"),
        ("page=99", 404, "RESOURCE_NOT_FOUND"),
        ("page=1000000000", 400, "USE_CURSOR"),
    ];
    for (query, status, code) in refusals {
        assert_refused(&list(query).await, status, code);
    }
    let (_, first) = list("page_size=3").await;
    assert_eq!(
        (&first["count"], &first["previous"]),
        (&json!(4), &Value::Null),
        "{first}"
    );
    let base = office.base();
    assert_eq!(
        first["next"],
        format!("{base}/api/v1/users/?page=2&page_size=3")
    );
    let next = first["next"].as_str().unwrap().strip_prefix(base).unwrap();
    let (_, second) = office.get(&office.admin, next).await;
    assert_eq!(
        (&second["next"], second["results"].as_array().unwrap().len()),
        (&Value::Null, 1)
    );
    let (_, found) = list("search=JANE").await;
    assert_eq!(found["count"], 1, "{found}");
    let (_, behind) = list("cursor=2&page_size=1").await;
    assert_eq!(behind["results"][0]["id"], 3, "{behind}");
}

#[tokio::test]
async fn nobody_without_a_token_sees_anybody() {
    let office = Office::new("Accounts Strangers").await;
    for path in ["/api/v1/users/", "/api/v1/users/1/", "/api/v1/roles/"] {
        let call = anonymous(office.desk.deployment, Method::GET, path);
        assert_refused(&deskhand_tests::answer(call).await, 401, "AUTH_FAILED");
    }
}
