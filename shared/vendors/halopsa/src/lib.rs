//! HaloPSA: reads tickets back, sets the field that says a playbook may act, writes private notes.

mod config;
mod door;
mod html;
mod note;
mod psa;
mod ticket;

pub use config::Config;
pub use psa::Halo;

#[cfg(test)]
mod tests;
