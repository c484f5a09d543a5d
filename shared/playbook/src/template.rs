//! Texts with `{{ expression }}` in them.

/// Longest text of one template, before rendering.
pub(crate) const MAX_BYTES: usize = 4_096;

/// Most expressions in one template.
const MAX_EXPRESSIONS: usize = 20;

/// A piece of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// Stands as it is.
    Literal(&'a str),
    /// Is evaluated.
    Expression(&'a str),
}

/// Cuts a text into its parts.
pub(crate) fn parts(text: &str) -> Result<Vec<Part<'_>>, String> {
    if text.len() > MAX_BYTES {
        return Err(format!("a text has at most {MAX_BYTES} bytes"));
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        if start > 0 {
            parts.push(Part::Literal(&rest[..start]));
        }
        let inside = &rest[start + 2..];
        let end = closing(inside).ok_or("`{{` has no `}}`: close it")?;
        parts.push(Part::Expression(inside[..end].trim()));
        rest = &inside[end + 2..];
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest));
    }
    if parts
        .iter()
        .filter(|part| matches!(part, Part::Expression(_)))
        .count()
        > MAX_EXPRESSIONS
    {
        return Err(format!("a text has at most {MAX_EXPRESSIONS} expressions"));
    }
    Ok(parts)
}

/// The expression, where the text is one and nothing else: its value then keeps its type.
pub(crate) fn sole<'a>(parts: &[Part<'a>]) -> Option<&'a str> {
    match parts {
        [Part::Expression(expression)] => Some(expression),
        _ => None,
    }
}

/// Where `}}` stands outside of quotes.
fn closing(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while at < bytes.len() {
        match (quote, bytes[at]) {
            (Some(_), b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (None, byte @ (b'\'' | b'"')) => quote = Some(byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_double_braces_only() {
        assert_eq!(
            parts("code: {credential}"),
            Ok(vec![Part::Literal("code: {credential}")])
        );
        assert_eq!(
            parts("Hi {{ ticket.name }}, {{'}}'}}!"),
            Ok(vec![
                Part::Literal("Hi "),
                Part::Expression("ticket.name"),
                Part::Literal(", "),
                Part::Expression("'}}'"),
                Part::Literal("!"),
            ])
        );
        assert!(parts("{{ ticket.name }").is_err());
        assert!(parts(&"{{1}}".repeat(21)).is_err());
    }

    #[test]
    fn only_an_expression_by_itself_is_the_sole_one() {
        assert_eq!(sole(&parts("{{ a }}").unwrap()), Some("a"));
        assert_eq!(sole(&parts("{{ a }} ").unwrap()), None);
        assert_eq!(sole(&parts("").unwrap()), None);
    }
}
