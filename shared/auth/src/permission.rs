//! Permissions are types, so that a handler's signature says what its caller has proved.

/// Something a caller may be allowed to do.
pub trait Permission: Send + Sync + 'static {
    /// Its word in a key's scopes and in a role.
    const SCOPE: &'static str;
}

/// The right to see a credential in the clear, once. It is asked for beside a permission, never instead of one.
pub const REVEAL: &str = "credential:reveal";

macro_rules! permissions {
    ($($(#[doc = $doc:literal])* $name:ident = $scope:literal;)*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Permission for $name {
                const SCOPE: &'static str = $scope;
            }
        )*

        /// Every scope there is with what it allows, `credential:reveal` included.
        pub const SCOPES: &[(&str, &str)] = &[
            $(($scope, concat!($($doc),*).trim_ascii()),)*
            (REVEAL, "See a credential in the clear, once, as the one who asked for it."),
        ];
    };
}

permissions! {
    /// Have a ticket classified.
    ClassifyWrite = "classify:write";
    /// Read a ticket's decision.
    ClassifyRead = "classify:read";
    /// Say what a decision should have been. Enough of it lets decisions start a playbook by themselves, or stops them.
    ClassifyFeedback = "classify:feedback";
    /// Read the labelled decisions and what was said of them.
    ClassifyExamples = "classify:examples";
    /// Read playbooks.
    PlaybookRead = "playbook:read";
    /// Check playbooks and save new versions of them, which do not run.
    PlaybookWrite = "playbook:write";
    /// Try a playbook out without doing anything; it shows what the directory says of the people it would act on.
    PlaybookSimulate = "playbook:simulate";
    /// Choose which version of a playbook runs, or that none does.
    PlaybookActivate = "playbook:activate";
    /// Make and delete playbooks.
    PlaybookAdmin = "playbook:admin";
    /// Start a playbook.
    ExecRun = "exec:run";
    /// Stop a run.
    ExecCancel = "exec:cancel";
    /// Try a run again that did not end well.
    ExecRetry = "exec:retry";
    /// Try a step again that may have happened, vouching that it did not.
    ExecReissue = "exec:reissue";
    /// Read runs.
    ExecRead = "exec:read";
    /// Ask a person to prove who they are.
    VerifyRequest = "verify:request";
    /// Read how they answered.
    VerifyRead = "verify:read";
    /// Reset a password.
    ExecutorResetPassword = "executor:reset_password";
    /// Let somebody sign in again whom an application shut out.
    ExecutorUnlockAccount = "executor:unlock_account";
    /// Keep somebody from signing in.
    ExecutorDisableAccount = "executor:disable_account";
    /// Take away what somebody proves themselves with besides a password.
    ExecutorRemoveMfaMethods = "executor:remove_mfa_methods";
    /// End somebody's sessions.
    ExecutorRevokeSessions = "executor:revoke_sessions";
    /// Give memberships and licences.
    ExecutorGrantAccess = "executor:grant_access";
    /// Take memberships and licences away.
    ExecutorRevokeAccess = "executor:revoke_access";
    /// Run allowed scripts on people's devices, and read what they wrote.
    ExecutorTriggerDeviceScript = "executor:trigger_device_script";
    /// Read which scripts may run on devices.
    ScriptsRead = "scripts:read";
    /// Say which scripts may run on devices.
    ScriptsAdmin = "scripts:admin";
    /// Hand a credential to its owner.
    DeliverySend = "delivery:send";
    /// Read how a delivery went.
    DeliveryRead = "delivery:read";
    /// Read the audit.
    AuditRead = "audit:read";
    /// Read what came in and what became of it.
    InboxRead = "inbox:read";
    /// Read one's own account.
    AccountRead = "account:read";
    /// Read who has an account here.
    UsersRead = "users:read";
    /// Add, change and remove accounts.
    UsersAdmin = "users:admin";
    /// Give and take roles, one's own rights at most.
    RolesAssign = "roles:assign";
    /// Read API keys, masked, and what they were used for.
    KeysRead = "keys:read";
    /// Make, change and revoke API keys, with one's own rights at most.
    KeysWrite = "keys:write";
    /// Read what has to be proved before an action, who is protected and how much may happen.
    PolicyRead = "policy:read";
    /// Say so.
    PolicyAdmin = "policy:admin";
    /// Read the organization and those below it.
    OrganizationRead = "organization:read";
    /// Change the organization, invite people, and make, suspend and resume organizations below it.
    OrganizationAdmin = "organization:admin";
}

/// Every scope there is.
pub fn all_scopes() -> impl Iterator<Item = &'static str> {
    SCOPES.iter().map(|(scope, _)| *scope)
}

/// The scope as we spell it, if it is one; `read` and `write` are bundles, see [`expand`].
#[must_use]
pub fn known_scope(scope: &str) -> bool {
    scope == "read" || scope == "write" || all_scopes().any(|known| known == scope)
}

/// What a scope allows: itself, or what its bundle stands for. `read` is everything that only reads; `write` is what an
/// agent does besides. Rights over accounts, keys, secrets and what playbooks do, and
/// vouching that something did not happen, are in neither and must be named.
pub fn expand(scope: &str) -> impl Iterator<Item = &'static str> {
    let scope = scope.to_owned();
    all_scopes().filter(move |one| match scope.as_str() {
        "read" => one.ends_with(":read"),
        "write" => matches!(
            *one,
            "classify:write"
                | "exec:run"
                | "exec:cancel"
                | "exec:retry"
                | "verify:request"
                | "executor:reset_password"
                | "executor:unlock_account"
                | "executor:disable_account"
                | "executor:remove_mfa_methods"
                | "executor:revoke_sessions"
                | "executor:grant_access"
                | "executor:revoke_access"
                | "executor:trigger_device_script"
                | "delivery:send"
        ),
        other => *one == other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_holds_no_right_over_accounts_keys_secrets_or_what_playbooks_do() {
        let bundled: Vec<_> = expand("read").chain(expand("write")).collect();
        for kept in [
            REVEAL,
            "users:admin",
            "roles:assign",
            "keys:write",
            "organization:admin",
            "exec:reissue",
            "playbook:write",
            "playbook:simulate",
            "playbook:activate",
            "playbook:admin",
            "classify:feedback",
            "classify:examples",
            "policy:admin",
            "scripts:admin",
        ] {
            assert!(!bundled.contains(&kept), "{kept}");
        }
        assert!(bundled.contains(&"exec:run") && bundled.contains(&"audit:read"));
    }

    #[test]
    fn every_scope_says_what_it_allows() {
        for (scope, says) in SCOPES {
            assert!(
                says.ends_with('.') && scope.contains(':'),
                "{scope}: {says}"
            );
        }
    }
}
