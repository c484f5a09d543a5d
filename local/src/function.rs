//! A deployed function as it can be started by hand: what the local AWS has of it, and a binary.

use std::{collections::BTreeMap, path::PathBuf};

use reqwest::Method;
use runtime_api::Function;
use serde::Deserialize;

use crate::{
    aws::Aws,
    error::{Doing, Result},
    machine_env,
};

/// What Lambda says of a function, as far as its process finds it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
    function_name: String,
    handler: String,
    memory_size: u32,
    environment: Variables,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Variables {
    variables: BTreeMap<String, String>,
}

/// Function `<stack>-<operation>` as it is deployed, with `program` for its code.
///
/// # Errors
/// When there is no such function.
pub async fn deployed(
    aws: &Aws,
    stack: &str,
    operation: &str,
    program: PathBuf,
) -> Result<Function> {
    let path = format!("/2015-03-31/functions/{stack}-{operation}/configuration");
    let answer = aws.rest(Method::GET, "lambda", &path, &()).await?;
    let doing = format!("reading the configuration of {stack}-{operation}");
    let known: Configuration = serde_json::from_value(answer).doing(doing)?;
    let mut environment = machine_env::for_function(aws.base());
    environment.extend(known.environment.variables);
    Ok(Function {
        program,
        name: known.function_name,
        handler: known.handler,
        memory_mb: known.memory_size,
        environment,
    })
}
