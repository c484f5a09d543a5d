//! Pushes `gateway.yaml`'s gateway responses to the local API, whose importer leaves them out.

use std::{collections::BTreeMap, fs, path::Path};

use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    aws::Aws,
    error::{Doing, Result},
};

/// The one part of `gateway.yaml` the importer leaves out.
#[derive(Deserialize)]
struct Gateway {
    #[serde(rename = "x-amazon-apigateway-gateway-responses", default)]
    responses: BTreeMap<String, GatewayResponse>,
}

/// One gateway response as `gateway.yaml` has it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GatewayResponse {
    #[serde(
        default,
        deserialize_with = "number_or_text",
        skip_serializing_if = "Option::is_none"
    )]
    status_code: Option<String>,
    #[serde(default)]
    response_parameters: BTreeMap<String, String>,
    #[serde(default)]
    response_templates: BTreeMap<String, String>,
}

fn number_or_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Status {
        Number(u16),
        Text(String),
    }
    Ok(
        Option::<Status>::deserialize(from)?.map(|status| match status {
            Status::Number(number) => number.to_string(),
            Status::Text(text) => text,
        }),
    )
}

/// Puts every gateway response of the document at `gateway` on API `api` and deploys `stage` anew.
///
/// # Errors
/// When the document cannot be read or the local AWS refuses.
pub(crate) async fn push_responses(
    aws: &Aws,
    gateway: &Path,
    api: &str,
    stage: &str,
) -> Result<()> {
    let doing = "reading gateway.yaml";
    let document = fs::read_to_string(gateway).doing(doing)?;
    let Gateway { responses } = yaml_serde::from_str(&document).doing(doing)?;
    for (kind, response) in responses {
        let path = format!("/restapis/{api}/gatewayresponses/{kind}");
        aws.rest(Method::PUT, "apigateway", &path, &response)
            .await?;
    }
    let path = format!("/restapis/{api}/deployments");
    aws.rest(
        Method::POST,
        "apigateway",
        &path,
        &json!({"stageName": stage}),
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_may_be_a_number_or_text() {
        for text in ["statusCode: 404", "statusCode: '404'"] {
            let response: GatewayResponse = yaml_serde::from_str(text).unwrap();
            assert_eq!(response.status_code.as_deref(), Some("404"));
        }
    }

    #[test]
    fn a_document_without_gateway_responses_has_none() {
        let gateway: Gateway = yaml_serde::from_str("openapi: 3.0.1\npaths: {}\n").unwrap();
        assert!(gateway.responses.is_empty());
    }
}
