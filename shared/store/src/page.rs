//! Pages and the cursors between them.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{ExecutionStatus, PlaybookName, TicketId};
use jiff::Timestamp;
use std::fmt;

/// Which executions to list. [`Page::default`] is the newest 50 of all.
#[derive(Debug, Clone)]
pub struct Page {
    /// How many at most, 1 to 100.
    pub limit: usize,
    /// Where the page before ended.
    pub cursor: Option<Cursor>,
    /// Only those that stand so.
    pub status: Option<ExecutionStatus>,
    /// Only runs of this playbook.
    pub playbook: Option<PlaybookName>,
    /// Only runs for this ticket.
    pub ticket: Option<TicketId>,
    /// Only those recorded at this time or after.
    pub from: Option<Timestamp>,
    /// Only those recorded before this time.
    pub to: Option<Timestamp>,
}

impl Default for Page {
    fn default() -> Self {
        Self {
            limit: 50,
            cursor: None,
            status: None,
            playbook: None,
            ticket: None,
            from: None,
            to: None,
        }
    }
}

/// One page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Paged<T> {
    /// What it holds. A filtered page may hold fewer than asked for, or none, and yet have a next one.
    pub items: Vec<T>,
    /// Where the next page begins; none when this is the last.
    pub next_cursor: Option<Cursor>,
}

/// A place in a list, within the tenant that asks. Its text is opaque.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

/// A text that is not a cursor of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor: give the next_cursor of the page before, unchanged")]
pub struct BadCursor;

impl Cursor {
    /// Reads a cursor's text.
    ///
    /// # Errors
    /// When it is not one of ours.
    pub fn parse(text: &str) -> Result<Self, BadCursor> {
        if text.len() > 400 {
            return Err(BadCursor);
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let place = String::from_utf8(bytes).map_err(|_| BadCursor)?;
        if place.is_empty() || !place.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(BadCursor);
        }
        Ok(Self(place))
    }

    pub(crate) fn at(place: impl Into<String>) -> Self {
        Self(place.into())
    }

    pub(crate) fn place(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_from_its_text() {
        let cursor = Cursor::at("2026-11-21T08:00:00.000000000Z#x-1");
        assert_eq!(Cursor::parse(&cursor.to_string()), Ok(cursor));
    }

    #[test]
    fn another_text_is_refused() {
        let control = URL_SAFE_NO_PAD.encode("a\nb");
        for bad in ["", "%%%", control.as_str(), &"A".repeat(401)] {
            assert_eq!(Cursor::parse(bad), Err(BadCursor), "{bad:?}");
        }
    }
}
