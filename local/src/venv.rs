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
    say::Say,
};

/// Unpacking a gigabyte over a slow line.
const PATIENCE: Duration = Duration::from_mins(30);

/// What a virtualenv is for and what it holds.
pub(crate) struct Venv {
    name: &'static str,
    what: &'static str,
    megabytes: u16,
    pins: &'static str,
}

/// The local AWS: ministack.
pub(crate) const AWS: Venv = Venv {
    name: "venv-aws",
    what: "the local AWS",
    megabytes: 220,
    pins: include_str!("../assets/requirements-aws.txt"),
};

/// The AWS SAM command line, with what `sam build` and `sam validate --lint` need.
pub(crate) const SAM: Venv = Venv {
    name: "venv-sam",
    what: "sam",
    megabytes: 790,
    pins: include_str!("../assets/requirements-sam.txt"),
};

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

impl Venv {
    /// The virtualenv under `cache`, made first where it is missing, unfinished or of other pins.
    ///
    /// # Errors
    /// When Python or pip fails; what they said is in `cache`, beside the virtualenv.
    pub(crate) async fn ready(&self, cache: &Path, say: Say) -> Result<Made> {
        let home = cache.join(self.name);
        let marker = home.join("deskhand.sha256");
        let pins = hex::encode(Sha256::digest(self.pins));
        // Held to the end: two launchers may want the same virtualenv at once.
        let _turn = self.turn(cache)?;
        if fs::read_to_string(&marker).is_ok_and(|had| had == pins) {
            return Ok(Made(home));
        }
        let what = format!(
            "making {}'s virtualenv ({} MB, first time only)",
            self.what, self.megabytes
        );
        say.step(&what, self.make(cache, &home)).await?;
        fs::write(&marker, pins).doing(format!("writing {}", marker.display()))?;
        Ok(Made(home))
    }

    fn turn(&self, cache: &Path) -> Result<fs::File> {
        let doing = format!(
            "waiting for another launcher that makes {}'s virtualenv",
            self.what
        );
        let file =
            fs::File::create(cache.join(format!("{}.lock", self.name))).doing(doing.clone())?;
        file.lock().doing(doing)?;
        Ok(file)
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
