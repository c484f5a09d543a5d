//! Who may call: API keys, webhook sources, and what each may do.

mod key;
mod permission;
mod secret;
mod source;

pub use key::{Identity, authenticate};
pub use permission::{
    AuditRead, ClassifyRead, ClassifyWrite, DeliveryRead, DeliverySend, ExecRead, ExecRun,
    ExecutorResetPassword, InboxRead, Permission, PlaybookRead, VerifyRead, VerifyRequest,
    all_scopes,
};
pub use secret::{MintedSecret, fingerprint, mint};
pub use source::{SourceIdentity, verify_source};

/// Why somebody is not let in. It never says which part was wrong.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// No credential, or one that is unknown, revoked or lapsed.
    #[error("the credential is missing, unknown, revoked or expired")]
    Unauthenticated,
    /// Two credentials of two tenants in one request.
    #[error("the two credentials of this request name two tenants")]
    TwoTenants,
    /// The credential is good, but not for this.
    #[error("the credential lacks the permission {0}")]
    Lacks(&'static str),
    /// The table could not be asked.
    #[error(transparent)]
    Store(#[from] store::StoreError),
}
