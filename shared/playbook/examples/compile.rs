//! Compiles the catalogue: `statemachines/<playbook>.yaml` to `<playbook>.asl.json` beside it, and writes the JSON Schema.

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../statemachines");
    for entry in fs::read_dir(&catalogue)? {
        let source = entry?.path();
        if source
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            let name = source
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let version = playbook::parse(&fs::read_to_string(&source)?).map_err(|flaws| {
                let flaws: Vec<String> = flaws.iter().map(ToString::to_string).collect();
                format!("{name}:\n{}", flaws.join("\n"))
            })?;
            fs::write(
                source.with_extension("asl.json"),
                playbook::compile_text(&version),
            )?;
            println!(
                "{name}: {} {}, {} steps, {}",
                version.name,
                version.version,
                version.steps.len(),
                version.checksum()
            );
        }
    }
    fs::write(
        catalogue.join("playbook.schema.json"),
        playbook::json_schema_text(),
    )?;
    Ok(())
}
