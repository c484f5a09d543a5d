//! `GET /api/v1/classifier/report`: how the decisions for each playbook agreed with people.

use auth::ClassifyRead;
use axum::Json;
use desk::{AutoStart, candidate};
use domain::TrackRecord;
use kit::{App, Caller, Paging, Params, Problem, Problems};
use serde::{Deserialize, Serialize};
use store::Tally;
use utoipa::{IntoParams, ToSchema};

/// Playbooks of one answer when nothing else is asked for; each costs two reads.
const LIMIT: usize = 20;
/// The most that may be asked for.
const MOST: usize = 50;

/// Which playbooks.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ReportPage {
    /// How many at most: 1 to 50, 20 if not given.
    #[param(minimum = 1, maximum = 50)]
    limit: Option<usize>,
    /// The `next_cursor` of the answer before.
    cursor: Option<String>,
}

/// How decisions agreed with people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClassifierReport {
    /// Each playbook that may be started, by name, with the version that runs. A playbook that is disabled has none.
    items: Vec<ReportItem>,
    /// How many this page has.
    count: usize,
    /// What to give as `cursor` for the next page; null when this is the last.
    next_cursor: Option<String>,
}

/// How the decisions for one playbook version agreed with people.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportItem {
    /// The playbook.
    #[schema(example = "unlock_account")]
    playbook_id: String,
    /// The version that runs.
    #[schema(example = "1.0")]
    version: String,
    /// Decisions for it.
    decided: u64,
    /// Those that people labelled, by what they did or said.
    labelled: u64,
    /// Those they agreed with.
    agreed: u64,
    /// Those they disagreed with.
    errors: u64,
    /// Those they corrected: regression cases.
    corrected: u64,
    /// Decisions for another playbook or none, where people say that this one would have been right.
    missed: u64,
    /// Of the labelled decisions for it, the share that was right.
    precision: Share,
    /// Of the labelled tickets that it was right for, the share that was decided for it.
    recall: Share,
    /// What it must show.
    bar: ReportBar,
    /// Whether decisions may start it.
    auto_start: AutoStart,
}

/// A share, and how sure it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Share {
    /// 0 to 1; null while there is nothing to count.
    value: Option<f64>,
    /// The lower end of its one-sided 95 % Clopper–Pearson interval; null likewise.
    lower_bound: Option<f64>,
}

/// What a version must show before decisions may start it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportBar {
    /// The precision, 0 to 1.
    precision: f64,
    /// How many decisions must be labelled.
    labelled: u64,
    /// The newest labels among which there is no error.
    clean: u32,
}

/// How the decisions for each playbook agreed with people, and whether they may start it.
#[utoipa::path(get, path = "/api/v1/classifier/report", operation_id = "get_classifier_report", params(ReportPage),
    responses((status = 200, body = ClassifierReport), Problems), security(("api_key" = []), ("bearer" = [])))]
pub(crate) async fn get_classifier_report(
    app: App,
    caller: Caller<ClassifyRead>,
    Params(page): Params<ReportPage>,
) -> Result<Json<ClassifierReport>, Problem> {
    let Paging { limit, cursor } = Paging::asked(page.limit, page.cursor.as_deref(), LIMIT, MOST)?;
    let (store, tenant) = (app.store(), caller.tenant());
    let rows = store.playbooks_of(tenant, limit, cursor.as_ref()).await?;
    let mut items = Vec::new();
    for of in rows.items.iter().filter_map(candidate) {
        let (record, tally) = (
            store.track(tenant, &of).await?,
            store.tally(tenant, &of).await?,
        );
        items.push(item(&record, tally));
    }
    Ok(Json(ClassifierReport {
        count: items.len(),
        items,
        next_cursor: rows.next_cursor.map(|next| next.to_string()),
    }))
}

fn item(record: &TrackRecord, tally: Tally) -> ReportItem {
    let at_least_none = |n: i64| u64::try_from(n).unwrap_or_default();
    let missed = at_least_none(tally.missed);
    let bar = record.bar();
    ReportItem {
        playbook_id: record.of.playbook.to_string(),
        version: record.of.version.clone(),
        // The count is made beside the decision, the labels with it: there are never fewer.
        decided: at_least_none(tally.decided).max(record.labelled),
        labelled: record.labelled,
        agreed: record.agreed,
        errors: record.errors(),
        corrected: record.corrected,
        missed,
        precision: share(record.agreed, record.labelled),
        recall: share(record.agreed, record.agreed + missed),
        bar: ReportBar {
            precision: bar.precision,
            labelled: bar.labelled,
            clean: bar.clean,
        },
        auto_start: record.standing().into(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of decisions")]
fn share(hits: u64, trials: u64) -> Share {
    let of_some = |value: f64| (trials > 0).then_some(value);
    let whole = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    Share {
        value: of_some(hits as f64 / trials as f64),
        lower_bound: of_some(classifier::at_least(whole(hits), whole(trials))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Candidate, PlaybookName};

    fn record(labelled: u64, agreed: u64) -> TrackRecord {
        let of = Candidate {
            playbook: PlaybookName::parse("unlock").unwrap(),
            version: "1.0".into(),
        };
        TrackRecord {
            labelled,
            agreed,
            ..TrackRecord::new(of)
        }
    }

    #[test]
    fn nothing_is_claimed_where_nothing_was_labelled() {
        let item = item(&record(0, 0), Tally::default());
        assert!(item.precision.value.is_none() && item.precision.lower_bound.is_none());
        assert!(item.recall.value.is_none());
        assert_eq!(item.auto_start_reasons(), 1);
    }

    #[test]
    fn what_was_missed_lowers_recall_and_not_precision() {
        let tally = Tally {
            decided: 12,
            missed: 10,
        };
        let item = item(&record(10, 10), tally);
        assert_eq!((item.decided, item.missed), (12, 10));
        assert_eq!(
            (item.precision.value, item.recall.value),
            (Some(1.0), Some(0.5))
        );
        let bound = item.precision.lower_bound.unwrap();
        assert!((bound - 0.741_13).abs() < 1e-4, "{bound}");
    }

    #[test]
    fn a_count_that_was_lost_is_never_less_than_the_labels() {
        assert_eq!(item(&record(3, 2), Tally::default()).decided, 3);
    }

    impl ReportItem {
        fn auto_start_reasons(&self) -> usize {
            let shown = serde_json::to_value(&self.auto_start).unwrap();
            shown["reasons"].as_array().unwrap().len()
        }
    }
}
