//! What may be done to somebody, and how the directory shows whether it was.

use serde_json::{Value, json};

use super::cast::Cast;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    Tap,
    Password,
    Unlock,
    Sessions,
    Give,
    License,
    Take,
}

impl Deed {
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Tap | Self::Password => "reset_password",
            Self::Unlock => "unlock_account",
            Self::Sessions => "revoke_sessions",
            Self::Give | Self::License => "grant_access",
            Self::Take => "revoke_access",
        }
    }

    /// The step of the stage's playbook.
    pub(super) fn step(self) -> &'static str {
        match self {
            Self::Tap => "tap",
            Self::Password => "password",
            Self::Unlock => "unlock",
            Self::Sessions => "sessions",
            Self::Give => "give",
            Self::License => "license",
            Self::Take => "take",
        }
    }

    /// What a caller asks for besides ticket and person.
    pub(super) fn ask(self, cast: &Cast<'_>) -> Value {
        match self {
            Self::Tap | Self::Password => json!({"method": self.step()}),
            Self::Unlock | Self::Sessions => json!({}),
            Self::Give | Self::Take => json!({"group_id": cast.group}),
            Self::License => json!({"license_sku": cast.sku}),
        }
    }

    /// The calls of the directory that do it or undo it: method and part of the path.
    fn calls(self, cast: &Cast<'_>, undone: bool) -> (&'static str, String) {
        let user = format!("/users/{}", cast.john.id);
        let members = format!("/groups/{}/members", cast.group);
        match self {
            Self::Tap => (
                "POST",
                format!("{user}/authentication/temporaryAccessPassMethods"),
            ),
            Self::Password | Self::Unlock => ("PATCH", user),
            Self::Sessions => ("POST", format!("{user}/revokeSignInSessions")),
            Self::License => ("POST", format!("{user}/assignLicense")),
            Self::Give | Self::Take if (self == Self::Give) == undone => ("DELETE", members),
            Self::Give | Self::Take => ("POST", members),
        }
    }

    /// How often the directory was asked to do it, or to undo it. What does both by one call is counted together.
    pub(super) async fn writes(self, cast: &Cast<'_>, undone: bool) -> usize {
        let (method, path) = self.calls(cast, undone);
        cast.calls(method, &path).await
    }

    /// Whether the directory shows it.
    pub(super) async fn is_so(self, cast: &Cast<'_>) -> bool {
        let john = cast.shown().await;
        let moved = |what: &str| john[what] != cast.before[what];
        match self {
            Self::Tap => cast.passes().await > 0,
            Self::Password => moved("lastPasswordChangeDateTime"),
            Self::Unlock => john["accountEnabled"] == true,
            Self::Sessions => moved("signInSessionsValidFromDateTime"),
            Self::Give => cast.is_member().await,
            Self::Take => !cast.is_member().await,
            Self::License => {
                let held = john["licences"].as_array().unwrap();
                held.iter().any(|held| held["skuId"] == cast.sku.as_str())
            }
        }
    }
}
