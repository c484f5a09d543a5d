//! A write whose answer was lost is not taken for a duplicate (R4).

use audit::{Subject, verify};
use deskhand_tests::{Lossy, deskhand};
use domain::{Tenant, TicketId, TicketName};
use store::{InboxRow, Received, Store, StoreError, Verdict, VerdictKind};

use super::{at, connected, entry, events::event, people::prompt, tenant, ticket};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_kept_and_whose_answer_was_lost_is_new() {
    let (lossy, store, tenant) = lossy_store().await;
    let event = event(&tenant, "1", "claim-1");
    lossy.lose("PutItem", 1);
    assert_eq!(store.receive(&tenant, &event).await.unwrap(), Received::New);
    assert_eq!((lossy.lost().len(), lossy.calls("PutItem")), (1, 2));
    let row = store.inbox(&tenant, &event.id).await.unwrap();
    assert_eq!(row, Some(event.clone()));
    // Another delivery of it is a duplicate all the same.
    let other = InboxRow {
        claim: "claim-2".into(),
        ..event
    };
    let again = store.receive(&tenant, &other).await.unwrap();
    assert!(matches!(again, Received::Again { .. }), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_every_answer_was_lost_is_new_to_the_one_who_kept_it() {
    let (lossy, store, tenant) = lossy_store().await;
    let event = event(&tenant, "1", "claim-1");
    lossy.lose("PutItem", 3);
    let unanswered = store.receive(&tenant, &event).await.unwrap_err();
    assert!(
        matches!(unanswered, StoreError::Unavailable { .. }),
        "{unanswered}"
    );
    assert_eq!(store.receive(&tenant, &event).await.unwrap(), Received::New);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_settled_and_whose_answer_was_lost_is_settled() {
    let (lossy, store, tenant) = lossy_store().await;
    let event = event(&tenant, "1", "claim-1");
    store.receive(&tenant, &event).await.unwrap();
    let verdict = Verdict {
        kind: VerdictKind::Accepted,
        rule: "started".into(),
        ticket_id: Some(TicketId::from_bits(7)),
        at: at(1),
    };
    lossy.lose("UpdateItem", 1);
    store.settle(&tenant, &event.id, &verdict).await.unwrap();
    assert_eq!((lossy.lost().len(), lossy.calls("UpdateItem")), (1, 2));
    let row = store.inbox(&tenant, &event.id).await.unwrap().unwrap();
    assert_eq!(row.verdict, Some(verdict));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_was_written_and_whose_answer_was_lost_is_written_once() {
    let (lossy, store, tenant) = lossy_store().await;
    let made = ticket(TicketName::Halo(1));
    lossy.lose("TransactWriteItems", 1);
    let write = store.write(&tenant, "test").name(&made.name, made.id);
    let write = write.ticket(None, &made, vec![entry("ticket.received")]);
    let kept = write.commit_returning().await.unwrap().ticket.unwrap();
    assert_eq!(lossy.lost().len(), 1);
    lossy.lose("TransactWriteItems", 2);
    let write = store.write(&tenant, "test");
    let write = write.ticket(Some(&kept), &kept, vec![entry("ticket.seen")]);
    write.commit().await.unwrap();
    assert_eq!(
        (lossy.lost().len(), lossy.calls("TransactWriteItems")),
        (3, 5)
    );
    let now = store.ticket(&tenant, made.id).await.unwrap().unwrap();
    assert_eq!((now.rev, now.chain.seq), (2, 2));
    let subject = Subject::Ticket(made.id);
    let records = store.records(&tenant, &subject).await.unwrap();
    assert_eq!(records.len(), 2);
    assert!(verify(&tenant, &subject, &records, &now.chain).valid);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prompts_handle_that_was_kept_and_whose_answer_was_lost_is_kept() {
    let (lossy, store, tenant) = lossy_store().await;
    let asked = prompt(TicketId::from_bits(7), 1);
    let write = store.write(&tenant, "test").prompt(None, &asked);
    let seen = write.commit_returning().await.unwrap().prompt.unwrap();
    lossy.lose("UpdateItem", 1);
    let on_device = store.set_prompt_handle(&tenant, &seen, "h-1").await;
    assert_eq!(on_device.unwrap().handle.as_deref(), Some("h-1"));
    assert_eq!((lossy.lost().len(), lossy.calls("UpdateItem")), (1, 2));
    // Somebody else's handle is still refused.
    let other = store.set_prompt_handle(&tenant, &seen, "h-2").await;
    assert!(
        matches!(other, Err(StoreError::Conflict { .. })),
        "{other:?}"
    );
}

async fn lossy_store() -> (Lossy, Store, Tenant) {
    let deskhand = deskhand().await;
    let lossy = Lossy::before(deskhand.aws().base()).await.unwrap();
    let store = connected(&lossy.url());
    (lossy, store, tenant())
}
