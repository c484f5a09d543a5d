//! The catalogue: the playbooks that every tenant begins with.

/// Their texts in `statemachines/`, each beside the state machine that the template deploys for it.
pub const CATALOGUE: [&str; 1] = [include_str!("../../../statemachines/password_reset.yaml")];
