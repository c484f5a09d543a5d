//! Which users a list shows, and in what order.

use http::StatusCode;
use kit::Problem;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use store::{MAX_LISTED, UserRow};
use utoipa::IntoParams;

/// Users of a page when nothing else is asked for.
const SIZE: usize = 10;
/// Users of a page at most.
const LARGEST: usize = 100;
/// Which users.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct UserFilter {
    /// Which page, from 1.
    #[param(minimum = 1)]
    pub(crate) page: Option<usize>,
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
    pub(crate) cursor: Option<u64>,
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
pub(crate) struct Wanted {
    /// Users of a page.
    pub(crate) size: usize,
    /// In small letters; empty lets everybody through.
    pub(crate) search: String,
    by: By,
    descending: bool,
}

impl UserFilter {
    /// The filter, when its values are good.
    ///
    /// # Errors
    /// 422 that says which is not.
    pub(crate) fn read(&self) -> Result<Wanted, Problem> {
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
    pub(crate) fn place(&self, size: usize) -> Result<(usize, usize), Problem> {
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
    pub(crate) fn address(&self, base: &str, place: &str) -> String {
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
    /// Whether the list is in the order of the numbers.
    pub(crate) fn is_by_number(&self) -> bool {
        self.by == By::Id && !self.descending
    }

    /// Whether this user is let through.
    pub(crate) fn takes(&self, user: &UserRow) -> bool {
        // Both are kept in small letters.
        user.deleted_at.is_none()
            && (user.username.contains(&self.search) || user.email.contains(&self.search))
    }

    /// Those who are let through, in the order asked for.
    pub(crate) fn sorted(&self, mut users: Vec<UserRow>) -> Vec<UserRow> {
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

/// The refusal of a page that lies too deep.
pub(crate) fn use_cursor(why: &str) -> Problem {
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
    use jiff::Timestamp;

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
