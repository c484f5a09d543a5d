//! `GET /api/v1/classifier/examples`: the labelled decisions.

use auth::ClassifyExamples;
use axum::Json;
use domain::{Candidate, Example, Intake, PlaybookName};
use jiff::Timestamp;
use kit::{App, Caller, Paging, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Examples of one answer when nothing else is asked for.
const LIMIT: usize = 50;
/// The most that may be asked for.
const MOST: usize = 100;

/// Which examples.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExampleFilter {
    /// How many at most: 1 to 100, 50 if not given.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<usize>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
}

/// One page of labelled decisions, in the order their tickets came in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExamplePage {
    /// The examples.
    items: Vec<ExampleItem>,
    /// How many this page has.
    count: usize,
    /// What to give as `cursor` for the next page; null when this is the last.
    next_cursor: Option<String>,
}

/// A decision with what people say would have been right.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExampleItem {
    /// The ticket's own id.
    ticket_id: String,
    /// The fingerprint of its subject and text; the text stays in the PSA.
    input_hash: String,
    /// The decision.
    decision_id: String,
    /// What decided.
    #[schema(example = "linear-1-5d2f09c1")]
    classifier_version: String,
    /// How sure it was, 0 to 1.
    confidence: f64,
    /// What was decided; null for "leave it to people".
    decided: Option<Labelled>,
    /// What would have been right; null for "no playbook".
    label: Option<Labelled>,
    /// Whether the two agree.
    agrees: bool,
    /// How the label came about: `correction`, `started`, `field` or `closed`. A correction is a regression case.
    #[schema(example = "correction")]
    source: &'static str,
    /// What the person who corrected it said.
    note: Option<String>,
    /// What the ticket said; null where it was not given to be kept.
    text: Option<ExampleText>,
    /// What the present model decides about that text; null without it.
    now: Option<DecidedNow>,
    /// Who labelled it.
    #[schema(example = "key-3")]
    labelled_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    labelled_at: Timestamp,
}

/// What a ticket said.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExampleText {
    #[schema(example = "I can't log in")]
    subject: String,
    #[schema(example = "Password doesn't work")]
    body: String,
}

/// The present model's decision about an example, whatever this organization allows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DecidedNow {
    /// The model.
    #[schema(example = "linear-1-5d2f09c1")]
    classifier_version: String,
    /// The playbook it would start; null for none.
    #[schema(value_type = Option<String>)]
    playbook_id: Option<PlaybookName>,
    /// Whether that agrees with the label.
    agrees: bool,
}

/// A playbook and the version that was active.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Labelled {
    /// The playbook.
    #[schema(example = "unlock_account")]
    playbook_id: String,
    /// Its version.
    #[schema(example = "1.0")]
    version: String,
}

/// The labelled decisions: what people did or said, beside what was decided.
#[utoipa::path(get, path = "/api/v1/classifier/examples", operation_id = "list_examples", params(ExampleFilter),
    responses((status = 200, body = ExamplePage), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn list_examples(
    app: App,
    caller: Caller<ClassifyExamples>,
    Params(filter): Params<ExampleFilter>,
) -> Result<Json<ExamplePage>, Problem> {
    let Paging { limit, cursor } =
        Paging::asked(filter.limit, filter.cursor.as_deref(), LIMIT, MOST)?;
    let page = app
        .store()
        .examples(caller.tenant(), limit, cursor.as_ref())
        .await?;
    let at = app.clock().now();
    let item = |example| ExampleItem::new(example, at);
    let items: Vec<ExampleItem> = page.items.into_iter().map(item).collect();
    Ok(Json(ExamplePage {
        count: items.len(),
        items,
        next_cursor: page.next_cursor.map(|next| next.to_string()),
    }))
}

impl ExampleItem {
    fn new(example: Example, at: Timestamp) -> Self {
        let now = example.text.as_ref().map(|text| {
            let right = example.label.as_ref().map(|of| &of.playbook);
            DecidedNow::about(text, right, at)
        });
        Self {
            now,
            text: example.text.as_ref().map(ExampleText::from),
            agrees: example.agrees(),
            ticket_id: example.ticket_id.to_string(),
            input_hash: example.content.as_str().to_owned(),
            decision_id: example.decision_id,
            classifier_version: example.classifier_version,
            confidence: example.confidence,
            decided: example.decided.map(Labelled::from),
            label: example.label.map(Labelled::from),
            source: example.source.as_str(),
            note: example.note,
            labelled_by: example.labelled_by,
            labelled_at: example.labelled_at,
        }
    }
}

impl From<Candidate> for Labelled {
    fn from(of: Candidate) -> Self {
        Self {
            playbook_id: of.playbook.into(),
            version: of.version,
        }
    }
}

impl From<&Intake> for ExampleText {
    fn from(text: &Intake) -> Self {
        Self {
            subject: text.subject.clone(),
            body: text.body.clone(),
        }
    }
}

impl DecidedNow {
    /// What the model makes of `text`, of which `right` would be right.
    fn about(text: &Intake, right: Option<&PlaybookName>, at: Timestamp) -> Self {
        let decision = classifier::classify(text, at);
        Self {
            agrees: decision.playbook_id.as_ref() == right,
            playbook_id: decision.playbook_id,
            classifier_version: decision.classifier_version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_shows_whether_the_present_model_decides_it_rightly() {
        let text = Intake {
            subject: "I can't log in".into(),
            body: "Password doesn't work".into(),
        };
        let reset = PlaybookName::parse("password_reset").unwrap();
        let now = |right| DecidedNow::about(&text, right, Timestamp::UNIX_EPOCH);
        assert!(now(Some(&reset)).agrees);
        assert!(!now(None).agrees);
        assert_eq!(now(None).playbook_id, Some(reset.clone()));
    }
}
