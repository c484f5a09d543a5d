//! Deploys `template.yaml` to the local AWS with an unmodified `sam deploy`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{process::Command, time};

use crate::{
    artifacts,
    error::{Doing, Error, Result},
    machine_env,
    place::Place,
    project::Project,
    say::Say,
    venv::Made,
};

/// A deployment of some two hundred functions takes under a minute.
const PATIENCE: Duration = Duration::from_mins(10);

/// Files and folders the template refers to by relative path.
const BESIDE: [&str; 2] = ["gateway.yaml", "statemachines"];

/// One deployment to make.
pub(crate) struct Deploy<'a> {
    /// The checkout.
    pub project: &'a Project,
    /// Where the deployed copy of the template and the log go.
    pub place: &'a Place,
    /// The virtualenv that has `sam`.
    pub sam: &'a Made,
    /// Where the local AWS answers.
    pub aws: &'a str,
    /// The stack's name.
    pub stack: &'a str,
    /// Template parameters.
    pub parameters: &'a [(&'a str, String)],
}

impl Deploy<'_> {
    /// Deploys `template` with each service's code from `zips`.
    ///
    /// # Errors
    /// When `sam deploy` fails; its last lines are told.
    pub(crate) async fn run(
        &self,
        template: &str,
        zips: &BTreeMap<String, PathBuf>,
        say: Say,
    ) -> Result<()> {
        let doing = "deploying template.yaml (sam deploy)";
        let place = self.place.directory().join("deploy");
        fs::create_dir_all(&place).doing(doing)?;
        let copy = place.join("template.yaml");
        fs::write(&copy, artifacts::with_zips(template, zips)).doing(doing)?;
        for name in BESIDE {
            copy_over(&self.project.root().join(name), &place.join(name)).doing(doing)?;
        }
        let log = self.place.log("sam-deploy");
        say.step(doing, self.sam_deploy(&copy, &log)).await
    }

    async fn sam_deploy(&self, template: &Path, log: &Path) -> Result<()> {
        let doing = "deploying template.yaml (sam deploy)";
        let out = fs::File::create(log).doing(doing)?;
        let err = out.try_clone().doing(doing)?;
        let home = self.place.directory().join("home");
        fs::create_dir_all(&home).doing(doing)?;
        let overrides = self
            .parameters
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let mut sam = Command::new(self.sam.program("sam"))
            .arg("deploy")
            .arg("--config-file")
            .arg(self.project.root().join("samconfig.toml"))
            .args(["--config-env", "local", "--stack-name", self.stack])
            .arg("--template-file")
            .arg(template)
            .arg("--parameter-overrides")
            .args(overrides)
            .current_dir(template.parent().unwrap_or(self.place.directory()))
            .env_clear()
            .envs(machine_env::for_aws_tools(self.aws, &home))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .kill_on_drop(true)
            .spawn()
            .doing(doing)?;
        let ended = time::timeout(PATIENCE, sam.wait())
            .await
            .doing(doing)?
            .doing(doing)?;
        if ended.success() {
            return Ok(());
        }
        let told = fs::read_to_string(log).unwrap_or_default();
        let lines: Vec<&str> = told
            .lines()
            .filter(|line| line.contains("FAILED") || line.contains("Error"))
            .collect();
        let tail = lines[lines.len().saturating_sub(12)..].join("\n");
        Err(Error::failed(
            doing,
            format!("{ended}; the whole of it is in {}\n{tail}", log.display()),
        ))
    }
}

fn copy_over(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_dir() {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            copy_over(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else if from.is_file() {
        fs::copy(from, to)?;
    }
    Ok(())
}
