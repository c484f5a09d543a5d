//! Events that come in.

use super::{at, conflict, tenant};
use domain::{EventId, Tenant, TicketId};
use jiff::Timestamp;
use std::collections::BTreeMap;
use store::{InboxRow, InboxStatus, Received, Store, StoreError, Verdict, VerdictKind};

pub(super) fn event(tenant: &Tenant, delivery: &str, claim: &str) -> InboxRow {
    InboxRow {
        id: EventId::of(tenant.as_str(), "ticket_created", delivery.as_bytes()),
        source: "src_1".into(),
        route: "ticket_created".into(),
        at: at(0),
        body: r#"{"ticket_id": 7}"#.into(),
        headers: BTreeMap::from([("content-type".into(), "application/json".into())]),
        claim: claim.into(),
        status: InboxStatus::Received,
        verdict: None,
        deliveries: 1,
    }
}

/// An event received twice is a duplicate; our own write whose answer was lost is not.
pub(crate) async fn a_duplicate_is_told_from_an_answer_that_was_lost(store: &Store) {
    let tenant = tenant();
    let first = event(&tenant, "1", "claim-1");
    assert_eq!(store.receive(&tenant, &first).await.unwrap(), Received::New);
    // The same request tries again, because it never heard back.
    assert_eq!(store.receive(&tenant, &first).await.unwrap(), Received::New);
    // Another request brings the same event.
    let second = event(&tenant, "1", "claim-2");
    let again = store.receive(&tenant, &second).await.unwrap();
    let row = Box::new(first.clone());
    assert_eq!(again, Received::Again { row });
    store.count_delivery(&tenant, &first.id).await.unwrap();
    let row = store.inbox(&tenant, &first.id).await.unwrap().unwrap();
    assert_eq!((row.deliveries, row.claim.as_str()), (2, "claim-1"));
    let none = event(&tenant, "2", "claim-3").id;
    assert_eq!(
        conflict(store.count_delivery(&tenant, &none).await),
        "event"
    );
}

/// A body over 64 KB is not kept.
pub(crate) async fn a_body_over_64_kb_is_refused(store: &Store) {
    let tenant = tenant();
    let mut row = event(&tenant, "1", "claim-1");
    row.body = "x".repeat(64 * 1024 + 1);
    let refused = store.receive(&tenant, &row).await.unwrap_err();
    assert!(matches!(refused, StoreError::TooBig { what: "event" }));
}

/// An event has one verdict, and is unsettled until then.
pub(crate) async fn an_event_is_settled_once_and_leaves_the_index(store: &Store) {
    let tenant = tenant();
    let rows: Vec<InboxRow> = (0..6)
        .map(|n| event(&tenant, &n.to_string(), "claim"))
        .collect();
    for row in &rows {
        store.receive(&tenant, row).await.unwrap();
    }
    let waiting = async |older_than: Timestamp| {
        let found = store.unsettled(older_than, 1000).await.unwrap();
        let ours = found.into_iter().filter(|(owner, _)| *owner == tenant);
        ours.map(|(_, id)| id).collect::<Vec<_>>()
    };
    assert_eq!(waiting(at(1)).await.len(), 6);
    assert_eq!(waiting(at(0)).await, []);
    let verdict = Verdict {
        kind: VerdictKind::Accepted,
        rule: "new_ticket".into(),
        ticket_id: Some(TicketId::from_bits(7)),
        at: at(2),
    };
    let id = &rows[0].id;
    store.settle(&tenant, id, &verdict).await.unwrap();
    let later = Verdict {
        at: at(3),
        ..verdict.clone()
    };
    store.settle(&tenant, id, &later).await.unwrap();
    let other = Verdict {
        kind: VerdictKind::Ignored,
        ..verdict.clone()
    };
    let refused = store.settle(&tenant, id, &other).await;
    assert_eq!(conflict(refused), "verdict");
    let settled = store.inbox(&tenant, id).await.unwrap().unwrap();
    assert_eq!(settled.status, InboxStatus::Settled);
    assert_eq!(settled.verdict, Some(verdict.clone()));
    let left = waiting(at(1)).await;
    assert_eq!((left.len(), left.contains(id)), (5, false));
    let unknown = event(&tenant, "unknown", "claim").id;
    let refused = store.settle(&tenant, &unknown, &verdict).await;
    assert_eq!(conflict(refused), "event");
}

/// Two processes note ten webhooks with a bad credential between them; the next minute has ten of its own.
pub(crate) async fn of_a_minutes_unverified_webhooks_ten_are_noted(store: &Store) {
    let other = super::connected(deskhand_tests::deskhand().await.aws().base());
    // A minute that no earlier run of this test has used.
    let minute = i64::from(uuid::Uuid::new_v4().as_fields().0) % 10_000_000;
    for minute in [minute, minute + 1] {
        let mut noted = 0;
        for second in 0..30 {
            for store in [store, &other] {
                let now = at(minute * 60 - 20 + second);
                let kept = store.note_unverified("of_a_test", now).await.unwrap();
                noted += usize::from(kept);
            }
        }
        assert_eq!(noted, 10);
    }
}
