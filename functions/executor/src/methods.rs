//! What somebody proves themselves with besides a password: taken away one by one, the default one last.

use crate::begun::{Begun, Outcome};
use crate::looked::Look;
use crate::vendors::{NO_TRY_AFTER, Vendors, insist};
use domain::UserId;
use ports::{CallError, MethodKind, SignInMethod};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// Pauses before each round, in milliseconds. The default method is refused while there are others, and where the directory
/// is slow to see that these are gone, for a moment longer.
const ROUNDS_MS: [u64; 4] = [0, 0, 1_000, 2_000];

/// Whether there is anything to take away; what has to be known afterwards is which methods there were.
pub(crate) async fn before_remove(vendors: &Vendors, user: &UserId) -> Result<Look, CallError> {
    let mut methods = vendors.methods.methods(user).await?;
    if methods.is_empty() {
        return Ok(Look::Already);
    }
    // An authenticator is mostly the default method.
    methods.sort_by_key(|method| method.kind == MethodKind::Authenticator);
    let noted: Vec<Value> = methods
        .iter()
        .map(|method| json!({"id": method.id, "kind": method.kind.as_str()}))
        .collect();
    Ok(Look::Needed(Map::from_iter([(
        "methods".to_owned(),
        Value::Array(noted),
    )])))
}

/// How many of each kind there were, when none of them is left.
pub(crate) async fn removed(
    vendors: &Vendors,
    user: &UserId,
    before: &Map<String, Value>,
) -> Result<Option<Map<String, Value>>, CallError> {
    let asked = asked(before);
    let still = still(vendors, user, &asked).await?;
    Ok(still.is_empty().then(|| shown(&asked)))
}

/// How many of each kind an intent is about; null for one that is about none.
pub(crate) fn intended(before: &Map<String, Value>) -> Value {
    match asked(before).as_slice() {
        [] => Value::Null,
        asked => kinds(asked),
    }
}

/// Takes each away, and then looks until the directory shows none of what it said yes to.
pub(crate) async fn carry_out(vendors: &Vendors, begun: &Begun, looks_ms: &[u64]) -> Outcome {
    let asked = asked(&begun.before);
    let tried = remove(vendors, begun, &asked).await;
    if let Some(error) = &tried.trouble
        && tried.left.len() == asked.len()
    {
        return Outcome::Nothing {
            reason: error.to_string(),
            retryable: error.is_retryable(),
        };
    }
    let Some(still) = watch(vendors, begun, &asked, &tried.left, looks_ms).await else {
        return Outcome::Unknown {
            reason: "the directory was asked to, and could not be read back".to_owned(),
        };
    };
    if still.is_empty() {
        return Outcome::Seen {
            shown: shown(&asked),
            answer: if tried.lost { "lost" } else { "accepted" },
        };
    }
    let gone: Vec<SignInMethod> = without(&asked, &still);
    let came_of_it = format!(
        "taken away: {}; still there: {}",
        words(&gone),
        words(&still)
    );
    match tried.trouble {
        Some(error) if without(&still, &tried.left).is_empty() => Outcome::Partly {
            reason: format!("{came_of_it}; {error}"),
            retryable: error.is_retryable(),
            shown: shown(&gone),
        },
        _ => Outcome::Unknown {
            reason: format!("{came_of_it}, though the directory said yes or its answer was lost"),
        },
    }
}

/// What came of asking for each.
struct Tried {
    /// What was refused, or not asked for.
    left: Vec<SignInMethod>,
    /// Why.
    trouble: Option<CallError>,
    /// Whether an answer was lost. That method is not asked for again.
    lost: bool,
}

async fn remove(vendors: &Vendors, begun: &Begun, asked: &[SignInMethod]) -> Tried {
    let started = Instant::now();
    let mut tried = Tried {
        left: asked.to_vec(),
        trouble: None,
        lost: false,
    };
    for pause_ms in ROUNDS_MS {
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        let mut stop = false;
        for method in std::mem::take(&mut tried.left) {
            if !stop && started.elapsed() > NO_TRY_AFTER {
                stop = true;
                tried.trouble = Some(late());
            }
            if stop {
                tried.left.push(method);
                continue;
            }
            let delete = || {
                let methods = &vendors.methods;
                methods.delete_method(&begun.user, &method, &begun.call_id)
            };
            match insist(delete).await {
                Ok(()) => {}
                Err(CallError::Unknown { .. }) => tried.lost = true,
                Err(error) => {
                    stop = !matches!(error, CallError::Refused { .. });
                    tried.trouble = Some(error);
                    tried.left.push(method);
                }
            }
        }
        if stop || tried.left.is_empty() {
            break;
        }
    }
    tried
}

fn late() -> CallError {
    CallError::Unavailable {
        vendor: "the directory",
        message: "it was too slow to be asked for the rest".to_owned(),
        retry_after: None,
    }
}

/// Which of `asked` the directory still shows, once that is none but `left`, or the looks are used up. `None` when it could
/// not be read.
async fn watch(
    vendors: &Vendors,
    begun: &Begun,
    asked: &[SignInMethod],
    left: &[SignInMethod],
    looks_ms: &[u64],
) -> Option<Vec<SignInMethod>> {
    let mut seen = None;
    for pause_ms in looks_ms {
        tokio::time::sleep(Duration::from_millis(*pause_ms)).await;
        match still(vendors, &begun.user, asked).await {
            Ok(still) => {
                let done = without(&still, left).is_empty();
                seen = Some(still);
                if done {
                    break;
                }
            }
            Err(error) => tracing::warn!(%error, "the directory could not be read back"),
        }
    }
    seen
}

async fn still(
    vendors: &Vendors,
    user: &UserId,
    asked: &[SignInMethod],
) -> Result<Vec<SignInMethod>, CallError> {
    let there = vendors.methods.methods(user).await?;
    let mut still = asked.to_vec();
    still.retain(|method| there.contains(method));
    Ok(still)
}

/// The methods that an intent is about.
fn asked(before: &Map<String, Value>) -> Vec<SignInMethod> {
    let noted = before.get("methods").and_then(Value::as_array);
    let read = |method: &Value| {
        Some(SignInMethod {
            id: method.get("id")?.as_str()?.to_owned(),
            kind: MethodKind::named(method.get("kind")?.as_str()?)?,
        })
    };
    noted.into_iter().flatten().filter_map(read).collect()
}

fn without(methods: &[SignInMethod], others: &[SignInMethod]) -> Vec<SignInMethod> {
    let mut kept = methods.to_vec();
    kept.retain(|method| !others.contains(method));
    kept
}

/// What is told of methods that are gone: how many, and of which kinds.
fn shown(gone: &[SignInMethod]) -> Map<String, Value> {
    Map::from_iter([
        ("removed".to_owned(), json!(gone.len())),
        ("kinds".to_owned(), kinds(gone)),
    ])
}

fn counted(methods: &[SignInMethod]) -> impl Iterator<Item = (&'static str, usize)> {
    MethodKind::ALL.into_iter().filter_map(|kind| {
        let count = methods.iter().filter(|method| method.kind == kind).count();
        (count > 0).then(|| (kind.as_str(), count))
    })
}

fn kinds(methods: &[SignInMethod]) -> Value {
    counted(methods)
        .map(|(kind, count)| (kind.to_owned(), json!(count)))
        .collect::<Map<_, _>>()
        .into()
}

/// As people read it: `phone 1, email 1`.
fn words(methods: &[SignInMethod]) -> String {
    let words: Vec<String> = counted(methods)
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::carry;
    use crate::doubles::{Double, Fault, Held, method, user};

    const LOOKS: [u64; 2] = [0, 1];

    /// What becomes of taking away what is there, and the directory afterwards.
    async fn met(change: impl FnOnce(&mut Held)) -> (Outcome, Double) {
        let double = Double::new();
        let vendors = double.vendors();
        let Ok(Look::Needed(before)) = before_remove(&vendors, &user()).await else {
            panic!("there are methods");
        };
        let begun = Begun {
            action: Action::RemoveMfaMethods { user_id: user() },
            user: user(),
            before,
            call_id: "c-1".to_owned(),
            claim: "c-1".to_owned(),
            grant: None,
        };
        change(&mut double.held());
        let outcome = carry::carry_out(&vendors, &begun, &LOOKS).await;
        (outcome, double)
    }

    /// How many methods there are, and how often one was to be taken away.
    fn left(double: &Double) -> (usize, u32) {
        let held = double.held();
        (held.methods.len(), held.writes)
    }

    #[tokio::test]
    async fn all_go_and_are_counted_without_their_ids() {
        let (outcome, double) = met(|_| {}).await;
        let Outcome::Seen { shown, answer } = outcome else {
            panic!("{outcome:?}");
        };
        let expected = json!({"removed": 2, "kinds": {"authenticator": 1, "phone": 1}});
        assert_eq!((json!(shown), answer), (expected, "accepted"));
        assert_eq!(left(&double), (0, 2));
    }

    #[tokio::test]
    async fn the_default_one_is_refused_first_and_goes_last() {
        let phone_first = |held: &mut Held| held.methods.reverse();
        let (outcome, double) = met(phone_first).await;
        assert!(matches!(outcome, Outcome::Seen { .. }), "{outcome:?}");
        assert_eq!(left(&double), (0, 3));
    }

    #[tokio::test]
    async fn a_lost_answer_is_settled_by_looking_and_not_by_another_try() {
        let (outcome, double) = met(|held| held.fault = Some(Fault::LostAnswer)).await;
        assert!(
            matches!(outcome, Outcome::Seen { answer: "lost", .. }),
            "{outcome:?}"
        );
        assert_eq!(double.held().writes, 2);

        let (outcome, double) = met(|held| held.fault = Some(Fault::LostCall)).await;
        let Outcome::Unknown { reason } = outcome else {
            panic!("{outcome:?}");
        };
        assert!(
            reason.contains("still there: authenticator 1, phone 1"),
            "{reason}"
        );
        assert_eq!(double.held().methods.len(), 2);
    }

    #[tokio::test]
    async fn a_yes_without_a_deed_is_unknown() {
        let (outcome, double) = met(|held| held.fault = Some(Fault::Ignored)).await;
        assert_eq!(left(&double).0, 2);
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn what_went_and_what_stands_is_said_of_half_a_deed() {
        // A third that we do not know of keeps the default one from going.
        let kept = |held: &mut Held| held.methods.push(method("key-1", MethodKind::SecurityKey));
        let (outcome, double) = met(kept).await;
        let Outcome::Partly {
            reason,
            retryable,
            shown,
        } = outcome
        else {
            panic!("{outcome:?}");
        };
        let expected = json!({"removed": 1, "kinds": {"phone": 1}});
        assert_eq!((json!(shown), retryable), (expected, false));
        let said = "taken away: phone 1; still there: authenticator 1; graph refused";
        assert!(reason.starts_with(said), "{reason}");
        assert_eq!(double.held().methods.len(), 2);
    }

    #[tokio::test]
    async fn what_was_refused_from_the_beginning_changed_nothing() {
        let only = |held: &mut Held| {
            held.methods.truncate(1);
            held.methods.push(method("key-1", MethodKind::SecurityKey));
            held.missing_right = true;
        };
        let (outcome, double) = met(only).await;
        assert!(
            matches!(
                outcome,
                Outcome::Nothing {
                    retryable: false,
                    ..
                }
            ),
            "{outcome:?}"
        );
        assert_eq!(double.held().methods.len(), 2);
    }
}
