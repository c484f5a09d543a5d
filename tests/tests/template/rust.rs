//! Reading Rust source just far enough to see which function calls which.

use crate::project;
use std::collections::{BTreeMap, BTreeSet};

/// A word or a sign of source text. A text literal keeps its quotes, so it is never taken for a word.
pub(crate) type Token = String;

/// A function of a crate.
pub(crate) struct Function {
    pub(crate) name: String,
    /// The file's path from the root.
    pub(crate) file: String,
    /// The type whose `impl` it stands in.
    pub(crate) of: Option<String>,
    pub(crate) is_public: bool,
    /// The route it answers, as its `utoipa::path` attribute says.
    pub(crate) route: Option<Route>,
    /// Signature and body.
    pub(crate) tokens: Vec<Token>,
}

/// A route, as the attribute of its handler says it.
pub(crate) struct Route {
    /// The method, in small letters.
    pub(crate) method: String,
    /// The `operation_id`.
    pub(crate) operation: String,
}

impl Function {
    /// What stands before the body.
    pub(crate) fn signature(&self) -> &[Token] {
        let end = self.tokens.iter().position(|token| token == "{");
        &self.tokens[..end.unwrap_or(self.tokens.len())]
    }

    /// What guards it: its argument `Caller<P>`, `SelfOr<P>`, or `Session<P>` of a browser, and the permission `P` that is proved by it.
    pub(crate) fn guard(&self) -> Option<(&str, &str)> {
        let mut words = self.signature().windows(4);
        let is_guard = |seen: &&[Token]| {
            ["Caller", "SelfOr", "Session"].contains(&seen[0].as_str())
                && seen[1] == "<"
                && seen[3] == ">"
        };
        let found = words.find(is_guard);
        found.map(|seen| (seen[0].as_str(), seen[2].as_str()))
    }
}

/// A crate's functions, its tests left out.
pub(crate) struct Crate {
    pub(crate) functions: Vec<Function>,
    /// Every word of each file: what a file does not name, it does not call.
    words: BTreeMap<String, BTreeSet<Token>>,
    /// Constants that are texts: `const NAME: &str = "…";`.
    texts: BTreeMap<String, Token>,
}

impl Crate {
    /// Reads the sources in a folder.
    pub(crate) fn read(folder: &str) -> Self {
        let mut functions = Vec::new();
        let (mut words, mut texts) = (BTreeMap::new(), BTreeMap::new());
        for file in project::files(folder, ".rs") {
            let tokens = without_tests(tokens(&project::text(&file)));
            words.insert(file.clone(), tokens.iter().cloned().collect());
            functions.extend(functions_of(&file, &tokens));
            texts.extend(texts_of(&tokens));
        }
        Self {
            functions,
            words,
            texts,
        }
    }

    /// What a text literal, or the constant of that name, says.
    pub(crate) fn text<'a>(&'a self, token: &'a str) -> Option<&'a str> {
        let literal = self.texts.get(token).map_or(token, String::as_str);
        literal.strip_prefix('"')?.strip_suffix('"')
    }

    /// Whether a file names this word.
    pub(crate) fn names(&self, file: &str, word: &str) -> bool {
        self.words[file].contains(word)
    }
}

/// The module of a file.
pub(crate) fn module(file: &str) -> &str {
    file.rsplit('/').next().unwrap().trim_end_matches(".rs")
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// The tokens of a text, without comments and lifetimes.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let begin = at;
        if c.is_whitespace() {
            at += 1;
        } else if chars[at..].starts_with(&['/', '/']) {
            at += chars[at..].iter().take_while(|c| **c != '\n').count();
        } else if c.is_alphanumeric() || c == '_' {
            at += chars[at..]
                .iter()
                .take_while(|c| c.is_alphanumeric() || **c == '_')
                .count();
            let raw = matches!(chars.get(at), Some('"' | '#'))
                && ["r", "b", "br"].contains(&text_of(&chars[begin..at]).as_str());
            if !raw {
                found.push(text_of(&chars[begin..at]));
            }
        } else if c == '#' && chars.get(at + 1) == Some(&'"') {
            let end = chars[at + 2..]
                .windows(2)
                .position(|two| two == ['"', '#'])
                .unwrap_or(0);
            at += end + 4;
            found.push("\"raw\"".to_owned());
        } else if c == '"' {
            at += 1;
            while chars[at] != '"' {
                at += if chars[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
            found.push(text_of(&chars[begin..at]));
        } else if c == '\'' {
            // A character is closed by a quote two or three further on; a lifetime is not.
            let escaped = chars.get(at + 1) == Some(&'\\');
            let close = chars[at + 1 + usize::from(escaped)..]
                .iter()
                .take(12)
                .position(|c| *c == '\'');
            let is_char = escaped || chars.get(at + 2) == Some(&'\'');
            at += match close {
                Some(close) if is_char => close + 2 + usize::from(escaped),
                _ => {
                    1 + chars[at + 1..]
                        .iter()
                        .take_while(|c| c.is_alphanumeric() || **c == '_')
                        .count()
                }
            };
        } else {
            at += 1;
            found.push(c.to_string());
        }
    }
    found
}

fn text_of(chars: &[char]) -> String {
    chars.iter().collect()
}

/// Tests stand at the end of a file, behind `#[cfg(test)]`.
fn without_tests(mut tokens: Vec<Token>) -> Vec<Token> {
    let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
    if let Some(end) = tokens
        .windows(mark.len())
        .position(|seen| seen.iter().eq(mark))
    {
        tokens.truncate(end);
    }
    tokens
}

fn texts_of(tokens: &[Token]) -> impl Iterator<Item = (String, Token)> {
    let is_text =
        |seen: &&[Token]| seen[0] == "const" && seen[2..6].iter().eq([":", "&", "str", "="]);
    tokens
        .windows(7)
        .filter(is_text)
        .map(|seen| (seen[1].clone(), seen[6].clone()))
}

fn functions_of(file: &str, tokens: &[Token]) -> Vec<Function> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut of: Option<(String, usize)> = None;
    let mut route = None;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                of = of.filter(|(_, outer)| depth > *outer);
            }
            "utoipa" if depth == 0 => route = route_of(&tokens[at..]).or(route),
            "impl" if depth == 0 => {
                let head: Vec<&Token> = tokens[at..]
                    .iter()
                    .take_while(|token| *token != "{")
                    .collect();
                of = implemented(&head).map(|name| (name, depth));
            }
            "fn" if tokens.get(at + 1).is_some_and(|name| is_word(name)) => {
                if let Some(tokens_of) = whole(&tokens[at..]) {
                    let before = &tokens[at.saturating_sub(6)..at];
                    let here = before
                        .iter()
                        .rposition(|token| [";", "}", "]", "{"].contains(&token.as_str()));
                    let is_public = before[here.map_or(0, |here| here + 1)..]
                        .iter()
                        .any(|token| token == "pub");
                    let of = of.as_ref().map(|(name, _)| name.clone());
                    let name = tokens[at + 1].clone();
                    found.push(Function {
                        name,
                        file: file.to_owned(),
                        of,
                        is_public,
                        route: route.take(),
                        tokens: tokens_of.to_vec(),
                    });
                }
            }
            _ => {}
        }
    }
    found
}

/// The route of an attribute that begins with these tokens: `utoipa::path(get, …, operation_id = "…", …)`.
fn route_of(attribute: &[Token]) -> Option<Route> {
    let head = ["utoipa", ":", ":", "path", "("];
    if attribute.len() <= head.len() || !attribute[..head.len()].iter().eq(head) {
        return None;
    }
    let mut rest = attribute.windows(3);
    let named = rest.find(|seen| seen[0] == "operation_id" && seen[1] == "=")?;
    Some(Route {
        method: attribute[head.len()].clone(),
        operation: named[2].trim_matches('"').to_owned(),
    })
}

/// The type of `impl … Type …` and of `impl Trait for Type …`.
fn implemented(head: &[&Token]) -> Option<String> {
    let mut angles = 0_usize;
    let mut name = None;
    for token in &head[1..] {
        match token.as_str() {
            "<" => angles += 1,
            ">" => angles = angles.saturating_sub(1),
            "where" => break,
            "for" if angles == 0 => name = None,
            word if angles == 0 && is_word(word) => name = Some(word.to_owned()),
            _ => {}
        }
    }
    name
}

/// Signature and body of the function that begins here; none of a trait's method without a body.
fn whole(tokens: &[Token]) -> Option<&[Token]> {
    let open = tokens
        .iter()
        .position(|token| token == "{" || token == ";")?;
    if tokens[open] == ";" {
        return None;
    }
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return Some(&tokens[..=at]),
            "}" => depth -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn a_function_is_read_with_its_type_and_its_calls() {
    let text = r#"
        //! Words in comments are nothing: fn not_me() {}
        impl<'a> Display for Desk<'a> { pub(crate) async fn look(&self, c: char) -> bool { c == '{' || self.see("fn }") } }
        #[utoipa::path(post, path = "/a", operation_id = "free")]
        fn free(caller: Caller<Fly>) { other::call(1) }
        #[cfg(test)] mod tests { fn tested() {} }
    "#;
    let read = functions_of("a.rs", &without_tests(tokens(text)));
    let seen: Vec<_> = read
        .iter()
        .map(|f| (f.name.as_str(), f.of.as_deref(), f.is_public))
        .collect();
    assert_eq!(seen, [("look", Some("Desk"), true), ("free", None, false)]);
    let route = read[1].route.as_ref().unwrap();
    assert_eq!(
        (route.method.as_str(), route.operation.as_str()),
        ("post", "free")
    );
    assert!(read[0].route.is_none());
    assert_eq!(
        [read[0].guard(), read[1].guard()],
        [None, Some(("Caller", "Fly"))]
    );
    assert!(
        read[0].tokens.contains(&"see".to_owned()) && read[1].tokens.contains(&"call".to_owned())
    );
}
