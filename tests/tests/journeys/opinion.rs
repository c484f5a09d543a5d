//! A second opinion about what the classifier leaves undecided: a suggestion, or nothing but a warning.

use deskhand_tests::answer;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::desk::{Person, items};
use crate::policy::mark;
use crate::rules::house::{House, SURE, because, leaves, starts};

/// What the model makes nothing of, not even that it is nothing for us; some of it is not to be told.
const OPEN: (&str, &str) = (
    "Access",
    "I cannot get in, my pin is swordfish\n\n> quoted words",
);
/// What it would rather suggest a playbook for.
const HALF_OPEN: (&str, &str) = ("Access", "I need to get into the folder of finance");

/// No other journey asks for second opinions, and of these one at a time: then each call is its own, and each fault, too.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A house whose tickets alone are asked about.
struct Asking {
    house: House,
    john: Person,
    /// Calls before it.
    before: usize,
    _alone: MutexGuard<'static, ()>,
}

impl Asking {
    async fn new(name: &str, per_day: Option<u32>) -> Self {
        let alone = ALONE.lock().await;
        let house = House::new(name).await;
        if let Some(per_day) = per_day {
            house
                .says(json!({"second_opinions_per_day": per_day}))
                .await;
        }
        let john = house.desk.person("john.undecided", "approve").await;
        let mut asking = Self {
            house,
            john,
            before: 0,
            _alone: alone,
        };
        asking.before = asking.calls().await.len();
        asking
    }

    /// What is decided about a new ticket.
    async fn decides(&self, text: (&str, &str)) -> Value {
        self.house.decides(text, &self.john).await
    }

    /// Has the model answer so to whatever it is asked next.
    async fn told(&self, input: Value) {
        let order = json!({"about": "", "input": input});
        self.tell("/_sandbox/bedrock", order).await;
    }

    async fn breaks(&self, fault: Value, times: u32) {
        let order = json!({"vendor": "bedrock", "fault": fault, "times": times});
        self.tell("/_sandbox/faults", order).await;
    }

    async fn tell(&self, path: &str, order: Value) {
        let desk = &self.house.desk;
        desk.sandbox(Method::POST, path, Some(&order)).await;
    }

    /// The calls since it began.
    async fn calls(&self) -> Vec<Value> {
        let path = "/_sandbox/calls?vendor=bedrock";
        let mut all = items(self.house.desk.sandbox(Method::GET, path, None).await);
        all.split_off(self.before)
    }
}

#[tokio::test]
async fn nobody_is_asked_unless_the_tenant_wants_it() {
    let asking = Asking::new("Opinion Off", None).await;
    let decision = asking.decides(OPEN).await;
    leaves(&decision, None);
    assert_eq!(decision["warnings"], Value::Null, "{decision}");
    asking
        .house
        .says(json!({"second_opinions_per_day": 0}))
        .await;
    asking.decides(OPEN).await;
    assert_eq!(asking.calls().await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_undecided_ticket_gets_a_suggestion_by_one_call_that_tells_nothing_else() {
    let asking = Asking::new("Opinion On", Some(50)).await;
    asking.house.switches_on("leaver").await;
    let disable = "/api/v1/playbooks/leaver/disable";
    let (status, off) = answer(asking.house.tenant.request(Method::PUT, disable)).await;
    assert_eq!(status, 200, "{off}");
    asking.told(json!({"playbook_id": "account_unlock"})).await;
    let decision = asking.decides(OPEN).await;
    leaves(&decision, Some("account_unlock"));
    because(
        &decision,
        "the second opinion (sandbox.chooser-v1:0): account_unlock",
    );
    assert_eq!(decision["warnings"], Value::Null, "{decision}");

    let calls = asking.calls().await;
    assert_eq!(calls.len(), 1, "{calls:?}");
    let asked = &calls[0]["body"];
    for told in [
        "swordfish",
        "quoted",
        "john",
        "company.com",
        "Engineering",
        "jane",
    ] {
        assert!(!asked.to_string().contains(told), "{told}: {asked}");
    }
    let schema = &asked["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"];
    let offered = items(schema["properties"]["playbook_id"]["enum"].clone());
    assert!(offered.contains(&json!("account_unlock")), "{offered:?}");
    assert!(!offered.contains(&json!("leaver")), "{offered:?}");
    assert_eq!(
        asked["toolConfig"]["toolChoice"]["tool"]["name"],
        "choose_playbook"
    );
}

#[tokio::test]
async fn what_the_model_would_rather_suggest_is_named_beside_the_opinion() {
    let asking = Asking::new("Opinion Rather", Some(50)).await;
    for playbook in ["shared_mailbox_access", "grant_group_access"] {
        asking.house.switches_on(playbook).await;
    }
    asking
        .told(json!({"playbook_id": "shared_mailbox_access"}))
        .await;
    let decision = asking.decides(HALF_OPEN).await;
    leaves(&decision, Some("shared_mailbox_access"));
    because(
        &decision,
        "shared_mailbox_access rather than grant_group_access",
    );
    assert_eq!(decision["confidence"], 0.0, "{decision}");
    asking
        .told(json!({"playbook_id": "grant_group_access"}))
        .await;
    let decision = asking.decides(HALF_OPEN).await;
    leaves(&decision, Some("grant_group_access"));
    because(&decision, "agrees: grant_group_access");
    // The sandbox's model says that there is none.
    let decision = asking.decides(HALF_OPEN).await;
    leaves(&decision, Some("grant_group_access"));
    because(&decision, "no playbook does what it asks for");
}

#[tokio::test]
async fn the_same_content_is_not_asked_about_twice() {
    let asking = Asking::new("Opinion Once", Some(50)).await;
    let ask = json!({"ticket_id": format!("opinion-{}", mark()), "subject": OPEN.0,
        "body": OPEN.1, "user_email": asking.john.email});
    asking.told(json!({"playbook_id": "account_unlock"})).await;
    let path = "/api/v1/classify_ticket";
    let (_, first) = asking.house.tenant.post(path, &ask).await;
    leaves(&first, Some("account_unlock"));
    let (_, again) = asking.house.tenant.post(path, &ask).await;
    assert_eq!(again, first);
    assert_eq!(asking.calls().await.len(), 1);
}

#[tokio::test]
async fn what_is_decided_is_not_asked_about() {
    let asking = Asking::new("Opinion Decided", Some(50)).await;
    let house = &asking.house;
    // The model is sure; a caution is heard.
    starts(&asking.decides(SURE).await, "password_reset");
    let hers = "Please reset the password for my colleague, she forgot it";
    let decision = asking.decides(("Password", hers)).await;
    leaves(&decision, Some("password_reset"));
    // A rule has spoken.
    let rules = json!([{"name": "Word", "phrases": ["get in"], "effect": "leave_to_people"}]);
    house
        .says(json!({"rules": rules, "second_opinions_per_day": 50}))
        .await;
    because(&asking.decides(OPEN).await, "the rule “Word”");
    assert_eq!(asking.calls().await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_opinion_that_fails_hangs_or_is_odd_changes_nothing_but_a_warning() {
    let asking = Asking::new("Opinion Odd", Some(50)).await;
    let plain = |decision: &Value, why: &str| {
        leaves(decision, None);
        let warning = decision["warnings"][0].as_str().unwrap_or_default();
        assert!(
            warning.starts_with("there is no second opinion: "),
            "{decision}"
        );
        assert!(warning.contains(why), "{decision}");
        assert!(
            !decision["reasons"].to_string().contains("second opinion"),
            "{decision}"
        );
    };
    asking.breaks(json!(429), 3).await;
    plain(&asking.decides(OPEN).await, "HTTP 429");
    asking.breaks(json!(500), 1).await;
    plain(&asking.decides(OPEN).await, "HTTP 500");
    asking.breaks(json!("timeout"), 1).await;
    plain(&asking.decides(OPEN).await, "no answer in time");
    asking.breaks(json!("lost_answer"), 1).await;
    plain(&asking.decides(OPEN).await, "the connection broke");
    asking
        .told(json!({"playbook_id": "format_all_disks"}))
        .await;
    plain(&asking.decides(OPEN).await, "it chose what was not offered");
    asking
        .told(json!({"playbook_id": ["account_unlock"]}))
        .await;
    plain(&asking.decides(OPEN).await, "its call names no playbook");
    asking.told(Value::Null).await;
    plain(
        &asking.decides(OPEN).await,
        "it did not stop to call the tool",
    );
    // Three tries of the throttled one; every other once.
    assert_eq!(asking.calls().await.len(), 9);
}

#[tokio::test]
async fn no_more_are_asked_for_than_a_day_may_have() {
    let asking = Asking::new("Opinion Budget", Some(2)).await;
    for (at, calls) in [1, 2, 2, 2].into_iter().enumerate() {
        let decision = asking.decides(OPEN).await;
        leaves(&decision, None);
        assert_eq!(asking.calls().await.len(), calls, "{at}");
        let warning = decision["warnings"][0].as_str().unwrap_or_default();
        let is_over = warning.contains("the 2 of this day (UTC) are used up");
        assert_eq!(is_over, at >= 2, "{decision}");
    }
}
