//! Lists of executions.

use super::{at, entry, playbook_name, tenant, ticket};
use domain::{Execution, ExecutionId, ExecutionStatus, StepId, Tenant, TicketId, TicketName};
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
