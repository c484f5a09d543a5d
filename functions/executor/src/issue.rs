//! Asking the vendor for a pass or a password, and sealing it.

use crate::ask::{Ask, Method};
use crate::carry::LOOKS_MS;
use crate::intent::Intent;
use crate::password::{self, Account, NoAccount};
use crate::rules::{self, NoSubject, Subject};
use crate::vendors::insist;
use domain::{Credential, CredentialRef, CredentialState, Person, Tenant, TicketId};
use jiff::{SignedDuration, Timestamp};
use kit::{App, SealError};
use ports::{CallError, IssuedPass, ResetPassword};
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;
use store::StoreError;

/// Tries at sealing: behind them a pass is lost.
const SEAL_TRIES: u32 = 3;

/// Whom a pass or a password is made for, and who makes it.
pub(crate) struct Target {
    /// The owner, as the directory has them.
    pub(crate) person: Person,
    /// The vendor.
    pub(crate) resets: Arc<dyn ResetPassword>,
    /// Their account, where a password is to be set.
    pub(crate) account: Option<Account>,
}

/// Why nobody may have a pass made for this person.
pub(crate) enum NoTarget {
    /// They are protected.
    Protected(&'static str),
    /// Their password is mastered on premises.
    Synced,
    /// The directory or the vendor could not be asked.
    Call(CallError),
    /// The policy could not be read.
    Store(StoreError),
}

impl From<NoSubject> for NoTarget {
    fn from(why: NoSubject) -> Self {
        match why {
            NoSubject::Call(error) => Self::Call(error),
            NoSubject::Store(error) => Self::Store(error),
        }
    }
}

/// Looks the person up, and what the policy says of them. Refuses those whom no playbook may touch.
pub(crate) async fn target(
    app: &App,
    tenant: &Tenant,
    ask: &Ask,
) -> Result<(Target, Subject), NoTarget> {
    let directory = outside::directory(app, tenant)
        .await
        .map_err(NoTarget::Call)?;
    let name = ask.user_id.as_str();
    let subject = Box::pin(rules::subject(app, tenant, &*directory, name)).await?;
    let person = subject.person.clone();
    if let Some(why) = person.protected().or_else(|| subject.protected()) {
        return Err(NoTarget::Protected(why));
    }
    let resets = outside::resets(app, tenant).await.map_err(NoTarget::Call)?;
    let account = match ask.method {
        Method::Tap => None,
        Method::Password => {
            let accounts = outside::accounts(app, tenant).await;
            let account = Account::of(accounts.map_err(NoTarget::Call)?, &person.id).await;
            Some(account.map_err(|why| match why {
                NoAccount::Synced => NoTarget::Synced,
                NoAccount::Call(error) => NoTarget::Call(error),
            })?)
        }
    };
    let target = Target {
        person,
        resets,
        account,
    };
    Ok((target, subject))
}

/// What whoever asks is told when the password is mastered elsewhere.
pub(crate) const SYNCED: &str = "this account is mastered in the on-premises directory, where no application can set its password; reset it there, or \
     ask for the method tap";

/// A pass or a password, sealed.
pub(crate) struct Issued {
    /// The sealed one.
    pub(crate) credential: Credential,
    /// It, for the one answer that may show it.
    pub(crate) pass: SecretString,
    /// SHA-256 of the vendor's own id of the pass: it proves which one this was, and opens nothing. A password has none.
    pub(crate) method_hash: Option<String>,
}

impl Issued {
    /// What later steps and repeated calls are told.
    pub(crate) fn output(&self) -> Map<String, Value> {
        Map::from_iter([
            ("credential_ref".to_owned(), json!(self.credential.id)),
            ("expires_at".to_owned(), json!(self.credential.expires_at)),
            ("delivery_method".to_owned(), json!(DELIVERY_METHOD)),
        ])
    }

    /// `entry` with what was made.
    pub(crate) fn facts(&self, entry: audit::Entry) -> audit::Entry {
        entry
            .fact("credential_ref", self.credential.id.as_str())
            .fact("expires_at", self.credential.expires_at.to_string())
            .fact("method_id_sha256", self.method_hash.clone())
    }
}

/// How a pass reaches its owner.
pub(crate) const DELIVERY_METHOD: &str = "sms";

/// Why there is no sealed pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotIssued {
    /// Nothing was made. `retryable` when another try may make it.
    Nothing { reason: String, retryable: bool },
    /// A pass may have been made that nobody can read; a password may have been set that nobody has.
    Unknown { reason: String },
}

impl From<CallError> for NotIssued {
    fn from(error: CallError) -> Self {
        let reason = error.to_string();
        match error {
            CallError::Unknown { .. } => Self::Unknown { reason },
            CallError::Unavailable { .. } => Self::Nothing {
                reason,
                retryable: true,
            },
            CallError::Refused { .. }
            | CallError::NotFound { .. }
            | CallError::Misconfigured { .. } => Self::Nothing {
                reason,
                retryable: false,
            },
        }
    }
}

/// Has a pass made or a password set, and it sealed. The intent stands by now.
pub(crate) async fn issue(
    app: &App,
    tenant: &Tenant,
    ticket_id: TicketId,
    ask: &Ask,
    target: &Target,
    intent: &Intent,
) -> Result<Issued, NotIssued> {
    let id = format!("cred_{}", ulid::Ulid(app.ids().ulid(app.clock().now())));
    let id = CredentialRef::parse(&id).map_err(|error| unsealed(&error))?;
    let issued = |pass, ciphertext, expires_at: Timestamp, method_hash| Issued {
        credential: Credential {
            id: id.clone(),
            ticket_id,
            user_id: target.person.id.clone(),
            state: CredentialState::Sealed { ciphertext },
            expires_at,
        },
        pass,
        method_hash,
    };
    if let Some(account) = &target.account {
        // Ours to choose, so it is sealed first: what the directory takes is never lost.
        let new = password::generate(app.ids());
        let ciphertext = seal(app, tenant, &id, &new).await;
        let ciphertext = ciphertext.map_err(|error| unsealed(&error))?;
        let (user, call_id) = (&target.person.id, &intent.client_request_id);
        let resets = target.resets.as_ref();
        account.set(resets, user, &new, call_id, &LOOKS_MS).await?;
        let kept_for = SignedDuration::from_mins(i64::from(ask.lifetime_minutes));
        return Ok(issued(new, ciphertext, app.clock().now() + kept_for, None));
    }
    let made = make(ask, target, intent).await?;
    let ciphertext = seal(app, tenant, &id, &made.pass).await;
    let ciphertext = ciphertext.map_err(|error| lost(&error))?;
    let method_hash = hex::encode(Sha256::digest(&made.method_id));
    Ok(issued(
        made.pass,
        ciphertext,
        made.expires_at,
        Some(method_hash),
    ))
}

/// Repeats only what the vendor says had no effect.
async fn make(ask: &Ask, target: &Target, intent: &Intent) -> Result<IssuedPass, CallError> {
    let (user, call_id) = (&target.person.id, &intent.client_request_id);
    insist(|| {
        target
            .resets
            .issue_pass(user, ask.lifetime_minutes, call_id)
    })
    .await
}

async fn seal(
    app: &App,
    tenant: &Tenant,
    id: &CredentialRef,
    pass: &SecretString,
) -> Result<String, SealError> {
    let mut tried = 1;
    loop {
        let sealed = app.seal().seal(tenant, id.as_str(), pass).await;
        if sealed.is_ok() || tried == SEAL_TRIES {
            return sealed;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
        tried += 1;
    }
}

/// Nothing was asked of the directory yet.
fn unsealed(error: &dyn std::error::Error) -> NotIssued {
    NotIssued::Nothing {
        reason: format!("it could not be sealed: {error}"),
        retryable: true,
    }
}

fn lost(error: &dyn std::error::Error) -> NotIssued {
    NotIssued::Unknown {
        reason: format!("a pass was made and could not be sealed, so nobody has it: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use domain::{MfaPrompt, MfaState, RequestId, UserId};
    use ports::StandingPass;
    use secrecy::SecretString;
    use std::sync::Mutex;

    /// A vendor that answers with these, the last one first, and then with a pass.
    struct Scripted(Mutex<Vec<CallError>>, Mutex<u32>);

    #[async_trait]
    impl ResetPassword for Scripted {
        async fn issue_pass(&self, _: &UserId, _: u32, _: &str) -> Result<IssuedPass, CallError> {
            *self.1.lock().unwrap() += 1;
            match self.0.lock().unwrap().pop() {
                Some(error) => Err(error),
                None => Ok(IssuedPass {
                    pass: "+drkzqAD".into(),
                    method_id: "1".into(),
                    expires_at: Timestamp::UNIX_EPOCH,
                }),
            }
        }

        async fn pass(&self, _: &UserId) -> Result<Option<StandingPass>, CallError> {
            unreachable!("making a pass reads none")
        }

        async fn delete_pass(&self, _: &UserId, _: &str, _: &str) -> Result<(), CallError> {
            unreachable!("making a pass deletes none")
        }

        async fn set_password(
            &self,
            _: &UserId,
            _: &SecretString,
            _: &str,
        ) -> Result<(), CallError> {
            unreachable!("making a pass sets no password")
        }
    }

    fn john() -> Person {
        Person {
            id: UserId::parse("abc-123").unwrap(),
            user_principal_name: "john.doe@company.com".into(),
            display_name: "John Doe".into(),
            mail: None,
            mobile: None,
            department: None,
            job_title: None,
            manager_mail: None,
            enabled: true,
            synced: true,
            guest: false,
            directory_roles: Vec::new(),
        }
    }

    fn intent() -> Intent {
        let spent = MfaPrompt {
            id: RequestId::parse("mfa_1").unwrap(),
            ticket_id: TicketId::from_bits(1),
            user_id: john().id,
            state: MfaState::Pending,
            requested_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
            waiting: None,
            sealed_token: None,
            handle: None,
            rev: 1,
        };
        Intent {
            spent: Some(spent),
            client_request_id: String::new(),
        }
    }

    /// What a reset came to, and how often the vendor was asked.
    async fn made(answers: Vec<CallError>) -> (Option<CallError>, u32) {
        let vendor = Arc::new(Scripted(Mutex::new(answers), Mutex::new(0)));
        let target = Target {
            person: john(),
            resets: vendor.clone(),
            account: None,
        };
        let ask = Ask {
            user_id: john().id,
            method: Method::Tap,
            lifetime_minutes: 60,
        };
        let made = make(&ask, &target, &intent()).await;
        let calls = *vendor.1.lock().unwrap();
        (made.err(), calls)
    }

    fn unknown() -> CallError {
        CallError::Unknown {
            vendor: "graph",
            message: "connection reset".into(),
        }
    }

    fn busy(retry_after: Option<Duration>) -> CallError {
        CallError::Unavailable {
            vendor: "graph",
            message: "429".into(),
            retry_after,
        }
    }

    fn refused() -> CallError {
        CallError::Refused {
            vendor: "graph",
            code: "badRequest".into(),
            message: String::new(),
        }
    }

    #[tokio::test]
    async fn a_lost_answer_is_never_followed_by_a_second_call() {
        assert_eq!(made(vec![unknown()]).await, (Some(unknown()), 1));
    }

    #[tokio::test]
    async fn a_refusal_is_not_repeated() {
        assert_eq!(made(vec![refused()]).await, (Some(refused()), 1));
    }

    #[tokio::test]
    async fn a_vendor_that_did_nothing_is_asked_again() {
        assert_eq!(made(vec![busy(None)]).await, (None, 2));
    }

    #[tokio::test]
    async fn a_vendor_that_asks_for_a_long_pause_is_not_waited_for() {
        let minute = busy(Some(Duration::from_mins(1)));
        assert_eq!(made(vec![minute.clone()]).await, (Some(minute), 1));
    }

    #[test]
    fn only_a_lost_answer_is_unknown() {
        assert!(matches!(
            NotIssued::from(unknown()),
            NotIssued::Unknown { .. }
        ));
        assert!(matches!(
            NotIssued::from(busy(None)),
            NotIssued::Nothing {
                retryable: true,
                ..
            }
        ));
        assert!(matches!(
            NotIssued::from(refused()),
            NotIssued::Nothing {
                retryable: false,
                ..
            }
        ));
    }
}
