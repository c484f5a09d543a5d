//! `check`: exactly what CI runs, in its order, each part with its time.

use std::time::{Duration, Instant};

use tokio::process::Command;

use crate::{
    error::{Doing, Error, Result},
    machine,
    project::Project,
    venv,
};

/// One part of the check: a heading and a cargo command line.
type Part = (&'static str, &'static [&'static str]);

const PARTS: [Part; 4] = [
    ("formatting", &["fmt", "--all", "--check"]),
    (
        "lints",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    ),
    (
        "documentation",
        &[
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ],
    ),
    ("tests", &["test", "--workspace"]),
];

/// Runs every part and stops at the first that fails.
///
/// # Errors
/// Names the part that failed.
pub async fn check(project: &Project) -> Result<()> {
    let mut times = Vec::new();
    for (heading, args) in PARTS {
        let begun = Instant::now();
        println!("\n== {heading}: cargo {}", args.join(" "));
        let mut cargo = Command::new("cargo");
        cargo
            .args(args)
            .current_dir(project.root())
            .kill_on_drop(true);
        if heading == "documentation" {
            cargo.env("RUSTDOCFLAGS", "-D warnings");
        }
        run(heading, cargo).await?;
        times.push((heading, begun.elapsed()));
    }
    let begun = Instant::now();
    println!("\n== template: sam validate --lint");
    validate_template(project).await?;
    times.push(("template", begun.elapsed()));
    summarise(&times);
    Ok(())
}

async fn validate_template(project: &Project) -> Result<()> {
    machine::must_have_python("python3")?;
    let sam = venv::SAM.ready(project.cache()).await?;
    let mut validate = Command::new(sam.program("sam"));
    validate
        .args([
            "validate",
            "--lint",
            "--region",
            "us-east-1",
            "--template",
            "template.yaml",
        ])
        .env("SAM_CLI_TELEMETRY", "0")
        .current_dir(project.root())
        .kill_on_drop(true);
    run("template", validate).await
}

async fn run(part: &str, mut command: Command) -> Result<()> {
    let doing = format!("check, {part}");
    let ended = command.status().await.doing(doing.clone())?;
    if ended.success() {
        return Ok(());
    }
    Err(Error::failed(doing, format!("{ended}; see above")))
}

fn summarise(times: &[(&str, Duration)]) {
    println!("\nAll parts passed:");
    for (part, took) in times {
        println!("  {part:<14} {:6.1} s", took.as_secs_f32());
    }
}
