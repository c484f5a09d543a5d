//! `evaluate`: how well the embedded model does on the held-out tickets, or the classifier on a public set.

use std::path::PathBuf;
use std::time::Instant;

use classifier_train::{
    evaluate,
    own::{self, Places},
};

use crate::{
    error::{Doing, Error, Result},
    project::Project,
};

/// Measures and prints a table; with a set of `[text, label]` lists it learns from its `train` first.
///
/// # Errors
/// When the set, the tickets or the model cannot be read.
pub async fn evaluate(project: &Project, dataset: Option<PathBuf>) -> Result<()> {
    let begun = Instant::now();
    let places = Places::of(project.root());
    let table = tokio::task::spawn_blocking(move || match dataset {
        Some(path) => evaluate::evaluate(&path)
            .map(|report| report.to_string())
            .map_err(|cause| cause.to_string()),
        None => embedded(&places),
    })
    .await
    .doing("evaluating")?
    .map_err(|why| Error::failed("evaluating", why))?;
    print!("{table}");
    if let Some(resident) = resident() {
        println!("resident          {resident} by this process, launcher and tickets included");
    }
    println!("took              {:.1} s", begun.elapsed().as_secs_f32());
    Ok(())
}

fn embedded(places: &Places) -> Result<String, String> {
    let model = classifier::embedded().map_err(|error| error.to_string())?;
    let told = if places.held_out.is_dir() {
        own::held_out(model, &places.held_out)
            .map_err(|cause| cause.to_string())?
            .to_string()
    } else {
        format!(
            "held out          no tickets in {}\n",
            places.held_out.display()
        )
    };
    let (tried, fallen_for) =
        own::acted_on(model, &places.develop).map_err(|cause| cause.to_string())?;
    let fallen_for = fallen_for.len();
    let took = own::microseconds(model, &places.train).map_err(|cause| cause.to_string())?;
    let bytes = model.to_bytes().len();
    Ok(format!(
        "{told}developed-with    {fallen_for} of {tried} adversarial tickets acted on\ntime-per-ticket   {took:.1} µs, reading and explaining it included\nmodel             {bytes} bytes\n"
    ))
}

/// The memory that this process holds, as Linux tells it.
fn resident() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f32 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(format!("{:.1} MB", kilobytes / 1000.0))
}
