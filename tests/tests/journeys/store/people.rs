//! Prompts, how many there may be, and credentials.

use super::{at, conflict, tenant};
use domain::{Credential, CredentialRef, CredentialState, MfaPrompt, MfaState, TicketId, UserId};
use jiff::SignedDuration;
use store::Store;

/// Three pushes in ten minutes, then no more until the first is ten minutes old.
pub(crate) async fn pushes_are_counted_in_a_sliding_window(store: &Store) {
    let tenant = tenant();
    let john = UserId::parse("abc-123").unwrap();
    let jane = UserId::parse("def-456").unwrap();
    let window = SignedDuration::from_mins(10);
    let count = async |user: &UserId, seconds: i64| {
        store
            .count_push(&tenant, user, at(seconds), 3, window)
            .await
            .unwrap()
    };
    for seconds in [0, 60, 120] {
        assert!(count(&john, seconds).await);
    }
    assert!(!count(&john, 180).await);
    assert!(!count(&john, 599).await);
    assert!(count(&jane, 180).await);
    assert!(count(&john, 600).await);
    assert!(!count(&john, 601).await);
}

/// Pushes counted at once do not exceed the limit.
pub(crate) async fn pushes_counted_at_once_keep_the_limit(store: &Store) {
    let tenant = tenant();
    let counts = (0..5).map(|_| {
        let (store, tenant) = (store.clone(), tenant.clone());
        tokio::spawn(async move {
            let john = UserId::parse("abc-123").unwrap();
            let window = SignedDuration::from_mins(10);
            let counted = store.count_push(&tenant, &john, at(0), 3, window).await;
            // A conflict is no count either.
            counted.is_ok_and(|counted| counted)
        })
    });
    let mut counted = 0;
    for count in counts.collect::<Vec<_>>() {
        counted += usize::from(count.await.unwrap());
    }
    assert!((1..=3).contains(&counted), "{counted}");
}

pub(super) fn prompt(ticket_id: TicketId, n: u32) -> MfaPrompt {
    MfaPrompt {
        id: Store::prompt_id(ticket_id, n),
        ticket_id,
        user_id: UserId::parse("abc-123").unwrap(),
        state: MfaState::Pending,
        requested_at: at(0),
        expires_at: at(300),
        waiting: None,
        sealed_token: Some("sealed".into()),
        handle: None,
        rev: 0,
    }
}

/// A prompt is found by its id; its handle is stored once, and who read it before is told.
pub(crate) async fn a_prompt_takes_its_handle_and_one_answer(store: &Store) {
    let tenant = tenant();
    let ticket = TicketId::from_bits(7);
    for n in [2, 10, 1] {
        let write = store
            .write(&tenant, "test")
            .prompt(None, &prompt(ticket, n));
        write.commit().await.unwrap();
    }
    let prompts = store.prompts(&tenant, ticket).await.unwrap();
    let ids: Vec<_> = prompts.iter().map(|prompt| prompt.id.clone()).collect();
    assert_eq!(ids, [1, 2, 10].map(|n| Store::prompt_id(ticket, n)));

    let seen = prompts[0].clone();
    let on_device = store
        .set_prompt_handle(&tenant, &seen, "h-1")
        .await
        .unwrap();
    // Again, because the answer was lost.
    let again = store
        .set_prompt_handle(&tenant, &seen, "h-1")
        .await
        .unwrap();
    assert_eq!(again, on_device);
    let other = store.set_prompt_handle(&tenant, &seen, "h-2").await;
    assert_eq!(conflict(other.map(drop)), "prompt");
    let stale = store.write(&tenant, "test").prompt(Some(&seen), &seen);
    assert_eq!(conflict(stale.commit().await), "prompt");
    let found = store.prompt(&tenant, &seen.id).await.unwrap();
    assert_eq!(found, Some(on_device));
}

/// A destroyed credential takes the place of the sealed one, and nothing takes the place of a sealed one.
pub(crate) async fn a_destroyed_credential_overwrites_the_sealed_one(store: &Store) {
    let tenant = tenant();
    let sealed = Credential {
        id: CredentialRef::parse("cred_1").unwrap(),
        ticket_id: TicketId::from_bits(7),
        user_id: UserId::parse("abc-123").unwrap(),
        state: CredentialState::Sealed {
            ciphertext: "c2VhbGVk".into(),
        },
        expires_at: at(3600),
    };
    let put =
        |credential: &Credential| store.write(&tenant, "test").credential(credential).commit();
    let gone = sealed.destroyed(at(1));
    assert_eq!(conflict(put(&gone).await), "credential");
    put(&sealed).await.unwrap();
    assert_eq!(conflict(put(&sealed).await), "credential");
    put(&gone).await.unwrap();
    let found = store.credential(&tenant, &sealed.id).await.unwrap();
    assert_eq!(found, Some(gone));
}
