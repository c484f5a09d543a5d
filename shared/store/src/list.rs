//! Lists of executions.

use crate::execution::{of_row, place};
use crate::item::{sortable, text};
use crate::key::Key;
use crate::read::BATCH;
use crate::table::Table;
use crate::{Cursor, Page, Paged, Store, StoreError};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Execution, ExecutionId, Tenant, TicketId};

/// Pages of the index that one call reads at most when a filter lets little through.
const MAX_ROUNDS: usize = 4;

/// A piece of the list, newest first, and the place behind it when there may be more.
struct Stretch {
    ids: Vec<ExecutionId>,
    end: Option<String>,
}

impl Store {
    /// Executions, newest first. The list lags behind writes by a moment; what it shows of each is up to date. One call
    /// looks at a bounded number of executions, so a filter that lets little through may give an unfilled page with a
    /// cursor.
    ///
    /// # Errors
    /// When `DynamoDB` does not answer, or a row cannot be read.
    pub async fn executions(
        &self,
        tenant: &Tenant,
        page: Page,
    ) -> Result<Paged<Execution>, StoreError> {
        let limit = page.limit.clamp(1, BATCH);
        let mut found = Vec::new();
        let mut before = page.cursor.as_ref().map(|cursor| cursor.place().to_owned());
        for _ in 0..MAX_ROUNDS {
            let stretch = match page.ticket {
                Some(ticket) => self.runs_of(tenant, ticket).await?,
                None => self.stretch(tenant, &page, before.as_deref()).await?,
            };
            let last = stretch.end.is_none();
            for execution in self.load(tenant, &stretch.ids).await? {
                let at = place(&execution);
                let seen = before.as_ref().is_some_and(|before| at >= *before);
                if seen || !fits(&page, &execution) {
                    continue;
                }
                if found.len() == limit {
                    let next_cursor = found.last().map(|last| Cursor::at(place(last)));
                    return Ok(Paged {
                        items: found,
                        next_cursor,
                    });
                }
                found.push(execution);
            }
            before = stretch.end.or(before);
            if last {
                return Ok(Paged {
                    items: found,
                    next_cursor: None,
                });
            }
            if found.len() == limit {
                break;
            }
        }
        Ok(Paged {
            items: found,
            next_cursor: before.map(Cursor::at),
        })
    }

    /// The next stretch of the tenant's list behind `before`.
    async fn stretch(
        &self,
        tenant: &Tenant,
        page: &Page,
        before: Option<&str>,
    ) -> Result<Stretch, StoreError> {
        let keys = if page.status.is_none() && page.playbook.is_none() {
            page.limit.clamp(1, BATCH)
        } else {
            BATCH
        };
        let low = page.from.map_or_else(String::new, sortable);
        // '~' stands behind every digit.
        let high = page.to.map_or_else(|| "~".to_owned(), sortable);
        let mut query = self
            .client()
            .query()
            .table_name(self.name(Table::Executions))
            .index_name("by_start")
            .expression_attribute_values(":tenant", text(tenant.as_str()))
            .scan_index_forward(false)
            .limit(i32::try_from(keys).unwrap_or(i32::MAX));
        let high = before.map_or(high.as_str(), |before| before.min(high.as_str()));
        query = if low.is_empty() {
            query
                .key_condition_expression("gsi_pk = :tenant AND gsi_sk < :high")
                .expression_attribute_values(":high", text(high))
        } else {
            query
                .key_condition_expression("gsi_pk = :tenant AND gsi_sk BETWEEN :low AND :high")
                .expression_attribute_values(":low", text(low.min(high.to_owned())))
                .expression_attribute_values(":high", text(high))
        };
        let answer = Box::pin(query.send())
            .await
            .map_err(|error| StoreError::unavailable("list executions", error))?;
        let places: Vec<&String> = answer
            .items()
            .iter()
            .filter_map(|item| item.get("gsi_sk").and_then(|place| place.as_s().ok()))
            .collect();
        let ids = places
            .iter()
            .filter_map(|place| place.split_once('#'))
            .map(|(_, id)| ExecutionId::parse(id))
            .collect::<Result<_, _>>()
            .map_err(|error| StoreError::corrupt("execution", error))?;
        let end = answer.last_evaluated_key().and_then(|key| {
            let place = key.get("gsi_sk").map(AttributeValue::as_s);
            place.and_then(Result::ok).cloned()
        });
        Ok(Stretch { ids, end })
    }

    /// The runs that a ticket knows of; the newest [`BATCH`] of them.
    async fn runs_of(&self, tenant: &Tenant, ticket: TicketId) -> Result<Stretch, StoreError> {
        let runs = self.ticket(tenant, ticket).await?.map(|row| row.runs);
        let ids = runs.unwrap_or_default().into_iter().rev().take(BATCH);
        Ok(Stretch {
            ids: ids.collect(),
            end: None,
        })
    }

    /// These executions, newest first.
    async fn load(
        &self,
        tenant: &Tenant,
        ids: &[ExecutionId],
    ) -> Result<Vec<Execution>, StoreError> {
        let keys: Vec<Key> = ids.iter().map(|id| Key::execution(tenant, id)).collect();
        let items = self.batch(Table::Executions, &keys).await?;
        let mut executions = items
            .into_iter()
            .map(of_row)
            .collect::<Result<Vec<_>, _>>()?;
        executions.sort_by_cached_key(|execution| std::cmp::Reverse(place(execution)));
        Ok(executions)
    }
}

fn fits(page: &Page, execution: &Execution) -> bool {
    page.status.is_none_or(|status| execution.status == status)
        && page
            .playbook
            .as_ref()
            .is_none_or(|name| execution.playbook == *name)
        && page.from.is_none_or(|from| execution.started_at >= from)
        && page.to.is_none_or(|to| execution.started_at < to)
}
