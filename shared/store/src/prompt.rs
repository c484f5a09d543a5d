//! Prompts on people's devices.

use crate::capacity::{Purpose, size, units};
use crate::item::{decode, encode, number, text};
use crate::key::{Key, PROMPTS};
use crate::table::Table;
use crate::{Store, StoreError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure};
use domain::{MfaPrompt, RequestId, Tenant, TicketId};

/// Prompts of one ticket that a list holds.
const MAX_PROMPTS: usize = 1000;

impl Store {
    /// The id of the ticket's `n`-th prompt.
    #[must_use]
    pub fn prompt_id(ticket: TicketId, n: u32) -> RequestId {
        RequestId::of_prompt(ticket, n)
    }

    /// A prompt.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or the row cannot be read.
    pub async fn prompt(
        &self,
        tenant: &Tenant,
        id: &RequestId,
    ) -> Result<Option<MfaPrompt>, StoreError> {
        let Some(key) = Key::prompt(tenant, id) else {
            return Ok(None);
        };
        let prompt: Option<MfaPrompt> = self.get("prompt", Table::Executions, &key).await?;
        Ok(prompt.filter(|prompt| prompt.id == *id))
    }

    /// Every prompt of the ticket, newest last.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn prompts(
        &self,
        tenant: &Tenant,
        ticket: TicketId,
    ) -> Result<Vec<MfaPrompt>, StoreError> {
        let key = Key::ticket(tenant, ticket);
        let items = self
            .partition(Table::Executions, &key, PROMPTS, MAX_PROMPTS)
            .await?;
        items
            .into_iter()
            .map(|item| decode("prompt", item))
            .collect()
    }

    /// Stores the provider's handle of a prompt, once it is on the device; returns the prompt with it.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the prompt changed since `prompt` was read.
    pub async fn set_prompt_handle(
        &self,
        tenant: &Tenant,
        prompt: &MfaPrompt,
        handle: &str,
    ) -> Result<MfaPrompt, StoreError> {
        let next = MfaPrompt {
            handle: Some(handle.to_owned()),
            rev: prompt.rev + 1,
            ..prompt.clone()
        };
        let Some(key) = Key::prompt(tenant, &prompt.id) else {
            return Err(StoreError::corrupt("prompt", "its id is not a prompt's"));
        };
        let purpose = Purpose::of("set_prompt_handle", prompt.ticket_id);
        let answer = Box::pin(
            self.client()
                .update_item()
                .table_name(self.name(Table::Executions))
                .set_key(Some(key.attributes()))
                .update_expression("SET handle = :handle, rev = :next")
                .condition_expression("rev = :seen")
                .expression_attribute_values(":handle", text(handle))
                .expression_attribute_values(":next", number(next.rev))
                .expression_attribute_values(":seen", number(prompt.rev))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send(),
        )
        .await;
        match answer {
            Ok(answer) => {
                purpose.spent(Table::Executions, answer.consumed_capacity());
                Ok(next)
            }
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                    let bytes = size(&encode("prompt", &key, &next)?);
                    purpose.refused(Table::Executions, units(bytes));
                    let there = refusal.item().cloned();
                    let there = there.map(|item| decode::<MfaPrompt>("prompt", item));
                    // The write whose answer was lost is the one there.
                    if there.transpose()?.as_ref() == Some(&next) {
                        return Ok(next);
                    }
                    Err(StoreError::Conflict { what: "prompt" })
                }
                _ => Err(StoreError::unavailable("store a prompt's handle", error)),
            },
        }
    }
}
