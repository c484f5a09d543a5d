//! NinjaOne: devices, and scripts that run on them.

mod activity;
mod config;
mod device;
mod door;
mod handle;
mod line;
mod run;
mod script;

pub use config::Config;

use vendor_http::Client;

/// A NinjaOne account.
pub struct NinjaOne {
    door: door::Door,
    run_as: String,
}

impl NinjaOne {
    /// The account in `config`, asked through `http`.
    #[must_use]
    pub fn new(config: Config, http: Client) -> Self {
        Self {
            run_as: config.run_as.clone(),
            door: door::Door::new(config, http),
        }
    }
}

#[cfg(test)]
mod tests;
