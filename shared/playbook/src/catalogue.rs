//! The catalogue: the playbooks that every tenant begins with.

/// Their texts in `statemachines/`, each beside the state machine that the template deploys for it.
pub const CATALOGUE: [&str; 2] = [
    include_str!("../../../statemachines/password_reset.yaml"),
    include_str!("../../../statemachines/device_script.yaml"),
];
