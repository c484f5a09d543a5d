//! `GET /redoc` and `GET /redoc/{file}`: ReDoc, for reading the API from top to bottom.

use crate::page::{page, with_workers};
use axum::extract::Path;
use axum::response::Response;
use kit::{App, Problem, Problems, path_prefix};

/// ReDoc itself. `assets/redoc/README.md` says where it is from.
const SCRIPT: &[u8] = include_bytes!("../assets/redoc/redoc.standalone.js");

/// The licences of ReDoc and of what is bundled in it.
const LICENSES: &str = concat!(
    include_str!("../assets/redoc/LICENSE"),
    "\n",
    include_str!("../assets/redoc/redoc.standalone.js.LICENSE.txt")
);

/// The API's documentation, to read.
#[utoipa::path(get, path = "/redoc", operation_id = "get_redoc",
    responses((status = 200, description = "ReDoc.", body = String, content_type = "text/html")))]
pub(crate) async fn get_redoc(app: App) -> Response {
    let html = html(path_prefix(&app.config().public_base_url));
    with_workers(page("text/html; charset=utf-8", html))
}

/// A file that ReDoc's page loads, or its licences.
#[utoipa::path(get, path = "/redoc/{file}", operation_id = "get_redoc_file",
    params(("file" = String, Path, description = "One of ReDoc's files.", example = "redoc.standalone.js")),
    responses((status = 200, description = "The file.", body = String, content_type = "application/octet-stream"),
        Problems))]
pub(crate) async fn get_redoc_file(Path(name): Path<String>) -> Result<Response, Problem> {
    file(&name)
}

fn file(name: &str) -> Result<Response, Problem> {
    match name {
        "redoc.standalone.js" => Ok(page("text/javascript; charset=utf-8", SCRIPT)),
        "redoc.standalone.js.LICENSE.txt" => Ok(page("text/plain; charset=utf-8", LICENSES)),
        _ => Err(Problem::not_found("file")),
    }
}

/// The page: ReDoc finds its element and shows the document that the element names.
fn html(prefix: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Deskhand API</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <style>body {{ margin: 0; }}</style>\n</head>\n<body>\n\
         <redoc spec-url=\"{prefix}/schema\"></redoc>\n\
         <script src=\"{prefix}/redoc/redoc.standalone.js\"></script>\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_there_and_it_runs_no_script_of_its_own() {
        let html = html("/live");
        assert!(html.contains("spec-url=\"/live/schema\""), "{html}");
        let script = html.split("<script src=\"/live/redoc/").nth(1).unwrap();
        assert!(file(script.split('"').next().unwrap()).is_ok());
        assert_eq!(html.matches("<script").count(), 1);
    }

    #[test]
    fn the_scripts_own_notice_names_a_file_that_is_there() {
        let head = String::from_utf8_lossy(&SCRIPT[..120]);
        let name = head
            .split("please see ")
            .nth(1)
            .unwrap()
            .split(' ')
            .next()
            .unwrap();
        assert!(file(name).is_ok(), "{name}");
        assert!(file("../README.md").is_err());
    }
}
