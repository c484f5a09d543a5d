//! What Deskhand asks of the outside, one trait per capability, each saying what success means.
//!
//! A trait stands here only where the outside is a vendor, a clock or chance. DynamoDB, queues and state machines have
//! no trait: tests use the real emulator.

mod access;
mod account;
mod clock;
mod directory;
mod error;
mod ids;
mod methods;
mod opinion;
mod presence;
mod psa;
mod reset;
mod rights;
mod script;
mod sms;

pub use access::{Group, Groups, Holding, Licence, Licences};
pub use account::{AccountState, Accounts, DisabledBy};
pub use clock::{Clock, SystemClock};
pub use directory::Directory;
pub use error::CallError;
pub use ids::{Ids, RandomIds};
pub use methods::{MethodKind, SignInMethod, SignInMethods};
pub use opinion::{NoOpinion, Opinion, SecondOpinion};
pub use presence::{Begun, PromptHandle, Proof, ProvePresence};
pub use psa::{Note, Psa, PsaTicket};
pub use reset::{IssuedPass, ResetPassword, StandingPass};
pub use rights::{Deed, Rights};
pub use script::{
    Belongs, Covers, Device, Devices, Order, Output, Platform, Rmm, RunHandle, RunScript, RunState,
    Script, Tie,
};
pub use sms::{CarrierId, SendSms};
