//! Notes, and how ours are known again.

use crate::html::{escape, plain};
use ports::Note;
use serde::Deserialize;

/// Actions as `GET /Actions` answers them: a page, or the list alone.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Actions {
    Page { actions: Vec<Action> },
    List(Vec<Action>),
}

#[derive(Deserialize)]
pub(crate) struct Action {
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    note_html: Option<String>,
}

impl Actions {
    /// Whether a note with this marker is among them.
    pub(crate) fn hold(&self, marker: &str) -> bool {
        let (Self::Page { actions } | Self::List(actions)) = self;
        actions
            .iter()
            .flat_map(|action| [&action.note, &action.note_html])
            .flatten()
            .any(|text| bears(&plain(text), marker))
    }
}

/// The note in Halo's markup, its marker on a line of its own.
pub(crate) fn markup(note: &Note) -> String {
    format!(
        "<p>{}</p><p>{}</p>",
        escape(&note.text),
        escape(&marked(&note.marker))
    )
}

fn marked(marker: &str) -> String {
    format!("ref:{marker}")
}

/// Whether `text` holds the marker, and not one that only begins like it.
fn bears(text: &str, marker: &str) -> bool {
    let sign = marked(marker);
    text.match_indices(&sign).any(|(at, _)| {
        text[at + sign.len()..]
            .chars()
            .next()
            .is_none_or(|next| !(next.is_alphanumeric() || "-_".contains(next)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_is_not_found_in_a_longer_one() {
        assert!(bears("done ref:a-1", "a-1"));
        assert!(bears("ref:a-1 done", "a-1"));
        assert!(!bears("ref:a-12", "a-1"));
        assert!(!bears("ref:a-1-2", "a-1"));
        assert!(!bears("a-1", "a-1"));
    }

    #[test]
    fn a_marker_is_found_in_markup_and_in_text() {
        let note = Note {
            marker: "x&1".into(),
            text: "done".into(),
        };
        let page = serde_json::json!({"record_count": 1, "actions": [{"id": 1, "note_html": markup(&note)}]});
        let page: Actions = serde_json::from_value(page).unwrap();
        assert!(page.hold("x&1"));
        let list = serde_json::json!([{"note": "done\nref:x&1"}, {"note": null}]);
        let list: Actions = serde_json::from_value(list).unwrap();
        assert!(list.hold("x&1"));
        assert!(!list.hold("x&2"));
    }
}
