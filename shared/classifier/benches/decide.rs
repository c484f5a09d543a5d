//! `cargo bench -p classifier`: how long a decision takes, from a ticket's text to its reasons, on one thread.
//!
//! Each training ticket is decided in twenty passes; the best of them counts, so that whatever else the machine does counts
//! little. A ticket of a megabyte is told beside them.

use classifier::classify;
use domain::Intake;
use jiff::Timestamp;
use serde::Deserialize;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

const PASSES: usize = 20;

#[derive(Deserialize)]
struct Line {
    summary: String,
    details: String,
}

fn tickets() -> std::io::Result<Vec<Intake>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/train");
    let mut tickets = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        for line in std::fs::read_to_string(entry?.path())?.lines() {
            let Line { summary, details } = serde_json::from_str(line)?;
            tickets.push(Intake {
                subject: summary,
                body: details,
            });
        }
    }
    Ok(tickets)
}

/// Microseconds, the best of all passes.
fn best(ticket: &Intake) -> f64 {
    let pass = |_| {
        let begun = Instant::now();
        black_box(classify(black_box(ticket), Timestamp::UNIX_EPOCH));
        begun.elapsed().as_secs_f64() * 1e6
    };
    (0..PASSES).map(pass).fold(f64::INFINITY, f64::min)
}

fn main() -> std::io::Result<()> {
    let tickets = tickets()?;
    let mut each: Vec<f64> = tickets.iter().map(best).collect();
    each.sort_by(f64::total_cmp);
    let at = |share: usize| {
        each.get(each.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    println!("tickets           {}", each.len());
    let mean = each.iter().sum::<f64>() / f64::from(u32::try_from(each.len()).unwrap_or(u32::MAX));
    println!("mean              {mean:.1} µs");
    println!("half-below        {:.1} µs", at(50));
    println!("95-of-100-below   {:.1} µs", at(95));
    println!(
        "longest           {:.1} µs",
        each.last().copied().unwrap_or_default()
    );
    let long = Intake {
        subject: "I can't log in".to_owned(),
        body: "please reset my password ".repeat(40_000),
    };
    println!("a-megabyte        {:.1} µs", best(&long));
    Ok(())
}
