//! The policy that holds in an organization, as it is shown.

use crate::organization::Found;
use crate::policy_document::PolicyDocument;
use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::Policy;
use http::{HeaderMap, HeaderValue, StatusCode, header};
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
        let version = self.version.unwrap_or_default();
        format!("\"{}-{version}\"", self.source)
    }

    /// As an answer, with its `ETag`.
    pub(crate) fn answer(self) -> Response {
        let tag = HeaderValue::from_str(&self.tag());
        let mut answer = (StatusCode::OK, Json(self)).into_response();
        if let Ok(tag) = tag {
            answer.headers_mut().insert(header::ETAG, tag);
        }
        answer
    }

    /// Holds it against `If-Match`, so that nobody passes over unread what somebody else saved. Who does not send one follows
    /// on anything.
    pub(crate) fn follows(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let tag = self.tag();
        let wanted = headers.get_all(header::IF_MATCH);
        let mut wanted = wanted
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|text| text.split(','))
            .map(str::trim);
        if !headers.contains_key(header::IF_MATCH)
            || wanted.any(|wanted| wanted == "*" || wanted == tag)
        {
            return Ok(());
        }
        let message =
            "this policy was changed since you read it; read it again and save what you want then";
        Err(Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "PRECONDITION_FAILED",
            message,
        )
        .with("current", tag))
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

    #[test]
    fn a_lost_update_is_noticed() {
        let shown = OrganizationPolicy::own(&saved(2));
        let with = |tag| HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(tag))]);
        assert!(shown.follows(&HeaderMap::new()).is_ok());
        for tag in ["\"own-2\"", "*", "\"own-1\", \"own-2\""] {
            assert!(shown.follows(&with(tag)).is_ok(), "{tag}");
        }
        for tag in ["\"own-1\"", "\"inherited-2\"", "\"usual-0\""] {
            assert!(shown.follows(&with(tag)).is_err(), "{tag}");
        }
    }
}
