//! Starting our state machines and answering their waiting steps.

use crate::TaskError;
use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use aws_sdk_sfn::types::{
    CloudWatchLogsLogGroup, ExecutionStatus, LogDestination, LogLevel, LoggingConfiguration,
};
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

    /// The ARN of the machine of a version that a tenant wrote. `hash` says what it is the machine of.
    #[must_use]
    pub fn own_arn(&self, hash: &str) -> String {
        format!("{}pb-{hash}", self.prefix)
    }

    /// The ARN of one of our functions: functions and machines of a stack are called alike.
    #[must_use]
    pub fn function_arn(&self, operation: &str) -> String {
        let prefix = self.prefix.replacen(":states:", ":lambda:", 1);
        let prefix = prefix.replacen(":stateMachine:", ":function:", 1);
        format!("{prefix}{operation}")
    }

    /// Makes the machine with this ARN, or gives it this definition; runs at work in it keep the one they began with.
    /// Making it twice makes it once.
    ///
    /// # Errors
    /// When Step Functions cannot be asked, refuses the definition, or is still removing a machine of this name.
    pub async fn make(
        &self,
        arn: &str,
        definition: &str,
        role: &str,
        log: &str,
    ) -> Result<(), MachineError> {
        let group = CloudWatchLogsLogGroup::builder().log_group_arn(log).build();
        let destination = LogDestination::builder()
            .cloud_watch_logs_log_group(group)
            .build();
        let logging = LoggingConfiguration::builder()
            .level(LogLevel::Error)
            .include_execution_data(false)
            .destinations(destination)
            .build();
        let name = arn.rsplit(':').next().unwrap_or(arn);
        let made = self
            .client
            .create_state_machine()
            .name(name)
            .definition(definition)
            .role_arn(role)
            .logging_configuration(logging)
            .send()
            .await;
        match made {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("StateMachineAlreadyExists") => {
                let call = self.client.update_state_machine().state_machine_arn(arn);
                let sent = call.definition(definition).role_arn(role).send().await;
                sent.map(drop)
                    .map_err(|error| MachineError(Box::new(error)))
            }
            Err(error) => Err(MachineError(Box::new(error))),
        }
    }

    /// Whether a run is at work in the machine. The answer lags behind starts by a moment.
    ///
    /// # Errors
    /// When Step Functions cannot be asked.
    pub async fn is_at_work(&self, arn: &str) -> Result<bool, MachineError> {
        let call = self.client.list_executions().state_machine_arn(arn);
        let call = call.status_filter(ExecutionStatus::Running).max_results(1);
        match call.send().await {
            Ok(found) => Ok(!found.executions.is_empty()),
            Err(error) if error.code() == Some("StateMachineDoesNotExist") => Ok(false),
            Err(error) => Err(MachineError(Box::new(error))),
        }
    }

    /// Removes a machine. AWS ends the runs at work in it, so whoever removes one has looked that there are none.
    ///
    /// # Errors
    /// When Step Functions cannot be asked.
    pub async fn remove(&self, arn: &str) -> Result<(), MachineError> {
        let call = self.client.delete_state_machine().state_machine_arn(arn);
        match call.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("StateMachineDoesNotExist") => Ok(()),
            Err(error) => Err(MachineError(Box::new(error))),
        }
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
    fn a_function_is_called_as_the_machines_of_its_stack_are() {
        let config = aws_sdk_sfn::Config::builder().behavior_version_latest();
        let machines = Machines::new(
            aws_sdk_sfn::Client::from_conf(config.build()),
            "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:desk-",
        );
        assert_eq!(
            machines.function_arn("request_mfa_task"),
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:desk-request_mfa_task"
        );
        assert_eq!(
            machines.own_arn("0a"),
            "arn:aws-cn:states:cn-north-1:123456789012:stateMachine:desk-pb-0a"
        );
    }

    #[test]
    fn a_step_that_waits_no_more_is_told_from_one_that_could_not_be_reached() {
        for gone in ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"] {
            assert!(matches!(told(gone), Ok(false)), "{gone}");
        }
        assert!(told("KmsThrottlingException").is_err());
    }
}
