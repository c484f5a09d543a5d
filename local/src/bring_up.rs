//! The steps that bring a deployment up, in order.

use std::{env, fs, path::PathBuf, time::Duration};

use crate::{
    artifacts,
    aws::Aws,
    deploy::Deploy,
    deployment::{Options, STACK},
    endpoints::{self, Endpoints},
    error::{Doing, Error, Result},
    front_door::{self, FrontDoor},
    gateway,
    guard::{Guard, Process},
    machine, machine_env,
    place::Place,
    ports::Ports,
    project::Project,
    say::Say,
    tenant,
    venv::{self, Made},
};

const SITECUSTOMIZE: &str = include_str!("../assets/sitecustomize.py");
const START_PATIENCE: Duration = Duration::from_secs(30);
/// Requests an hour, or a minute, that a laptop never makes: its limits are there and do not get in the way.
const GENEROUS: u32 = 100_000;
const GENEROUS_A_MINUTE: u32 = 10_000;

/// What every step needs.
pub(crate) struct BringUp<'a> {
    pub(crate) options: &'a Options,
    pub(crate) project: &'a Project,
    pub(crate) place: &'a Place,
    pub(crate) ports: Ports,
    pub(crate) aws: &'a Aws,
    pub(crate) say: Say,
}

/// The virtualenvs.
struct Tools {
    aws: Made,
    sam: Made,
}

impl BringUp<'_> {
    /// Everything, from an empty machine to an answering front door.
    pub(crate) async fn run(&self) -> Result<(Guard, FrontDoor, Endpoints)> {
        machine::must_have_room(self.project.cache())?;
        machine::must_have_room(self.place.directory())?;
        machine::must_have_python("python3")?;
        let tools = venv::both(self.project.cache(), self.say.in_lines());
        let built = artifacts::build(self.project, self.options.quiet);
        let ((aws, sam), ()) = tokio::try_join!(tools, built)?;
        let tools = Tools { aws, sam };
        let mut guard = self.guard()?;
        self.start_aws(&mut guard, &tools)?;
        self.start_sandbox(&mut guard)?;
        let what = "starting the vendor sandbox and the local AWS";
        self.say
            .step(what, self.aws.healthy(START_PATIENCE))
            .await?;
        let stage = self.deploy(&tools).await?;
        let contract_ports = front_door::CONTRACT_PORTS.filter(|_| self.options.contract_ports);
        let door = FrontDoor::open(self.ports.front_door, contract_ports, stage)?;
        let endpoints = self
            .say
            .step("making the example tenant", self.set_up_tenant())
            .await?
            .with_ports(door.also());
        endpoints.write(&self.place.endpoints())?;
        Ok((guard, door, endpoints))
    }

    fn guard(&self) -> Result<Guard> {
        let own = env::current_exe().doing("finding the launcher's own program")?;
        let is_launcher = own.is_file() && own.file_stem().is_some_and(|name| name == "deskhand");
        let launcher = if is_launcher {
            own
        } else {
            self.project.binary("deskhand")
        };
        let removed = self.options.remove_state.then(|| self.place.directory());
        Guard::start(&launcher, &self.place.processes(), removed)
    }

    fn start_aws(&self, guard: &mut Guard, tools: &Tools) -> Result<()> {
        let home = self.place.aws();
        let doing = "preparing the local AWS";
        for part in ["state", "s3", "tmp", "home", "python"] {
            fs::create_dir_all(home.join(part)).doing(doing)?;
        }
        fs::write(home.join("python/sitecustomize.py"), SITECUSTOMIZE).doing(doing)?;
        let seen = self.options.aws_seen_by_functions.as_deref();
        let seen = seen.unwrap_or(self.aws.base());
        guard.run(Process {
            name: "aws".to_owned(),
            program: tools.aws.program("ministack"),
            args: Vec::new(),
            env: machine_env::for_local_aws(self.ports.aws, &home, seen),
            log: self.place.log("aws"),
        })
    }

    fn start_sandbox(&self, guard: &mut Guard) -> Result<()> {
        guard.run(Process {
            name: "sandbox".to_owned(),
            program: self.project.binary("sandbox"),
            args: vec!["--port".to_owned(), self.ports.sandbox.to_string()],
            env: machine_env::for_sandbox(),
            log: self.place.log("sandbox"),
        })
    }

    /// Deploys the template and answers with the API stage's URL.
    async fn deploy(&self, tools: &Tools) -> Result<String> {
        let root = self.project.root();
        let template =
            fs::read_to_string(root.join("template.yaml")).doing("reading template.yaml")?;
        let services = artifacts::services(&template);
        if services.is_empty() {
            return Err(Error::failed(
                "reading template.yaml",
                "no function has a CodeUri of functions/<service>",
            ));
        }
        let zips = artifacts::pack(self.project, &tools.aws, &services, self.say).await?;
        let deploy = Deploy {
            project: self.project,
            place: self.place,
            sam: &tools.sam,
            aws: self.aws.base(),
            stack: STACK,
            parameters: &self.parameters(),
        };
        deploy.run(&template, &zips, self.say).await?;
        let outputs = self.aws.outputs(STACK).await?;
        let output = |name: &str| {
            outputs.get(name).ok_or_else(|| {
                Error::failed(
                    "reading the stack's outputs",
                    format!("template.yaml has no output {name}"),
                )
            })
        };
        let (api, stage) = (output("ApiId")?, output("Stage")?);
        let gateway = root.join("gateway.yaml");
        gateway::push_responses(self.aws, &gateway, api, stage).await?;
        Ok(format!(
            "{}/_aws/execute-api/{api}/{stage}",
            self.aws.base()
        ))
    }

    /// The template's parameters, as a laptop wants them.
    fn parameters(&self) -> Vec<(&'static str, String)> {
        vec![
            ("PublicBaseUrl", endpoints::public_base_url(self.ports)),
            ("Deployment", "local".to_owned()),
            // The local AWS knows no association of a firewall with an API.
            ("Firewall", "off".to_owned()),
            ("AllowedEmailDomains", tenant::allowed_domains()),
            ("MailFrom", "desk@example.com".to_owned()),
            ("SecondOpinionModel", sandbox::BEDROCK_MODEL.to_owned()),
            (
                "SecondOpinionUrl",
                endpoints::second_opinion_url(self.ports),
            ),
            ("UserHourlyLimit", GENEROUS.to_string()),
            ("AdminHourlyLimit", GENEROUS.to_string()),
            ("AddressHourlyLimit", GENEROUS.to_string()),
            ("ServiceMinuteLimit", GENEROUS_A_MINUTE.to_string()),
        ]
    }

    async fn set_up_tenant(&self) -> Result<Endpoints> {
        let made = tenant::create(self.aws, STACK).await?;
        let id = made["tenant"].as_str().unwrap_or_default();
        tenant::vouch_for_catalogue(self.aws, STACK, id).await?;
        let sandbox = endpoints::sandbox_url(self.ports);
        tenant::put_vendor_secrets(self.aws, STACK, id, &sandbox).await?;
        tenant::register_webhooks(&sandbox, &made["webhooks"]).await?;
        tenant::let_mail_out(self.aws).await?;
        Ok(Endpoints::new(self.ports, STACK, &made))
    }
}

/// Removes what an earlier deployment left in `place`, but not the lock this one holds.
pub(crate) fn empty(place: &Place) -> Result<()> {
    for left in ["aws", "deploy", "home"] {
        let left: PathBuf = place.directory().join(left);
        if left.exists() {
            fs::remove_dir_all(&left).doing(format!("removing {}", left.display()))?;
        }
    }
    let _ = fs::remove_file(place.endpoints());
    let logs = place.directory().join("logs");
    fs::create_dir_all(&logs).doing(format!("making {}", logs.display()))
}
