//! Doing it, and reading back whether it was done: success is what the directory shows.

use crate::action::Action;
use crate::begun::{Begun, Outcome};
use crate::look::{act, shown};
use crate::methods;
use crate::vendors::{Vendors, insist};
use ports::CallError;
use serde_json::{Map, Value};
use std::time::Duration;

/// Pauses before each look at what was done, in milliseconds: what the directory took may show seconds later.
pub(crate) const LOOKS_MS: [u64; 6] = [0, 500, 1_000, 2_000, 3_000, 4_000];

/// Asks the directory once, and then looks until it shows what was asked for.
pub(crate) async fn carry_out(vendors: &Vendors, begun: &Begun, looks_ms: &[u64]) -> Outcome {
    if matches!(begun.action, Action::RemoveMfaMethods { .. }) {
        return methods::carry_out(vendors, begun, looks_ms).await;
    }
    let asked = insist(|| act(vendors, &begun.action, &begun.user, &begun.call_id)).await;
    let (answer, otherwise) = match asked {
        Ok(()) => (
            "accepted",
            "the directory said yes and does not show it".to_owned(),
        ),
        Err(CallError::Unknown { .. }) => (
            "lost",
            "the directory's answer was lost, and it does not show it".to_owned(),
        ),
        Err(error) => {
            return Outcome::Nothing {
                reason: error.to_string(),
                retryable: error.is_retryable(),
            };
        }
    };
    match watch(vendors, begun, looks_ms).await {
        Some(shown) => Outcome::Seen { shown, answer },
        None => Outcome::Unknown { reason: otherwise },
    }
}

/// Ends what an earlier call began and left: what the directory shows was done; what it does not show is done now where a
/// second time does no harm.
pub(crate) async fn settle(vendors: &Vendors, begun: &Begun, looks_ms: &[u64]) -> Outcome {
    if let Some(shown) = watch(vendors, begun, looks_ms).await {
        return Outcome::Seen {
            shown,
            answer: "lost",
        };
    }
    if begun.action.is_harmless_again() {
        return carry_out(vendors, begun, looks_ms).await;
    }
    Outcome::Unknown {
        reason: "it was begun and never ended, and the directory does not show it".to_owned(),
    }
}

/// Looks until the directory shows it, or the looks are used up. A look that fails shows nothing.
pub(crate) async fn watch(
    vendors: &Vendors,
    begun: &Begun,
    looks_ms: &[u64],
) -> Option<Map<String, Value>> {
    for pause_ms in looks_ms {
        tokio::time::sleep(Duration::from_millis(*pause_ms)).await;
        match shown(vendors, &begun.action, &begun.user, &begun.before).await {
            Ok(Some(shown)) => return Some(shown),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the directory could not be read back"),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::{Double, Fault, group, user};
    use domain::Access;
    use serde_json::json;

    const LOOKS: [u64; 3] = [0, 1, 1];

    fn grant() -> Begun {
        begun(Action::GrantAccess {
            user_id: user(),
            access: Access::Group(group()),
            expires_at: None,
        })
    }

    fn begun(action: Action) -> Begun {
        Begun {
            action,
            user: user(),
            before: Map::from_iter([
                ("looked_at".to_owned(), json!("2026-01-01T00:00:00Z")),
                (
                    "sessions_valid_from".to_owned(),
                    json!("1970-01-01T00:00:00Z"),
                ),
            ]),
            call_id: "c-1".to_owned(),
            claim: "c-1".to_owned(),
            grant: None,
        }
    }

    /// What becomes of a grant that meets `fault`, and how often the directory was written.
    async fn met(fault: Option<Fault>, behind: u32) -> (Outcome, u32) {
        let double = Double::with(|held| {
            held.fault = fault;
            held.behind = behind;
        });
        let outcome = carry_out(&double.vendors(), &grant(), &LOOKS).await;
        let writes = double.held().writes;
        (outcome, writes)
    }

    fn seen(answer: &'static str) -> Outcome {
        let shown = Map::new();
        Outcome::Seen { shown, answer }
    }

    #[tokio::test]
    async fn success_is_what_the_directory_shows_though_it_shows_it_late() {
        assert_eq!(met(None, 0).await, (seen("accepted"), 1));
        assert_eq!(met(None, 2).await, (seen("accepted"), 1));
        let (outcome, writes) = met(None, 9).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
        assert_eq!(writes, 1);
    }

    #[tokio::test]
    async fn a_yes_without_a_deed_is_unknown_and_no_success() {
        let (outcome, writes) = met(Some(Fault::Ignored), 0).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
        assert_eq!(writes, 1);
    }

    #[tokio::test]
    async fn a_lost_answer_is_settled_by_looking_and_not_by_another_write() {
        assert_eq!(met(Some(Fault::LostAnswer), 0).await, (seen("lost"), 1));
        let (outcome, writes) = met(Some(Fault::LostCall), 0).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
        assert_eq!(writes, 1);
    }

    #[tokio::test]
    async fn an_account_is_shut_and_its_undo_opens_it_each_read_back() {
        let double = Double::new();
        for (action, enabled) in [
            (Action::DisableAccount { user_id: user() }, false),
            (Action::EnableAccount { user_id: user() }, true),
        ] {
            let outcome = carry_out(&double.vendors(), &begun(action), &LOOKS).await;
            assert_eq!(outcome, seen("accepted"));
            assert_eq!(double.held().account.enabled, enabled);
        }
        double.held().fault = Some(Fault::Ignored);
        let disable = begun(Action::DisableAccount { user_id: user() });
        let outcome = carry_out(&double.vendors(), &disable, &LOOKS).await;
        assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
    }

    #[tokio::test]
    async fn a_refusal_changed_nothing() {
        let (outcome, _) = met(Some(Fault::Refused), 0).await;
        let nothing = |retryable| matches!(&outcome, Outcome::Nothing { retryable: r, .. } if *r == retryable);
        assert!(nothing(false), "{outcome:?}");
    }

    #[tokio::test]
    async fn what_was_left_is_looked_at_and_done_again_only_where_that_is_harmless() {
        let done = Double::with(|held| held.member = true);
        let settled = settle(&done.vendors(), &grant(), &LOOKS).await;
        assert_eq!((settled, done.held().writes), (seen("lost"), 0));

        let undone = Double::new();
        let settled = settle(&undone.vendors(), &grant(), &LOOKS).await;
        assert_eq!((settled, undone.held().writes), (seen("accepted"), 1));

        let sessions = begun(Action::RevokeSessions { user_id: user() });
        let undone = Double::new();
        let settled = settle(&undone.vendors(), &sessions, &LOOKS).await;
        assert!(matches!(settled, Outcome::Unknown { .. }), "{settled:?}");
        assert_eq!(undone.held().writes, 0);
    }

    #[test]
    fn an_intent_reads_back_from_its_row() {
        assert_eq!(Begun::of_row(&grant().to_row()), Some(grant()));
    }
}
