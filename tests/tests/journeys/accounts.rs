//! Accounts, contract B's way: people sign in, an administrator looks after them, and nobody gets more than they may have.

mod office;

use deskhand_tests::anonymous;
use reqwest::Method;
use serde_json::{Value, json};

use crate::contract::assert_shape;
use office::{Office, PASSWORD};

/// Asserts that an answer has this status and this code.
fn assert_refused((status, problem): &(u16, Value), expected: u16, code: &str) {
    let told = (*status, &problem["code"]);
    assert_eq!(told, (expected, &json!(code)), "{problem}");
}

#[tokio::test]
async fn contract_bs_samples_run_in_their_order() {
    let office = Office::new("Accounts Samples").await;
    let admin = &office.admin;

    let (status, page) = office.get(admin, "/api/v1/users/").await;
    assert_eq!(status, 200, "{page}");
    let documented = json!({"count": 50, "previous": null, "results": [{
        "id": 1, "username": "john.doe", "email": "john@example.com", "first_name": "John", "last_name": "Doe",
        "is_active": true, "date_joined": "2025-01-01T00:00:00Z"}]});
    assert_shape(&documented, &page, "the list");

    let body = json!({"username": "jane.smith", "email": "jane@example.com", "first_name": "Jane",
        "last_name": "Smith", "password": "SecurePass123!", "is_active": true});
    let (status, made) = office
        .send(admin, Method::POST, "/api/v1/users/", &body)
        .await;
    let documented = json!({"id": 2, "username": "jane.smith", "email": "jane@example.com",
        "message": "User created successfully"});
    assert_eq!((status, &made), (201, &documented));

    let (status, user) = office.get(admin, "/api/v1/users/1/").await;
    assert_eq!(status, 200, "{user}");
    let documented = json!({"id": 1, "username": "john.doe", "email": "john@example.com", "first_name": "John",
        "last_name": "Doe", "is_active": true, "roles": [{"system": "TTS", "role_name": "Agent", "role_id": 5}],
        "date_joined": "2025-01-01T00:00:00Z", "last_login": "2025-11-19T10:00:00Z"});
    assert_shape(&documented, &user, "the user");

    let body = json!({"first_name": "Jane", "last_name": "Doe", "email": "jane.doe@example.com"});
    let documented = json!({"id": 2, "username": "jane.smith", "email": "jane.doe@example.com", "first_name": "Jane",
        "last_name": "Doe", "message": "User updated successfully"});
    for method in [Method::PUT, Method::PATCH] {
        let (status, changed) = office.send(admin, method, "/api/v1/users/2/", &body).await;
        assert_eq!(status, 200, "{changed}");
        for (name, value) in documented.as_object().unwrap() {
            assert_eq!(&changed[name], value, "{name}");
        }
    }

    let (status, roles) = office.get(admin, "/api/v1/roles/").await;
    assert_eq!((status, &roles["count"]), (200, &json!(8)), "{roles}");
    let documented = json!({"count": 10, "results": [{"id": 1, "name": "Agent", "description": "Support agent role",
        "permissions": ["view_ticket"], "system": "TTS"}]});
    assert_shape(&documented, &roles, "the roles");

    let body = json!({"user_id": 1, "role_id": 5, "system": "TTS"});
    let path = "/api/v1/user-roles/";
    let (status, given) = office.send(admin, Method::POST, path, &body).await;
    assert_eq!(status, 201, "{given}");
    let documented = json!({"assignment_id": 10, "user_id": 1, "role_id": 5, "role_name": "Agent", "system": "TTS",
        "assigned_at": "2025-11-19T10:00:00Z"});
    assert_shape(&documented, &given, "the assignment");
    let again = office.send(admin, Method::POST, path, &body).await;
    assert_eq!(again, (200, given));

    assert_eq!(office.delete(admin, "/api/v1/users/2/").await, 204);
    assert_eq!(office.delete(admin, "/api/v1/users/2/").await, 204);
    let gone = office.get(admin, "/api/v1/users/2/").await;
    assert_refused(&gone, 404, "RESOURCE_NOT_FOUND");
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
async fn the_last_administrator_stays() {
    let office = Office::new("Accounts Last Admin").await;
    let (admin, path) = (&office.admin, office.admin.path());
    let role = "/api/v1/user-roles/107/";
    let stays = async || {
        for path in [path.as_str(), role] {
            let refused = office.send(admin, Method::DELETE, path, &json!({})).await;
            assert_refused(&refused, 409, "LAST_ADMIN");
        }
        let idle = office
            .send(admin, Method::PATCH, &path, &json!({"is_active": false}))
            .await;
        assert_refused(&idle, 409, "LAST_ADMIN");
    };
    stays().await;
    // A second administrator who may not sign in does not count.
    let jane = office.verified("jane").await;
    assert_eq!(office.give(admin, jane.id, 7).await.0, 201);
    let idle = json!({"is_active": false});
    assert_eq!(
        office
            .send(admin, Method::PATCH, &jane.path(), &idle)
            .await
            .0,
        200
    );
    stays().await;
    let back = json!({"is_active": true});
    assert_eq!(
        office
            .send(admin, Method::PATCH, &jane.path(), &back)
            .await
            .0,
        200
    );
    assert_eq!(office.delete(admin, role).await, 204);
    // It holds from the next request on.
    let refused = office.create("late", "late@example.com").await;
    assert_refused(&refused, 403, "PERMISSION_DENIED");
}

#[tokio::test]
async fn a_role_holds_from_the_next_request_on_and_no_longer_than_it_is_given() {
    let office = Office::new("Accounts Roles").await;
    let jane = office.person("jane").await;
    let list = async || office.get(&jane, "/api/v1/users/").await.0;
    assert_eq!(list().await, 403);
    let (status, given) = office.give(&office.admin, jane.id, 5).await;
    assert_eq!(status, 201, "{given}");
    assert_eq!(list().await, 200);
    let path = format!("/api/v1/user-roles/{}/", given["assignment_id"]);
    assert_eq!(office.delete(&office.admin, &path).await, 204);
    assert_eq!(list().await, 403);
    let again = office
        .send(&office.admin, Method::DELETE, &path, &json!({}))
        .await;
    assert_refused(&again, 404, "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn who_registered_on_their_own_gets_no_rights_before_their_address_is_known_to_be_theirs() {
    let office = Office::example().await;
    let jane = office.registered("jane.registers@example.com").await;
    let give = async || office.give(&office.admin, jane.id, 5).await;
    assert_refused(&give().await, 409, "EMAIL_UNVERIFIED");
    let list = async || office.get(&jane, "/api/v1/users/").await.0;
    assert_eq!(list().await, 403);
    office.verify(&jane).await;
    assert_eq!(give().await.0, 201);
    assert_eq!(list().await, 200);
    assert_eq!(office.delete(&office.admin, &jane.path()).await, 204);
}

#[tokio::test]
async fn nobody_gives_or_takes_more_than_they_hold() {
    let office = Office::new("Accounts Grants").await;
    let jane = office.person("jane").await;
    let scopes = ["read", "roles:assign", "users:admin"];
    let clerk = office.key(&office.admin, &scopes).await;
    let body = |role: u64| json!({"user_id": jane.id, "role_id": role});
    let give = async |role| {
        clerk
            .send(Method::POST, "/api/v1/user-roles/", &body(role))
            .await
    };
    let refused = give(7).await;
    assert_refused(&refused, 403, "PERMISSION_DENIED");
    let missing = refused.1["details"]["missing"].as_array().unwrap();
    assert!(missing.contains(&json!("keys:write")), "{missing:?}");
    assert_refused(&give(5).await, 403, "PERMISSION_DENIED");
    assert_eq!(give(1).await.0, 200, "they are a viewer already");
    let admins = clerk
        .send(Method::DELETE, "/api/v1/user-roles/107/", &json!({}))
        .await;
    assert_refused(&admins, 403, "PERMISSION_DENIED");
    // Who sets somebody's password can be them.
    let password = json!({"password": "Another-Pass-77"});
    let taken = clerk
        .send(Method::PATCH, &office.admin.path(), &password)
        .await;
    assert_refused(&taken, 403, "PERMISSION_DENIED");
    assert_eq!(
        clerk.send(Method::PATCH, &jane.path(), &password).await.0,
        200
    );
    let nonsense = json!({"user_id": jane.id, "role_id": 99});
    let nonsense = office
        .send(
            &office.admin,
            Method::POST,
            "/api/v1/user-roles/",
            &nonsense,
        )
        .await;
    assert_refused(&nonsense, 422, "VALIDATION_ERROR");
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
async fn logging_out_ends_the_access_token_at_once() {
    let office = Office::new("Accounts Logout").await;
    let jane = office.person("jane").await;
    let (_, tokens) = office.sign_in(&jane.name, PASSWORD).await;
    let second = jane.with(&tokens);
    for _ in 0..2 {
        let (status, done) = office
            .send(&jane, Method::POST, "/logout/", &json!({}))
            .await;
        let documented = json!({"message": "Successfully logged out"});
        assert_eq!((status, done), (200, documented));
    }
    assert_refused(&office.get(&jane, "/api/me").await, 401, "AUTH_FAILED");
    assert_refused(&office.refresh(&jane.refresh).await, 401, "TOKEN_EXPIRED");
    // Another session of theirs goes on.
    assert_eq!(office.get(&second, "/api/me").await.0, 200);
}

#[tokio::test]
async fn a_refresh_token_that_is_used_twice_ends_its_whole_family() {
    let office = Office::new("Accounts Refresh").await;
    let jane = office.person("jane").await;
    let (status, next) = office.refresh(&jane.refresh).await;
    assert_eq!(status, 200, "{next}");
    let next = jane.with(&next);
    assert_eq!(office.get(&next, "/api/me").await.0, 200);
    assert_refused(&office.refresh(&jane.refresh).await, 401, "TOKEN_EXPIRED");
    for token in [&jane, &next] {
        assert_refused(&office.get(token, "/api/me").await, 401, "AUTH_FAILED");
    }
    assert_refused(&office.refresh(&next.refresh).await, 401, "TOKEN_EXPIRED");
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_told_alike() {
    let office = Office::new("Accounts Uniform").await;
    let jane = office.person("jane").await;
    let idle = office.person("idle").await;
    let off = json!({"is_active": false});
    assert_eq!(
        office
            .send(&office.admin, Method::PATCH, &idle.path(), &off)
            .await
            .0,
        200
    );
    let mut told = Vec::new();
    for (name, password) in [
        (jane.name.as_str(), "not it at all"),
        (jane.email.as_str(), "not it at all"),
        ("nobody.at.all", PASSWORD),
        (idle.name.as_str(), PASSWORD),
        ("j\u{430}ne", PASSWORD),
        ("", ""),
    ] {
        let (status, mut problem) = office.sign_in(name, password).await;
        let members = problem.as_object_mut().unwrap();
        members.retain(|member, _| member != "timestamp" && member != "request_id");
        told.push((status, problem));
    }
    assert_eq!(told[0].0, 401);
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{told:#?}");
}

#[tokio::test]
async fn nobody_without_a_token_sees_anybody() {
    let office = Office::new("Accounts Strangers").await;
    for path in ["/api/v1/users/", "/api/v1/users/1/", "/api/v1/roles/"] {
        let call = anonymous(office.desk.deployment, Method::GET, path);
        assert_refused(&deskhand_tests::answer(call).await, 401, "AUTH_FAILED");
    }
}
