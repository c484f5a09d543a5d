//! The catalogue: the playbooks that every tenant begins with.

/// Their texts in `statemachines/`, each beside the state machine that the template deploys for it.
pub const CATALOGUE: [&str; 4] = [
    include_str!("../../../statemachines/password_reset.yaml"),
    include_str!("../../../statemachines/leaver.yaml"),
    include_str!("../../../statemachines/mfa_method_reset.yaml"),
    include_str!("../../../statemachines/device_script.yaml"),
];
