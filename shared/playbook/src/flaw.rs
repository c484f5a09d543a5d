//! What is wrong with a playbook's text, as values.

use std::fmt;

use serde::Serialize;

/// One thing wrong with a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// Where in the document: `steps[1].with.user_id`; `$` is the document itself.
    pub path: String,
    /// Line in the text, from 1. Absent when the playbook did not come as text.
    pub line: Option<u32>,
    /// What kind of flaw.
    pub code: FlawCode,
    /// What to change.
    pub message: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}, {}: {}", self.path, self.message),
            None => write!(f, "{}: {}", self.path, self.message),
        }
    }
}

/// The kinds of [`Flaw`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FlawCode {
    /// Neither YAML nor JSON, or a part of YAML the language leaves out.
    Syntax,
    /// A text, list or nesting is larger than the language allows.
    TooLarge,
    /// A required field is not there.
    Missing,
    /// A field, capability or word the language does not know.
    Unknown,
    /// The same field or step id stands twice.
    Duplicate,
    /// A value of another type than the field takes.
    WrongType,
    /// A number, word or text outside what the field takes.
    OutOfRange,
    /// A name that is not spelled as names are, or that is reserved.
    BadName,
    /// A CEL expression or a template that cannot be evaluated.
    BadExpression,
    /// A reference to a step or output that is not there, or comes later.
    BadReference,
    /// A way on that the language forbids, such as past a refused verification.
    Unsafe,
}

/// Flaws in the order found, at most [`Flaws::MOST`].
#[derive(Debug, Default)]
pub(crate) struct Flaws {
    found: Vec<Flaw>,
}

impl Flaws {
    /// More than this many help nobody.
    pub(crate) const MOST: usize = 100;

    pub(crate) fn add(
        &mut self,
        path: &str,
        line: Option<u32>,
        code: FlawCode,
        message: impl Into<String>,
    ) {
        if self.found.len() < Self::MOST {
            self.found.push(Flaw {
                path: path.to_owned(),
                line,
                code,
                message: message.into(),
            });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<Flaw> {
        self.found
    }
}

/// The known name nearest to `written`, when it is near enough to be a slip.
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.chars().count() / 4)
        .min()
        .map(|(_, name)| name)
}

/// `; did you mean "timeout"?`, or a list of what is known.
pub(crate) fn suggestion(written: &str, known: &[&str]) -> String {
    match nearest(written, known.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known are: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_known_name_is_offered_only_for_a_slip() {
        let known = ["timeout", "retry", "service"];
        assert_eq!(nearest("timout", known), Some("timeout"));
        assert_eq!(nearest("servcie", known), Some("service"));
        assert_eq!(nearest("colour", known), None);
    }

    #[test]
    fn a_flood_of_flaws_is_cut_off() {
        let mut flaws = Flaws::default();
        for _ in 0..1_000 {
            flaws.add("$", None, FlawCode::Unknown, "x");
        }
        assert_eq!(flaws.into_vec().len(), Flaws::MOST);
    }
}
