//! One careful HTTP client for every vendor: host allow-list, timeouts, tokens, `Retry-After`.
//!
//! A [`Client`] holds connections and tokens; one a process, shared by all vendors and tenants. A [`Vendor`] is a client
//! that may ask certain hosts only and names itself in errors. An [`Ask`] is a request, which is either safe to repeat or
//! a side effect; what becomes of a lost answer depends on that and on nothing else.

mod answer;
mod api;
mod ask;
mod attempt;
mod client;
mod deadline;
mod errors;
mod hosts;
mod token;
mod vendor;
mod wait;
mod words;

pub use answer::Answer;
pub use api::Api;
pub use ask::{Ask, under};
pub use client::Client;
pub use deadline::{Deadline, Limits};
pub use hosts::Hosts;
pub use token::{By, Grant};
pub use vendor::Vendor;
pub use words::{Words, code, words};

#[cfg(test)]
mod tests;
