//! Halo's markup: text out of it, text into it.

/// Elements whose end, or which themselves, begin a new line.
const BREAKS: [&str; 12] = [
    "br",
    "p",
    "div",
    "li",
    "tr",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "blockquote",
];
/// Elements whose content is not text.
const HIDDEN: [&str; 3] = ["script", "style", "title"];
/// Other elements that mail programs write.
const PLAIN: [&str; 21] = [
    "html", "head", "body", "meta", "link", "span", "a", "b", "i", "u", "em", "strong", "font",
    "img", "td", "th", "tbody", "thead", "hr", "pre", "center",
];

/// `text` without markup. Text that holds none is left as it is, `<john@example.com>` and `a < b` among it.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marked = false;
    let mut hidden = None;
    let mut rest = text;
    let ends = Ends::of(text);
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        if hidden.is_none() {
            out.push_str(before);
        }
        let Some((name, closing, after)) = tag(from, &ends) else {
            if hidden.is_none() {
                out.push('<');
            }
            rest = &from[1..];
            continue;
        };
        marked = true;
        rest = after;
        match hidden {
            Some(open) if closing && open == name => hidden = None,
            None if HIDDEN.contains(&name) && !closing => hidden = Some(name),
            None if BREAKS.contains(&name) => out.push('\n'),
            Some(_) | None => {}
        }
    }
    if hidden.is_none() {
        out.push_str(rest);
    }
    if marked {
        tidy(&entities(&out))
    } else {
        text.to_owned()
    }
}

/// `text` as markup.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>"),
            '\r' => {}
            other => out.push(other),
        }
    }
    out
}

/// How much text follows the last end of a tag and the last end of a comment: behind them nothing is looked for, so that
/// text full of beginnings costs no more than other text.
struct Ends {
    tag: usize,
    comment: usize,
}

impl Ends {
    fn of(text: &str) -> Self {
        let behind = |end| text.rfind(end).map_or(usize::MAX, |at| text.len() - at);
        Self {
            tag: behind(">"),
            comment: behind("-->"),
        }
    }
}

/// The element that `text` begins with, whether it is a closing tag, and what follows it. A comment is an element
/// called "".
fn tag<'a>(text: &'a str, ends: &Ends) -> Option<(&'static str, bool, &'a str)> {
    if text.len() < ends.tag {
        return None;
    }
    if let Some(comment) = text.strip_prefix("<!") {
        let end = if comment.starts_with("--") {
            "-->"
        } else {
            ">"
        };
        if end == "-->" && comment.len() < ends.comment {
            return None;
        }
        let at = comment.find(end)?;
        return Some(("", false, &comment[at + end.len()..]));
    }
    let inner = text.strip_prefix('<')?;
    let (inner, closing) = match inner.strip_prefix('/') {
        Some(inner) => (inner, true),
        None => (inner, false),
    };
    let length = inner.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let written = &inner[..length];
    let name = BREAKS
        .iter()
        .chain(&HIDDEN)
        .chain(&PLAIN)
        .find(|name| name.eq_ignore_ascii_case(written))?;
    let behind = &inner[length..];
    if !behind.starts_with(['>', '/', ' ', '\t', '\r', '\n']) {
        return None;
    }
    let end = behind.find('>')?;
    Some((name, closing, &behind[end + 1..]))
}

fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((c, length)) = entity(rest) {
            out.push(c);
            rest = &rest[length..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(10).position(|b| b == b';')?;
    let name = &text[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).map(|c| if c == '\u{a0}' { ' ' } else { c })?
        }
    };
    Some((c, end + 1))
}

/// Lines without space at their ends, and no two empty ones in a row.
fn tidy(text: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_lines_of_text() {
        let html = "<html><head><style>p{color:red}</style></head><body><p>Hello,</p><p class=\"x\">I forgot my \
                    password &amp; can&#39;t log&nbsp;in.<br/>John</p><!-- sig --><SCRIPT>alert(1)</SCRIPT></body></html>";
        assert_eq!(
            plain(html),
            "Hello,\n\nI forgot my password & can't log in.\nJohn"
        );
    }

    #[test]
    fn text_that_is_not_markup_stays_as_it_is() {
        for text in [
            "3 < 4 && 5 > 4",
            "John <john.doe@company.com> wrote:  two  spaces",
            "AT&amp;T",
            "a < b\n\n\n\nc",
            "<",
        ] {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn markup_that_never_ends_harms_nobody() {
        for text in [
            "<p",
            "<!--",
            "<style>x",
            "<p><",
            "&#x110000;<br>",
            "<br>&#",
            "<br>ü&ü",
        ] {
            let _ = plain(text);
        }
        for text in ["<p ", "<!--", "<!", "<", "&"] {
            let began = std::time::Instant::now();
            let _ = plain(&text.repeat(200_000));
            assert!(began.elapsed().as_secs() < 2, "{text}");
        }
        assert_eq!(plain("<br>&#x110000;"), "&#x110000;");
    }

    #[test]
    fn what_is_escaped_reads_back() {
        let text = "<b>\"Tom\" & 'Ann'</b>";
        assert_eq!(
            escape(text),
            "&lt;b&gt;&quot;Tom&quot; &amp; &#39;Ann&#39;&lt;/b&gt;"
        );
        assert_eq!(plain(&format!("<p>{}</p>", escape(text))), text);
    }
}
