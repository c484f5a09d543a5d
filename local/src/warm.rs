//! How long a warm function takes, and how much of that it waits for AWS: its calls go through a proxy that times them.

use std::{
    net::Ipv4Addr,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{self, Body},
    extract::{Request, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use runtime_api::{Answer, Invocation};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    aws::Aws,
    error::{Doing, Error, Result},
    function,
};

const PATIENCE: Duration = Duration::from_secs(30);
/// The first invocations open connections and fill what a process keeps; they are not counted.
const FIRST: usize = 20;
/// More than any answer of AWS here.
const MOST_BYTES: usize = 16 << 20;

/// Medians over the invocations of one warm process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warm {
    /// From the event to the answer.
    pub total: Duration,
    /// Of that, while at least one call of AWS was under way.
    pub aws: Duration,
    /// The rest.
    pub beyond: Duration,
    /// Calls of AWS that one invocation makes.
    pub calls: usize,
}

/// When each call of AWS began and ended.
type Calls = Arc<Mutex<Vec<(Instant, Instant)>>>;

/// Invokes `operation` with `event` as often as `times` says, in one process of `program` that is warm by then.
///
/// # Errors
/// When the function is not deployed, does not answer, or answers with another status than 200.
pub async fn warm(
    aws: &Aws,
    stack: &str,
    operation: &str,
    program: PathBuf,
    event: &Value,
    times: usize,
) -> Result<Warm> {
    let doing = format!("invoking a warm {operation}");
    let timer = Timer::before(aws.base()).await?;
    let mut function = function::deployed(aws, stack, operation, program).await?;
    let seen = ("AWS_ENDPOINT_URL".to_owned(), timer.url.clone());
    function.environment.extend([seen]);
    let invoked = runtime_api::warm(&function, event, FIRST + times, PATIENCE)
        .await
        .doing(doing.clone())?;
    for invocation in &invoked {
        let good = match &invocation.answer {
            Answer::Good(answer) => answer["statusCode"] == 200,
            Answer::Bad(_) => false,
        };
        if !good {
            return Err(Error::failed(doing, format!("{:?}", invocation.answer)));
        }
    }
    Ok(medians(&invoked[FIRST..], &timer.calls()))
}

fn medians(invoked: &[Invocation], calls: &[(Instant, Instant)]) -> Warm {
    let mut each: Vec<(Duration, Duration, usize)> = Vec::with_capacity(invoked.len());
    for one in invoked {
        let within = (one.handed, one.answered);
        let (waited, count) = waited(within, calls);
        each.push((one.answered.duration_since(one.handed), waited, count));
    }
    let median = |of: fn(&(Duration, Duration, usize)) -> Duration| {
        let mut times: Vec<_> = each.iter().map(of).collect();
        times.sort_unstable();
        times.get(times.len() / 2).copied().unwrap_or_default()
    };
    Warm {
        total: median(|one| one.0),
        aws: median(|one| one.1),
        beyond: median(|one| one.0.saturating_sub(one.1)),
        calls: each.iter().map(|one| one.2).min().unwrap_or_default(),
    }
}

/// For how long within these two times at least one call was under way, and how many calls began there.
fn waited((from, to): (Instant, Instant), calls: &[(Instant, Instant)]) -> (Duration, usize) {
    let mut own: Vec<_> = calls
        .iter()
        .filter(|(began, _)| (from..to).contains(began))
        .collect();
    own.sort_unstable();
    let (mut waited, mut until) = (Duration::ZERO, from);
    for (began, ended) in &own {
        let (began, ended) = ((*began).max(until), (*ended).min(to));
        if began < ended {
            waited += ended.duration_since(began);
            until = ended;
        }
    }
    (waited, own.len())
}

/// A proxy before the local AWS; closed when dropped.
struct Timer {
    url: String,
    calls: Calls,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Upstream {
    base: String,
    client: Client<HttpConnector, Body>,
    calls: Calls,
}

impl Timer {
    async fn before(base: &str) -> Result<Self> {
        let doing = "opening a proxy that times calls";
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .doing(doing)?;
        let url = format!("http://{}", listener.local_addr().doing(doing)?);
        let listener = listener.tap_io(|stream| {
            let _ = stream.set_nodelay(true);
        });
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let calls = Calls::default();
        let upstream = Upstream {
            base: base.to_owned(),
            client: Client::builder(TokioExecutor::new()).build(connector),
            calls: Arc::clone(&calls),
        };
        let router = Router::new().fallback(forward).with_state(upstream);
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self {
            url,
            calls,
            serving,
        })
    }

    fn calls(&self) -> Vec<(Instant, Instant)> {
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn forward(State(upstream): State<Upstream>, request: Request) -> Response {
    let began = Instant::now();
    let answer = asked(&upstream, request).await;
    let call = (began, Instant::now());
    let calls = upstream.calls.lock();
    calls.unwrap_or_else(PoisonError::into_inner).push(call);
    answer.unwrap_or_else(|| StatusCode::BAD_GATEWAY.into_response())
}

/// The whole answer of the local AWS.
async fn asked(upstream: &Upstream, mut request: Request) -> Option<Response> {
    let path = request.uri().path_and_query()?.as_str();
    let uri: Uri = format!("{}{path}", upstream.base).parse().ok()?;
    *request.uri_mut() = uri;
    let (head, body) = upstream.client.request(request).await.ok()?.into_parts();
    let bytes = body::to_bytes(Body::new(body), MOST_BYTES).await.ok()?;
    Some(Response::from_parts(head, Body::from(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_at_once_are_waited_for_once() {
        let zero = Instant::now();
        let at = |ms: u64| zero + Duration::from_millis(ms);
        let calls = [
            (at(1), at(4)),
            (at(2), at(3)),
            (at(3), at(6)),
            (at(8), at(9)),
            // Somebody else's, and one that goes on behind the answer.
            (at(20), at(30)),
            (at(9), at(15)),
        ];
        let (waited, count) = waited((zero, at(10)), &calls);
        assert_eq!((waited, count), (Duration::from_millis(5 + 1 + 1), 5));
    }
}
