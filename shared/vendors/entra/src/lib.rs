//! Entra ID: people and one-time passes through Microsoft Graph, prompts through the MFA connector.

mod begin;
mod config;
mod graph;
mod guid;
mod handle;
mod mfa;
mod pass;
mod person;
mod reply;

pub use config::Config;

use vendor_http::Client;

/// A tenant's directory, and the prompts on its people's devices.
pub struct Entra {
    graph: graph::Graph,
    mfa: mfa::Connector,
}

impl Entra {
    /// The tenant in `config`, asked through `http`.
    #[must_use]
    pub fn new(config: Config, http: Client) -> Self {
        Self {
            graph: graph::Graph::new(&config, http.clone()),
            mfa: mfa::Connector::new(config, http),
        }
    }
}

#[cfg(test)]
mod tests;
