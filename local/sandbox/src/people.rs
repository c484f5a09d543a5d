//! The directory: one set of people that every vendor here knows.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{licences::Held, seed};

/// A person: Graph's properties under Graph's names, then what only the sandbox knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) user_principal_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) surname: Option<String>,
    pub(crate) job_title: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) mail: Option<String>,
    pub(crate) mobile_phone: Option<String>,
    pub(crate) business_phones: Vec<String>,
    pub(crate) account_enabled: bool,
    /// `Member` or `Guest`.
    pub(crate) user_type: String,
    pub(crate) on_premises_sync_enabled: Option<bool>,
    pub(crate) usage_location: Option<String>,
    /// Refresh tokens issued before this are void.
    pub(crate) sign_in_sessions_valid_from_date_time: Option<Timestamp>,
    pub(crate) last_password_change_date_time: Option<Timestamp>,
    /// The manager's principal name or id.
    pub(crate) manager: Option<String>,
    /// Names of the directory roles held.
    pub(crate) directory_roles: Vec<String>,
    /// The groups that the company's sign-in tells.
    pub(crate) groups: Vec<String>,
    /// Licences given directly.
    pub(crate) licences: Vec<Held>,
    /// Their number is registered as a sign-in method.
    pub(crate) phone_method: bool,
    /// What else is.
    pub(crate) methods: Vec<Method>,
    /// `atRisk` and its like; nothing when they never were.
    pub(crate) risk_state: Option<String>,
    /// The password has to be changed at the next sign-in.
    pub(crate) force_change_password: bool,
    pub(crate) mfa: Habit,
    /// Twilio's error for messages to this person's number: 21xxx refuses at once, 30xxx fails later.
    pub(crate) sms_error: Option<u32>,
    pub(crate) phone_changed_at: Option<Timestamp>,
    pub(crate) phone_before: Option<String>,
    pub(crate) halo_id: u32,
}

/// A sign-in method besides an authenticator and a phone.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Method {
    SoftwareOath,
    Fido2,
    Email,
    /// Held by a device; only listed.
    WindowsHelloForBusiness,
}

/// What a person does with a push.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Habit {
    /// Waits for somebody to press a button on the sandbox's page.
    Ask,
    Approve,
    Deny,
    Ignore,
    Challenge,
    /// Never registered an authenticator.
    None,
}

/// The keys of a [`Person`] that are not Graph properties.
pub(crate) const SANDBOX_KEYS: [&str; 13] = [
    "manager",
    "directoryRoles",
    "groups",
    "licences",
    "phoneMethod",
    "methods",
    "riskState",
    "forceChangePassword",
    "mfa",
    "smsError",
    "phoneChangedAt",
    "phoneBefore",
    "haloId",
];

/// When everybody set their password: 2026-01-05.
const FIRST_DAY: Timestamp = Timestamp::constant(1_767_600_000, 0);

impl Person {
    pub(crate) fn new(id: String, user_principal_name: String, halo_id: u32) -> Self {
        Self {
            id,
            mail: Some(user_principal_name.clone()),
            display_name: Some(user_principal_name.clone()),
            user_principal_name,
            given_name: None,
            surname: None,
            job_title: None,
            department: None,
            mobile_phone: None,
            business_phones: Vec::new(),
            account_enabled: true,
            user_type: "Member".into(),
            on_premises_sync_enabled: None,
            usage_location: Some("GB".into()),
            sign_in_sessions_valid_from_date_time: Some(FIRST_DAY),
            last_password_change_date_time: Some(FIRST_DAY),
            manager: None,
            directory_roles: Vec::new(),
            groups: Vec::new(),
            licences: Vec::new(),
            phone_method: true,
            methods: Vec::new(),
            risk_state: None,
            force_change_password: false,
            mfa: Habit::Ask,
            sms_error: None,
            phone_changed_at: None,
            phone_before: None,
            halo_id,
        }
    }

    pub(crate) fn name(&self) -> &str {
        self.display_name
            .as_deref()
            .unwrap_or(&self.user_principal_name)
    }

    fn has_mail(&self, address: &str) -> bool {
        self.user_principal_name.eq_ignore_ascii_case(address)
            || self
                .mail
                .as_deref()
                .is_some_and(|mail| mail.eq_ignore_ascii_case(address))
    }
}

#[derive(Clone)]
pub(crate) struct People(Vec<Person>);

impl Default for People {
    fn default() -> Self {
        Self(seed::people())
    }
}

impl People {
    pub(crate) fn all(&self) -> &[Person] {
        &self.0
    }

    /// By object id or principal name, as Graph finds a user; a mail address is neither.
    pub(crate) fn by_key(&self, key: &str) -> Option<&Person> {
        self.0
            .iter()
            .find(|person| person.id == key || person.user_principal_name.eq_ignore_ascii_case(key))
    }

    pub(crate) fn by_key_mut(&mut self, key: &str) -> Option<&mut Person> {
        self.0
            .iter_mut()
            .find(|person| person.id == key || person.user_principal_name.eq_ignore_ascii_case(key))
    }

    pub(crate) fn remove(&mut self, id: &str) {
        self.0.retain(|person| person.id != id);
    }

    /// By mail address or principal name.
    pub(crate) fn by_mail(&self, address: &str) -> Option<&Person> {
        self.0.iter().find(|person| person.has_mail(address))
    }

    pub(crate) fn by_phone(&self, number: &str) -> Option<&Person> {
        self.0
            .iter()
            .find(|person| person.mobile_phone.as_deref() == Some(number))
    }

    pub(crate) fn by_halo_id(&self, id: u32) -> Option<&Person> {
        self.0.iter().find(|person| person.halo_id == id)
    }

    pub(crate) fn manager_of(&self, person: &Person) -> Option<&Person> {
        let manager = person.manager.as_deref()?;
        self.by_key(manager).or_else(|| self.by_mail(manager))
    }

    /// Makes or changes the person with this address; `changes` is a merge patch with the keys of [`Person`], in camel or snake case.
    ///
    /// # Errors
    /// A sentence naming the key that does not fit.
    pub(crate) fn put(
        &mut self,
        address: &str,
        changes: Map<String, Value>,
        now: Timestamp,
    ) -> Result<Person, String> {
        let known = self.0.iter().position(|person| person.has_mail(address));
        let before = known.and_then(|index| self.0.get(index)).cloned();
        let person = before.clone().unwrap_or_else(|| self.stranger(address));
        let Ok(Value::Object(mut merged)) = serde_json::to_value(&person) else {
            return Err("this person cannot be written as JSON".into());
        };
        let mut dated = false;
        for (key, value) in changes {
            let key = camel(&key);
            dated |= key == "phoneChangedAt";
            merged.insert(key, value);
        }
        let mut after: Person = serde_json::from_value(Value::Object(merged))
            .map_err(|cause| format!("user {address}: {cause}"))?;
        if let Some(before) = before
            && before.mobile_phone != after.mobile_phone
        {
            after.phone_before = before.mobile_phone;
            if !dated {
                after.phone_changed_at = Some(now);
            }
        }
        match known.and_then(|index| self.0.get_mut(index)) {
            Some(place) => *place = after.clone(),
            None => self.0.push(after.clone()),
        }
        Ok(after)
    }

    fn stranger(&self, address: &str) -> Person {
        let number = self.0.len() + 1;
        let halo_id = self
            .0
            .iter()
            .map(|person| person.halo_id)
            .max()
            .unwrap_or(100)
            + 1;
        Person::new(
            format!("usr-{number:03}"),
            address.to_ascii_lowercase(),
            halo_id,
        )
    }
}

/// `snake_case` as `camelCase`.
pub(crate) fn camel(key: &str) -> String {
    let mut words = key.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}
