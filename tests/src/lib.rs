//! What every journey needs: one deployment for the whole test run, and ways to talk to it.
//!
//! The deployment lives as long as the test process: its guard ends its processes and removes its files when this process ends,
//! however it ends.

use std::{
    future::Future,
    io::{self, Write},
    process,
    time::{Duration, Instant},
};

mod brink;
mod lossy;
mod wire;

pub use brink::Brink;
pub use lossy::Lossy;

use deskhand_local::{Deployment, Options, Ports, Project, loopback};
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tokio::{
    sync::{Mutex, MutexGuard, OnceCell},
    time,
};

static SHARED: OnceCell<Deployment> = OnceCell::const_new();
/// Held by what takes the whole of a small machine: bringing a deployment up, and a journey of very many tickets. Two at
/// once starve the emulator until calls to it run out of time.
static WHOLE_MACHINE: Mutex<()> = Mutex::const_new(());
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The deployment all journeys share; the first to ask brings it up. No journey begins while one has the whole machine.
///
/// # Panics
/// When it does not come up: no journey can be made then.
pub async fn deskhand() -> &'static Deployment {
    let shared = SHARED.get_or_init(|| fresh("shared")).await;
    drop(whole_machine().await);
    shared
}

/// A deployment of one's own, for a journey that stops or breaks parts of it. Dropping it ends it.
///
/// # Panics
/// When it does not come up.
pub async fn fresh(name: &str) -> Deployment {
    bring_up(name, Options::default()).await
}

/// A deployment of one's own whose functions reach AWS through a proxy that loses answers when told to.
///
/// # Panics
/// When it does not come up.
pub async fn fresh_behind_losses(name: &str) -> (Deployment, Lossy) {
    let ports = match Ports::free() {
        Ok(ports) => ports,
        Err(cause) => panic!("{cause}"),
    };
    let lossy = match Lossy::before(&format!("http://127.0.0.1:{}", ports.aws)).await {
        Ok(lossy) => lossy,
        Err(cause) => panic!("the proxy before the local AWS did not open: {cause}"),
    };
    let options = Options {
        port_base: Some(ports.front_door),
        aws_seen_by_functions: Some(lossy.url()),
        ..Options::default()
    };
    (bring_up(name, options).await, lossy)
}

async fn bring_up(name: &str, options: Options) -> Deployment {
    let begun = Instant::now();
    tell(&format!("bringing up the local deployment \"{name}\"…"));
    let _whole = whole_machine().await;
    let started = match Project::find(None) {
        Ok(project) => {
            let options = Options {
                state_dir: Some(
                    project
                        .state()
                        .join(format!("tests/{name}-{}", process::id())),
                ),
                quiet: true,
                remove_state: true,
                ..options
            };
            Deployment::start(options).await
        }
        Err(cause) => Err(cause),
    };
    let took = begun.elapsed().as_secs();
    match started {
        Ok(deployment) => {
            tell(&format!(
                "the local deployment \"{name}\" is up after {took} s"
            ));
            deployment
        }
        Err(cause) => panic!("the local deployment \"{name}\" did not come up: {cause}"),
    }
}

/// Waits until nobody else needs the whole machine, and keeps it until the guard is dropped. Ask for [`deskhand`] first.
pub async fn whole_machine() -> MutexGuard<'static, ()> {
    WHOLE_MACHINE.lock().await
}

/// Written past the test runner's capture, so that a long start can be followed and what was counted is read.
pub fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// A request to the public API with the example tenant's API key; `path` begins with a slash.
///
/// # Panics
/// When no HTTP client can be made.
pub fn request(deployment: &Deployment, method: Method, path: &str) -> RequestBuilder {
    anonymous(deployment, method, path).header("x-api-key", deployment.api_key())
}

/// A request to the public API without any credential.
///
/// # Panics
/// When no HTTP client can be made.
pub fn anonymous(deployment: &Deployment, method: Method, path: &str) -> RequestBuilder {
    let http = match loopback() {
        Ok(http) => http,
        Err(cause) => panic!("{cause}"),
    };
    http.request(method, format!("{}{path}", deployment.api()))
}

/// The status and the JSON of an answer.
///
/// # Panics
/// When there is no answer, or its body is no JSON: the text is told.
pub async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response: Response = match request.send().await {
        Ok(response) => response,
        Err(cause) => panic!("no answer: {cause}"),
    };
    read(response).await
}

async fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap_or_default();
    match serde_json::from_str(&text) {
        Ok(body) => (status, body),
        Err(_) if status == 204 && text.is_empty() => (status, Value::Null),
        Err(cause) => panic!("{status} with a body that is no JSON ({cause}): {text}"),
    }
}

/// Sends it again where the answer is 503, which says that nothing happened and a later try may succeed: the small machine starves
/// the local AWS now and then.
///
/// # Panics
/// When the request cannot be sent, or holds a body that cannot be sent twice.
pub async fn sent_in_time(request: RequestBuilder) -> Response {
    let send = || async {
        let Some(again) = request.try_clone() else {
            panic!("a body that cannot be sent twice");
        };
        match again.send().await {
            Ok(response) => response,
            Err(cause) => panic!("no answer: {cause}"),
        }
    };
    for _ in 0..5 {
        let response = send().await;
        if response.status().as_u16() != 503 {
            return response;
        }
        time::sleep(Duration::from_secs(2)).await;
    }
    send().await
}

/// [`answer`], of [`sent_in_time`].
///
/// # Panics
/// As they do.
pub async fn answer_in_time(request: RequestBuilder) -> (u16, Value) {
    read(sent_in_time(request).await).await
}

/// Looks until `look` finds something, for `patience` at most.
///
/// # Panics
/// When it found nothing in that time; `awaited` says what.
pub async fn eventually<T, F>(awaited: &str, patience: Duration, mut look: impl FnMut() -> F) -> T
where
    F: Future<Output = Option<T>>,
{
    let begun = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < patience,
            "{awaited} did not come within {} s",
            patience.as_secs()
        );
        time::sleep(LOOK_EVERY).await;
    }
}
