//! Permissions are types, so that a handler's signature says what its caller has proved.

/// Something a caller may be allowed to do.
pub trait Permission: Send + Sync + 'static {
    /// Its word in a key's scopes.
    const SCOPE: &'static str;
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $scope:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Permission for $name {
                const SCOPE: &'static str = $scope;
            }
        )*

        /// Every scope there is, `credential:reveal` included.
        #[must_use]
        pub fn all_scopes() -> Vec<&'static str> {
            vec![$($scope,)* "credential:reveal"]
        }
    };
}

permissions! {
    /// Have a ticket classified.
    ClassifyWrite = "classify:write";
    /// Read a ticket's decision.
    ClassifyRead = "classify:read";
    /// Read playbooks.
    PlaybookRead = "playbook:read";
    /// Start a playbook.
    ExecRun = "exec:run";
    /// Read runs.
    ExecRead = "exec:read";
    /// Ask a person to prove who they are.
    VerifyRequest = "verify:request";
    /// Read how they answered.
    VerifyRead = "verify:read";
    /// Reset a password.
    ExecutorResetPassword = "executor:reset_password";
    /// Hand a credential to its owner.
    DeliverySend = "delivery:send";
    /// Read how a delivery went.
    DeliveryRead = "delivery:read";
    /// Read the audit.
    AuditRead = "audit:read";
    /// Read what came in and what became of it.
    InboxRead = "inbox:read";
}
