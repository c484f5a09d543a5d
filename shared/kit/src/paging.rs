//! How a list is asked for page by page: `limit` and `cursor`.

use crate::Problem;
use store::Cursor;

/// Which page of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Paging {
    /// How many at most.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
}

impl Paging {
    /// The page that is asked for: `usual` where no limit is given, and never more than `most`.
    ///
    /// # Errors
    /// When the limit is out of its range, or the cursor none of ours.
    pub fn asked(
        limit: Option<usize>,
        cursor: Option<&str>,
        usual: usize,
        most: usize,
    ) -> Result<Self, Problem> {
        let limit = limit.unwrap_or(usual);
        if !(1..=most).contains(&limit) {
            return Err(Problem::invalid("limit", format!("limit is 1 to {most}")));
        }
        let cursor = cursor.map(Cursor::parse).transpose();
        let cursor = cursor.map_err(|bad| Problem::invalid("cursor", bad.to_string()))?;
        Ok(Self { limit, cursor })
    }
}

#[cfg(test)]
mod tests {
    use super::Paging;

    #[test]
    fn a_page_has_its_usual_size_and_no_more_than_the_most() {
        let asked = |limit, cursor| Paging::asked(limit, cursor, 20, 100);
        assert_eq!(asked(None, None).unwrap().limit, 20);
        assert_eq!(asked(Some(100), None).unwrap().limit, 100);
        for (limit, cursor, path) in [
            (Some(0), None, "limit"),
            (Some(101), None, "limit"),
            (None, Some("%%%"), "cursor"),
        ] {
            let refused = asked(limit, cursor).unwrap_err();
            assert!(refused.to_string().contains(path), "{refused}");
        }
    }
}
