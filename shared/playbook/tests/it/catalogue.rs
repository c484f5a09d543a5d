//! What is committed under `statemachines/` is what the compiler makes.

use std::fs;
use std::path::{Path, PathBuf};

use playbook::{CATALOGUE, compile, compile_text, json_schema_text, parse};
use serde_json::Value;

fn catalogue() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../statemachines")
}

fn sources() -> Vec<PathBuf> {
    let files = fs::read_dir(catalogue())
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect()
}

const REWRITE: &str = "run `cargo run -p playbook --example compile`";

#[test]
fn each_compiled_machine_equals_its_source() {
    assert!(!sources().is_empty());
    for source in sources() {
        let version = parse(&fs::read_to_string(&source).unwrap()).unwrap();
        assert_eq!(
            source.file_stem().unwrap().to_str(),
            Some(version.name.as_str()),
            "a file is called as its playbook"
        );
        let committed = fs::read_to_string(source.with_extension("asl.json")).unwrap_or_default();
        assert!(
            committed == compile_text(&version),
            "{} is stale: {REWRITE}",
            source.display()
        );
        assert_eq!(
            serde_json::from_str::<Value>(&committed).unwrap(),
            compile(&version)
        );
    }
}

#[test]
fn every_source_is_in_the_catalogue() {
    let sources = sources();
    assert_eq!(sources.len(), CATALOGUE.len());
    for source in sources {
        let text = fs::read_to_string(&source).unwrap();
        assert!(CATALOGUE.contains(&text.as_str()), "{}", source.display());
    }
}

#[test]
fn a_name_stands_once_in_the_catalogue() {
    let names = CATALOGUE
        .iter()
        .map(|text| parse(text).unwrap().name.to_string());
    let mut names: Vec<String> = names.collect();
    names.sort();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
}

#[test]
fn no_compiled_machine_has_lost_its_source() {
    for entry in fs::read_dir(catalogue()).unwrap() {
        let path = entry.unwrap().path();
        if let Some(name) = path
            .file_name()
            .and_then(|name| name.to_str()?.strip_suffix(".asl.json"))
        {
            assert!(
                catalogue().join(format!("{name}.yaml")).exists(),
                "{name}.asl.json has no {name}.yaml"
            );
        }
    }
}

#[test]
fn the_committed_schema_is_the_language_s() {
    let committed =
        fs::read_to_string(catalogue().join("playbook.schema.json")).unwrap_or_default();
    assert!(
        committed == json_schema_text(),
        "playbook.schema.json is stale: {REWRITE}"
    );
}
