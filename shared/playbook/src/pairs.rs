//! `Name=value; Name=value`: names with their values in one text. The text is cut before its expressions are evaluated, so what
//! one of them gives cannot begin another pair.

use crate::template::Part;

/// Most pairs of a text.
const MAX_PAIRS: usize = 20;

/// The pairs of a text: each name, and the parts of its value.
pub(crate) fn split<'a>(parts: &[Part<'a>]) -> Result<Vec<(&'a str, Vec<Part<'a>>)>, String> {
    let mut pieces: Vec<Vec<Part<'a>>> = vec![Vec::new()];
    for part in parts {
        let mut add = |part| pieces.last_mut().map(|piece: &mut Vec<_>| piece.push(part));
        match part {
            Part::Expression(_) => {
                add(*part);
            }
            Part::Literal(text) => {
                let mut texts = text.split(';');
                add(Part::Literal(texts.next().unwrap_or_default()));
                pieces.extend(texts.map(|text| vec![Part::Literal(text)]));
            }
        }
    }
    let is_empty = |piece: &Vec<Part<'_>>| {
        let blank = |part: &Part<'_>| matches!(part, Part::Literal(text) if text.trim().is_empty());
        piece.iter().all(blank)
    };
    pieces.retain(|piece| !is_empty(piece));
    if pieces.len() > MAX_PAIRS {
        return Err(format!("write at most {MAX_PAIRS} pairs"));
    }
    let mut pairs: Vec<(&str, Vec<Part<'a>>)> = Vec::new();
    for piece in pieces {
        let Some((Part::Literal(first), rest)) = piece.split_first() else {
            return Err("write `Name=value`, pairs parted by `;`".to_owned());
        };
        let (name, value) = first
            .split_once('=')
            .ok_or("write `Name=value`, pairs parted by `;`")?;
        let name = name.trim();
        let mut letters = name.bytes();
        let named = letters.next().is_some_and(|b| b.is_ascii_alphabetic())
            && letters.all(|b| b.is_ascii_alphanumeric() || b == b'_')
            && name.len() <= 64;
        if !named {
            return Err("a name is a letter, then letters, digits and `_`, at most 64".to_owned());
        }
        if pairs.iter().any(|(other, _)| *other == name) {
            return Err(format!("`{name}` is there twice"));
        }
        let mut parts = vec![Part::Literal(value.trim_start())];
        parts.extend(rest);
        pairs.push((name, parts));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::parts;

    fn names(text: &str) -> Result<Vec<String>, String> {
        let parts = parts(text)?;
        let pairs = split(&parts)?;
        Ok(pairs.into_iter().map(|(name, _)| name.to_owned()).collect())
    }

    #[test]
    fn pairs_are_parted_outside_of_expressions() {
        assert_eq!(
            names("User={{ 'a;b=c' }}; Browser = Edge;").unwrap(),
            ["User", "Browser"]
        );
        assert_eq!(names(" ; ").unwrap(), Vec::<String>::new());
        let text = parts("A=x {{ n }} y;B=1=2").unwrap();
        let pairs = split(&text).unwrap();
        assert_eq!(
            pairs[0].1,
            [
                Part::Literal("x "),
                Part::Expression("n"),
                Part::Literal(" y")
            ]
        );
        assert_eq!(pairs[1], ("B", vec![Part::Literal("1=2")]));
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        for bad in [
            "Edge",
            "{{ n }}=x",
            "a b=x",
            "1=x",
            "A=x; A=y",
            &"A=x;".repeat(2),
        ] {
            assert!(names(bad).is_err(), "{bad}");
        }
        let many: Vec<String> = (0..21).map(|n| format!("p{n}=x")).collect();
        assert!(names(&many.join(";")).is_err());
    }
}
