//! The rules of the desk: names, states and the transitions between them.
//!
//! Nothing here waits, reads a clock, or knows AWS. A state is an enum whose variants own their data; a transition
//! returns the next state or says which state stood in its way ([`Refusal`]).

mod approval;
mod auto_start;
mod credential;
mod decision;
mod delivery;
mod execution;
mod grant;
mod id;
mod mfa;
mod person;
mod phone;
mod policy;
mod refusal;
mod script;
mod steering;
mod step;
mod ticket;
mod undo;

pub use approval::{Approval, ApprovalState, Planned, Verdict};
pub use auto_start::{
    Bar, Candidate, Example, LabelSource, Standing, TrackRecord, Vouched, WINDOW,
};
pub use credential::{Credential, CredentialState};
pub use decision::{ContentHash, Decision, Intake};
pub use delivery::{Attempt, Delivery, DeliveryStatus, Medium};
pub use execution::{ChainHead, Execution, ExecutionStatus};
pub use grant::{Access, Grant, GrantEnd, GrantState};
pub use id::{
    CredentialRef, DeliveryId, DeviceId, EventId, ExecutionId, GrantId, GroupId, IdError,
    PlaybookName, RequestId, ScriptId, SkuId, StepId, Tenant, TicketId, UserId, Voucher,
};
pub use mfa::{Answer, MfaPrompt, MfaState, Spending, VERIFICATION_MAX_AGE};
pub use person::Person;
pub use phone::{PhoneError, PhoneNumber};
pub use policy::{ActionKind, Need, Policy};
pub use refusal::Refusal;
pub use script::{Parameter, ParameterError, Parameters, ScriptHash};
pub use steering::{Cancelling, MAX_ATTEMPTS, NoRetry};
pub use step::{StepRun, StepState};
pub use ticket::{Origin, Requester, Snapshot, Telling, Ticket, TicketName, TicketStatus};
pub use undo::{Undo, UndoState};
