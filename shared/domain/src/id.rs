//! Ids are types: a ticket's id cannot be handed in where an execution's is asked for.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// A text that is not an id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not {kind}: {rule}")]
pub struct IdError {
    /// What was asked for, with its article.
    pub kind: &'static str,
    /// What came, cut to 80 characters.
    pub given: String,
    /// What such an id looks like.
    pub rule: &'static str,
}

impl IdError {
    pub(crate) fn new(kind: &'static str, given: &str, rule: &'static str) -> Self {
        Self {
            kind,
            given: given.chars().take(80).collect(),
            rule,
        }
    }
}

fn plain(text: &str, max: usize) -> bool {
    !text.is_empty()
        && text.len() <= max
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.@".contains(&b))
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Reads an id.
            ///
            /// # Errors
            /// When `text` is empty, too long, or has characters other than letters, digits and `-_.@`.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                if plain(text, $max) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError::new($kind, text, concat!("1 to ", $max, " letters, digits or -_.@")))
                }
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

text_id!(/// One run of a playbook: `x-` and 32 hex digits, also its name at Step Functions.
    ExecutionId, "an execution id", 80);
text_id!(/// A request to a person: `mfa_<ticket>_<n>` or `apr_<ticket>_<n>`.
    RequestId, "a request id", 80);
text_id!(/// A handing over of a credential: `dlv-…`.
    DeliveryId, "a delivery id", 80);
text_id!(/// The handle of a sealed credential: `cred_…`. It may travel; the credential may not.
    CredentialRef, "a credential reference", 80);
text_id!(/// An inbound event, as we name it: `evt_` and 32 hex digits.
    EventId, "an event id", 80);
text_id!(/// A user's id in the directory.
    UserId, "a user id", 128);
text_id!(/// A group's id in the directory.
    GroupId, "a group id", 128);
text_id!(/// A licence: the id of what was bought, or its part number.
    SkuId, "a licence", 128);
text_id!(/// A device's id at whoever manages it.
    DeviceId, "a device id", 64);
text_id!(/// A script's id at whoever manages devices.
    ScriptId, "a script id", 64);
text_id!(/// A run of a script on a device: `run_<ticket>_<n>`.
    ScriptRunId, "a script run id", 80);
text_id!(/// Access that we gave: `gr_<16 hex digits of the user's hash>_<a ULID>`, so that a person's grants stand together.
    GrantId, "a grant id", 80);
text_id!(/// A playbook's name.
    PlaybookName, "a playbook name", 64);
text_id!(/// A step's id within its playbook.
    StepId, "a step id", 64);

impl ExecutionId {
    /// The id of one generation of a playbook's run for a ticket: naming it twice names the same run, so starting it
    /// twice starts it once.
    #[must_use]
    pub fn of(
        tenant: &Tenant,
        ticket: &TicketId,
        playbook: &PlaybookName,
        generation: u32,
    ) -> Self {
        let seed = format!("{}\0{ticket}\0{playbook}\0{generation}", tenant.as_str());
        Self(format!("x-{}", &hex::encode(Sha256::digest(seed))[..32]))
    }
}

impl ScriptRunId {
    /// The id of a ticket's `n`-th run of a script.
    #[must_use]
    pub fn of(ticket: TicketId, n: u32) -> Self {
        Self(format!("run_{ticket}_{n}"))
    }
}

impl RequestId {
    /// The id of a ticket's `n`-th prompt.
    #[must_use]
    pub fn of_prompt(ticket: TicketId, n: u32) -> Self {
        Self(format!("mfa_{ticket}_{n}"))
    }

    /// The id of a ticket's `n`-th request for consent.
    #[must_use]
    pub fn of_approval(ticket: TicketId, n: u32) -> Self {
        Self(format!("apr_{ticket}_{n}"))
    }
}

impl GrantId {
    /// The id of a grant to `user`, with `bits` of its own.
    #[must_use]
    pub fn of(user: &UserId, bits: u128) -> Self {
        Self(format!("gr_{}_{}", Self::shelf(user), ulid::Ulid(bits)))
    }

    /// What the ids of a user's grants have in common.
    #[must_use]
    pub fn shelf(user: &UserId) -> String {
        hex::encode(&Sha256::digest(user.as_str())[..8])
    }
}

impl EventId {
    /// The id of a delivery: the same delivery of the same source always has the same one.
    #[must_use]
    pub fn of(source: &str, route: &str, delivery: &[u8]) -> Self {
        let mut hash = Sha256::new();
        for part in [source.as_bytes(), route.as_bytes(), delivery] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(format!("evt_{}", &hex::encode(hash.finalize())[..32]))
    }
}

/// Our own id of a ticket: a ULID. Its 128 bits in UUID form are one of the ticket's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TicketId(u128);

impl TicketId {
    /// The id with these bits.
    #[must_use]
    pub fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Reads the ULID form.
    ///
    /// # Errors
    /// When `text` is not a ULID.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        ulid::Ulid::from_string(text)
            .map(|id| Self(id.0))
            .map_err(|_| IdError::new("a ticket id", text, "a ULID of 26 characters"))
    }

    /// The same 128 bits in UUID form.
    #[must_use]
    pub fn as_uuid(&self) -> String {
        let hex = format!("{:032x}", self.0);
        [
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..],
        ]
        .join("-")
    }
}

impl fmt::Display for TicketId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&ulid::Ulid(self.0), f)
    }
}

impl TryFrom<String> for TicketId {
    type Error = IdError;
    fn try_from(text: String) -> Result<Self, IdError> {
        Self::parse(&text)
    }
}

impl From<TicketId> for String {
    fn from(id: TicketId) -> String {
        id.to_string()
    }
}

/// Who vouches that this is the tenant: a tenant never comes from a request's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voucher {
    /// The row of a presented, unrevoked credential.
    Credential,
    /// A token that we signed.
    Token,
    /// A message on one of our own queues.
    OwnQueue,
    /// The input of one of our own state machines.
    OwnMachine,
    /// The operator who makes the tenant, let in by IAM.
    Operator,
    /// The row of the tenant above, or the one it wrote into the tenant below.
    Above,
}

/// An organization. Every key of every table begins with one.
///
/// It can be read out, stored and carried, but made only by naming who vouches for it; clippy refuses
/// [`Tenant::vouched`] outside the few places that say why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Tenant(String);

impl Tenant {
    /// The tenant that `by` vouches for.
    ///
    /// # Errors
    /// When `id` is not 1 to 40 lower-case letters, digits and hyphens.
    pub fn vouched(id: &str, by: Voucher) -> Result<Self, IdError> {
        let _ = by;
        let fits = (1..=40).contains(&id.len())
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits {
            Ok(Self(id.to_owned()))
        } else {
            Err(IdError::new(
                "a tenant",
                id,
                "1 to 40 lower-case letters, digits and hyphens",
            ))
        }
    }

    /// The tenant's id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "a test vouches for its own tenant"
    )]
    fn naming_a_run_twice_names_the_same_run() {
        let tenant = Tenant::vouched("acme", Voucher::Operator).unwrap();
        let ticket = TicketId::from_bits(7);
        let playbook = PlaybookName::parse("password_reset").unwrap();
        let first = ExecutionId::of(&tenant, &ticket, &playbook, 1);
        assert_eq!(first, ExecutionId::of(&tenant, &ticket, &playbook, 1));
        assert_ne!(first, ExecutionId::of(&tenant, &ticket, &playbook, 2));
        assert_eq!(first.as_str().len(), 34);
    }

    #[test]
    fn an_id_with_a_slash_or_a_hash_is_refused() {
        for bad in ["", "a/b", "a#b", "a b", "ü", &"x".repeat(81)] {
            assert!(EventId::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn parts_of_an_event_id_cannot_run_into_each_other() {
        assert_ne!(EventId::of("ab", "c", b"d"), EventId::of("a", "bc", b"d"));
    }

    #[test]
    fn a_ticket_id_reads_back_from_its_text() {
        let id = TicketId::from_bits(0x0190_0000_0000_7000_8000_0000_0000_0007);
        assert_eq!(TicketId::parse(&id.to_string()), Ok(id));
        assert_eq!(id.as_uuid(), "01900000-0000-7000-8000-000000000007");
    }
}
