//! Operations: what a service can do, by name, and the door each is reached by.

use crate::queue::{Batch, BatchAnswer, ItemFailure};
use crate::waiting::Waiting;
use crate::{App, Message, Problem, TaskInput, TaskResult};
use lambda_runtime::Diagnostic;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;

type Answer = Pin<Box<dyn Future<Output = Result<Value, Diagnostic>> + Send>>;
pub(crate) type Handler = Arc<dyn Fn(App, Value) -> Answer + Send + Sync>;

/// How an operation is reached.
#[derive(Clone)]
pub enum Door {
    /// API Gateway.
    Http(fn() -> OpenApiRouter<App>),
    /// A state of a state machine.
    Task(Handler),
    /// A queue.
    Queue(Handler),
    /// A schedule, or an operator's own invocation.
    Invoke(Handler),
}

/// One thing a service can do: one Lambda function.
#[derive(Clone)]
pub struct Operation {
    /// Its name: module, `Handler`, `operationId`, and the function's name behind the stack's.
    pub name: &'static str,
    /// How it is reached.
    pub door: Door,
}

/// A service: its name and what it can do.
pub struct Service {
    /// Its name: crate, binary and log group.
    pub name: &'static str,
    /// What it can do.
    pub operations: Vec<Operation>,
}

impl Operation {
    /// An operation behind API Gateway.
    #[must_use]
    pub fn http(name: &'static str, routes: fn() -> OpenApiRouter<App>) -> Self {
        Self {
            name,
            door: Door::Http(routes),
        }
    }

    /// A step of a playbook.
    #[must_use]
    pub fn task<F, R>(name: &'static str, run: F) -> Self
    where
        F: Fn(App, TaskInput) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = TaskResult> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |app, event| {
            let run = run.clone();
            Box::pin(async move {
                let input: TaskInput =
                    serde_json::from_value(event).map_err(|error| unreadable(&error))?;
                let (execution, step) = (input.execution_id.clone(), input.step.clone());
                let step = step.as_ref().map_or("", |step| step.as_str());
                let token = input.task_token.clone();
                let waiting = Waiting::default();
                let result = waiting.during(run(app.clone(), input)).await;
                let outcome = result
                    .as_ref()
                    .map_or_else(crate::TaskError::name, |_| "ok");
                let aws = waiting.so_far();
                let (aws_ms, aws_calls) = (aws.milliseconds(), aws.calls);
                tracing::info!(operation = name, %execution, step, outcome, aws_ms, aws_calls, "task");
                if let (Err(error), Some(token)) = (&result, &token)
                    && app.machines().answer(token, Err(error)).await.is_ok()
                {
                    // The state waits for its token and has heard by it.
                    return Ok(Value::Object(Map::new()));
                }
                result.map_err(Diagnostic::from)
            })
        });
        Self {
            name,
            door: Door::Task(handler),
        }
    }

    /// A queue's consumer. A message whose handler fails is shown again, and in the end goes to the dead letters; one
    /// that cannot be read goes there too.
    #[must_use]
    pub fn queue<T, F, R>(name: &'static str, run: F) -> Self
    where
        T: DeserializeOwned + Send + 'static,
        F: Fn(App, Message<T>) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<(), Problem>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |app, event| {
            let run = run.clone();
            Box::pin(async move {
                let batch: Batch =
                    serde_json::from_value(event).map_err(|error| unreadable(&error))?;
                let mut answer = BatchAnswer::default();
                for record in batch.records {
                    let result = match serde_json::from_str(&record.body) {
                        Ok(message) => run(app.clone(), message).await,
                        Err(error) => Err(Problem::internal(&error)),
                    };
                    if let Err(problem) = result {
                        tracing::warn!(
                            operation = name,
                            message_id = record.message_id,
                            code = problem.code,
                            cause = problem.message,
                            "message not dealt with"
                        );
                        answer.batch_item_failures.push(ItemFailure {
                            item_identifier: record.message_id,
                        });
                    }
                }
                serde_json::to_value(answer).map_err(|error| unreadable(&error))
            })
        });
        Self {
            name,
            door: Door::Queue(handler),
        }
    }

    /// An operation on a schedule or for an operator.
    #[must_use]
    pub fn invoke<T, F, R>(name: &'static str, run: F) -> Self
    where
        T: DeserializeOwned + Send + 'static,
        F: Fn(App, T) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Result<Value, Problem>> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |app, event| {
            let run = run.clone();
            Box::pin(async move {
                let input = serde_json::from_value(event).map_err(|error| unreadable(&error))?;
                run(app, input).await.map_err(|problem| Diagnostic {
                    error_type: problem.code.to_owned(),
                    error_message: problem.message,
                })
            })
        });
        Self {
            name,
            door: Door::Invoke(handler),
        }
    }

    /// The routes of an HTTP operation.
    #[must_use]
    pub fn routes(&self) -> Option<OpenApiRouter<App>> {
        match self.door {
            Door::Http(routes) => Some(routes()),
            Door::Task(_) | Door::Queue(_) | Door::Invoke(_) => None,
        }
    }
}

fn unreadable(error: &serde_json::Error) -> Diagnostic {
    Diagnostic {
        error_type: "Unreadable".to_owned(),
        error_message: error.to_string(),
    }
}
