//! Saving a version, and what is answered about it.

use crate::accept::Form;
use crate::get_playbook::tag;
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::{PlaybookName, Tenant};
use http::{HeaderValue, StatusCode, header};
use jiff::Timestamp;
use kit::App;
use playbook::PlaybookVersion;
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{PlaybookRow, VersionRow};
use utoipa::ToSchema;

/// A version as it was saved.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedVersion {
    /// The playbook.
    #[schema(example = "unlock_account")]
    playbook_id: String,
    /// Its name, which is its id.
    #[schema(example = "unlock_account")]
    name: String,
    /// The number it was given.
    #[schema(example = "1.0")]
    version: String,
    /// Whether the playbook may be started.
    enabled: bool,
    /// The version that runs, which saving does not change; null when none was made active.
    active_version: Option<String>,
    /// SHA-256 of its canonical text.
    checksum: String,
    /// When it was saved.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// The row of a version, under a machine's name of its own.
pub(crate) fn version_row(
    app: &App,
    tenant: &Tenant,
    name: &PlaybookName,
    version: &PlaybookVersion,
    author: String,
    now: Timestamp,
) -> VersionRow {
    let (number, checksum) = (version.version.to_string(), version.checksum());
    let hash = machine_hash(tenant, name, &number, &checksum);
    VersionRow {
        name: name.clone(),
        version: number,
        definition: version.to_json(),
        machine_arn: app.machines().own_arn(&hash),
        checksum,
        created_at: now,
        author,
    }
}

/// What a machine is the machine of: one text, under one number, of one tenant. So no tenant's machine is another's.
pub(crate) fn machine_hash(
    tenant: &Tenant,
    name: &PlaybookName,
    version: &str,
    checksum: &str,
) -> String {
    let of = format!("{}\n{name}\n{version}\n{checksum}", tenant.as_str());
    let mut hash = hex::encode(Sha256::digest(of));
    hash.truncate(32);
    hash
}

/// The answer about a saved version; its `ETag` is what [`crate::get_playbook`] would say now.
pub(crate) fn saved(
    status: StatusCode,
    row: &PlaybookRow,
    version: &VersionRow,
    shown: &VersionRow,
) -> Response {
    let reply = SavedVersion {
        playbook_id: row.name.to_string(),
        name: row.name.to_string(),
        version: version.version.clone(),
        enabled: row.enabled,
        active_version: row.active_version.clone(),
        checksum: version.checksum.clone(),
        created_at: version.created_at,
    };
    let place = format!("/api/v1/playbooks/{}/version/{}", row.name, version.version);
    let mut response = (status, Json(reply)).into_response();
    let tag = tag(row, shown, Form::Json);
    for (name, value) in [(header::ETAG, tag), (header::CONTENT_LOCATION, place)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use domain::Voucher;

    #[test]
    fn a_machine_is_one_tenants_and_one_versions() {
        let tenant = |name| Tenant::vouched(name, Voucher::Operator).unwrap();
        let playbook = PlaybookName::parse("unlock").unwrap();
        let hash = |name, version| machine_hash(&tenant(name), &playbook, version, "abc");
        let first = hash("acme", "1.0");
        assert_eq!(first.len(), 32);
        assert_eq!(first, hash("acme", "1.0"));
        assert_ne!(first, hash("globex", "1.0"));
        assert_ne!(first, hash("acme", "1.1"));
    }
}
