//! What the launcher can be told to do, one file each.

pub mod bench;
pub mod check;
pub mod clients;
pub mod doctor;
pub mod down;
pub mod evaluate;
pub mod logs;
pub mod openapi;
pub mod reset;
pub mod status;
pub mod train;
pub mod up;

use crate::{
    endpoints::Endpoints,
    error::{Error, Result},
    place::Place,
    project::Project,
};

/// A person's own deployment: its place, whether or not it is up.
fn usual_place(project: &Project) -> Place {
    Place::at(project.state())
}

/// The endpoints of the deployment that is up.
///
/// # Errors
/// When none is.
pub fn endpoints_of_running(project: &Project) -> Result<Endpoints> {
    let place = usual_place(project);
    match place.holder() {
        Some(holder) if holder.ready => Endpoints::read(&place.endpoints()),
        Some(_) => Err(Error::Machine(
            "Deskhand is still coming up; `cargo run -- status` says when it is".to_owned(),
        )),
        None => Err(Error::Machine(
            "Deskhand is not up; start it with `cargo run`, or `cargo run -- up --detach`"
                .to_owned(),
        )),
    }
}
