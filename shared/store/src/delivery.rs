//! Deliveries.

use crate::key::Key;
use crate::table::Table;
use crate::{Store, StoreError};
use domain::{Delivery, DeliveryId, Tenant};

impl Store {
    /// A delivery.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn delivery(
        &self,
        tenant: &Tenant,
        id: &DeliveryId,
    ) -> Result<Option<Delivery>, StoreError> {
        let key = Key::delivery(tenant, id);
        self.get("delivery", Table::Executions, &key).await
    }
}
