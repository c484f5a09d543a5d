//! The playbook language through its public door.

#![cfg(test)]

mod bounds;
mod catalogue;
mod flaws;
mod generate;
mod graph;
mod machine;
mod properties;
mod rendering;
mod v2;
mod walk;

/// A playbook of one verification, as YAML.
pub(crate) const ONE_STEP: &str = "\
name: p
version: '1.0'
steps:
  - id: ask
    service: verification.mfa
    with: {user_id: abc-123}
";

/// The catalogue's password reset.
pub(crate) fn password_reset() -> playbook::PlaybookVersion {
    playbook::parse(include_str!(
        "../../../../statemachines/password_reset.yaml"
    ))
    .unwrap()
}
