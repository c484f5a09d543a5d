//! A company's own sign-in: any OIDC issuer, by its metadata.

mod config;
mod issuer;
mod shelf;

pub use config::Config;
pub use issuer::{Begin, Oidc};

#[cfg(test)]
mod tests;
