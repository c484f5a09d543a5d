//! A second opinion about what the classifier leaves undecided: a suggestion, or nothing but a warning.

use deskhand_tests::answer;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

use crate::desk::items;
use crate::policy::mark;
use crate::rules::house::{House, SURE, because, leaves, starts};

/// Faults are ordered for whoever asks next, so one journey asks at a time.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A house whose tickets no other house's can be taken for.
struct Asking {
    house: House,
    /// A word of its own.
    word: String,
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
        let letter =
            |digit: char| char::from(b'a' + u8::try_from(digit.to_digit(16).unwrap()).unwrap());
        Self {
            house,
            word: format!("zq{}", mark().chars().map(letter).collect::<String>()),
            _alone: alone,
        }
    }

    /// What is decided about a ticket that the model can make nothing of.
    async fn decides(&self, more: &str) -> Value {
        let john = self.house.desk.person("john.undecided", "approve").await;
        let body = format!("The {} does not take me {more}", self.word);
        self.house.decides((&self.word, &body), &john).await
    }

    /// Has the model answer so about the next of its tickets.
    async fn told(&self, input: Value) {
        let order = json!({"about": self.word, "input": input});
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

    /// The calls about its tickets.
    async fn calls(&self) -> Vec<Value> {
        let path = "/_sandbox/calls?vendor=bedrock";
        let mut all = items(self.house.desk.sandbox(Method::GET, path, None).await);
        all.retain(|call| call["body"].to_string().contains(&self.word));
        all
    }
}

#[tokio::test]
async fn nobody_is_asked_unless_the_tenant_wants_it() {
    let asking = Asking::new("Opinion Off", None).await;
    let decision = asking.decides("").await;
    leaves(&decision, None);
    assert_eq!(decision["warnings"], Value::Null, "{decision}");
    asking
        .house
        .says(json!({"second_opinions_per_day": 0}))
        .await;
    asking.decides("again").await;
    assert_eq!(asking.calls().await, [] as [Value; 0]);
}

#[tokio::test]
async fn an_undecided_ticket_gets_a_suggestion_by_one_call_that_tells_nothing_else() {
    let asking = Asking::new("Opinion On", Some(50)).await;
    let disable = "/api/v1/playbooks/leaver/disable";
    let (status, off) = answer(asking.house.tenant.request(Method::PUT, disable)).await;
    assert_eq!(status, 200, "{off}");
    asking.told(json!({"playbook_id": "account_unlock"})).await;
    let decision = asking
        .decides("call +44 1234 567890, my pin is swordfish\n\n> quoted words")
        .await;
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
        "567890",
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
    // What was decided is kept, and nobody is asked again.
    let again = asking.decides("call +44 1234 567890, my pin is swordfish\n\n> quoted words");
    leaves(&again.await, None);
    assert_eq!(asking.calls().await.len(), 2);
}

#[tokio::test]
async fn the_same_content_is_not_asked_about_twice() {
    let asking = Asking::new("Opinion Once", Some(50)).await;
    let ask = json!({"ticket_id": format!("opinion-{}", mark()), "subject": asking.word,
        "body": "does not take me", "user_email": "john.doe@company.com"});
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
    let john = house.desk.person("john.decided", "approve").await;
    let with_word = |body: &str| format!("{body} {}", asking.word);
    // The model is sure; a caution is heard.
    let sure = house.decides((SURE.0, SURE.1), &john).await;
    starts(&sure, "password_reset");
    let hers = with_word("Please reset the password for my colleague, she forgot it");
    leaves(
        &house.decides(("Password", &hers), &john).await,
        Some("password_reset"),
    );
    // A rule has spoken.
    let rules = json!([{"name": "Word", "phrases": [asking.word], "effect": "leave_to_people"}]);
    house
        .says(json!({"rules": rules, "second_opinions_per_day": 50}))
        .await;
    because(&asking.decides("").await, "the rule “Word”");
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
    plain(&asking.decides("throttled").await, "HTTP 429");
    asking.breaks(json!(500), 1).await;
    plain(&asking.decides("broken").await, "HTTP 500");
    asking.breaks(json!("timeout"), 1).await;
    plain(&asking.decides("hung").await, "no answer in time");
    asking.breaks(json!("lost_answer"), 1).await;
    plain(&asking.decides("lost").await, "the connection broke");
    asking
        .told(json!({"playbook_id": "format_all_disks"}))
        .await;
    plain(
        &asking.decides("odd").await,
        "it chose what was not offered",
    );
    asking
        .told(json!({"playbook_id": ["account_unlock"]}))
        .await;
    plain(&asking.decides("odder").await, "its call names no playbook");
    asking.told(Value::Null).await;
    plain(
        &asking.decides("talkative").await,
        "it did not stop to call the tool",
    );
    // Three tries of the throttled one; every other once.
    assert_eq!(asking.calls().await.len(), 9);
}

#[tokio::test]
async fn no_more_are_asked_for_than_a_day_may_have() {
    let asking = Asking::new("Opinion Budget", Some(2)).await;
    for (more, calls) in [("one", 1), ("two", 2), ("three", 2), ("four", 2)] {
        let decision = asking.decides(more).await;
        leaves(&decision, None);
        assert_eq!(asking.calls().await.len(), calls, "{more}");
        let warning = decision["warnings"][0].as_str().unwrap_or_default();
        let is_over = ["three", "four"].contains(&more);
        assert_eq!(
            warning.contains("the 2 of this day (UTC) are used up"),
            is_over,
            "{decision}"
        );
    }
}
