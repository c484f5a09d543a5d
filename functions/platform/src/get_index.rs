//! `GET /`: what the API has, for programs, and as a page for people.

use crate::accept::prefers;
use crate::document::{document, operations};
use crate::page::page;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use kit::{App, Problem, path_prefix};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The documents and checks that the index links to.
const LINKS: [(&str, &str); 7] = [
    ("docs", "/docs"),
    ("redoc", "/redoc"),
    ("schema", "/schema/"),
    ("postman", "/postman.json"),
    ("health", "/health"),
    ("ready", "/ready"),
    ("self", "/"),
];

/// What the API has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Index {
    /// What answers here.
    #[schema(example = "Deskhand")]
    name: &'static str,
    /// What it is for.
    description: &'static str,
    /// The deployed version.
    version: &'static str,
    /// Documents and checks, by name.
    #[schema(value_type = BTreeMap<String, String>, example = json!({"docs": "/docs", "health": "/health"}))]
    links: BTreeMap<&'static str, String>,
    /// The services.
    services: Vec<IndexService>,
}

/// A service and its routes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndexService {
    /// Its name, which is its tag in the document.
    #[schema(example = "classifier")]
    name: &'static str,
    /// What it is for.
    description: &'static str,
    /// What may be asked of it.
    routes: Vec<IndexRoute>,
}

/// A route.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndexRoute {
    /// The method.
    #[schema(example = "POST")]
    method: String,
    /// The path.
    #[schema(example = "/api/v1/classify_ticket")]
    path: &'static str,
    /// Its `operationId` in the document.
    #[schema(example = "classify_ticket")]
    operation: &'static str,
    /// What it does.
    summary: &'static str,
}

/// What the API has: its documents, its services and their routes. JSON, or a page where `Accept` prefers HTML.
#[utoipa::path(get, path = "/", operation_id = "get_index", responses(
    (status = 200, description = "The index.", content((Index = "application/json"), (String = "text/html")))))]
pub(crate) async fn get_index(app: App, headers: HeaderMap) -> Result<Response, Problem> {
    let index = index(path_prefix(&app.config().public_base_url))?;
    let mut response = if prefers(&headers, "html", "json") {
        page("text/html; charset=utf-8", index.html())
    } else {
        let text = serde_json::to_string(&index).map_err(|error| Problem::internal(&error))?;
        page("application/json", text)
    };
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("accept"));
    Ok(response)
}

/// The index as the document has it.
fn index(prefix: &str) -> Result<Index, Problem> {
    let document = document()?;
    let tags = document["tags"].as_array().into_iter().flatten();
    Ok(Index {
        name: text(&document["info"]["title"]),
        description: text(&document["info"]["description"]),
        version: env!("CARGO_PKG_VERSION"),
        links: LINKS
            .iter()
            .map(|(name, path)| (*name, format!("{prefix}{path}")))
            .collect(),
        services: tags
            .map(|tag| IndexService {
                name: text(&tag["name"]),
                description: text(&tag["description"]),
                routes: operations(document)
                    .filter(|(_, _, said)| said["tags"][0] == tag["name"])
                    .map(|(method, path, said)| IndexRoute {
                        method,
                        path,
                        operation: text(&said["operationId"]),
                        summary: text(&said["summary"]),
                    })
                    .collect(),
            })
            .collect(),
    })
}

fn text(value: &'static Value) -> &'static str {
    value.as_str().unwrap_or_default()
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:3rem auto;padding:0 1.5rem;color:#1c2733}\
    h1{margin:0}h2{margin:2.5rem 0 0;text-transform:capitalize}p{margin:.25rem 0 .75rem;color:#51606f}\
    nav{margin:1rem 0 2rem}nav a{display:inline-block;margin:0 .5rem .5rem 0;padding:.3rem .8rem;border:1px solid #c9d3dd;border-radius:.4rem}\
    a{color:#0b5cad;text-decoration:none}a:hover{text-decoration:underline}\
    table{border-collapse:collapse;width:100%}td{padding:.35rem .75rem .35rem 0;border-top:1px solid #e3e9ef;vertical-align:top}\
    td:first-child{width:4.5rem;font-weight:600}td:nth-child(2){width:27rem}code{font:14px ui-monospace,monospace;overflow-wrap:anywhere}\
    @media(prefers-color-scheme:dark){body{background:#12181f;color:#dde5ec}p{color:#9aa8b5}a{color:#7db7f0}nav a,td{border-color:#2b3743}}";

impl Index {
    /// The index as a page.
    fn html(&self) -> String {
        let docs = self.links.get("docs").map_or("", String::as_str);
        let links: Vec<String> = self
            .links
            .iter()
            .filter(|(name, _)| **name != "self")
            .map(|(name, path)| format!("<a href=\"{}\">{}</a>", escaped(path), escaped(name)))
            .collect();
        let services: Vec<String> = self
            .services
            .iter()
            .filter(|service| !service.routes.is_empty())
            .map(|service| service.html(docs))
            .collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{name}</title>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n\
             <style>{STYLE}</style>\n</head>\n<body>\n\
             <h1>{name}</h1>\n<p>{description} Version {version}.</p>\n<nav>{links}</nav>\n{services}</body>\n</html>\n",
            name = escaped(self.name),
            description = escaped(self.description),
            version = escaped(self.version),
            links = links.concat(),
            services = services.concat(),
        )
    }
}

impl IndexService {
    fn html(&self, docs: &str) -> String {
        let rows: Vec<String> = self
            .routes
            .iter()
            .map(|route| {
                format!(
                    "<tr><td>{}</td><td><a href=\"{}#/{}/{}\"><code>{}</code></a></td><td>{}</td></tr>\n",
                    escaped(&route.method),
                    escaped(docs),
                    escaped(self.name),
                    escaped(route.operation),
                    escaped(route.path),
                    escaped(route.summary),
                )
            })
            .collect();
        format!(
            "<h2>{}</h2>\n<p>{}</p>\n<table>\n{}</table>\n",
            escaped(self.name),
            escaped(self.description),
            rows.concat()
        )
    }
}

/// `text` as it may stand in HTML, without Markdown's marks of code.
fn escaped(text: &str) -> String {
    text.replace('`', "")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_of_the_document_stands_under_its_service_once() {
        let index = index("").unwrap();
        let routes = index.services.iter().flat_map(|service| &service.routes);
        let mut named: Vec<&str> = routes.map(|route| route.operation).collect();
        let mut all: Vec<&str> = operations(document().unwrap())
            .map(|(_, _, said)| said["operationId"].as_str().unwrap())
            .collect();
        named.sort_unstable();
        all.sort_unstable();
        assert_eq!(named, all);
        assert!(
            index
                .services
                .iter()
                .all(|service| !service.description.is_empty())
        );
    }

    #[test]
    fn what_is_linked_is_a_route_and_behind_a_prefix() {
        let paths: Vec<&str> = operations(document().unwrap())
            .map(|(_, path, _)| path)
            .collect();
        for (name, path) in index("/live").unwrap().links {
            let path = path.strip_prefix("/live").unwrap();
            let short = path
                .strip_suffix('/')
                .filter(|short| !short.is_empty())
                .unwrap_or(path);
            assert!(paths.contains(&short), "{name}: {path}");
        }
    }

    #[test]
    fn the_page_names_every_route_and_runs_nothing() {
        let index = index("").unwrap();
        let html = index.html();
        for route in index.services.iter().flat_map(|service| &service.routes) {
            assert!(
                html.contains(&format!("<code>{}</code>", route.path)),
                "{}",
                route.path
            );
        }
        assert!(!html.contains("<script"));
    }

    #[test]
    fn a_summary_cannot_become_markup() {
        assert_eq!(
            escaped("`x` <b a=\"1\">&"),
            "x &lt;b a=&quot;1&quot;&gt;&amp;"
        );
    }
}
