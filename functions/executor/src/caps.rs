//! The caps that an action counts against: the tenant's and the caller's by its policy, the playbook's by its own text.

use crate::problems::capped;
use crate::rules::Subject;
use audit::Actor;
use desk::OpenStep;
use domain::{Cap, CapReached, Counted, Counting, Execution, Tenant, UserId};
use jiff::Timestamp;
use kit::{App, Problem};
use playbook::Caps;
use store::StoreError;

/// What an action counts that a caller asks for.
pub(crate) fn of_call(subject: &Subject, actor: &Actor, now: Timestamp) -> Counting {
    by_policy(subject, actor.caller(), now)
}

/// What an action counts that is a step of a run. A step that was counted in the run that this one tries again counts nothing;
/// the playbook's caps count a run once, with its first action.
pub(crate) fn of_step(subject: &Subject, open: &OpenStep, now: Timestamp) -> Option<Counting> {
    if open
        .run
        .step(&open.step_id)
        .is_some_and(|step| step.counted)
    {
        return None;
    }
    let mut counting = by_policy(subject, open.run.started_by.as_deref(), now);
    let counts = by_playbook(&open.run, open.caps, &subject.person.id);
    counting.counts.extend(counts);
    Some(counting)
}

fn by_policy(subject: &Subject, caller: Option<&str>, now: Timestamp) -> Counting {
    let caps = subject.policy.caps;
    let organization = Counted {
        cap: Cap::Organization,
        limit: caps.per_hour,
    };
    let caller = caller.map(|caller| Counted {
        cap: Cap::Caller(caller.to_owned()),
        limit: caps.per_caller_per_hour,
    });
    Counting {
        at: now,
        counts: [organization].into_iter().chain(caller).collect(),
    }
}

fn by_playbook(run: &Execution, caps: Caps, user: &UserId) -> Vec<Counted> {
    if run.is_counted() {
        return Vec::new();
    }
    let name = || run.playbook.clone();
    let per_hour = caps.per_hour.map(|limit| Counted {
        cap: Cap::Playbook(name()),
        limit,
    });
    let per_day = caps.per_subject_per_day.map(|limit| Counted {
        cap: Cap::Subject(name(), user.clone()),
        limit,
    });
    per_hour.into_iter().chain(per_day).collect()
}

/// Which cap stood in the way of a write; none when somebody else was faster, or the window is another by now.
pub(crate) async fn reached(
    app: &App,
    tenant: &Tenant,
    what: &'static str,
    counting: Option<&Counting>,
) -> Result<Option<CapReached>, StoreError> {
    match counting {
        Some(counting) if what == store::CAP => app.store().cap_reached(tenant, counting).await,
        _ => Ok(None),
    }
}

/// What a call comes to that lost to another writer: nothing yet, or a refusal where a cap stood in its way.
pub(crate) async fn lost<T>(
    app: &App,
    tenant: &Tenant,
    what: &'static str,
    counting: Option<&Counting>,
) -> Result<Option<T>, Problem> {
    match reached(app, tenant, what, counting).await? {
        Some(reached) => Err(capped(&reached, app.clock().now())),
        None => Ok(None),
    }
}

/// Why a step failed that a cap stood in the way of, for the agent who takes over.
pub(crate) fn reason(reached: &CapReached) -> String {
    format!("{}: {reached}", CapReached::CODE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ExecutionId, PlaybookName, StepId, TicketId};

    #[test]
    fn a_run_counts_against_its_playbook_once() {
        let steps = ["grant", "grant_more"].map(|id| StepId::parse(id).unwrap());
        let run = Execution::new(
            ExecutionId::parse("x-1").unwrap(),
            TicketId::from_bits(1),
            PlaybookName::parse("new_starter").unwrap(),
            "1.0".into(),
            &steps,
            Timestamp::UNIX_EPOCH,
        );
        let caps = Caps {
            per_hour: Some(20),
            per_subject_per_day: Some(1),
        };
        let user = UserId::parse("abc-123").unwrap();
        let words = |run: &Execution| {
            let counts = by_playbook(run, caps, &user).into_iter();
            counts
                .map(|counted| counted.cap.as_str())
                .collect::<Vec<_>>()
        };
        assert_eq!(
            words(&run),
            ["playbook_per_hour", "playbook_per_subject_per_day"]
        );
        assert!(words(&run.clone().counted(&steps[0])).is_empty());
        assert!(by_playbook(&run, Caps::default(), &user).is_empty());
    }
}
