//! How long a playbook of 50 steps takes to be read and compiled, beside hashing a megabyte on the same machine.

use std::error::Error;
use std::fmt::Write;
use std::hint::black_box;
use std::time::{Duration, Instant};

use playbook::{compile_text, parse};
use sha2::{Digest, Sha256};

/// Rounds; the fastest counts, for the others shared the machine.
const ROUNDS: usize = 20;

/// The most that reading and compiling may take, in a build that is optimized.
const MOST: Duration = Duration::from_millis(10);

fn main() -> Result<(), Box<dyn Error>> {
    let text = fifty_steps()?;
    let count = parse(&text).map_or(0, |version| version.step_ids().count());
    if count != 50 {
        return Err(format!("the playbook has {count} steps, not 50").into());
    }
    let work = fastest(|| {
        black_box(
            parse(black_box(&text))
                .map(|version| compile_text(&version).len())
                .ok(),
        );
    });
    let megabyte = vec![b'x'; 1 << 20];
    let measure = fastest(|| {
        black_box(Sha256::digest(black_box(&megabyte)));
    });
    let ratio = work.as_secs_f64() / measure.as_secs_f64();
    println!(
        "50 steps, {} bytes: read and compiled in {work:?}, {ratio:.2} times SHA-256 of 1 MiB ({measure:?})",
        text.len()
    );
    if !cfg!(debug_assertions) && work > MOST {
        return Err(format!("over {MOST:?}").into());
    }
    Ok(())
}

fn fastest(mut work: impl FnMut()) -> Duration {
    let rounds = (0..ROUNDS).map(|_| {
        let begun = Instant::now();
        work();
        begun.elapsed()
    });
    rounds.min().unwrap_or_default()
}

/// Verification, reset and delivery by turns, with inputs, conditions, groups and a fallback.
fn fifty_steps() -> Result<String, std::fmt::Error> {
    let mut text =
        "name: fifty\nversion: '1.0'\ninputs:\n  subject: {type: user, required: true}\n  \
                    minutes: {type: integer, min: 10, max: 600, default: 60}\nsteps:\n"
            .to_owned();
    for at in 0..10 {
        writeln!(
            text,
            "  - id: ask_{at}\n    service: verification.mfa\n    with: {{user_id: '{{{{ inputs.subject }}}}'}}\n    \
             fallback: {{id: ask_again_{at}, service: verification.mfa, with: {{user_id: abc-123}}}}\n  \
             - id: reset_{at}\n    service: executor.reset_password\n    \
             with: {{user_id: '{{{{ inputs.subject }}}}', method: tap, tap_lifetime_minutes: '{{{{ inputs.minutes }}}}'}}\n    \
             when: steps.ask_{at}.status == 'succeeded' || steps.ask_again_{at}.status == 'succeeded'\n  \
             - id: send_{at}\n    parallel:"
        )?;
        for copy in 0..2 {
            writeln!(
                text,
                "      - id: send_{at}_{copy}\n        service: delivery.sms\n        \
                 with: {{credential_ref: '{{{{ steps.reset_{at}.credential_ref }}}}', message: 'Code {{credential}}'}}"
            )?;
        }
    }
    Ok(text)
}
