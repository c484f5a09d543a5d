//! Everything the sandbox remembers, behind one lock.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::{Client, redirect::Policy};

use crate::{
    bedrock::orders::Orders, calls::Calls, control::config::Config, control::graph::Settings,
    entra_mfa::prompts::Prompts, faults::Faults, fleet::Fleet, graph::audits::Audits,
    graph::passes::Passes, groups::Groups, halopsa::tickets::Tickets, halopsa::webhook::Deliveries,
    licences::Skus, oidc::state::Issuer, past::Past, people::People, tokens::Tokens,
    twilio::messages::Messages,
};

#[derive(Default)]
pub(crate) struct State {
    /// Grows with every reset; what was begun in an older one is not finished.
    pub(crate) generation: u64,
    pub(crate) config: Config,
    pub(crate) tokens: Tokens,
    pub(crate) people: People,
    pub(crate) groups: Groups,
    pub(crate) skus: Skus,
    pub(crate) audits: Audits,
    pub(crate) past: Past,
    pub(crate) settings: Settings,
    pub(crate) tickets: Tickets,
    pub(crate) deliveries: Deliveries,
    pub(crate) passes: Passes,
    pub(crate) prompts: Prompts,
    pub(crate) messages: Messages,
    pub(crate) issuer: Issuer,
    pub(crate) fleet: Fleet,
    pub(crate) orders: Orders,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
}

impl State {
    /// Back to the seed. Configuration, tokens already handed out and the next ticket and call numbers stay: a number used twice
    /// would name two tickets to whoever remembers the first.
    pub(crate) fn reset(&mut self) {
        let old = std::mem::take(self);
        self.generation = old.generation + 1;
        self.config = old.config;
        self.tokens = old.tokens;
        self.issuer = old.issuer;
        self.tickets = old.tickets.emptied();
        self.calls = old.calls.emptied();
        self.fleet = old.fleet.emptied();
    }
}

/// The sandbox's state and its way out.
#[derive(Clone)]
pub(crate) struct World {
    state: Arc<Mutex<State>>,
    pub(crate) client: Client,
}

impl World {
    pub(crate) fn new() -> io::Result<Self> {
        let client = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(15))
            .build()
            .map_err(io::Error::other)?;
        Ok(Self {
            state: Arc::default(),
            client,
        })
    }

    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
