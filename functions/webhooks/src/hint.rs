//! What a HaloPSA delivery says of itself. It is a hint: the ticket itself is read back.

use domain::EventId;
use serde_json::Value;

/// The most events one delivery may carry.
const MAX_BATCH: usize = 50;

/// One event of a delivery.
#[derive(Debug, PartialEq)]
pub(crate) struct Hint {
    /// The event's id: the same delivery has the same one.
    pub(crate) id: EventId,
    /// The event as it came.
    pub(crate) body: String,
    /// Whether it names a ticket.
    pub(crate) readable: bool,
}

/// The events of a delivery: one, or each element of an array.
///
/// HaloPSA names each delivery by a GUID in the top-level `id`; one without is named by its own bytes.
pub(crate) fn hints(source: &str, route: &str, body: &[u8]) -> Vec<Hint> {
    let one = |value: &Value, text: String| Hint {
        id: EventId::of(source, route, &delivery_key(value, text.as_bytes())),
        readable: names_ticket(value),
        body: text,
    };
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Array(events)) if !events.is_empty() && events.len() <= MAX_BATCH => events
            .iter()
            .map(|event| one(event, event.to_string()))
            .collect(),
        Ok(event) => vec![one(&event, String::from_utf8_lossy(body).into_owned())],
        Err(_) => vec![Hint {
            id: EventId::of(source, route, body),
            body: String::from_utf8_lossy(body).into_owned(),
            readable: false,
        }],
    }
}

fn delivery_key(event: &Value, bytes: &[u8]) -> Vec<u8> {
    match event.get("id") {
        Some(Value::String(guid)) if !guid.is_empty() && guid.len() <= 128 => {
            guid.clone().into_bytes()
        }
        _ => bytes.to_vec(),
    }
}

/// HaloPSA gives the ticket's number as `object_id` or `ticket.id`, as a number or a text of digits.
fn names_ticket(event: &Value) -> bool {
    let number = |value: &Value| {
        value.as_u64().is_some()
            || value
                .as_str()
                .is_some_and(|text| text.parse::<u64>().is_ok())
    };
    event.get("object_id").is_some_and(number) || event.pointer("/ticket/id").is_some_and(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(body: &str) -> Vec<Hint> {
        hints("src-1", "ticket_created", body.as_bytes())
    }

    #[test]
    fn a_delivery_is_known_by_its_guid_whatever_else_changed() {
        let first = of(r#"{"id":"8f0e","object_id":7,"timestamp":"1"}"#);
        assert_eq!(
            first[0].id,
            of(r#"{"timestamp":"2","object_id":7,"id":"8f0e"}"#)[0].id
        );
        assert_ne!(
            first[0].id,
            hints("src-2", "ticket_created", br#"{"id":"8f0e"}"#)[0].id
        );
    }

    #[test]
    fn a_batch_is_as_many_events_as_it_holds() {
        let events = of(r#"[{"id":"a","object_id":"7"},{"id":"b","ticket":{"id":8}},{"id":"c"}]"#);
        assert_eq!(
            events
                .iter()
                .map(|event| event.readable)
                .collect::<Vec<_>>(),
            [true, true, false]
        );
        assert_ne!(events[0].id, events[1].id);
    }

    #[test]
    fn what_names_no_ticket_is_unreadable_and_still_has_a_name() {
        for body in [
            "",
            "not json",
            "[]",
            "7",
            "{}",
            r#"{"object_id":"x"}"#,
            r#"{"object_id":-1}"#,
        ] {
            let events = of(body);
            assert_eq!(events.len(), 1, "{body}");
            assert!(!events[0].readable, "{body}");
        }
    }
}
