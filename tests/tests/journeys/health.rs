//! The front door itself.

use deskhand_tests::{anonymous, answer, deskhand};
use reqwest::Method;

#[tokio::test]
async fn the_front_door_answers_health() {
    let deskhand = deskhand().await;
    let (status, body) = answer(anonymous(deskhand, Method::GET, "/health")).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["status"], "healthy");
}
