//! `clients`: generates the typed clients from `openapi.yaml`.

use crate::{
    clients::{python_client, typescript_client},
    error::Result,
    project::Project,
    say::Say,
};

/// Writes both clients under the state directory and says where.
///
/// # Errors
/// When a generator cannot be installed or refuses the document.
pub async fn clients(project: &Project) -> Result<()> {
    let folder = project.state().join("clients");
    let say = Say::new(false);
    let python = folder.join("python");
    say.step(
        "generating the Python client",
        python_client(project, &python),
    )
    .await?;
    let typescript = folder.join("typescript");
    say.step(
        "generating the TypeScript client",
        typescript_client(project, &typescript),
    )
    .await?;
    println!(
        "{}\n{}",
        python.join("deskhand_client").display(),
        typescript.join("deskhand.ts").display()
    );
    Ok(())
}
