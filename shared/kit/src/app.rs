//! What every handler is given.

use crate::{
    Config, Error, Integrations, Machines, Mail, Queues, Seal, Signer, sdk::sdk_config, waiting,
};
use aws_credential_types::Credentials;
use aws_types::SdkConfig;
use axum::extract::FromRequestParts;
use http::request::Parts;
use ports::{Clock, Ids, RandomIds, SystemClock};
use std::convert::Infallible;
use std::sync::{Arc, OnceLock};
use store::Store;

/// A client of this SDK crate whose calls are counted for the invocation that makes them.
macro_rules! client {
    ($sdk:ident, $config:expr) => {
        $sdk::Client::from_conf(
            $sdk::config::Builder::from($config)
                .interceptor(waiting::counted())
                .build(),
        )
    };
}

/// What every handler is given. Clients are made at their first use, so a function pays only for what it calls.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    sdk: SdkConfig,
    store: Store,
    seal: OnceLock<Seal>,
    queues: OnceLock<Queues>,
    machines: OnceLock<Machines>,
    integrations: OnceLock<Integrations>,
    signer: OnceLock<Signer>,
    mail: OnceLock<Mail>,
}

impl App {
    /// The app of this process, a function of `service`.
    ///
    /// # Errors
    /// When the environment lacks something.
    pub fn from_env(service: &'static str) -> Result<Self, Error> {
        let config = Config::from_env(service)?;
        let sdk = sdk_config(&config)?;
        let store = Store::new(client!(aws_sdk_dynamodb, &sdk), &config.stack);
        Ok(Self(Arc::new(Inner {
            config,
            sdk,
            store,
            seal: OnceLock::new(),
            queues: OnceLock::new(),
            machines: OnceLock::new(),
            integrations: OnceLock::new(),
            signer: OnceLock::new(),
            mail: OnceLock::new(),
        })))
    }

    /// What the deployment says.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The tables.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> &'static dyn Clock {
        &SystemClock
    }

    /// Chance.
    #[must_use]
    pub fn ids(&self) -> &'static dyn Ids {
        &RandomIds
    }

    /// Sealing and opening what must not be read.
    #[must_use]
    pub fn seal(&self) -> &Seal {
        self.0
            .seal
            .get_or_init(|| Seal::new(client!(aws_sdk_kms, &self.0.sdk), &self.0.config.seal_key))
    }

    /// What this process signs its calls to AWS with, for a service that has no client here.
    ///
    /// # Errors
    /// When the environment has no credentials.
    pub fn aws_credentials(&self) -> Result<Credentials, Error> {
        let (id, secret, token) = Config::credentials()?;
        Ok(Credentials::new(id, secret, token, None, "environment"))
    }

    /// Our queues.
    #[must_use]
    pub fn queues(&self) -> &Queues {
        self.0
            .queues
            .get_or_init(|| Queues::new(client!(aws_sdk_sqs, &self.0.sdk)))
    }

    /// Our state machines.
    #[must_use]
    pub fn machines(&self) -> &Machines {
        self.0.machines.get_or_init(|| {
            Machines::new(
                client!(aws_sdk_sfn, &self.0.sdk),
                &self.0.config.machine_prefix,
            )
        })
    }

    /// Signing tokens.
    ///
    /// # Errors
    /// When this function may not: the environment has no `TOKEN_KEY`.
    pub fn signer(&self) -> Result<&Signer, Error> {
        let key = Config::setting("TOKEN_KEY").ok_or(Error::Unset("TOKEN_KEY"))?;
        let signer = || Signer::new(client!(aws_sdk_kms, &self.0.sdk), &key);
        Ok(self.0.signer.get_or_init(signer))
    }

    /// Mail to people.
    #[must_use]
    pub fn mail(&self) -> &Mail {
        let mail = || Mail::new(&self.0.sdk);
        self.0.mail.get_or_init(mail)
    }

    /// The tenants' secrets for outside systems.
    #[must_use]
    pub fn integrations(&self) -> &Integrations {
        self.0.integrations.get_or_init(|| {
            Integrations::new(
                client!(aws_sdk_secretsmanager, &self.0.sdk),
                &self.0.config.stack,
            )
        })
    }
}

impl FromRequestParts<App> for App {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Infallible> {
        Ok(app.clone())
    }
}
