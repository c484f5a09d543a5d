//! `GET /api/v1/classifier/examples`: the labelled decisions.

use auth::ClassifyExamples;
use axum::Json;
use domain::{Candidate, Example};
use jiff::Timestamp;
use kit::{App, Caller, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::Cursor;
use utoipa::{IntoParams, ToSchema};

/// Examples of one answer when nothing else is asked for.
const LIMIT: usize = 50;

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
    #[schema(example = "rules-1")]
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
    /// Who labelled it.
    #[schema(example = "key-3")]
    labelled_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    labelled_at: Timestamp,
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
    let limit = filter.limit.unwrap_or(LIMIT);
    if !(1..=100).contains(&limit) {
        return Err(Problem::invalid("limit", "limit is 1 to 100"));
    }
    let cursor = filter.cursor.as_deref().map(Cursor::parse).transpose();
    let cursor = cursor.map_err(|bad| Problem::invalid("cursor", bad.to_string()))?;
    let tenant = caller.tenant();
    let page = app.store().examples(tenant, limit, cursor.as_ref()).await?;
    let items: Vec<ExampleItem> = page.items.into_iter().map(ExampleItem::from).collect();
    Ok(Json(ExamplePage {
        count: items.len(),
        items,
        next_cursor: page.next_cursor.map(|next| next.to_string()),
    }))
}

impl From<Example> for ExampleItem {
    fn from(example: Example) -> Self {
        Self {
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
