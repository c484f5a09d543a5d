//! Lists of executions.

use super::{at, conflict, entry, playbook_name, tenant, ticket};
use domain::{
    Execution, ExecutionId, ExecutionStatus, StepId, StepState, Tenant, TicketId, TicketName,
};
use store::{Cursor, Page, Store};

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

/// The intent of a step and the wish to stop its run are written by two at once: one of them stands, and the other is told.
pub(crate) async fn an_intent_and_a_wish_to_stop_do_not_both_stand(store: &Store) {
    let tenant = tenant();
    let step = StepId::parse("verify_mfa").unwrap();
    for generation in 1..=8 {
        let mut fresh = run(&tenant, TicketId::from_bits(9), generation, 0);
        fresh.status = ExecutionStatus::Pending;
        let write = store.write(&tenant, "test");
        let write = write.execution(None, &fresh, vec![entry("execution.recorded")]);
        let seen = write.commit_returning().await.unwrap().execution.unwrap();
        let begun = seen.begin(&step, at(1)).unwrap();
        let asked = seen.cancel("key-3", None, at(1)).unwrap();
        let put = |next: Execution| {
            let seen = &seen;
            let tenant = &tenant;
            async move {
                let write = store.write(tenant, "test");
                let write = write.execution(Some(seen), &next, vec![entry("test.raced")]);
                write.commit().await
            }
        };
        let (intent, wish) = tokio::join!(put(begun), put(asked));
        let row = store.execution(&tenant, &seen.id).await.unwrap().unwrap();
        let began = row.step(&step).unwrap().state == StepState::Running;
        assert_ne!(began, row.cancelling.is_some());
        let (won, lost) = if began {
            (intent, wish)
        } else {
            (wish, intent)
        };
        won.unwrap();
        assert_eq!(conflict(lost), "execution");
        // Who lost looks again: behind a wish nothing begins, and a wish may follow an intent.
        assert!(row.begin(&step, at(2)).is_err());
        assert_eq!(row.cancel("key-3", None, at(2)).is_ok(), began);
    }
}
