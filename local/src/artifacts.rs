//! Builds the functions and packs one zip per service.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    process::Stdio,
};

use tokio::process::Command;

use crate::{
    error::{Doing, Error, Result},
    project::Project,
    say::Say,
    venv::Made,
};

const PACK: &str = include_str!("../assets/pack.py");

/// Builds every binary of the workspace in the dev profile. Cargo speaks for itself, unless `quiet`.
///
/// # Errors
/// When the build fails.
pub(crate) async fn build(project: &Project, quiet: bool) -> Result<()> {
    let doing = "building the functions (cargo build --workspace --bins)";
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--workspace", "--bins"])
        .current_dir(project.root())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if !quiet {
        let ended = cargo.status().await.doing(doing)?;
        return ended
            .success()
            .then_some(())
            .ok_or_else(|| Error::failed(doing, "see cargo's messages above"));
    }
    let ended = cargo.output().await.doing(doing)?;
    ended
        .status
        .success()
        .then_some(())
        .ok_or_else(|| Error::failed(doing, String::from_utf8_lossy(&ended.stderr)))
}

/// Which services the template deploys: the last part of each `CodeUri: functions/<service>`.
#[must_use]
pub(crate) fn services(template: &str) -> BTreeSet<&str> {
    template
        .split("CodeUri: functions/")
        .skip(1)
        .filter_map(|rest| {
            rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
                .next()
        })
        .collect()
}

/// The template with every `CodeUri` pointed at its service's zip, otherwise as it is.
#[must_use]
pub(crate) fn with_zips(template: &str, zips: &BTreeMap<String, PathBuf>) -> String {
    let mut parts = template.split("CodeUri: functions/");
    let mut pointed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_')
            .unwrap_or(part.len());
        let (service, rest) = part.split_at(end);
        pointed.push_str("CodeUri: ");
        if let Some(zip) = zips.get(service) {
            pointed.push_str(&zip.to_string_lossy());
        } else {
            pointed.push_str("functions/");
            pointed.push_str(service);
        }
        pointed.push_str(rest);
    }
    pointed
}

/// Packs each service's binary; an unchanged one is not packed again.
///
/// # Errors
/// When a binary is missing or the disk is full.
pub(crate) async fn pack(
    project: &Project,
    python: &Made,
    services: &BTreeSet<&str>,
    say: Say,
) -> Result<BTreeMap<String, PathBuf>> {
    let doing = "packing the functions";
    for service in services {
        if !project.binary(service).is_file() {
            return Err(Error::failed(
                doing,
                format!(
                    "template.yaml deploys functions/{service}, but the build made no binary {service}"
                ),
            ));
        }
    }
    fs::create_dir_all(project.zips()).doing(doing)?;
    let packing = Command::new(python.program("python"))
        .arg("-c")
        .arg(PACK)
        .arg(project.zips())
        .args(services.iter().map(|service| project.binary(service)))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let packed = say.step(doing, packing).await.doing(doing)?;
    if !packed.status.success() {
        return Err(Error::failed(
            doing,
            String::from_utf8_lossy(&packed.stderr),
        ));
    }
    serde_json::from_slice(&packed.stdout).doing(doing)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "  A: {Properties: {CodeUri: functions/web-hooks, Handler: a}}\n  B:\n    CodeUri: functions/audit\n    Handler: b\n";

    #[test]
    fn services_are_those_the_template_deploys() {
        assert_eq!(services(TEMPLATE), BTreeSet::from(["audit", "web-hooks"]));
    }

    #[test]
    fn each_code_uri_becomes_a_zip_and_nothing_else_changes() {
        let zips = BTreeMap::from([
            ("audit".to_owned(), PathBuf::from("/z/audit-1.zip")),
            ("web-hooks".to_owned(), PathBuf::from("/z/web-hooks-2.zip")),
        ]);
        assert_eq!(
            with_zips(TEMPLATE, &zips),
            TEMPLATE
                .replace("functions/web-hooks", "/z/web-hooks-2.zip")
                .replace("functions/audit", "/z/audit-1.zip")
        );
    }
}
