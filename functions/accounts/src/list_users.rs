//! `GET /api/v1/users/`: the organization's users.

use crate::user_filter::{UserFilter, Wanted, use_cursor};
use auth::UsersRead;
use axum::Json;
use domain::Tenant;
use http::StatusCode;
use jiff::Timestamp;
use kit::{App, Caller, Params, Problem, Problems};
use serde::Serialize;
use store::{MAX_LISTED, UserRow};
use utoipa::ToSchema;

/// Rows of one read, where a filter may let little through.
const STRETCH: usize = 500;
/// Reads that one answer makes at most behind a cursor.
const MAX_READS: usize = 10;

/// One page of users.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserPage {
    /// How many there are on all pages; with `cursor` and `search`, on this one.
    #[schema(example = 50)]
    count: u64,
    /// The next page's address; null when this is the last.
    next: Option<String>,
    /// The address of the page before; null when this is the first, or with `cursor`.
    previous: Option<String>,
    results: Vec<UserItem>,
}

/// A user in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserItem {
    #[schema(example = 1)]
    id: u64,
    #[schema(example = "john.doe")]
    username: String,
    #[schema(example = "john@example.com")]
    email: String,
    #[schema(example = "John")]
    first_name: String,
    #[schema(example = "Doe")]
    last_name: String,
    /// Whether they may sign in.
    is_active: bool,
    #[schema(value_type = String, format = DateTime)]
    date_joined: Timestamp,
}

impl From<UserRow> for UserItem {
    fn from(user: UserRow) -> Self {
        Self {
            id: user.id,
            username: user.username,
            email: user.email,
            first_name: user.first_name,
            last_name: user.last_name,
            is_active: user.is_active,
            date_joined: user.date_joined,
        }
    }
}

/// The organization's users, removed ones left out.
///
/// Pages reach 10,000 users deep; behind that give `cursor`.
#[utoipa::path(get, path = "/api/v1/users/", operation_id = "list_users", params(UserFilter),
    responses((status = 200, body = UserPage), Problems), security(("bearer" = []), ("api_key" = [])))]
pub(crate) async fn list_users(
    app: App,
    caller: Caller<UsersRead>,
    Params(filter): Params<UserFilter>,
) -> Result<Json<UserPage>, Problem> {
    let wanted = filter.read()?;
    let page = match filter.cursor {
        Some(after) => behind(&app, caller.tenant(), &filter, &wanted, after).await,
        None => numbered(&app, caller.tenant(), &filter, &wanted).await,
    };
    page.map(Json)
}

/// The page of this number.
async fn numbered(
    app: &App,
    tenant: &Tenant,
    filter: &UserFilter,
    wanted: &Wanted,
) -> Result<UserPage, Problem> {
    let (page, skip) = filter.place(wanted.size)?;
    let store = app.store();
    let count = store.count(tenant, "user").await?;
    // While nobody was removed, a user's number is their place.
    let in_place = count.live == count.last && wanted.search.is_empty() && wanted.is_by_number();
    let (found, users) = if in_place {
        let from = skip as u64 + 1;
        (
            count.live,
            store.users_from(tenant, from, wanted.size).await?,
        )
    } else if count.last > MAX_LISTED as u64 {
        return Err(use_cursor("there are more users than pages are made of"));
    } else {
        let users = wanted.sorted(store.users(tenant).await?);
        let found = users.len() as u64;
        (
            found,
            users.into_iter().skip(skip).take(wanted.size).collect(),
        )
    };
    if users.is_empty() && page > 1 {
        return Err(no_such_page());
    }
    let base = &app.config().public_base_url;
    let last = skip as u64 + users.len() as u64 >= found;
    Ok(UserPage {
        count: found,
        next: (!last).then(|| filter.address(base, &format!("page={}", page + 1))),
        previous: (page > 1).then(|| filter.address(base, &format!("page={}", page - 1))),
        results: users.into_iter().map(UserItem::from).collect(),
    })
}

/// Users with numbers above `after`.
async fn behind(
    app: &App,
    tenant: &Tenant,
    filter: &UserFilter,
    wanted: &Wanted,
    after: u64,
) -> Result<UserPage, Problem> {
    if filter.page.is_some() || !wanted.is_by_number() {
        return Err(Problem::invalid(
            "cursor",
            "a cursor goes without page, and by id only",
        ));
    }
    let store = app.store();
    let count = store.count(tenant, "user").await?;
    let (mut users, mut seen) = (Vec::new(), after);
    let rows = if wanted.search.is_empty() {
        wanted.size
    } else {
        STRETCH
    };
    for _ in 0..MAX_READS {
        let from = seen.saturating_add(1);
        let stretch = store.users_from(tenant, from, rows).await?;
        let ended = stretch.is_empty();
        for user in stretch {
            if users.len() == wanted.size {
                break;
            }
            seen = user.id;
            if wanted.takes(&user) {
                users.push(user);
            }
        }
        if ended || users.len() == wanted.size {
            break;
        }
    }
    let base = &app.config().public_base_url;
    let all = if wanted.search.is_empty() {
        count.live
    } else {
        users.len() as u64
    };
    Ok(UserPage {
        count: all,
        next: (seen < count.last).then(|| filter.address(base, &format!("cursor={seen}"))),
        previous: None,
        results: users.into_iter().map(UserItem::from).collect(),
    })
}

fn no_such_page() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "RESOURCE_NOT_FOUND",
        "Invalid page: there are not that many; begin with page 1",
    )
}
