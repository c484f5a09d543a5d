//! What a warm function asks of AWS.

use deskhand_local::{Fixture, Project, Words, warm};
use deskhand_tests::{deskhand, tell, whole_machine};

const TIMES: usize = 20;

/// How long each takes is told and not asserted: `bench` measures, on a machine with nothing else to do.
#[tokio::test]
async fn a_warm_read_asks_aws_for_little() {
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
    let warm = warm(
        aws,
        stack,
        "get_key",
        project.binary("accounts"),
        &event,
        TIMES,
    )
    .await;
    let warm = warm.unwrap();
    tell(&format!("a warm get_key: {warm:?}"));
    assert!((2..=6).contains(&warm.calls), "{warm:?}");
}
