//! A ticket's custom fields: written by id or by name, read back as they were written.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Refusal;
use crate::HALO_FIELD_AUTOMATED;

/// Halo's number for `CFautomated`; fields first met here follow it.
const AUTOMATED_ID: u32 = 155;

#[derive(Clone, Serialize)]
struct CustomField {
    id: u32,
    name: String,
    label: String,
    #[serde(rename = "type")]
    kind: u32,
    value: Value,
    display: String,
}

/// What a caller writes.
#[derive(Deserialize)]
pub(super) struct FieldWrite {
    id: Option<u32>,
    name: Option<String>,
    value: Value,
}

/// The fields of one ticket.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct CustomFields(Vec<CustomField>);

impl Default for CustomFields {
    fn default() -> Self {
        Self(vec![CustomField {
            id: AUTOMATED_ID,
            name: HALO_FIELD_AUTOMATED.into(),
            label: "Automated".into(),
            kind: 6,
            value: Value::Bool(false),
            display: "No".into(),
        }])
    }
}

impl CustomFields {
    pub(super) fn set(&mut self, write: FieldWrite) -> Result<(), Refusal> {
        let display = display(&write.value);
        let known = self.0.iter_mut().find(|field| {
            write.id == Some(field.id) || write.name.as_deref() == Some(field.name.as_str())
        });
        if let Some(field) = known {
            field.value = write.value;
            field.display = display;
            return Ok(());
        }
        let Some(name) = write.name.filter(|name| name.starts_with("CF")) else {
            return Err(Refusal::bad(
                "A custom field needs its id or a name that begins with CF.",
            ));
        };
        let last = self.0.iter().map(|field| field.id).max();
        self.0.push(CustomField {
            id: write.id.unwrap_or(last.unwrap_or(AUTOMATED_ID) + 1),
            label: name.trim_start_matches("CF").to_owned(),
            name,
            kind: 0,
            value: write.value,
            display,
        });
        Ok(())
    }
}

fn display(value: &Value) -> String {
    match value {
        Value::Bool(true) => "Yes".into(),
        Value::Bool(false) => "No".into(),
        Value::String(text) if text == "true" => "Yes".into(),
        Value::String(text) if text == "false" => "No".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
