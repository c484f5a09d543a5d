//! `status`: what is up, and whether each part answers.

use super::usual_place;
use crate::{
    aws::loopback,
    endpoints::Endpoints,
    error::{Error, Result},
    project::Project,
    say::print_line,
};

/// Prints each part with its address and whether it answers.
///
/// # Errors
/// When nothing is up, or a part does not answer.
pub async fn status(project: &Project) -> Result<()> {
    let place = usual_place(project);
    let Some(holder) = place.holder() else {
        return Err(Error::failed("status", "nothing is up"));
    };
    if !holder.ready {
        print_line(format_args!(
            "Deskhand is coming up (process {}).",
            holder.pid
        ));
        return Ok(());
    }
    print_line(format_args!("Deskhand is up (process {}).", holder.pid));
    let endpoints = Endpoints::read(&place.endpoints())?;
    let parts = [
        ("API", endpoints.api(), "/health"),
        ("vendor sandbox", endpoints.sandbox(), "/_sandbox/mfa"),
        ("local AWS", endpoints.aws(), "/_ministack/health"),
    ];
    let mut silent = Vec::new();
    for (name, base, path) in parts {
        let answer = loopback()?.get(format!("{base}{path}")).send().await;
        let answers = answer.is_ok_and(|answer| answer.status().is_success());
        let word = if answers {
            "answers"
        } else {
            "DOES NOT ANSWER"
        };
        print_line(format_args!("  {name:<16} {base:<24} {word}"));
        if !answers {
            silent.push(name);
        }
    }
    if silent.is_empty() {
        return Ok(());
    }
    Err(Error::failed(
        "status",
        format!("no answer from: {}", silent.join(", ")),
    ))
}
