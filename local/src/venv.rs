//! Private virtualenvs with pinned packages, made once and remade when the pins change.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use sha2::{Digest, Sha256};
use tokio::{process::Command, time};

use crate::{
    error::{Doing, Error, Result},
    project::Project,
    say::Say,
};

/// Unpacking a gigabyte over a slow line.
const PATIENCE: Duration = Duration::from_mins(30);

/// Written last, so that a half-made virtualenv is made again.
const MARKER: &str = "deskhand.sha256";

/// What a virtualenv is for and what it holds.
pub(crate) struct Venv {
    name: &'static str,
    what: &'static str,
    pins: &'static str,
}

/// The local AWS: ministack.
pub(crate) const AWS: Venv = Venv {
    name: "venv-aws",
    what: "the local AWS",
    pins: include_str!("../assets/requirements-aws.txt"),
};

/// The AWS SAM command line, with what `sam build` and `sam validate --lint` need.
pub(crate) const SAM: Venv = Venv {
    name: "venv-sam",
    what: "sam",
    pins: include_str!("../assets/requirements-sam.txt"),
};

/// A linter of Amazon States Language, which the tests ask.
pub(crate) const LINT: Venv = Venv {
    name: "venv-lint",
    what: "the state machine linter",
    pins: include_str!("../assets/requirements-lint.txt"),
};

/// The generator of the Python client, and what that client imports.
pub(crate) const PYTHON_CLIENT: Venv = Venv {
    name: "venv-python-client",
    what: "the Python client",
    pins: include_str!("../assets/requirements-python-client.txt"),
};

/// Node.js, on which the TypeScript client's generator and compiler run.
pub(crate) const NODE: Venv = Venv {
    name: "venv-node",
    what: "Node.js",
    pins: include_str!("../assets/requirements-node.txt"),
};

/// What the contracts' Python samples import.
pub(crate) const SAMPLES: Venv = Venv {
    name: "venv-samples",
    what: "the contracts' Python samples",
    pins: include_str!("../assets/requirements-samples.txt"),
};

/// The path of `statelint`, in a virtualenv that is made first where it is missing.
///
/// # Errors
/// When Python or pip fails.
pub async fn statelint(cache: &Path) -> Result<PathBuf> {
    Ok(LINT.ready(cache).await?.program("statelint"))
}

/// A Python that has `requests`, in a virtualenv that is made first where it is missing.
///
/// # Errors
/// When Python or pip fails.
pub async fn python_with_requests(project: &Project) -> Result<PathBuf> {
    Ok(SAMPLES.ready(project.cache()).await?.program("python"))
}

/// A virtualenv that is there and whole.
#[derive(Debug, Clone)]
pub(crate) struct Made(PathBuf);

impl Made {
    /// A program of the virtualenv.
    #[must_use]
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.0.join("bin").join(name)
    }
}

/// The virtualenvs a deployment needs, the local AWS's and sam's, made at once where they are missing.
///
/// # Errors
/// When Python or pip fails; what they said is in `cache`, beside the virtualenv.
pub(crate) async fn both(cache: &Path, say: Say) -> Result<(Made, Made)> {
    if let (Some(aws), Some(sam)) = (AWS.made(cache), SAM.made(cache)) {
        return Ok((aws, sam));
    }
    let what = "making the virtualenvs of the local AWS and of sam (1 GB, first time only)";
    let making = async { tokio::try_join!(AWS.ready(cache), SAM.ready(cache)) };
    say.step(what, making).await
}

impl Venv {
    /// The virtualenv under `cache`, made first where it is missing, unfinished or of other pins.
    ///
    /// # Errors
    /// When Python or pip fails; what they said is in `cache`, beside the virtualenv.
    pub(crate) async fn ready(&self, cache: &Path) -> Result<Made> {
        // Held to the end: two launchers may want the same virtualenv at once.
        let _turn = self.turn(cache).await?;
        if let Some(made) = self.made(cache) {
            return Ok(made);
        }
        let home = cache.join(self.name);
        self.make(cache, &home).await?;
        let marker = home.join(MARKER);
        fs::write(&marker, self.fingerprint()).doing(format!("writing {}", marker.display()))?;
        Ok(Made(home))
    }

    /// The virtualenv, if it is there, whole and of these pins.
    fn made(&self, cache: &Path) -> Option<Made> {
        let home = cache.join(self.name);
        let had = fs::read_to_string(home.join(MARKER)).ok()?;
        (had == self.fingerprint()).then_some(Made(home))
    }

    fn fingerprint(&self) -> String {
        hex::encode(Sha256::digest(self.pins))
    }

    async fn turn(&self, cache: &Path) -> Result<fs::File> {
        let what = self.what;
        let doing = format!("waiting for another launcher that makes {what}'s virtualenv");
        let lock = cache.join(format!("{}.lock", self.name));
        let file = fs::File::create(lock).doing(doing.clone())?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(fs::TryLockError::WouldBlock) => time::sleep(Duration::from_millis(200)).await,
                Err(fs::TryLockError::Error(cause)) => return Err(cause).doing(doing),
            }
        }
    }

    async fn make(&self, cache: &Path, home: &Path) -> Result<()> {
        if home.exists() {
            fs::remove_dir_all(home)
                .doing(format!("removing the unfinished {}", home.display()))?;
        }
        let requirements = cache.join(format!("{}.txt", self.name));
        fs::write(&requirements, self.pins).doing(format!("writing {}", requirements.display()))?;
        let log = cache.join(format!("{}.log", self.name));
        self.run("python3", &["-m".as_ref(), "venv".as_ref(), home], &log)
            .await?;
        let pip: &[&Path] = &[
            "-m".as_ref(),
            "pip".as_ref(),
            "install".as_ref(),
            "--disable-pip-version-check".as_ref(),
            "--no-input".as_ref(),
            "--requirement".as_ref(),
            &requirements,
        ];
        self.run(home.join("bin/python"), pip, &log).await
    }

    async fn run(&self, program: impl AsRef<Path>, args: &[&Path], log: &Path) -> Result<()> {
        let doing = || format!("making {}'s virtualenv", self.what);
        let out = fs::File::create(log).doing(doing())?;
        let err = out.try_clone().doing(doing())?;
        let mut child = Command::new(program.as_ref())
            .args(args)
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .kill_on_drop(true)
            .spawn()
            .doing(doing())?;
        let ended = time::timeout(PATIENCE, child.wait())
            .await
            .doing(doing())?
            .doing(doing())?;
        if ended.success() {
            return Ok(());
        }
        let told = fs::read_to_string(log).unwrap_or_default();
        let tail: Vec<&str> = told.lines().rev().take(5).collect();
        let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
        Err(Error::failed(
            doing(),
            format!("{ended}; the last lines of {} are:\n{tail}", log.display()),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtualenv_without_its_marker_or_of_other_pins_is_not_whole() {
        let cache = tempfile::tempdir().unwrap();
        let home = cache.path().join(AWS.name);
        fs::create_dir(&home).unwrap();
        assert!(AWS.made(cache.path()).is_none());
        fs::write(home.join(MARKER), SAM.fingerprint()).unwrap();
        assert!(AWS.made(cache.path()).is_none());
        fs::write(home.join(MARKER), AWS.fingerprint()).unwrap();
        assert!(AWS.made(cache.path()).is_some());
    }

    #[test]
    fn every_package_is_pinned() {
        let all = [AWS, SAM, LINT, PYTHON_CLIENT, NODE, SAMPLES];
        for line in all.iter().flat_map(|venv| venv.pins.lines()) {
            assert!(
                line.split_once("==")
                    .is_some_and(|(name, version)| !name.is_empty() && !version.is_empty()),
                "{line}"
            );
        }
    }
}
