//! A linter that is not ours accepts what the playbook compiler makes, and refuses what it should.
#![cfg(test)]

#[path = "../../../shared/playbook/tests/it/generate.rs"]
mod generate;

use deskhand_local::{Project, statelint};
use playbook::{CATALOGUE, PlaybookVersion, compile, compile_text, parse};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Random machines in the one batch the linter is given.
const MACHINES: usize = 200;

#[tokio::test]
async fn statelint_accepts_the_catalogue_and_two_hundred_random_machines_and_refuses_a_broken_one()
{
    let project = Project::find(None).expect("this test runs in the workspace");
    let linter = statelint(project.cache())
        .await
        .expect("statelint installs from PyPI");
    let read = |text: &&str| parse(text).expect("the catalogue's playbooks are valid");
    let catalogue: Vec<PlaybookVersion> = CATALOGUE.iter().map(read).collect();
    let mut runner = TestRunner::default();
    let compiled = |version: &PlaybookVersion| {
        write(&format!("{}.json", version.name), &compile_text(version))
    };
    let mut files: Vec<PathBuf> = catalogue.iter().map(compiled).collect();
    for at in 0..MACHINES {
        let json = generate::playbook()
            .new_tree(&mut runner)
            .expect("the generator gives playbooks")
            .current();
        let mut version = parse(&json.to_string()).expect("the generator gives valid playbooks");
        if at % 2 == 1 {
            version = generate::compensated(version);
        }
        files.push(write(
            &format!("machine-{at}.json"),
            &compile_text(&version),
        ));
    }
    let (accepted, said) = accepts(&linter, &files);
    assert!(accepted, "{said}");

    let mut broken = compile(&catalogue[0]);
    broken["States"]["verify_mfa"]["Next"] = "nowhere".into();
    let (accepted, said) = accepts(&linter, &[write("broken.json", &broken.to_string())]);
    assert!(!accepted && said.contains("nowhere"), "{said}");
}

/// Whether the linter accepts every file, and what it said.
fn accepts(linter: &Path, files: &[PathBuf]) -> (bool, String) {
    let answer = Command::new(linter)
        .args(files)
        .output()
        .expect("statelint runs");
    (
        answer.status.success(),
        String::from_utf8_lossy(&answer.stdout).into_owned(),
    )
}

fn write(name: &str, machine: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, machine).expect("the target directory takes files");
    file
}
