//! The connector's replies, and what they mean.

use domain::Answer;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

const DEEPEST: usize = 16;

/// A reply's elements that decide. What is nil or absent is none.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) value: Option<String>,
    pub(crate) retry: Option<String>,
    pub(crate) result: Option<String>,
    pub(crate) session_id: Option<String>,
    pub(crate) affinity_url: Option<String>,
}

/// What a reply says of a prompt.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pending,
    Answered(Answer, String),
}

impl Reply {
    /// Reads a reply whose root is `root`. Anything else, or an element that stands twice, is no reply.
    pub(crate) fn read(root: &str, text: &str) -> Option<Self> {
        let mut reader = Reader::from_str(text);
        let mut reply = Self::default();
        let mut open: Vec<Element> = Vec::new();
        let mut done = false;
        loop {
            match reader.read_event().ok()? {
                Event::Start(start) => {
                    if done
                        || open.len() == DEEPEST
                        || (open.is_empty() && start.name().as_ref() != root)
                    {
                        return None;
                    }
                    if let Some(parent) = open.last_mut() {
                        parent.leaf = false;
                    }
                    open.push(Element::of(&start)?);
                }
                Event::Empty(start) => {
                    if done || open.is_empty() {
                        return None;
                    }
                    let element = Element::of(&start)?;
                    reply.take(&open, element)?;
                    if let Some(parent) = open.last_mut() {
                        parent.leaf = false;
                    }
                }
                Event::End(_) => {
                    let element = open.pop()?;
                    reply.take(&open, element)?;
                    done = open.is_empty();
                }
                Event::Text(text) => add(&mut open, &text.xml10_content())?,
                Event::CData(text) => add(&mut open, &text.xml10_content())?,
                Event::GeneralRef(entity) => match entity.resolve_char_ref().ok()? {
                    Some(c) => add(&mut open, c.encode_utf8(&mut [0; 4]))?,
                    None => add(&mut open, resolve_xml_entity(&entity)?)?,
                },
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                Event::DocType(_) => return None,
                Event::Eof => return done.then_some(reply),
            }
        }
    }

    /// What the reply says. Only `AuthenticationResult` "true" together with `Value` "Success" is an approval: `Success`
    /// alone says that the call went well, and a value nobody knows is a failure.
    pub(crate) fn verdict(&self) -> Verdict {
        let value = self.value.as_deref().unwrap_or_default();
        let result = self.result.as_deref();
        let (answer, reason) = match (result, value) {
            (Some("true"), "Success") => (Answer::Approved, "Success"),
            (Some("challenge"), _) => (Answer::Failed, "needs_code"),
            (_, "AuthenticationPending") if self.retry.as_deref() == Some("true") => {
                return Verdict::Pending;
            }
            (
                _,
                "PhoneAppDenied" | "PhoneAppFraudReported" | "PhoneAppFraud" | "FraudCodeEntered",
            ) => (Answer::Denied, value),
            (_, "PhoneAppNoResponse") => (Answer::Expired, value),
            (_, "Success") => (Answer::Failed, "unconfirmed_success"),
            (_, "") => (Answer::Failed, "no_value"),
            // Not enrolled, blocked, token changed, wrong number or code, throttled, and whatever is new.
            _ => (Answer::Failed, value),
        };
        Verdict::Answered(answer, vendor_http::code(reason))
    }

    /// Whether the reply says that the prompt left and nobody has answered.
    pub(crate) fn is_begun(&self) -> bool {
        self.result.is_none()
            && matches!(
                self.value.as_deref(),
                Some("Success" | "AuthenticationPending")
            )
    }

    /// Notes the element that closes inside `open`.
    fn take(&mut self, open: &[Element], element: Element) -> Option<()> {
        let path: Vec<&str> = open
            .iter()
            .skip(1)
            .chain(Some(&element))
            .map(|element| element.name.as_str())
            .collect();
        let place = match path[..] {
            _ if open.is_empty() => return Some(()),
            ["Result", "Value"] => &mut self.value,
            ["Result", "Retry"] => &mut self.retry,
            ["AuthenticationResult"] => &mut self.result,
            ["SessionId"] => &mut self.session_id,
            ["AffinityUrl"] => &mut self.affinity_url,
            _ => return Some(()),
        };
        if place.is_some() || !element.leaf {
            return None;
        }
        if !element.nil && !element.text.is_empty() {
            *place = Some(element.text);
        }
        Some(())
    }
}

struct Element {
    name: String,
    nil: bool,
    leaf: bool,
    text: String,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Option<Self> {
        let mut nil = false;
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            let named = attribute.key.local_name().as_ref() == "nil";
            nil |= named && attribute.value.as_ref() != "false";
        }
        Some(Self {
            name: start.name().as_ref().to_owned(),
            nil,
            leaf: true,
            text: String::new(),
        })
    }
}

/// Adds text to the innermost element; outside the root only space may stand.
fn add(open: &mut [Element], text: &str) -> Option<()> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text.trim().is_empty() => {}
        None => return None,
    }
    Some(())
}
