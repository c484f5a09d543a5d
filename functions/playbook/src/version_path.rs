//! A playbook and one of its versions, in a path.

use axum::extract::{FromRequestParts, Path};
use domain::PlaybookName;
use http::request::Parts;
use kit::Problem;
use playbook::Version;

/// A playbook and one of its versions. What is neither names nothing: 404.
pub(crate) struct VersionPath {
    pub(crate) name: PlaybookName,
    pub(crate) version: String,
}

impl<S: Send + Sync> FromRequestParts<S> for VersionPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = || Problem::not_found("playbook version");
        let Path((name, version)) = Path::<(String, String)>::from_request_parts(parts, state)
            .await
            .map_err(|_| unknown())?;
        let version: Version = version.parse().map_err(|_| unknown())?;
        Ok(Self {
            name: PlaybookName::parse(&name).map_err(|_| unknown())?,
            version: version.to_string(),
        })
    }
}
