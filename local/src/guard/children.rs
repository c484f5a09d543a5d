//! The guard's children, each in a process group of its own, and the file that names them.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};

use super::Process;

/// How long a child may take to end by itself, when all are to go.
const GRACE: Duration = Duration::from_secs(8);
/// The same for one whose end is asked for: it is to write down what it knows.
const PATIENCE: Duration = Duration::from_mins(2);

/// One child in the process file.
#[derive(Debug, Serialize, Deserialize)]
struct Noted {
    pid: u32,
    program: PathBuf,
}

/// The running children by name.
pub(super) struct Children {
    running: BTreeMap<String, (Child, PathBuf)>,
    file: PathBuf,
}

impl Children {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            running: BTreeMap::new(),
            file,
        }
    }

    pub(super) fn start(&mut self, process: Process) -> Result<(), String> {
        let log = fs::File::create(&process.log)
            .map_err(|cause| format!("{}: {cause}", process.log.display()))?;
        let also = log.try_clone().map_err(|cause| cause.to_string())?;
        let child = Command::new(&process.program)
            .args(&process.args)
            .env_clear()
            .envs(&process.env)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(also)
            .process_group(0)
            .spawn()
            .map_err(|cause| format!("{}: {cause}", process.program.display()))?;
        self.running.insert(process.name, (child, process.program));
        self.note();
        Ok(())
    }

    pub(super) fn stop(&mut self, name: &str) -> Result<(), String> {
        self.stop_within(PATIENCE, name)
    }

    fn stop_within(&mut self, patience: Duration, name: &str) -> Result<(), String> {
        let (mut child, _) = self
            .running
            .remove(name)
            .ok_or_else(|| format!("no child is called {name}"))?;
        end(&mut child, patience);
        self.note();
        Ok(())
    }

    pub(super) fn stop_all(&mut self) {
        let names: Vec<String> = self.running.keys().cloned().collect();
        for name in names {
            let _ = self.stop_within(GRACE, &name);
        }
        let _ = fs::remove_file(&self.file);
    }

    fn note(&self) {
        let noted: BTreeMap<&String, Noted> = self
            .running
            .iter()
            .map(|(name, (child, program))| {
                let noted = Noted {
                    pid: child.id(),
                    program: program.clone(),
                };
                (name, noted)
            })
            .collect();
        if let Ok(text) = serde_json::to_string(&noted) {
            let _ = fs::write(&self.file, text);
        }
    }
}

fn end(child: &mut Child, patience: Duration) {
    signal(child.id(), Signal::SIGTERM);
    let begun = Instant::now();
    while begun.elapsed() < patience {
        if matches!(child.try_wait(), Ok(Some(_)) | Err(_)) {
            break;
        }
        thread::sleep(Duration::from_millis(20));
    }
    // The group may outlive its leader: the local AWS's functions are in it.
    signal(child.id(), Signal::SIGKILL);
    let _ = child.wait();
}

fn signal(group: u32, which: Signal) {
    if let Ok(group) = i32::try_from(group) {
        let _ = killpg(Pid::from_raw(group), which);
    }
}

/// Ends what a killed guard left behind, as its process file `file` says, and removes the file.
///
/// A process counts only while its command line still names the program that was started.
pub(crate) fn sweep(file: &Path) {
    let Ok(text) = fs::read_to_string(file) else {
        return;
    };
    let noted: BTreeMap<String, Noted> = serde_json::from_str(&text).unwrap_or_default();
    for Noted { pid, program } in noted.into_values() {
        let asked = Command::new("ps")
            .args(["-o", "command=", "-p", &pid.to_string()])
            .output();
        let command = asked.map(|asked| String::from_utf8_lossy(&asked.stdout).into_owned());
        if command.is_ok_and(|command| command.contains(&*program.to_string_lossy())) {
            signal(pid, Signal::SIGKILL);
        }
    }
    let _ = fs::remove_file(file);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sleeper(log: &Path) -> Process {
        Process {
            name: "sleeper".to_owned(),
            program: PathBuf::from("/bin/sleep"),
            args: vec!["600".to_owned()],
            env: BTreeMap::new(),
            log: log.to_owned(),
        }
    }

    fn lives(pid: u32) -> bool {
        let state = Command::new("ps")
            .args(["-o", "stat=", "-p", &pid.to_string()])
            .output()
            .unwrap();
        let state = String::from_utf8_lossy(&state.stdout).trim().to_owned();
        !state.is_empty() && !state.starts_with('Z')
    }

    #[test]
    fn stopping_ends_the_child_and_empties_the_file() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("processes.json");
        let mut children = Children::new(file.clone());
        children.start(sleeper(&place.path().join("log"))).unwrap();
        let pid = children.running["sleeper"].0.id();
        assert!(
            fs::read_to_string(&file)
                .unwrap()
                .contains(&pid.to_string())
        );
        children.stop_all();
        assert!(!lives(pid));
        assert!(!file.exists());
    }

    #[test]
    fn what_a_killed_guard_left_is_swept() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("processes.json");
        let mut children = Children::new(file.clone());
        children.start(sleeper(&place.path().join("log"))).unwrap();
        let pid = children.running["sleeper"].0.id();
        sweep(&file);
        let _ = children.running.get_mut("sleeper").unwrap().0.wait();
        assert!(!lives(pid));
        assert!(!file.exists());
    }

    #[test]
    fn a_process_id_that_now_belongs_to_another_program_is_left_alone() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("processes.json");
        let mut other = Command::new("/bin/sleep")
            .arg("600")
            .process_group(0)
            .spawn()
            .unwrap();
        let noted = format!(
            r#"{{"aws":{{"pid":{},"program":"/somewhere/bin/ministack"}}}}"#,
            other.id()
        );
        fs::write(&file, noted).unwrap();
        sweep(&file);
        assert!(lives(other.id()));
        other.kill().unwrap();
        let _ = other.wait();
    }

    #[test]
    fn an_unknown_child_cannot_be_stopped() {
        let mut children = Children::new(PathBuf::from("processes.json"));
        assert_eq!(
            children.stop("nobody").unwrap_err(),
            "no child is called nobody"
        );
    }
}
