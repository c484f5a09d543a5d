//! The routes of the Runtime API, open on loopback for some events, one after the other.

use std::{
    collections::VecDeque,
    future::pending,
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderName, StatusCode},
    response::IntoResponse,
    routing::{get, post},
    serve::ListenerExt,
};
use serde_json::Value;
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle};
use uuid::Uuid;

/// What Lambda takes of an answer.
const MOST_BYTES: usize = 6 * 1024 * 1024;
/// A function tells one thing; whatever it tells after that is not waited for.
const TELLINGS: usize = 4;

/// What a function tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Told {
    /// It answered.
    Response(Value),
    /// It failed at the event.
    Error(Value),
    /// It failed before it asked for an event.
    InitError(Value),
}

/// The open door; closed when dropped.
pub(crate) struct Door {
    address: SocketAddr,
    invocation: Arc<Invocation>,
    told: mpsc::Receiver<(Told, Instant)>,
    serving: JoinHandle<()>,
}

struct Invocation {
    /// Each is taken by whoever asks next.
    events: Mutex<VecDeque<String>>,
    /// When the last of them was taken.
    handed: Mutex<Option<Instant>>,
    id: String,
    arn: String,
    deadline_ms: u128,
    told: mpsc::Sender<(Told, Instant)>,
}

impl Door {
    /// Opens the door for function `name`, with these events behind it.
    pub(crate) async fn open(
        name: &str,
        events: impl Iterator<Item = &Value>,
        patience: Duration,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        // Small answers go out at once.
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let (tell, told) = mpsc::channel(TELLINGS);
        let invocation = Arc::new(Invocation {
            events: Mutex::new(events.map(Value::to_string).collect()),
            handed: Mutex::new(None),
            id: Uuid::new_v4().to_string(),
            arn: format!("arn:aws:lambda:us-east-1:000000000000:function:{name}"),
            deadline_ms: (since_1970() + patience).as_millis(),
            told: tell,
        });
        let routes = routes(Arc::clone(&invocation));
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, routes).await;
        });
        Ok(Self {
            address,
            invocation,
            told,
            serving,
        })
    }

    /// Host and port, as `AWS_LAMBDA_RUNTIME_API` has them.
    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// When the last event was taken; none where none was.
    pub(crate) fn handed(&self) -> Option<Instant> {
        let handed = self.invocation.handed.lock();
        *handed.unwrap_or_else(PoisonError::into_inner)
    }

    /// The next thing the function tells, and when.
    pub(crate) async fn told(&mut self) -> (Told, Instant) {
        match self.told.recv().await {
            Some(told) => told,
            None => pending().await,
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn routes(invocation: Arc<Invocation>) -> Router {
    let root = "/2018-06-01/runtime";
    Router::new()
        .route(&format!("{root}/invocation/next"), get(next))
        .route(
            &format!("{root}/invocation/{{id}}/response"),
            post(response),
        )
        .route(&format!("{root}/invocation/{{id}}/error"), post(error))
        .route(&format!("{root}/init/error"), post(init_error))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .with_state(invocation)
}

type Asked = State<Arc<Invocation>>;

async fn next(State(invocation): Asked) -> impl IntoResponse {
    let event = invocation
        .events
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .pop_front();
    let event = match event {
        Some(event) => event,
        // There is no other event; Lambda lets a function wait, too.
        None => pending().await,
    };
    *invocation
        .handed
        .lock()
        .unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    let headers = [
        ("lambda-runtime-aws-request-id", invocation.id.clone()),
        (
            "lambda-runtime-deadline-ms",
            invocation.deadline_ms.to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            invocation.arn.clone(),
        ),
    ]
    .map(|(name, value)| (HeaderName::from_static(name), value));
    (headers, event)
}

async fn response(State(invocation): Asked, Path(id): Path<String>, body: Bytes) -> StatusCode {
    invocation.answered(&id, &body, Told::Response)
}

async fn error(State(invocation): Asked, Path(id): Path<String>, body: Bytes) -> StatusCode {
    invocation.answered(&id, &body, Told::Error)
}

async fn init_error(State(invocation): Asked, body: Bytes) -> StatusCode {
    invocation.told(&body, Told::InitError)
}

impl Invocation {
    fn answered(&self, id: &str, body: &[u8], told: fn(Value) -> Told) -> StatusCode {
        if id == self.id {
            self.told(body, told)
        } else {
            StatusCode::BAD_REQUEST
        }
    }

    fn told(&self, body: &[u8], told: fn(Value) -> Told) -> StatusCode {
        let now = Instant::now();
        let Ok(body) = serde_json::from_slice(body) else {
            return StatusCode::BAD_REQUEST;
        };
        match self.told.try_send((told(body), now)) {
            Ok(()) => StatusCode::ACCEPTED,
            Err(_) => StatusCode::BAD_REQUEST,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a deadline is told to the function by the wall clock, as Lambda does"
)]
fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
