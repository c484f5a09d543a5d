//! The rules of the desk: names, states and the transitions between them.
//!
//! Nothing here waits, reads a clock, or knows AWS. A state is an enum whose variants own their data; a transition
//! returns the next state or says which state stood in its way ([`Refusal`]).

mod allowed;
mod approval;
mod auto_start;
mod cap;
mod credential;
mod decision;
mod delivery;
mod disabled;
mod example;
mod execution;
mod grant;
mod id;
mod mfa;
mod person;
mod phone;
mod policy;
mod redact;
mod refusal;
mod script;
mod script_run;
mod steering;
mod step;
mod ticket;
mod undo;

pub use allowed::{AllowedScript, ParameterFlaw, ParameterKind, ParameterRule, ScriptList};
pub use approval::{Approval, ApprovalState, Planned, Verdict};
pub use auto_start::{Bar, Candidate, Standing, TrackRecord, Vouched, WINDOW};
pub use cap::{Cap, CapReached, Counted, Counting};
pub use credential::{Credential, CredentialState};
pub use decision::{ContentHash, Decision, Intake};
pub use delivery::{Attempt, Delivery, DeliveryStatus, Medium};
pub use disabled::{DisabledAccount, Disabler};
pub use example::{Example, LabelSource};
pub use execution::{ChainHead, Execution, ExecutionStatus};
pub use grant::{Access, Grant, GrantEnd, GrantState};
pub use id::{
    CredentialRef, DeliveryId, DeviceId, EventId, ExecutionId, GrantId, GroupId, IdError,
    PlaybookName, RequestId, ScriptId, ScriptRunId, SkuId, StepId, Tenant, TicketId, UserId,
    Voucher,
};
pub use mfa::{Answer, MfaPrompt, MfaState, Spending, VERIFICATION_MAX_AGE};
pub use person::Person;
pub use phone::{PhoneError, PhoneNumber};
pub use policy::{
    ActionKind, Executives, HourlyCaps, Need, Persona, Policy, PolicyFlaw, Proofs, Protected,
    assurance,
};
pub use redact::redacted;
pub use refusal::Refusal;
pub use script::{Parameter, ParameterError, Parameters, ScriptHash, script_target};
pub use script_run::{ScriptOutput, ScriptRun, ScriptRunState};
pub use steering::{Cancelling, MAX_ATTEMPTS, NoRetry};
pub use step::{StepRun, StepState};
pub use ticket::{Origin, Requester, Snapshot, Telling, Ticket, TicketName, TicketStatus};
pub use undo::{Undo, UndoState};
