//! The directory as the actions use it.

use domain::Tenant;
use kit::App;
use ports::{Accounts, CallError, Directory, Groups, Licences, SignInMethods};
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Tries at a vendor that says that nothing happened.
const TRIES: u32 = 3;
/// After so long no further try begins: a call takes up to 20 s, and API Gateway waits 29 s.
pub(crate) const NO_TRY_AFTER: Duration = Duration::from_secs(6);

/// A tenant's directory.
pub(crate) struct Vendors {
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) accounts: Arc<dyn Accounts>,
    pub(crate) groups: Arc<dyn Groups>,
    pub(crate) licences: Arc<dyn Licences>,
    pub(crate) methods: Arc<dyn SignInMethods>,
}

/// The tenant's directory.
pub(crate) async fn vendors(app: &App, tenant: &Tenant) -> Result<Vendors, CallError> {
    Ok(Vendors {
        directory: outside::directory(app, tenant).await?,
        accounts: outside::accounts(app, tenant).await?,
        groups: outside::groups(app, tenant).await?,
        licences: outside::licences(app, tenant).await?,
        methods: outside::methods(app, tenant).await?,
    })
}

/// Makes a call, and repeats only what the vendor says had no effect.
pub(crate) async fn insist<T, R>(mut call: impl FnMut() -> R) -> Result<T, CallError>
where
    R: Future<Output = Result<T, CallError>>,
{
    let started = Instant::now();
    let mut tried = 1;
    loop {
        let made = call().await;
        let Err(CallError::Unavailable { retry_after, .. }) = &made else {
            return made;
        };
        let pause = retry_after
            .unwrap_or(Duration::from_secs(1))
            .max(Duration::from_secs(1));
        if tried == TRIES || started.elapsed() + pause > NO_TRY_AFTER {
            return made;
        }
        tracing::warn!(tried, "the vendor did nothing; trying again");
        tokio::time::sleep(pause).await;
        tried += 1;
    }
}
