//! How long a call may take.

use std::time::Duration;
use tokio::time::Instant;

/// How long calls may take, tries and waits together.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until a connection stands.
    pub connect: Duration,
    /// A read, so that whoever waits for it can still answer within 5 s.
    pub read: Duration,
    /// A write.
    pub write: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(2),
            read: Duration::from_millis(4500),
            write: Duration::from_secs(20),
        }
    }
}

/// When an operation, however many calls it makes, has to be over.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now() + limit)
    }

    pub(crate) fn earlier(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    pub(crate) fn left(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}
