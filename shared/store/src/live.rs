//! Runs that are not over, by their playbook.

use crate::item::text;
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{ExecutionId, PlaybookName, Tenant};

/// The index's partition for a playbook's runs that are not over.
pub(crate) fn live(tenant: &Tenant, playbook: &PlaybookName) -> String {
    format!("{}#{playbook}", tenant.as_str())
}

impl Store {
    /// Runs of a playbook that are not over, longest first, `limit` at most. The list lags behind writes by a moment.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a key cannot be read.
    pub async fn live_runs(
        &self,
        tenant: &Tenant,
        playbook: &PlaybookName,
        limit: usize,
    ) -> Result<Vec<ExecutionId>, StoreError> {
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(Table::Executions))
                .index_name("live")
                .key_condition_expression("live = :live")
                .expression_attribute_values(":live", text(live(tenant, playbook)))
                .limit(i32::try_from(limit.clamp(1, 100)).unwrap_or(100))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("list live runs", error))?;
        let place = |item: &crate::item::Item| {
            item.get("gsi_sk")
                .and_then(|value| value.as_s().ok())
                .and_then(|place| place.split_once('#'))
                .map(|(_, id)| id.to_owned())
        };
        let ids = answer.items().iter().filter_map(place);
        ids.map(|id| ExecutionId::parse(&id))
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::corrupt("execution", error))
    }
}
