//! The vendor sandbox: HaloPSA, Microsoft Graph, the Entra MFA connector, Twilio, an OIDC issuer, NinjaOne, Datto RMM and Amazon Bedrock on
//! one port.
//!
//! It speaks their wire formats, keeps state, records every call, lets a person act and injects faults. What belongs to a vendor
//! lives under that vendor's prefix; what belongs to the sandbox itself lives under `/_sandbox`.

mod bedrock;
mod calls;
mod clock;
mod control;
mod credentials;
mod datto;
mod door;
mod entra_mfa;
mod faults;
mod fleet;
mod forms;
mod graph;
mod groups;
mod halopsa;
mod licences;
mod login;
mod ninjaone;
mod oidc;
mod page;
mod past;
mod people;
mod seed;
mod tokens;
mod twilio;
mod wire;
mod world;

#[cfg(test)]
mod tests;

use std::io;

use axum::{Router, middleware};
use tokio::net::TcpListener;

pub use credentials::*;
pub use seed::{
    LICENCE_FREE, LICENCE_FULL, LICENCE_OF_GROUP, SEED, SEED_GROUPS, SeedGroup, SeedPerson,
};

use wire::{Wire, Wires};
use world::World;

/// Answers on `listener` until the process ends.
///
/// # Errors
/// When the client for outgoing webhooks cannot be built or the listener fails.
pub async fn serve(listener: TcpListener) -> io::Result<()> {
    let doors = doors(World::new()?).into_make_service_with_connect_info::<Wire>();
    axum::serve(Wires(listener), doors).await
}

fn doors(world: World) -> Router {
    Router::new()
        .merge(halopsa::routes())
        .merge(login::routes())
        .merge(graph::routes())
        .merge(entra_mfa::routes())
        .merge(twilio::routes())
        .merge(oidc::routes())
        .merge(ninjaone::routes())
        .merge(datto::routes())
        .merge(bedrock::routes())
        .layer(middleware::from_fn_with_state(world.clone(), door::record))
        .merge(control::routes())
        .merge(page::routes())
        .with_state(world)
}
