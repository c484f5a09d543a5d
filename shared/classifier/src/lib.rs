//! Decides a ticket's intent and whether a playbook may act on it. Pure: the same content gives the same decision.
//!
//! `rules-1` knows phrases. What no rule matches is left to people; so is what a rule matches but a caution speaks
//! against. An embedded model takes this crate's one function over later; its callers stay as they are.

mod bounds;
mod rules;
mod text;

pub use bounds::at_least;

use domain::{Decision, Intake};
use jiff::Timestamp;
use rules::{CAUTIONS, RULES};

/// Which rules decide. Part of every decision, so that a decision can be made again.
pub const VERSION: &str = "rules-1";

/// Words of a ticket that are looked at; what stands behind them decides nothing.
const WORDS_READ: usize = 2_000;

/// Decides about `content`.
#[must_use]
pub fn classify(content: &Intake, now: Timestamp) -> Decision {
    let said = text::normalized(
        &format!("{}\n{}", content.subject, content.body),
        WORDS_READ,
    );
    let caution = CAUTIONS.iter().find_map(|caution| caution.heard_in(&said));
    let heard = RULES
        .iter()
        .filter_map(|rule| rule.heard_in(&said))
        .max_by(|a, b| a.weight.total_cmp(&b.weight));
    let mut reasons = Vec::new();
    let (automated, playbook, confidence) = match (heard, caution) {
        (None, _) => {
            reasons.push("no phrase of a known request was found".to_owned());
            (false, None, 0.0)
        }
        (Some(heard), Some(caution)) => {
            reasons.push(heard.reason());
            reasons.push(format!("a person should look first: {caution}"));
            (false, None, heard.weight / 2.0)
        }
        (Some(heard), None) => {
            reasons.push(heard.reason());
            (
                true,
                domain::PlaybookName::parse(heard.playbook).ok(),
                heard.weight,
            )
        }
    };
    Decision {
        decision_id: format!("dec_{}", content.hash().as_str()),
        automated,
        playbook_id: playbook,
        confidence,
        classifier_version: VERSION.to_owned(),
        reasons,
        decided_at: now,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(subject: &str, body: &str) -> Decision {
        classify(
            &Intake {
                subject: subject.into(),
                body: body.into(),
            },
            Timestamp::UNIX_EPOCH,
        )
    }

    #[test]
    fn the_contracts_example_is_a_password_reset() {
        let decision = of("I can't log in", "Password doesn't work");
        assert!(decision.automated);
        assert_eq!(decision.playbook_id.unwrap().as_str(), "password_reset");
        assert!((decision.confidence - 0.95).abs() < f64::EPSILON);
    }

    #[test]
    fn curly_quotes_case_and_spaces_change_nothing() {
        assert!(of("FORGOT   my\u{a0}Password", "").automated);
        assert!(of("can\u{2019}t log in", "my password doesn\u{2019}t work").automated);
    }

    #[test]
    fn what_no_rule_knows_is_left_to_people() {
        for (subject, body) in [
            ("Printer jams", "It eats paper"),
            ("Hello", ""),
            ("New laptop", "please order one"),
        ] {
            let decision = of(subject, body);
            assert!(!decision.automated, "{subject}");
            assert_eq!(decision.playbook_id, None);
            assert!(!decision.reasons.is_empty());
        }
    }

    #[test]
    fn a_request_for_somebody_else_or_with_a_threat_in_it_is_left_to_people() {
        for body in [
            "Please reset the password for my colleague",
            "I forgot my password, and I clicked a phishing link",
            "do not reset my password",
            "reset my password and send it to my new phone number",
        ] {
            assert!(!of("Password reset", body).automated, "{body}");
        }
    }

    #[test]
    fn a_password_of_another_system_is_left_to_people() {
        assert!(!of("Wifi password", "what is the password of the guest wifi").automated);
    }

    proptest! {
        #[test]
        fn any_text_gets_a_decision_and_only_an_automated_one_names_a_playbook(subject in ".{0,200}", body in ".{0,2000}") {
            let decision = of(&subject, &body);
            prop_assert_eq!(decision.automated, decision.playbook_id.is_some());
            prop_assert!((0.0..=1.0).contains(&decision.confidence));
        }
    }
}
