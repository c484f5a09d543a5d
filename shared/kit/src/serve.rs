//! Answering the one operation this process is deployed as.

use crate::{App, Door, Error, Service, edge, telemetry};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::Value;
use std::convert::Infallible;
use std::time::Duration;

/// How long start-up may wait for the first connection to DynamoDB.
const WARM_UP: Duration = Duration::from_millis(300);

/// Answers the operation that `_HANDLER` names, for as long as Lambda asks.
///
/// # Errors
/// When the environment lacks something or the service has no such operation: the function does not start.
pub async fn serve(service: Service) -> Result<(), Error> {
    telemetry::init();
    let app = App::from_env(service.name)?;
    let name = app.config().handler.clone();
    let found = service
        .operations
        .into_iter()
        .find(|operation| operation.name == name);
    let operation = found.ok_or(Error::NoOperation(name))?;
    let warmed = tokio::time::timeout(WARM_UP, app.store().ping()).await;
    if !matches!(warmed, Ok(Ok(()))) {
        tracing::debug!("no connection at start-up; the first request opens one");
    }
    match &operation.door {
        Door::Http(_) => {
            let name = operation.name;
            let mounted = edge::mounted(&app, &operation)
                .ok_or_else(|| Error::NoOperation(name.to_owned()))?;
            let run = lambda_http::service_fn(move |event: lambda_http::Request| {
                let (app, mounted) = (app.clone(), mounted.clone());
                async move { Ok::<_, Infallible>(edge::answer(&app, mounted, name, event).await) }
            });
            lambda_http::run(run)
                .await
                .map_err(|error| Error::Runtime(error.to_string()))
        }
        Door::Task(handler) | Door::Queue(handler) | Door::Invoke(handler) => {
            let handler = handler.clone();
            let run = service_fn(move |event: LambdaEvent<Value>| {
                let answer = handler(app.clone(), event.payload);
                async move { answer.await.map_err(Fault) }
            });
            lambda_runtime::run(run)
                .await
                .map_err(|error| Error::Runtime(error.to_string()))
        }
    }
}

/// A diagnostic that the runtime can print.
#[derive(Debug)]
struct Fault(Diagnostic);

impl From<Fault> for Diagnostic {
    fn from(fault: Fault) -> Self {
        fault.0
    }
}
