//! Sizes are bounded, and nothing an author writes makes the parser panic or hang.

use std::fmt::Write;
use std::time::{Duration, Instant};

use playbook::{FlawCode, MAX_STEPS, MAX_TEXT_BYTES, parse};
use proptest::prelude::*;

use crate::{ONE_STEP, password_reset};

fn code(text: &str) -> FlawCode {
    parse(text).unwrap_err()[0].code
}

#[test]
fn a_text_has_at_most_64_kilobytes() {
    let padded = |bytes: usize| format!("{ONE_STEP}#{}", "x".repeat(bytes - ONE_STEP.len() - 1));
    assert!(parse(&padded(MAX_TEXT_BYTES)).is_ok());
    assert_eq!(code(&padded(MAX_TEXT_BYTES + 1)), FlawCode::TooLarge);
}

#[test]
fn a_playbook_has_at_most_100_steps() {
    let steps = |count: usize| {
        let mut text = "name: p\nversion: '1.0'\nsteps:\n".to_owned();
        for at in 0..count {
            writeln!(
                text,
                "  - {{id: s{at}, service: verification.mfa, with: {{user_id: a}}}}"
            )
            .unwrap();
        }
        text
    };
    assert!(parse(&steps(MAX_STEPS)).is_ok());
    assert_eq!(code(&steps(MAX_STEPS + 1)), FlawCode::TooLarge);
}

#[test]
fn ten_thousand_steps_and_a_megabyte_are_refused_at_once() {
    let begun = Instant::now();
    let step = "- {id: a, service: verification.mfa, with: {user_id: a}}\n";
    let steps = "name: p\nversion: '1.0'\nsteps:\n".to_owned() + &step.repeat(10_000);
    assert_eq!(code(&steps), FlawCode::TooLarge);
    assert_eq!(code(&"x: 1\n".repeat(210_000)), FlawCode::TooLarge);
    let json = serde_json::json!({"name": "p", "version": "1.0", "steps": vec![serde_json::json!({}); 10_000]});
    let stored = serde_json::from_value::<playbook::PlaybookVersion>(json).unwrap_err();
    assert!(
        stored.to_string().contains("at most 100 steps, not 10000"),
        "{stored}"
    );
    let small = "name: p\nversion: '1.0'\nsteps:\n".to_owned() + &"- a\n".repeat(10_000);
    assert_eq!(code(&small), FlawCode::TooLarge);
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn groups_and_fallbacks_do_not_get_around_the_number_of_steps() {
    let member = "{id: s, service: verification.mfa, with: {user_id: a}}";
    let group = format!("- {{id: g, parallel: [{}]}}\n", [member; 51].join(", "));
    let text = "name: p\nversion: '1.0'\nsteps:\n".to_owned() + &group.repeat(2);
    assert_eq!(code(&text), FlawCode::TooLarge);
    let step = "- {id: s, service: verification.mfa, with: {user_id: a}, fallback: {id: f, service: verification.mfa, with: {user_id: b}}}\n";
    let text = "name: p\nversion: '1.0'\nsteps:\n".to_owned() + &step.repeat(51);
    assert_eq!(code(&text), FlawCode::TooLarge);
}

#[test]
fn a_map_of_thousands_of_unknown_keys_is_answered_in_time() {
    for place in ["", "inputs:\n", "steps:\n- "] {
        let indent = if place.is_empty() { "" } else { "  " };
        let mut text = format!("name: p\n{place}");
        let first = text.len();
        for at in 0.. {
            if text.len() > MAX_TEXT_BYTES - 20 {
                break;
            }
            let indent = if text.len() == first && place.ends_with("- ") {
                ""
            } else {
                indent
            };
            writeln!(text, "{indent}k{at}: 1").unwrap();
        }
        let begun = Instant::now();
        assert!(parse(&text).is_err());
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{:?}",
            begun.elapsed()
        );
    }
}

#[test]
fn a_bomb_of_aliases_is_refused() {
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..30 {
        writeln!(
            bomb,
            "a{level}: &a{level} [*a{}, *a{}]",
            level - 1,
            level - 1
        )
        .unwrap();
    }
    assert_eq!(code(&bomb), FlawCode::Syntax);
}

#[test]
fn the_worst_texts_of_64_kilobytes_are_answered_in_time() {
    for piece in [
        "[", "{", "- ", "? ", "{a: ", "a: [", "\"", "'", "|\n", "&a ", "!a ", "%", "---\n",
        "a:\n ", "}", ": ", "\t", "x: 1\n", "{{", "- - ", "[a, ", "\u{feff}",
    ] {
        let text = piece.repeat(MAX_TEXT_BYTES / piece.len());
        let begun = Instant::now();
        assert!(parse(&text).is_err(), "{piece:?}");
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "{piece:?} took {:?}",
            begun.elapsed()
        );
    }
    let mut deep = String::new();
    for level in 0..300 {
        writeln!(deep, "{}a:", " ".repeat(level)).unwrap();
    }
    assert_eq!(code(&deep), FlawCode::TooLarge);
}

#[test]
fn a_playbook_full_of_the_largest_expressions_is_read_in_time() {
    let expression = format!("'{}' == ticket.a", "x".repeat(1_000));
    let mut text = "name: p\nversion: '1.0'\nsteps:\n".to_owned();
    for at in 0..50 {
        writeln!(text, "  - {{id: s{at}, service: verification.mfa, with: {{user_id: a}}, when: \"{expression}\"}}").unwrap();
    }
    let begun = Instant::now();
    assert!(parse(&text).is_ok());
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        let _ = parse(&text);
    }

    #[test]
    fn no_text_of_yaml_s_own_signs_makes_it_panic(text in "[-a:?{}\\[\\],&*!|>'\"%@# \n\t0.~]{0,200}") {
        let _ = parse(&text);
    }

    #[test]
    fn no_nesting_makes_it_panic(open in prop::collection::vec(prop::sample::select(vec!["- ", "a: ", "[", "{a: ", "\n ", "? "]), 0..40)) {
        let _ = parse(&open.concat());
    }

    #[test]
    fn no_expression_makes_it_panic(when in "[a-z.'()!&|?:+\\-*/%<>=,0-9 \\[\\]{}]{0,120}") {
        let quoted = serde_json::to_string(&when).unwrap();
        let _ = parse(&format!("{ONE_STEP}    when: {quoted}\n"));
    }

    #[test]
    fn a_good_text_with_one_bad_character_is_read_or_refused(at in 0usize..2_000, sign in any::<char>()) {
        let mut text = password_reset().to_yaml();
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.insert(at, sign);
        if let Ok(version) = parse(&text) {
            prop_assert!(!version.steps.is_empty());
        }
    }
}
