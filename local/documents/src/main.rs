//! `documents` writes the API's documents to the project's root; `documents check` fails when they are not what the code says.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprint!("documents: {error}");
            let mut cause = error.source();
            while let Some(next) = cause {
                eprint!(": {next}");
                cause = next.source();
            }
            eprintln!();
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let root = root()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => {
            for name in documents::write(&root)? {
                println!("{name} written");
            }
            Ok(())
        }
        ["check"] => Ok(documents::check(&root)?),
        _ => Err("say nothing, to write the documents, or `check`".into()),
    }
}

/// The project's root: the folder above the working directory, or itself, that holds the template.
fn root() -> Result<PathBuf, Box<dyn Error>> {
    let here = std::env::current_dir()?;
    let root = here
        .ancestors()
        .find(|folder| folder.join("template.yaml").is_file());
    Ok(root
        .ok_or("run this inside the project: no folder above this one has a template.yaml")?
        .to_owned())
}
