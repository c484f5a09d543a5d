//! A proxy before the local AWS that loses answers: the call is made, then its connection breaks before the answer.

use std::{
    fmt::Write as _,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use deskhand_local::loopback;
use reqwest::{Client, Method, Response};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    spawn,
    task::JoinHandle,
};

const LARGEST_HEAD: usize = 64 * 1024;
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
/// Meant for one connection only, or said anew about the body that is passed on whole.
const NOT_PASSED_ON: [&str; 4] = ["connection", "content-length", "host", "transfer-encoding"];

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

/// A request, whole.
struct Call {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Line {
    /// Passes calls on until the caller hangs up or an answer is lost; either way the connection ends.
    async fn serve(mut self) {
        while let Ok(Some(call)) = self.next_call().await {
            let operation = call.operation();
            let body = String::from_utf8_lossy(&call.body).into_owned();
            let Ok(answer) = self.passed_on(call).await else {
                return;
            };
            let lost = held(&self.losses).takes(&operation, &body);
            if lost || self.answer(answer).await.is_err() {
                return;
            }
        }
    }

    async fn next_call(&mut self) -> io::Result<Option<Call>> {
        let mut read = Vec::new();
        let head_ends = loop {
            if let Some(at) = read.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            if read.len() > LARGEST_HEAD {
                return Err(io::Error::other("a head without an end"));
            }
            if self.caller.read_buf(&mut read).await? == 0 {
                return Ok(None);
            }
        };
        let mut body = read.split_off(head_ends + 4);
        let head = String::from_utf8(read).map_err(io::Error::other)?;
        let mut call = Call::of(&head)?;
        let length = call.header("content-length").unwrap_or("0");
        let length: usize = length.parse().map_err(io::Error::other)?;
        while body.len() < length {
            if self.caller.read_buf(&mut body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        call.body = body;
        Ok(Some(call))
    }

    async fn passed_on(&self, call: Call) -> reqwest::Result<Response> {
        let url = format!("{}{}", self.upstream, call.path);
        let mut request = self.http.request(call.method, url).body(call.body);
        for (name, value) in &call.headers {
            if !NOT_PASSED_ON.contains(&name.as_str()) {
                request = request.header(name, value);
            }
        }
        request.send().await
    }

    async fn answer(&mut self, answer: Response) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {}\r\n", answer.status());
        for (name, value) in answer.headers() {
            if !NOT_PASSED_ON.contains(&name.as_str()) {
                let value = value.to_str().map_err(io::Error::other)?;
                let _ = write!(head, "{name}: {value}\r\n");
            }
        }
        let body = answer.bytes().await.map_err(io::Error::other)?;
        let _ = write!(head, "content-length: {}\r\n\r\n", body.len());
        self.caller.write_all(head.as_bytes()).await?;
        self.caller.write_all(&body).await
    }
}

impl Call {
    fn of(head: &str) -> io::Result<Self> {
        let mut lines = head.trim_end().split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(path)) = (first.next(), first.next()) else {
            return Err(io::Error::other("no request line"));
        };
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Ok(Self {
            method: method.parse().map_err(io::Error::other)?,
            path: path.to_owned(),
            headers: headers.collect(),
            body: Vec::new(),
        })
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// What is asked for: the last part of `X-Amz-Target`.
    fn operation(&self) -> String {
        let target = self.header("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        operation.to_owned()
    }
}

fn held(losses: &Mutex<Losses>) -> MutexGuard<'_, Losses> {
    losses.lock().unwrap_or_else(PoisonError::into_inner)
}
