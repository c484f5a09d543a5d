//! Doubles that tests need. A dev-dependency only.

mod clock;
mod conversation;
mod ids;
mod request;

pub use clock::FixedClock;
pub use conversation::{Conversation, Reply};
pub use ids::CountingIds;
pub use request::Request;
