//! Putting audit entries behind a row's chain.

use audit::{Entry, Record, Subject, append};
use domain::{ChainHead, Tenant};
use serde_json::{Number, Value};

/// The records of `entries` behind `head`, and the head after them.
pub(crate) fn extend(
    tenant: &Tenant,
    subject: &Subject,
    mut head: ChainHead,
    entries: Vec<Entry>,
) -> (Vec<Record>, ChainHead) {
    let mut records = Vec::with_capacity(entries.len());
    for mut entry in entries {
        entry.facts.values_mut().for_each(settle);
        let (record, next) = append(tenant, subject, &head, entry);
        records.push(record);
        head = next;
    }
    (records, head)
}

/// Gives a value the form in which it comes back from `DynamoDB`, so that its hash still fits: 1.0 comes back as 1.
fn settle(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *value = Value::Number(whole);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(settle),
        Value::Object(members) => members.values_mut().for_each(settle),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// A float without a fraction as the integer that its decimal text is, where one can hold it.
fn whole(number: &Number) -> Option<Number> {
    let float = number.as_f64().filter(|_| number.is_f64())?;
    let text = if float == 0.0 {
        "0".to_owned()
    } else {
        float.to_string()
    };
    let signed = text.parse::<i64>().map(Number::from);
    signed
        .or_else(|_| text.parse::<u64>().map(Number::from))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_dynamo::aws_sdk_dynamodb_1::{from_attribute_value, to_attribute_value};
    use serde_json::json;

    #[test]
    fn a_settled_value_comes_back_from_a_row_as_it_went_in() {
        for mut value in [
            json!(1.0),
            json!(-0.0),
            json!(0.1 + 0.2),
            json!(0.000_000_1),
            json!(9_007_199_254_740_993_u64),
            json!(1e18),
            json!(1e19),
            json!(u64::MAX),
            json!(i64::MIN),
            json!({"b": [1.0, {"c": 2.0, "a": null}], "a": "", "c": true}),
        ] {
            settle(&mut value);
            let stored = to_attribute_value(&value).unwrap();
            let back: Value = from_attribute_value(stored).unwrap();
            assert_eq!(back.to_string(), value.to_string());
        }
    }
}
