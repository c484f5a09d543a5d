//! What a warm function does beside waiting for AWS.

use std::{
    io::{self, Write},
    path::PathBuf,
    time::Duration,
};

use deskhand_local::{Fixture, Project, Warm, Words, warm};
use deskhand_tests::{deskhand, whole_machine};

const TIMES: usize = 200;

/// An authenticated read by `get_key`, two hundred times by one process of `program`; told.
async fn read(program: impl FnOnce(&Project) -> PathBuf) -> Warm {
    let deskhand = deskhand().await;
    let _whole = whole_machine().await;
    let project = Project::find(None).unwrap();
    let words = Words::from([
        ("api_key", deskhand.api_key().to_owned()),
        ("key_id", "1".to_owned()),
    ]);
    let fixture = Fixture::read(&project, "accounts/get_key").unwrap();
    let event = fixture.event(&words).unwrap();
    let (aws, stack) = (deskhand.aws(), deskhand.stack());
    let warm = warm(aws, stack, "get_key", program(&project), &event, TIMES).await;
    let warm = warm.unwrap();
    let _ = writeln!(io::stderr(), "a warm get_key: {warm:?}");
    warm
}

#[tokio::test]
async fn a_read_waits_for_aws_and_for_little_else() {
    let warm = read(|project| project.binary("accounts")).await;
    assert!((2..=6).contains(&warm.calls), "{warm:?}");
    // Not optimized, and beside whatever else this machine does.
    assert!(warm.beyond < Duration::from_millis(30), "{warm:?}");
}

#[tokio::test]
#[ignore = "needs `cargo build --release -p accounts-service`, which takes minutes, and a machine with nothing else to do"]
async fn a_released_read_takes_a_millisecond_beside_its_calls_of_aws() {
    let warm = read(|project| project.released("accounts")).await;
    assert!(warm.beyond <= Duration::from_millis(1), "{warm:?}");
}
