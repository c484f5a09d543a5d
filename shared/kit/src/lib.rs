//! How Deskhand meets Lambda, API Gateway, SQS and Step Functions.
//!
//! A service is a list of [`Operation`]s; [`serve`] answers the one that `_HANDLER` names and refuses to start when
//! there is none. A handler is an axum handler, a task, a queue consumer or a plain invocation; what they share is
//! [`App`].

mod admission;
mod app;
mod caller;
mod config;
mod cookie;
mod dialect;
mod document;
mod edge;
mod envelope;
mod extract;
mod form;
mod idempotency;
mod integrations;
mod machines;
mod mail;
mod operation;
mod page;
mod paging;
mod patch;
mod problem;
mod queue;
mod queues;
mod sdk;
mod seal;
mod serve;
mod signer;
mod task;
mod telemetry;
mod unverified;
mod usage;
mod waiting;

pub use app::App;
pub use caller::{Anyone, Caller, SelfOr};
pub use config::Config;
pub use cookie::{SESSION, Session, cookie, form_token, path_prefix, same, see_other, set_cookie};
pub use document::{Clash, Document, gateway, merge};
pub use edge::RequestId;
pub use extract::{Body, Id, MAX_BODY, MaybeBody, Params};
pub use form::Form;
pub use idempotency::ShownOnce;
pub use integrations::Integrations;
pub use machines::Machines;
pub use mail::{Mail, MailError};
pub use operation::{Door, Operation, Service};
pub use page::{escape, page};
pub use paging::Paging;
pub use patch::Patch;
pub use problem::{Problem, ProblemBody, Problems};
pub use queue::Message;
pub use queues::Queues;
pub use seal::{Seal, SealError};
pub use serve::serve;
pub use signer::{SignError, Signer};
pub use task::{ACTS_FOR_SECONDS, TaskError, TaskInput, TaskResult};
pub use unverified::unverified;

/// Why a function did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The environment lacks something.
    #[error("the environment variable {0} is not set")]
    Unset(&'static str),
    /// A number in the environment is none.
    #[error("the environment variable {0} is not a number")]
    NoNumber(&'static str),
    /// `_HANDLER` names no operation of this service.
    #[error("this service has no operation {0:?}")]
    NoOperation(String),
    /// The Lambda runtime ended.
    #[error("the runtime ended: {0}")]
    Runtime(String),
}
