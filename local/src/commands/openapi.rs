//! `openapi`: writes `openapi.yaml`, `gateway.yaml` and the documents beside them from the code.

use std::process::Stdio;

use tokio::process::Command;

use crate::{
    error::{Doing, Error, Result},
    project::Project,
};

/// Runs the project's own generator, which knows every service; the launcher does not.
///
/// # Errors
/// When the services clash or a file cannot be written; cargo and the generator say which.
pub async fn openapi(project: &Project) -> Result<()> {
    let doing = "writing openapi.yaml and gateway.yaml";
    let ended = Command::new("cargo")
        .args(["run", "--quiet", "--package", "documents"])
        .current_dir(project.root())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .doing(doing)?;
    if ended.success() {
        return Ok(());
    }
    Err(Error::failed(doing, format!("{ended}; see above")))
}
