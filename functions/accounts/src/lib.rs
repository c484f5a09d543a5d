//! The accounts service: tenants, people, their sign-ins, roles and API keys.
//!
//! `people.rs` makes a user, `sign_in.rs` checks a name and password, `session.rs` opens and ends sessions and makes their
//! tokens; the operations stand beside them, one file each.

mod api_key;
mod catalogue;
mod create_tenant;
mod create_token;
mod get_me;
mod identity;
mod login;
mod logout;
mod names;
mod people;
mod refresh_token;
mod register;
mod session;
mod sign_in;
mod webhook_sources;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "accounts",
        operations: vec![
            Operation::http("create_token", || {
                OpenApiRouter::new().routes(routes!(create_token::create_token))
            }),
            Operation::http("refresh_token", || {
                OpenApiRouter::new().routes(routes!(refresh_token::refresh_token))
            }),
            Operation::http("logout", || {
                OpenApiRouter::new().routes(routes!(logout::logout))
            }),
            Operation::http("register", || {
                OpenApiRouter::new().routes(routes!(register::register))
            }),
            Operation::http("login", || {
                OpenApiRouter::new().routes(routes!(login::login))
            }),
            Operation::http("get_me", || {
                OpenApiRouter::new().routes(routes!(get_me::get_me))
            }),
            Operation::invoke("create_tenant", create_tenant::create_tenant),
        ],
    }
}
