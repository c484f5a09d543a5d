//! Settling events, and finding those that nobody settled.

use crate::capacity::{Purpose, size, units};
use crate::item::{Item, decode, number, sortable, text};
use crate::key::{Key, event_of};
use crate::table::Table;
use crate::{InboxRow, Store, StoreError, Verdict};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use domain::{EventId, Tenant, Voucher};
use jiff::Timestamp;
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

impl Store {
    /// Gives an event its verdict, once; the same verdict again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the event has another verdict, or there is no such event.
    pub async fn settle(
        &self,
        tenant: &Tenant,
        id: &EventId,
        verdict: &Verdict,
    ) -> Result<(), StoreError> {
        let value =
            to_attribute_value(verdict).map_err(|error| StoreError::corrupt("verdict", error))?;
        let mut purpose = Purpose::new("settle");
        purpose.ticket_id = verdict.ticket_id;
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Inbox))
                .set_key(Some(Key::event(tenant, id).attributes()))
                .update_expression(
                    "SET #status = :settled, verdict = :verdict REMOVE unsettled_pk, unsettled_at",
                )
                .condition_expression("#status = :received")
                .expression_attribute_names("#status", "status")
                .expression_attribute_values(":settled", text("settled"))
                .expression_attribute_values(":received", text("received"))
                .expression_attribute_values(":verdict", value)
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send(),
        )
        .await;
        let error = match answer {
            Ok(answer) => {
                purpose.spent(Table::Inbox, answer.consumed_capacity());
                return Ok(());
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(refusal)) =
            error.as_service_error()
        else {
            return Err(StoreError::unavailable("settle an event", error));
        };
        let Some(item) = refusal.item() else {
            return Err(StoreError::Conflict { what: "event" });
        };
        purpose.refused(Table::Inbox, units(size(item)));
        let there: InboxRow = decode("event", item.clone())?;
        let same = there.verdict.is_some_and(|there| {
            there.kind == verdict.kind
                && there.rule == verdict.rule
                && there.ticket_id == verdict.ticket_id
        });
        if same {
            Ok(())
        } else {
            Err(StoreError::Conflict { what: "verdict" })
        }
    }

    /// Counts another delivery of an event that is kept. The count is for people to look at: one that is lost, or counted
    /// twice because an answer was lost, does no harm.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when there is no such event.
    pub async fn count_delivery(&self, tenant: &Tenant, id: &EventId) -> Result<(), StoreError> {
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Inbox))
                .set_key(Some(Key::event(tenant, id).attributes()))
                .update_expression("ADD deliveries :one")
                .condition_expression("attribute_exists(pk)")
                .expression_attribute_values(":one", number(1))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .send(),
        )
        .await;
        match answer {
            Ok(answer) => {
                Purpose::new("count_delivery").spent(Table::Inbox, answer.consumed_capacity());
                Ok(())
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => {
                    Err(StoreError::Conflict { what: "event" })
                }
                _ => Err(StoreError::unavailable("count a delivery", error)),
            },
        }
    }

    /// Events of all tenants that came in before `older_than` and have no verdict, oldest first.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a key cannot be read.
    pub async fn unsettled(
        &self,
        older_than: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Tenant, EventId)>, StoreError> {
        let shard = |shard| self.unsettled_shard(shard, older_than, limit);
        let (a, b, c, d) = tokio::try_join!(shard(0), shard(1), shard(2), shard(3))?;
        let mut found: Vec<(String, String)> = [a, b, c, d].into_iter().flatten().collect();
        found.sort();
        let oldest = found.into_iter().take(limit);
        oldest.map(|(_, pk)| named(&pk)).collect()
    }

    /// Times and partition keys of a shard's events, oldest first.
    async fn unsettled_shard(
        &self,
        shard: u8,
        older_than: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let answer = Box::pin(
            self.client()
                .query()
                .table_name(self.name(Table::Inbox))
                .index_name("unsettled")
                .key_condition_expression("unsettled_pk = :shard AND unsettled_at < :before")
                .expression_attribute_values(":shard", text(format!("received#{shard}")))
                .expression_attribute_values(":before", text(sortable(older_than)))
                .limit(i32::try_from(limit.clamp(1, 1000)).unwrap_or(1000))
                .send(),
        )
        .await
        .map_err(|error| StoreError::unavailable("list unsettled events", error))?;
        let member = |item: &Item, name: &str| item.get(name).and_then(|v| v.as_s().ok()).cloned();
        Ok(answer
            .items()
            .iter()
            .filter_map(|item| Some((member(item, "unsettled_at")?, member(item, "pk")?)))
            .collect())
    }
}

fn named(pk: &str) -> Result<(Tenant, EventId), StoreError> {
    let (tenant, id) =
        event_of(pk).ok_or_else(|| StoreError::corrupt("event", "its key names no event"))?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the key of a row that was written for a verified source"
    )]
    let tenant = Tenant::vouched(tenant, Voucher::OwnQueue);
    let corrupt = |error| StoreError::corrupt("event", error);
    Ok((
        tenant.map_err(corrupt)?,
        EventId::parse(id).map_err(corrupt)?,
    ))
}
