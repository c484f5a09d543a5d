//! `GET /docs`, `GET /api/docs` and `GET /docs/{file}`: Swagger UI, for reading and trying the API.

use crate::page::page;
use axum::extract::Path;
use axum::response::Response;
use kit::{App, Problem, Problems, path_prefix};
use std::sync::Arc;
use utoipa_swagger_ui::{Config, serve};

/// The API's documentation, to read and to try.
#[utoipa::path(get, path = "/docs", operation_id = "get_docs",
    responses((status = 200, description = "Swagger UI.", body = String, content_type = "text/html")))]
pub(crate) async fn get_docs(app: App) -> Result<Response, Problem> {
    file(path_prefix(&app.config().public_base_url), "index.html")
}

/// The same page, where contract B has it.
#[utoipa::path(get, path = "/api/docs", operation_id = "get_api_docs",
    responses((status = 200, description = "Swagger UI.", body = String, content_type = "text/html")))]
pub(crate) async fn get_api_docs(app: App) -> Result<Response, Problem> {
    file(path_prefix(&app.config().public_base_url), "index.html")
}

/// A file that the documentation's page loads.
#[utoipa::path(get, path = "/docs/{file}", operation_id = "get_docs_file",
    params(("file" = String, Path, description = "One of Swagger UI's files.", example = "swagger-ui.css")),
    responses((status = 200, description = "The file.", body = String, content_type = "application/octet-stream"),
        Problems))]
pub(crate) async fn get_docs_file(app: App, Path(name): Path<String>) -> Result<Response, Problem> {
    file(path_prefix(&app.config().public_base_url), &name)
}

/// One of Swagger UI's own files. The page's names of its files begin at `/docs/`, and it shows `/schema`.
fn file(prefix: &str, name: &str) -> Result<Response, Problem> {
    let config = Config::from(format!("{prefix}/schema"))
        .use_base_layout()
        .deep_linking(true)
        .display_operation_id(true)
        .persist_authorization(true)
        .try_it_out_enabled(true)
        .doc_expansion("none")
        .validator_url("none");
    let found = serve(name, Arc::new(config)).map_err(|error| Problem::internal(error.as_ref()))?;
    let found = found.ok_or_else(|| Problem::not_found("file"))?;
    if name != "index.html" {
        return Ok(page(&found.content_type, found.bytes.into_owned()));
    }
    let html = String::from_utf8_lossy(&found.bytes).replacen(
        "<head>",
        &format!("<head>{}", base(prefix)),
        1,
    );
    Ok(page("text/html; charset=utf-8", html))
}

/// The line that makes the page's relative names begin at `/docs/`, whichever form of its address was asked for.
fn base(prefix: &str) -> String {
    format!("<base href=\"{prefix}/docs/\">")
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::header::CONTENT_TYPE;

    async fn text(response: Response) -> String {
        let bytes = axum::body::to_bytes(response.into_body(), 4 << 20)
            .await
            .unwrap();
        String::from_utf8(bytes.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn every_file_that_the_page_names_is_there() {
        let html = text(file("", "index.html").unwrap()).await;
        assert!(html.contains("<base href=\"/docs/\">"), "{html}");
        let names: Vec<&str> = html
            .split(['"', '\''])
            .filter_map(|part| part.strip_prefix("./"))
            .filter(|name| name.contains('.'))
            .collect();
        assert!(names.len() >= 4, "{names:?}");
        for name in names {
            assert!(file("", name).is_ok(), "{name}");
        }
    }

    #[tokio::test]
    async fn the_page_shows_our_schema_and_asks_nobody_else() {
        let response = file("/live", "swagger-initializer.js").unwrap();
        assert!(
            response.headers()[CONTENT_TYPE]
                .to_str()
                .unwrap()
                .contains("javascript")
        );
        let script = text(response).await;
        assert!(script.contains("\"url\": \"/live/schema\""), "{script}");
        assert!(script.contains("\"validatorUrl\": \"none\""), "{script}");
        assert!(!script.contains("petstore"), "{script}");
        for on in ["persistAuthorization", "tryItOutEnabled"] {
            assert!(script.contains(&format!("\"{on}\": true")), "{script}");
        }
    }

    #[test]
    fn a_file_that_is_not_swagger_uis_is_unknown() {
        for name in ["../Cargo.toml", "nothing.js", "swagger-ui.css.map"] {
            assert!(file("", name).is_err(), "{name:?}");
        }
    }

    #[tokio::test]
    async fn the_page_runs_no_script_of_its_own() {
        let html = text(file("", "index.html").unwrap()).await;
        assert!(
            html.matches("<script").count() == html.matches("<script src=").count(),
            "{html}"
        );
    }
}
