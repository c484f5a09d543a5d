//! Halo's ticket, read.

use crate::html;
use ports::PsaTicket;
use serde::Deserialize;
use serde_json::Value;

/// A ticket as `GET /Tickets/{id}` answers it: the fields we look at.
#[derive(Deserialize)]
pub(crate) struct HaloTicket {
    pub(crate) id: u64,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    details: Option<String>,
    #[serde(default)]
    details_html: Option<String>,
    #[serde(default)]
    status_id: i64,
    #[serde(default)]
    hasbeenclosed: Option<bool>,
    #[serde(default)]
    user_id: Option<i64>,
    #[serde(default)]
    user_email: Option<String>,
    #[serde(default)]
    emailaddress: Option<String>,
    #[serde(default)]
    category_1: Option<String>,
    #[serde(default)]
    customfields: Option<Vec<CustomField>>,
}

#[derive(Deserialize)]
struct CustomField {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    value: Value,
}

/// A user as `GET /Users/{id}` answers it.
#[derive(Deserialize)]
pub(crate) struct HaloUser {
    #[serde(default)]
    emailaddress: Option<String>,
}

impl HaloTicket {
    /// The requester's address, when the ticket itself says it.
    pub(crate) fn email(&self) -> Option<String> {
        address(self.user_email.as_deref()).or_else(|| address(self.emailaddress.as_deref()))
    }

    /// Whom to look up when it does not.
    pub(crate) fn user_id(&self) -> Option<i64> {
        self.user_id.filter(|id| *id > 0)
    }

    pub(crate) fn read(self, field_automated: &str, email: Option<String>) -> PsaTicket {
        let details = [self.details, self.details_html]
            .into_iter()
            .flatten()
            .map(|text| html::plain(&text))
            .find(|text| !text.trim().is_empty());
        let automated = self
            .customfields
            .into_iter()
            .flatten()
            .filter(|field| {
                field
                    .name
                    .as_deref()
                    .is_some_and(|name| name.eq_ignore_ascii_case(field_automated))
            })
            .any(|field| is_true(&field.value));
        PsaTicket {
            number: self.id,
            summary: self.summary.unwrap_or_default(),
            details: details.unwrap_or_default(),
            status_id: self.status_id,
            closed: self.hasbeenclosed.unwrap_or_default(),
            automated,
            requester_email: email,
            category: self.category_1.filter(|text| !text.trim().is_empty()),
        }
    }
}

impl HaloUser {
    pub(crate) fn email(&self) -> Option<String> {
        address(self.emailaddress.as_deref())
    }
}

fn address(text: Option<&str>) -> Option<String> {
    text.map(str::trim)
        .filter(|text| text.contains('@'))
        .map(str::to_owned)
}

/// A custom field's value may be of any JSON type.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => *yes,
        Value::Number(number) => number.as_i64() == Some(1),
        Value::String(text) => {
            let text = text.trim();
            text == "1" || text.eq_ignore_ascii_case("true")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_field_is_true_in_any_type_halo_sends_it_in() {
        for yes in [
            json!(true),
            json!("true"),
            json!("True"),
            json!("1"),
            json!(1),
        ] {
            assert!(is_true(&yes), "{yes}");
        }
        for no in [
            json!(false),
            json!("false"),
            json!(""),
            json!(0),
            json!(2),
            json!(null),
            json!(["true"]),
        ] {
            assert!(!is_true(&no), "{no}");
        }
    }
}
