//! Tokens that are none of ours, and one that was: made from a real one, as somebody would who has only that.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use deskhand_local::{Aws, Deployment};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

/// The means of forgery: a real token, the public key, and for what has to be signed the key service itself.
pub(super) struct Forge<'a> {
    aws: &'a Aws,
    key: String,
    head: Value,
    claims: Value,
    signature: String,
}

impl<'a> Forge<'a> {
    /// From a real access token.
    pub(super) async fn with(deployment: &'a Deployment, token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let [head, claims, signature] = parts[..] else {
            panic!("a token has three parts")
        };
        let read = |part: &str| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        let aws = deployment.aws();
        let path = format!(
            "/2015-03-31/functions/{}-create_token/configuration",
            deployment.stack()
        );
        let known = aws.rest(Method::GET, "lambda", &path, &()).await.unwrap();
        let key = &known["Environment"]["Variables"]["TOKEN_KEY"];
        Self {
            aws,
            key: key
                .as_str()
                .expect("create_token has a TOKEN_KEY")
                .to_owned(),
            head: read(head),
            claims: read(claims),
            signature: signature.to_owned(),
        }
    }

    /// A token with changed claims, signed as the service signs.
    pub(super) async fn signed(&self, change: impl FnOnce(&mut Value)) -> String {
        let mut claims = self.claims.clone();
        change(&mut claims);
        let unsigned = unsigned(&self.head, &claims);
        let ask = json!({
            "KeyId": self.key,
            "Message": STANDARD.encode(&unsigned),
            "MessageType": "RAW",
            "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256",
        });
        let answer = self.kms("Sign", &ask).await;
        let signature = STANDARD
            .decode(answer["Signature"].as_str().unwrap())
            .unwrap();
        format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// The token as it is once its time is over.
    pub(super) async fn expired(&self) -> String {
        let of = |name: &str| self.claims[name].as_u64().unwrap();
        let (made, ends) = (of("iat"), of("exp"));
        self.signed(|claims| {
            claims["iat"] = json!(made - (ends - made) - 1);
            claims["exp"] = json!(made - 1);
        })
        .await
    }

    /// Signed by nobody.
    pub(super) fn unsigned(&self) -> String {
        let mut head = self.head.clone();
        head["alg"] = "none".into();
        format!("{}.", unsigned(&head, &self.claims))
    }

    /// Signed with the public key as the secret of an HMAC.
    pub(super) async fn signed_with_the_public_key(&self) -> String {
        let answer = self.kms("GetPublicKey", &json!({"KeyId": self.key})).await;
        let der = answer["PublicKey"].as_str().unwrap();
        let lines: Vec<&str> = der
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).unwrap())
            .collect();
        let lines = lines.join("\n");
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n");
        let mut head = self.head.clone();
        head["alg"] = "HS256".into();
        let unsigned = unsigned(&head, &self.claims);
        let mut mac = Hmac::<Sha256>::new_from_slice(pem.as_bytes()).unwrap();
        mac.update(unsigned.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        format!("{unsigned}.{signature}")
    }

    /// Another tenant's in the place of its own, under the signature of before.
    pub(super) fn tampered(&self) -> String {
        let mut claims = self.claims.clone();
        claims["tid"] = "example".into();
        format!("{}.{}", unsigned(&self.head, &claims), self.signature)
    }

    async fn kms(&self, action: &str, ask: &Value) -> Value {
        let target = format!("TrentService.{action}");
        self.aws.json("kms", &target, ask).await.unwrap()
    }
}

fn unsigned(head: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(head), part(claims))
}
