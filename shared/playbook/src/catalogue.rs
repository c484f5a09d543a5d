//! The catalogue: the playbooks that every tenant has from the start.

/// Their texts in `statemachines/`, each beside the state machine that the template deploys for it.
pub const CATALOGUE: &[&str] = &[
    include_str!("../../../statemachines/password_reset.yaml"),
    include_str!("../../../statemachines/account_unlock.yaml"),
    include_str!("../../../statemachines/assign_licence.yaml"),
    include_str!("../../../statemachines/compromised_account.yaml"),
    include_str!("../../../statemachines/device_script.yaml"),
    include_str!("../../../statemachines/grant_group_access.yaml"),
    include_str!("../../../statemachines/leaver.yaml"),
    include_str!("../../../statemachines/mfa_method_reset.yaml"),
    include_str!("../../../statemachines/new_starter.yaml"),
    include_str!("../../../statemachines/revoke_group_access.yaml"),
    include_str!("../../../statemachines/revoke_sessions.yaml"),
    include_str!("../../../statemachines/shared_mailbox_access.yaml"),
];
