//! `GET /api/v1/organizations`: the caller's organization and those below it.

use crate::listing::{Cut, ListQuery};
use crate::organization::{Organization, own_row};
use auth::OrganizationRead;
use axum::Json;
use http::HeaderMap;
use kit::{App, Caller, Params, Problem, Problems};
use std::collections::HashMap;
use store::{TenantLink, TenantRow};

/// The caller's organization and those below it, oldest first.
#[utoipa::path(get, path = "/api/v1/organizations", operation_id = "list_organizations", params(ListQuery),
    responses((status = 200, body = Vec<Organization>, headers(
        ("X-Total-Count" = u64, description = "How many organizations there are"),
        ("X-Page" = u64, description = "This page's number, from 1"),
        ("X-Per-Page" = u64, description = "How many organizations a page holds"),
        ("X-Next-Cursor" = String, description = "Where the next page begins, when there is one"))), Problems),
    security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn list_organizations(
    app: App,
    caller: Caller<OrganizationRead>,
    Params(query): Params<ListQuery>,
) -> Result<(HeaderMap, Json<Vec<Organization>>), Problem> {
    let own = own_row(&app, caller.tenant()).await?;
    let mut links = vec![TenantLink::to(caller.tenant(), own.number)];
    links.extend(own.children);
    links.sort_by_key(|link| link.number);
    let Cut {
        items: links,
        headers,
    } = query.cut(links, |link| link.number)?;
    let mut tenants = Vec::with_capacity(links.len());
    for link in &links {
        tenants.push(link.tenant()?);
    }
    let rows = app.store().tenants(&tenants).await?;
    let mut rows: HashMap<u64, TenantRow> = rows.into_iter().map(|row| (row.number, row)).collect();
    let shown = links.iter().zip(&tenants).filter_map(|(link, tenant)| {
        let row = rows.remove(&link.number)?;
        Some(Organization::new(tenant, row))
    });
    Ok((headers, Json(shown.collect())))
}
