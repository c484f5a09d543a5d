//! Twilio's messages, read.

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use ports::CarrierId;
use serde::Deserialize;

/// A message that was accepted.
#[derive(Deserialize)]
pub(crate) struct Accepted {
    pub(crate) sid: String,
}

/// A page of the list of messages.
#[derive(Deserialize)]
pub(crate) struct Page {
    messages: Vec<Message>,
}

/// A message as the list shows it.
#[derive(Deserialize)]
struct Message {
    sid: String,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    date_created: Option<String>,
    #[serde(default)]
    date_sent: Option<String>,
}

impl Page {
    /// The newest message with exactly this text made at or after `since`. Twilio counts whole seconds.
    pub(crate) fn newest(self, text: &str, since: Timestamp) -> Option<CarrierId> {
        self.messages
            .into_iter()
            .filter(|message| message.body.as_deref() == Some(text) && message.left())
            .filter_map(|message| Some((message.at()?, message.sid)))
            .filter(|(at, _)| at.as_second() >= since.as_second())
            .max_by_key(|(at, _)| *at)
            .map(|(_, sid)| CarrierId(sid))
    }
}

impl Message {
    /// A message that failed or was cancelled at Twilio never left.
    fn left(&self) -> bool {
        !matches!(self.status.as_deref(), Some("failed" | "canceled"))
    }

    fn at(&self) -> Option<Timestamp> {
        [&self.date_created, &self.date_sent]
            .into_iter()
            .flatten()
            .find_map(|date| rfc2822::parse(date).ok())
            .map(|date| date.timestamp())
    }
}
