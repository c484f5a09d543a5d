//! Datto RMM: devices, and components that run on them.

mod component;
mod config;
mod device;
mod door;
mod handle;
mod run;

pub use config::Config;

use vendor_http::Client;

/// A Datto RMM account.
pub struct Datto {
    door: door::Door,
    owner_field: Option<String>,
}

impl Datto {
    /// The account in `config`, asked through `http`.
    #[must_use]
    pub fn new(config: Config, http: Client) -> Self {
        Self {
            owner_field: config.owner_field.clone(),
            door: door::Door::new(config, http),
        }
    }
}

#[cfg(test)]
mod tests;
