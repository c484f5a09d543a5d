//! The typed clients that are generated from `openapi.yaml`. `local/clients/README.md` is for who uses them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
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
    let document = folder.join("openapi.yaml");
    let read = fs::read_to_string(project.root().join("openapi.yaml")).doing(doing)?;
    fs::write(&document, in_one_form(&read).doing(doing)?).doing(doing)?;
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
        .arg(&document)
        .arg("--config")
        .arg(project.root().join("local/clients/python/generator.yaml"))
        .arg("--output-path")
        .arg(folder.join("deskhand_client"));
    run(doing, generator).await?;
    Ok(made.program("python"))
}

/// The document with one form for each request's body: where JSON is taken, it is sent as JSON. The Python generator knows no
/// other text, such as a playbook's YAML.
fn in_one_form(document: &str) -> io::Result<String> {
    let mut document: Value = yaml_serde::from_str(document).map_err(io::Error::other)?;
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.filter_map(|(_, path)| path.as_object_mut()).flatten();
    for (_, operation) in operations {
        let forms = operation.pointer_mut("/requestBody/content");
        if let Some(forms) = forms.and_then(Value::as_object_mut)
            && forms.contains_key("application/json")
        {
            forms.retain(|form, _| form == "application/json");
        }
    }
    yaml_serde::to_string(&document).map_err(io::Error::other)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_may_be_json_is_json_alone() {
        let body = |forms: &str| {
            format!("paths:\n  /a:\n    post:\n      requestBody:\n        content: {forms}\n")
        };
        let told = |forms: &str| {
            let document: Value =
                yaml_serde::from_str(&in_one_form(&body(forms)).unwrap()).unwrap();
            let forms = document["paths"]["/a"]["post"]["requestBody"]["content"].clone();
            forms
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect::<Vec<_>>()
        };
        assert_eq!(
            told("{application/json: {}, application/yaml: {}}"),
            ["application/json"]
        );
        assert_eq!(told("{text/plain: {}}"), ["text/plain"]);
    }
}
