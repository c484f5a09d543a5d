//! `check`: exactly what CI runs, in its order, each part with its time.

use std::{path::PathBuf, process::Stdio, time::Instant};

use tokio::process::Command;

use crate::{
    error::{Doing, Error, Result},
    machine,
    project::Project,
    say::Say,
    venv,
};

/// One command line, and what it looks at.
struct Part {
    heading: &'static str,
    program: Program,
    args: &'static str,
    env: &'static [(&'static str, &'static str)],
}

#[derive(Clone, Copy)]
enum Program {
    Cargo,
    Sam,
}

const PARTS: [Part; 6] = [
    Part {
        heading: "formatting",
        program: Program::Cargo,
        args: "fmt --all --check",
        env: &[],
    },
    Part {
        heading: "lints",
        program: Program::Cargo,
        args: "clippy --workspace --all-targets -- -D warnings",
        env: &[],
    },
    Part {
        heading: "documentation",
        program: Program::Cargo,
        // Only libraries: a service's binary has the name of the crate it uses, and both would be written to one place.
        args: "doc --workspace --no-deps --lib",
        env: &[("RUSTDOCFLAGS", "-D warnings")],
    },
    Part {
        heading: "generated files",
        program: Program::Cargo,
        args: "run --quiet --package documents -- check",
        env: &[],
    },
    Part {
        heading: "template",
        program: Program::Sam,
        args: "validate --lint --region us-east-1 --template template.yaml",
        env: &[("SAM_CLI_TELEMETRY", "0")],
    },
    Part {
        heading: "tests",
        program: Program::Cargo,
        args: "test --workspace",
        env: &[],
    },
];

/// Runs every part and stops at the first that fails.
///
/// # Errors
/// Names the part that failed.
pub async fn check(project: &Project) -> Result<()> {
    let mut times = Vec::new();
    for part in PARTS {
        let begun = Instant::now();
        part.run(project).await?;
        times.push((part.heading, begun.elapsed()));
    }
    println!("\nAll parts passed:");
    for (heading, took) in times {
        println!("  {heading:<16} {:6.1} s", took.as_secs_f32());
    }
    Ok(())
}

impl Part {
    async fn run(&self, project: &Project) -> Result<()> {
        let (name, program) = self.program.find(project).await?;
        println!("\n== {}: {name} {}", self.heading, self.args);
        let doing = format!("check, {}", self.heading);
        let ended = Command::new(program)
            .args(self.args.split(' '))
            .envs(self.env.iter().copied())
            .current_dir(project.root())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .status()
            .await
            .doing(doing.clone())?;
        if ended.success() {
            return Ok(());
        }
        Err(Error::failed(doing, format!("{ended}; see above")))
    }
}

impl Program {
    async fn find(self, project: &Project) -> Result<(&'static str, PathBuf)> {
        match self {
            Self::Cargo => Ok(("cargo", "cargo".into())),
            Self::Sam => {
                machine::must_have_python("python3")?;
                let (_, sam) = venv::both(project.cache(), Say::new(false)).await?;
                Ok(("sam", sam.program("sam")))
            }
        }
    }
}
