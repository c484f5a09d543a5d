//! The local AWS over plain HTTP: no SDK, no signature it would check.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reqwest::{Client, Method};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time;

use crate::{
    error::{Doing, Error, Result},
    xml,
};

/// The region everything local lives in.
pub const REGION: &str = "us-east-1";
/// The account the local AWS answers for.
pub const ACCOUNT: &str = "000000000000";

/// A client of the local AWS.
#[derive(Debug, Clone)]
pub struct Aws {
    base: String,
    http: Client,
}

/// An HTTP client for loopback: no proxy, no connection kept, because each test's runtime ends before the next begins.
///
/// # Errors
/// When the client cannot be built.
pub fn loopback() -> Result<Client> {
    Client::builder()
        .no_proxy()
        .pool_max_idle_per_host(0)
        .connect_timeout(Duration::from_secs(2))
        .timeout(Duration::from_secs(30))
        .build()
        .doing("making an HTTP client")
}

impl Aws {
    /// The local AWS at `base`.
    ///
    /// # Errors
    /// When no HTTP client can be built.
    pub fn at(base: impl Into<String>) -> Result<Self> {
        Ok(Self {
            base: base.into(),
            http: loopback()?,
        })
    }

    /// Where it answers.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Waits until it is healthy.
    ///
    /// # Errors
    /// When it is not within `patience`.
    pub async fn healthy(&self, patience: Duration) -> Result<()> {
        let begun = Instant::now();
        let url = format!("{}/_ministack/health", self.base);
        while begun.elapsed() < patience {
            if let Ok(answer) = self.http.get(&url).send().await
                && answer.status().is_success()
            {
                return Ok(());
            }
            time::sleep(Duration::from_millis(50)).await;
        }
        Err(Error::failed(
            "waiting for the local AWS to be healthy",
            format!(
                "{url} did not answer within {} s; see .local/logs/aws.log",
                patience.as_secs()
            ),
        ))
    }

    /// A call of a service that speaks JSON, such as `DynamoDB_20120810.GetItem`.
    ///
    /// # Errors
    /// With AWS's own error text where it refuses.
    pub async fn json(&self, service: &str, target: &str, body: &Value) -> Result<Value> {
        let doing = format!("calling {target}");
        let request = self
            .request(Method::POST, service, "/")
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.1")
            .body(body.to_string());
        let answer = request.send().await.doing(doing.clone())?;
        let good = answer.status().is_success();
        let text = answer.text().await.doing(doing.clone())?;
        if !good {
            return Err(Error::failed(doing, text));
        }
        serde_json::from_str(&text).doing(doing)
    }

    /// A DynamoDB call: `dynamodb("GetItem", …)`.
    ///
    /// # Errors
    /// With DynamoDB's own error text where it refuses.
    pub async fn dynamodb(&self, action: &str, body: &Value) -> Result<Value> {
        let target = format!("DynamoDB_20120810.{action}");
        self.json("dynamodb", &target, body).await
    }

    /// A Step Functions call: `states("DescribeExecution", …)`.
    ///
    /// # Errors
    /// With Step Functions' own error text where it refuses.
    pub async fn states(&self, action: &str, body: &Value) -> Result<Value> {
        let target = format!("AWSStepFunctions.{action}");
        self.json("states", &target, body).await
    }

    /// A call of a service that speaks REST and JSON, such as API Gateway.
    ///
    /// # Errors
    /// With the service's own error text where it refuses.
    pub async fn rest(
        &self,
        method: Method,
        service: &str,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Value> {
        let doing = format!("calling {service} {method} {path}");
        let request = self.request(method, service, path).json(body);
        let answer = request.send().await.doing(doing.clone())?;
        let good = answer.status().is_success();
        let text = answer.text().await.doing(doing.clone())?;
        if !good {
            return Err(Error::failed(doing, text));
        }
        serde_json::from_str(&text).doing(doing)
    }

    /// Invokes a function and waits for its answer.
    ///
    /// # Errors
    /// When there is no such function, or it failed: then with the error it gave.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Value> {
        let doing = format!("invoking {function}");
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let request = self.request(Method::POST, "lambda", &path).json(payload);
        let answer = request.send().await.doing(doing.clone())?;
        let good =
            answer.status().is_success() && !answer.headers().contains_key("x-amz-function-error");
        let text = answer.text().await.doing(doing.clone())?;
        if !good {
            return Err(Error::failed(doing, text));
        }
        serde_json::from_str(&text).doing(doing)
    }

    /// What a stack puts out.
    ///
    /// # Errors
    /// When there is no such stack.
    pub async fn outputs(&self, stack: &str) -> Result<BTreeMap<String, String>> {
        let doing = format!("reading the outputs of stack {stack}");
        let path = format!("/?Action=DescribeStacks&Version=2010-05-15&StackName={stack}");
        let request = self.request(Method::GET, "cloudformation", &path);
        let answer = request.send().await.doing(doing.clone())?;
        let good = answer.status().is_success();
        let text = answer.text().await.doing(doing.clone())?;
        if !good {
            return Err(Error::failed(doing, text));
        }
        xml::pairs(&text, "OutputKey", "OutputValue").doing(doing)
    }

    /// The events of one execution of a state machine, in order.
    ///
    /// # Errors
    /// When there is no such execution.
    pub async fn sfn_history(&self, machine: &str, execution: &str) -> Result<Vec<Value>> {
        let arn = format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{execution}");
        let mut events = Vec::new();
        let mut next = Value::Null;
        loop {
            let mut ask =
                json!({"executionArn": arn, "maxResults": 1000, "includeExecutionData": true});
            if next.is_string() {
                ask["nextToken"] = next;
            }
            let mut page = self.states("GetExecutionHistory", &ask).await?;
            if let Value::Array(more) = page["events"].take() {
                events.extend(more);
            }
            next = page["nextToken"].take();
            if !next.is_string() {
                return Ok(events);
            }
        }
    }

    fn request(&self, method: Method, service: &str, path: &str) -> reqwest::RequestBuilder {
        let scope = format!("{ACCOUNT}/20260101/{REGION}/{service}/aws4_request");
        let signature =
            format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=local");
        self.http
            .request(method, format!("{}{path}", self.base))
            .header("authorization", signature)
    }
}
