//! Reading the samples out of a contract's text, as it stands there.

use std::{fs, path::Path};

use serde_json::Value;

/// Where the contracts lie, beside the checkout on the machines they are kept on.
const DOCUMENTS: &str = "../../shared/contracts";

/// A documented call, and what is documented to come back.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// The heading it stands under.
    pub(super) heading: String,
    pub(super) method: String,
    pub(super) path: String,
    /// The body, letter for letter.
    pub(super) request: Option<String>,
    pub(super) status: u16,
    /// The first response: the one of a call that went well.
    pub(super) response: Option<Value>,
}

/// A block of the text: its language, and what it holds.
struct Block<'a> {
    language: &'a str,
    text: String,
}

/// What a contract says, piece by piece.
enum Piece<'a> {
    Heading(&'a str),
    /// A line of prose: a label, an endpoint, a status.
    Line(&'a str),
    Block(Block<'a>),
}

/// The documented calls of a text, in their order. Where the document is at hand, every block has to stand in it.
pub(super) fn samples(text: &str, document: &str) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    let (mut heading, mut label) = ("", "");
    for piece in pieces(text) {
        match piece {
            Piece::Heading(words) => heading = words,
            Piece::Line(line) => {
                if let Some((method, path)) = endpoint(line) {
                    samples.push(Sample::new(heading, method, path));
                    label = "";
                } else if line.starts_with("**") {
                    label = line;
                }
                let status = label.contains("Response").then(|| status(line)).flatten();
                if let (Some(sample), Some(status)) = (samples.last_mut(), status) {
                    sample.status = status;
                }
            }
            Piece::Block(block) => {
                must_stand_in(document, &block.text);
                match (block.language, samples.last_mut()) {
                    ("http", _) => {
                        let mut words = block.text.split_whitespace();
                        let (method, path) = (words.next().unwrap(), words.next().unwrap());
                        samples.push(Sample::new(heading, method, path));
                    }
                    ("json", Some(sample)) if label.contains("Request") => {
                        sample.request = Some(block.text);
                    }
                    ("json", Some(sample)) if sample.response.is_none() => {
                        sample.response = Some(json(&block.text));
                    }
                    _ => {}
                }
            }
        }
    }
    samples
}

/// The blocks in this language, in their order.
pub(super) fn programs(text: &str, language: &str) -> Vec<String> {
    let blocks = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Block(block) if block.language == language => Some(block.text),
        _ => None,
    });
    blocks.collect()
}

impl Sample {
    fn new(heading: &str, method: &str, path: &str) -> Self {
        Self {
            heading: heading.to_owned(),
            method: method.to_owned(),
            path: path.to_owned(),
            status: 200,
            ..Self::default()
        }
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(language) = line.strip_prefix("```") {
            let within: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
            let text = within.join("\n");
            pieces.push(Piece::Block(Block { language, text }));
        } else if line.starts_with('#') {
            pieces.push(Piece::Heading(line.trim_start_matches(['#', ' '])));
        } else {
            pieces.push(Piece::Line(line));
        }
    }
    pieces
}

/// Method and path of a line such as ``**Endpoint:** `POST /api/register` `` or ``**POST** `/api/v1/keys` ``.
fn endpoint(line: &str) -> Option<(&str, &str)> {
    let quoted = line.split('`').nth(1)?;
    if let Some((method, path)) = quoted.split_once(' ') {
        let is_call = line.contains("Endpoint") && path.starts_with('/');
        return is_call.then_some((method, path));
    }
    let method = line.strip_prefix("**")?.split("**").next()?;
    let is_call = quoted.starts_with('/') && method.bytes().all(|b| b.is_ascii_uppercase());
    is_call.then_some((method, quoted))
}

/// The status that a response's label names: `(201 Created)`, `(Status 201)`.
fn status(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once('(')?;
    rest.split([' ', ')']).find_map(|word| word.parse().ok())
}

/// The JSON of a block, without the remarks that one of them has.
fn json(text: &str) -> Value {
    let lines = text.lines().map(|line| line.split("  // ").next().unwrap());
    let text = lines.collect::<Vec<_>>().join("\n");
    serde_json::from_str(&text).unwrap_or_else(|cause| panic!("{cause}: {text}"))
}

fn must_stand_in(document: &str, block: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENTS);
    if let Ok(text) = fs::read_to_string(folder.join(document)) {
        assert!(text.contains(block), "{document} does not say:\n{block}");
    }
}

#[test]
fn a_documented_call_is_read_with_its_body_status_and_answer() {
    let text = "### Create\n**POST** `/a`\n\n**Request Body:**\n```json\n{\"b\": 1}\n```\n\n\
                **Response:** (Status 201)\n```json\n{\n  \"c\": \"d\",  // Only once!\n  \"e\": 2\n}\n```\n\
                #### Read\n```http\nGET /a/{id}/\nAuthorization: Bearer <token>\n```\n**Response (200 OK)**\n";
    let read = samples(text, "no such document");
    let [create, read] = read.as_slice() else {
        panic!("{read:?}")
    };
    assert_eq!(
        (create.method.as_str(), create.path.as_str(), create.status),
        ("POST", "/a", 201)
    );
    assert_eq!(create.request.as_deref(), Some("{\"b\": 1}"));
    assert_eq!(create.response, Some(serde_json::json!({"c": "d", "e": 2})));
    assert_eq!(
        (read.heading.as_str(), read.path.as_str(), read.status),
        ("Read", "/a/{id}/", 200)
    );
}
