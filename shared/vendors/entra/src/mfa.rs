//! The port `ProvePresence`: the connector that the NPS extension speaks to. Microsoft does not document it.

use crate::begin::{begin, end};
use crate::graph::encoded;
use crate::guid::guid;
use crate::handle::Handle;
use crate::reply::{Reply, Verdict};
use crate::{Config, Entra};
use async_trait::async_trait;
use domain::{Answer, Person};
use ports::{Begun, CallError, PromptHandle, Proof, ProvePresence};
use vendor_http::{Ask, Client, Deadline, Grant, Hosts, Vendor, under};

/// Microsoft's application "Azure Multi-Factor Auth Client".
const CLIENT_ID: &str = "981f26a1-7f43-403b-a875-f8b09b8cd720";
const RESOURCE: &str =
    "https://adnotifications.windowsazure.com/StrongAuthenticationService.svc/Connector";

pub(crate) struct Connector {
    vendor: Vendor,
    begin_url: String,
    grant: Option<Grant>,
}

impl Connector {
    pub(crate) fn new(config: Config, http: Client) -> Self {
        let hosts = Hosts::of([config.mfa_url.as_str(), config.login_url.as_str()])
            .and_below("windowsazure.com")
            .and_below("auth.microsoft.com");
        let tenant = encoded(&config.tenant_id);
        let url = under(&config.login_url, &format!("{tenant}/oauth2/token"));
        Self {
            vendor: http.vendor("Entra MFA", hosts),
            begin_url: under(&config.mfa_url, "BeginTwoWayAuthentication"),
            grant: config.mfa_client_secret.map(|client_secret| Grant {
                url,
                client_id: CLIENT_ID.to_owned(),
                client_secret,
                by: vendor_http::By::Client,
                more: vec![("resource", RESOURCE.into()), ("scope", "openid".into())],
            }),
        }
    }

    /// The reply with this root. What is 2xx and no such reply is an answer that cannot be understood.
    async fn ask(&self, ask: &Ask, root: &str, by: Deadline) -> Result<Reply, CallError> {
        let Some(grant) = &self.grant else {
            return Err(self.vendor.misconfigured(
                "put mfa_client_secret, the secret of the tenant's service principal Azure Multi-Factor Auth Client, into \
                 the secret entra",
            ));
        };
        let answer = self
            .vendor
            .call_with(grant, ask, by)
            .await
            .map_err(explained)?;
        if !answer.is_success() {
            return Err(self.vendor.refusal(&answer, answer.words(&[], &[], &[])));
        }
        answer
            .text()
            .and_then(|text| Reply::read(root, text))
            .ok_or_else(|| self.vendor.garbled(ask))
    }
}

#[async_trait]
impl ProvePresence for Entra {
    async fn prompt(&self, person: &Person, context: &str) -> Result<Begun, CallError> {
        let mfa = &self.mfa;
        let context_id = guid(context);
        let ask = Ask::act(&mfa.begin_url).xml(&begin(&person.user_principal_name, &context_id));
        let root = "BeginTwoWayAuthenticationResponse";
        let reply = mfa.ask(&ask, root, mfa.vendor.writing()).await?;
        if !reply.is_begun() {
            return Ok(match reply.verdict() {
                Verdict::Answered(answer, reason) => Begun::Answered { answer, reason },
                Verdict::Pending => Begun::Answered {
                    answer: Answer::Failed,
                    reason: "AuthenticationPending".into(),
                },
            });
        }
        let (Some(session_id), Some(affinity_url)) = (reply.session_id, reply.affinity_url) else {
            return Err(mfa.vendor.garbled(&ask));
        };
        if let Err(error) = mfa.vendor.allows(&affinity_url) {
            return Err(mfa.vendor.unknown(format!("the prompt left, but {error}")));
        }
        let handle = Handle {
            session_id,
            context_id,
            affinity_url,
        };
        let handle = handle.to_port().ok_or_else(|| mfa.vendor.garbled(&ask))?;
        Ok(Begun::Prompted(handle))
    }

    async fn proof(&self, person_upn: &str, handle: &PromptHandle) -> Result<Proof, CallError> {
        let mfa = &self.mfa;
        let Some(handle) = Handle::of_port(handle) else {
            return Err(mfa
                .vendor
                .misconfigured("the prompt's handle is not one of ours"));
        };
        let ask = Ask::query(&handle.affinity_url).xml(&end(person_upn, &handle));
        let root = "EndTwoWayAuthenticationResponse";
        let reply = mfa.ask(&ask, root, mfa.vendor.reading()).await?;
        Ok(match reply.verdict() {
            Verdict::Pending => Proof::Pending,
            Verdict::Answered(answer, reason) => Proof::Answered { answer, reason },
        })
    }
}

/// Says what to do about the two refusals that a tenant's set-up runs into.
fn explained(error: CallError) -> CallError {
    match error {
        CallError::Misconfigured { vendor, message } => {
            let advice = if message.contains("AADSTS7000112") {
                "; enable the service principal 981f26a1-7f43-403b-a875-f8b09b8cd720 in the tenant"
            } else if message.contains("AADSTS500014") {
                "; enable the service principal 1f5530b3-261a-47a9-b357-ded261e17918 in the tenant"
            } else {
                ""
            };
            CallError::Misconfigured {
                vendor,
                message: message + advice,
            }
        }
        other => other,
    }
}
