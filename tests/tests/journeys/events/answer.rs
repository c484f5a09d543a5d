//! An answer held against its expected form.

use base64::{Engine, engine::general_purpose::STANDARD};
use runtime_api::Answer;
use serde_json::Value;

/// What of `answer` is not as `expected`, in sentences.
pub(super) fn faults(expected: &Value, answer: &Answer) -> Vec<String> {
    let answer = match answer {
        Answer::Good(answer) if expected.get("error").is_some() => {
            return vec![format!("it did not fail: {answer}")];
        }
        Answer::Bad(error) if expected.get("error").is_some() => {
            let named = error["errorType"] == expected["error"];
            let why = format!("it failed otherwise: {error}");
            return if named { Vec::new() } else { vec![why] };
        }
        Answer::Good(answer) => answer,
        Answer::Bad(error) => return vec![format!("it failed: {error}")],
    };
    let mut found = Vec::new();
    let Some(status) = expected.get("status") else {
        compare(&expected["answer"], answer, "the answer", &mut found);
        return found;
    };
    let body = text(answer);
    if *status != answer["statusCode"] {
        return vec![format!(
            "it answered {}, not {status}: {body}",
            answer["statusCode"]
        )];
    }
    match serde_json::from_str::<Value>(&body) {
        Ok(body) => compare(&expected["body"], &body, "the body", &mut found),
        Err(_) if expected["body"] == "text" && !body.is_empty() => {}
        Err(_) if expected.get("body").is_none() && body.is_empty() => {}
        Err(_) => found.push(format!("the body is no JSON: {body}")),
    }
    found
}

/// The body of an answer to API Gateway.
fn text(answer: &Value) -> String {
    let body = answer["body"].as_str().unwrap_or_default();
    if answer["isBase64Encoded"] == true {
        let bytes = STANDARD.decode(body).unwrap();
        return String::from_utf8_lossy(&bytes).into_owned();
    }
    body.to_owned()
}

fn compare(form: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    match (form, value) {
        (Value::String(kinds), _) => {
            if !kinds.split('|').any(|said| said == kind(value)) {
                found.push(format!("{at} is {value}, not {kinds}"));
            }
        }
        (Value::Object(members), Value::Object(values)) => {
            for (name, form) in members {
                match values.get(name) {
                    Some(value) => compare(form, value, &format!("{at}.{name}"), found),
                    None => found.push(format!("{at} has no {name}: {value}")),
                }
            }
        }
        (Value::Array(forms), Value::Array(items)) if forms.is_empty() => {
            if !items.is_empty() {
                found.push(format!("{at} is not empty: {value}"));
            }
        }
        (Value::Array(forms), Value::Array(items)) => {
            for (number, item) in items.iter().enumerate() {
                compare(&forms[0], item, &format!("{at}[{number}]"), found);
            }
        }
        _ => found.push(format!("{at} is {value}, where {form} is expected")),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

mod tests {
    use super::*;
    use serde_json::json;

    fn told(answer: Value) -> Vec<String> {
        let expected = json!({"status": 200, "body": {"a": "string|null", "b": [{"c": "number"}]}});
        faults(&expected, &Answer::Good(answer))
    }

    #[test]
    fn an_answer_of_the_form_has_no_fault_and_may_say_more() {
        let body = json!({"a": null, "b": [{"c": 1}], "d": true});
        let answer = json!({"statusCode": 200, "body": body.to_string()});
        assert_eq!(told(answer), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_status_a_missing_member_and_a_wrong_type_are_told() {
        let answer = |body: Value| json!({"statusCode": 200, "body": body.to_string()});
        let status = json!({"statusCode": 404, "body": "gone"});
        assert_eq!(told(status), ["it answered 404, not 200: gone"]);
        assert_eq!(
            told(answer(json!({"b": []}))),
            [r#"the body has no a: {"b":[]}"#]
        );
        let wrong = json!({"a": 1, "b": [{"c": 1}, {"c": "2"}]});
        let faults = [
            r"the body.a is 1, not string|null",
            r#"the body.b[1].c is "2", not number"#,
        ];
        assert_eq!(told(answer(wrong)), faults);
    }

    #[test]
    fn an_empty_list_that_is_expected_is_empty() {
        let expected = json!({"answer": {"batchItemFailures": []}});
        let answer = Answer::Good(json!({"batchItemFailures": [{"itemIdentifier": "1"}]}));
        assert_eq!(faults(&expected, &answer).len(), 1);
        assert_eq!(
            faults(&expected, &Answer::Good(json!({"batchItemFailures": []}))).len(),
            0
        );
        assert_eq!(
            faults(&expected, &Answer::Bad(json!({"errorType": "X"}))).len(),
            1
        );
    }
}
