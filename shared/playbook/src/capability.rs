//! What a step can ask for: a closed list, with one table of facts.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::input::{InputKind, InputRule};

/// What a step asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Capability {
    /// Ask a user to confirm on their own device.
    #[serde(rename = "verification.mfa")]
    RequestMfa,
    /// Ask a user's manager to allow what comes after.
    #[serde(rename = "verification.manager_approval")]
    RequestApproval,
    /// Make a new pass or password for a user.
    #[serde(rename = "executor.reset_password")]
    ResetPassword,
    /// Let a user sign in again whom an application shut out.
    #[serde(rename = "executor.unlock_account")]
    UnlockAccount,
    /// Keep a user from signing in.
    #[serde(rename = "executor.disable_account")]
    DisableAccount,
    /// Take away what a user proves themselves with besides a password.
    #[serde(rename = "executor.remove_mfa_methods")]
    RemoveMfaMethods,
    /// End a user's sessions.
    #[serde(rename = "executor.revoke_sessions")]
    RevokeSessions,
    /// Give a membership or a licence.
    #[serde(rename = "executor.grant_access")]
    GrantAccess,
    /// Take a membership or a licence away.
    #[serde(rename = "executor.revoke_access")]
    RevokeAccess,
    /// Run an allowed script on a user's device.
    #[serde(rename = "executor.trigger_device_script")]
    TriggerDeviceScript,
    /// Send a credential to its owner's phone.
    #[serde(rename = "delivery.sms")]
    SendSms,
}

/// What a step means for the safety of the steps after it.
enum Role {
    Verification,
    SensitiveAction,
    /// It takes away, and so needs nobody's consent.
    ProtectiveAction,
    Delivery,
}

struct Facts {
    service: &'static str,
    operation: &'static str,
    about: &'static str,
    role: Role,
    waits: bool,
    repeat_safe: bool,
    inputs: &'static [InputRule],
    outputs: &'static [&'static str],
    /// What its task does when it is called with `"undo": true`; none where a deed cannot be taken back.
    undo: Option<&'static str>,
    /// Most seconds its state may stand: 600, or more where it waits for a person who reads messages.
    longest_wait_seconds: u32,
}

const USER_ID: InputRule = InputRule {
    name: "user_id",
    kind: InputKind::Text { max_chars: 256 },
    required: true,
    about: "The user's id in the directory.",
};

const REQUEST_MFA: Facts = Facts {
    service: "verification.mfa",
    operation: "request_mfa_task",
    about: "Ask a user to confirm on their own device; waits for the answer.",
    role: Role::Verification,
    waits: true,
    repeat_safe: true,
    inputs: &[USER_ID],
    outputs: &["request_id", "assurance"],
    undo: None,
    longest_wait_seconds: 600,
};

const REQUEST_APPROVAL: Facts = Facts {
    service: "verification.manager_approval",
    operation: "request_approval_task",
    about: "Ask the manager of a user to allow the sensitive steps after this one; waits for the answer.",
    role: Role::Verification,
    waits: true,
    repeat_safe: true,
    inputs: &[InputRule {
        name: "user_id",
        kind: InputKind::Text { max_chars: 256 },
        required: false,
        about: "Whose manager is asked, by their id in the directory; the ticket's requester where it is left out.",
    }],
    outputs: &["request_id", "payload_hash"],
    undo: None,
    longest_wait_seconds: 2_592_000,
};

const RESET_PASSWORD: Facts = Facts {
    service: "executor.reset_password",
    operation: "reset_password_task",
    about: "Make a new pass or password for a user; sealed, only its credential_ref travels.",
    role: Role::SensitiveAction,
    waits: false,
    repeat_safe: true,
    inputs: &[
        USER_ID,
        InputRule {
            name: "method",
            kind: InputKind::Choice(&["tap", "password"]),
            required: true,
            about: "tap: a Temporary Access Pass; password: a new password, to be changed at the next sign-in; not for accounts mastered on premises.",
        },
        InputRule {
            name: "tap_lifetime_minutes",
            kind: InputKind::Integer {
                min: 10,
                max: 43_200,
            },
            required: false,
            about: "How long a Temporary Access Pass is valid, or a password kept for its owner, in minutes: 10 to 43200.",
        },
    ],
    outputs: &["credential_ref", "expires_at", "delivery_method"],
    undo: None,
    longest_wait_seconds: 600,
};

const GROUP_ID: InputRule = InputRule {
    name: "group_id",
    kind: InputKind::Text { max_chars: 128 },
    required: false,
    about: "The group's id. Name either this or license_sku.",
};

const LICENSE_SKU: InputRule = InputRule {
    name: "license_sku",
    kind: InputKind::Text { max_chars: 128 },
    required: false,
    about: "The licence, by id or part number. Name either this or group_id.",
};

const UNLOCK_ACCOUNT: Facts = Facts {
    service: "executor.unlock_account",
    operation: "unlock_account_task",
    about: "Let a user sign in again whom an application shut out; refused where an administrator did, or at risk.",
    role: Role::SensitiveAction,
    waits: false,
    repeat_safe: true,
    inputs: &[USER_ID],
    outputs: &["changed"],
    undo: Some("Disables the account again."),
    longest_wait_seconds: 600,
};

const DISABLE_ACCOUNT: Facts = Facts {
    service: "executor.disable_account",
    operation: "disable_account_task",
    about: "Keep a user from signing in; refused where the account is mastered on premises. Sessions live on until they are revoked.",
    role: Role::SensitiveAction,
    waits: false,
    repeat_safe: true,
    inputs: &[USER_ID],
    outputs: &["changed"],
    undo: Some(
        "Enables the account again, unless a person disabled it meanwhile or it is at risk.",
    ),
    longest_wait_seconds: 600,
};

const REMOVE_MFA_METHODS: Facts = Facts {
    service: "executor.remove_mfa_methods",
    operation: "remove_mfa_methods_task",
    about: "Take away a user's authenticators, phones, codes, keys and mail addresses; they register anew. There is no undo.",
    role: Role::SensitiveAction,
    waits: false,
    repeat_safe: true,
    inputs: &[USER_ID],
    outputs: &["changed", "removed", "kinds"],
    undo: None,
    longest_wait_seconds: 600,
};

const REVOKE_SESSIONS: Facts = Facts {
    service: "executor.revoke_sessions",
    operation: "revoke_sessions_task",
    about: "End a user's sessions; access tokens that were issued live to their own expiry. There is no undo.",
    role: Role::ProtectiveAction,
    waits: false,
    repeat_safe: true,
    inputs: &[USER_ID],
    outputs: &["revoked_at"],
    undo: None,
    longest_wait_seconds: 600,
};

const GRANT_ACCESS: Facts = Facts {
    service: "executor.grant_access",
    operation: "grant_access_task",
    about: "Make a user a member of a group, or give them a licence, until a time; then it is taken away and seen gone.",
    role: Role::SensitiveAction,
    waits: false,
    repeat_safe: true,
    inputs: &[
        USER_ID,
        GROUP_ID,
        LICENSE_SKU,
        InputRule {
            name: "expires_at",
            kind: InputKind::Text { max_chars: 40 },
            required: false,
            about: "When it is taken away, as 2026-12-24T18:00:00Z; within 90 days. Without an end it stays.",
        },
        InputRule {
            name: "expires_in_days",
            kind: InputKind::Integer { min: 1, max: 90 },
            required: false,
            about: "The same in days from the step on: 1 to 90.",
        },
    ],
    outputs: &["changed", "grant_id", "expires_at"],
    undo: Some("Takes away what the step gave."),
    longest_wait_seconds: 600,
};

const REVOKE_ACCESS: Facts = Facts {
    service: "executor.revoke_access",
    operation: "revoke_access_task",
    about: "Take a membership or a licence away; a group's last owner stays.",
    role: Role::ProtectiveAction,
    waits: false,
    repeat_safe: true,
    inputs: &[USER_ID, GROUP_ID, LICENSE_SKU],
    outputs: &["changed", "grant_id", "expires_at"],
    undo: Some("Gives back what the step took away, until the end it had."),
    longest_wait_seconds: 600,
};

const TRIGGER_DEVICE_SCRIPT: Facts = Facts {
    service: "executor.trigger_device_script",
    operation: "trigger_device_script_task",
    about: "Run an allowed script on a user's own device; waits until the device management says how it ended. There is no undo.",
    role: Role::SensitiveAction,
    waits: true,
    repeat_safe: true,
    inputs: &[
        InputRule {
            required: false,
            about: "Whose device it is, by their id in the directory; the ticket's requester where it is left out.",
            ..USER_ID
        },
        InputRule {
            name: "device_id",
            kind: InputKind::Text { max_chars: 64 },
            required: true,
            about: "The device's id in the device management.",
        },
        InputRule {
            name: "script_id",
            kind: InputKind::Text { max_chars: 64 },
            required: true,
            about: "The script's id there; it stands on the list of those that may run.",
        },
        InputRule {
            name: "params",
            kind: InputKind::Pairs,
            required: false,
            about: "What the script takes: Name=value; Name=value. A value may hold {{ expressions }}.",
        },
    ],
    outputs: &["run_id"],
    undo: None,
    longest_wait_seconds: 600,
};

const SEND_SMS: Facts = Facts {
    service: "delivery.sms",
    operation: "send_sms_task",
    about: "Send a credential to the number its owner has in the directory; waits while the delivery is queued.",
    role: Role::Delivery,
    waits: true,
    repeat_safe: true,
    inputs: &[
        InputRule {
            name: "credential_ref",
            kind: InputKind::Reference,
            required: true,
            about: "The handle an earlier step gave, such as {{ steps.reset_password.credential_ref }}.",
        },
        InputRule {
            name: "message",
            kind: InputKind::Message {
                max_chars: 1_000,
                placeholder: "{credential}",
            },
            required: true,
            about: "The text to send; {credential} stands where the credential goes.",
        },
    ],
    outputs: &["delivery_id", "delivery_status", "sent_at", "medium"],
    undo: None,
    longest_wait_seconds: 600,
};

impl Capability {
    /// Every capability.
    pub const ALL: [Self; 11] = [
        Self::RequestMfa,
        Self::RequestApproval,
        Self::ResetPassword,
        Self::UnlockAccount,
        Self::DisableAccount,
        Self::RemoveMfaMethods,
        Self::RevokeSessions,
        Self::GrantAccess,
        Self::RevokeAccess,
        Self::TriggerDeviceScript,
        Self::SendSms,
    ];

    const fn facts(self) -> &'static Facts {
        match self {
            Self::RequestMfa => &REQUEST_MFA,
            Self::RequestApproval => &REQUEST_APPROVAL,
            Self::ResetPassword => &RESET_PASSWORD,
            Self::UnlockAccount => &UNLOCK_ACCOUNT,
            Self::DisableAccount => &DISABLE_ACCOUNT,
            Self::RemoveMfaMethods => &REMOVE_MFA_METHODS,
            Self::RevokeSessions => &REVOKE_SESSIONS,
            Self::GrantAccess => &GRANT_ACCESS,
            Self::RevokeAccess => &REVOKE_ACCESS,
            Self::TriggerDeviceScript => &TRIGGER_DEVICE_SCRIPT,
            Self::SendSms => &SEND_SMS,
        }
    }

    /// The name a playbook calls it by, such as `verification.mfa`.
    #[must_use]
    pub const fn service(self) -> &'static str {
        self.facts().service
    }

    /// The task operation that does it, such as `request_mfa_task`.
    #[must_use]
    pub const fn operation(self) -> &'static str {
        self.facts().operation
    }

    /// What it does, in one sentence.
    #[must_use]
    pub const fn about(self) -> &'static str {
        self.facts().about
    }

    /// Whether its state waits for somebody to answer with a task token.
    #[must_use]
    pub const fn waits(self) -> bool {
        self.facts().waits
    }

    /// Whether it proves a person or a consent. Nothing goes on past one that was refused.
    #[must_use]
    pub const fn is_verification(self) -> bool {
        matches!(self.facts().role, Role::Verification)
    }

    /// Whether it spends a receipt: it changes something only a verified person may have changed.
    #[must_use]
    pub const fn is_sensitive(self) -> bool {
        matches!(self.facts().role, Role::SensitiveAction)
    }

    /// Whether its work goes on when its state's time is up: a delivery is tried until its credential lapses.
    #[must_use]
    pub const fn outlives_its_state(self) -> bool {
        matches!(self.facts().role, Role::Delivery)
    }

    /// Whether its function may be called again for the same step: it answers from the ledger, or finds its own intent
    /// and says `Unknown`. Only then does the machine repeat a call that Lambda says never arrived.
    #[must_use]
    pub const fn repeat_safe(self) -> bool {
        self.facts().repeat_safe
    }

    /// What its `with` takes.
    #[must_use]
    pub const fn inputs(self) -> &'static [InputRule] {
        self.facts().inputs
    }

    /// What later steps may read as `steps.<id>.<output>`, beside `status`, which every step has.
    #[must_use]
    pub const fn outputs(self) -> &'static [&'static str] {
        self.facts().outputs
    }

    /// What taking it back does, in one sentence; none where a step of it cannot say `compensate: undo`.
    #[must_use]
    pub const fn undo(self) -> Option<&'static str> {
        self.facts().undo
    }

    /// Most seconds a step of it may wait: `timeout` up to 600, `wait_up_to` beyond.
    #[must_use]
    pub const fn longest_wait_seconds(self) -> u32 {
        self.facts().longest_wait_seconds
    }

    /// The capability a playbook calls `service`.
    #[must_use]
    pub fn from_service(service: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|capability| capability.service() == service)
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.service())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_wire_agree_on_every_name() {
        for capability in Capability::ALL {
            assert_eq!(
                serde_json::to_value(capability).unwrap(),
                capability.service()
            );
            assert_eq!(
                Capability::from_service(capability.service()),
                Some(capability)
            );
        }
    }

    #[test]
    fn no_capability_gives_a_secret_to_a_later_step() {
        for capability in Capability::ALL {
            assert!(
                !capability
                    .outputs()
                    .iter()
                    .any(|output| ["credential", "password", "tap"].contains(output))
            );
        }
    }
}
