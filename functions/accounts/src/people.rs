//! Making a user: the same rows whoever asks, an operator, an admin, a visitor, an invitation or an identity provider.

use crate::roles::assignment_id;
use audit::{Actor, Entry};
use auth::{Role, password};
use kit::{App, Problem};
use store::{Assignment, CountRow, PasswordRow, SignInRow, UserRow, Write};

/// The user to make.
pub(crate) struct NewUser<'a> {
    /// A plain user name, see [`crate::names`].
    pub(crate) username: &'a str,
    /// An address.
    pub(crate) email: &'a str,
    /// Whether it is known to be theirs.
    pub(crate) email_verified: bool,
    /// Whether they make the account themselves.
    pub(crate) self_registered: bool,
    /// Their given name.
    pub(crate) first_name: &'a str,
    /// Their family name.
    pub(crate) last_name: &'a str,
    /// Their password; none for those who sign in elsewhere.
    pub(crate) password: Option<&'a str>,
    /// Whether they may sign in.
    pub(crate) is_active: bool,
    /// Their roles.
    pub(crate) roles: &'a [Role],
}

impl NewUser<'_> {
    /// The flaw of the password, if it has one.
    ///
    /// # Errors
    /// When the password will not do.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let flaw = self
            .password
            .and_then(|text| password::flaw(text, &[self.username, self.email]));
        flaw.map_or(Ok(()), |flaw| Err(Problem::invalid("password", flaw)))
    }

    /// Adds the user's rows to a change. `seen` is the tenant's count of users as it was read.
    ///
    /// # Errors
    /// When the password cannot be hashed.
    pub(crate) fn put<'a>(
        &self,
        app: &App,
        write: Write<'a>,
        seen: &CountRow,
        by: Actor,
    ) -> Result<(Write<'a>, UserRow), Problem> {
        let now = app.clock().now();
        let id = seen.last + 1;
        let roles: Vec<Assignment> = self
            .roles
            .iter()
            .map(|role| Assignment {
                id: assignment_id(id, *role),
                role: role.word().to_owned(),
                at: now,
            })
            .collect();
        let user = UserRow {
            id,
            username: self.username.to_owned(),
            email: self.email.to_owned(),
            email_verified: self.email_verified,
            self_registered: self.self_registered,
            pending_email: None,
            first_name: self.first_name.to_owned(),
            last_name: self.last_name.to_owned(),
            is_active: self.is_active,
            roles,
            date_joined: now,
            deleted_at: None,
            chain: domain::ChainHead::default(),
            rev: 0,
        };
        let words: Vec<String> = self
            .roles
            .iter()
            .map(|role| role.word().to_owned())
            .collect();
        let is_admin = self.is_active && self.roles.contains(&Role::Admin);
        let count = CountRow {
            last: user.id,
            live: seen.live + 1,
            admins: seen.admins + u64::from(is_admin),
            rev: 0,
        };
        let entry = Entry::new(now, by, "user.created")
            .fact("user_id", user.id)
            .fact("roles", words.clone())
            .fact("is_active", self.is_active);
        let mut write = write
            .user(None, &user, vec![entry])
            .new_sign_in(user.id, &SignInRow::new(self.is_active, words))
            .login(self.username, user.id)
            .count("user", seen, &count);
        if self.email != self.username {
            write = write.login(self.email, user.id);
        }
        if let Some(text) = self.password {
            let hash = password::hash(text, &app.ids().bytes(16));
            let hash = hash.map_err(|error| Problem::internal(&error))?;
            write = write.password(user.id, None, &PasswordRow { hash, at: now });
        }
        Ok((write, user))
    }
}

/// A user's roles.
pub(crate) fn roles_of(user: &UserRow) -> Vec<Role> {
    user.roles
        .iter()
        .filter_map(|given| Role::named(&given.role))
        .collect()
}
