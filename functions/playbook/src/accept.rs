//! Which form of an answer a caller wants, and whether they have it already.

use http::{HeaderMap, HeaderName, header};

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Yaml,
}

impl Form {
    /// The form that `Accept` likes best; JSON where it names neither or both alike.
    pub(crate) fn wanted(headers: &HeaderMap) -> Self {
        let yaml = liking(
            headers,
            &["application/yaml", "application/x-yaml", "text/yaml"],
        );
        if yaml > liking(headers, &["application/json"]) {
            Self::Yaml
        } else {
            Self::Json
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Yaml => "yaml",
        }
    }
}

/// How much `Accept` likes one of these kinds, 0 to 1.
fn liking(headers: &HeaderMap, kinds: &[&str]) -> f32 {
    parts(headers, &header::ACCEPT)
        .filter_map(|part| {
            let (kind, rest) = part.split_once(';').unwrap_or((part, ""));
            let weight = rest
                .split(';')
                .find_map(|parameter| parameter.trim().strip_prefix("q="));
            let named = kinds
                .iter()
                .any(|name| kind.trim().eq_ignore_ascii_case(name));
            named.then(|| weight.map_or(1.0, |q| q.parse().unwrap_or(0.0)))
        })
        .fold(0.0, f32::max)
}

/// Whether the caller says that they hold the answer with this tag.
pub(crate) fn holds(headers: &HeaderMap, tag: &str) -> bool {
    parts(headers, &header::IF_NONE_MATCH)
        .any(|held| held == "*" || held.strip_prefix("W/").unwrap_or(held) == tag)
}

/// Whether what stands, by its tags, is what the caller wants to follow on. Who does not say follows on anything.
pub(crate) fn asked_for(headers: &HeaderMap, tags: &[String]) -> bool {
    !headers.contains_key(header::IF_MATCH)
        || parts(headers, &header::IF_MATCH)
            .any(|wanted| wanted == "*" || tags.iter().any(|tag| tag == wanted))
}

fn parts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn json_is_given_unless_yaml_is_liked_better() {
        let wanted = |accept| Form::wanted(&with(header::ACCEPT, accept));
        for yaml in [
            "application/yaml",
            "text/yaml",
            "application/json;q=0.5, application/yaml",
            "APPLICATION/YAML",
        ] {
            assert_eq!(wanted(yaml), Form::Yaml, "{yaml:?}");
        }
        for json in [
            "",
            "*/*",
            "application/json",
            "application/yaml;q=0",
            "application/yaml, application/json",
        ] {
            assert_eq!(wanted(json), Form::Json, "{json:?}");
        }
    }

    #[test]
    fn who_names_a_tag_follows_on_that_alone() {
        let tags = ["\"a.json\"".to_owned(), "\"a.yaml\"".to_owned()];
        let asked = |list| asked_for(&with(header::IF_MATCH, list), &tags);
        assert!(asked("\"a.yaml\"") && asked("\"b\", \"a.json\"") && asked("*"));
        assert!(!asked("\"b.json\"") && !asked("") && !asked("W/\"a.json\""));
        assert!(asked_for(&HeaderMap::new(), &tags));
    }

    #[test]
    fn a_tag_is_known_in_any_form_of_the_list() {
        let held = |list| holds(&with(header::IF_NONE_MATCH, list), "\"a.json\"");
        assert!(held("\"a.json\"") && held("\"b\", W/\"a.json\"") && held("*"));
        assert!(!held("\"a\"") && !held("") && !held("a.json"));
    }
}
