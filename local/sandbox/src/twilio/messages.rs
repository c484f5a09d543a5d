//! Messages that left, and what phones received.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{TWILIO_ACCOUNT_SID, clock};

const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà";
/// GSM letters that take two places.
const GSM_DOUBLE: &str = "^{}\\[~]|€";

#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) sid: String,
    pub(crate) to: String,
    from: Option<String>,
    service: Option<String>,
    body: String,
    /// Twilio's error for a message that was taken and not delivered.
    error: Option<u32>,
    pub(crate) at: Timestamp,
}

impl Message {
    pub(crate) fn new(
        to: String,
        (from, service): (Option<String>, Option<String>),
        body: String,
        error: Option<u32>,
    ) -> Self {
        let sid = format!("SM{}", Uuid::new_v4().simple());
        Self {
            sid,
            to,
            from,
            service,
            body,
            error,
            at: clock::now(),
        }
    }

    /// As Twilio shows it; only the answer to the create call says `queued`.
    pub(crate) fn shown(&self, queued: bool) -> Value {
        let error = if queued { None } else { self.error };
        let sent = clock::rfc2822(self.at);
        let base = format!(
            "/2010-04-01/Accounts/{TWILIO_ACCOUNT_SID}/Messages/{}",
            self.sid
        );
        json!({
            "sid": self.sid,
            "account_sid": TWILIO_ACCOUNT_SID,
            "messaging_service_sid": self.service,
            "to": self.to,
            "from": self.from,
            "body": self.body,
            "status": if queued { "queued" } else { self.fate() },
            "error_code": error,
            "error_message": error.map(|code| format!("Error {code}")),
            "num_segments": segments(&self.body).to_string(),
            "num_media": "0",
            "direction": "outbound-api",
            "api_version": "2010-04-01",
            "date_created": sent,
            "date_updated": sent,
            "date_sent": (!queued).then_some(&sent),
            "price": null,
            "price_unit": "USD",
            "uri": format!("{base}.json"),
            "subresource_uris": {"media": format!("{base}/Media.json")},
        })
    }

    /// As the phone shows it; a message that failed never arrived and is marked so.
    pub(crate) fn received(&self, user: Option<&str>) -> Value {
        json!({
            "sid": self.sid,
            "to": self.to,
            "from": self.from.as_ref().or(self.service.as_ref()),
            "body": self.body,
            "status": self.fate(),
            "user": user,
            "at": self.at,
        })
    }

    fn fate(&self) -> &'static str {
        if self.error.is_some() {
            "undelivered"
        } else {
            "delivered"
        }
    }
}

#[derive(Default)]
pub(crate) struct Messages(Vec<Message>);

impl Messages {
    pub(crate) fn add(&mut self, message: Message) {
        self.0.push(message);
    }

    pub(crate) fn all(&self) -> &[Message] {
        &self.0
    }

    pub(crate) fn get(&self, sid: &str) -> Option<&Message> {
        self.0.iter().find(|message| message.sid == sid)
    }
}

fn segments(body: &str) -> usize {
    let septets: Option<usize> = body
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || GSM.contains(letter) {
                Some(1)
            } else {
                GSM_DOUBLE.contains(letter).then_some(2)
            }
        })
        .sum();
    let (length, single, part) = match septets {
        Some(septets) => (septets, 160, 153),
        None => (body.encode_utf16().count(), 70, 67),
    };
    if length <= single {
        1
    } else {
        length.div_ceil(part)
    }
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn a_text_is_split_as_its_alphabet_demands() {
        assert_eq!(segments(&"a".repeat(160)), 1);
        assert_eq!(segments(&"a".repeat(161)), 2);
        assert_eq!(segments(&"€".repeat(81)), 2);
        assert_eq!(segments(&"ж".repeat(70)), 1);
        assert_eq!(segments(&"ж".repeat(71)), 2);
    }
}
