//! What a simulation comes to: its cases are played and judged, and the row that it leaves is written.

use super::cases::generated;
use super::report::{SimulationCoverage, SimulationFlaw, SimulationReport};
use super::scene::{Played, play};
use super::stage::Stage;
use super::wanted::{Cases, Wanted};
use crate::vendors::vendors;
use audit::{Actor, Entry};
use desk::{Raced, retried};
use domain::{ChainHead, PlaybookName, Tenant};
use kit::{App, Problem};
use playbook::{Branch, branches, compile};
use store::SimulationRow;

/// Plays the cases and judges.
///
/// # Errors
/// When the directory or the tables cannot be asked now.
pub(crate) async fn simulated(
    app: &App,
    tenant: &Tenant,
    wanted: &Wanted,
) -> Result<SimulationReport, Problem> {
    let vendors = vendors(app, tenant).await?;
    let resets = outside::resets(app, tenant).await?;
    let rights = outside::rights(app, tenant).await?;
    let now = app.clock().now();
    let mut stage = Stage::new(vendors, (resets, rights), Some((app, tenant)), now);
    report(&mut stage, wanted).await
}

/// The same on a stage that is there.
pub(crate) async fn report(
    stage: &mut Stage<'_>,
    wanted: &Wanted,
) -> Result<SimulationReport, Problem> {
    let version = &wanted.version;
    let machine = compile(version);
    let all = branches(version, &machine).map_err(|error| Problem::internal(&error))?;
    let played = match &wanted.cases {
        Cases::Made(subject) => generated(stage, version, &machine, &all, subject).await?,
        Cases::Named(cases) => {
            let mut played = Vec::new();
            for case in cases {
                played.push(Box::pin(play(stage, version, &machine, case)).await?);
            }
            played
        }
    };
    Ok(judged(wanted, &all, played))
}

fn judged(wanted: &Wanted, all: &[Branch], played: Vec<Played>) -> SimulationReport {
    let is_taken = |branch: &&Branch| played.iter().any(|one| branch.is_taken(&one.passages));
    let (taken, open): (Vec<&Branch>, Vec<&Branch>) = all.iter().partition(is_taken);
    let coverage = SimulationCoverage {
        covered: taken.len(),
        branches: all.len(),
        uncovered: open.iter().map(ToString::to_string).collect(),
    };
    let mut findings: Vec<SimulationFlaw> = Vec::new();
    for one in &played {
        let refused = one.shown.refusals.iter();
        let counts = refused.filter(|_| one.shown.meant_to_succeed);
        for flaw in one.flaws.iter().chain(counts) {
            let is_same = |known: &SimulationFlaw| {
                (&known.step, &known.code, &known.message)
                    == (&flaw.step, &flaw.code, &flaw.message)
            };
            if !findings.iter().any(is_same) {
                findings.push(flaw.clone());
            }
        }
    }
    SimulationReport {
        playbook_id: wanted.version.name.to_string(),
        version: wanted.version.version.to_string(),
        checksum: wanted.checksum.clone(),
        green: findings.is_empty() && coverage.uncovered.is_empty(),
        findings,
        coverage,
        cases: played.into_iter().map(|one| one.shown).collect(),
    }
}

/// Keeps what it came to, by the text's checksum, with its record: the only thing that a simulation writes.
///
/// # Errors
/// When the tables cannot be asked.
pub(crate) async fn kept(
    app: &App,
    tenant: &Tenant,
    actor: &Actor,
    name: &PlaybookName,
    report: &SimulationReport,
) -> Result<(), Problem> {
    retried(|| async {
        let (store, now) = (app.store(), app.clock().now());
        let seen = store.simulation(tenant, name, &report.checksum).await?;
        let before = seen.as_ref().and_then(|row| row.green_at);
        let next = SimulationRow {
            playbook: name.clone(),
            version: report.version.clone(),
            checksum: report.checksum.clone(),
            at: now,
            cases: report.cases.len() as u64,
            covered: report.coverage.covered as u64,
            branches: report.coverage.branches as u64,
            flaws: report.findings.len() as u64,
            green_at: if report.green { Some(now) } else { before },
            rev: 0,
            chain: ChainHead::default(),
        };
        let entry = Entry::new(now, actor.clone(), "playbook.simulated")
            .fact("playbook", name.as_str())
            .fact("version", report.version.as_str())
            .fact("checksum", report.checksum.as_str())
            .fact("green", report.green)
            .fact("cases", next.cases)
            .fact("covered", next.covered)
            .fact("branches", next.branches)
            .fact("flaws", next.flaws);
        store
            .write(tenant, "playbook simulated")
            .simulation(seen.as_ref(), &next, vec![entry])
            .commit()
            .await?;
        Ok::<_, Raced>(())
    })
    .await
}
