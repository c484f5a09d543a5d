//! Who may call: API keys, tokens, webhook sources, roles, and what each may do.

mod enter;
pub mod oidc;
pub mod password;
mod permission;
mod role;
mod secret;
mod source;
pub mod token;

pub use enter::{Door, Identity, Presented, Who, enter, tenant_of};
pub use permission::{
    AccountRead, AuditRead, ClassifyExamples, ClassifyFeedback, ClassifyRead, ClassifyWrite,
    DeliveryRead, DeliverySend, ExecCancel, ExecRead, ExecReissue, ExecRetry, ExecRun,
    ExecutorDisableAccount, ExecutorGrantAccess, ExecutorRemoveMfaMethods, ExecutorResetPassword,
    ExecutorRevokeAccess, ExecutorRevokeSessions, ExecutorTriggerDeviceScript,
    ExecutorUnlockAccount, InboxRead, KeysRead, KeysWrite, OrganizationAdmin, OrganizationRead,
    Permission, PlaybookActivate, PlaybookAdmin, PlaybookRead, PlaybookSimulate, PlaybookWrite,
    PolicyAdmin, PolicyRead, REVEAL, RolesAssign, SCOPES, ScriptsAdmin, ScriptsRead, UsersAdmin,
    UsersRead, VerifyRead, VerifyRequest, all_scopes, expand, known_scope,
};
pub use role::{Class, Role, SYSTEM, class_of, scopes_of};
pub use secret::{MintedSecret, fingerprint, is_token, mint};
pub use source::{SourceIdentity, verify_source};

/// Why somebody is not let in. It never says which part was wrong.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No credential, or one that is unknown, revoked or lapsed.
    #[error("the credential is missing, unknown, revoked or expired")]
    Unauthenticated,
    /// A token of ours that has lapsed.
    #[error("the token has expired")]
    Expired,
    /// Two credentials of two tenants in one request.
    #[error("the two credentials of this request name two tenants")]
    TwoTenants,
    /// The credential is good, but not for this.
    #[error("the credential lacks the permission {0}")]
    Lacks(&'static str),
    /// The caller's or the tenant's window is full.
    #[error("the limit is reached")]
    Full(store::Count),
    /// The organization is suspended.
    #[error("the organization is suspended")]
    Suspended,
    /// The table could not be asked.
    #[error(transparent)]
    Store(#[from] store::StoreError),
}
