//! Where things are: the project, its build, its local state and the shared cache.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::error::{Doing, Error, Result};

/// The checkout that is brought up.
#[derive(Debug, Clone)]
pub struct Project {
    root: PathBuf,
    target: PathBuf,
    cache: PathBuf,
}

impl Project {
    /// The project at `root`, or the one this launcher was built from.
    ///
    /// # Errors
    /// When there is no `template.yaml`, cargo cannot say where it builds, or no home directory is known.
    pub fn find(root: Option<&Path>) -> Result<Self> {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let root = root.unwrap_or(&own);
        let root = root
            .canonicalize()
            .doing(format!("looking for the project at {}", root.display()))?;
        if !root.join("template.yaml").is_file() {
            return Err(Error::Machine(format!(
                "there is no template.yaml in {}; run this from the project, or give --project",
                root.display()
            )));
        }
        Ok(Self {
            target: target_directory(&root)?,
            cache: cache_directory()?,
            root,
        })
    }

    /// The checkout.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a person's own deployment keeps its files: `.local`.
    #[must_use]
    pub fn state(&self) -> PathBuf {
        self.root.join(".local")
    }

    /// A binary of the dev profile.
    #[must_use]
    pub fn binary(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// A binary of the release profile.
    #[must_use]
    pub fn released(&self, name: &str) -> PathBuf {
        self.target.join("release").join(name)
    }

    /// Where service zips are kept from one deployment to the next.
    #[must_use]
    pub fn zips(&self) -> PathBuf {
        self.target.join("deskhand-zips")
    }

    /// Where the virtualenvs live, shared by all checkouts.
    #[must_use]
    pub fn cache(&self) -> &Path {
        &self.cache
    }
}

fn target_directory(root: &Path) -> Result<PathBuf> {
    let doing = "asking cargo where it builds";
    let asked = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root)
        .output()
        .doing(doing)?;
    if !asked.status.success() {
        return Err(Error::failed(doing, String::from_utf8_lossy(&asked.stderr)));
    }
    let metadata: Value = serde_json::from_slice(&asked.stdout).doing(doing)?;
    let target = metadata["target_directory"].as_str().unwrap_or("target");
    Ok(PathBuf::from(target))
}

fn cache_directory() -> Result<PathBuf> {
    let named = env::var_os("DESKHAND_CACHE").map(PathBuf::from);
    let usual = env::var_os("HOME").map(|home| Path::new(&home).join(".cache/deskhand"));
    let cache = named.or(usual).ok_or_else(|| {
        Error::Machine(
            "neither DESKHAND_CACHE nor HOME is set; set one, so that there is a place for the virtualenvs".to_owned(),
        )
    })?;
    fs::create_dir_all(&cache).doing(format!("making {}", cache.display()))?;
    cache
        .canonicalize()
        .doing(format!("resolving {}", cache.display()))
}
