//! What every service does to a ticket and a run: take in, classify, tell the PSA, open and end a step, escalate.

mod ahead;
mod approver;
mod asked;
mod cancel;
mod classify;
mod escalate;
mod find;
mod intake;
mod opinion;
mod race;
mod shadow;
mod step;
mod tell;
mod undo;
mod waiting;

pub use ahead::{Ahead, sensitive_ahead, sensitive_behind};
pub use approver::{
    impartial, is_theirs, manager_of, not_the_manager, requester, same_address, self_approval,
};
pub use asked::{Asked, Withdrawn, asked_on};
pub use cancel::{Cancelled, cancel_run};
pub use classify::{Classified, Looking, classify};
pub use escalate::escalate_ticket;
pub use find::find_ticket;
pub use intake::{Arrival, take_in};
pub use race::{Raced, retried};
pub use shadow::{AutoStart, Choice, Labelled, auto_start, candidate, chosen, corrected, tallied};
pub use step::{OpenStep, Opened, definition, end_step, open_step, step_entry, ticket_seen};
pub use tell::tell;
pub use undo::{OpenUndo, UndoOpened, end_undo, open_undo, undo_entry};
pub use waiting::{StepEnd, on_chain, task_token, tell_waiting, waiting_run};
