//! The port `RunScript`.

use crate::Datto;
use crate::door::Door;
use crate::handle::Handle;
use async_trait::async_trait;
use domain::ScriptId;
use ports::{CallError, Order, Output, RunHandle, RunScript, RunState, Script};
use serde::{Deserialize, Serialize};
use vendor_http::{Ask, Deadline};

/// Characters of a job's name that Datto's journal is sure to show.
const LONGEST_NAME: usize = 100;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuickJob<'a> {
    job_name: String,
    job_component: JobComponent<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JobComponent<'a> {
    component_uid: &'a str,
    variables: Vec<Variable<'a>>,
}

#[derive(Serialize)]
struct Variable<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Deserialize)]
struct Made {
    job: Job,
}

#[derive(Deserialize)]
struct Job {
    uid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    job_deployment_status: Option<String>,
    #[serde(default)]
    component_results: Vec<ComponentResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ComponentResult {
    #[serde(default)]
    has_std_out: bool,
    #[serde(default)]
    has_std_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(default)]
    std_data: Option<String>,
}

#[async_trait]
impl RunScript for Datto {
    async fn script(&self, script: &ScriptId) -> Result<Script, CallError> {
        let by = self.door.vendor().reading();
        let component = self.door.component(script, by).await?;
        Ok(component.read(script.clone()))
    }

    async fn prepare(&self, order: &Order) -> Result<RunHandle, CallError> {
        let door = &self.door;
        let device = door.uid(order.device.as_str(), "device")?;
        let component = door
            .component(&order.script, door.vendor().writing())
            .await?;
        if component.hash() != order.hash {
            let why = "the component was changed since its hash was allowed; look at it and allow the new hash";
            return Err(Door::no("script_changed", why));
        }
        let mut parameters = order.parameters.iter();
        if let Some(unknown) = parameters.find(|one| !component.takes(one.name())) {
            let why = format!("the component has no variable {}", unknown.name());
            return Err(Door::no("unknown_parameter", why));
        }
        Handle {
            device: device.to_owned(),
            component: order.script.as_str().to_owned(),
            job: None,
        }
        .write()
    }

    async fn start(&self, order: &Order, prepared: &RunHandle) -> Result<RunHandle, CallError> {
        let door = &self.door;
        let mut handle = Handle::read(prepared)?;
        let ordered = (order.device.as_str(), order.script.as_str());
        if ordered != (&*handle.device, &*handle.component) || handle.job.is_some() {
            let why = "this handle was prepared for another run, or its run was started";
            return Err(Door::no("foreign_handle", why));
        }
        let device = door.uid(&handle.device, "device")?;
        let name = format!("Deskhand {}", order.reference);
        let variables = order.parameters.iter().map(|one| Variable {
            name: one.name(),
            value: one.value(),
        });
        let ask = Ask::act_put(&door.at(&format!("device/{device}/quickjob"))).json(&QuickJob {
            job_name: name.chars().take(LONGEST_NAME).collect(),
            job_component: JobComponent {
                component_uid: &handle.component,
                variables: variables.collect(),
            },
        });
        let answer = door.call(&ask, door.vendor().writing()).await?;
        if !answer.is_success() {
            return Err(door.refusal(&answer, "device"));
        }
        let made: Option<Made> = answer.json();
        let job = made.ok_or_else(|| door.vendor().garbled(&ask))?.job.uid;
        if door.uid(&job, "job").is_err() {
            return Err(door.vendor().garbled(&ask));
        }
        handle.job = Some(job);
        handle.write()
    }

    async fn run(&self, handle: &RunHandle) -> Result<RunState, CallError> {
        let handle = Handle::read(handle)?;
        let Some(job) = &handle.job else {
            return Ok(RunState::Unknown {
                why: "the answer to the start was lost, and with it the job's uid; look for the job by its name in Datto RMM",
            });
        };
        let by = self.door.vendor().reading();
        let job = self.door.uid(job, "job")?;
        let device = self.door.uid(&handle.device, "device")?;
        let place = format!("job/{job}/results/{device}");
        match self.door.read::<Results>(&place, "result", by).await {
            Ok(results) => self.door.state(&results, &place, by).await,
            Err(CallError::NotFound { .. }) => self.door.before_results(job, by).await,
            Err(other) => Err(other),
        }
    }
}

impl Door {
    /// A job without results yet is queued, one that Datto does not know is not to be told.
    async fn before_results(&self, job: &str, by: Deadline) -> Result<RunState, CallError> {
        match self.read::<Job>(&format!("job/{job}"), "job", by).await {
            Ok(_) => Ok(RunState::Queued),
            Err(CallError::NotFound { .. }) => Ok(RunState::Unknown {
                why: "Datto RMM does not know the job any more",
            }),
            Err(other) => Err(other),
        }
    }

    /// `Warning` is no success: somebody told Datto which words in the output to warn of.
    async fn state(
        &self,
        results: &Results,
        place: &str,
        by: Deadline,
    ) -> Result<RunState, CallError> {
        Ok(match results.job_deployment_status.as_deref() {
            Some("Pending") => RunState::Queued,
            Some("Running") => RunState::Running,
            Some("Success") => RunState::Succeeded {
                output: self.output(results, place, by).await?,
            },
            Some(code @ ("Warning" | "Failure" | "Expired" | "Retired")) => RunState::Failed {
                output: self.output(results, place, by).await?,
                code: code.to_owned(),
                exit_code: None,
            },
            _ => RunState::Unknown {
                why: "Datto RMM says something of the run that we cannot read",
            },
        })
    }

    /// What it wrote to stdout, then what to stderr.
    async fn output(
        &self,
        results: &Results,
        place: &str,
        by: Deadline,
    ) -> Result<Output, CallError> {
        let components = &results.component_results;
        let streams = [
            ("stdout", components.iter().any(|one| one.has_std_out)),
            ("stderr", components.iter().any(|one| one.has_std_err)),
        ];
        let mut texts: Vec<String> = Vec::new();
        for (stream, _) in streams.into_iter().filter(|(_, wrote)| *wrote) {
            let path = format!("{place}/{stream}");
            match self.read::<Vec<Written>>(&path, "output", by).await {
                Ok(written) => texts.extend(written.into_iter().filter_map(|one| one.std_data)),
                Err(CallError::NotFound { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(Output::of(&texts.join("\n")))
    }
}
