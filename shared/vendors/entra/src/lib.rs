//! Entra ID: people, accounts, groups, licences and ways back in through Microsoft Graph, prompts through the MFA connector.

mod account;
mod begin;
mod config;
mod graph;
mod group;
mod guid;
mod handle;
mod licence;
mod methods;
mod mfa;
mod pass;
mod person;
mod reply;
mod rights;

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
