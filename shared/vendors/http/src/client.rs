//! Connections and tokens, one set a process.

use crate::token::Tokens;
use crate::{Hosts, Limits, Vendor};
use jiff::Timestamp;
use ports::Clock;
use reqwest::redirect::Policy;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Connections and tokens. Clones share them; keep one for as long as the process lives.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    clock: Arc<dyn Clock>,
    limits: Limits,
    kept: OnceLock<Option<reqwest::Client>>,
    fresh: OnceLock<Option<reqwest::Client>>,
    tokens: Tokens,
}

impl Client {
    /// A client without connections yet.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::with_limits(clock, Limits::default())
    }

    /// The same, with other limits.
    #[must_use]
    pub fn with_limits(clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            clock,
            limits,
            kept: OnceLock::new(),
            fresh: OnceLock::new(),
            tokens: Tokens::default(),
        }))
    }

    /// This client, for one vendor: it asks `hosts` only and is called `name` in errors.
    #[must_use]
    pub fn vendor(self, name: &'static str, hosts: Hosts) -> Vendor {
        Vendor::new(self, name, hosts)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn limits(&self) -> Limits {
        self.0.limits
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// The connections to use. A side effect never rides on a kept connection: one that the vendor closed while this
    /// process was frozen breaks under the request, and a deed whose answer is lost is nobody's to repeat.
    pub(crate) fn connections(&self, side_effect: bool) -> Option<&reqwest::Client> {
        let (slot, idle) = if side_effect {
            (&self.0.fresh, 0)
        } else {
            (&self.0.kept, 4)
        };
        slot.get_or_init(|| build(self.0.limits.connect, idle))
            .as_ref()
    }
}

fn build(connect: Duration, idle: usize) -> Option<reqwest::Client> {
    reqwest::Client::builder()
        .connect_timeout(connect)
        .redirect(Policy::none())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(idle)
        .pool_idle_timeout(Duration::from_secs(20))
        .user_agent(concat!("deskhand/", env!("CARGO_PKG_VERSION")))
        .build()
        .ok()
}
