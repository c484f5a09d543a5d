//! The policy that holds in an organization, as it is shown.

use crate::organization::Found;
use crate::policy_document::PolicyDocument;
use crate::tagged;
use axum::Json;
use axum::response::Response;
use domain::Policy;
use http::HeaderMap;
use jiff::Timestamp;
use kit::Problem;
use serde::Serialize;
use store::{HeldPolicy, PolicyRow};
use utoipa::ToSchema;

/// The policy that holds in an organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrganizationPolicy {
    /// Whose it is: `own`, `inherited` from the organization above, or `usual` where neither has said anything.
    #[schema(example = "own")]
    source: &'static str,
    /// The number of the organization that it is inherited from.
    #[schema(example = 1)]
    inherited_from: Option<u64>,
    /// Which version of it this is, from 1; null where it is usual.
    #[schema(example = 3)]
    version: Option<u64>,
    /// When this version was saved.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<Timestamp>,
    /// Who saved it; null where it is not the organization's own.
    #[schema(example = "user-12")]
    changed_by: Option<String>,
    policy: PolicyDocument,
}

impl OrganizationPolicy {
    /// The policy that holds.
    pub(crate) fn held(found: &Found, held: Option<&HeldPolicy>) -> Self {
        match held {
            None => Self {
                source: "usual",
                inherited_from: None,
                version: None,
                changed_at: None,
                changed_by: None,
                policy: PolicyDocument::of(&Policy::default()),
            },
            Some(HeldPolicy { row, above: None }) => Self::own(row),
            Some(HeldPolicy { row, .. }) => Self {
                source: "inherited",
                inherited_from: found.row.parent.as_ref().map(|above| above.number),
                changed_by: None,
                ..Self::own(row)
            },
        }
    }

    /// A version of an organization's own.
    pub(crate) fn own(row: &PolicyRow) -> Self {
        Self {
            source: "own",
            inherited_from: None,
            version: Some(row.rev),
            changed_at: Some(row.changed_at),
            changed_by: Some(row.changed_by.clone()),
            policy: PolicyDocument::of(&row.policy),
        }
    }

    fn tag(&self) -> String {
        tagged::tag(self.source, self.version)
    }

    /// As an answer, with its `ETag`.
    pub(crate) fn answer(self) -> Response {
        let tag = self.tag();
        tagged::answer(Json(self), &tag)
    }

    /// Holds it against `If-Match`.
    pub(crate) fn follows(&self, headers: &HeaderMap) -> Result<(), Problem> {
        tagged::follows(headers, &self.tag(), "this policy was")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::tests::{row, tenant};

    fn found() -> Found {
        Found {
            tenant: tenant("example-sales-k3m9qx"),
            row: row(),
            is_below: false,
        }
    }

    fn saved(rev: u64) -> PolicyRow {
        PolicyRow {
            policy: Policy::default(),
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: "key-1".to_owned(),
            given_up: false,
            rev,
        }
    }

    #[test]
    fn a_policy_says_whose_it_is_and_an_inherited_one_not_who_saved_it() {
        let above = Some(tenant("acme"));
        let inherited = HeldPolicy {
            row: saved(2),
            above,
        };
        let shown = OrganizationPolicy::held(&found(), Some(&inherited));
        let told = (shown.source, shown.inherited_from, shown.version);
        assert_eq!(told, ("inherited", Some(1), Some(2)));
        assert_eq!(shown.changed_by, None);
        let usual = OrganizationPolicy::held(&found(), None);
        assert_eq!((usual.source, usual.version), ("usual", None));
    }
}
