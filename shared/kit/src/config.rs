//! What the deployment tells a function, read once.

use crate::Error;
use store::Limits;

/// What the deployment tells a function.
#[derive(Debug, Clone)]
pub struct Config {
    /// The stack's name, which every resource's name begins with.
    pub stack: String,
    /// Where the API answers, without a trailing slash.
    pub public_base_url: String,
    /// `local` on a laptop, anything else in AWS.
    pub environment: String,
    /// The key that seals credentials and task tokens.
    pub seal_key: String,
    /// The prefix of our state machines' ARNs, ending in `stateMachine:<stack>-`.
    pub machine_prefix: String,
    /// The region.
    pub region: String,
    /// Where the SDK sends its calls, when not to AWS.
    pub endpoint: Option<String>,
    /// The operation this process answers.
    pub handler: String,
    /// The service it belongs to.
    pub service: &'static str,
    /// Requests an hour of one caller.
    pub limits: Limits,
    /// Requests an hour from one network address without a credential.
    pub address_limit: u64,
    /// Requests a minute of one tenant to one service.
    pub service_limit: u64,
}

impl Config {
    /// Reads the environment of a function of `service`.
    ///
    /// # Errors
    /// When something every function needs is not set.
    pub fn from_env(service: &'static str) -> Result<Self, Error> {
        let limit = |name: &'static str| {
            let text = get(name).ok_or(Error::Unset(name))?;
            text.parse().map_err(|_| Error::NoNumber(name))
        };
        let need = |name: &'static str| get(name).ok_or(Error::Unset(name));
        Ok(Self {
            stack: need("STACK")?,
            public_base_url: need("PUBLIC_BASE_URL")?.trim_end_matches('/').to_owned(),
            environment: need("DEPLOYMENT")?,
            seal_key: need("SEAL_KEY")?,
            machine_prefix: need("MACHINE_PREFIX")?,
            region: need("AWS_REGION")?,
            endpoint: get("AWS_ENDPOINT_URL"),
            handler: need("_HANDLER")?,
            service,
            limits: Limits {
                user: limit("LIMIT_USER")?,
                admin: limit("LIMIT_ADMIN")?,
            },
            address_limit: limit("LIMIT_ADDRESS")?,
            service_limit: limit("LIMIT_SERVICE")?,
        })
    }

    /// A setting that only some functions have.
    #[must_use]
    pub fn setting(name: &'static str) -> Option<String> {
        get(name)
    }

    /// A queue's URL, from the environment of the functions that send to it.
    ///
    /// # Errors
    /// When this function may not send to that queue.
    pub fn queue_url(name: &'static str) -> Result<String, Error> {
        get(name).ok_or(Error::Unset(name))
    }

    /// The credentials that Lambda gave this process.
    pub(crate) fn credentials() -> Result<(String, String, Option<String>), Error> {
        let need = |name: &'static str| get(name).ok_or(Error::Unset(name));
        Ok((
            need("AWS_ACCESS_KEY_ID")?,
            need("AWS_SECRET_ACCESS_KEY")?,
            get("AWS_SESSION_TOKEN"),
        ))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
