//! The laptop: one command brings up Deskhand and plays its main job.
//!
//! [`Deployment::start`] builds the functions, starts the vendor sandbox and a local AWS on loopback, runs an unmodified `sam deploy`
//! of `template.yaml`, opens the front door and makes the example tenant. The launcher `deskhand` and the tests use the same door.

mod artifacts;
mod aws;
mod bring_up;
mod clients;
mod deploy;
mod deployment;
mod endpoints;
mod error;
mod fixture;
mod front_door;
mod function;
mod gateway;
mod guard;
mod logs;
mod machine;
mod machine_env;
mod place;
mod ports;
mod project;
mod say;
mod tenant;
mod tls;
mod venv;
mod warm;
mod xml;

pub mod commands;
pub mod demo;

pub use aws::{ACCOUNT, Aws, REGION, loopback};
pub use clients::{NPM, python_client, typescript_client};
pub use deployment::{Deployment, Options, STACK};
pub use endpoints::Endpoints;
pub use error::{Doing, Error, Result};
pub use fixture::{Fixture, Words};
pub use function::deployed;
pub use guard::keep as keep_children;
pub use logs::LogLine;
pub use place::{Holder, Place};
pub use ports::Ports;
pub use project::Project;
pub use say::Say;
pub use tenant::{SECOND_DOMAIN, put_vendor_secrets};
pub use venv::{python_with_requests, statelint};
pub use warm::{Warm, warm};
