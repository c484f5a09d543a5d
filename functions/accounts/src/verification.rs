//! Showing that an address is one's own: a link by mail, which works for a day.

use auth::mint;
use domain::Tenant;
use jiff::SignedDuration;
use kit::{App, MailError};
use store::{StoreError, UserRow};

/// How long a link works.
const LASTS: SignedDuration = SignedDuration::from_hours(24);
/// Mails to one user within [`WINDOW`].
const MAILS: usize = 5;
/// See [`MAILS`].
pub(crate) const WINDOW: SignedDuration = SignedDuration::from_hours(1);
const SUBJECT: &str = "Confirm your e-mail address";
const CHANGED: &str = "Your e-mail address was changed";

/// Why no mail went out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAsked {
    #[error("there is no address to be shown theirs")]
    Nothing,
    #[error("they were sent five mails within an hour")]
    TooMany,
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error("the tables could not be asked")]
    Store(#[from] StoreError),
}

/// The address that a user has yet to show to be theirs.
fn unshown(user: &UserRow) -> Option<&str> {
    let own = (!user.email_verified).then_some(user.email.as_str());
    user.pending_email.as_deref().or(own)
}

/// Sends a user the link that shows that the address they gave is theirs.
///
/// # Errors
/// When nothing was sent.
pub(crate) async fn ask(app: &App, tenant: &Tenant, user: &UserRow) -> Result<(), NotAsked> {
    let address = unshown(user).ok_or(NotAsked::Nothing)?;
    if !app.mail().is_on() {
        // Says in the log that nothing is sent.
        return Ok(app.mail().send(address, SUBJECT, "").await?);
    }
    let (store, now) = (app.store(), app.clock().now());
    let counted = store.count_mail(tenant, user.id, now, MAILS, WINDOW);
    if !counted.await? {
        return Err(NotAsked::TooMany);
    }
    let token = mint("", &app.ids().bytes(32));
    store
        .put_verification(tenant, &token.fingerprint, user.id, address, now, LASTS)
        .await?;
    let text = text(&app.config().public_base_url, &user.username, &token.plain);
    Ok(app.mail().send(address, SUBJECT, &text).await?)
}

/// Sends the link after a change that wants it. The change stands whether the mail goes out or not: they can ask for
/// another.
pub(crate) async fn ask_after(app: &App, tenant: &Tenant, user: &UserRow) {
    match ask(app, tenant, user).await {
        Ok(()) | Err(NotAsked::Nothing | NotAsked::Mail(MailError::Off)) => {}
        Err(error) => tracing::warn!(user_id = user.id, %error, "a verification mail was not sent"),
    }
}

/// Tells the address that was theirs until now that another has taken its place, so that whoever reads there learns of it.
/// An address that nobody has shown to be theirs is told nothing. The change stands whether the mail goes out or not.
pub(crate) async fn tell_old(app: &App, seen: &UserRow, next: &UserRow) {
    if seen.email == next.email || !seen.email_verified {
        return;
    }
    let sent = app.mail().send(&seen.email, CHANGED, &changed(next)).await;
    match sent {
        Ok(()) | Err(MailError::Off) => {}
        Err(error) => {
            tracing::warn!(user_id = next.id, %error, "an address was not told that it was replaced");
        }
    }
}

fn changed(user: &UserRow) -> String {
    format!(
        "This address belonged to the account {}. Another address has taken its place.\n\n\
         If you know of it, do nothing.\n\n\
         If not, somebody else may have your account: tell your administrator.\n",
        user.username
    )
}

fn text(base: &str, username: &str, token: &str) -> String {
    format!(
        "Somebody, probably you, gave this address for the account {username}.\n\n\
         To confirm that it is yours, open this page within 24 hours and press the button:\n\n\
         {base}/verify-email?token={token}\n\n\
         If it was not you, do nothing.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::tests::user;

    #[test]
    fn the_address_that_was_asked_for_comes_before_the_one_that_stands() {
        let mut jane = user(&[]);
        assert_eq!(unshown(&jane), None);
        jane.email_verified = false;
        assert_eq!(unshown(&jane), Some("jane@example.com"));
        jane.pending_email = Some("jane.doe@example.com".to_owned());
        assert_eq!(unshown(&jane), Some("jane.doe@example.com"));
    }

    #[test]
    fn the_old_address_is_not_told_the_new_one() {
        let mut jane = user(&[]);
        jane.email = "jane.doe@example.com".to_owned();
        let text = changed(&jane);
        assert!(text.contains("the account jane.smith"), "{text}");
        assert!(!text.contains("jane.doe"), "{text}");
    }

    #[test]
    fn the_link_stands_alone_on_its_line() {
        let text = text("https://desk.example.com", "jane.smith", "t0k-en");
        let link = "https://desk.example.com/verify-email?token=t0k-en";
        assert!(text.lines().any(|line| line == link), "{text}");
    }
}
