//! Through the real server, on a free port.

mod accounts;
mod bedrock;
mod control;
mod datto;
mod entra;
mod entra_mfa;
mod faults;
mod graph;
mod groups;
mod halopsa;
mod licences;
mod ninjaone;
mod oidc;
mod rights;
mod scripts;
mod twilio;

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// A sandbox of a test's own.
struct Sandbox {
    base: String,
    client: Client,
    server: JoinHandle<()>,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Sandbox {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { crate::serve(listener).await.unwrap() });
        let client = Client::builder().no_proxy().build().unwrap();
        Self {
            base,
            client,
            server,
        }
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// The sandbox's own API: what a GET says.
    async fn look(&self, path: &str) -> Value {
        let answer = self.call(Method::GET, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// The sandbox's own API: status and answer of a POST.
    async fn tell(&self, path: &str, body: Value) -> (u16, Value) {
        read(
            self.call(Method::POST, path)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    async fn put_user(&self, email: &str, body: Value) -> (u16, Value) {
        let path = format!("/_sandbox/users/{email}");
        read(
            self.call(Method::PUT, &path)
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    async fn fault(&self, body: Value) {
        assert_eq!(self.tell("/_sandbox/faults", body).await.0, 201);
    }

    /// What Graph answers; `null` is no body.
    async fn graph(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let token = self.graph_token().await;
        let call = self.call(method, &format!("/graph/v1.0/{path}"));
        let call = match body {
            Value::Null => call.header("content-length", "0"),
            body => call.json(&body),
        };
        read(call.bearer_auth(token).send().await.unwrap()).await
    }

    async fn token(&self, path: &str, form: &[(&str, &str)]) -> String {
        let answer = self
            .call(Method::POST, path)
            .form(form)
            .send()
            .await
            .unwrap();
        let (status, body) = read(answer).await;
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    async fn halo_token(&self) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "deskhand"),
            ("client_secret", "sandbox-halo-secret"),
            ("scope", "all"),
        ];
        self.token("/halopsa/auth/token?tenant=sandbox", &form)
            .await
    }

    async fn graph_token(&self) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "deskhand"),
            ("client_secret", "sandbox-entra-secret"),
            ("scope", "https://graph.microsoft.com/.default"),
        ];
        self.token("/login/company/oauth2/v2.0/token", &form).await
    }

    async fn new_ticket(&self) -> u64 {
        let ticket = json!({
            "summary": "Forgot my password",
            "details": "I cannot sign in.",
            "user_email": "john.doe@company.com",
        });
        let (status, made) = self.tell("/_sandbox/halo/tickets", ticket).await;
        assert_eq!(status, 201);
        made["id"].as_u64().unwrap()
    }
}

/// Status and JSON of an answer; `null` when it has no JSON.
async fn read(answer: Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or_default())
}
