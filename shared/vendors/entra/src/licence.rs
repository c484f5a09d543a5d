//! The port `Licences`: what was bought and who holds it.

use crate::Entra;
use crate::graph::{About, Graph, REQUEST_ID, USER};
use crate::guid::is_guid;
use async_trait::async_trait;
use domain::{SkuId, UserId};
use ports::{CallError, Holding, Licence, Licences};
use serde::{Deserialize, Serialize};
use vendor_http::{Answer, Ask, Deadline};

const BOUGHT: About = About::of("licence", "LicenseAssignment.Read.All");
const ASSIGN: About = About::of("user", "LicenseAssignment.ReadWrite.All");
const MOST_PAGES: usize = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubscribedSku {
    sku_id: String,
    sku_part_number: Option<String>,
    prepaid_units: Option<Units>,
    consumed_units: Option<i64>,
}

#[derive(Deserialize)]
struct Units {
    enabled: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignments {
    #[serde(default)]
    license_assignment_states: Vec<Assignment>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assignment {
    sku_id: Option<String>,
    assigned_by_group: Option<String>,
    state: Option<String>,
}

/// Graph wants both lists, empty or not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    add_licenses: Vec<Added<'a>>,
    remove_licenses: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added<'a> {
    sku_id: &'a str,
    disabled_plans: [&'a str; 0],
}

#[async_trait]
impl Licences for Entra {
    async fn licence(&self, sku: &SkuId) -> Result<Licence, CallError> {
        let by = self.graph.vendor().reading();
        self.graph.licence(sku, by).await
    }

    async fn holding(&self, sku: &SkuId, user: &UserId) -> Result<Holding, CallError> {
        let by = self.graph.vendor().reading();
        let sku = self.graph.sku_id(sku, by).await?;
        self.graph.holding(&sku, user, by).await
    }

    async fn assign(
        &self,
        sku: &SkuId,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let graph = &self.graph;
        let by = graph.vendor().writing();
        let sku = graph.sku_id(sku, by).await?;
        // Assigned again, a licence has its switched-off plans on again.
        if graph.holding(&sku, user, by).await? == Holding::Direct {
            return Ok(());
        }
        let change = Change {
            add_licenses: vec![Added {
                sku_id: &sku,
                disabled_plans: [],
            }],
            remove_licenses: Vec::new(),
        };
        let answer = graph.assign(user, &change, client_request_id, by).await?;
        if answer.is_success() {
            return Ok(());
        }
        Err(graph.refusal(&answer, ASSIGN))
    }

    async fn unassign(
        &self,
        sku: &SkuId,
        user: &UserId,
        client_request_id: &str,
    ) -> Result<(), CallError> {
        let graph = &self.graph;
        let by = graph.vendor().writing();
        let sku = graph.sku_id(sku, by).await?;
        let change = Change {
            add_licenses: Vec::new(),
            remove_licenses: vec![&sku],
        };
        let answer = graph.assign(user, &change, client_request_id, by).await?;
        if answer.is_success() {
            return Ok(());
        }
        let refusal = graph.refusal(&answer, ASSIGN);
        // One code says that they have none and that theirs is a group's to take.
        if answer.status() == 400 && graph.holding(&sku, user, by).await == Ok(Holding::None) {
            return Ok(());
        }
        Err(refusal)
    }
}

impl Graph {
    /// The licence with this id or part number. Graph filters this collection by nothing.
    async fn licence(&self, sku: &SkuId, by: Deadline) -> Result<Licence, CallError> {
        let path = "subscribedSkus?$select=skuId,skuPartNumber,prepaidUnits,consumedUnits";
        let (bought, _): (Vec<SubscribedSku>, _) = self.pages(path, BOUGHT, MOST_PAGES, by).await?;
        bought
            .into_iter()
            .find(|bought| bought.is(sku.as_str()))
            .and_then(SubscribedSku::read)
            .ok_or_else(|| self.vendor().not_found(BOUGHT.what))
    }

    async fn sku_id(&self, sku: &SkuId, by: Deadline) -> Result<String, CallError> {
        if is_guid(sku.as_str()) {
            return Ok(sku.as_str().to_owned());
        }
        Ok(self.licence(sku, by).await?.sku.into())
    }

    /// Held both ways it is `Direct`: that part can be taken. An assignment that came to nothing, for want of a seat, is
    /// none.
    async fn holding(&self, sku: &str, user: &UserId, by: Deadline) -> Result<Holding, CallError> {
        let path = format!(
            "users/{}?$select=licenseAssignmentStates",
            self.segment(user.as_str(), USER)?
        );
        let held: Assignments = self.read(&path, USER, by).await?;
        let by_group: Vec<bool> = held
            .license_assignment_states
            .into_iter()
            .filter(|held| held.stands() && held.is(sku))
            .map(|held| {
                held.assigned_by_group
                    .is_some_and(|group| !group.is_empty())
            })
            .collect();
        Ok(match by_group.as_slice() {
            [] => Holding::None,
            ways if ways.contains(&false) => Holding::Direct,
            _ => Holding::ByGroup,
        })
    }

    async fn assign(
        &self,
        user: &UserId,
        change: &Change<'_>,
        client_request_id: &str,
        by: Deadline,
    ) -> Result<Answer, CallError> {
        let path = format!(
            "users/{}/assignLicense",
            self.segment(user.as_str(), ASSIGN)?
        );
        let ask = Ask::act(&self.at(&path))
            .json(change)
            .header(REQUEST_ID, client_request_id);
        self.call(&ask, by).await
    }
}

impl SubscribedSku {
    fn is(&self, name: &str) -> bool {
        let part_number = self.sku_part_number.as_deref();
        self.sku_id.eq_ignore_ascii_case(name)
            || part_number.is_some_and(|part| part.eq_ignore_ascii_case(name))
    }

    fn read(self) -> Option<Licence> {
        let count = |units: Option<i64>| units.and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        Some(Licence {
            sku: SkuId::parse(&self.sku_id).ok()?,
            part_number: self.sku_part_number.unwrap_or(self.sku_id),
            seats: count(self.prepaid_units.and_then(|units| units.enabled)),
            taken: count(self.consumed_units),
        })
    }
}

impl Assignment {
    fn is(&self, sku: &str) -> bool {
        let own = self.sku_id.as_deref();
        own.is_some_and(|own| own.eq_ignore_ascii_case(sku))
    }

    fn stands(&self) -> bool {
        let state = self.state.as_deref();
        state.is_none_or(|state| matches!(state, "Active" | "ActiveWithError"))
    }
}
