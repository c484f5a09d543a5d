//! What a ticket takes of memory does not grow with it. Alone in its process, so that nothing else allocates meanwhile.

#![cfg(target_os = "linux")]

use classifier::classify;
use domain::Intake;
use jiff::Timestamp;
use std::hint::black_box;

/// The most that this process ever held, in kilobytes.
fn most() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    peak.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[test]
fn a_ticket_of_8_megabytes_takes_no_more_than_one_of_64_kilobytes() {
    let parts = [
        "please reset my password, it expired. ",
        "<p style='color:red'>my account &amp; phone</p>\n",
        "\u{440}\u{435}set \u{200b}my p\u{430}ssword\n> quoted\n",
    ];
    let of = |part: &str, bytes: usize| Intake {
        subject: "I can't log in".to_owned(),
        body: part.repeat(bytes / part.len()),
    };
    let large = parts.map(|part| of(part, 8 << 20));
    // The tables of words are made once, and the allocator keeps what it was given.
    for part in parts {
        black_box(classify(&of(part, 64 << 10), Timestamp::UNIX_EPOCH));
    }
    let before = most().unwrap();
    for ticket in &large {
        let decision = classify(ticket, Timestamp::UNIX_EPOCH);
        assert!(
            decision
                .reasons
                .iter()
                .any(|why| why.starts_with("left out"))
                || decision.playbook_id.is_none()
        );
    }
    let grown = most().unwrap() - before;
    assert!(grown < 2_000, "{grown} kB more for 8 MB than for 64 kB");
}
