//! Progress a person can follow: which step, and for how long.

use std::{
    fmt::Display,
    future::Future,
    io::{self, ErrorKind, IsTerminal, Write},
    process,
    time::{Duration, Instant},
};

use tokio::time::{self, MissedTickBehavior};

/// Where progress goes: to standard error, or nowhere.
#[derive(Clone, Copy)]
pub struct Say {
    quiet: bool,
    live: bool,
}

impl Say {
    /// Progress on standard error, unless `quiet`.
    #[must_use]
    pub fn new(quiet: bool) -> Self {
        Self {
            quiet,
            live: io::stderr().is_terminal(),
        }
    }

    /// The same in whole lines only, for work beside something else that writes to the terminal.
    #[must_use]
    pub fn in_lines(self) -> Self {
        Self {
            live: false,
            ..self
        }
    }

    /// One line.
    pub fn line(&self, text: impl Display) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Runs `work` under the name `what`, showing that it lives and how long it took.
    pub async fn step<T>(&self, what: &str, work: impl Future<Output = T>) -> T {
        if self.quiet {
            return work.await;
        }
        let begun = Instant::now();
        let mut tick = time::interval(if self.live {
            Duration::from_secs(1)
        } else {
            Duration::from_secs(15)
        });
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(work);
        let done = loop {
            tokio::select! {
                done = &mut work => break done,
                _ = tick.tick() => self.beat(what, begun.elapsed()),
            }
        };
        let took = begun.elapsed().as_secs_f32();
        let again = if self.live { "\r" } else { "" };
        let _ = writeln!(io::stderr(), "{again}{what}… {took:.1} s");
        done
    }

    fn beat(self, what: &str, elapsed: Duration) {
        let seconds = elapsed.as_secs();
        let mut err = io::stderr();
        let _ = match (self.live, seconds) {
            (true, 0) => write!(err, "{what}…"),
            (true, _) => write!(err, "\r{what}… {seconds} s"),
            (false, 0) => writeln!(err, "{what}…"),
            (false, _) => writeln!(err, "{what}… {seconds} s so far"),
        };
        let _ = err.flush();
    }
}

/// One line on standard output, for a command that only looks: where nobody reads on, as behind `| head`, it ends here.
pub(crate) fn print_line(text: impl Display) {
    if let Err(cause) = writeln!(io::stdout(), "{text}") {
        process::exit(ended_by(&cause));
    }
}

/// The exit code of a command that cannot print any more: a reader that has seen enough is no failure.
fn ended_by(cause: &io::Error) -> i32 {
    if cause.kind() == ErrorKind::BrokenPipe {
        return 0;
    }
    let _ = writeln!(io::stderr(), "writing to standard output: {cause}");
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_went_away_is_no_failure() {
        assert_eq!(ended_by(&ErrorKind::BrokenPipe.into()), 0);
        assert_eq!(ended_by(&ErrorKind::StorageFull.into()), 1);
    }
}
