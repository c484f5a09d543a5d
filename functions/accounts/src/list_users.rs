//! `GET /api/v1/users/`: the organization's users.

use auth::UsersRead;
use axum::Json;
use domain::Tenant;
use http::StatusCode;
use jiff::Timestamp;
use kit::{App, Caller, Params, Problem, Problems};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};
use store::{MAX_LISTED, UserRow};
use utoipa::{IntoParams, ToSchema};

/// Users of a page when nothing else is asked for.
const SIZE: usize = 10;
/// Users of a page at most.
const LARGEST: usize = 100;
/// Rows of one read, where a filter may let little through.
const STRETCH: usize = 500;
/// Reads that one answer makes at most behind a cursor.
const MAX_READS: usize = 10;

/// Which users.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserFilter {
    /// Which page, from 1.
    #[param(minimum = 1)]
    page: Option<usize>,
    /// Users of a page: 1 to 100, 10 if not given.
    #[param(minimum = 1, maximum = 100)]
    page_size: Option<usize>,
    /// Only those whose user name or address holds this, in small or capital letters.
    search: Option<String>,
    /// `id`, `username`, `email` or `date_joined`, with `-` before it for the other way round; `id` if not given.
    ordering: Option<String>,
    /// Another name for `ordering`.
    sort: Option<String>,
    /// Instead of a page: 0, or what the answer before has as `cursor` in its `next`. It goes beyond 10,000 users and is
    /// always by `id`.
    cursor: Option<u64>,
}

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

/// What a list is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Id,
    Username,
    Email,
    DateJoined,
}

/// A filter that was read.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    size: usize,
    /// In small letters; empty lets everybody through.
    search: String,
    by: By,
    descending: bool,
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

impl UserFilter {
    fn read(&self) -> Result<Wanted, Problem> {
        let size = self.page_size.unwrap_or(SIZE);
        if !(1..=LARGEST).contains(&size) {
            return Err(Problem::invalid("page_size", "page_size is 1 to 100"));
        }
        let search = self.search.as_deref().unwrap_or_default().to_lowercase();
        if search.len() > 254 {
            return Err(Problem::invalid("search", "search has 254 bytes at most"));
        }
        let given = self.ordering.as_deref().or(self.sort.as_deref());
        let given = given.unwrap_or("id");
        let (word, descending) = given
            .strip_prefix('-')
            .map_or((given, false), |word| (word, true));
        let by = match word {
            "id" => By::Id,
            "username" => By::Username,
            "email" => By::Email,
            "date_joined" => By::DateJoined,
            _ => {
                return Err(Problem::invalid(
                    "ordering",
                    "ordering is id, username, email or date_joined, with - before it for the other way round",
                ));
            }
        };
        Ok(Wanted {
            size,
            search,
            by,
            descending,
        })
    }

    /// The page's number, and how many users stand before it.
    fn place(&self, size: usize) -> Result<(usize, usize), Problem> {
        let page = self.page.unwrap_or(1);
        if page == 0 {
            return Err(Problem::invalid("page", "pages are counted from 1"));
        }
        match (page - 1).checked_mul(size) {
            Some(skip) if skip < MAX_LISTED => Ok((page, skip)),
            _ => Err(use_cursor("pages reach 10,000 users deep")),
        }
    }

    /// The address of another page of the same list.
    fn address(&self, base: &str, place: &str) -> String {
        let mut address = format!("{base}/api/v1/users/?{place}");
        let size = self.page_size.map(|size| size.to_string());
        let texts = [
            ("page_size", size.as_deref()),
            ("search", self.search.as_deref()),
            ("ordering", self.ordering.as_deref()),
            ("sort", self.sort.as_deref()),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                let text = utf8_percent_encode(text, NON_ALPHANUMERIC);
                address.extend(["&", name, "="]);
                address.extend(text);
            }
        }
        address
    }
}

impl Wanted {
    fn is_by_number(&self) -> bool {
        self.by == By::Id && !self.descending
    }

    fn takes(&self, user: &UserRow) -> bool {
        // Both are kept in small letters.
        user.deleted_at.is_none()
            && (user.username.contains(&self.search) || user.email.contains(&self.search))
    }

    fn sorted(&self, mut users: Vec<UserRow>) -> Vec<UserRow> {
        users.retain(|user| self.takes(user));
        match self.by {
            By::Id => users.sort_by_key(|user| user.id),
            By::Username => users.sort_by(|a, b| a.username.cmp(&b.username)),
            By::Email => users.sort_by(|a, b| a.email.cmp(&b.email)),
            By::DateJoined => users.sort_by_key(|user| user.date_joined),
        }
        if self.descending {
            users.reverse();
        }
        users
    }
}

fn no_such_page() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "RESOURCE_NOT_FOUND",
        "Invalid page: there are not that many; begin with page 1",
    )
}

fn use_cursor(why: &str) -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "USE_CURSOR",
        format!("{why}; give cursor=0 instead of page, and then follow next"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;

    fn filter(search: Option<&str>, ordering: Option<&str>) -> UserFilter {
        UserFilter {
            search: search.map(str::to_owned),
            ordering: ordering.map(str::to_owned),
            ..UserFilter::default()
        }
    }

    fn people() -> Vec<UserRow> {
        let named = |id: u64, username: &str, email: &str| UserRow {
            id,
            username: username.to_owned(),
            email: email.to_owned(),
            ..user(&[])
        };
        let mut people = vec![
            named(1, "john.doe", "john@example.com"),
            named(2, "jane.smith", "jane@example.com"),
            named(3, "smith", "zoe@example.org"),
        ];
        people.push(UserRow {
            deleted_at: Some(Timestamp::UNIX_EPOCH),
            ..named(4, "gone.smith", "gone@example.com")
        });
        people
    }

    fn ids(filter: &UserFilter) -> Vec<u64> {
        let users = filter.read().unwrap().sorted(people());
        users.iter().map(|user| user.id).collect()
    }

    #[test]
    fn a_search_looks_into_names_and_addresses_and_finds_nobody_removed() {
        assert_eq!(ids(&filter(Some("SMITH"), None)), [2, 3]);
        assert_eq!(ids(&filter(Some("example.org"), None)), [3]);
        assert_eq!(ids(&filter(None, None)), [1, 2, 3]);
    }

    #[test]
    fn a_list_is_sorted_by_what_is_known_and_nothing_else() {
        assert_eq!(ids(&filter(None, Some("username"))), [2, 1, 3]);
        assert_eq!(ids(&filter(None, Some("-email"))), [3, 1, 2]);
        for bad in ["password", "", "--id", "id,email"] {
            assert!(filter(None, Some(bad)).read().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn pages_begin_at_1_and_end_at_10_000_users() {
        let at = |page| UserFilter {
            page: Some(page),
            ..UserFilter::default()
        };
        assert_eq!(at(1).place(10).unwrap(), (1, 0));
        assert_eq!(at(1_000).place(10).unwrap(), (1_000, 9_990));
        let code = |page: usize| at(page).place(10).unwrap_err().to_string();
        assert!(code(0).starts_with("VALIDATION_ERROR"));
        for far in [1_001, 1_000_000_000, usize::MAX] {
            assert!(code(far).starts_with("USE_CURSOR"), "{far}");
        }
    }

    #[test]
    fn the_next_page_is_an_address_of_the_same_list() {
        let base = "http://localhost:8003";
        let plain = UserFilter::default().address(base, "page=2");
        assert_eq!(
            plain, "http://localhost:8003/api/v1/users/?page=2",
            "contract B's example"
        );
        let found = filter(Some("a b&c"), Some("-id")).address(base, "page=3");
        assert!(
            found.ends_with("?page=3&search=a%20b%26c&ordering=%2Did"),
            "{found}"
        );
    }
}
