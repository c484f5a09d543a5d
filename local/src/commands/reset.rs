//! `reset`: stop what is up and forget everything it held.

use std::fs;

use super::{down, usual_place};
use crate::{
    error::{Doing, Result},
    project::Project,
};

/// Stops the deployment and removes its files. Builds and virtualenvs stay.
///
/// # Errors
/// When it does not end or a file cannot be removed.
pub async fn reset(project: &Project) -> Result<()> {
    down::down(project).await?;
    let directory = usual_place(project).directory().to_owned();
    if directory.exists() {
        fs::remove_dir_all(&directory).doing(format!("removing {}", directory.display()))?;
    }
    println!("Emptied. `cargo run` begins afresh.");
    Ok(())
}
