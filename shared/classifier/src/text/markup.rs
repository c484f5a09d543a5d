//! HTML made plain: tags gone, blocks as lines, the usual entities as their characters.

/// The longest thing between angle brackets that is still a tag.
const LONGEST_TAG: usize = 4096;
/// What is never shown, with all that is in it.
const HIDDEN: [&str; 4] = ["style", "script", "head", "title"];
/// What begins a line of its own.
const BLOCKS: [&str; 14] = [
    "br", "p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "hr", "body",
];
/// Styles that keep text from being seen, without spaces.
const UNSEEN: [&str; 9] = [
    "display:none",
    "visibility:hidden",
    "font-size:1px",
    "max-height:0",
    "mso-hide:all",
    "left:-999",
    "top:-999",
    "text-indent:-999",
    "clip:rect(0",
];
/// The same, when no digit behind a point follows.
const UNSEEN_AT_0: [&str; 2] = ["font-size:0", "opacity:0"];
/// Colours that are a page's own.
const OF_PAPER: [&str; 4] = ["#fff", "white", "transparent", "rgb(255,255,255)"];
/// Attributes whose text a reader sees at most while pointing at it.
const BESIDE: [&str; 3] = ["alt=", "title=", "aria-label="];
/// The names of mark-up that pages and mails are made of; what else is in angle brackets somebody wrote.
const NAMES: &str = "a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink \
    blockquote body br button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir \
    div dl doctype dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header \
    hgroup hr html i iframe img input ins kbd label legend li link main map mark marquee menu meta meter nav nobr \
    noscript object ol optgroup option output p param picture pre progress q rp rt ruby s samp script section select \
    slot small source span strike strong style sub summary sup svg table tbody td template textarea tfoot th thead time \
    title tr track tt u ul var video wbr xml";
/// A line that says: from here on it is quoted.
const QUOTE: &str = "\n-----original message-----\n";

/// A page taken apart.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// What a reader sees.
    pub(super) seen: String,
    /// What it keeps from the reader's eyes.
    pub(super) hidden: String,
    /// What stands beside: the texts of pictures and of what is pointed at.
    pub(super) beside: String,
    /// Whether it has mark-up of its own making, as in "<system>…</system>".
    pub(super) imitates: bool,
}

/// What a reader would see of `text`, and what not.
pub(super) fn visible(text: &str) -> Page {
    let mut page = Page {
        seen: String::with_capacity(text.len()),
        ..Page::default()
    };
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        page.seen.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with('<') {
            page.tag(rest)
        } else {
            entity(rest, &mut page.seen)
        };
        rest = &rest[taken..];
    }
    page.seen.push_str(rest);
    page
}

impl Page {
    /// Takes a tag from the front of `rest`, or the bracket alone when it opens none. The length of what was taken.
    fn tag(&mut self, rest: &str) -> usize {
        if let Some(comment) = rest.strip_prefix("<!--") {
            let end = comment.find("-->").unwrap_or(comment.len());
            // Mail programs leave conditions of their own: "<!--[if mso]>".
            if !comment.trim_start().starts_with('[') {
                self.hidden.push_str(&comment[..end]);
                self.hidden.push('\n');
            }
            return (4 + end + 3).min(rest.len());
        }
        let opens =
            rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        let window = &rest[..rest.floor_char_boundary(LONGEST_TAG)];
        let Some(end) = window.find('>').filter(|_| opens) else {
            self.seen.push('<');
            return 1;
        };
        let inside = window[1..end].to_ascii_lowercase();
        let name = inside
            .trim_start_matches(['/', '!'])
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let closes = inside.starts_with('/');
        if is_unseen(&inside) {
            self.hidden.push_str("style keeps text from being seen\n");
        }
        if !closes && (HIDDEN.contains(&name) || name == "template") {
            let until = format!("</{name}");
            let behind = &rest[end..];
            let length = find_ignoring_case(behind, &until).unwrap_or(behind.len());
            if name == "template" {
                self.hidden.push_str(&behind[1..length.max(1)]);
                self.hidden.push('\n');
            }
            return end + length;
        }
        self.beside(&inside);
        if !closes
            && (name == "blockquote"
                || inside.contains("gmail_quote")
                || inside.contains("divrplyfwdmsg"))
        {
            self.seen.push_str(QUOTE);
        } else if BLOCKS.contains(&name) {
            self.seen.push('\n');
        } else if inside.contains('@') {
            self.seen.push_str(&inside);
        } else if name == "td" || name == "th" {
            self.seen.push(' ');
        } else if !inside.contains(':') && !NAMES.split(' ').any(|known| known == name) {
            // "Account of <name>" is no mark-up, and "</system>" imitates it.
            self.imitates |= closes;
            self.seen.push(' ');
            self.seen.push_str(&window[1..end]);
            self.seen.push(' ');
        }
        end + 1
    }

    fn beside(&mut self, inside: &str) {
        for name in BESIDE {
            let value = inside.split_once(name).map(|(_, behind)| behind);
            let quoted = value.and_then(|value| {
                let mark = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
                value[1..].split(mark).next()
            });
            if let Some(text) = quoted {
                self.beside.push_str(text);
                self.beside.push('\n');
            }
        }
    }
}

/// Whether what the tag holds is not to be seen.
fn is_unseen(inside: &str) -> bool {
    let close = inside.replace(' ', "");
    let at_0 = |style: &&str| {
        let behind = close.split_once(*style).map(|(_, behind)| behind);
        behind.is_some_and(|behind| !behind.starts_with('.'))
    };
    let paper = close.match_indices("color:").any(|(at, word)| {
        !close[..at].ends_with('-')
            && OF_PAPER
                .iter()
                .any(|colour| close[at + word.len()..].starts_with(colour))
    });
    let attribute = inside
        .split([' ', '\n', '\t'])
        .skip(1)
        .any(|word| word.split('=').next() == Some("hidden"));
    paper
        || attribute
        || UNSEEN.iter().any(|style| close.contains(style))
        || UNSEEN_AT_0.iter().any(at_0)
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
        visible(text).seen
    }

    #[test]
    fn what_is_no_tag_stays() {
        assert_eq!(seen("a < b & c > d"), "a < b & c > d");
        assert_eq!(seen("x <"), "x <");
        assert_eq!(seen("R&D &unknown; &#x41;&#66;"), "R&D &unknown; AB");
        assert_eq!(seen("of <Your Name>."), "of  Your Name .");
    }

    #[test]
    fn what_is_hidden_is_told_apart_and_a_quote_is_marked() {
        let page = visible("a<!-- b -->c<script>d</SCRIPT>e");
        assert_eq!((page.seen.as_str(), page.hidden.as_str()), ("ace", " b \n"));
        assert_eq!(visible("a<!--[if mso]>x<![endif]-->").hidden, "");
        assert!(seen("a<blockquote>b").contains("original message"));
        assert_eq!(seen("<john@example.com>"), "john@example.com");
        assert_eq!(visible("<template>b</template>").hidden, "b\n");
    }

    #[test]
    fn a_style_that_keeps_text_from_being_seen_is_hidden_text() {
        for style in [
            "display: none",
            "opacity:0",
            "color:#FFFFFF",
            "left:-9999px",
            "font-size:0px",
        ] {
            assert!(
                !visible(&format!("a<p style='{style}'>b</p>"))
                    .hidden
                    .is_empty(),
                "{style}"
            );
        }
        assert!(!visible("<p hidden>b</p>").hidden.is_empty());
        for style in [
            "opacity:0.9",
            "font-size:0.8em",
            "background-color:#fff",
            "color:#333",
        ] {
            assert_eq!(
                visible(&format!("a<p style='{style}'>b</p>")).hidden,
                "",
                "{style}"
            );
        }
    }

    #[test]
    fn mark_up_of_ones_own_making_is_told_and_a_pictures_text_stands_beside() {
        let page = visible("a<system>b</system><img alt=\"c d\"><o:p></o:p>");
        assert!(page.imitates);
        assert!(page.seen.contains("system b"), "{}", page.seen);
        assert_eq!(page.beside, "c d\n");
        assert!(!visible("<div><o:p>&nbsp;</o:p></div></unknown:x>").imitates);
    }

    #[test]
    fn a_thing_that_never_ends_is_no_error() {
        assert_eq!(seen("a<!-- b"), "a");
        assert_eq!(seen("a<!--"), "a");
        assert_eq!(seen("a<style>b"), "a");
        assert_eq!(seen("a<template>b"), "a");
        assert_eq!(seen("<img alt="), "<img alt=");
        assert_eq!(seen("<img alt=>"), "");
    }
}
