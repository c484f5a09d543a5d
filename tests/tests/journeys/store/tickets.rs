//! Tickets: their rows, names, numbers and decisions.

use super::{at, conflict, entry, kept, tenant, ticket};
use audit::Subject;
use domain::{Decision, Intake, Tenant, TicketId, TicketName, TicketStatus};
use store::{Store, StoreError, StoredDecision};

/// Two writers of one seen row: one writes, the other is told.
pub(crate) async fn of_two_writers_of_one_seen_row_one_is_told(store: &Store) {
    let tenant = tenant();
    let seen = kept(store, &tenant, TicketName::Halo(1)).await;
    let write = || {
        let mut next = seen.clone();
        next.status = TicketStatus::Open;
        store
            .write(&tenant, "test")
            .ticket(Some(&seen), &next, vec![entry("ticket.opened")])
            .commit()
    };
    let (a, b) = tokio::join!(write(), write());
    let refused = if a.is_ok() { b } else { a };
    assert_eq!(conflict(refused), "ticket");
    let now = store.ticket(&tenant, seen.id).await.unwrap().unwrap();
    assert_eq!((now.rev, now.chain.seq), (2, 2));
}

/// A ticket without an audit entry is not written.
pub(crate) async fn a_ticket_without_an_audit_entry_is_refused(store: &Store) {
    let tenant = tenant();
    let ticket = ticket(TicketName::Halo(1));
    let write = store.write(&tenant, "test").ticket(None, &ticket, vec![]);
    let refused = write.commit().await.unwrap_err();
    assert!(matches!(refused, StoreError::Unaudited { what: "ticket" }));
    assert_eq!(store.ticket(&tenant, ticket.id).await.unwrap(), None);
}

/// A failed member leaves nothing of the others behind.
pub(crate) async fn a_refused_member_takes_the_others_with_it(store: &Store) {
    let tenant = tenant();
    let name = TicketName::Halo(7);
    kept(store, &tenant, name.clone()).await;
    let second = ticket(name.clone());
    let write = store
        .write(&tenant, "test")
        .ticket(None, &second, vec![entry("ticket.received")])
        .name(&name, second.id);
    assert_eq!(conflict(write.commit().await), "ticket name");
    assert_eq!(store.ticket(&tenant, second.id).await.unwrap(), None);
    let subject = Subject::Ticket(second.id);
    assert_eq!(store.records(&tenant, &subject).await.unwrap(), []);
}

/// Halo's ticket 7 and our ticket 7 are two, and another tenant has neither.
pub(crate) async fn halo_ticket_7_and_our_ticket_7_do_not_meet(store: &Store) {
    let (ours, other) = (tenant(), tenant());
    let halo = kept(store, &ours, TicketName::Halo(7)).await;
    let counted = kept(store, &ours, TicketName::Counter(7)).await;
    let named = async |tenant: &Tenant, text: &str| {
        let name = TicketName::parse(text).unwrap();
        let found = store.ticket_named(tenant, &name).await.unwrap();
        found.map(|ticket| ticket.id)
    };
    assert_eq!(named(&ours, "HLP-7").await, Some(halo.id));
    assert_eq!(named(&ours, "7").await, Some(counted.id));
    assert_eq!(named(&ours, "T-7").await, Some(counted.id));
    assert_eq!(named(&ours, &halo.id.as_uuid()).await, Some(halo.id));
    assert_eq!(named(&ours, "HLP-8").await, None);
    for text in ["HLP-7", "7", &halo.id.as_uuid()] {
        assert_eq!(named(&other, text).await, None, "{text}");
    }
}

/// Numbers counted at once are all different.
pub(crate) async fn no_ticket_number_comes_twice(store: &Store) {
    let tenant = tenant();
    let counts = (0..10).map(|_| {
        let (store, tenant) = (store.clone(), tenant.clone());
        tokio::spawn(async move { store.next_number(&tenant).await.unwrap() })
    });
    let mut numbers = Vec::new();
    for count in counts.collect::<Vec<_>>() {
        numbers.push(count.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=10).collect::<Vec<u64>>());
}

/// One decision a content; the story has them oldest first.
pub(crate) async fn a_content_is_decided_once(store: &Store) {
    let tenant = tenant();
    let id = TicketId::from_bits(7);
    let decide = async |body: &str, seconds: i64| {
        let content = Intake {
            subject: "Password".into(),
            body: body.into(),
        }
        .hash();
        let decision = Decision {
            decision_id: format!("dec_{}", content.as_str()),
            automated: false,
            playbook_id: None,
            suggested_playbook_id: None,
            confidence: 0.95,
            classifier_version: "linear-1-5d2f09c1".into(),
            reasons: vec!["no rule fits".into()],
            decided_at: at(seconds),
        };
        let directory = serde_json::Map::from_iter([("department".into(), "Sales".into())]);
        let stored = StoredDecision {
            content: content.clone(),
            decision: decision.clone(),
            context: directory,
            proposed: None,
        };
        let write = store.write(&tenant, "test").decision(id, &stored);
        (content, decision, write.commit().await)
    };
    let (_, late, first) = decide("b", 60).await;
    first.unwrap();
    let (content, early, second) = decide("a", 0).await;
    second.unwrap();
    let (_, _, again) = decide("a", 120).await;
    assert_eq!(conflict(again), "decision");
    let found = store.decision(&tenant, id, &content).await.unwrap();
    assert_eq!(found.unwrap().decision, early);
    let rows = store.decisions(&tenant, id).await.unwrap();
    let told: Vec<Decision> = rows.into_iter().map(|row| row.decision).collect();
    assert_eq!(told, [early, late]);
}
