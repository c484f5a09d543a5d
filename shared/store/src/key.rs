//! Keys. Each begins with its tenant, but those of credentials, which are found by the hash of what was presented, and of
//! webhooks that proved no tenant.

use crate::item::Item;
use audit::Subject;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    Candidate, ContentHash, CredentialRef, DeliveryId, EventId, ExecutionId, GrantId, PlaybookName,
    RequestId, ScriptRunId, Tenant, TicketId, TicketName, UserId,
};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    pk: String,
    sk: String,
}

/// What the sort keys of a ticket's prompts begin with.
pub(crate) const PROMPTS: &str = "mfa#";
/// What the sort keys of a ticket's requests for consent begin with.
pub(crate) const APPROVALS: &str = "apr#";
/// What the sort keys of a ticket's runs of scripts begin with.
pub(crate) const SCRIPT_RUNS: &str = "run#";
/// What the sort keys of a ticket's decisions begin with.
pub(crate) const DECISIONS: &str = "decision#";
/// What the sort keys of labelled decisions begin with.
pub(crate) const EXAMPLES: &str = "e#";
/// What the sort keys of a person's grants begin with.
pub(crate) const GRANTS: &str = "g#";
/// What the sort keys of users begin with.
pub(crate) const USERS: &str = "u#";
/// What the sort keys of keys' entries begin with.
pub(crate) const KEYS: &str = "k#";
/// What the sort keys of playbooks begin with.
pub(crate) const PLAYBOOKS: &str = "p#";
/// What the sort keys of a playbook's versions begin with.
pub(crate) const VERSIONS: &str = "v#";
/// What the sort keys of the rows about versions' state machines begin with.
const MACHINES: &str = "m#";

impl Key {
    fn of(tenant: &Tenant, pk: &str, sk: impl Into<String>) -> Self {
        Self {
            pk: format!("{}#{pk}", tenant.as_str()),
            sk: sk.into(),
        }
    }

    /// A row that is never there.
    pub(crate) fn nothing() -> Self {
        Self {
            pk: "nothing".into(),
            sk: "nothing".into(),
        }
    }

    pub(crate) fn ticket(tenant: &Tenant, id: TicketId) -> Self {
        Self::of(tenant, &format!("t#{id}"), "t")
    }

    pub(crate) fn ticket_name(tenant: &Tenant, name: &TicketName) -> Self {
        Self::of(tenant, &format!("n#{name}"), "n")
    }

    pub(crate) fn ticket_counter(tenant: &Tenant) -> Self {
        Self::of(tenant, "counter", "ticket")
    }

    pub(crate) fn decision(tenant: &Tenant, ticket: TicketId, content: &ContentHash) -> Self {
        Self::of(
            tenant,
            &format!("t#{ticket}"),
            format!("{DECISIONS}{}", content.as_str()),
        )
    }

    /// A decision that people labelled.
    pub(crate) fn example(tenant: &Tenant, ticket: TicketId, content: &ContentHash) -> Self {
        let place = format!("{EXAMPLES}{ticket}#{}", content.as_str());
        Self::of(tenant, "examples", place)
    }

    /// Every decision that people labelled, behind this place.
    pub(crate) fn examples(tenant: &Tenant, place: &str) -> Self {
        Self::of(tenant, "examples", format!("{EXAMPLES}{place}"))
    }

    /// How the decisions for a playbook's version agreed with people.
    pub(crate) fn track(tenant: &Tenant, of: &Candidate) -> Self {
        let place = version_place(&of.version);
        Self::of(tenant, &format!("k#{}", of.playbook), format!("k#{place}"))
    }

    /// How many decisions there were for a playbook's version, and how many it should have been.
    pub(crate) fn tally(tenant: &Tenant, of: &Candidate) -> Self {
        let place = version_place(&of.version);
        Self::of(tenant, &format!("k#{}", of.playbook), format!("n#{place}"))
    }

    pub(crate) fn execution(tenant: &Tenant, id: &ExecutionId) -> Self {
        Self::of(tenant, &format!("x#{id}"), "x")
    }

    /// A prompt's place, read off its id `mfa_<ticket>_<n>`.
    pub(crate) fn prompt(tenant: &Tenant, id: &RequestId) -> Option<Self> {
        Self::of_ticket(tenant, id.as_str(), "mfa_", PROMPTS)
    }

    /// The place of a request for consent, read off its id `apr_<ticket>_<n>`.
    pub(crate) fn approval(tenant: &Tenant, id: &RequestId) -> Option<Self> {
        Self::of_ticket(tenant, id.as_str(), "apr_", APPROVALS)
    }

    /// The place of a script's run, read off its id `run_<ticket>_<n>`.
    pub(crate) fn script_run(tenant: &Tenant, id: &ScriptRunId) -> Option<Self> {
        Self::of_ticket(tenant, id.as_str(), "run_", SCRIPT_RUNS)
    }

    fn of_ticket(tenant: &Tenant, id: &str, kind: &str, sk: &str) -> Option<Self> {
        let (ticket, n) = id.strip_prefix(kind)?.rsplit_once('_')?;
        let ticket = TicketId::parse(ticket).ok()?;
        let n: u32 = n.parse().ok()?;
        Some(Self::of(
            tenant,
            &format!("t#{ticket}"),
            format!("{sk}{n:06}"),
        ))
    }

    pub(crate) fn action(tenant: &Tenant, ticket: TicketId, id: &str) -> Self {
        Self::of(tenant, &format!("t#{ticket}"), format!("action#{id}"))
    }

    pub(crate) fn credential(tenant: &Tenant, id: &CredentialRef) -> Self {
        Self::of(tenant, &format!("c#{id}"), "c")
    }

    pub(crate) fn delivery(tenant: &Tenant, id: &DeliveryId) -> Self {
        Self::of(tenant, &format!("d#{id}"), "d")
    }

    /// A grant's place, read off its id `gr_<shelf>_<ULID>`.
    pub(crate) fn grant(tenant: &Tenant, id: &GrantId) -> Option<Self> {
        let (shelf, own) = id.as_str().strip_prefix("gr_")?.split_once('_')?;
        let pk = format!("g#{shelf}");
        Some(Self::of(tenant, &pk, format!("{GRANTS}{own}")))
    }

    /// Where a person's grants stand.
    pub(crate) fn grants(tenant: &Tenant, user: &UserId) -> Self {
        Self::of(tenant, &format!("g#{}", GrantId::shelf(user)), GRANTS)
    }

    /// What of ours disabled somebody's account.
    pub(crate) fn disabled_account(tenant: &Tenant, user: &UserId) -> Self {
        Self::of(tenant, &format!("disabled#{user}"), "d")
    }

    pub(crate) fn playbook(tenant: &Tenant, name: &str) -> Self {
        Self::of(tenant, "p", format!("{PLAYBOOKS}{name}"))
    }

    pub(crate) fn playbook_version(tenant: &Tenant, name: &PlaybookName, version: &str) -> Self {
        let place = version_place(version);
        Self::of(tenant, &format!("v#{name}"), format!("{VERSIONS}{place}"))
    }

    /// A version's state machine.
    pub(crate) fn machine(tenant: &Tenant, name: &PlaybookName, version: &str) -> Self {
        let place = format!("{MACHINES}{version}");
        Self::of(tenant, &format!("v#{name}"), place)
    }

    /// What simulating a text came to, by the text's checksum.
    pub(crate) fn simulation(tenant: &Tenant, name: &PlaybookName, checksum: &str) -> Self {
        Self::of(tenant, &format!("v#{name}"), format!("s#{checksum}"))
    }

    /// Which scripts may run on devices.
    pub(crate) fn script_list(tenant: &Tenant) -> Self {
        Self::of(tenant, "scripts", "list")
    }

    /// What that list was.
    pub(crate) fn script_list_version(tenant: &Tenant, version: u64) -> Self {
        Self::of(tenant, "scripts", format!("{VERSIONS}{version:06}"))
    }

    /// Whose playbooks a tenant has where it has none of its own.
    pub(crate) fn above(tenant: &Tenant) -> Self {
        Self::of(tenant, "above", "above")
    }

    /// A tenant's policy.
    pub(crate) fn policy(tenant: &Tenant) -> Self {
        Self::of(tenant, "policy", "policy")
    }

    /// One version of a tenant's policy.
    pub(crate) fn policy_version(tenant: &Tenant, version: u64) -> Self {
        Self::of(tenant, "policy", format!("v#{version:09}"))
    }

    /// A tenant's rules for classifications.
    pub(crate) fn rules(tenant: &Tenant) -> Self {
        Self::of(tenant, "rules", "rules")
    }

    /// One version of a tenant's rules.
    pub(crate) fn rules_version(tenant: &Tenant, version: u64) -> Self {
        Self::of(tenant, "rules", format!("v#{version:09}"))
    }

    /// Second opinions that a tenant had in a day.
    pub(crate) fn opinions(tenant: &Tenant) -> Self {
        Self::of(tenant, "opinions", "o")
    }

    /// What a tenant's caps count in the hour that begins then, in seconds since 1970.
    pub(crate) fn hourly_counts(tenant: &Tenant, begun: i64) -> Self {
        Self::of(tenant, &format!("caps#{begun}"), "h")
    }

    /// What a tenant's caps count about one person in the day that begins then, in seconds since 1970.
    pub(crate) fn daily_counts(tenant: &Tenant, begun: i64, user: &UserId) -> Self {
        Self::of(tenant, &format!("caps#{begun}"), format!("d#{user}"))
    }

    pub(crate) fn event(tenant: &Tenant, id: &EventId) -> Self {
        Self::of(tenant, &format!("e#{id}"), "e")
    }

    pub(crate) fn tenant(tenant: &Tenant) -> Self {
        Self::of(tenant, "tenant", "tenant")
    }

    /// How many of something the tenant has, and what the next one is called.
    pub(crate) fn count(tenant: &Tenant, what: &str) -> Self {
        Self::of(tenant, "count", what)
    }

    /// A number that is unique over all tenants.
    pub(crate) fn global_count(what: &str) -> Self {
        Self {
            pk: "count".into(),
            sk: what.into(),
        }
    }

    pub(crate) fn user(tenant: &Tenant, id: u64) -> Self {
        Self::of(tenant, "users", format!("{USERS}{id:09}"))
    }

    /// What a user's requests are let in by: standing, roles, sessions, the window's count.
    pub(crate) fn sign_in(tenant: &Tenant, user: u64) -> Self {
        Self::of(tenant, &format!("u#{user}"), "a")
    }

    pub(crate) fn password(tenant: &Tenant, user: u64) -> Self {
        Self::of(tenant, &format!("u#{user}"), "p")
    }

    /// A name that somebody signs in by: one user's within a tenant; the same name may be used in several tenants.
    pub(crate) fn login(name: &str, tenant: &Tenant) -> Self {
        Self {
            sk: format!("{}#", tenant.as_str()),
            ..Self::logins(name)
        }
    }

    /// Everybody who signs in by this name.
    pub(crate) fn logins(name: &str) -> Self {
        Self {
            pk: format!("login#{}", hex::encode(Sha256::digest(name))),
            sk: String::new(),
        }
    }

    /// A key's entry in its tenant's list.
    pub(crate) fn key_entry(tenant: &Tenant, id: u64) -> Self {
        Self::of(tenant, "keys", format!("{KEYS}{id:09}"))
    }

    /// What a key was used for on one of the days that are kept.
    pub(crate) fn key_usage(tenant: &Tenant, id: u64, slot: u64) -> Self {
        Self::of(tenant, &format!("key-usage#{id}"), format!("{slot:02}"))
    }

    /// How much of a service a tenant has used within the window.
    pub(crate) fn gate(tenant: &Tenant, service: &str) -> Self {
        Self::of(tenant, "gate", service)
    }

    /// The tenant whose people have addresses of this domain.
    pub(crate) fn domain(domain: &str) -> Self {
        Self {
            pk: format!("domain#{domain}"),
            sk: "d".into(),
        }
    }

    /// A public key that our tokens are checked with.
    pub(crate) fn signing(kid: &str) -> Self {
        Self {
            pk: format!("signing#{kid}"),
            sk: "k".into(),
        }
    }

    /// What somebody without a credential has used within the window, by their address.
    pub(crate) fn address(address: &str) -> Self {
        Self {
            pk: format!("address#{}", hex::encode(Sha256::digest(address))),
            sk: "a".into(),
        }
    }

    /// Failed sign-ins under a name.
    pub(crate) fn failures(name: &str) -> Self {
        Self {
            pk: format!("failures#{}", hex::encode(Sha256::digest(name))),
            sk: "f".into(),
        }
    }

    /// A link that shows that an address is somebody's own, by the SHA-256 of its token.
    pub(crate) fn verification(hash: &str) -> Self {
        Self {
            pk: format!("verification#{hash}"),
            sk: "v".into(),
        }
    }

    /// An invitation, by the SHA-256 of its token.
    pub(crate) fn invitation(hash: &str) -> Self {
        Self {
            pk: format!("invitation#{hash}"),
            sk: "i".into(),
        }
    }

    /// The link by which somebody gives or refuses their consent, by the SHA-256 of its token.
    pub(crate) fn approval_link(hash: &str) -> Self {
        Self {
            pk: format!("approval#{hash}"),
            sk: "a".into(),
        }
    }

    /// A sign-in with the company's identity that was begun, by the SHA-256 of its state.
    pub(crate) fn company_sign_in(hash: &str) -> Self {
        Self {
            pk: format!("oidc#{hash}"),
            sk: "o".into(),
        }
    }

    /// How many mails a user was sent within the window.
    pub(crate) fn mails(tenant: &Tenant, user: u64) -> Self {
        Self::of(tenant, &format!("mail#{user}"), "mail")
    }

    /// How many times somebody was asked for consent within the window.
    pub(crate) fn questions(tenant: &Tenant, user: &UserId) -> Self {
        Self::of(tenant, &format!("asked#{user}"), "asked")
    }

    /// A call that may be repeated, by who made it and the hash of the key they gave it.
    pub(crate) fn idempotent(tenant: &Tenant, who: &str, key_hash: &str) -> Self {
        Self::of(tenant, &format!("idem#{who}#{key_hash}"), "i")
    }

    pub(crate) fn record(tenant: &Tenant, subject: &Subject, seq: u64) -> Self {
        Self::of(tenant, &subject.to_string(), format!("{seq:012}"))
    }

    pub(crate) fn pushes(tenant: &Tenant, user: &UserId) -> Self {
        Self::of(tenant, &format!("push#{user}"), "push")
    }

    /// An API key, by the SHA-256 of the key in hexadecimal.
    pub(crate) fn api_key(hash: &str) -> Self {
        Self {
            pk: format!("cred#{hash}"),
            sk: "key".into(),
        }
    }

    /// A webhook source, by its id.
    pub(crate) fn source(id: &str) -> Self {
        Self {
            pk: format!("cred#{}", hex::encode(Sha256::digest(id))),
            sk: "source".into(),
        }
    }

    /// One of the rows for the webhooks with a bad credential of a minute.
    pub(crate) fn unverified(at: Timestamp, slot: u8) -> Self {
        Self {
            pk: format!("unverified#{}", at.strftime("%Y-%m-%dT%H:%MZ")),
            sk: slot.to_string(),
        }
    }

    pub(crate) fn pk(&self) -> &str {
        &self.pk
    }

    pub(crate) fn sk(&self) -> &str {
        &self.sk
    }

    /// Whether this is the key of a row.
    pub(crate) fn is_of(&self, item: &Item) -> bool {
        let is = |name: &str, value: &str| {
            let there = item.get(name).and_then(|there| there.as_s().ok());
            there.is_some_and(|there| there == value)
        };
        is("pk", &self.pk) && is("sk", &self.sk)
    }

    /// The key's two attributes.
    pub(crate) fn attributes(&self) -> Item {
        Item::from([
            ("pk".into(), AttributeValue::S(self.pk.clone())),
            ("sk".into(), AttributeValue::S(self.sk.clone())),
        ])
    }
}

/// A version so that texts sort as numbers do: `000001.000010` for `1.10`.
pub(crate) fn version_place(version: &str) -> String {
    match version.split_once('.') {
        Some((major, minor)) => format!("{major:0>6}.{minor:0>6}"),
        None => version.to_owned(),
    }
}

/// Tenant, playbook and version of the row about a state machine, as texts.
pub(crate) fn machine_of<'a>(pk: &'a str, sk: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
    let (tenant, name) = pk.split_once("#v#")?;
    Some((tenant, name, sk.strip_prefix(MACHINES)?))
}

/// Tenant and event of an inbox row's partition key, as texts.
pub(crate) fn event_of(pk: &str) -> Option<(&str, &str)> {
    pk.split_once("#e#")
}

/// Tenant and id of a grant's row, as texts.
pub(crate) fn grant_of<'a>(pk: &'a str, sk: &str) -> Option<(&'a str, String)> {
    let (tenant, shelf) = pk.split_once("#g#")?;
    let own = sk.strip_prefix(GRANTS)?;
    Some((tenant, format!("gr_{shelf}_{own}")))
}

#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "a test vouches for its own tenant"
)]
mod tests {
    use super::*;
    use domain::Voucher;

    fn tenant() -> Tenant {
        Tenant::vouched("acme", Voucher::Operator).unwrap()
    }

    #[test]
    fn halo_ticket_7_and_our_ticket_7_stand_apart() {
        let halo = Key::ticket_name(&tenant(), &TicketName::Halo(7));
        let ours = Key::ticket_name(&tenant(), &TicketName::Counter(7));
        assert_eq!(halo.pk(), "acme#n#HLP-7");
        assert_eq!(ours.pk(), "acme#n#T-7");
    }

    #[test]
    fn a_sign_in_name_is_one_users_within_a_tenant() {
        let other = Tenant::vouched("globex", Voucher::Operator).unwrap();
        let here = Key::login("jane@example.com", &tenant());
        let there = Key::login("jane@example.com", &other);
        assert_eq!(here.pk(), there.pk());
        assert_ne!(here, there);
    }

    #[test]
    fn a_prompt_is_found_by_its_id_alone() {
        let ticket = TicketId::from_bits(7);
        let id = crate::Store::prompt_id(ticket, 12);
        let key = Key::prompt(&tenant(), &id).unwrap();
        assert_eq!(key.pk(), Key::ticket(&tenant(), ticket).pk());
        assert_eq!(key.sk(), "mfa#000012");
        for other in [
            "mfa_1",
            "mfa_x_1",
            "dlv-1",
            "mfa_00000000000000000000000007_x",
        ] {
            let id = RequestId::parse(other).unwrap();
            assert_eq!(Key::prompt(&tenant(), &id), None, "{other}");
        }
        let consent = RequestId::of_approval(ticket, 12);
        assert_eq!(Key::prompt(&tenant(), &consent), None);
        let key = Key::approval(&tenant(), &consent).unwrap();
        assert_eq!(key.pk(), Key::ticket(&tenant(), ticket).pk());
        assert_eq!(key.sk(), "apr#000012");
        assert_eq!(Key::approval(&tenant(), &id), None);
    }

    #[test]
    fn records_stand_in_the_order_of_their_numbers() {
        let subject = Subject::Ticket(TicketId::from_bits(1));
        let sk = |seq| Key::record(&tenant(), &subject, seq).sk().to_owned();
        assert!(sk(9) < sk(10) && sk(99_999) < sk(100_000));
    }

    #[test]
    fn versions_stand_in_the_order_of_their_numbers() {
        let name = PlaybookName::parse("unlock").unwrap();
        let key = |version| Key::playbook_version(&tenant(), &name, version);
        assert!(key("1.9").sk() < key("1.10").sk() && key("9.9").sk() < key("10.0").sk());
        assert_eq!(key("1.10").sk(), "v#000001.000010");
    }

    #[test]
    fn a_versions_machine_is_read_back_from_its_key() {
        let name = PlaybookName::parse("unlock").unwrap();
        let key = Key::machine(&tenant(), &name, "1.10");
        let found = machine_of(key.pk(), key.sk());
        assert_eq!(found, Some(("acme", "unlock", "1.10")));
        let version = Key::playbook_version(&tenant(), &name, "1.10");
        assert_eq!(machine_of(version.pk(), version.sk()), None);
    }

    #[test]
    fn an_event_is_read_back_from_its_key() {
        let id = EventId::of("src", "ticket_created", b"1");
        let key = Key::event(&tenant(), &id);
        assert_eq!(event_of(key.pk()), Some(("acme", id.as_str())));
        assert_eq!(event_of("acme#t#1"), None);
    }
}
