//! A key's own limit, when very many ask at once.

use super::{House, KEYS, one};
use deskhand_tests::whole_machine;
use futures::{StreamExt, stream};
use reqwest::Method;
use serde_json::json;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

#[tokio::test]
async fn of_a_thousand_requests_a_key_gets_its_hundred_and_no_more() {
    let house = House::new("Keys Limited").await;
    let ask = json!({"name": "slow", "scopes": ["playbook:read"], "rate_limit": 100});
    let made = house.send(Method::POST, KEYS, &ask).await.is(201);
    assert_eq!(made.body["rate_limit"], 100);
    let key = made.key();
    let answers = {
        let _whole = whole_machine().await;
        // It bore 48 at once by itself, and fewer behind a whole suite; a thousand at once
        // meet the store's own test.
        let requests = stream::iter((0..1000).map(|_| house.used(&key)));
        requests.buffer_unordered(12).collect::<Vec<_>>().await
    };
    // An hour may turn meanwhile: each window is looked at for itself.
    let mut windows: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
    let mut refused = 0;
    for told in &answers {
        let [limit, remaining, reset] =
            ["limit", "remaining", "reset"].map(|what| told.number(&format!("x-ratelimit-{what}")));
        assert_eq!(limit, 100, "{}", told.text);
        assert!(
            reset % 3600 == 0,
            "a window ends with the hour, not at {reset}"
        );
        match told.status {
            200 => windows.entry(reset).or_default().push(remaining),
            429 => {
                told.says(429, "RATE_LIMIT_EXCEEDED");
                let wait = told.number("retry-after");
                assert!((1..=3600).contains(&wait), "{wait}");
                assert_eq!((remaining, &told.body["retry_after"]), (0, &json!(wait)));
                refused += 1;
            }
            other => panic!("{other} {}", told.text),
        }
    }
    let passed: usize = windows.values().map(Vec::len).sum();
    let _ = writeln!(
        io::stderr(),
        "of 1000 requests {passed} passed and {refused} were refused"
    );
    assert_eq!(passed + refused, 1000);
    for (reset, mut rooms) in windows.clone() {
        rooms.sort_unstable();
        rooms.dedup();
        let told = &windows[&reset];
        assert!(told.len() <= 100, "{} passed in one window", told.len());
        assert_eq!(
            rooms.len(),
            told.len(),
            "two were told the same of what is left"
        );
    }
    assert!(passed >= 100, "only {passed} of 100 passed");
    let shown = house.ask(Method::GET, &one(made.id())).await.is(200);
    assert_eq!(
        shown.body["usage_count"], passed,
        "each that passed is counted, and no other"
    );
    // The limit is the key's own: others of the organization go on.
    house.used(&house.first_key).await.is(200);
}
