//! Once, whatever is repeated or reordered.

use std::{collections::BTreeSet, hash::BuildHasher, sync::Arc, time::Duration};

use deskhand_tests::{answer, answer_in_time, eventually, whole_machine};
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task::JoinSet};

use crate::desk::{Desk, Filed, Person, items};

const CREATED: &str = "ticket_created";
const UPDATED: &str = "ticket_updated";
const AT_ONCE: usize = 8;
const MANY: usize = 50;
/// Tickets whose deliveries come side by side: more starve the local AWS on two cores.
const WAVE: usize = 10;
/// For a wave of runs side by side.
const LONG: Duration = Duration::from_mins(4);

/// One delivery of a webhook.
#[derive(Clone)]
struct Delivery {
    event: &'static str,
    body: Value,
}

/// The two webhooks of a ticket, each delivered under the id of its own.
fn delivery(filed: &Filed, event: &'static str, which: &str) -> Delivery {
    let id = format!("{}-{event}-{which}", filed.name);
    Delivery {
        event,
        body: Desk::delivery(filed, &id),
    }
}

/// Dice whose throws follow from the seed (`SplitMix64`). `DESKHAND_TEST_SEED` makes a run again as it was.
struct Dice(u64);

impl Dice {
    #[expect(
        clippy::disallowed_methods,
        reason = "a person names the seed of the run they want again"
    )]
    fn new(what: &str) -> Self {
        let given = std::env::var("DESKHAND_TEST_SEED").ok();
        let seed = given.and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or_else(|| std::hash::RandomState::new().hash_one(what));
        println!("{what}: DESKHAND_TEST_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let end = u64::try_from(end).unwrap();
        usize::try_from((mixed ^ (mixed >> 31)) % end).unwrap()
    }

    fn shuffle<T>(&mut self, many: &mut [T]) {
        for last in (1..many.len()).rev() {
            many.swap(last, self.below(last + 1));
        }
    }
}

/// Delivers all of them in this order, some at once; answers with each delivery's id, status and answer.
async fn deliver(desk: &Desk<'static>, deliveries: Vec<Delivery>) -> Vec<(String, u16, Value)> {
    let door = Arc::new(Semaphore::new(AT_ONCE));
    let mut calls = JoinSet::new();
    for Delivery { event, body } in deliveries {
        let (desk, door) = (desk.clone(), Arc::clone(&door));
        let turn = door.acquire_owned().await.unwrap();
        calls.spawn(async move {
            // 503 asks for the delivery again, as Halo gives it.
            let (status, told) = answer_in_time(desk.webhook(event).json(&body)).await;
            drop(turn);
            (body["id"].as_str().unwrap().to_owned(), status, told)
        });
    }
    calls.join_all().await
}

/// Waits for the verdict on every event that was answered.
async fn all_settled(desk: &Desk<'_>, answers: &[(String, u16, Value)]) {
    let events: BTreeSet<&str> = answers
        .iter()
        .map(|(_, _, told)| told["event_id"].as_str().unwrap())
        .collect();
    for event in events {
        let row = desk.settled(event).await;
        assert_ne!(row["verdict"], "rejected", "{row}");
    }
}

/// Asserts that the ticket was run once, and its requester has one pass and one message.
async fn assert_once(desk: &Desk<'_>, person: &Person, filed: &Filed) {
    let run = desk.ended(&filed.name).await;
    assert_eq!(run["status"], "completed", "{run}");
    let path = format!("/api/v1/orchestration/executions?ticket_id={}", filed.name);
    let (status, runs) = desk.get(&path).await;
    assert_eq!((status, &runs["count"]), (200, &json!(1)), "{runs}");
    let did = (
        desk.prompts(person).await.len(),
        desk.passes(person).await,
        desk.texts(person).await.len(),
    );
    assert_eq!(
        did,
        (1, 1, 1),
        "pushes, passes and messages of {}",
        filed.name
    );
}

#[tokio::test]
async fn forty_deliveries_in_any_order_start_one_run() {
    let desk = Desk::shared().await;
    let mut dice = Dice::new("forty deliveries");
    for updates_first in [false, true] {
        let john = desk.person("john.repeats", "approve").await;
        let filed = desk.quietly_locked_out(&john).await;
        let mut deliveries: Vec<Delivery> = (0..10)
            .flat_map(|number| {
                let own = number.to_string();
                [
                    (CREATED, "same"),
                    (UPDATED, "same"),
                    (CREATED, &own),
                    (UPDATED, &own),
                ]
                .map(|(event, which)| delivery(&filed, event, which))
            })
            .collect();
        dice.shuffle(&mut deliveries);
        if updates_first {
            deliveries.sort_by_key(|delivery| delivery.event == CREATED);
        }
        let answers = deliver(&desk, deliveries).await;
        all_settled(&desk, &answers).await;
        assert_once(&desk, &john, &filed).await;

        let (mut new, mut again) = (0, 0);
        for (id, status, told) in &answers {
            match status {
                202 => new += 1,
                200 => {
                    assert_eq!(told["duplicate"], true, "{told}");
                    assert!(id.ends_with("same"), "{id} was delivered once");
                    again += 1;
                }
                other => panic!("{other} {told}"),
            }
        }
        assert_eq!((new, again), (22, 18));
        desk.note(&filed, "Deskhand finished").await;
        assert_eq!(desk.notes(&filed).await.len(), 2);
    }
}

#[tokio::test]
async fn fifty_tickets_delivered_one_to_five_times_run_once_each() {
    let desk = Desk::shared().await;
    let _whole = whole_machine().await;
    let mut dice = Dice::new("fifty tickets");
    for _ in 0..MANY / WAVE {
        a_wave(&desk, &mut dice).await;
    }
}

/// Ten tickets, each webhook delivered one to five times, in any order, eight at once.
async fn a_wave(desk: &Desk<'static>, dice: &mut Dice) {
    let (mut tickets, mut deliveries) = (Vec::new(), Vec::new());
    for _ in 0..WAVE {
        let person = desk.person("one.of.fifty", "approve").await;
        let filed = desk.quietly_locked_out(&person).await;
        for event in [CREATED, UPDATED] {
            let times = 1 + dice.below(5);
            deliveries.extend(vec![delivery(&filed, event, "only"); times]);
        }
        tickets.push((person, filed));
    }
    dice.shuffle(&mut deliveries);
    let answers = deliver(desk, deliveries).await;
    for (id, status, told) in &answers {
        assert!(matches!(status, 200 | 202), "{id}: {status} {told}");
    }
    eventually("a message for each person of the wave", LONG, || async {
        for (person, _) in &tickets {
            if desk.texts(person).await.is_empty() {
                return None;
            }
        }
        Some(())
    })
    .await;
    all_settled(desk, &answers).await;
    for (person, filed) in &tickets {
        assert_once(desk, person, filed).await;
    }
}

/// The inbox's rows whose body holds `text`.
async fn inbox_rows_with(desk: &Desk<'_>, text: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    let mut ask = json!({"TableName": format!("{}-inbox", desk.deployment.stack()), "ConsistentRead": true,
        "FilterExpression": "contains(body, :text)", "ExpressionAttributeValues": {":text": {"S": text}}});
    loop {
        let mut page = desk.deployment.dynamodb("Scan", &ask).await.unwrap();
        rows.extend(items(page["Items"].take()));
        match page["LastEvaluatedKey"].take() {
            Value::Null => return rows,
            key => ask["ExclusiveStartKey"] = key,
        }
    }
}

#[tokio::test]
async fn a_webhook_with_a_wrong_credential_leaves_no_event_behind() {
    let desk = Desk::shared().await;
    let john = desk.person("john.forged", "approve").await;
    let filed = desk.quietly_locked_out(&john).await;
    let Delivery { event, body } = delivery(&filed, CREATED, "forged");
    let id = body["id"].as_str().unwrap();
    let username = desk.deployment.endpoints().webhook("halopsa", "username");
    let url = format!("{}/webhooks/halopsa/{event}", desk.deployment.api());
    let client = deskhand_local::loopback().unwrap();
    let unsigned = client.post(&url).json(&body);
    let forged = client
        .post(&url)
        .basic_auth(username, Some("wrong"))
        .json(&body);
    for attempt in [unsigned, forged] {
        let (status, problem) = answer(attempt).await;
        assert_eq!(
            (status, &problem["code"]),
            (401, &json!("AUTH_FAILED")),
            "{problem}"
        );
    }
    assert_eq!(inbox_rows_with(&desk, id).await, [Value::Null; 0]);

    let (status, told) = answer(desk.webhook(event).json(&body)).await;
    assert_eq!((status, &told["accepted"]), (202, &json!(true)), "{told}");
    assert_eq!(inbox_rows_with(&desk, id).await.len(), 1);
}

#[tokio::test]
async fn an_unreadable_webhook_is_kept_and_rejected() {
    let desk = Desk::shared().await;
    for body in [
        "{\"id\": \"unreadable-1\", \"event\": \"new ticket logged\"}",
        "this is no JSON",
    ] {
        let (status, told) = answer(desk.webhook(CREATED).body(body)).await;
        assert_eq!((status, &told["accepted"]), (200, &json!(false)), "{told}");
        let row = desk.settled(told["event_id"].as_str().unwrap()).await;
        assert_eq!(row["verdict"], "rejected", "{row}");
        assert_eq!(inbox_rows_with(&desk, body).await.len(), 1);
    }
}

#[tokio::test]
async fn a_batch_of_three_events_gets_three_verdicts() {
    let desk = Desk::shared().await;
    let john = desk.person("john.batched", "deny").await;
    let filed = desk.quietly_locked_out(&john).await;
    let nowhere = Filed {
        number: 999_999,
        name: "HLP-999999".to_owned(),
    };
    let batch = json!([
        delivery(&filed, CREATED, "batched").body,
        delivery(&nowhere, CREATED, "batched").body,
        {"id": "batched-nothing"},
    ]);
    let (status, told) = answer(desk.webhook(CREATED).json(&batch)).await;
    assert_eq!((status, &told["accepted"]), (202, &json!(true)), "{told}");
    let mut verdicts = Vec::new();
    for event in told["event_ids"].as_array().unwrap() {
        verdicts.push(desk.settled(event.as_str().unwrap()).await);
    }
    let kinds: Vec<_> = verdicts
        .iter()
        .map(|row| row["verdict"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["accepted", "ignored", "rejected"], "{verdicts:#?}");
    assert!(verdicts[0]["ticket_id"].is_string(), "{verdicts:#?}");
}
