//! Twilio: text messages.

mod config;
mod message;
mod sms;

pub use config::Config;
pub use sms::Twilio;

#[cfg(test)]
mod tests;
