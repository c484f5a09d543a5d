//! `down`: stop what is up.

use std::time::{Duration, Instant};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::time;

use super::usual_place;
use crate::{
    error::{Doing, Error, Result},
    guard,
    project::Project,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Stops the deployment of `project`, and whatever a crashed launcher left behind.
///
/// # Errors
/// When it does not end.
pub async fn down(project: &Project) -> Result<()> {
    let place = usual_place(project);
    let Some(holder) = place.holder() else {
        guard::sweep(&place.processes());
        println!("Nothing is up.");
        return Ok(());
    };
    let doing = format!("stopping the launcher, process {}", holder.pid);
    let pid = i32::try_from(holder.pid).doing(doing.clone())?;
    kill(Pid::from_raw(pid), Signal::SIGTERM).doing(doing.clone())?;
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if place.holder().is_none() {
            println!("Stopped.");
            return Ok(());
        }
        time::sleep(Duration::from_millis(100)).await;
    }
    let why = format!("it is still there after {} s", PATIENCE.as_secs());
    Err(Error::failed(doing, why))
}
