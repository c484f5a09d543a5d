//! The little XML that CloudFormation answers with.

use std::collections::BTreeMap;

use quick_xml::{Reader, events::Event};

/// Every text of an element `key`, with the text of the next element `value`.
///
/// # Errors
/// When `text` is not XML.
pub(crate) fn pairs(
    text: &str,
    key: &str,
    value: &str,
) -> Result<BTreeMap<String, String>, quick_xml::Error> {
    let mut reader = Reader::from_str(text);
    let mut found = BTreeMap::new();
    let mut known: Option<String> = None;
    let mut inside = String::new();
    let mut content = String::new();
    loop {
        match reader.read_event()? {
            Event::Start(begun) => {
                begun.local_name().as_ref().clone_into(&mut inside);
                content.clear();
            }
            Event::Text(part) => content.push_str(&part),
            Event::End(_) => {
                if inside == key {
                    known = Some(content.clone());
                } else if inside == value
                    && let Some(name) = known.take()
                {
                    found.insert(name, content.clone());
                }
                inside.clear();
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_paired_with_the_values_that_follow() {
        let text = "<O><m><K>ApiId</K><V>1a</V><D></D></m><m><K>Stage</K><V>live</V></m></O>";
        let pairs = pairs(text, "K", "V").unwrap();
        assert_eq!(pairs["ApiId"], "1a");
        assert_eq!(pairs["Stage"], "live");
        assert_eq!(pairs.len(), 2);
    }

    #[test]
    fn what_is_not_xml_is_an_error() {
        assert!(pairs("<a></b>", "K", "V").is_err());
    }
}
