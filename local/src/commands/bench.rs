//! `bench`: how long a function takes from the start of its process to its first answer, beside a function that does nothing; and how
//! long a warm one takes for an authenticated read beside its calls of AWS.
//!
//! Release binaries are started by a Runtime API of our own, with the environment they are deployed with, and work on the tables of the
//! deployment that is up.

mod cases;
mod table;

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use runtime_api::{Answer, Function};
use serde_json::{Value, json};
use tokio::process::Command;

use self::{
    cases::{Bench, Case},
    table::{Row, median, milliseconds},
};
use super::endpoints_of_running;
use crate::{
    aws::Aws,
    error::{Doing, Error, Result},
    fixture::Fixture,
    function, machine, machine_env,
    project::Project,
    say::Say,
    tls::TlsDoor,
    warm::{Warm, warm},
};

const RUNS: usize = 20;
/// Invocations of a warm function.
const WARM: usize = 200;
/// The reads that are measured warm: one row beside the caller's, and several.
const WARM_READS: [&str; 2] = ["get_organization", "get_key"];
/// The package they are of.
const WARM_PACKAGE: &str = "accounts-service";
/// How a key begins; one that ends in nothing but `A` is nobody's.
const NOBODYS_KEY: &str = "vetrai_";
const PATIENCE: Duration = Duration::from_mins(1);
/// What is measured, hello first: fixture, package and binary.
const SUBJECTS: [[&str; 3]; 4] = [
    ["platform/get_health", "hello-function", "hello"],
    [
        "webhooks/receive_ticket_created",
        "webhooks-service",
        "webhooks",
    ],
    [
        "classifier/classify_ticket",
        "classifier-service",
        "classifier",
    ],
    ["executor/reset_password", "executor-service", "executor"],
];

/// Builds, runs every subject `RUNS` times in turn and prints what came of it.
///
/// # Errors
/// When nothing is up, the build fails, or a function does not answer as its fixture expects.
pub async fn bench(project: &Project) -> Result<()> {
    let endpoints = endpoints_of_running(project)?;
    machine::must_have_python("python3")?;
    build(project).await?;
    let bench = Bench::new(&endpoints)?;
    let aws = Aws::at(endpoints.aws())?;
    let tls = TlsDoor::to(&aws).await?;
    let mut subjects = subjects(project, &aws, endpoints.stack()).await?;
    subjects.extend(over_tls(project, &aws, endpoints.stack(), &tls).await?);
    let say = Say::new(false);
    let preparing = "preparing tickets whose users have confirmed";
    // The first round is not counted: it reads the binaries from the disk.
    let cases = say.step(preparing, bench.cases(RUNS + 1)).await?;
    let mut rows: Vec<Row> = Vec::new();
    for subject in &subjects {
        rows.push(Row::new(subject.name, &subject.function.program).await?);
    }
    for (round, case) in cases.iter().enumerate() {
        for (subject, row) in subjects.iter().zip(&mut rows) {
            let run = subject.run(project, &bench, case).await?;
            if round > 0 {
                row.count(&run);
            }
        }
        say.line(format!("round {round} of {RUNS}"));
    }
    let mut warmed = Vec::new();
    for operation in WARM_READS {
        warmed.push((
            operation,
            warm_read(project, &aws, &bench, operation).await?,
        ));
    }
    let local_aws = one_read(&aws, endpoints.stack()).await?;
    println!(
        "\nProcess start to first answer on this machine, release build, {RUNS} runs each in turn:\n"
    );
    table::print(&rows);
    println!(
        "\nIn all but hello are their calls of the local AWS and the sandbox, over plain HTTP where the name does not say otherwise; one \
         read of the local AWS takes {} here. Over TLS each process reads the system's roots and shakes hands.",
        milliseconds(local_aws)
    );
    println!("\nWarm, {WARM} invocations of one process each, medians:");
    for (operation, warm) in warmed {
        println!(
            "{operation}: {:.2} ms as its caller sees it; {:.2} ms of work of its own, of them {:.2} while its {} calls of AWS were \
             under way; beyond them {:.2} ms.",
            warm.seen, warm.ms, warm.aws_ms, warm.aws_calls, warm.beyond_ms
        );
    }
    Ok(())
}

/// A warm read with an API key.
async fn warm_read(
    project: &Project,
    aws: &Aws,
    bench: &Bench<'_>,
    operation: &str,
) -> Result<Warm> {
    let mut words = bench.words();
    words.insert("key_id", "1".to_owned());
    let fixture = Fixture::read(project, &format!("accounts/{operation}"))?;
    let event = fixture.event(&words)?;
    let program = project.released("accounts");
    warm(aws, bench.stack(), operation, program, &event, WARM).await
}

async fn build(project: &Project) -> Result<()> {
    let doing = "building for release";
    eprintln!(
        "Building {} functions for release; this takes minutes…",
        SUBJECTS.len() + 1
    );
    let packages = SUBJECTS.iter().map(|[_, package, _]| *package);
    let packages = packages.chain([WARM_PACKAGE]);
    let packages = packages.flat_map(|package| ["-p", package]);
    let ended = Command::new("cargo")
        .args(["build", "--release", "--bins"])
        .args(packages)
        .current_dir(project.root())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .status()
        .await
        .doing(doing)?;
    if ended.success() {
        return Ok(());
    }
    Err(Error::failed(
        doing,
        format!("{ended}; see cargo's messages above"),
    ))
}

/// A function to measure.
struct Subject {
    name: &'static str,
    fixture: &'static str,
    function: Function,
    /// Whether the caller's key is nobody's, so that the function answers after one look.
    refused: bool,
}

async fn subjects(project: &Project, aws: &Aws, stack: &str) -> Result<Vec<Subject>> {
    let mut subjects = Vec::new();
    for [fixture, _, binary] in SUBJECTS {
        let program = project.released(binary);
        let operation = fixture.split('/').next_back().unwrap_or(fixture);
        let (name, function) = if binary == "hello" {
            let hello = Function {
                program,
                name: binary.to_owned(),
                handler: binary.to_owned(),
                memory_mb: 256,
                environment: machine_env::for_function(aws.base()),
            };
            (binary, hello)
        } else {
            let function = function::deployed(aws, stack, operation, program).await?;
            (operation, function)
        };
        subjects.push(Subject {
            name,
            fixture,
            function,
            refused: false,
        });
    }
    Ok(subjects)
}

/// The classifier as it reaches the real AWS: over TLS, with one call of `DynamoDB` and with all of a decision's.
async fn over_tls(
    project: &Project,
    aws: &Aws,
    stack: &str,
    tls: &TlsDoor,
) -> Result<Vec<Subject>> {
    let program = project.released("classifier");
    let mut function = function::deployed(aws, stack, "classify_ticket", program).await?;
    function.environment.extend(tls.environment());
    let subject = |(name, refused)| Subject {
        name,
        fixture: "classifier/classify_ticket",
        function: function.clone(),
        refused,
    };
    let over_tls = [("TLS, nobody's key", true), ("TLS, classify_ticket", false)];
    Ok(over_tls.map(subject).into())
}

impl Subject {
    /// One run about `case`.
    async fn run(
        &self,
        project: &Project,
        bench: &Bench<'_>,
        case: &Case,
    ) -> Result<runtime_api::Run> {
        let doing = format!("running {}", self.name);
        let fixture = Fixture::read(project, self.fixture)?;
        let mut words = bench.words();
        let mut expected = fixture.expected["status"].clone();
        if self.refused {
            words.insert("api_key", format!("{NOBODYS_KEY}{}", "A".repeat(43)));
            expected = json!(401);
        }
        let event = case.about(fixture).event(&words)?;
        let run = runtime_api::run(&self.function, &event, PATIENCE)
            .await
            .doing(doing.clone())?;
        let Answer::Good(answer) = &run.answer else {
            return Err(Error::failed(doing, format!("it failed: {:?}", run.answer)));
        };
        if answer["statusCode"] != expected {
            let why = format!("{expected} was expected, and it answered {answer}");
            return Err(Error::failed(doing, why));
        }
        let body = answer["body"].as_str().unwrap_or_default();
        if let Ok(Value::Object(body)) = serde_json::from_str(body)
            && let Some(event) = body.get("event_id").and_then(Value::as_str)
        {
            // What the webhook set off is over before the next function is measured.
            bench.settled(event).await?;
        }
        Ok(run)
    }
}

/// The median time of one read of the local AWS.
async fn one_read(aws: &Aws, stack: &str) -> Result<Duration> {
    let ask = json!({
        "TableName": format!("{stack}-accounts"),
        "Key": {"pk": {"S": "bench"}, "sk": {"S": "none"}},
    });
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let begun = Instant::now();
        aws.dynamodb("GetItem", &ask).await?;
        times.push(begun.elapsed());
    }
    Ok(median(&times))
}
