//! One SDK configuration for every client: no default chain, every call bounded.

use crate::{Config, Error};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use std::time::Duration;

/// The configuration every client is built from.
pub(crate) fn sdk_config(config: &Config) -> Result<SdkConfig, Error> {
    let (id, secret, token) = Config::credentials()?;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(500))
        .operation_attempt_timeout(Duration::from_secs(1))
        .operation_timeout(Duration::from_secs(3))
        .build();
    let mut builder = SdkConfig::builder()
        .behavior_version(aws_sdk_dynamodb::config::BehaviorVersion::v2026_01_12())
        .region(Region::new(config.region.clone()))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            id,
            secret,
            token,
            None,
            "environment",
        )))
        .sleep_impl(TokioSleep::new())
        .retry_config(RetryConfig::standard().with_max_attempts(3))
        .timeout_config(timeouts);
    builder.set_endpoint_url(config.endpoint.clone());
    Ok(builder.build())
}
