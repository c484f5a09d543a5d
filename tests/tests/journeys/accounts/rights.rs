//! Roles are given and taken, and nobody gets more than they may have: neither people nor the keys they made.

use reqwest::Method;
use serde_json::json;

use super::assert_refused;
use super::office::{Office, Person, Program};

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

/// What a key is told when it lists users, and when it reads the roles.
async fn reads(key: &Program) -> [u16; 2] {
    let mut told = [0; 2];
    for (at, path) in ["/api/v1/users/", "/api/v1/roles/"].into_iter().enumerate() {
        told[at] = key.send(Method::GET, path, &json!({})).await.0;
    }
    told
}

/// Whether somebody may sign in, as the administrator says.
async fn stand(office: &Office, who: &Person, active: bool) {
    let body = json!({"is_active": active});
    let (status, user) = office
        .send(&office.admin, Method::PATCH, &who.path(), &body)
        .await;
    assert_eq!(status, 200, "{user}");
}

#[tokio::test]
async fn keys_go_with_the_rights_of_whoever_made_them() {
    let office = Office::new("Accounts Makers").await;
    let jane = office.verified("jane").await;
    assert_eq!(office.give(&office.admin, jane.id, 7).await.0, 201);
    let wide = office.key(&jane, &["read", "keys:write"]).await;
    let users = office.key(&jane, &["users:read"]).await;
    assert_eq!(
        (reads(&wide).await, reads(&users).await),
        ([200, 200], [200, 403])
    );

    // A viewer again: of one key that is left, of the other nothing.
    let path = format!("/api/v1/user-roles/{}07/", jane.id);
    assert_eq!(office.delete(&office.admin, &path).await, 204);
    assert_eq!(
        (reads(&wide).await, reads(&users).await),
        ([403, 200], [401, 401])
    );
    let refused = wide
        .send(
            Method::POST,
            "/api/v1/keys",
            &json!({"name": "x", "scopes": ["read"]}),
        )
        .await;
    assert_refused(&refused, 403, "PERMISSION_DENIED");
    let (_, keys) = office.get(&office.admin, "/api/v1/keys").await;
    let own: Vec<_> = keys
        .as_array()
        .unwrap()
        .iter()
        .filter(|key| key["user_id"] == json!(jane.id))
        .collect();
    let narrowed = own.iter().find(|key| key["is_active"] == true).unwrap();
    let scopes = narrowed["scopes"].as_array().unwrap();
    assert!(scopes.contains(&json!("account:read")), "{scopes:?}");
    assert!(!scopes.contains(&json!("read")), "{scopes:?}");
    assert_eq!(own.len(), 2, "{keys}");

    // Rights that come back do not widen it; who may not sign in has no key.
    assert_eq!(office.give(&office.admin, jane.id, 7).await.0, 201);
    assert_eq!(reads(&wide).await, [403, 200]);
    stand(&office, &jane, false).await;
    assert_eq!(reads(&wide).await, [401, 401]);
    stand(&office, &jane, true).await;
    assert_eq!(reads(&wide).await, [401, 401]);
    let account = format!("/api/v1/audit/verify?account=key-{}", narrowed["id"]);
    let (_, verdict) = office.get(&office.admin, &account).await;
    assert_eq!(
        (&verdict["valid"], &verdict["chains"][0]["records"]),
        (&json!(true), &json!(3)),
        "made, narrowed, revoked: {verdict}"
    );
}

#[tokio::test]
async fn a_key_reads_users_by_the_one_right_that_is_about_them() {
    let office = Office::new("Accounts Rights").await;
    let (admin, jane) = (&office.admin, office.person("jane").await);
    let reader = office.key(admin, &["users:read"]).await;
    let clerk = office
        .key(admin, &["users:admin", "read", "exec:run"])
        .await;
    let path = jane.path();
    let read = reader.send(Method::GET, &path, &json!({})).await;
    assert_eq!(read.0, 200, "{}", read.1);
    let change = json!({"first_name": "Janet"});
    let refused = reader.send(Method::PATCH, &path, &change).await;
    assert_refused(&refused, 403, "PERMISSION_DENIED");
    assert_eq!(clerk.send(Method::PATCH, &path, &change).await.0, 200);
    // A key's number is no user's.
    let own = office.key(admin, &["account:read"]).await;
    for id in 1..=4 {
        let path = format!("/api/v1/users/{id}/");
        let refused = own.send(Method::GET, &path, &json!({})).await;
        assert_refused(&refused, 403, "PERMISSION_DENIED");
    }
}
