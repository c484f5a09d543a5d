//! The accounts service: tenants, people, their sign-ins, roles and API keys.
//!
//! `people.rs` makes a user, `sign_in.rs` checks a name and password, `session.rs` opens and ends sessions and makes their
//! tokens; `new_tenant.rs` makes an organization, `organization.rs` finds the one that a path names, `suspension.rs` shuts
//! and opens its gates; `page.rs` makes the pages a browser shows, `company.rs` and `federated.rs` sign people in with their
//! company; the operations stand beside them, one file each.

mod accept_invitation;
mod api_key;
mod assign_role;
mod catalogue;
mod company;
mod create_key;
mod create_organization;
mod create_tenant;
mod create_token;
mod create_user;
mod cut_keys;
mod delete_key;
mod delete_policy;
mod delete_user;
mod end_login;
mod federated;
mod finish_oidc;
mod get_account_page;
mod get_classification_rules;
mod get_invitation;
mod get_key;
mod get_key_usage;
mod get_login;
mod get_me;
mod get_organization;
mod get_policy;
mod get_user;
mod identity;
mod invitation;
mod invite_member;
mod key_rules;
mod key_view;
mod list_keys;
mod list_members;
mod list_organizations;
mod list_roles;
mod list_users;
mod listing;
mod login;
mod logout;
mod names;
mod new_tenant;
mod number;
mod organization;
mod page;
mod people;
mod policy;
mod policy_document;
mod refresh_token;
mod register;
mod removal;
mod remove_member;
mod request_verification;
mod resume_organization;
mod resume_tenant;
mod revoke_role;
mod roles;
mod rotate_key;
mod rules;
mod rules_document;
mod session;
mod sign_in;
mod start_oidc;
mod submit_login;
mod suspend_organization;
mod suspend_tenant;
mod suspension;
mod tagged;
mod update_classification_rules;
mod update_key;
mod update_organization;
mod update_policy;
mod update_user;
mod user_filter;
mod users;
mod verification;
mod verify_email;
mod webhook_sources;

use kit::{Operation, Service};
use utoipa_axum::{router::OpenApiRouter, routes};

/// What this service can do.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "accounts",
        operations: [sessions(), pages(), keys(), users(), organizations()].concat(),
    }
}

/// Signing in and out.
fn sessions() -> Vec<Operation> {
    vec![
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
    ]
}

/// Signing in and out with a browser, with a password or with the company.
fn pages() -> Vec<Operation> {
    vec![
        Operation::http("get_login", || {
            OpenApiRouter::new().routes(routes!(get_login::get_login))
        }),
        Operation::http("submit_login", || {
            OpenApiRouter::new().routes(routes!(submit_login::submit_login))
        }),
        Operation::http("end_login", || {
            OpenApiRouter::new().routes(routes!(end_login::end_login))
        }),
        Operation::http("get_account_page", || {
            OpenApiRouter::new().routes(routes!(get_account_page::get_account_page))
        }),
        Operation::http("start_oidc", || {
            OpenApiRouter::new().routes(routes!(start_oidc::start_oidc))
        }),
        Operation::http("finish_oidc", || {
            OpenApiRouter::new().routes(routes!(finish_oidc::finish_oidc))
        }),
    ]
}

/// API keys.
fn keys() -> Vec<Operation> {
    vec![
        Operation::http("create_key", || {
            OpenApiRouter::new().routes(routes!(create_key::create_key))
        }),
        Operation::http("list_keys", || {
            OpenApiRouter::new().routes(routes!(list_keys::list_keys))
        }),
        Operation::http("get_key", || {
            OpenApiRouter::new().routes(routes!(get_key::get_key))
        }),
        Operation::http("update_key", || {
            OpenApiRouter::new().routes(routes!(update_key::update_key))
        }),
        Operation::http("delete_key", || {
            OpenApiRouter::new().routes(routes!(delete_key::delete_key))
        }),
        Operation::http("get_key_usage", || {
            OpenApiRouter::new().routes(routes!(get_key_usage::get_key_usage))
        }),
        Operation::http("rotate_key", || {
            OpenApiRouter::new().routes(routes!(rotate_key::rotate_key))
        }),
    ]
}

/// Users and their roles.
fn users() -> Vec<Operation> {
    vec![
        Operation::http("list_users", || {
            OpenApiRouter::new().routes(routes!(list_users::list_users))
        }),
        Operation::http("get_user", || {
            OpenApiRouter::new().routes(routes!(get_user::get_user))
        }),
        Operation::http("create_user", || {
            OpenApiRouter::new().routes(routes!(create_user::create_user))
        }),
        Operation::http("update_user", || {
            OpenApiRouter::new().routes(routes!(update_user::update_user, update_user::patch_user))
        }),
        Operation::http("delete_user", || {
            OpenApiRouter::new().routes(routes!(delete_user::delete_user))
        }),
        Operation::http("list_roles", || {
            OpenApiRouter::new().routes(routes!(list_roles::list_roles))
        }),
        Operation::http("assign_role", || {
            OpenApiRouter::new().routes(routes!(assign_role::assign_role))
        }),
        Operation::http("revoke_role", || {
            OpenApiRouter::new().routes(routes!(revoke_role::revoke_role))
        }),
        Operation::http("request_verification", || {
            OpenApiRouter::new().routes(routes!(request_verification::request_verification))
        }),
        Operation::http("verify_email", || {
            OpenApiRouter::new().routes(routes!(
                verify_email::show_verify_email,
                verify_email::verify_email
            ))
        }),
    ]
}

/// Organizations and who belongs to them.
fn organizations() -> Vec<Operation> {
    vec![
        Operation::http("list_organizations", || {
            OpenApiRouter::new().routes(routes!(list_organizations::list_organizations))
        }),
        Operation::http("get_organization", || {
            OpenApiRouter::new().routes(routes!(get_organization::get_organization))
        }),
        Operation::http("create_organization", || {
            OpenApiRouter::new().routes(routes!(create_organization::create_organization))
        }),
        Operation::http("update_organization", || {
            OpenApiRouter::new().routes(routes!(update_organization::update_organization))
        }),
        Operation::http("get_policy", || {
            OpenApiRouter::new().routes(routes!(get_policy::get_policy))
        }),
        Operation::http("delete_policy", || {
            OpenApiRouter::new().routes(routes!(delete_policy::delete_policy))
        }),
        Operation::http("update_policy", || {
            OpenApiRouter::new().routes(routes!(update_policy::update_policy))
        }),
        Operation::http("get_classification_rules", || {
            OpenApiRouter::new().routes(routes!(get_classification_rules::get_classification_rules))
        }),
        Operation::http("update_classification_rules", || {
            OpenApiRouter::new().routes(routes!(
                update_classification_rules::update_classification_rules
            ))
        }),
        Operation::http("suspend_organization", || {
            OpenApiRouter::new().routes(routes!(suspend_organization::suspend_organization))
        }),
        Operation::http("resume_organization", || {
            OpenApiRouter::new().routes(routes!(resume_organization::resume_organization))
        }),
        Operation::http("list_members", || {
            OpenApiRouter::new().routes(routes!(list_members::list_members))
        }),
        Operation::http("invite_member", || {
            OpenApiRouter::new().routes(routes!(invite_member::invite_member))
        }),
        Operation::http("remove_member", || {
            OpenApiRouter::new().routes(routes!(remove_member::remove_member))
        }),
        Operation::http("get_invitation", || {
            OpenApiRouter::new().routes(routes!(get_invitation::get_invitation))
        }),
        Operation::http("accept_invitation", || {
            OpenApiRouter::new().routes(routes!(accept_invitation::accept_invitation))
        }),
        Operation::invoke("create_tenant", create_tenant::create_tenant),
        Operation::invoke("suspend_tenant", suspend_tenant::suspend_tenant),
        Operation::invoke("resume_tenant", resume_tenant::resume_tenant),
    ]
}
