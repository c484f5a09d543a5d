//! HTML made plain: tags gone, blocks as lines, the usual entities as their characters.

/// The longest thing between angle brackets that is still a tag.
const LONGEST_TAG: usize = 4096;
/// What is never shown, with all that is in it.
const HIDDEN: [&str; 4] = ["style", "script", "head", "title"];
/// What begins a line of its own.
const BLOCKS: [&str; 14] = [
    "br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr", "body",
];
/// Styles that keep text from being seen.
const UNSEEN: [&str; 4] = [
    "display:none",
    "visibility:hidden",
    "font-size:0",
    "opacity:0",
];
/// A line that says: from here on it is quoted.
const QUOTE: &str = "\n-----original message-----\n";

/// What a reader would see of `text`, and what it keeps from the reader's eyes.
pub(super) fn visible(text: &str) -> (String, String) {
    let mut out = String::with_capacity(text.len());
    let mut hidden = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with('<') {
            tag(rest, &mut out, &mut hidden)
        } else {
            entity(rest, &mut out)
        };
        rest = &rest[taken..];
    }
    out.push_str(rest);
    (out, hidden)
}

/// Takes a tag from the front of `rest`, or the bracket alone when it opens none. The length of what was taken.
fn tag(rest: &str, out: &mut String, hidden: &mut String) -> usize {
    if let Some(comment) = rest.strip_prefix("<!--") {
        let end = comment.find("-->").unwrap_or(comment.len());
        // Mail programs leave conditions of their own: "<!--[if mso]>".
        if !comment.trim_start().starts_with('[') {
            hidden.push_str(&comment[..end]);
            hidden.push('\n');
        }
        return (4 + end + 3).min(rest.len());
    }
    let opens = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
    let window = &rest[..rest.floor_char_boundary(LONGEST_TAG)];
    let Some(end) = window.find('>').filter(|_| opens) else {
        out.push('<');
        return 1;
    };
    let inside = window[1..end].to_ascii_lowercase();
    let name = inside
        .trim_start_matches('/')
        .split(|c: char| !c.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    let closes = inside.starts_with('/');
    if UNSEEN
        .iter()
        .any(|style| inside.replace(' ', "").contains(style))
    {
        hidden.push_str("style keeps text from being seen\n");
    }
    if !closes && HIDDEN.contains(&name) {
        let until = format!("</{name}");
        return find_ignoring_case(&rest[end..], &until).map_or(rest.len(), |at| end + at);
    }
    if !closes
        && (name == "blockquote"
            || inside.contains("gmail_quote")
            || inside.contains("divrplyfwdmsg"))
    {
        out.push_str(QUOTE);
    } else if BLOCKS.contains(&name) {
        out.push('\n');
    } else if inside.contains('@') {
        out.push_str(&inside);
    } else if name == "td" || name == "th" {
        out.push(' ');
    }
    end + 1
}

fn find_ignoring_case(text: &str, word: &str) -> Option<usize> {
    text.as_bytes()
        .windows(word.len())
        .position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// Takes an entity from the front of `rest`, or the ampersand alone. The length of what was taken.
fn entity(rest: &str, out: &mut String) -> usize {
    let window = &rest[..rest.floor_char_boundary(12)];
    let known = window
        .find(';')
        .and_then(|end| Some((end, character(&window[1..end])?)));
    let Some((end, character)) = known else {
        out.push('&');
        return 1;
    };
    out.push(character);
    end + 1
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" | "rsquo" | "lsquo" => '\'',
        "nbsp" => ' ',
        "ndash" | "mdash" => '-',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::visible;

    fn seen(text: &str) -> String {
        visible(text).0
    }

    #[test]
    fn what_is_no_tag_stays() {
        assert_eq!(seen("a < b & c > d"), "a < b & c > d");
        assert_eq!(seen("x <"), "x <");
        assert_eq!(seen("R&D &unknown; &#x41;&#66;"), "R&D &unknown; AB");
    }

    #[test]
    fn what_is_hidden_is_told_apart_and_a_quote_is_marked() {
        assert_eq!(
            visible("a<!-- b -->c<script>d</SCRIPT>e"),
            ("ace".to_owned(), " b \n".to_owned())
        );
        assert!(!visible("a<p style='display: none'>b</p>").1.is_empty());
        assert_eq!(visible("a<!--[if mso]>x<![endif]-->").1, "");
        assert!(seen("a<blockquote>b").contains("original message"));
        assert_eq!(seen("<john@example.com>"), "john@example.com");
    }

    #[test]
    fn a_thing_that_never_ends_is_no_error() {
        assert_eq!(seen("a<!-- b"), "a");
        assert_eq!(seen("a<!--"), "a");
        assert_eq!(seen("a<style>b"), "a");
    }
}
