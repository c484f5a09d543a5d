//! The API's two documents, made from the operations themselves: one for people, one for API Gateway.

use crate::{ProblemBody, Service};
use http::StatusCode;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, License, OpenApi, OpenApiBuilder, Ref, RefOr,
};
use utoipa::{PartialSchema, ToSchema};

/// Every HTTP operation of every service.
pub struct Document {
    /// OpenAPI 3.1, for people and tools.
    pub openapi: OpenApi,
    /// Path, without a slash at the end, → method → the function that answers: API Gateway takes both forms of a path.
    pub routes: BTreeMap<String, BTreeMap<String, &'static str>>,
}

/// Two services say different things about one name; one document cannot hold both.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Clash {
    /// Two different schemas have the same name: rename one type, or give it `#[schema(as = ...)]`.
    #[error("two different schemas are called {0}; rename one of them")]
    Schema(String),
    /// Two operations answer the same route.
    #[error("{method} {path} is answered by {first} and by {second}")]
    Route {
        /// The path.
        path: String,
        /// The method.
        method: String,
        /// One of them.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// Two routes have the same `operationId`.
    #[error("two routes have the operationId {0}; OpenAPI wants it unique")]
    OperationId(String),
}

/// Puts the services' documents together.
///
/// # Errors
/// When two of them clash: merging would keep one and drop the other without a word.
pub fn merge(services: &[Service]) -> Result<Document, Clash> {
    let mut openapi = OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Deskhand")
                .version(env!("CARGO_PKG_VERSION"))
                .license(Some(License::new("Apache-2.0")))
                .description(Some("IT-service automation that proves what it did."))
                .build(),
        )
        .components(Some(components()))
        .tags(Some(
            services
                .iter()
                .map(|service| TagBuilder::new().name(service.name).build()),
        ))
        .build();
    let mut routes: BTreeMap<String, BTreeMap<String, &'static str>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for service in services {
        for operation in &service.operations {
            let Some(mounted) = operation.routes() else {
                continue;
            };
            let mut part = mounted.into_openapi();
            let written = serde_json::to_value(&part.paths).unwrap_or_default();
            for (path, methods) in written.as_object().into_iter().flatten() {
                for (method, said) in methods.as_object().into_iter().flatten() {
                    let taken = routes
                        .entry(plain(path).to_owned())
                        .or_default()
                        .insert(method.clone(), operation.name);
                    if let Some(first) = taken {
                        let (path, method, second) = (path.clone(), method.clone(), operation.name);
                        return Err(Clash::Route {
                            path,
                            method,
                            first,
                            second,
                        });
                    }
                    if let Some(id) = said.get("operationId").and_then(Value::as_str)
                        && !ids.insert(id.to_owned())
                    {
                        return Err(Clash::OperationId(id.to_owned()));
                    }
                }
            }
            clash(&openapi, &part)?;
            complete(&mut part, service.name);
            openapi.merge(part);
        }
    }
    Ok(Document { openapi, routes })
}

/// Whether `part` has another schema under a name that `whole` has.
fn clash(whole: &OpenApi, part: &OpenApi) -> Result<(), Clash> {
    let there = whole
        .components
        .as_ref()
        .map(|components| &components.schemas);
    let new = part
        .components
        .as_ref()
        .map(|components| &components.schemas);
    for (name, schema) in new.into_iter().flatten() {
        if there
            .and_then(|there| there.get(name))
            .is_some_and(|there| there != schema)
        {
            return Err(Clash::Schema(name.clone()));
        }
    }
    Ok(())
}

fn components() -> utoipa::openapi::Components {
    ComponentsBuilder::new()
        .schema_from::<ProblemBody>()
        .security_scheme(
            "api_key",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-API-Key"))),
        )
        .security_scheme(
            "bearer",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        )
        .security_scheme(
            "signature",
            SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("webhook-signature"))),
        )
        .security_scheme(
            "webhook",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Basic).build()),
        )
        .build()
}

/// Says of each operation which service has it, and of each answer what `utoipa` leaves open: a description, which OpenAPI
/// wants, and the error body by its name instead of all of it.
fn complete(part: &mut OpenApi, service: &str) {
    let problem = <ProblemBody as PartialSchema>::schema();
    for item in part.paths.paths.values_mut() {
        for operation in [
            &mut item.get,
            &mut item.post,
            &mut item.put,
            &mut item.patch,
            &mut item.delete,
        ] {
            let Some(operation) = operation else { continue };
            operation.tags = Some(vec![service.to_owned()]);
            for (status, response) in &mut operation.responses.responses {
                let RefOr::T(response) = response else {
                    continue;
                };
                if response.description.is_empty() {
                    response.description = reason(status).to_owned();
                }
                for content in response.content.values_mut() {
                    if let RefOr::T(content) = content
                        && content.schema.as_ref() == Some(&problem)
                    {
                        content.schema = Some(Ref::from_schema_name(ProblemBody::name()).into());
                    }
                }
            }
        }
    }
}

/// A status' own phrase.
fn reason(status: &str) -> &'static str {
    let status = status
        .parse()
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok());
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or("An answer")
}

/// A path without the slash at its end.
fn plain(path: &str) -> &str {
    match path.strip_suffix('/') {
        None | Some("") => path,
        Some(plain) => plain,
    }
}

/// What API Gateway imports: paths, path parameters and integrations, OpenAPI 3.0.1, nothing else.
#[must_use]
pub fn gateway(document: &Document) -> Value {
    let paths: Map<String, Value> = document
        .routes
        .iter()
        .map(|(path, methods)| {
            let item: Map<String, Value> = methods
                .iter()
                .map(|(method, function)| (method.clone(), integration(path, function)))
                .collect();
            (path.clone(), Value::Object(item))
        })
        .collect();
    json!({
        "openapi": "3.0.1",
        "info": {"title": {"Fn::Sub": "${AWS::StackName}"}, "version": document.openapi.info.version},
        "paths": paths,
        "x-amazon-apigateway-gateway-responses": gateway_responses(),
    })
}

fn integration(path: &str, function: &str) -> Value {
    let parameters: Vec<Value> = path
        .split('/')
        .filter_map(|part| part.strip_prefix('{').and_then(|name| name.strip_suffix('}')))
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}))
        .collect();
    let lambda =
        format!("${{AWS::Region}}:${{AWS::AccountId}}:function:${{AWS::StackName}}-{function}");
    let uri = format!(
        "arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/2015-03-31/functions/\
         arn:${{AWS::Partition}}:lambda:{lambda}/invocations"
    );
    let mut operation = json!({
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "uri": {"Fn::Sub": uri},
            "credentials": {"Fn::GetAtt": ["InvokeRole", "Arn"]},
        },
        "responses": {"default": {"description": "as openapi.yaml says"}},
    });
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    operation
}

/// API Gateway's own refusals in our error body. No route has an authorizer or a validator of API Gateway's, so what those
/// would refuse is an unknown route shown with a credential. The times are in API Gateway's own format.
fn gateway_responses() -> Value {
    let unknown = (404, "RESOURCE_NOT_FOUND", "there is no such route");
    let kinds = [
        ("MISSING_AUTHENTICATION_TOKEN", unknown),
        ("INVALID_SIGNATURE", unknown),
        ("EXPIRED_TOKEN", unknown),
        ("ACCESS_DENIED", unknown),
        ("UNAUTHORIZED", unknown),
        ("RESOURCE_NOT_FOUND", unknown),
        (
            "REQUEST_TOO_LARGE",
            (413, "TOO_LARGE", "the body is over 64 KB; send less"),
        ),
        (
            "UNSUPPORTED_MEDIA_TYPE",
            (
                415,
                "UNSUPPORTED_MEDIA_TYPE",
                "this content type is not taken; send JSON",
            ),
        ),
        (
            "THROTTLED",
            (429, "THROTTLED", "too many requests; try again in a moment"),
        ),
        (
            "QUOTA_EXCEEDED",
            (429, "THROTTLED", "too many requests; try again in a moment"),
        ),
        (
            "WAF_FILTERED",
            (
                403,
                "PERMISSION_DENIED",
                "the firewall refused this request",
            ),
        ),
        (
            "INTEGRATION_TIMEOUT",
            (
                504,
                "TIMED_OUT",
                "this took too long; reading is safe to repeat",
            ),
        ),
        (
            "INTEGRATION_FAILURE",
            (502, "UNAVAILABLE", "the service did not answer; try again"),
        ),
        (
            "DEFAULT_4XX",
            (
                400,
                "REFUSED",
                "there is no such route, or the request cannot be read",
            ),
        ),
        (
            "DEFAULT_5XX",
            (500, "INTERNAL", "this is our fault; quote the request id"),
        ),
    ];
    let responses: Map<String, Value> = kinds
        .into_iter()
        .map(|(kind, (status, code, message))| {
            let body = format!(
                "{{\"error\":\"{message}\",\"detail\":\"{message}\",\"details\":{{}},\"code\":\"{code}\",\
                 \"status_code\":{status},\"timestamp\":\"$context.requestTime\",\"request_id\":\"$context.requestId\"}}"
            );
            (kind.to_owned(), json!({"statusCode": status, "responseTemplates": {"application/json": body}}))
        })
        .collect();
    Value::Object(responses)
}
