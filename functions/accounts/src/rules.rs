//! The rules that hold in an organization, as they are shown.

use crate::organization::Found;
use crate::rules_document::RulesDocument;
use crate::tagged;
use axum::Json;
use axum::response::Response;
use http::HeaderMap;
use jiff::Timestamp;
use kit::Problem;
use serde::Serialize;
use store::{HeldRules, RulesRow};
use utoipa::ToSchema;

/// The rules for classifications that hold in an organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClassificationRules {
    /// Whose they are: `own`, `inherited` from the organization above, or `none` where neither has any.
    #[schema(example = "own")]
    source: &'static str,
    /// The number of the organization that they are inherited from.
    #[schema(example = 1)]
    inherited_from: Option<u64>,
    /// Which version of them this is, from 1; null where there are none.
    #[schema(example = 3)]
    version: Option<u64>,
    /// When this version was saved.
    #[schema(value_type = Option<String>, format = DateTime)]
    changed_at: Option<Timestamp>,
    /// Who saved it; null where it is not the organization's own.
    #[schema(example = "user-12")]
    changed_by: Option<String>,
    #[serde(flatten)]
    document: RulesDocument,
}

impl ClassificationRules {
    /// The rules that hold.
    ///
    /// # Errors
    /// When what was kept is of another form.
    pub(crate) fn held(found: &Found, held: Option<&HeldRules>) -> Result<Self, Problem> {
        Ok(match held {
            None => Self {
                source: "none",
                inherited_from: None,
                version: None,
                changed_at: None,
                changed_by: None,
                document: RulesDocument::default(),
            },
            Some(HeldRules { row, above: None }) => Self::own(row)?,
            Some(HeldRules { row, .. }) => Self {
                source: "inherited",
                inherited_from: found.row.parent.as_ref().map(|above| above.number),
                changed_by: None,
                ..Self::own(row)?
            },
        })
    }

    /// A version of an organization's own.
    ///
    /// # Errors
    /// When what was kept is of another form.
    pub(crate) fn own(row: &RulesRow) -> Result<Self, Problem> {
        Ok(Self {
            source: "own",
            inherited_from: None,
            version: Some(row.rev),
            changed_at: Some(row.changed_at),
            changed_by: Some(row.changed_by.clone()),
            document: RulesDocument::kept(&row.document)?,
        })
    }

    fn tag(&self) -> String {
        tagged::tag(self.source, self.version)
    }

    /// As an answer, with its `ETag`.
    pub(crate) fn answer(self) -> Response {
        let tag = self.tag();
        tagged::answer(Json(self), &tag)
    }

    /// Holds them against `If-Match`.
    pub(crate) fn follows(&self, headers: &HeaderMap) -> Result<(), Problem> {
        tagged::follows(headers, &self.tag(), "these rules were")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::tests::{row, tenant};

    #[test]
    fn rules_say_whose_they_are_and_inherited_ones_not_who_saved_them() {
        let found = Found {
            tenant: tenant("example-sales-k3m9qx"),
            row: row(),
            is_below: false,
        };
        let saved = RulesRow {
            document: r#"{"rules": [], "second_opinions_per_day": 7}"#.to_owned(),
            changed_at: Timestamp::UNIX_EPOCH,
            changed_by: "key-1".to_owned(),
            rev: 2,
        };
        let held = |above| HeldRules {
            row: saved.clone(),
            above,
        };
        let inherited = held(Some(tenant("acme")));
        let shown = ClassificationRules::held(&found, Some(&inherited)).unwrap();
        let told = (shown.source, shown.inherited_from, shown.version);
        assert_eq!(told, ("inherited", Some(1), Some(2)));
        assert_eq!(
            (&shown.changed_by, shown.tag()),
            (&None, "\"inherited-2\"".to_owned())
        );
        let own = ClassificationRules::held(&found, Some(&held(None))).unwrap();
        let shown = serde_json::to_value(&own).unwrap();
        assert_eq!(
            (&shown["source"], &shown["second_opinions_per_day"]),
            (&"own".into(), &7.into())
        );
        let none = ClassificationRules::held(&found, None).unwrap();
        assert_eq!((none.source, none.version), ("none", None));
    }
}
