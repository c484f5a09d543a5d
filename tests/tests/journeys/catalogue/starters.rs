//! `new_starter`: somebody new gets what they work with, by a ticket of somebody else's.

use serde_json::{Value, json};

use super::run::Run;
use crate::actions::Case;
use crate::desk::{Desk, Filed};
use crate::receipts::unautomated;

/// A ticket of HR's.
async fn of_hr(desk: &Desk<'_>) -> Filed {
    let hr = desk.person("hr.partner", "ask").await;
    unautomated(desk, &hr).await
}

/// What the new colleague gets, their pass by text.
fn wanted(case: &Case<'_>, licence: &str) -> Value {
    json!({"subject": case.john.id, "licence": licence, "group": case.group, "first_pass": "by_text"})
}

#[tokio::test]
async fn new_starter_gives_licence_group_and_a_pass_to_who_can_confirm() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let licence = case.bought(1).await;
    let context = wanted(&case, &licence);
    let run = Run::on(&case, &of_hr(&desk).await, "new_starter", context).await;
    let read = run.manager_says("approve").await;
    for part in [
        licence.as_str(),
        &case.group,
        "Give a new password or pass to",
    ] {
        assert!(read.contains(part), "{part} is not in {read}");
    }
    run.is_done().await;
    assert!(case.holds(&licence).await && case.is_member().await);
    let texts = desk.texts(&case.john).await;
    assert!(
        desk.passes(&case.john).await == 1 && texts.len() == 1 && texts[0].starts_with("Welcome."),
        "{texts:?}"
    );
}

#[tokio::test]
async fn new_starter_makes_no_pass_and_asks_for_none_where_none_is_wanted() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({"mfa": "none"})).await;
    let licence = case.bought(1).await;
    let context = json!({"subject": case.john.id, "licence": licence, "group": case.group});
    let ticket = of_hr(&desk).await;
    let run = Run::on(&case, &ticket, "new_starter", context).await;
    let read = run.manager_says("approve").await;
    assert!(
        read.contains(&licence) && !read.contains("Give a new password"),
        "{read}"
    );
    run.ends("completed").await;
    let story = desk.story(&ticket.name).await;
    let steps = story["executions"][0]["steps"].as_array().unwrap();
    let states: Vec<_> = steps.iter().map(|step| &step["state"]).collect();
    let (done, skipped) = ("succeeded", "skipped");
    assert_eq!(states, [done, done, done, skipped, skipped, skipped]);
    assert!(case.holds(&licence).await && case.is_member().await);
    assert_eq!(desk.passes(&case.john).await, 0);
}

#[tokio::test]
async fn new_starter_is_not_allowed_by_the_manager_whose_own_ticket_it_is() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let licence = case.bought(1).await;
    let ticket = unautomated(&desk, &case.boss).await;
    let context = wanted(&case, &licence);
    let run = Run::on(&case, &ticket, "new_starter", context).await;
    run.is_refused("escalated", "nobody approves what concerns")
        .await;
    assert!(!case.holds(&licence).await && !case.is_member().await);
    assert_eq!(desk.passes(&case.john).await, 0);
}

#[tokio::test]
async fn new_starter_takes_the_licence_back_where_the_group_is_closed() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let licence = case.bought(1).await;
    case.shape(json!({"isAssignableToRole": true})).await;
    let context = wanted(&case, &licence);
    let run = Run::on(&case, &of_hr(&desk).await, "new_starter", context).await;
    run.manager_says("approve").await;
    run.is_taken_back("escalated", &["assign_licence"]).await;
    assert!(!case.holds(&licence).await);
    // Given, and taken away.
    let assign = format!("/users/{}/assignLicense", case.john.id);
    assert_eq!(case.calls("POST", &assign).await, 2);
}

#[tokio::test]
async fn new_starter_takes_all_back_when_the_colleague_does_not_confirm() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({"mfa": "deny"})).await;
    let licence = case.bought(1).await;
    let context = wanted(&case, &licence);
    let run = Run::on(&case, &of_hr(&desk).await, "new_starter", context).await;
    run.manager_says("approve").await;
    run.is_taken_back("denied", &["add_to_group", "assign_licence"])
        .await;
    assert!(!case.holds(&licence).await && !case.is_member().await);
    let writes = (case.writes("POST").await, case.writes("DELETE").await);
    assert_eq!(writes, (1, 1));
    assert_eq!(desk.passes(&case.john).await, 0);
}
