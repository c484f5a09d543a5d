//! The files of one deployment, and who holds it.

use std::{
    fs::{self, File, TryLockError},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::error::{Doing, Error, Result};

/// A deployment's directory.
#[derive(Debug, Clone)]
pub struct Place(PathBuf);

/// What the launcher that holds a place says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// The front door's port.
    pub port: u16,
    /// Whether everything is up.
    pub ready: bool,
}

/// The right to be the one deployment in a place; given back when dropped, and by the system when the process ends.
pub struct Held {
    _lock: File,
    file: PathBuf,
    endpoints: PathBuf,
}

impl Place {
    /// The deployment that keeps its files in `directory`.
    #[must_use]
    pub fn at(directory: PathBuf) -> Self {
        Self(directory)
    }

    /// The directory itself.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.0
    }

    /// `endpoints.json`.
    #[must_use]
    pub fn endpoints(&self) -> PathBuf {
        self.0.join("endpoints.json")
    }

    /// The guard's list of child processes.
    #[must_use]
    pub fn processes(&self) -> PathBuf {
        self.0.join("processes.json")
    }

    /// A log of ours: `aws`, `sandbox`, `sam-deploy`, `up`.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.0.join("logs").join(format!("{name}.log"))
    }

    /// The local AWS's own files.
    #[must_use]
    pub fn aws(&self) -> PathBuf {
        self.0.join("aws")
    }

    /// Takes the place, or says who holds it.
    ///
    /// # Errors
    /// When the directory cannot be made, or another launcher holds it.
    pub fn take(&self) -> Result<Held> {
        let doing = format!("taking {}", self.0.display());
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .doing(doing.clone())?;
        let lock = File::create(self.0.join("lock")).doing(doing.clone())?;
        match lock.try_lock() {
            Ok(()) => Ok(Held {
                _lock: lock,
                file: self.holder_file(),
                endpoints: self.endpoints(),
            }),
            Err(TryLockError::WouldBlock) => Err(Error::Machine(format!(
                "another launcher holds {}; stop it with `cargo run -- down`",
                self.0.display()
            ))),
            Err(TryLockError::Error(cause)) => Err(cause).doing(doing),
        }
    }

    /// The launcher that holds the place at this moment, if one does.
    #[must_use]
    pub fn holder(&self) -> Option<Holder> {
        let lock = File::open(self.0.join("lock")).ok()?;
        if lock.try_lock_shared().is_ok() {
            return None;
        }
        let text = fs::read_to_string(self.holder_file()).ok()?;
        serde_json::from_str(&text).ok()
    }

    fn holder_file(&self) -> PathBuf {
        self.0.join("launcher.json")
    }
}

impl Held {
    /// Says who holds the place and how far it is.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note(&self, port: u16, ready: bool) -> Result<()> {
        let holder = Holder {
            pid: std::process::id(),
            port,
            ready,
        };
        let doing = format!("writing {}", self.file.display());
        let text = serde_json::to_string(&holder).doing(doing.clone())?;
        fs::write(&self.file, text).doing(doing)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.file);
        let _ = fs::remove_file(&self.endpoints);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_holder() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::at(directory.path().join("p"));
        let held = place.take().unwrap();
        held.note(8080, true).unwrap();
        assert_eq!(place.take().err().unwrap().exit_code(), 2);
        assert_eq!(place.holder().unwrap().port, 8080);
        drop(held);
        assert!(place.holder().is_none());
        assert!(place.take().is_ok());
    }

    #[test]
    fn what_a_crashed_launcher_said_of_itself_is_not_believed() {
        let directory = tempfile::tempdir().unwrap();
        let place = Place::at(directory.path().to_owned());
        fs::write(place.holder_file(), r#"{"pid":1,"port":8080,"ready":true}"#).unwrap();
        File::create(directory.path().join("lock")).unwrap();
        assert!(place.holder().is_none());
    }
}
