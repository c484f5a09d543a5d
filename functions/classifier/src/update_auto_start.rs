//! `update_auto_start`: an operator's word on whether decisions may start a playbook. An operator invokes it; IAM is the
//! credential.

use audit::{Actor, Entry};
use desk::{AutoStart, Raced, candidate, retried};
use domain::{Bar, Candidate, PlaybookName, Tenant, TrackRecord, Vouched, Voucher, WINDOW};
use jiff::Timestamp;
use kit::{App, Problem};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// What is to hold for the version of a playbook that runs or, where none does, for its latest.
#[derive(Debug, Deserialize)]
pub(crate) struct UpdateAutoStart {
    /// The tenant's id, as `create_tenant` told it.
    tenant: String,
    /// The playbook.
    playbook_id: PlaybookName,
    /// Whether the operator vouches for the version until there are labels enough to judge it by; left as it is if not given.
    unlocked: Option<bool>,
    /// What it must show; left as it is if not given.
    bar: Option<Bar>,
    /// Why, in 1 to 500 characters.
    reason: String,
}

#[derive(Debug, Serialize)]
struct AutoStartReply {
    playbook_id: String,
    version: String,
    bar: Bar,
    auto_start: AutoStart,
}

/// Vouches for the version of a playbook that runs, or else for its latest, or no longer, and sets its bar. Another version begins
/// in shadow again. Doing it again changes nothing.
///
/// # Errors
/// When there is no such tenant, or it has no such playbook; when the bar or the reason is none; when the tables
/// cannot be asked, and then repeating is safe.
pub(crate) async fn update_auto_start(app: App, ask: UpdateAutoStart) -> Result<Value, Problem> {
    let why = reason(&ask.reason)?;
    ask.bar.as_ref().map(check).transpose()?;
    let unknown = || Problem::not_found("organization");
    #[expect(
        clippy::disallowed_methods,
        reason = "an operator names it; IAM is the credential"
    )]
    let tenant = Tenant::vouched(&ask.tenant, Voucher::Operator).map_err(|_| unknown())?;
    let record = retried(|| async {
        let row = app.store().tenant(&tenant).await?.ok_or_else(unknown)?;
        let playbook = app.store().playbook_of(&tenant, &ask.playbook_id).await?;
        let playbook = playbook.ok_or_else(|| Problem::not_found("playbook"))?;
        let of = candidate(&playbook).unwrap_or(Candidate {
            playbook: playbook.name,
            version: playbook.latest_version,
        });
        let seen = app.store().track(&tenant, &of).await?;
        let now = app.clock().now();
        let next = updated(&seen, &ask, why, now);
        if next == seen {
            return Ok::<_, Raced>(seen);
        }
        let by = Actor::System("update_auto_start".to_owned());
        let entry = Entry::new(now, by, "auto_start.updated")
            .fact("playbook", of.playbook.as_str())
            .fact("version", of.version.as_str())
            .fact("vouched", next.vouched.is_some())
            .fact("bar_precision", next.bar().precision)
            .fact("bar_labelled", next.bar().labelled)
            .fact("bar_clean", next.bar().clean)
            .fact("reason_sha256", hex::encode(Sha256::digest(why)));
        let write = app.store().write(&tenant, "auto-start updated");
        let write = write.tenant(Some(&row), &row, vec![entry]);
        write.track(&seen, &next).commit().await?;
        Ok(next)
    })
    .await?;
    let reply = AutoStartReply {
        playbook_id: record.of.playbook.to_string(),
        version: record.of.version.clone(),
        bar: record.bar(),
        auto_start: record.standing().into(),
    };
    serde_json::to_value(&reply).map_err(|error| Problem::internal(&error))
}

/// The record with the operator's word. Vouching again keeps the first time and reason.
fn updated(seen: &TrackRecord, ask: &UpdateAutoStart, why: &str, now: Timestamp) -> TrackRecord {
    let mut next = seen.clone();
    match (ask.unlocked, &seen.vouched) {
        (Some(true), None) => {
            next.vouched = Some(Vouched {
                at: now,
                reason: why.to_owned(),
            });
        }
        (Some(false), _) => next.vouched = None,
        (Some(true), Some(_)) | (None, _) => {}
    }
    next.bar = ask.bar.or(seen.bar);
    next
}

fn reason(text: &str) -> Result<&str, Problem> {
    let text = text.trim();
    if (1..=LONGEST).contains(&text.chars().count()) {
        return Ok(text);
    }
    Err(Problem::invalid(
        "reason",
        "say in 1 to 500 characters why it is changed",
    ))
}

/// A bar that can be reached and means something.
fn check(bar: &Bar) -> Result<(), Problem> {
    if !(0.5..=1.0).contains(&bar.precision) {
        let message = "a precision is 0.5 to 1";
        return Err(Problem::invalid("bar.precision", message));
    }
    if !(1..=100_000).contains(&bar.labelled) {
        let message = "1 to 100,000 decisions must be labelled";
        return Err(Problem::invalid("bar.labelled", message));
    }
    if bar.clean > WINDOW {
        let message = "0 to 50 of the newest labels are looked at";
        return Err(Problem::invalid("bar.clean", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(unlocked: Option<bool>, bar: Option<Bar>) -> UpdateAutoStart {
        UpdateAutoStart {
            tenant: "acme".into(),
            playbook_id: PlaybookName::parse("unlock").unwrap(),
            unlocked,
            bar,
            reason: "released".into(),
        }
    }

    #[test]
    fn what_is_not_given_stays_as_it_is_and_vouching_again_keeps_the_first_time() {
        let of = Candidate {
            playbook: PlaybookName::parse("unlock").unwrap(),
            version: "1.0".into(),
        };
        let new = TrackRecord::new(of);
        let then = Timestamp::UNIX_EPOCH;
        let later = Timestamp::from_second(60).unwrap();
        let vouched = updated(&new, &ask(Some(true), None), "released", then);
        assert!(vouched.standing().unlocked);
        let again = updated(&vouched, &ask(Some(true), None), "once more", later);
        assert_eq!(again, vouched);
        let low = Bar {
            precision: 0.9,
            labelled: 3,
            clean: 3,
        };
        let lowered = updated(&vouched, &ask(None, Some(low)), "a trial", later);
        assert_eq!((lowered.bar(), &lowered.vouched), (low, &vouched.vouched));
        let taken = updated(&lowered, &ask(Some(false), None), "over", later);
        assert_eq!((taken.vouched.clone(), taken.bar()), (None, low));
        assert!(!taken.standing().unlocked);
    }

    #[test]
    fn a_bar_that_means_nothing_is_refused() {
        let bar = Bar::default();
        assert!(check(&bar).is_ok());
        for bad in [
            Bar {
                precision: 0.4,
                ..bar
            },
            Bar {
                precision: f64::NAN,
                ..bar
            },
            Bar { labelled: 0, ..bar },
            Bar { clean: 51, ..bar },
        ] {
            assert!(check(&bad).is_err(), "{bad:?}");
        }
    }
}
