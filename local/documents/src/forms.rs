//! What a page of ours sends as a form, anybody else sends as JSON.

use utoipa::openapi::{OpenApi, RefOr};

const FORM: &str = "application/x-www-form-urlencoded";

/// Leaves a body's form out where the same may be sent as JSON: clients are generated from the document, and their generators take
/// the two for two bodies.
pub(crate) fn leave_out(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        let sending = [&mut item.post, &mut item.put, &mut item.patch];
        for operation in sending.into_iter().flatten() {
            if let Some(RefOr::T(body)) = &mut operation.request_body
                && body.content.contains_key("application/json")
            {
                body.content.remove(FORM);
            }
        }
    }
}
