//! Which vendor serves which capability for a tenant.
//!
//! A vendor's client is made at a tenant's first use and kept while its secret is: so its token outlives a request, and a
//! rotated secret is taken up within ten minutes: five here, five in `kit`.

mod rmm;

pub use rmm::{scripts, scripts_by};

use bedrock::Bedrock;
use domain::Tenant;
use entra::Entra;
use halopsa::Halo;
use kit::{App, Config};
use oidc::Oidc;
use ports::{
    Accounts, CallError, Directory, Groups, Licences, ProvePresence, Psa, ResetPassword, Rights,
    SecondOpinion, SendSms, SignInMethods, SystemClock,
};
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;
use twilio::Twilio;
use vendor_http::Client;

/// How long a client is kept before its secret is read again.
const KEPT_FOR: Duration = Duration::from_mins(5);

type Kept = HashMap<(String, &'static str), (Instant, Arc<dyn Any + Send + Sync>)>;

/// The directory of a tenant's people.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn directory(app: &App, tenant: &Tenant) -> Result<Arc<dyn Directory>, CallError> {
    Ok(entra(app, tenant).await?)
}

/// What proves that a tenant's people are there.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn presence(app: &App, tenant: &Tenant) -> Result<Arc<dyn ProvePresence>, CallError> {
    Ok(entra(app, tenant).await?)
}

/// What gives a tenant's people a way back in.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn resets(app: &App, tenant: &Tenant) -> Result<Arc<dyn ResetPassword>, CallError> {
    Ok(entra(app, tenant).await?)
}

/// The accounts of a tenant's people.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn accounts(app: &App, tenant: &Tenant) -> Result<Arc<dyn Accounts>, CallError> {
    Ok(entra(app, tenant).await?)
}

/// A tenant's groups.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn groups(app: &App, tenant: &Tenant) -> Result<Arc<dyn Groups>, CallError> {
    Ok(entra(app, tenant).await?)
}

/// A tenant's licences.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn licences(app: &App, tenant: &Tenant) -> Result<Arc<dyn Licences>, CallError> {
    Ok(entra(app, tenant).await?)
}

/// What a tenant's people sign in with.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn methods(app: &App, tenant: &Tenant) -> Result<Arc<dyn SignInMethods>, CallError> {
    Ok(entra(app, tenant).await?)
}

/// What our application may do in a tenant's directory.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn rights(app: &App, tenant: &Tenant) -> Result<Arc<dyn Rights>, CallError> {
    Ok(entra(app, tenant).await?)
}

/// A tenant's PSA.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn psa(app: &App, tenant: &Tenant) -> Result<Arc<dyn Psa>, CallError> {
    Ok(client(app, tenant, "halopsa", Halo::new).await?)
}

/// What sends a tenant's text messages.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn sms(app: &App, tenant: &Tenant) -> Result<Arc<dyn SendSms>, CallError> {
    Ok(client(app, tenant, "twilio", Twilio::new).await?)
}

/// Where a tenant's people sign in with their company.
///
/// # Errors
/// When the tenant's secret is missing or does not fit.
pub async fn oidc(app: &App, tenant: &Tenant) -> Result<Arc<Oidc>, CallError> {
    client(app, tenant, "oidc", Oidc::new).await
}

/// Who gives a second opinion about tickets; none where this deployment asks nobody. It is the deployment's, not a tenant's: it
/// is asked in the name of the function's own role.
///
/// # Errors
/// When the environment has no credentials.
pub fn second_opinion(app: &App) -> Result<Option<Arc<dyn SecondOpinion>>, CallError> {
    let Some(model) = Config::setting("SECOND_OPINION_MODEL") else {
        return Ok(None);
    };
    let misconfigured = |message: String| CallError::Misconfigured {
        vendor: "Bedrock",
        message,
    };
    let credentials = app.aws_credentials();
    let credentials = credentials.map_err(|error| misconfigured(error.to_string()))?;
    let region = app.config().region.clone();
    let base_url = Config::setting("SECOND_OPINION_URL");
    let config = bedrock::Config {
        base_url: base_url
            .unwrap_or_else(|| format!("https://bedrock-runtime.{region}.amazonaws.com")),
        region,
        model,
    };
    Ok(Some(Arc::new(Bedrock::new(config, credentials, http()))))
}

async fn entra(app: &App, tenant: &Tenant) -> Result<Arc<Entra>, CallError> {
    client(app, tenant, "entra", Entra::new).await
}

async fn client<C, V>(
    app: &App,
    tenant: &Tenant,
    vendor: &'static str,
    new: fn(C, Client) -> V,
) -> Result<Arc<V>, CallError>
where
    C: serde::de::DeserializeOwned,
    V: Send + Sync + 'static,
{
    static KEPT: OnceLock<Mutex<Kept>> = OnceLock::new();
    let mut kept = KEPT.get_or_init(Mutex::default).lock().await;
    let name = (tenant.as_str().to_owned(), vendor);
    if let Some((at, known)) = kept.get(&name)
        && at.elapsed() < KEPT_FOR
        && let Ok(known) = Arc::clone(known).downcast::<V>()
    {
        return Ok(known);
    }
    let config = app.integrations().config(tenant, vendor).await?;
    let made = Arc::new(new(config, http()));
    kept.insert(name, (Instant::now(), made.clone()));
    Ok(made)
}

/// The connections of this process.
fn http() -> Client {
    static HTTP: OnceLock<Client> = OnceLock::new();
    HTTP.get_or_init(|| Client::new(Arc::new(SystemClock)))
        .clone()
}
