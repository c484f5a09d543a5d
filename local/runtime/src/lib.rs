//! Lambda's Runtime API for one invocation, or for many of one process.
//!
//! [`run`] starts a function's binary as Lambda does, with a cleared environment and an address to ask for work, hands it one event, takes
//! what it answers and ends it. [`warm`] hands it the same event again and again. The binary is the deployed one: nothing in it knows that this is no Lambda.

mod door;
mod output;

use std::{
    collections::BTreeMap,
    fs, io, iter,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::{Duration, Instant},
};

use door::{Door, Told};
use output::Output;
use serde_json::Value;
use tokio::{process::Command, time};

/// A function as it is deployed, and the binary it is.
#[derive(Clone)]
pub struct Function {
    /// The binary.
    pub program: PathBuf,
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    pub name: String,
    /// `_HANDLER`.
    pub handler: String,
    /// `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`. It is told to the function and not enforced.
    pub memory_mb: u32,
    /// Everything else it finds in its environment: the template's variables, region, credentials.
    pub environment: BTreeMap<String, String>,
}

/// One invocation from the start of the process to its first answer.
#[derive(Debug)]
pub struct Run {
    /// What it answered.
    pub answer: Answer,
    /// From the start of the process until its answer was here.
    pub took: Duration,
    /// The most memory it held until then, in KiB (`VmHWM`).
    pub peak_memory_kb: u64,
    /// The end of what it wrote to standard output and standard error.
    pub log: String,
}

/// Many invocations of one process.
#[derive(Debug)]
pub struct Warmed {
    /// Each of them.
    pub invocations: Vec<Invocation>,
    /// The end of what it wrote to standard output and standard error.
    pub log: String,
}

/// One of many invocations of a process.
#[derive(Debug)]
pub struct Invocation {
    /// What it answered.
    pub answer: Answer,
    /// When it took the event.
    pub handed: Instant,
    /// When its answer was here.
    pub answered: Instant,
}

/// What a function answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Its result.
    Good(Value),
    /// Its error, with `errorType` and `errorMessage`.
    Bad(Value),
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No port could be opened.
    #[error("the Runtime API could not open a port on loopback")]
    Port(#[source] io::Error),
    /// The binary cannot be run.
    #[error("{} cannot be run; build it first", .0.display())]
    Program(PathBuf, #[source] io::Error),
    /// The function says that it cannot start.
    #[error("the function did not start: {told}; it wrote: {log}")]
    Init {
        /// Its error.
        told: Value,
        /// The end of what it wrote.
        log: String,
    },
    /// The process ended before it answered.
    #[error("the function ended before it answered ({status}); it wrote: {log}")]
    Ended {
        /// How it ended.
        status: ExitStatus,
        /// The end of what it wrote.
        log: String,
    },
    /// No answer in time.
    #[error("the function did not answer within {patience:?}; it wrote: {log}")]
    Late {
        /// How long it had.
        patience: Duration,
        /// The end of what it wrote.
        log: String,
    },
    /// The process cannot be watched or ended.
    #[error("the function's process cannot be watched")]
    Process(#[source] io::Error),
}

/// Starts `function`, hands it `event` and ends it once it has answered, or after `patience`.
///
/// # Errors
/// When it cannot be started, ends, or does not answer in time. An error that the function itself answers with is an [`Answer::Bad`].
pub async fn run(function: &Function, event: &Value, patience: Duration) -> Result<Run, Error> {
    let mut door = Door::open(&function.name, iter::once(event), patience)
        .await
        .map_err(Error::Port)?;
    let begun = Instant::now();
    let mut child = command(function, &door.address())
        .spawn()
        .map_err(|cause| Error::Program(function.program.clone(), cause))?;
    let output = Output::of(&mut child);
    let told = tokio::select! {
        biased;
        told = time::timeout(patience, door.told()) => Ok(told),
        ended = child.wait() => Err(ended),
    };
    let peak_memory_kb = child.id().map_or(0, peak_memory_kb);
    if told.is_ok() {
        child.kill().await.map_err(Error::Process)?;
    }
    let log = output.end().await;
    let (told, at) = match told {
        Ok(Ok(told)) => told,
        Ok(Err(_)) => return Err(Error::Late { patience, log }),
        Err(ended) => {
            let status = ended.map_err(Error::Process)?;
            return Err(Error::Ended { status, log });
        }
    };
    let answer = answer(told).map_err(|told| Error::Init {
        told,
        log: log.clone(),
    })?;
    Ok(Run {
        answer,
        took: at.duration_since(begun),
        peak_memory_kb,
        log,
    })
}

/// Starts `function`, hands it `event` as often as `times` says, each time when it has answered the last, and ends it. `patience`
/// is for each answer.
///
/// # Errors
/// As [`run`].
pub async fn warm(
    function: &Function,
    event: &Value,
    times: usize,
    patience: Duration,
) -> Result<Warmed, Error> {
    let events = iter::repeat_n(event, times);
    let mut door = Door::open(&function.name, events, patience)
        .await
        .map_err(Error::Port)?;
    let mut child = command(function, &door.address())
        .spawn()
        .map_err(|cause| Error::Program(function.program.clone(), cause))?;
    let output = Output::of(&mut child);
    let mut invocations = Vec::with_capacity(times);
    while invocations.len() < times {
        let told = tokio::select! {
            biased;
            told = time::timeout(patience, door.told()) => told,
            ended = child.wait() => {
                let status = ended.map_err(Error::Process)?;
                return Err(Error::Ended { status, log: output.end().await });
            }
        };
        let Ok((told, answered)) = told else {
            child.kill().await.map_err(Error::Process)?;
            let log = output.end().await;
            return Err(Error::Late { patience, log });
        };
        let answer = match answer(told) {
            Ok(answer) => answer,
            Err(told) => {
                child.kill().await.map_err(Error::Process)?;
                let log = output.end().await;
                return Err(Error::Init { told, log });
            }
        };
        invocations.push(Invocation {
            answer,
            handed: door.handed().unwrap_or(answered),
            answered,
        });
    }
    child.kill().await.map_err(Error::Process)?;
    let log = output.end().await;
    Ok(Warmed { invocations, log })
}

/// The answer that the function told, or why it cannot start.
fn answer(told: Told) -> Result<Answer, Value> {
    match told {
        Told::Response(value) => Ok(Answer::Good(value)),
        Told::Error(value) => Ok(Answer::Bad(value)),
        Told::InitError(told) => Err(told),
    }
}

fn command(function: &Function, address: &str) -> Command {
    let mut command = Command::new(&function.program);
    command
        .env_clear()
        .envs(&function.environment)
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", &function.name)
        .env(
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
            function.memory_mb.to_string(),
        )
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("_HANDLER", &function.handler)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// `VmHWM` of a live process; 0 where the system does not say.
fn peak_memory_kb(process: u32) -> u64 {
    let status = Path::new("/proc").join(process.to_string()).join("status");
    let text = fs::read_to_string(status).unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.and_then(|kb| kb.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests;
