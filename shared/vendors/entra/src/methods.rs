//! The port `SignInMethods`: what people can register anew.

use crate::Entra;
use crate::graph::{About, Page};
use async_trait::async_trait;
use domain::UserId;
use ports::{CallError, MethodKind, SignInMethod, SignInMethods};
use serde::Deserialize;

const LIST: About = About::of("user", "UserAuthenticationMethod.Read.All");
const AUTHENTICATOR: About = About::of("method", "UserAuthMethod-MicrosoftAuthApp.ReadWrite.All");
const PHONE: About = About::of("method", "UserAuthMethod-Phone.ReadWrite.All");
const OATH: About = About::of("method", "UserAuthMethod-SoftwareOATH.ReadWrite.All");
const KEY: About = About::of("method", "UserAuthMethod-Passkey.ReadWrite.All");
const EMAIL: About = About::of("method", "UserAuthMethod-Email.ReadWrite.All");

#[derive(Deserialize)]
struct Method {
    #[serde(rename = "@odata.type")]
    kind: String,
    id: String,
}

#[async_trait]
impl SignInMethods for Entra {
    async fn methods(&self, user: &UserId) -> Result<Vec<SignInMethod>, CallError> {
        let graph = &self.graph;
        let path = format!(
            "users/{}/authentication/methods",
            graph.segment(user.as_str(), LIST)?
        );
        let by = graph.vendor().reading();
        let page: Page<Method> = graph.read(&path, LIST, by).await?;
        Ok(page.value.into_iter().filter_map(Method::read).collect())
    }

    async fn delete_method(
        &self,
        user: &UserId,
        method: &SignInMethod,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let (kind, about) = match method.kind {
            MethodKind::Authenticator => ("microsoftAuthenticatorMethods", AUTHENTICATOR),
            MethodKind::Phone => ("phoneMethods", PHONE),
            MethodKind::SoftwareOath => ("softwareOathMethods", OATH),
            MethodKind::SecurityKey => ("fido2Methods", KEY),
            MethodKind::Email => ("emailMethods", EMAIL),
        };
        let graph = &self.graph;
        graph
            .remove_method(user, (kind, &method.id), client_request_id, about)
            .await
    }
}

impl Method {
    fn read(self) -> Option<SignInMethod> {
        let kind = match self.kind.strip_prefix("#microsoft.graph.")? {
            "microsoftAuthenticatorAuthenticationMethod" => MethodKind::Authenticator,
            "phoneAuthenticationMethod" => MethodKind::Phone,
            "softwareOathAuthenticationMethod" => MethodKind::SoftwareOath,
            "fido2AuthenticationMethod" => MethodKind::SecurityKey,
            "emailAuthenticationMethod" => MethodKind::Email,
            _ => return None,
        };
        Some(SignInMethod { id: self.id, kind })
    }
}
