//! The examples of `openapi.yaml`: the requests of `events/`, and the answers that their expectations show.

use crate::Error;
use crate::exchange::Exchange;
use serde_json::Value;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr};

/// Puts into each operation the example of the first exchange with it.
pub(crate) fn put(document: &mut OpenApi, exchanges: &[Exchange]) -> Result<(), Error> {
    for (path, item) in &mut document.paths.paths {
        let methods = [
            ("GET", &mut item.get),
            ("POST", &mut item.post),
            ("PUT", &mut item.put),
            ("PATCH", &mut item.patch),
            ("DELETE", &mut item.delete),
        ];
        for (method, operation) in methods {
            let (Some(operation), Some(exchange)) = (
                operation.as_mut(),
                exchanges
                    .iter()
                    .find(|exchange| exchange.is_of(method, path)),
            ) else {
                continue;
            };
            illustrate(operation, exchange)?;
        }
    }
    Ok(())
}

fn illustrate(operation: &mut Operation, exchange: &Exchange) -> Result<(), Error> {
    for parameter in operation.parameters.iter_mut().flatten() {
        let RefOr::T(parameter) = parameter else {
            continue;
        };
        if let Some(value) = value(parameter, exchange)? {
            let with = ParameterBuilder::from(parameter.clone()).example(Some(value));
            *parameter = with.build();
        }
    }
    if let Some((kind, body)) = exchange.body()?
        && let Some(RefOr::T(asked)) = &mut operation.request_body
        && let Some(RefOr::T(content)) = asked.content.get_mut(&kind)
    {
        content.example = Some(body);
    }
    if let Some(answer) = exchange.answer()
        && let Some(RefOr::T(response)) = operation.responses.responses.get_mut(&exchange.status())
        && let Some(RefOr::T(content)) = response.content.get_mut("application/json")
    {
        content.example = Some(answer.clone());
    }
    Ok(())
}

/// What the exchange has for a parameter. An example of the code's own stays where the exchange's value is a deployment's.
fn value(parameter: &Parameter, exchange: &Exchange) -> Result<Option<Value>, Error> {
    let given = match parameter.parameter_in {
        ParameterIn::Path => exchange.in_path(&parameter.name),
        ParameterIn::Query => exchange.in_query(&parameter.name),
        ParameterIn::Header | ParameterIn::Cookie | ParameterIn::QueryString => None,
    };
    let Some(text) = given else { return Ok(None) };
    let written = serde_json::to_value(parameter)?;
    if written.get("example").is_some() && text.contains("{{") {
        return Ok(None);
    }
    let text = exchange.filled(text)?;
    let kind = &written["schema"]["type"];
    let is_text = *kind == "string"
        || kind
            .as_array()
            .is_some_and(|kinds| kinds.contains(&"string".into()));
    // What is no text in the schema is in an address as it is in JSON.
    let value = (!is_text)
        .then(|| serde_json::from_str(&text).ok())
        .flatten();
    Ok(Some(value.unwrap_or(Value::String(text))))
}
