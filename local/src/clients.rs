//! The typed clients that are generated from `openapi.yaml`. `local/clients/README.md` is for who uses them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{process::Command, time};

use crate::{
    error::{Doing, Error, Result},
    project::Project,
    venv,
};

/// Fetching a compiler over a slow line.
const PATIENCE: Duration = Duration::from_mins(10);

/// What fails where npm's registry is out of reach.
pub const NPM: &str = "installing the TypeScript client's tools from npm";

/// What the TypeScript client's generator is told, and the code that is compiled against what it writes.
const TYPESCRIPT: [&str; 4] = [
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "smoke.ts",
];

/// Generates the Python client as the package `deskhand_client` in `folder`, and says which Python has what it imports.
///
/// # Errors
/// When the generator cannot be installed, or has anything to say against the document.
pub async fn python_client(project: &Project, folder: &Path) -> Result<PathBuf> {
    let doing = "generating the Python client";
    let made = venv::PYTHON_CLIENT.ready(project.cache()).await?;
    fs::create_dir_all(folder).doing(doing)?;
    let mut generator = Command::new(made.program("openapi-python-client"));
    generator
        .args([
            "generate",
            "--meta",
            "none",
            "--overwrite",
            "--fail-on-warning",
            "--path",
        ])
        .arg(project.root().join("openapi.yaml"))
        .arg("--config")
        .arg(project.root().join("local/clients/python/generator.yaml"))
        .arg("--output-path")
        .arg(folder.join("deskhand_client"));
    run(doing, generator).await?;
    Ok(made.program("python"))
}

/// Generates the TypeScript client as `deskhand.ts` in `folder`, and compiles `local/clients/typescript/smoke.ts` against it.
///
/// # Errors
/// When the tools cannot be installed, or the generator or the compiler refuses.
pub async fn typescript_client(project: &Project, folder: &Path) -> Result<()> {
    let doing = "generating the TypeScript client";
    let made = venv::NODE.ready(project.cache()).await?;
    fs::create_dir_all(folder).doing(doing)?;
    let from = project.root().join("local/clients/typescript");
    for name in TYPESCRIPT {
        fs::copy(from.join(name), folder.join(name)).doing(doing)?;
    }
    let mut npm = Command::new(made.program("npm"));
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--fetch-retries=1",
        "--fetch-timeout=30000",
    ]);
    npm.current_dir(folder);
    run(NPM, npm).await?;

    let mut generator = Command::new(made.program("node"));
    generator
        .arg("node_modules/openapi-typescript/bin/cli.js")
        .arg(project.root().join("openapi.yaml"))
        .args(["--output", "deskhand.ts"])
        .current_dir(folder);
    run(doing, generator).await?;

    let mut compiler = Command::new(made.program("node"));
    compiler
        .args(["node_modules/typescript/bin/tsc", "--project", "."])
        .current_dir(folder);
    run("compiling against the TypeScript client", compiler).await
}

/// Runs `command` to its end; what it said is in the error.
async fn run(doing: &str, mut command: Command) -> Result<()> {
    let ended = command.stdin(Stdio::null()).kill_on_drop(true).output();
    let output = time::timeout(PATIENCE, ended)
        .await
        .doing(doing)?
        .doing(doing)?;
    if output.status.success() {
        return Ok(());
    }
    let (told, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    Err(Error::failed(
        doing,
        format!("{}: {} {}", output.status, told.trim(), complained.trim()),
    ))
}
