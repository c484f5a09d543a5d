//! Keeps child processes, and ends them when the launcher ends, however it ends.
//!
//! The guard is this same program run as `deskhand guard`. Orders come in on its standard input, one JSON object a line, answers go
//! out on its standard output. When its input closes, which the system does for a launcher that crashed too, it ends every child.

mod children;
mod keeper;

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde::{Deserialize, Serialize};

pub(crate) use children::sweep;
pub use keeper::keep;

use crate::error::{Doing, Error, Result};

/// A child to start.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Process {
    /// What it is called in orders and in the process file.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment: nothing is inherited.
    pub env: BTreeMap<String, String>,
    /// Where its output goes.
    pub log: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Start(Process),
    Stop(String),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Done,
    Failed(String),
}

/// The launcher's end of a running guard. Dropping it ends the children.
pub(crate) struct Guard {
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Guard {
    /// Starts `launcher guard`, which notes its children in `processes` and, when it ends, removes `remove`.
    ///
    /// # Errors
    /// When the launcher cannot be started again.
    pub(crate) fn start(launcher: &Path, processes: &Path, remove: Option<&Path>) -> Result<Self> {
        let doing = "starting the guard that ends our child processes";
        let mut command = Command::new(launcher);
        command.arg("guard").arg("--processes").arg(processes);
        if let Some(remove) = remove {
            command.arg("--remove").arg(remove);
        }
        let mut child = std::os::unix::process::CommandExt::process_group(&mut command, 0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .doing(doing)?;
        let (Some(orders), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::failed(doing, "it has no pipes"));
        };
        Ok(Self {
            child,
            orders: Some(orders),
            answers: BufReader::new(answers),
        })
    }

    /// Starts a child.
    ///
    /// # Errors
    /// When its program cannot be started.
    pub(crate) fn run(&mut self, process: Process) -> Result<()> {
        let doing = format!("starting {}", process.name);
        self.order(&Order::Start(process), doing)
    }

    /// Ends one child, with time to tidy up, and waits until it is gone.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn stop(&mut self, name: &str) -> Result<()> {
        self.order(&Order::Stop(name.to_owned()), format!("stopping {name}"))
    }

    fn order(&mut self, order: &Order, doing: String) -> Result<()> {
        let Some(orders) = self.orders.as_mut() else {
            return Err(Error::failed(doing, "the guard has ended"));
        };
        let line = serde_json::to_string(order).doing(doing.clone())?;
        writeln!(orders, "{line}").doing(doing.clone())?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).doing(doing.clone())?;
        match serde_json::from_str(&answer).doing(doing.clone())? {
            Answer::Done => Ok(()),
            Answer::Failed(why) => Err(Error::failed(doing, why)),
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.orders.take());
        let _ = self.child.wait();
    }
}
