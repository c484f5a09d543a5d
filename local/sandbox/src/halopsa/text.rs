//! HTML notes and their plain text.

/// The text of a piece of HTML: tags out, a space in their place.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut in_tag = false;
    for letter in html.chars() {
        match letter {
            '<' => in_tag = true,
            '>' if in_tag => {
                in_tag = false;
                text.push(' ');
            }
            _ if in_tag => {}
            letter => text.push(letter),
        }
    }
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match quick_xml::escape::unescape(&text) {
        Ok(plain) => plain.into_owned(),
        Err(_) => text,
    }
}
