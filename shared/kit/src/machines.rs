//! Starting our state machines and answering their waiting steps.

use crate::TaskError;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use domain::{Execution, Tenant};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

/// Our state machines.
pub struct Machines {
    client: aws_sdk_sfn::Client,
    prefix: String,
}

/// Step Functions could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("the state machine could not be reached")]
pub struct MachineError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Machines {
    pub(crate) fn new(client: aws_sdk_sfn::Client, prefix: &str) -> Self {
        Self {
            client,
            prefix: prefix.to_owned(),
        }
    }

    /// The ARN of the catalogue's machine for a playbook.
    #[must_use]
    pub fn catalogue_arn(&self, playbook: &str) -> String {
        format!("{}{playbook}", self.prefix)
    }

    /// Starts a run. The run's id is the execution's name, so starting it twice starts it once.
    ///
    /// # Errors
    /// When Step Functions cannot be asked.
    pub async fn start(
        &self,
        machine_arn: &str,
        tenant: &Tenant,
        run: &Execution,
    ) -> Result<(), MachineError> {
        let input = json!({
            "tenant": tenant.as_str(),
            "ticket_id": run.ticket_id.to_string(),
            "execution_id": run.id.as_str(),
            "generation": run.generation,
        });
        let sent = self
            .client
            .start_execution()
            .state_machine_arn(machine_arn)
            .name(run.id.as_str())
            .input(input.to_string())
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(StartExecutionError::is_execution_already_exists) =>
            {
                Ok(())
            }
            Err(error) => Err(MachineError(Box::new(error))),
        }
    }

    /// Lets a waiting step go on, or fails it. `false` when nobody waits there any more.
    ///
    /// # Errors
    /// When Step Functions cannot be asked.
    #[expect(
        clippy::disallowed_methods,
        reason = "a task token goes to Step Functions, which made it"
    )]
    pub async fn answer(
        &self,
        token: &SecretString,
        result: Result<(), &TaskError>,
    ) -> Result<bool, MachineError> {
        let token = token.expose_secret();
        let gone = match result {
            Ok(()) => {
                let sent = self
                    .client
                    .send_task_success()
                    .task_token(token)
                    .output("{}")
                    .send()
                    .await;
                sent.map(drop).map_err(|error| {
                    let gone = error.as_service_error().is_some_and(|e| {
                        e.is_task_timed_out() || e.is_task_does_not_exist() || e.is_invalid_token()
                    });
                    (gone, MachineError(Box::new(error)))
                })
            }
            Err(why) => {
                let sent = self
                    .client
                    .send_task_failure()
                    .task_token(token)
                    .error(why.name())
                    .cause(why.to_string())
                    .send();
                sent.await.map(drop).map_err(|error| {
                    let gone = error.as_service_error().is_some_and(|e| {
                        e.is_task_timed_out() || e.is_task_does_not_exist() || e.is_invalid_token()
                    });
                    (gone, MachineError(Box::new(error)))
                })
            }
        };
        match gone {
            Ok(()) => Ok(true),
            Err((true, _)) => Ok(false),
            Err((false, error)) => Err(error),
        }
    }
}
