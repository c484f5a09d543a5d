//! The front door: plain paths to the API's stage, as a custom domain with an empty base path does in AWS.
//!
//! It streams both ways and changes nothing: the path with its trailing slash, the query, the body's bytes and the answer go through.

use std::{
    net::{Ipv4Addr, TcpListener},
    thread::{self, JoinHandle},
};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderName, StatusCode, Uri, header},
    response::{IntoResponse, Response},
    serve::ListenerExt,
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde_json::json;
use tokio::{runtime::Builder, sync::watch};

use crate::error::{Doing, Error, Result};

/// Meant for one connection only (RFC 9110, 7.6.1).
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The ports the contracts document as their services'.
pub(crate) const CONTRACT_PORTS: std::ops::RangeInclusive<u16> = 8000..=8008;

/// An open front door; dropping it closes it.
///
/// It has a thread and a runtime of its own, because each test's runtime ends before the next begins.
pub(crate) struct FrontDoor {
    also: Vec<u16>,
    close: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Clone)]
struct Upstream {
    stage: String,
    client: Client<HttpConnector, Body>,
}

impl FrontDoor {
    /// Opens `port`, and those of `also` that are free, onto the API stage at `stage` (`http://…/live`).
    ///
    /// # Errors
    /// When `port` is taken.
    pub(crate) fn open(port: u16, also: impl Iterator<Item = u16>, stage: String) -> Result<Self> {
        let doing = format!("opening the front door on port {port}");
        let mut listeners = vec![listen(port).doing(doing.clone())?];
        let mut opened = Vec::new();
        for other in also.filter(|other| *other != port) {
            // Taken by another program: its own, then.
            let Ok(listener) = listen(other) else {
                continue;
            };
            listeners.push(listener);
            opened.push(other);
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .doing(doing.clone())?;
        let (close, closed) = watch::channel(false);
        let thread = thread::Builder::new()
            .name("front-door".to_owned())
            .spawn(move || runtime.block_on(serve(listeners, stage, closed)))
            .map_err(|cause| Error::failed(doing, cause.to_string()))?;
        Ok(Self {
            also: opened,
            close,
            thread: Some(thread),
        })
    }

    /// The further ports that were free.
    pub(crate) fn also(&self) -> &[u16] {
        &self.also
    }
}

impl Drop for FrontDoor {
    fn drop(&mut self) {
        let _ = self.close.send(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn listen(port: u16) -> std::io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn serve(listeners: Vec<TcpListener>, stage: String, mut closed: watch::Receiver<bool>) {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let upstream = Upstream {
        stage,
        client: Client::builder(TokioExecutor::new()).build(connector),
    };
    let router = Router::new().fallback(forward).with_state(upstream);
    for listener in listeners {
        let router = router.clone();
        tokio::spawn(async move {
            if let Ok(listener) = tokio::net::TcpListener::from_std(listener) {
                let prompt = listener.tap_io(|wire| {
                    let _ = wire.set_nodelay(true);
                });
                let _ = axum::serve(prompt, router).await;
            }
        });
    }
    let _ = closed.wait_for(|closed| *closed).await;
}

async fn forward(State(upstream): State<Upstream>, mut request: Request) -> Response {
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let Ok(uri) = format!("{}{path}", upstream.stage).parse::<Uri>() else {
        return refusal(
            StatusCode::BAD_REQUEST,
            "BAD_REQUEST",
            "this path cannot be forwarded",
        );
    };
    *request.uri_mut() = uri;
    strip(request.headers_mut());
    match upstream.client.request(request).await {
        Ok(mut answer) => {
            strip(answer.headers_mut());
            answer.into_response()
        }
        Err(_) => refusal(
            StatusCode::BAD_GATEWAY,
            "UPSTREAM_UNAVAILABLE",
            "the local AWS does not answer; see .local/logs/aws.log",
        ),
    }
}

fn strip(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn refusal(status: StatusCode, code: &str, why: &str) -> Response {
    let body = json!({"error": why, "detail": why, "details": {}, "code": code, "status_code": status.as_u16()});
    (status, axum::Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use axum::{body::Bytes, extract::OriginalUri};

    use super::*;
    use crate::{aws::loopback, ports::Ports};

    /// A door onto an API that answers with what it got.
    async fn open() -> (FrontDoor, String) {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .unwrap();
        let stage = format!("http://{}/live", listener.local_addr().unwrap());
        let echo = |OriginalUri(uri): OriginalUri, headers: HeaderMap, body: Bytes| async move {
            let status = if uri.path().ends_with("huge") {
                413
            } else {
                200
            };
            let host = headers[header::HOST].to_str().unwrap().to_owned();
            let told = json!({"uri": uri.to_string(), "host": host, "body": body.to_vec()});
            (StatusCode::from_u16(status).unwrap(), axum::Json(told))
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(echo)).await });
        let port = Ports::free().unwrap().front_door;
        let door = FrontDoor::open(port, std::iter::empty(), stage).unwrap();
        (door, format!("http://127.0.0.1:{port}"))
    }

    async fn post(url: String, body: Vec<u8>) -> (u16, serde_json::Value) {
        let answer = loopback()
            .unwrap()
            .post(url)
            .body(body)
            .send()
            .await
            .unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    #[tokio::test]
    async fn the_path_query_and_trailing_slash_reach_the_stage_as_they_are() {
        let (_door, base) = open().await;
        let (_, told) = post(format!("{base}/api/v1/a%2Bb/?x=1&x=2&y=%20"), vec![]).await;
        assert_eq!(told["uri"], "/live/api/v1/a%2Bb/?x=1&x=2&y=%20");
    }

    #[tokio::test]
    async fn bodies_pass_byte_for_byte() {
        let (_door, base) = open().await;
        let bytes: Vec<u8> = (0..=255).collect();
        let (_, told) = post(format!("{base}/x"), bytes.clone()).await;
        assert_eq!(told["body"], json!(bytes));
    }

    #[tokio::test]
    async fn refusals_pass_through() {
        let (_door, base) = open().await;
        let (status, told) = post(format!("{base}/huge"), vec![1]).await;
        assert_eq!((status, &told["uri"]), (413, &json!("/live/huge")));
    }

    #[tokio::test]
    async fn a_dead_upstream_is_told_as_502() {
        let nowhere = Ports::free().unwrap().aws;
        let port = Ports::free().unwrap().front_door;
        let _door = FrontDoor::open(
            port,
            std::iter::empty(),
            format!("http://127.0.0.1:{nowhere}/live"),
        )
        .unwrap();
        let (status, told) = post(format!("http://127.0.0.1:{port}/x"), vec![]).await;
        assert_eq!(
            (status, &told["code"]),
            (502, &json!("UPSTREAM_UNAVAILABLE"))
        );
    }

    #[tokio::test]
    async fn of_further_ports_the_free_ones_are_opened_and_named() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let taken = (taken.local_addr().unwrap().port(), taken);
        let (port, free) = (
            Ports::free().unwrap().front_door,
            Ports::free().unwrap().sandbox,
        );
        let nowhere = "http://127.0.0.1:9/live".to_owned();
        let door = FrontDoor::open(port, [port, taken.0, free].into_iter(), nowhere).unwrap();
        assert_eq!(door.also(), [free]);
        let (status, _) = post(format!("http://127.0.0.1:{free}/x"), vec![]).await;
        assert_eq!(status, 502);
    }

    #[tokio::test]
    async fn a_dropped_door_is_closed() {
        let (door, base) = open().await;
        drop(door);
        assert!(loopback().unwrap().get(base).send().await.is_err());
    }
}
