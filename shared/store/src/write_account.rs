//! Changes to accounts, in the same transaction as what is recorded about them.

use crate::chain::extend;
use crate::gate::seconds;
use crate::item::{number, text};
use crate::key::Key;
use crate::sign_in::room;
use crate::table::Table;
use crate::transaction::{Change, Guard};
use crate::write::{Write, rev_after};
use crate::{
    CountRow, KeyEntry, KeyRow, LoginRow, PasswordRow, SessionRow, SignInRow, StoreError,
    TenantRow, UserRow,
};
use audit::{Entry, Subject};
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde_dynamo::aws_sdk_dynamodb_1::to_attribute_value;

/// The chain of a user.
#[must_use]
pub fn user_subject(id: u64) -> Subject {
    Subject::Account(format!("user-{id}"))
}

/// The chain of an API key.
#[must_use]
pub fn key_subject(id: u64) -> Subject {
    Subject::Account(format!("key-{id}"))
}

/// The chain of the tenant itself.
#[must_use]
pub fn tenant_subject() -> Subject {
    Subject::Account("organization".to_owned())
}

impl Write<'_> {
    /// A user, new or as `seen`, with what happened to them: one entry at least.
    pub fn user(mut self, seen: Option<&UserRow>, next: &UserRow, entries: Vec<Entry>) -> Self {
        let subject = user_subject(next.id);
        let head = seen.map(|user| user.chain.clone()).unwrap_or_default();
        self.audited("user", &entries);
        let (records, chain) = extend(self.tenant, &subject, head, entries);
        let row = UserRow {
            rev: rev_after(seen.map(|user| user.rev)),
            chain,
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|user| user.rev));
        let key = Key::user(self.tenant, row.id);
        self.rows.put("user", Table::Accounts, &key, &row, guard);
        self.records(&subject, &records);
        self.written.user = Some(row);
        self
    }

    /// What a new user's requests are let in by.
    pub fn new_sign_in(mut self, user: u64, row: &SignInRow) -> Self {
        let key = Key::sign_in(self.tenant, user);
        self.rows
            .put("sign-in", Table::Accounts, &key, row, Guard::Absent);
        self
    }

    /// A user's standing and roles from now on. Their sessions go on, or end.
    pub fn standing(
        mut self,
        user: u64,
        active: bool,
        roles: &[&str],
        ends_sessions: bool,
    ) -> Self {
        let mut set = "SET active = :active, #roles = :roles".to_owned();
        let words = roles.iter().map(|role| text(*role)).collect();
        let mut values = vec![
            (":active", AttributeValue::Bool(active)),
            (":roles", AttributeValue::L(words)),
        ];
        if ends_sessions {
            set.push_str(", s = :none");
            values.push((":none", AttributeValue::M(std::collections::HashMap::new())));
        }
        let change = Change {
            set,
            when: "attribute_exists(pk)".to_owned(),
            names: vec![("#roles".to_owned(), "roles".to_owned())],
            values,
        };
        let key = Key::sign_in(self.tenant, user);
        self.rows.update("sign-in", Table::Accounts, &key, change);
        self
    }

    /// Opens a session. Ended ones and, at ten, the one that ends first make room.
    pub fn open_session(
        mut self,
        user: u64,
        seen: &SignInRow,
        sid: &str,
        session: &SessionRow,
        now: Timestamp,
    ) -> Self {
        let session = match to_attribute_value(session) {
            Ok(session) => session,
            Err(error) => {
                self.rows.fail(StoreError::corrupt("session", error));
                return self;
            }
        };
        let ended = room(seen, seconds(now));
        let mut names = vec![("#sid".to_owned(), sid.to_owned())];
        let mut set = "SET s.#sid = :session, last_login_at = :now".to_owned();
        for (at, ended) in ended.into_iter().enumerate() {
            set.push_str(if at == 0 { " REMOVE " } else { ", " });
            set.push_str("s.#e");
            set.push_str(&at.to_string());
            names.push((format!("#e{at}"), ended));
        }
        let change = Change {
            set,
            // As many as were read: two who sign in at once do not both take the last place.
            when: "active = :yes AND size(s) = :sessions".to_owned(),
            names,
            values: vec![
                (":session", session),
                (":now", text(now.to_string())),
                (":yes", AttributeValue::Bool(true)),
                (":sessions", number(seen.s.len() as u64)),
            ],
        };
        let key = Key::sign_in(self.tenant, user);
        self.rows.update("sign-in", Table::Accounts, &key, change);
        self
    }

    /// Ends a session that stands.
    pub fn close_session(mut self, user: u64, sid: &str) -> Self {
        let change = Change {
            set: "REMOVE s.#sid".to_owned(),
            when: "attribute_exists(s.#sid)".to_owned(),
            names: vec![("#sid".to_owned(), sid.to_owned())],
            values: Vec::new(),
        };
        let key = Key::sign_in(self.tenant, user);
        self.rows.update("sign-in", Table::Accounts, &key, change);
        self
    }

    /// A user's password: the first, or one in place of another.
    pub fn password(mut self, user: u64, seen: Option<&PasswordRow>, next: &PasswordRow) -> Self {
        let key = Key::password(self.tenant, user);
        let guard = if seen.is_some() {
            Guard::Present
        } else {
            Guard::Absent
        };
        self.rows
            .put("password", Table::Accounts, &key, next, guard);
        self
    }

    /// A name that the user signs in by from now on. A [`StoreError::Conflict`] about the `sign-in name` says that it is
    /// somebody else's within the tenant.
    pub fn login(mut self, name: &str, user: u64) -> Self {
        let key = Key::login(name, self.tenant);
        let row = LoginRow {
            tenant: self.tenant.as_str().to_owned(),
            user_id: user,
        };
        self.rows
            .put("sign-in name", Table::Accounts, &key, &row, Guard::Absent);
        self
    }

    /// A name that its user signs in by no more.
    pub fn login_gone(mut self, name: &str) -> Self {
        let key = Key::login(name, self.tenant);
        self.rows.delete("sign-in name", Table::Accounts, &key);
        self
    }

    /// How many of something there are from now on: `user`, `key`.
    pub fn count(mut self, what: &str, seen: &CountRow, next: &CountRow) -> Self {
        let row = CountRow {
            rev: seen.rev + 1,
            ..next.clone()
        };
        let guard = Guard::seen((seen.rev > 0).then_some(seen.rev));
        let key = Key::count(self.tenant, what);
        self.rows.put("count", Table::Accounts, &key, &row, guard);
        self
    }

    /// An API key's entry, new or as `seen`, with what happened to it: one entry at least.
    pub fn key(mut self, seen: Option<&KeyEntry>, next: &KeyEntry, entries: Vec<Entry>) -> Self {
        let subject = key_subject(next.id);
        let head = seen.map(|key| key.chain.clone()).unwrap_or_default();
        self.audited("API key", &entries);
        let (records, chain) = extend(self.tenant, &subject, head, entries);
        let row = KeyEntry {
            rev: rev_after(seen.map(|key| key.rev)),
            chain,
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|key| key.rev));
        let key = Key::key_entry(self.tenant, row.id);
        self.rows.put("API key", Table::Accounts, &key, &row, guard);
        self.records(&subject, &records);
        self.written.key = Some(row);
        self
    }

    /// What requests with a new key meet.
    pub fn new_key_row(mut self, hash: &str, row: &KeyRow) -> Self {
        let key = Key::api_key(hash);
        self.rows
            .put("API key", Table::Accounts, &key, row, Guard::Absent);
        self
    }

    /// What requests with this key meet from now on: the counts go on, the rest is `next`'s.
    pub fn key_row(mut self, hash: &str, next: &KeyRow) -> Self {
        let scopes = next.scopes.iter().map(text).collect();
        let mut set = "SET scopes = :scopes, #class = :class, revoked = :revoked".to_owned();
        let mut gone = Vec::new();
        let mut names = vec![("#class".to_owned(), "class".to_owned())];
        let mut values = vec![
            (":scopes", AttributeValue::L(scopes)),
            (":class", text(&next.class)),
            (":revoked", AttributeValue::Bool(next.revoked)),
        ];
        match next.expires_at {
            Some(at) => {
                set.push_str(", expires_at = :at");
                values.push((":at", text(at.to_string())));
            }
            None => gone.push("expires_at"),
        }
        match next.max {
            Some(max) => {
                set.push_str(", #max = :max");
                names.push(("#max".to_owned(), "max".to_owned()));
                values.push((":max", number(max)));
            }
            None => {
                names.push(("#max".to_owned(), "max".to_owned()));
                gone.push("#max");
            }
        }
        if !gone.is_empty() {
            set.push_str(" REMOVE ");
            set.push_str(&gone.join(", "));
        }
        let change = Change {
            set,
            when: "attribute_exists(pk)".to_owned(),
            names,
            values,
        };
        self.rows
            .update("API key", Table::Accounts, &Key::api_key(hash), change);
        self
    }

    /// The tenant's own row, new or as `seen`, with what happened to it: one entry at least.
    pub fn tenant(
        mut self,
        seen: Option<&TenantRow>,
        next: &TenantRow,
        entries: Vec<Entry>,
    ) -> Self {
        let subject = tenant_subject();
        let head = seen.map(|row| row.chain.clone()).unwrap_or_default();
        self.audited("tenant", &entries);
        let (records, chain) = extend(self.tenant, &subject, head, entries);
        let row = TenantRow {
            rev: rev_after(seen.map(|row| row.rev)),
            chain,
            ..next.clone()
        };
        let guard = Guard::seen(seen.map(|row| row.rev));
        let key = Key::tenant(self.tenant);
        self.rows.put("tenant", Table::Accounts, &key, &row, guard);
        self.records(&subject, &records);
        self.written.tenant = Some(row);
        self
    }

    /// A domain whose people may register with the tenant; it is nobody else's.
    pub fn domain(mut self, domain: &str) -> Self {
        let row = crate::tenant::DomainRow {
            tenant: self.tenant.as_str().to_owned(),
        };
        self.rows.put(
            "domain",
            Table::Accounts,
            &Key::domain(domain),
            &row,
            Guard::Absent,
        );
        self
    }

    /// A webhook source that is new.
    pub fn source(mut self, row: &crate::SourceRow) -> Self {
        let key = Key::source(&row.id);
        self.rows
            .put("webhook source", Table::Accounts, &key, row, Guard::Absent);
        self
    }
}
