//! A linter that is not ours, `statelint` 3.1.0, accepts what the compiler makes, and refuses what it should.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use playbook::{compile, compile_text, parse};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use crate::{generate, password_reset};

/// Whether `statelint` accepts every file, and what it said.
fn accepts(files: &[PathBuf]) -> (bool, String) {
    let answer = Command::new("statelint")
        .args(files)
        .output()
        .expect("statelint is not on PATH: pip install statelint==3.1.0");
    (
        answer.status.success(),
        String::from_utf8_lossy(&answer.stdout).into_owned(),
    )
}

fn write(name: &str, machine: &str) -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&file, machine).unwrap();
    file
}

#[test]
#[ignore = "needs statelint on PATH: pip install statelint==3.1.0, then cargo test -p playbook -- --ignored"]
fn statelint_accepts_two_hundred_random_machines_and_refuses_a_broken_one() {
    let mut runner = TestRunner::default();
    let mut files = vec![write(
        "password_reset.json",
        &compile_text(&password_reset()),
    )];
    for at in 0..200 {
        let json = generate::playbook()
            .new_tree(&mut runner)
            .unwrap()
            .current();
        let version = parse(&json.to_string()).unwrap();
        files.push(write(
            &format!("machine-{at}.json"),
            &compile_text(&version),
        ));
    }
    let (accepted, said) = accepts(&files);
    assert!(accepted, "{said}");

    let mut broken = compile(&password_reset());
    broken["States"]["verify_mfa"]["Next"] = "nowhere".into();
    let (accepted, said) = accepts(&[write("broken.json", &broken.to_string())]);
    assert!(!accepted && said.contains("nowhere"), "{said}");
}
