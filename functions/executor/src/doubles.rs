//! A directory for tests: it does what it is told, and lies where a test says so.

use crate::script_ask::Asked;
use crate::vendors::Vendors;
use async_trait::async_trait;
use domain::{DeviceId, GroupId, Person, ScriptId, SkuId, UserId};
use jiff::{SignedDuration, Timestamp};
use ports::{
    AccountState, Accounts, CallError, Deed, Directory, DisabledBy, Group, Groups, Holding,
    IssuedPass, Licence, Licences, MethodKind, ResetPassword, Rights, SignInMethod, SignInMethods,
    StandingPass,
};
use secrecy::SecretString;
use serde_json::Value;
use std::sync::{Arc, Mutex, MutexGuard};

/// What a write meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is made, and its answer is lost.
    LostAnswer,
    /// It is not made, and its answer is lost.
    LostCall,
    /// It is said to be made.
    Ignored,
    /// It is refused.
    Refused,
}

/// What the directory holds.
pub(crate) struct Held {
    pub(crate) account: AccountState,
    pub(crate) disabled_by: DisabledBy,
    pub(crate) risk: Option<String>,
    pub(crate) group: Group,
    pub(crate) member: bool,
    pub(crate) owners: Vec<UserId>,
    /// How many people are in the group; none where we may not know.
    pub(crate) size: Option<u64>,
    pub(crate) licence: Licence,
    pub(crate) holding: Holding,
    /// The first of several is the default one.
    pub(crate) methods: Vec<SignInMethod>,
    /// Methods may not be taken away.
    pub(crate) missing_right: bool,
    /// What our application may not do.
    pub(crate) lacking: Vec<(Deed, &'static str)>,
    /// Meets the next write.
    pub(crate) fault: Option<Fault>,
    pub(crate) writes: u32,
    /// Looks that still show what was before.
    pub(crate) behind: u32,
}

#[derive(Clone)]
pub(crate) struct Double(Arc<Mutex<Held>>);

/// A script that is to run on a device with these parameters.
pub(crate) fn asked(parameters: &Value) -> Asked {
    Asked {
        device: DeviceId::parse("101").unwrap(),
        script: ScriptId::parse("42").unwrap(),
        user: None,
        parameters: parameters.as_object().unwrap().clone(),
        written: false,
    }
}

pub(crate) fn john() -> Person {
    Person {
        id: user(),
        user_principal_name: "john.doe@company.com".into(),
        display_name: "John Doe".into(),
        mail: None,
        mobile: None,
        department: None,
        job_title: None,
        manager_mail: None,
        enabled: true,
        synced: false,
        guest: false,
        directory_roles: Vec::new(),
    }
}

pub(crate) fn user() -> UserId {
    UserId::parse("abc-123").unwrap()
}

pub(crate) fn group() -> GroupId {
    GroupId::parse("grp-1").unwrap()
}

pub(crate) fn sku() -> SkuId {
    SkuId::parse("ENTERPRISEPACK").unwrap()
}

pub(crate) fn method(id: &str, kind: MethodKind) -> SignInMethod {
    SignInMethod {
        id: id.into(),
        kind,
    }
}

impl Double {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Mutex::new(Held {
            account: AccountState {
                enabled: true,
                synced: false,
                guest: false,
                usage_location: Some("GB".into()),
                sessions_valid_from: Some(Timestamp::UNIX_EPOCH),
                password_changed_at: None,
            },
            disabled_by: DisabledBy::Application("Lock-out".into()),
            risk: None,
            group: Group {
                id: group(),
                display_name: "Sales".into(),
                dynamic: false,
                synced: false,
                mail_enabled: false,
                role_assignable: false,
            },
            member: false,
            owners: Vec::new(),
            size: Some(3),
            licence: Licence {
                sku: sku(),
                part_number: "ENTERPRISEPACK".into(),
                seats: 1,
                taken: 0,
            },
            holding: Holding::None,
            methods: vec![
                method("app-1", MethodKind::Authenticator),
                method("phone-1", MethodKind::Phone),
            ],
            missing_right: false,
            lacking: Vec::new(),
            fault: None,
            writes: 0,
            behind: 0,
        })))
    }

    /// One that holds something else.
    pub(crate) fn with(change: impl FnOnce(&mut Held)) -> Self {
        let double = Self::new();
        change(&mut double.held());
        double
    }

    pub(crate) fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap()
    }

    pub(crate) fn vendors(&self) -> Vendors {
        let double = Arc::new(self.clone());
        Vendors {
            directory: double.clone(),
            accounts: double.clone(),
            groups: double.clone(),
            licences: double.clone(),
            methods: double,
        }
    }

    fn write(&self, change: impl FnOnce(&mut Held)) -> Result<(), CallError> {
        let mut held = self.held();
        held.writes += 1;
        let fault = held.fault.take();
        if !matches!(
            fault,
            Some(Fault::LostCall | Fault::Ignored | Fault::Refused)
        ) {
            change(&mut held);
        }
        match fault {
            None | Some(Fault::Ignored) => Ok(()),
            Some(Fault::LostAnswer | Fault::LostCall) => Err(CallError::Unknown {
                vendor: "graph",
                message: "500".into(),
            }),
            Some(Fault::Refused) => Err(CallError::Refused {
                vendor: "graph",
                code: "Authorization_RequestDenied".into(),
                message: String::new(),
            }),
        }
    }

    /// What is so, or what was so while the directory is behind.
    fn shown(&self, now: bool) -> bool {
        let mut held = self.held();
        if held.writes > 0 && held.behind > 0 {
            held.behind -= 1;
            return !now;
        }
        now
    }
}

#[async_trait]
impl Directory for Double {
    async fn person(&self, _: &str) -> Result<Person, CallError> {
        Ok(john())
    }
}

#[async_trait]
impl Accounts for Double {
    async fn account(&self, _: &UserId) -> Result<AccountState, CallError> {
        Ok(self.held().account.clone())
    }

    async fn disabled_by(&self, _: &UserId) -> Result<DisabledBy, CallError> {
        Ok(self.held().disabled_by.clone())
    }

    async fn risk(&self, _: &UserId) -> Result<Option<String>, CallError> {
        Ok(self.held().risk.clone())
    }

    async fn set_enabled(&self, _: &UserId, enabled: bool, _: &str) -> Result<(), CallError> {
        self.write(|held| held.account.enabled = enabled)
    }

    async fn revoke_sessions(&self, _: &UserId, _: &str) -> Result<(), CallError> {
        self.write(|held| {
            let was = held.account.sessions_valid_from;
            let now = was.unwrap_or(Timestamp::UNIX_EPOCH) + SignedDuration::from_secs(60);
            held.account.sessions_valid_from = Some(now);
        })
    }
}

#[async_trait]
impl ResetPassword for Double {
    async fn issue_pass(&self, _: &UserId, _: u32, _: &str) -> Result<IssuedPass, CallError> {
        unreachable!("setting a password makes no pass")
    }

    async fn pass(&self, _: &UserId) -> Result<Option<StandingPass>, CallError> {
        unreachable!("setting a password reads no pass")
    }

    async fn delete_pass(&self, _: &UserId, _: &str, _: &str) -> Result<(), CallError> {
        unreachable!("setting a password deletes no pass")
    }

    async fn set_password(&self, _: &UserId, _: &SecretString, _: &str) -> Result<(), CallError> {
        self.write(|held| {
            let was = held.account.password_changed_at;
            let was = was.unwrap_or(Timestamp::UNIX_EPOCH);
            held.account.password_changed_at = Some(was + SignedDuration::from_secs(60));
        })
    }
}

#[async_trait]
impl Rights for Double {
    async fn lacking(&self) -> Result<Vec<(Deed, &'static str)>, CallError> {
        Ok(self.held().lacking.clone())
    }
}

#[async_trait]
impl Groups for Double {
    async fn group(&self, _: &GroupId) -> Result<Group, CallError> {
        Ok(self.held().group.clone())
    }

    async fn is_member(&self, _: &GroupId, _: &UserId) -> Result<bool, CallError> {
        let now = self.held().member;
        Ok(self.shown(now))
    }

    async fn size(&self, _: &GroupId) -> Result<u64, CallError> {
        self.held().size.ok_or(CallError::Misconfigured {
            vendor: "graph",
            message: "consent to the application permission".into(),
        })
    }

    async fn owners(&self, _: &GroupId) -> Result<Vec<UserId>, CallError> {
        Ok(self.held().owners.clone())
    }

    async fn add_member(&self, _: &GroupId, _: &UserId, _: &str) -> Result<(), CallError> {
        self.write(|held| held.member = true)
    }

    async fn remove_member(&self, _: &GroupId, _: &UserId, _: &str) -> Result<(), CallError> {
        self.write(|held| held.member = false)
    }
}

#[async_trait]
impl Licences for Double {
    async fn licence(&self, _: &SkuId) -> Result<Licence, CallError> {
        Ok(self.held().licence.clone())
    }

    async fn holding(&self, _: &SkuId, _: &UserId) -> Result<Holding, CallError> {
        Ok(self.held().holding)
    }

    async fn assign(&self, _: &SkuId, _: &UserId, _: &str) -> Result<(), CallError> {
        self.write(|held| held.holding = Holding::Direct)
    }

    async fn unassign(&self, _: &SkuId, _: &UserId, _: &str) -> Result<(), CallError> {
        self.write(|held| held.holding = Holding::None)
    }
}

#[async_trait]
impl SignInMethods for Double {
    async fn methods(&self, _: &UserId) -> Result<Vec<SignInMethod>, CallError> {
        Ok(self.held().methods.clone())
    }

    async fn delete_method(
        &self,
        _: &UserId,
        method: &SignInMethod,
        _: &str,
    ) -> Result<(), CallError> {
        if self.held().missing_right {
            return Err(CallError::Misconfigured {
                vendor: "graph",
                message: "consent to the application permission".into(),
            });
        }
        let held = self.held().methods.clone();
        if held.len() > 1 && held.first() == Some(method) {
            self.held().writes += 1;
            return Err(CallError::Refused {
                vendor: "graph",
                code: "badRequest".into(),
                message: "Cannot delete default method".into(),
            });
        }
        self.write(|held| held.methods.retain(|one| one != method))
    }
}
