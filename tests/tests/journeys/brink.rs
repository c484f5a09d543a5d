//! Functions that die behind each of their outgoing calls: the deed is done once at most, its end is true, nothing is missing in
//! the audit.
//!
//! Every way is walked behind every call, as many as a function that lives makes. Then what is left goes on as it would: the state
//! calls its function again, the caller repeats the call under its key, the machine escalates, the schedule comes round.

mod cast;
mod deed;
mod stage;

use std::time::Instant;

use domain::{Grant, GrantState, StepId, StepState, UndoState};
use futures::{StreamExt, stream};
use runtime_api::Answer;
use serde_json::{Value, json};

use crate::actions::now;
use cast::Cast;
use deed::Deed;
use stage::{Came, Stage};

/// Ways walked at a time; more starve the local AWS on two cores.
const AT_ONCE: usize = 4;
/// How often what is left goes on before it has to have come to an end.
const GOES_ON: usize = 4;

/// Who calls, and how what is left goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// A state, which calls its function again.
    State,
    /// A state; the machine escalates instead.
    Escalated,
    /// A state that takes the deed back, and calls its function again.
    Undo,
    /// A caller, who repeats the call under its key.
    Caller,
}

/// A deed by a door.
#[derive(Debug, Clone, Copy)]
struct Scene {
    deed: Deed,
    door: Door,
}

/// Where the deed, or its undo, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Succeeded,
    /// Nothing happened.
    Failed,
    Unknown,
    /// It was never begun, and never will be.
    Never,
}

impl Scene {
    fn operation(self) -> String {
        match self.door {
            Door::Caller => self.deed.operation().to_owned(),
            Door::State | Door::Escalated | Door::Undo => {
                format!("{}_task", self.deed.operation())
            }
        }
    }

    fn event(self, stage: &Stage, cast: &Cast<'_>) -> Value {
        let undo = self.door == Door::Undo;
        if self.door != Door::Caller {
            return cast.input(Some(self.deed.step()), undo);
        }
        let mut body = self.deed.ask(cast);
        body["ticket_id"] = json!(cast.ticket);
        body["user_id"] = json!(cast.john.id);
        stage.request(self.deed.operation(), &body, &cast.key)
    }

    /// Somebody this is to be done to. What is to be taken back has been done to them.
    async fn cast(self, stage: &Stage) -> Cast<'_> {
        let cast = Cast::new(stage, self.deed).await;
        if self.door == Door::Undo {
            let event = cast.input(Some(self.deed.step()), false);
            let did = stage.call(&self.operation(), &event, None).await;
            assert_eq!(did.answer, Some(Answer::Good(json!({}))), "{self:?}");
            assert!(self.deed.is_so(&cast).await, "{self:?}");
        }
        cast
    }

    /// The end that the tables tell; none while there is none.
    async fn end(self, cast: &Cast<'_>) -> Option<End> {
        let run = cast.seen().await;
        let step = run.step(&StepId::parse(self.deed.step()).unwrap()).unwrap();
        match self.door {
            Door::State | Door::Escalated => match step.state {
                StepState::Succeeded => Some(End::Succeeded),
                StepState::Failed | StepState::Cancelled => Some(End::Failed),
                StepState::Unknown => Some(End::Unknown),
                StepState::Pending if run.status.is_final() => Some(End::Never),
                _ => None,
            },
            Door::Undo => match step.undo.as_ref()?.state {
                UndoState::Done | UndoState::NotNeeded => Some(End::Succeeded),
                UndoState::Failed => Some(End::Failed),
                UndoState::Unknown => Some(End::Unknown),
                UndoState::Begun => None,
            },
            Door::Caller => {
                let rows = cast.actions().await;
                match rows.first()?["state"]["S"].as_str().unwrap() {
                    "done" => Some(End::Succeeded),
                    "failed" => Some(End::Failed),
                    "unknown" => Some(End::Unknown),
                    _ => None,
                }
            }
        }
    }

    /// What was left goes on, until it has an end and whoever asks is told it.
    async fn goes_on(self, stage: &Stage, cast: &Cast<'_>) -> Result<End, String> {
        let mut last = None;
        for _ in 0..GOES_ON {
            if self.door == Door::Caller {
                cast.age().await;
            }
            if self.door == Door::Escalated {
                let mut input = cast.input(None, false);
                input["error"] = "Lambda.Unknown".into();
                let told = stage.call("escalate_execution", &input, None).await;
                if !matches!(told.answer, Some(Answer::Good(_))) {
                    return Err(format!("the escalation answered {:?}", told.answer));
                }
            }
            // Behind an escalation, too: a state that comes late does nothing any more.
            let event = self.event(stage, cast);
            let came = stage.call(&self.operation(), &event, None).await;
            if let Some(end) = self.end(cast).await
                && self.tells(&came, end)
            {
                return Ok(end);
            }
            last = came.answer;
        }
        Err(format!("it comes to no end: {last:?}"))
    }

    /// Whether an answer says just this end.
    fn tells(self, came: &Came, end: End) -> bool {
        match (&came.answer, self.door) {
            (Some(Answer::Good(answer)), Door::Caller) => {
                let (status, body) = (&answer["statusCode"], answer["body"].as_str());
                let body: Value =
                    serde_json::from_str(body.unwrap_or_default()).unwrap_or_default();
                match end {
                    End::Succeeded => *status == 200,
                    End::Unknown => *status == 502 && body["code"] == "OUTCOME_UNKNOWN",
                    End::Failed => *status == 502 && body["code"] == "VENDOR_FAILED",
                    End::Never => false,
                }
            }
            (Some(Answer::Good(_)), _) => end == End::Succeeded,
            (Some(Answer::Bad(error)), _) => match error["errorType"].as_str().unwrap() {
                "Unknown" => end == End::Unknown,
                "Failed" => end == End::Failed,
                "Cancelled" => matches!(end, End::Failed | End::Never),
                _ => false,
            },
            (None, _) => false,
        }
    }

    /// What is wrong with where it came to.
    async fn flaws(self, cast: &Cast<'_>, end: End) -> Vec<String> {
        let undo = self.door == Door::Undo;
        let mut flaws = Vec::new();
        let mut writes = self.deed.writes(cast, undo).await;
        if undo && matches!(self.deed, Deed::Unlock | Deed::License) {
            // The deed itself is the same call.
            writes -= 1;
        }
        let is_so = self.deed.is_so(cast).await != undo;
        if writes > 1 {
            flaws.push(format!("the directory was asked {writes} times"));
        }
        match end {
            End::Succeeded if !is_so => {
                flaws.push("a success that the directory does not show".into());
            }
            End::Failed | End::Never if is_so => {
                flaws.push(format!("{end:?}, and it happened"));
            }
            _ => {}
        }
        let mut spent = cast.spent().await;
        let once = spent.len();
        spent.dedup();
        let spends = !undo && !matches!(self.deed, Deed::Sessions | Deed::Take);
        if once != spent.len() || once > 1 {
            flaws.push(format!("receipts were spent on {spent:?}"));
        }
        if spends && writes > 0 && once != 1 {
            flaws.push("it was done and no receipt was spent".into());
        }
        if !cast.holds().await {
            flaws.push("a chain does not hold".into());
        }
        let told = cast.told().await;
        for action in ["step.begun", "undo.begun", "action.begun"] {
            if told.get(action).is_some_and(|times| *times != 1) {
                flaws.push(format!(
                    "{action} stands in the audit more than once: {told:?}"
                ));
            }
        }
        flaws
    }

    /// The whole way for a process that dies behind its call number `last`: its calls, and what is wrong at the end.
    async fn walked(self, stage: &Stage, last: Option<usize>) -> (Vec<String>, Vec<String>) {
        let cast = self.cast(stage).await;
        let event = self.event(stage, &cast);
        let first = stage.call(&self.operation(), &event, last).await;
        let ended = match &first.answer {
            Some(answer) if last.is_none() => {
                let end = self.end(&cast).await;
                end.ok_or_else(|| format!("a function that lives comes to no end: {answer:?}"))
            }
            _ => self.goes_on(stage, &cast).await,
        };
        let flaws = match ended {
            Ok(end) if last.is_none() && end != End::Succeeded => {
                vec![format!(
                    "a function that lives comes to {end:?}: {:?}",
                    first.answer
                )]
            }
            Ok(end) => self.flaws(&cast, end).await,
            Err(flaw) => vec![flaw],
        };
        (first.calls, flaws)
    }
}

/// Walks these scenes behind each of their calls, and tells what is wrong.
async fn walk(scenes: &[Scene]) -> Vec<String> {
    let stage = &Stage::set().await;
    let began = Instant::now();
    let whole = scenes.iter().map(|scene| async move {
        let (calls, flaws) = scene.walked(stage, None).await;
        (*scene, calls, flaws)
    });
    let whole: Vec<_> = stream::iter(whole).buffered(AT_ONCE).collect().await;
    let mut found = Vec::new();
    let mut ways = Vec::new();
    for (scene, calls, flaws) in &whole {
        println!("{scene:?} makes {} calls: {calls:?}", calls.len());
        found.extend(flaws.iter().map(|flaw| format!("{scene:?}, alive: {flaw}")));
        ways.extend((0..calls.len()).map(|last| (*scene, last)));
    }
    let count = ways.len();
    let walked = ways.into_iter().map(|(scene, last)| async move {
        let (calls, flaws) = scene.walked(stage, Some(last)).await;
        let behind = calls.last().cloned().unwrap_or_default();
        let told = |flaw| format!("{scene:?}, dead behind call {last} ({behind}): {flaw}");
        flaws.into_iter().map(told).collect::<Vec<_>>()
    });
    let walked = stream::iter(walked).buffer_unordered(AT_ONCE);
    found.extend(walked.concat().await);
    println!("{count} ways were walked in {:?}", began.elapsed());
    found
}

fn by(door: Door, deeds: &[Deed]) -> Vec<Scene> {
    deeds
        .iter()
        .map(|deed| Scene { deed: *deed, door })
        .collect()
}

const ALL: [Deed; 7] = [
    Deed::Tap,
    Deed::Password,
    Deed::Unlock,
    Deed::Sessions,
    Deed::Give,
    Deed::License,
    Deed::Take,
];

#[tokio::test(flavor = "multi_thread")]
async fn a_state_whose_function_dies_behind_any_call_acts_once_and_ends_honestly() {
    let mut scenes = by(Door::State, &ALL);
    scenes.extend(by(Door::Escalated, &[Deed::Tap, Deed::Give]));
    assert_eq!(walk(&scenes).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_dies_behind_any_call_takes_back_once_and_ends_honestly() {
    let undoable = [Deed::Unlock, Deed::Give, Deed::License, Deed::Take];
    assert_eq!(walk(&by(Door::Undo, &undoable)).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_dies_behind_any_call_of_its_own_acts_once_and_ends_honestly() {
    assert_eq!(walk(&by(Door::Caller, &ALL)).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconciler_that_dies_behind_any_call_takes_away_once_and_closes_what_is_gone() {
    let stage = Stage::set().await;
    let mut found = Vec::new();
    let mut calls = usize::MAX;
    let mut last = None;
    // One after the other: whatever is due is looked at by whoever looks.
    while last.is_none_or(|last| last < calls) {
        let (made, mut wrong) = reconciled(&stage, last).await;
        if last.is_none() {
            calls = made;
        }
        if wrong.is_some() {
            // The schedule looks each minute, and may have looked just then: two at a time take away twice, to no harm. What is
            // ours happens again.
            wrong = reconciled(&stage, last).await.1;
        }
        found.extend(wrong);
        last = Some(last.map_or(0, |last| last + 1));
    }
    assert_eq!(found, [""; 0]);
}

/// How many calls a reconciler makes that dies behind its call `last`, or lives; and what is wrong behind it and the next.
async fn reconciled(stage: &Stage, last: Option<usize>) -> (usize, Option<String>) {
    let cast = Cast::new(stage, Deed::Give).await;
    let over: jiff::Timestamp = "2001-01-01T00:00:00Z".parse().unwrap();
    let grant = cast.grant(Some(over));
    cast.holds_grant(&grant).await;
    // Nothing else was due then.
    let due = json!({"as_of": "2001-01-02T00:00:00Z"});
    let came = stage.call("reconcile_grants", &due, last).await;
    let calls = came.calls.len();
    if last.is_none() {
        println!("reconcile_grants makes {calls} calls: {:?}", came.calls);
    } else {
        let again = stage.call("reconcile_grants", &due, None).await;
        if !matches!(again.answer, Some(Answer::Good(_))) {
            let wrong = format!("behind call {last:?} it answered {:?}", again.answer);
            return (calls, Some(wrong));
        }
    }
    let writes = Deed::Give.writes(&cast, true).await;
    let closed = closed(&cast, &grant).await;
    let is_member = cast.is_member().await;
    if writes == 1 && closed && !is_member && cast.holds().await {
        return (calls, None);
    }
    let told = cast.told().await;
    let wrong = format!(
        "dead behind call {last:?}: {writes} writes, closed {closed}, member {is_member}, {told:?}"
    );
    (calls, Some(wrong))
}

async fn closed(cast: &Cast<'_>, grant: &Grant) -> bool {
    let grants = cast.grants().await;
    let there = grants.iter().find(|one| one.id == grant.id).unwrap();
    matches!(there.state, GrantState::Closed { .. })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_by_a_call_that_died_is_given_back_until_its_old_end_to_whom_it_was_taken_from()
 {
    let stage = Stage::set().await;
    let scene = Scene {
        deed: Deed::Take,
        door: Door::State,
    };
    let (calls, flaws) = scene.walked(&stage, None).await;
    assert_eq!(flaws, [""; 0]);
    let deed = calls.iter().position(|call| call.starts_with("DELETE"));
    let cast = Cast::new(&stage, Deed::Take).await;
    let event = scene.event(&stage, &cast);
    let died = stage.call("revoke_access_task", &event, Some(deed.unwrap() + 1));
    assert_eq!(died.await.answer, None);
    assert!(!cast.is_member().await);

    // Somebody else asks on the ticket by then.
    let jane = stage.desk.person("jane.brink", "approve").await;
    cast.hand_to(&jane).await;
    let undo = cast.input(Some("take"), true);
    let early = stage.call("revoke_access_task", &undo, None).await;
    let waits =
        matches!(&early.answer, Some(Answer::Bad(error)) if error["errorType"] == "Retryable");
    assert!(waits, "a call may still be acting: {:?}", early.answer);
    cast.age_step("take").await;
    let came = stage.call("revoke_access_task", &undo, None).await;
    assert_eq!(came.answer, Some(Answer::Good(json!({}))));
    assert!(cast.is_member().await);
    let live: Vec<_> = cast
        .grants()
        .await
        .into_iter()
        .filter(Grant::is_live)
        .collect();
    assert!(!live.is_empty());
    for grant in live {
        assert_eq!(grant.expires_at, Some(Cast::old_end()), "{grant:?}");
    }
    assert!(cast.holds().await && Cast::old_end() > now());
}
