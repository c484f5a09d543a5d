//! Audit chains.

use super::{entry, kept, tenant};
use audit::{Subject, verify};
use domain::TicketName;
use store::{Store, StoreError};

/// Twenty appends at once: each lands once, in a chain without a gap.
pub(crate) async fn a_chain_after_twenty_concurrent_appends_verifies(store: &Store) {
    let tenant = tenant();
    let id = kept(store, &tenant, TicketName::Halo(1)).await.id;
    let appends = (0..20).map(|n| {
        let (store, tenant) = (store.clone(), tenant.clone());
        tokio::spawn(async move {
            loop {
                let seen = store.ticket(&tenant, id).await.unwrap().unwrap();
                let facts = entry("step.succeeded").fact("n", n).fact("confidence", 1.0);
                let write = store.write(&tenant, "test");
                match write.ticket(Some(&seen), &seen, vec![facts]).commit().await {
                    Ok(()) => return,
                    Err(StoreError::Conflict { .. } | StoreError::Unavailable { .. }) => {}
                    Err(other) => panic!("{other}"),
                }
            }
        })
    });
    for append in appends.collect::<Vec<_>>() {
        append.await.unwrap();
    }
    let head = store.ticket(&tenant, id).await.unwrap().unwrap().chain;
    let subject = Subject::Ticket(id);
    let records = store.records(&tenant, &subject).await.unwrap();
    assert_eq!(records.len(), 21);
    let verdict = verify(&tenant, &subject, &records, &head);
    assert!(verdict.valid, "{verdict:?}");
}
