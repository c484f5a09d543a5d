//! Whom a run waits for, as its playbook says.

use crate::start::version;
use domain::{Execution, PlaybookName, StepState, Tenant};
use kit::{App, Problem};
use playbook::{Capability, PlaybookVersion};
use std::collections::BTreeMap;

/// The definitions of a tenant's playbooks, each read once.
pub(crate) struct Definitions<'a> {
    app: &'a App,
    tenant: &'a Tenant,
    read: BTreeMap<(PlaybookName, String), PlaybookVersion>,
}

impl<'a> Definitions<'a> {
    /// None read yet.
    pub(crate) fn new(app: &'a App, tenant: &'a Tenant) -> Self {
        Self {
            app,
            tenant,
            read: BTreeMap::new(),
        }
    }

    /// Whom the run's current step waits for. A run that is over, or between two steps, waits for nobody.
    ///
    /// # Errors
    /// When its version cannot be read.
    pub(crate) async fn waiting_on(
        &mut self,
        run: &Execution,
    ) -> Result<Option<&'static str>, Problem> {
        let current = run.current().filter(|_| !run.status.is_final());
        let Some(step) = current.filter(|step| step.state == StepState::Running) else {
            return Ok(None);
        };
        let key = (run.playbook.clone(), run.version.clone());
        if !self.read.contains_key(&key) {
            let row = version(self.app, self.tenant, &run.playbook, &run.version).await?;
            let definition = definition(&row.definition)?;
            self.read.insert(key.clone(), definition);
        }
        let step = self.read.get(&key).and_then(|of| of.step(step.id.as_str()));
        Ok(step.map(|step| whom(step.service)))
    }
}

/// A version's stored definition.
///
/// # Errors
/// When it does not read, which is a fault of ours.
pub(crate) fn definition(text: &str) -> Result<PlaybookVersion, Problem> {
    serde_json::from_str(text).map_err(|error| Problem::internal(&error))
}

fn whom(capability: Capability) -> &'static str {
    match capability.service() {
        "verification.manager_approval" => "manager",
        _ if capability.is_verification() => "user",
        _ => "vendor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_waits_for_its_user_and_a_deed_for_its_vendor() {
        assert_eq!(whom(Capability::RequestMfa), "user");
        assert_eq!(whom(Capability::ResetPassword), "vendor");
        assert_eq!(whom(Capability::SendSms), "vendor");
    }
}
