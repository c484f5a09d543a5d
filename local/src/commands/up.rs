//! `cargo run`, `up`, `up --detach`: bring everything up, play the demo if asked, stay until told to stop.

use std::{
    env, fs,
    os::unix::process::CommandExt,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use tokio::{
    signal::unix::{SignalKind, signal},
    time,
};

use super::usual_place;
use crate::{
    demo,
    deployment::{Deployment, Options},
    endpoints::Endpoints,
    error::{Doing, Error, Result},
    place::{Holder, Place},
    project::Project,
    say::Say,
};

/// A first build on a small machine takes a quarter of an hour.
const DETACHED_PATIENCE: Duration = Duration::from_hours(1);

/// How to come up.
#[derive(Debug, Clone, Copy)]
pub struct Up {
    /// The front door's port.
    pub port: u16,
    /// Play the demo when up.
    pub demo: bool,
    /// Leave a person to approve the push.
    pub manual: bool,
}

/// Brings `project` up in this terminal and stays until Ctrl-C or `down`. Where it is up already, says so at once.
///
/// # Errors
/// When it does not come up, or the demo does not end well.
pub async fn stay(project: &Project, given: Option<&Path>, up: Up) -> Result<()> {
    if let Some(holder) = usual_place(project).holder() {
        return already_up(project, &holder, up).await;
    }
    let options = Options {
        project: given.map(Path::to_owned),
        port_base: Some(up.port),
        contract_ports: true,
        ..Options::default()
    };
    let stop = stop_asked();
    tokio::pin!(stop);
    let deployment = tokio::select! {
        started = Deployment::start(options) => started?,
        asked = &mut stop => return asked,
    };
    let played = tokio::select! {
        played = play(&deployment, up) => played,
        asked = &mut stop => return asked,
    };
    if let Err(cause) = &played {
        Say::new(false).line(format!("\nThe demo did not end well. {cause}\n"));
    }
    introduce(deployment.endpoints());
    Say::new(false).line("Ctrl-C stops everything.");
    stop.await?;
    Say::new(false).line("\nstopping…");
    deployment.stop();
    played
}

async fn play(deployment: &Deployment, up: Up) -> Result<()> {
    if !up.demo {
        return Ok(());
    }
    println!();
    demo::run(deployment.endpoints(), up.manual).await
}

async fn already_up(project: &Project, holder: &Holder, up: Up) -> Result<()> {
    let Holder { pid, port, ready } = holder;
    let how = if *ready {
        "is up already"
    } else {
        "is coming up already"
    };
    println!(
        "Deskhand {how}: http://localhost:{port} (process {pid}); `cargo run -- down` stops it."
    );
    if !up.demo || !ready {
        return Ok(());
    }
    println!();
    let endpoints = Endpoints::read(&usual_place(project).endpoints())?;
    demo::run(&endpoints, up.manual).await
}

/// Ends when Ctrl-C is pressed or `down` asks.
async fn stop_asked() -> Result<()> {
    let doing = "listening for the signal to stop";
    let mut interrupt = signal(SignalKind::interrupt()).doing(doing)?;
    let mut terminate = signal(SignalKind::terminate()).doing(doing)?;
    let mut hangup = signal(SignalKind::hangup()).doing(doing)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

fn introduce(endpoints: &Endpoints) {
    println!("\nDeskhand is up.");
    println!("  API              {}", endpoints.api());
    println!("  and on           {}", also(&endpoints.ports()));
    println!(
        "  vendor sandbox   {}   (read John's phone, press approve)",
        endpoints.sandbox()
    );
    println!("  local AWS        {}", endpoints.aws());
    println!("  all of it        .local/endpoints.json\n");
}

/// The contracts' ports that the API answers on, in one line.
fn also(ports: &[u16]) -> String {
    if ports.is_empty() {
        return "none of the contracts' ports 8000 to 8008: other programs have them".to_owned();
    }
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!("ports {} (the contracts')", ports.join(", "))
}

/// Brings `project` up in the background and returns when it is up.
///
/// # Errors
/// When it does not come up; what it said is in `.local/logs/up.log`.
pub async fn detach(project: &Project, given: Option<&Path>, up: Up) -> Result<()> {
    let place = usual_place(project);
    if let Some(holder) = place.holder() {
        return already_up(project, &holder, up).await;
    }
    let doing = "starting the launcher in the background";
    let log = place.log("up");
    fs::create_dir_all(place.directory().join("logs")).doing(doing)?;
    let out = fs::File::create(&log).doing(doing)?;
    let err = out.try_clone().doing(doing)?;
    let mut command = Command::new(env::current_exe().doing(doing)?);
    command.args(["up", "--port", &up.port.to_string()]);
    if let Some(given) = given {
        command.arg("--project").arg(given);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .process_group(0)
        .spawn()
        .doing(doing)?;
    let mut told = 0;
    let begun = Instant::now();
    while begun.elapsed() < DETACHED_PATIENCE {
        told = tell_more(&log, told);
        if let Some(ended) = child.try_wait().doing(doing)? {
            tell_more(&log, told);
            let why = "it did not come up, see above; .local/logs/up.log has all of it".to_owned();
            return Err(match ended.code() {
                Some(2) => Error::Machine(why),
                _ => Error::failed(doing, why),
            });
        }
        if ready(&place) {
            time::sleep(Duration::from_millis(100)).await;
            tell_more(&log, told);
            return Ok(());
        }
        time::sleep(Duration::from_millis(200)).await;
    }
    Err(Error::failed(doing, "it did not come up within an hour"))
}

fn ready(place: &Place) -> bool {
    place.holder().is_some_and(|holder| holder.ready)
}

/// Prints what was added to `log` beyond `told` bytes.
fn tell_more(log: &Path, told: usize) -> usize {
    let text = fs::read(log).unwrap_or_default();
    if let Some(more) = text.get(told..) {
        eprint!("{}", String::from_utf8_lossy(more));
    }
    text.len().max(told)
}
