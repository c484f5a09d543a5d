//! What a client likes to get.

use http::{HeaderMap, header};

/// Whether `Accept` likes the kinds that end in `kind` more than those that end in `other`.
pub(crate) fn prefers(headers: &HeaderMap, kind: &str, other: &str) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    liking(accept, kind) > liking(accept, other)
}

/// How much `accept` likes the kinds that end in `kind`: from 0, not named, to 1.
fn liking(accept: &str, kind: &str) -> f32 {
    accept
        .split(',')
        .filter_map(|part| {
            let (name, rest) = part.split_once(';').unwrap_or((part, ""));
            let weight = rest
                .split(';')
                .find_map(|parameter| parameter.trim().strip_prefix("q="));
            name.trim()
                .to_ascii_lowercase()
                .ends_with(kind)
                .then(|| weight.map_or(1.0, |q| q.parse().unwrap_or(0.0)))
        })
        .fold(0.0_f32, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(accept: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())])
    }

    #[test]
    fn yaml_is_given_unless_json_is_asked_for() {
        for json in [
            "application/json",
            "application/json,*/*",
            "application/yaml;q=0.5, application/json",
        ] {
            assert!(prefers(&accepting(json), "json", "yaml"), "{json:?}");
        }
        for yaml in [
            "",
            "*/*",
            "text/html",
            "application/json, application/yaml",
            "application/json;q=0",
        ] {
            assert!(!prefers(&accepting(yaml), "json", "yaml"), "{yaml:?}");
        }
    }

    #[test]
    fn a_browser_prefers_html_and_a_program_does_not() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        assert!(prefers(&accepting(browser), "html", "json"));
        for program in [
            "*/*",
            "application/json",
            "application/json, text/html;q=0.9",
        ] {
            assert!(!prefers(&accepting(program), "html", "json"), "{program:?}");
        }
        assert!(!prefers(&HeaderMap::new(), "html", "json"));
    }
}
