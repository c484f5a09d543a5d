//! A new password: sealed before the directory is asked, and a success only when the directory shows that it changed.

use crate::issue::NotIssued;
use crate::vendors::insist;
use domain::UserId;
use jiff::Timestamp;
use ports::{Accounts, CallError, Ids, ResetPassword};
use secrecy::SecretString;
use std::sync::Arc;
use std::time::Duration;

/// Letters, digits and signs that a person can tell apart on a phone and type anywhere.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#%+-=?*";
/// 16 of 63 are 95 bits.
const LENGTH: usize = 16;

/// A password that nobody can guess and that directories take: small and capital letters, digits and signs.
pub(crate) fn generate(ids: &dyn Ids) -> SecretString {
    loop {
        let drawn = draw(ids);
        if has_all_kinds(&drawn) {
            return drawn.into();
        }
    }
}

/// Each sign is as likely as any other: bytes that would favour the first ones are thrown away.
fn draw(ids: &dyn Ids) -> String {
    let fair = 256 / ALPHABET.len() * ALPHABET.len();
    let mut drawn = String::with_capacity(LENGTH);
    while drawn.len() < LENGTH {
        let bytes = ids.bytes(LENGTH).into_iter().map(usize::from);
        let fair = bytes.filter(|byte| *byte < fair);
        let signs = fair.map(|byte| char::from(ALPHABET[byte % ALPHABET.len()]));
        drawn.extend(signs.take(LENGTH - drawn.len()));
    }
    drawn
}

fn has_all_kinds(password: &str) -> bool {
    let kinds: [fn(char) -> bool; 4] = [
        |sign| sign.is_ascii_lowercase(),
        |sign| sign.is_ascii_uppercase(),
        |sign| sign.is_ascii_digit(),
        |sign| !sign.is_ascii_alphanumeric(),
    ];
    kinds.iter().all(|kind| password.chars().any(kind))
}

/// The account whose password is to be set, as it stood before.
pub(crate) struct Account {
    accounts: Arc<dyn Accounts>,
    changed_at: Option<Timestamp>,
}

/// Why no password can be set.
pub(crate) enum NoAccount {
    /// The account is mastered on premises.
    Synced,
    /// The directory could not be asked.
    Call(CallError),
}

impl Account {
    /// Looks at the account. Refuses one that is mastered elsewhere: an application can set no password there.
    pub(crate) async fn of(accounts: Arc<dyn Accounts>, user: &UserId) -> Result<Self, NoAccount> {
        let there = accounts.account(user).await.map_err(NoAccount::Call)?;
        if there.synced {
            return Err(NoAccount::Synced);
        }
        Ok(Self {
            accounts,
            changed_at: there.password_changed_at,
        })
    }

    /// Sets the password once, and looks until the directory shows a later change than before. The directory's clock counts
    /// seconds and is not ours, so nothing else tells.
    pub(crate) async fn set(
        &self,
        resets: &dyn ResetPassword,
        user: &UserId,
        password: &SecretString,
        call_id: &str,
        looks_ms: &[u64],
    ) -> Result<(), NotIssued> {
        let asked = insist(|| resets.set_password(user, password, call_id)).await;
        let otherwise = match asked {
            Ok(()) => "the directory said yes and does not show that the password changed",
            Err(CallError::Unknown { .. }) => {
                "the directory's answer was lost, and it does not show that the password changed"
            }
            Err(error) => return Err(error.into()),
        };
        for pause_ms in looks_ms {
            tokio::time::sleep(Duration::from_millis(*pause_ms)).await;
            match self.accounts.account(user).await {
                Ok(there) if there.password_changed_at > self.changed_at => return Ok(()),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the account could not be read back"),
            }
        }
        Err(NotIssued::Unknown {
            reason: otherwise.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doubles::{Double, Fault, user};
    use ports::RandomIds;
    use secrecy::ExposeSecret;
    use std::collections::BTreeSet;

    #[expect(
        clippy::disallowed_methods,
        reason = "the test looks at what was drawn"
    )]
    fn drawn() -> String {
        generate(&RandomIds).expose_secret().to_owned()
    }

    #[test]
    fn a_password_is_long_mixed_and_of_signs_that_are_told_apart() {
        let many: BTreeSet<String> = (0..200).map(|_| drawn()).collect();
        assert_eq!(many.len(), 200, "one came twice");
        for password in &many {
            assert_eq!(password.len(), LENGTH);
            assert!(has_all_kinds(password));
            assert!(!password.contains(['l', 'I', 'o', 'O', 'i', '0', '1', ' ']));
        }
        let signs: BTreeSet<char> = many.iter().flat_map(|password| password.chars()).collect();
        assert_eq!(signs.len(), ALPHABET.len(), "some signs are never drawn");
    }

    /// What setting a password came to, and how often the directory was written.
    async fn met(fault: Option<Fault>) -> (Result<(), NotIssued>, u32) {
        let double = Double::with(|held| held.fault = fault);
        let directory = Arc::new(double.clone());
        let account = Account::of(directory.clone(), &user()).await;
        let Ok(account) = account else {
            panic!("the account may be changed");
        };
        let password = SecretString::from("Xk9!somewhat");
        let set = account
            .set(&*directory, &user(), &password, "c-1", &[0, 1])
            .await;
        let writes = double.held().writes;
        (set, writes)
    }

    #[tokio::test]
    async fn success_is_what_the_directory_shows_though_its_answer_was_lost() {
        for fault in [None, Some(Fault::LostAnswer)] {
            assert_eq!(met(fault).await, (Ok(()), 1));
        }
    }

    #[tokio::test]
    async fn what_is_not_seen_is_unknown_and_not_tried_again() {
        for fault in [Fault::LostCall, Fault::Ignored] {
            let (set, writes) = met(Some(fault)).await;
            assert!(matches!(set, Err(NotIssued::Unknown { .. })), "{set:?}");
            assert_eq!(writes, 1);
        }
    }

    #[tokio::test]
    async fn a_refusal_changed_nothing() {
        let (set, _) = met(Some(Fault::Refused)).await;
        let nothing = matches!(
            set,
            Err(NotIssued::Nothing {
                retryable: false,
                ..
            })
        );
        assert!(nothing, "{set:?}");
    }

    #[tokio::test]
    async fn an_account_that_is_mastered_elsewhere_is_refused() {
        let double = Double::with(|held| held.account.synced = true);
        let account = Account::of(Arc::new(double), &user()).await;
        assert!(matches!(account, Err(NoAccount::Synced)));
    }
}
