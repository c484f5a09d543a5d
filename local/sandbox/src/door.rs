//! What every vendor call passes: it is recorded, and spoiled when a fault was ordered.

use std::time::Duration;

use axum::{
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use tokio::time::sleep;

use crate::{
    calls::shown,
    clock,
    faults::{Kind, Vendor},
    wire::Wire,
    world::World,
};

const BODY_BYTES: usize = 4 * 1024 * 1024;
const SILENCE: Duration = Duration::from_mins(1);
const LATENESS: Duration = Duration::from_secs(3);

/// On a request that shall be answered and not done.
#[derive(Clone, Copy)]
pub(crate) struct Ignored;

pub(crate) async fn record(
    State(world): State<World>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
    next: Next,
) -> Response {
    let Some(vendor) = Vendor::of(request.uri().path()) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let body = shown(vendor, &parts.headers, &bytes);
    let (id, fault) = world.with(|state| {
        let fault = state.faults.take(vendor, &parts.method, parts.uri.path());
        let kind = fault.as_ref().map(|fault| fault.kind);
        let id = state.calls.open(
            vendor,
            (&parts.method, &parts.uri),
            body,
            kind,
            clock::now(),
        );
        (id, fault)
    });
    let mut request = Request::from_parts(parts, Body::from(bytes));
    let Some(fault) = fault else {
        let answer = next.run(request).await;
        return close(&world, id, vendor, answer).await;
    };
    match fault.kind {
        Kind::ConnectionReset => {
            wire.cut();
            StatusCode::NO_CONTENT.into_response()
        }
        Kind::LostAnswer => {
            let answer = next.run(request).await;
            let answer = close(&world, id, vendor, answer).await;
            wire.cut();
            answer
        }
        Kind::Timeout => {
            if fault.after {
                let answer = next.run(request).await;
                close(&world, id, vendor, answer).await;
            }
            sleep(SILENCE).await;
            wire.cut();
            StatusCode::NO_CONTENT.into_response()
        }
        Kind::Late => {
            let answer = next.run(request).await;
            let answer = close(&world, id, vendor, answer).await;
            sleep(LATENESS).await;
            answer
        }
        Kind::Ignored => {
            request.extensions_mut().insert(Ignored);
            let answer = next.run(request).await;
            close(&world, id, vendor, answer).await
        }
        Kind::Forbidden | Kind::TooMany | Kind::Broken => {
            if fault.after {
                drop(next.run(request).await);
            }
            close(&world, id, vendor, fault.answer()).await
        }
    }
}

async fn close(world: &World, id: u64, vendor: Vendor, answer: Response) -> Response {
    let (parts, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_BYTES).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let answer = shown(vendor, &parts.headers, &bytes);
    world.with(|state| state.calls.close(id, parts.status, answer));
    Response::from_parts(parts, Body::from(bytes))
}
