//! A second opinion about a ticket that the classifier leaves undecided. It is a suggestion for people, whatever it says, and
//! where there is none the decision stands as it was.

use classifier::TenantRules;
use domain::{Decision, Intake, PlaybookName, Tenant};
use kit::{App, Problem};
use ports::Opinion;

/// Playbooks that are read at a time.
const PAGE: usize = 100;
/// Playbooks that are offered.
const MOST: usize = 200;

/// What came of asking for one.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// Whether the ticket's words left for it.
    pub(crate) is_sent: bool,
    /// Why there is none although the tenant wants one.
    pub(crate) warning: Option<String>,
}

/// Asks where the tenant wants it, and makes a suggestion of the answer.
pub(crate) async fn ask(
    app: &App,
    tenant: &Tenant,
    rules: &TenantRules,
    content: &Intake,
    decision: &mut Decision,
) -> Result<Asked, Problem> {
    let per_day = rules.second_opinions_per_day();
    if per_day == 0 {
        return Ok(Asked::default());
    }
    let without = |why: String| Asked {
        is_sent: false,
        warning: Some(format!("there is no second opinion: {why}")),
    };
    let said = classifier::shareable(content);
    let playbooks = active(app, tenant).await?;
    if said.is_empty() || playbooks.is_empty() {
        return Ok(Asked::default());
    }
    let model = match outside::second_opinion(app) {
        Ok(Some(model)) => model,
        Ok(None) => {
            let why = "this deployment asks no model; its parameter SecondOpinionModel is empty";
            return Ok(without(why.to_owned()));
        }
        Err(error) => return Ok(without(error.to_string())),
    };
    let now = app.clock().now();
    if !app.store().count_opinion(tenant, now, per_day).await? {
        return Ok(without(format!(
            "the {per_day} of this day (UTC) are used up"
        )));
    }
    let warning = match model.opinion(&said, &playbooks).await {
        Ok(opinion) => {
            suggest(decision, model.name(), opinion);
            None
        }
        Err(error) => {
            tracing::warn!(%error, "no second opinion");
            without(error.to_string()).warning
        }
    };
    Ok(Asked {
        is_sent: true,
        warning,
    })
}

/// The playbooks that may run, which are all that it may choose from.
async fn active(app: &App, tenant: &Tenant) -> Result<Vec<PlaybookName>, Problem> {
    let mut names = Vec::new();
    let mut cursor = None;
    while names.len() < MOST {
        let page = app.store().playbooks_of(tenant, PAGE, cursor.as_ref());
        let page = page.await?;
        let may_run = page.items.into_iter().filter(|row| row.enabled);
        names.extend(may_run.map(|row| row.name));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    names.truncate(MOST);
    Ok(names)
}

/// Makes a suggestion of an opinion. The confidence is the classifier's own, and none where it suggested something else.
fn suggest(decision: &mut Decision, model: &str, opinion: Opinion) {
    let Opinion::Playbook(playbook) = opinion else {
        let reason = format!("the second opinion ({model}): no playbook does what it asks for");
        decision.reasons.push(reason);
        return;
    };
    let reason = match &decision.suggested_playbook_id {
        Some(own) if *own == playbook => format!("the second opinion ({model}) agrees: {playbook}"),
        Some(own) => format!("the second opinion ({model}): {playbook} rather than {own}"),
        None => format!("the second opinion ({model}): {playbook}"),
    };
    decision.reasons.push(reason);
    if decision.suggested_playbook_id.as_ref() != Some(&playbook) {
        decision.confidence = 0.0;
        decision.suggested_playbook_id = Some(playbook);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn name(name: &str) -> PlaybookName {
        PlaybookName::parse(name).unwrap()
    }

    fn undecided(suggestion: Option<&str>) -> Decision {
        Decision {
            decision_id: "dec_1".to_owned(),
            automated: false,
            playbook_id: None,
            suggested_playbook_id: suggestion.map(name),
            confidence: 0.4,
            classifier_version: "1".to_owned(),
            reasons: vec!["below".to_owned()],
            decided_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn an_opinion_is_a_suggestion_and_never_starts_anything() {
        for own in [None, Some("leaver"), Some("account_unlock")] {
            let mut decision = undecided(own);
            suggest(
                &mut decision,
                "m",
                Opinion::Playbook(name("account_unlock")),
            );
            assert!(!decision.automated && decision.playbook_id.is_none());
            assert_eq!(decision.suggested_playbook_id, Some(name("account_unlock")));
            assert_eq!(decision.reasons.len(), 2, "{decision:?}");
            let agrees = own == Some("account_unlock");
            assert_eq!(decision.confidence > 0.0, agrees, "{decision:?}");
        }
    }

    #[test]
    fn no_playbook_leaves_the_suggestion_as_it_was() {
        let mut decision = undecided(Some("leaver"));
        suggest(&mut decision, "m", Opinion::None);
        assert_eq!(decision.suggested_playbook_id, Some(name("leaver")));
        assert_eq!(
            decision.reasons[1],
            "the second opinion (m): no playbook does what it asks for"
        );
    }
}
