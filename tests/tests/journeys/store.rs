//! The store against a real DynamoDB interface: what two processes do to one another, and what is there afterwards.
//!
//! Each function makes its own tenant, so they run in any order, together, and again on the same tables.

use audit::{Actor, Entry, Subject, verify};
use domain::{
    ChainHead, Credential, CredentialRef, CredentialState, Decision, EventId, Execution,
    ExecutionId, ExecutionStatus, Intake, MfaPrompt, MfaState, Origin, PlaybookName, Requester,
    StepId, Telling, Tenant, Ticket, TicketId, TicketName, TicketStatus, UserId, Voucher,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use store::{
    Cursor, InboxRow, InboxStatus, KeyRow, NewTenant, Page, PlaybookRow, Received, SourceRow,
    Store, StoreError, TenantRow, UserRow, Verdict, VerdictKind, VersionRow,
};

#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
fn tenant() -> Tenant {
    let name = format!("store-{}", uuid::Uuid::new_v4().simple());
    Tenant::vouched(&name, Voucher::Operator).unwrap()
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap()
}

fn entry(action: &str) -> Entry {
    Entry::new(at(0), Actor::System("test".into()), action)
}

fn ticket(name: TicketName) -> Ticket {
    Ticket {
        id: TicketId::from_bits(uuid::Uuid::new_v4().as_u128()),
        number: 1,
        name,
        origin: Origin::Halopsa,
        status: TicketStatus::New,
        requester: Requester::default(),
        snapshot: None,
        decided: None,
        telling: Telling::Open,
        runs: Vec::new(),
        live: BTreeMap::new(),
        created_at: at(0),
        rev: 0,
        chain: ChainHead::default(),
    }
}

async fn kept(store: &Store, tenant: &Tenant, name: TicketName) -> Ticket {
    let ticket = ticket(name.clone());
    let write = store.write(tenant, "test").name(&name, ticket.id);
    let write = write.ticket(None, &ticket, vec![entry("ticket.received")]);
    write.commit_returning().await.unwrap().ticket.unwrap()
}

fn conflict(result: Result<(), StoreError>) -> &'static str {
    match result {
        Err(StoreError::Conflict { what }) => what,
        other => panic!("{other:?} is not a conflict"),
    }
}

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
            confidence: 0.95,
            classifier_version: "rules-1".into(),
            reasons: vec!["no rule fits".into()],
            decided_at: at(seconds),
        };
        let context = serde_json::Map::from_iter([("department".into(), "Sales".into())]);
        let write = store.write(&tenant, "test");
        let write = write.decision(id, &content, &decision, &context);
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
    let story = store.decisions(&tenant, id).await.unwrap();
    let story: Vec<Decision> = story.into_iter().map(|row| row.decision).collect();
    assert_eq!(story, [early, late]);
}

fn event(tenant: &Tenant, delivery: &str, claim: &str) -> InboxRow {
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

fn prompt(ticket_id: TicketId, n: u32) -> MfaPrompt {
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

fn playbook_name() -> PlaybookName {
    PlaybookName::parse("password_reset").unwrap()
}

fn run(tenant: &Tenant, ticket: TicketId, generation: u32, seconds: i64) -> Execution {
    let mut run = Execution::new(
        ExecutionId::of(tenant, &ticket, &playbook_name(), generation),
        ticket,
        playbook_name(),
        "1.2".into(),
        &[StepId::parse("verify_mfa").unwrap()],
        at(seconds),
    );
    run.generation = generation;
    if generation.is_multiple_of(2) {
        run.status = ExecutionStatus::Denied;
    }
    run
}

/// Every run is on exactly one page, newest first, and filters leave out what they should.
pub(crate) async fn executions_are_listed_newest_first_page_by_page(store: &Store) {
    let tenant = tenant();
    let id = TicketId::from_bits(7);
    let mut with_runs = ticket(TicketName::Halo(7));
    with_runs.id = id;
    for generation in 1..=7 {
        let run = run(&tenant, id, generation, i64::from(generation));
        with_runs.runs.push(run.id.clone());
        let write = store.write(&tenant, "test");
        let write = write.execution(None, &run, vec![entry("execution.recorded")]);
        let kept = write.commit_returning().await.unwrap().execution;
        assert_eq!(store.execution(&tenant, &run.id).await.unwrap(), kept);
    }
    let write = store.write(&tenant, "test");
    let write = write.ticket(None, &with_runs, vec![entry("ticket.received")]);
    write.commit().await.unwrap();

    let walk = async |page: Page| {
        let mut generations = Vec::new();
        let mut cursor = None;
        for _ in 0..20 {
            let page = Page {
                cursor: cursor.take(),
                ..page.clone()
            };
            let paged = store.executions(&tenant, page.clone()).await.unwrap();
            assert!(paged.items.len() <= page.limit);
            generations.extend(paged.items.iter().map(|run| run.generation));
            match paged.next_cursor {
                Some(next) => cursor = Some(Cursor::parse(&next.to_string()).unwrap()),
                None => return generations,
            }
        }
        panic!("the list does not end");
    };
    let all = Page {
        limit: 3,
        ..Page::default()
    };
    assert_eq!(walk(all.clone()).await, [7, 6, 5, 4, 3, 2, 1]);
    let denied = Page {
        status: Some(ExecutionStatus::Denied),
        limit: 2,
        ..Page::default()
    };
    assert_eq!(walk(denied).await, [6, 4, 2]);
    let between = Page {
        from: Some(at(3)),
        to: Some(at(5)),
        ..all.clone()
    };
    assert_eq!(walk(between).await, [4, 3]);
    let backwards = Page {
        from: Some(at(5)),
        to: Some(at(3)),
        ..all.clone()
    };
    assert_eq!(walk(backwards).await, [0_u32; 0]);
    let of_ticket = Page {
        ticket: Some(id),
        ..all.clone()
    };
    assert_eq!(walk(of_ticket).await, [7, 6, 5, 4, 3, 2, 1]);
    let of_another = Page {
        ticket: Some(TicketId::from_bits(8)),
        ..all
    };
    assert_eq!(walk(of_another).await, [0_u32; 0]);
}

/// A version is one text for ever; saving it again is nothing, and the pointer moves only from where it was read.
pub(crate) async fn a_playbook_version_is_one_text_for_ever(store: &Store) {
    let tenant = tenant();
    let playbook = PlaybookRow {
        name: playbook_name(),
        enabled: false,
        active_version: None,
        latest_version: "1.0".into(),
        created_at: at(0),
        rev: 0,
    };
    let version = VersionRow {
        name: playbook_name(),
        version: "1.0".into(),
        checksum: "a".repeat(64),
        definition: "{}".into(),
        machine_arn: "arn:aws:states:us-east-1:000000000000:stateMachine:pb".into(),
        created_at: at(0),
        author: "admin".into(),
    };
    let put = async |row: &PlaybookRow, version: &VersionRow| {
        store.put_playbook(&tenant, row, version).await
    };
    put(&playbook, &version).await.unwrap();
    put(&playbook, &version).await.unwrap();
    let mut other_text = version.clone();
    other_text.checksum = "b".repeat(64);
    let refused = put(&playbook, &other_text).await;
    assert_eq!(conflict(refused), "playbook version");

    let name = playbook_name();
    let seen = store.playbook(&tenant, &name).await.unwrap().unwrap();
    let mut active = seen.clone();
    active.enabled = true;
    active.active_version = Some("1.0".into());
    put(&active, &version).await.unwrap();
    let stale = PlaybookRow {
        enabled: false,
        ..seen
    };
    assert_eq!(conflict(put(&stale, &version).await), "playbook");
    let found = store.playbook(&tenant, &name).await.unwrap().unwrap();
    assert!(found.enabled);
    let found = store.playbook_version(&tenant, &name, "1.0").await.unwrap();
    assert_eq!(found, Some(version.clone()));

    for name in ["grant_access", "unlock"] {
        let name = PlaybookName::parse(name).unwrap();
        let row = PlaybookRow {
            name: name.clone(),
            ..playbook.clone()
        };
        let version = VersionRow {
            name,
            ..version.clone()
        };
        put(&row, &version).await.unwrap();
    }
    let first = store.playbooks(&tenant, 2, None).await.unwrap();
    let second = store
        .playbooks(&tenant, 2, first.next_cursor.as_ref())
        .await
        .unwrap();
    let both = first.items.iter().chain(&second.items);
    let names: Vec<&str> = both.map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["grant_access", "password_reset", "unlock"]);
    assert_eq!(second.next_cursor, None);
}

/// A tenant is made once, whole; its key and source are found by what is presented.
pub(crate) async fn a_tenant_is_made_once(store: &Store) {
    let tenant = tenant();
    let name = tenant.as_str().to_owned();
    let new = |key_hash: &str, source: &str| NewTenant {
        tenant: tenant.clone(),
        row: TenantRow {
            name: name.clone(),
            admin: "admin".into(),
            key_id: "key_1".into(),
            sources: vec![source.to_owned()],
            created_at: at(0),
        },
        admin: UserRow {
            username: "admin".into(),
            role: "admin".into(),
            password_hash: "hash".into(),
            created_at: at(0),
        },
        key_hash: key_hash.to_owned(),
        key: KeyRow {
            id: "key_1".into(),
            tenant: name.clone(),
            scopes: vec!["exec:run".into()],
            prefix: "key_ab".into(),
            name: "first".into(),
            revoked: false,
            expires_at: None,
            created_at: at(0),
        },
        sources: vec![SourceRow {
            id: source.to_owned(),
            tenant: name.clone(),
            vendor: "halopsa".into(),
            secret_hash: "hash".into(),
            sealed_secret: None,
            created_at: at(0),
        }],
    };
    let (first_key, second_key) = (format!("{name}-1"), format!("{name}-2"));
    let (first_source, second_source) = (format!("src-{name}-1"), format!("src-{name}-2"));
    let first = new(&first_key, &first_source);
    store.create_tenant(first.clone()).await.unwrap();
    let second = store.create_tenant(new(&second_key, &second_source)).await;
    assert_eq!(conflict(second), "tenant");
    assert_eq!(store.tenant_named(&name).await.unwrap(), Some(first.row));
    assert_eq!(store.tenant_named("No Such").await.unwrap(), None);
    let key = store.key_by_hash(&first_key).await.unwrap();
    assert_eq!(key, Some(first.key));
    assert_eq!(store.key_by_hash(&second_key).await.unwrap(), None);
    let source = store.source_by_id(&first_source).await.unwrap();
    assert_eq!(source.as_ref(), first.sources.first());
    assert_eq!(store.source_by_id(&second_source).await.unwrap(), None);
}

/// Everything above, one after the other.
pub(crate) async fn all(store: &Store) {
    store.ping().await.unwrap();
    of_two_writers_of_one_seen_row_one_is_told(store).await;
    a_chain_after_twenty_concurrent_appends_verifies(store).await;
    a_ticket_without_an_audit_entry_is_refused(store).await;
    a_refused_member_takes_the_others_with_it(store).await;
    halo_ticket_7_and_our_ticket_7_do_not_meet(store).await;
    no_ticket_number_comes_twice(store).await;
    a_content_is_decided_once(store).await;
    a_duplicate_is_told_from_an_answer_that_was_lost(store).await;
    a_body_over_64_kb_is_refused(store).await;
    an_event_is_settled_once_and_leaves_the_index(store).await;
    pushes_are_counted_in_a_sliding_window(store).await;
    pushes_counted_at_once_keep_the_limit(store).await;
    a_prompt_takes_its_handle_and_one_answer(store).await;
    a_destroyed_credential_overwrites_the_sealed_one(store).await;
    executions_are_listed_newest_first_page_by_page(store).await;
    a_playbook_version_is_one_text_for_ever(store).await;
    a_tenant_is_made_once(store).await;
}
