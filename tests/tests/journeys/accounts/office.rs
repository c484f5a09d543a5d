//! An organization of a journey's own: its administrator, its people, and the mail they get.

use std::{fs, time::Duration};

use deskhand_tests::{anonymous, answer, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Desk;

/// What everybody here signs in with.
pub(crate) const PASSWORD: &str = "Orange-Boat-Sails-93";

/// Somebody signed in.
pub(crate) struct Person {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Person {
    /// Where they are read and changed.
    pub(crate) fn path(&self) -> String {
        format!("/api/v1/users/{}/", self.id)
    }

    /// The same person with these tokens.
    pub(crate) fn with(&self, tokens: &Value) -> Self {
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        Self {
            id: self.id,
            name: self.name.clone(),
            email: self.email.clone(),
            access: text("access"),
            refresh: text("refresh"),
        }
    }
}

/// A program with a key.
pub(crate) struct Program {
    desk: Desk<'static>,
    key: String,
}

impl Program {
    /// A call with the key.
    pub(crate) async fn send(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let call = anonymous(self.desk.deployment, method, path).header("x-api-key", &self.key);
        answer(call.json(body)).await
    }
}

/// An organization with its first administrator.
pub(crate) struct Office {
    pub(crate) desk: Desk<'static>,
    pub(crate) tenant: String,
    pub(crate) admin: Person,
    /// The administrator's.
    pub(crate) password: String,
}

impl Office {
    /// Makes the organization called `name` and signs its administrator in.
    pub(crate) async fn new(name: &str) -> Self {
        let desk = Desk::shared().await;
        let domain = name.to_lowercase().replace(' ', "-");
        let ask = json!({"name": name, "admin_email": format!("admin@{domain}.example.com")});
        let made = desk.deployment.lambda_invoke("create_tenant", &ask).await;
        Self::of(desk, &made.unwrap()).await
    }

    /// The same, for people with addresses of `domain`.
    pub(crate) async fn with_domain(name: &str, domain: &str) -> Self {
        let desk = Desk::shared().await;
        let host = name.to_lowercase().replace(' ', "-");
        let admin = format!("admin@{host}.example.com");
        let ask = json!({"name": name, "admin_email": admin, "email_domains": [domain]});
        let made = desk.deployment.lambda_invoke("create_tenant", &ask).await;
        Self::of(desk, &made.unwrap()).await
    }

    /// The example tenant, where people with addresses of its domains may register.
    pub(crate) async fn example() -> Self {
        let desk = Desk::shared().await;
        let endpoints = fs::read_to_string(desk.deployment.place().endpoints()).unwrap();
        Self::of(desk, &serde_json::from_str(&endpoints).unwrap()).await
    }

    /// The organization that was `made`, its administrator signed in.
    async fn of(desk: Desk<'static>, made: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let [name, password] = ["username", "password"].map(|what| text(&made["admin"][what]));
        let (status, tokens) = signed_in(&desk, &name, &password).await;
        assert_eq!(status, 200, "{tokens}");
        let nobody = Person {
            id: 1,
            email: name.clone(),
            name,
            access: String::new(),
            refresh: String::new(),
        };
        Self {
            tenant: text(&made["tenant"]),
            admin: nobody.with(&tokens),
            password,
            desk,
        }
    }

    /// Where the API is.
    pub(crate) fn base(&self) -> &str {
        self.desk.deployment.api()
    }

    /// A call of somebody's.
    pub(crate) async fn send(
        &self,
        who: &Person,
        method: Method,
        path: &str,
        body: &Value,
    ) -> (u16, Value) {
        let call = anonymous(self.desk.deployment, method, path).bearer_auth(&who.access);
        answer(call.json(body)).await
    }

    /// What somebody reads.
    pub(crate) async fn get(&self, who: &Person, path: &str) -> (u16, Value) {
        let call = anonymous(self.desk.deployment, Method::GET, path);
        answer(call.bearer_auth(&who.access)).await
    }

    /// The status of a removal, whose answer has no body.
    pub(crate) async fn delete(&self, who: &Person, path: &str) -> u16 {
        let call = anonymous(self.desk.deployment, Method::DELETE, path);
        let answer = call.bearer_auth(&who.access).send().await.unwrap();
        answer.status().as_u16()
    }

    /// Signs somebody in.
    pub(crate) async fn sign_in(&self, name: &str, password: &str) -> (u16, Value) {
        signed_in(&self.desk, name, password).await
    }

    /// The next pair of tokens for a refresh token.
    pub(crate) async fn refresh(&self, token: &str) -> (u16, Value) {
        let call = anonymous(self.desk.deployment, Method::POST, "/token/refresh/");
        answer(call.json(&json!({"refresh": token}))).await
    }

    /// Adds a user.
    pub(crate) async fn create(&self, username: &str, email: &str) -> (u16, Value) {
        let body = json!({"username": username, "email": email, "first_name": "Jane",
            "last_name": "Smith", "password": PASSWORD, "is_active": true});
        self.send(&self.admin, Method::POST, "/api/v1/users/", &body)
            .await
    }

    /// A new user, signed in.
    pub(crate) async fn person(&self, name: &str) -> Person {
        let name = format!("{name}.{}", self.tenant);
        let email = format!("{name}@example.com");
        let (status, made) = self.create(&name, &email).await;
        assert_eq!(status, 201, "{made}");
        let (status, tokens) = self.sign_in(&name, PASSWORD).await;
        assert_eq!(status, 200, "{tokens}");
        let nobody = Person {
            id: made["id"].as_u64().unwrap(),
            name,
            email,
            access: String::new(),
            refresh: String::new(),
        };
        nobody.with(&tokens)
    }

    /// A new user, signed in, whose address was shown to be theirs.
    pub(crate) async fn verified(&self, name: &str) -> Person {
        let person = self.person(name).await;
        self.verify(&person).await;
        person
    }

    /// Somebody who made an account of their own.
    pub(crate) async fn registered(&self, email: &str) -> Person {
        let body = json!({"email": email, "password": PASSWORD, "full_name": "Jane Smith"});
        let call = anonymous(self.desk.deployment, Method::POST, "/api/register").json(&body);
        let (status, tokens) = answer(call).await;
        assert_eq!(status, 200, "{tokens}");
        let mut person = Person {
            id: 0,
            name: email.to_owned(),
            email: email.to_owned(),
            access: tokens["access_token"].as_str().unwrap().to_owned(),
            refresh: String::new(),
        };
        let (_, me) = self.get(&person, "/api/me").await;
        person.id = me["id"].as_u64().unwrap();
        person
    }

    /// Follows the link in the mail that a new user got.
    pub(crate) async fn verify(&self, person: &Person) {
        let token = self.token_mailed_to(&person.email).await;
        let (status, page) = self.page(Method::POST, &token).await;
        assert_eq!(status, 200, "{page}");
    }

    /// Gives a user a role.
    pub(crate) async fn give(&self, who: &Person, user: u64, role: u64) -> (u16, Value) {
        let body = json!({"user_id": user, "role_id": role, "system": "TTS"});
        self.send(who, Method::POST, "/api/v1/user-roles/", &body)
            .await
    }

    /// A key that somebody makes.
    pub(crate) async fn key(&self, who: &Person, scopes: &[&str]) -> Program {
        let body = json!({"name": "a key", "scopes": scopes, "expires_days": 1});
        let (status, made) = self.send(who, Method::POST, "/api/v1/keys", &body).await;
        assert_eq!(status, 201, "{made}");
        Program {
            desk: self.desk.clone(),
            key: made["key"].as_str().unwrap().to_owned(),
        }
    }

    /// The token of the newest link that was mailed to an address.
    pub(crate) async fn token_mailed_to(&self, address: &str) -> String {
        self.desk.token_mailed_to(address, "/verify-email").await
    }

    /// How many mails told an address that another took its place.
    pub(crate) async fn told_by_mail(&self, address: &str) -> usize {
        let mails = self.desk.mails().await;
        let told = mails.iter().filter(|mail| {
            mail["To"][0] == address && mail["Subject"] == "Your e-mail address was changed"
        });
        told.count()
    }

    /// Waits for the mail that tells an address that another took its place.
    pub(crate) async fn eventually_told_by_mail(&self, address: &str) {
        let awaited = format!("a mail to {address} about its end");
        eventually(&awaited, Duration::from_secs(20), || async {
            (self.told_by_mail(address).await == 1).then_some(())
        })
        .await;
    }

    /// The page behind a link, or what its button answers.
    pub(crate) async fn page(&self, method: Method, token: &str) -> (u16, String) {
        let call = if method == Method::GET {
            let path = format!("/verify-email?token={token}");
            anonymous(self.desk.deployment, method, &path)
        } else {
            anonymous(self.desk.deployment, method, "/verify-email")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(format!("token={token}"))
        };
        let answer = call.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}

async fn signed_in(desk: &Desk<'_>, name: &str, password: &str) -> (u16, Value) {
    let body = json!({"username": name, "password": password});
    answer(anonymous(desk.deployment, Method::POST, "/token/").json(&body)).await
}
