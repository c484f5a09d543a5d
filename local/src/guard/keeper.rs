//! `deskhand guard`: the guard's own side.

use std::{
    fs,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
};

use super::{Answer, Order, children::Children};
use crate::error::{Doing, Result};

/// Carries out orders until the launcher is gone, then ends every child and removes `remove`.
///
/// # Errors
/// When an answer cannot be written; the children are ended all the same.
pub fn keep(processes: PathBuf, remove: Option<&Path>) -> Result<()> {
    let mut children = Children::new(processes);
    let served = serve(&mut children);
    children.stop_all();
    if let Some(remove) = remove {
        let _ = fs::remove_dir_all(remove);
    }
    served
}

fn serve(children: &mut Children) -> Result<()> {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        let outcome = match serde_json::from_str(&line) {
            Ok(Order::Start(process)) => children.start(process),
            Ok(Order::Stop(name)) => children.stop(&name),
            Err(cause) => Err(format!("this order is not understood: {cause}")),
        };
        let answer = match outcome {
            Ok(()) => Answer::Done,
            Err(why) => Answer::Failed(why),
        };
        let answer = serde_json::to_string(&answer).doing("answering the launcher")?;
        let mut out = io::stdout().lock();
        writeln!(out, "{answer}").doing("answering the launcher")?;
        out.flush().doing("answering the launcher")?;
    }
    Ok(())
}
