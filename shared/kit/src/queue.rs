//! The door of SQS: a batch in, the messages that were not dealt with out.

use domain::{Tenant, Voucher};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Deserialize)]
pub(crate) struct Batch {
    #[serde(rename = "Records")]
    pub(crate) records: Vec<QueueRecord>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueRecord {
    pub(crate) message_id: String,
    pub(crate) body: String,
}

/// The messages that SQS shall show again.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BatchAnswer {
    pub(crate) batch_item_failures: Vec<ItemFailure>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ItemFailure {
    pub(crate) item_identifier: String,
}

/// A message on one of our own queues: the tenant, and what is to be done.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound(deserialize = "T: DeserializeOwned"))]
pub struct Message<T> {
    /// The tenant. The queue is ours, so it vouches.
    #[serde(deserialize_with = "tenant")]
    pub tenant: Tenant,
    /// What is to be done.
    #[serde(flatten)]
    pub work: T,
}

#[expect(
    clippy::disallowed_methods,
    reason = "only our own functions may send to our queues"
)]
fn tenant<'de, D: Deserializer<'de>>(reader: D) -> Result<Tenant, D::Error> {
    let text = String::deserialize(reader)?;
    Tenant::vouched(&text, Voucher::OwnQueue).map_err(serde::de::Error::custom)
}
