//! One whole deployment on loopback: sandbox, local AWS, functions, front door, tenant.

use std::path::PathBuf;

use serde_json::Value;

use crate::{
    aws::Aws,
    bring_up::{self, BringUp},
    endpoints::{self, Endpoints},
    error::Result,
    front_door::FrontDoor,
    guard::{self, Guard},
    logs::{self, LogLine},
    place::{Held, Place},
    ports::Ports,
    project::Project,
    say::Say,
};

/// The stack every local deployment makes in its own local AWS.
pub const STACK: &str = "deskhand";

/// What to bring up, and where.
#[derive(Debug, Default)]
pub struct Options {
    /// Another checkout than the one the launcher was built from.
    pub project: Option<PathBuf>,
    /// The front door's port; a free block where `None`.
    pub port_base: Option<u16>,
    /// Where the deployment keeps its files; the project's `.local` where `None`.
    pub state_dir: Option<PathBuf>,
    /// Say nothing.
    pub quiet: bool,
    /// Open the contracts' documented ports too, where they are free.
    pub contract_ports: bool,
    /// Remove the files in the end, however the end comes.
    pub remove_state: bool,
    /// What the functions take for AWS, when it is not the local AWS itself: a fault proxy's URL.
    pub aws_seen_by_functions: Option<String>,
}

/// A deployment that is up. Dropping it ends every process of it.
pub struct Deployment {
    // Dropped in this order: the door closes before what stands behind it ends, and the place is given back last.
    _door: FrontDoor,
    guard: Guard,
    _held: Held,
    place: Place,
    ports: Ports,
    aws: Aws,
    endpoints: Endpoints,
}

impl Deployment {
    /// Brings everything up.
    ///
    /// # Errors
    /// When the machine lacks something or a part does not come up; whatever had started is ended.
    pub async fn start(options: Options) -> Result<Self> {
        let say = Say::new(options.quiet);
        let project = Project::find(options.project.as_deref())?;
        let ports = match options.port_base {
            Some(base) => Ports::from_base(base)?,
            None => Ports::free()?,
        };
        let place = Place::at(options.state_dir.clone().unwrap_or_else(|| project.state()));
        let held = place.take()?;
        guard::sweep(&place.processes());
        ports.must_be_free()?;
        held.note(ports.front_door, false)?;
        bring_up::empty(&place)?;
        let aws = Aws::at(endpoints::aws_url(ports))?;
        let steps = BringUp {
            options: &options,
            project: &project,
            place: &place,
            ports,
            aws: &aws,
            say,
        };
        let (guard, door, endpoints) = steps.run().await?;
        held.note(ports.front_door, true)?;
        Ok(Self {
            _door: door,
            guard,
            _held: held,
            place,
            ports,
            aws,
            endpoints,
        })
    }

    /// The public API, without a slash at the end.
    #[must_use]
    pub fn api(&self) -> &str {
        self.endpoints.api()
    }

    /// The vendor sandbox, without a slash at the end.
    #[must_use]
    pub fn sandbox(&self) -> &str {
        self.endpoints.sandbox()
    }

    /// The local AWS.
    #[must_use]
    pub fn aws(&self) -> &Aws {
        &self.aws
    }

    /// The stack's name.
    #[must_use]
    pub fn stack(&self) -> &str {
        STACK
    }

    /// Where everything is, with the secrets that open it.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The example tenant's API key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        self.endpoints.api_key()
    }

    /// The ports it uses.
    #[must_use]
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// Its files.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Invokes a function by its operation.
    ///
    /// # Errors
    /// When there is none, or it failed.
    pub async fn lambda_invoke(&self, operation: &str, payload: &Value) -> Result<Value> {
        let function = format!("{STACK}-{operation}");
        self.aws.invoke(&function, payload).await
    }

    /// The events of one execution of `playbook`'s state machine.
    ///
    /// # Errors
    /// When there is no such execution.
    pub async fn sfn_history(&self, playbook: &str, execution: &str) -> Result<Vec<Value>> {
        let machine = format!("{STACK}-{playbook}");
        self.aws.sfn_history(&machine, execution).await
    }

    /// Every line every function wrote, oldest first.
    ///
    /// # Errors
    /// When the log groups cannot be read.
    pub async fn log_lines(&self) -> Result<Vec<LogLine>> {
        logs::read(&self.aws, STACK, 0).await
    }

    /// A DynamoDB call: `dynamodb("GetItem", …)`.
    ///
    /// # Errors
    /// With DynamoDB's own error text where it refuses.
    pub async fn dynamodb(&self, action: &str, body: &Value) -> Result<Value> {
        self.aws.dynamodb(action, body).await
    }

    /// Ends the local AWS only, which writes its whole state to files, and answers where these are.
    ///
    /// # Errors
    /// When it has ended already.
    pub fn stop_aws(&mut self) -> Result<PathBuf> {
        self.guard.stop("aws")?;
        Ok(self.place.aws())
    }

    /// Ends everything. Dropping does the same.
    pub fn stop(self) {
        drop(self);
    }
}
