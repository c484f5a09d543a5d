//! The connector's XML: requests in DataContract order, replies as the service writes them.

use quick_xml::{
    Reader,
    escape::{escape, resolve_xml_entity},
    events::Event,
};

use super::prompts::Outcome;

/// The order of a request's elements; the service does not see one that stands out of it.
const ORDER: [&str; 18] = [
    "Version",
    "SessionId",
    "UserPrincipalName",
    "TenantId",
    "Lcid",
    "AuthenticationMethodId",
    "AuthenticationMethodProperties",
    "AuthenticationPurpose",
    "ContextId",
    "OtpRetryCount",
    "SyncCall",
    "RequireUserMatch",
    "CallerName",
    "CallerIP",
    "ReplicationScope",
    "ObjectId",
    "CompanyName",
    "RenewCert",
];
/// The second request ends differently.
const END_ORDER: [&str; 5] = [
    "Version",
    "SessionId",
    "ContextId",
    "AdditionalAuthData",
    "UserPrincipalName",
];

/// A request's elements and their text.
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    /// Reads a request whose root is `root`.
    pub(super) fn read(root: &str, body: &[u8]) -> Result<Self, String> {
        let text = str::from_utf8(body).map_err(|_| "The body is not UTF-8.".to_owned())?;
        let elements = children(root, text)?;
        let order: &[&str] = if root.starts_with("Begin") {
            &ORDER
        } else {
            &END_ORDER
        };
        let places: Vec<usize> = elements
            .iter()
            .filter_map(|(name, _)| order.iter().position(|known| known == name))
            .collect();
        if !places.is_sorted() {
            return Err(format!(
                "The elements of {root} are not in the order {}.",
                order.join(", ")
            ));
        }
        Ok(Self(elements))
    }

    /// An element's text; empty when it is absent or nil.
    pub(super) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(element, _)| element == name);
        found.map_or("", |(_, text)| text.trim())
    }
}

fn children(root: &str, text: &str) -> Result<Vec<(String, String)>, String> {
    let mut reader = Reader::from_str(text);
    let mut depth = 0_usize;
    let mut elements: Vec<(String, String)> = Vec::new();
    loop {
        let event = reader
            .read_event()
            .map_err(|cause| format!("The body is not XML: {cause}"))?;
        match event {
            Event::Start(start) => {
                let name = start.local_name().into_inner().to_owned();
                if depth == 0 && name != root {
                    return Err(format!("The root element is {name}, not {root}."));
                }
                depth += 1;
                if depth == 2 {
                    elements.push((name, String::new()));
                }
            }
            Event::Empty(empty) if depth == 1 => {
                elements.push((empty.local_name().into_inner().to_owned(), String::new()));
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(piece) if depth == 2 => {
                push(&mut elements, &piece);
            }
            Event::GeneralRef(entity) if depth == 2 => {
                let letter = entity
                    .resolve_char_ref()
                    .map_err(|cause| cause.to_string())?;
                match (letter, resolve_xml_entity(&entity)) {
                    (Some(letter), _) => push(&mut elements, letter.encode_utf8(&mut [0; 4])),
                    (None, Some(known)) => push(&mut elements, known),
                    (None, None) => return Err(format!("Unknown entity &{};", &*entity)),
                }
            }
            Event::Eof if depth == 0 && !elements.is_empty() => return Ok(elements),
            Event::Eof => return Err(format!("The body is no whole {root}.")),
            _ => {}
        }
    }
}

fn push(elements: &mut [(String, String)], piece: &str) {
    if let Some((_, text)) = elements.last_mut() {
        text.push_str(piece);
    }
}

pub(super) fn begun(upn: &str, session: &str, affinity: &str, outcome: Outcome) -> String {
    let (upn, affinity) = (escape(upn), escape(affinity));
    format!(
        "<BeginTwoWayAuthenticationResponse xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Version>1</Version>{}\
         <SessionId>{session}</SessionId>{}<UserPrincipalName>{upn}</UserPrincipalName><AffinityUrl>{affinity}</AffinityUrl>\
         <ValidEntropyNumber>0</ValidEntropyNumber></BeginTwoWayAuthenticationResponse>",
        result(outcome),
        authentication_result(outcome),
    )
}

pub(super) fn ended(outcome: Outcome) -> String {
    let interactive = matches!(outcome, Outcome::Approved);
    format!(
        "<EndTwoWayAuthenticationResponse xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\"><Version>1</Version>{}{}\
         <LocationData i:nil=\"true\"/><CompletedInteractively>{interactive}</CompletedInteractively>\
         </EndTwoWayAuthenticationResponse>",
        result(outcome),
        authentication_result(outcome),
    )
}

fn result(outcome: Outcome) -> String {
    let (value, message) = match outcome {
        Outcome::Begun | Outcome::Approved | Outcome::Challenge => ("Success", None),
        Outcome::Pending => (
            "AuthenticationPending",
            Some("The authentication has not been completed yet, please try again."),
        ),
        Outcome::Refused(value) => (value, None),
    };
    let retry = matches!(outcome, Outcome::Pending);
    let message = message.map_or_else(
        || "<Message i:nil=\"true\"/>".to_owned(),
        |text| format!("<Message>{text}</Message>"),
    );
    format!(
        "<Result><Value>{value}</Value>{message}<Retry>{retry}</Retry><Error i:nil=\"true\"/><Exception i:nil=\"true\"/>\
         <RenewCert>false</RenewCert></Result>"
    )
}

fn authentication_result(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Begun | Outcome::Pending => "<AuthenticationResult i:nil=\"true\"/>",
        Outcome::Approved => "<AuthenticationResult>true</AuthenticationResult>",
        Outcome::Challenge => "<AuthenticationResult>challenge</AuthenticationResult>",
        Outcome::Refused(_) => "<AuthenticationResult>false</AuthenticationResult>",
    }
}
