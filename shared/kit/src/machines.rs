//! Starting our state machines and answering their waiting steps.

use crate::TaskError;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
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
        match result {
            Ok(()) => {
                let call = self.client.send_task_success().task_token(token);
                heard(call.output("{}").send().await)
            }
            Err(why) => {
                let call = self.client.send_task_failure().task_token(token);
                heard(call.error(why.name()).cause(why.to_string()).send().await)
            }
        }
    }
}

/// What became of an answer to a waiting step: `false` when nobody waits there any more.
fn heard<T, E>(sent: Result<T, SdkError<E>>) -> Result<bool, MachineError>
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match sent {
        Ok(_) => Ok(true),
        Err(error)
            if matches!(
                error.code(),
                Some("TaskTimedOut" | "TaskDoesNotExist" | "InvalidToken")
            ) =>
        {
            Ok(false)
        }
        Err(error) => Err(MachineError(Box::new(error))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_sfn::config::http::HttpResponse;
    use aws_sdk_sfn::error::ErrorMetadata;
    use aws_sdk_sfn::operation::send_task_success::SendTaskSuccessError;
    use aws_smithy_types::body::SdkBody;

    fn told(code: &str) -> Result<bool, MachineError> {
        let error = SendTaskSuccessError::generic(ErrorMetadata::builder().code(code).build());
        let status = 400.try_into().unwrap();
        let answer = HttpResponse::new(status, SdkBody::empty());
        heard::<(), _>(Err(SdkError::service_error(error, answer)))
    }

    #[test]
    fn a_step_that_waits_no_more_is_told_from_one_that_could_not_be_reached() {
        for gone in ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"] {
            assert!(matches!(told(gone), Ok(false)), "{gone}");
        }
        assert!(told("KmsThrottlingException").is_err());
    }
}
