//! A proxy before the local AWS that loses answers: the call is made, then its connection breaks before the answer.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use deskhand_local::loopback;
use reqwest::Client;
use tokio::{
    net::{TcpListener, TcpStream},
    spawn,
    task::JoinHandle,
};

use crate::wire::Call;

/// The calls by which our functions change something in AWS.
const WRITES: [&str; 7] = [
    "PutItem",
    "SendMessage",
    "SendTaskFailure",
    "SendTaskSuccess",
    "StartExecution",
    "TransactWriteItems",
    "UpdateItem",
];

/// The proxy; it ends when dropped, and with the runtime that it was opened in.
pub struct Lossy {
    address: SocketAddr,
    losses: Arc<Mutex<Losses>>,
    accepting: JoinHandle<()>,
}

/// Which answers are lost, and which were.
#[derive(Default)]
struct Losses {
    ordered: Vec<Order>,
    every: Option<u32>,
    writes: u32,
    calls: Vec<String>,
    lost: Vec<String>,
}

impl Lossy {
    /// Opens before `upstream` (`http://host:port`), and loses nothing until told to.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn before(upstream: &str) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let http = loopback().map_err(io::Error::other)?;
        let losses = Arc::<Mutex<Losses>>::default();
        let (upstream, shared) = (upstream.to_owned(), losses.clone());
        let accepting = spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let line = Line {
                    caller,
                    upstream: upstream.clone(),
                    http: http.clone(),
                    losses: shared.clone(),
                };
                spawn(line.serve());
            }
        });
        Ok(Self {
            address,
            losses,
            accepting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Loses the answers to the next `times` calls of `operation`, such as `PutItem`.
    pub fn lose(&self, operation: &str, times: u32) {
        self.lose_about(operation, "", times);
    }

    /// Loses the answers to the next `times` calls of `operation` whose body holds `needle`.
    pub fn lose_about(&self, operation: &str, needle: &str, times: u32) {
        held(&self.losses).ordered.push(Order {
            operation: operation.to_owned(),
            needle: needle.to_owned(),
            times,
        });
    }

    /// Loses every `nth` answer to a write; none for `None`.
    pub fn lose_every_write(&self, nth: Option<u32>) {
        held(&self.losses).every = nth;
    }

    /// The operations whose answers were lost, in order.
    #[must_use]
    pub fn lost(&self) -> Vec<String> {
        held(&self.losses).lost.clone()
    }

    /// How often `operation` reached the local AWS.
    #[must_use]
    pub fn calls(&self, operation: &str) -> usize {
        let losses = held(&self.losses);
        losses
            .calls
            .iter()
            .filter(|call| *call == operation)
            .count()
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Answers to lose.
struct Order {
    operation: String,
    needle: String,
    times: u32,
}

impl Losses {
    /// Whether the answer to this call, which has been made, is lost.
    fn takes(&mut self, operation: &str, body: &str) -> bool {
        let writes = WRITES.contains(&operation);
        self.writes += u32::from(writes);
        self.calls.push(operation.to_owned());
        let ordered = self.ordered.iter_mut().find(|order| {
            order.operation == operation && order.times > 0 && body.contains(&order.needle)
        });
        let lost = match ordered {
            Some(order) => {
                order.times -= 1;
                true
            }
            None => self
                .every
                .is_some_and(|every| writes && self.writes.is_multiple_of(every)),
        };
        if lost {
            self.lost.push(operation.to_owned());
        }
        lost
    }
}

/// One caller's connection.
struct Line {
    caller: TcpStream,
    upstream: String,
    http: Client,
    losses: Arc<Mutex<Losses>>,
}

impl Line {
    /// Passes calls on until the caller hangs up or an answer is lost; either way the connection ends.
    async fn serve(mut self) {
        while let Ok(Some(call)) = Call::next(&mut self.caller).await {
            let operation = call.operation();
            let body = String::from_utf8_lossy(&call.body).into_owned();
            let Ok(answer) = call.made(&self.http, &self.upstream).await else {
                return;
            };
            let lost = held(&self.losses).takes(&operation, &body);
            if lost || answer.told(&mut self.caller).await.is_err() {
                return;
            }
        }
    }
}

fn held(losses: &Mutex<Losses>) -> MutexGuard<'_, Losses> {
    losses.lock().unwrap_or_else(PoisonError::into_inner)
}
