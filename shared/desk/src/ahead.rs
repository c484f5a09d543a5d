//! What a run would do behind a step: its sensitive steps, with what they would be done with.

use crate::step::{OpenStep, context, definition};
use kit::{App, TaskError, TaskInput};
use playbook::{PlaybookVersion, Step};
use serde_json::{Map, Value, json};

/// A sensitive step behind another.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    /// What it asks for: `executor.grant_access`.
    pub service: &'static str,
    /// Its inputs, rendered.
    pub with: Map<String, Value>,
}

/// The sensitive steps behind an open one, rendered with what the ticket and the steps so far say. Those that a `when` may
/// yet leave out are among them: it is the most that the run can do. Those that the run's own inputs leave out are not.
///
/// # Errors
/// `Failed` when one of them reads what is not known yet: nobody can allow what cannot be shown.
pub async fn sensitive_ahead(
    app: &App,
    input: &TaskInput,
    open: &OpenStep,
) -> Result<Vec<Ahead>, TaskError> {
    let version = definition(app, input).await?;
    let context = context(&open.ticket, &open.run);
    sensitive_behind(&version, open.step_id.as_str(), &context).map_err(TaskError::Failed)
}

/// The sensitive steps of `version` behind the step `after`, rendered with what `context` says.
///
/// # Errors
/// A sentence when one of them reads what is not known yet.
pub fn sensitive_behind(
    version: &PlaybookVersion,
    after: &str,
    context: &Value,
) -> Result<Vec<Ahead>, String> {
    // A fallback stands right after the step whose silence leads to it.
    let behind = version.each_step().skip_while(|step| step.id != after);
    let sensitive = behind
        .skip(1)
        .filter(|step| step.service.is_sensitive() && !is_left_out(step, context));
    let rendered = sensitive.map(|step| match playbook::render_with(step, context) {
        Ok(with) => Ok(Ahead {
            service: step.service.service(),
            with,
        }),
        Err(error) => Err(format!(
            "step {after} cannot show the approver what step {} would do, for that is known only later: {error}",
            step.id
        )),
    });
    rendered.collect()
}

/// Whether a step's `when` is false by the run's inputs alone, which never change.
fn is_left_out(step: &Step, context: &Value) -> bool {
    let inputs = json!({"inputs": context["inputs"]});
    matches!(playbook::evaluate_when(step, &inputs), Ok(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "
name: reset_with_consent
version: \"1.0\"
steps:
  - id: before
    service: executor.reset_password
    with: {user_id: \"{{ ticket.requester.user_id }}\", method: tap}
  - id: consent
    service: verification.manager_approval
    with: {}
  - id: reset
    service: executor.reset_password
    with: {user_id: \"{{ ticket.requester.user_id }}\", method: tap}
  - id: tell
    service: delivery.sms
    with: {credential_ref: \"{{ steps.reset.credential_ref }}\", message: \"{credential}\"}
  - id: again
    service: executor.reset_password
    with: {user_id: \"{{ steps.reset.delivery_method }}\", method: tap}
";

    #[test]
    fn a_plan_holds_the_sensitive_steps_behind_and_refuses_what_is_known_only_later() {
        let context = json!({"ticket": {"requester": {"user_id": "abc-123"}}, "steps": {}});
        let whole = playbook::parse(TEXT).unwrap();
        let refusal = sensitive_behind(&whole, "consent", &context).unwrap_err();
        assert!(refusal.contains("step again would do"), "{refusal}");
        let shorter = playbook::parse(TEXT.split("  - id: again").next().unwrap()).unwrap();
        let plan = sensitive_behind(&shorter, "consent", &context).unwrap();
        let with = json!({"user_id": "abc-123", "method": "tap"});
        assert_eq!(plan.len(), 1, "{plan:?}");
        assert_eq!(plan[0].service, "executor.reset_password");
        assert_eq!(Value::Object(plan[0].with.clone()), with);
        assert_eq!(sensitive_behind(&shorter, "reset", &context).unwrap(), []);
        let fallback = "with: {}\n    fallback: {id: deputy, service: verification.manager_approval, with: {}}";
        let text = TEXT.split("  - id: again").next().unwrap();
        let asked = playbook::parse(&text.replacen("with: {}", fallback, 1)).unwrap();
        assert_eq!(sensitive_behind(&asked, "deputy", &context).unwrap(), plan);
    }

    #[test]
    fn a_plan_leaves_out_what_the_inputs_leave_out_and_nothing_that_is_open() {
        let text = TEXT.split("  - id: again").next().unwrap();
        let planned = |when: &str, wanted: &str| {
            let inputs =
                "inputs: {pass: {type: choice, of: [none, by_text], default: none}}\nsteps:\n";
            let reset = format!("  - id: reset\n    when: {when}\n");
            let text = text.replacen("steps:\n", inputs, 1);
            let text = text.replacen("  - id: reset\n", &reset, 1);
            let context = json!({"ticket": {"requester": {"user_id": "abc-123"}}, "inputs": {"pass": wanted},
                "steps": {"before": {"status": "succeeded"}}});
            let version = playbook::parse(&text).unwrap();
            sensitive_behind(&version, "consent", &context)
                .unwrap()
                .len()
        };
        let by_text = "inputs.pass == 'by_text'";
        assert_eq!(
            (planned(by_text, "by_text"), planned(by_text, "none")),
            (1, 0)
        );
        let open = "inputs.pass == 'by_text' || steps.before.status == 'failed'";
        assert_eq!(planned(open, "none"), 1);
        let both = "inputs.pass == 'by_text' && steps.before.status == 'succeeded'";
        assert_eq!(planned(both, "none"), 0);
    }
}
