//! `deskhand`: brings Deskhand up on a laptop, plays its main job, and looks after it.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use deskhand_local::{
    Project, Result,
    commands::{
        bench, check, clients, doctor, down, endpoints_of_running, evaluate, logs, openapi, reset,
        status, train, up,
    },
    demo, keep_children,
};

/// Deskhand on a laptop. Without a command: bring everything up, play one password reset, stay up.
#[derive(Parser)]
#[command(name = "cargo run --", bin_name = "cargo run --")]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// The front door's port N; the vendor sandbox takes N+10, the local AWS N+20.
    #[arg(long, global = true, default_value_t = 8080)]
    port: u16,
    /// Another checkout than the one this was built from.
    #[arg(long, global = true, value_name = "DIRECTORY")]
    project: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Bring everything up and stay until Ctrl-C.
    Up {
        /// Come up in the background and return when up.
        #[arg(long)]
        detach: bool,
    },
    /// Stop what is up.
    Down,
    /// Play one password reset on what is up.
    Demo {
        /// Leave it to you to approve the push on the sandbox's page.
        #[arg(long)]
        manual: bool,
    },
    /// Say what is up and whether it answers.
    Status,
    /// Print what the functions wrote.
    Logs {
        /// One service only.
        service: Option<String>,
        /// Go on with what they write from now on.
        #[arg(long)]
        follow: bool,
    },
    /// Stop what is up and forget everything it held.
    Reset,
    /// Say what a deployment still needs.
    Doctor {
        /// A stack in the AWS account your credentials open; the local deployment where left out.
        #[arg(long)]
        stack: Option<String>,
    },
    /// Run what CI runs.
    Check,
    /// Build for release and say how fast functions start, beside one that does nothing.
    Bench,
    /// Make the classifier's model from the tickets in the repository.
    Train,
    /// Measure the classifier: its model on the held-out tickets, or what it learns from a public set.
    Evaluate {
        /// JSON with lists of [text, label] under train, val, test, `oos_train`, `oos_val`, `oos_test`.
        dataset: Option<PathBuf>,
    },
    /// Generate the typed clients from openapi.yaml.
    Clients,
    /// Write openapi.yaml, gateway.yaml and the documents beside them from the code.
    Openapi,
    /// Keep child processes and end them when standard input closes.
    #[command(hide = true)]
    Guard {
        /// The file that names them.
        #[arg(long)]
        processes: PathBuf,
        /// A directory to remove in the end.
        #[arg(long)]
        remove: Option<PathBuf>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("{cause}");
            ExitCode::from(cause.exit_code())
        }
    }
}

async fn run(options: Options) -> Result<()> {
    if let Some(Command::Guard { processes, remove }) = options.command {
        return keep_children(processes, remove.as_deref());
    }
    let given = options.project.as_deref();
    let project = Project::find(given)?;
    let up = up::Up {
        port: options.port,
        demo: options.command.is_none(),
        manual: false,
    };
    match options.command {
        None | Some(Command::Up { detach: false }) => up::stay(&project, given, up).await,
        Some(Command::Up { detach: true }) => up::detach(&project, given, up).await,
        Some(Command::Down) => down::down(&project).await,
        Some(Command::Demo { manual }) => demo::run(&endpoints_of_running(&project)?, manual).await,
        Some(Command::Status) => status::status(&project).await,
        Some(Command::Logs { service, follow }) => {
            logs::logs(&project, service.as_deref(), follow).await
        }
        Some(Command::Reset) => reset::reset(&project).await,
        Some(Command::Doctor { stack }) => doctor::doctor(&project, stack.as_deref()).await,
        Some(Command::Check) => check::check(&project).await,
        Some(Command::Bench) => bench::bench(&project).await,
        Some(Command::Train) => train::train(&project).await,
        Some(Command::Evaluate { dataset }) => evaluate::evaluate(&project, dataset).await,
        Some(Command::Clients) => clients::clients(&project).await,
        Some(Command::Openapi) => openapi::openapi(&project).await,
        Some(Command::Guard { .. }) => Ok(()),
    }
}
