//! Devices, and scripts that run on them.

use crate::CallError;
use async_trait::async_trait;
use domain::{DeviceId, Parameters, Person, ScriptHash, ScriptId};
use std::fmt;

/// Bytes of a script's output that are kept.
const LONGEST_OUTPUT: usize = 16 * 1024;

/// What a device runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Windows.
    Windows,
    /// macOS.
    MacOs,
    /// Linux.
    Linux,
    /// A phone, a printer, a switch, or nothing that is said.
    Other,
}

/// Whose a device is, as its management knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Belongs {
    /// Somebody put it to this person: a mail address or the name they sign in with.
    To(String),
    /// Nobody did; this account was logged on last, as the device writes it: `COMPANY\john.doe`, or a full name.
    LastUsedBy(String),
    /// Nothing is known.
    Nobody,
}

/// What a device has to do with a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// It was put to them.
    Assigned,
    /// It was put to nobody, and an account of their name was logged on last. Two people of different domains may share
    /// that name.
    LastUsed,
    /// Nothing, or nothing that can be known.
    None,
}

/// A managed device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// The name people read.
    pub name: String,
    /// Whose it is.
    pub belongs: Belongs,
    /// What it runs.
    pub platform: Platform,
    /// Whether it is in reach now. What is started while it is not waits for it.
    pub online: bool,
}

impl Device {
    /// What it has to do with `person`. One that was put to somebody is nobody else's, whoever used it last.
    #[must_use]
    pub fn tie(&self, person: &Person) -> Tie {
        let upn = person.user_principal_name.as_str();
        let is_them = |name: &str| {
            let mail = person.mail.as_deref().unwrap_or(upn);
            [upn, mail]
                .iter()
                .any(|own| !own.is_empty() && own.eq_ignore_ascii_case(name))
        };
        match &self.belongs {
            Belongs::To(name) if is_them(name) => Tie::Assigned,
            Belongs::LastUsedBy(account) => {
                let short = account.rsplit('\\').next().unwrap_or(account);
                let own = upn.split('@').next().unwrap_or(upn);
                let same = !short.is_empty() && own.eq_ignore_ascii_case(short);
                if is_them(short) || same {
                    Tie::LastUsed
                } else {
                    Tie::None
                }
            }
            Belongs::To(_) | Belongs::Nobody => Tie::None,
        }
    }
}

/// Managed devices. Implemented by `vendors/ninjaone` and `vendors/datto`.
#[async_trait]
pub trait Devices: Send + Sync {
    /// A device.
    ///
    /// # Errors
    /// `NotFound` when there is none, or none any more; a read is never `Unknown`.
    async fn device(&self, device: &DeviceId) -> Result<Device, CallError>;
}

/// How much of a script its hash pins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Covers {
    /// Its version: the vendor says when it was changed, and that is hashed. A changed text has another hash.
    Version,
    /// Name, description and parameters only: the vendor says nothing that changes with the text. Who may edit scripts
    /// there may change what an allowed hash does.
    Interface,
}

/// A script, as its management shows it. No vendor shows the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// Its id.
    pub id: ScriptId,
    /// The name people read.
    pub name: String,
    /// The hash of what identifies its version.
    pub hash: ScriptHash,
    /// What that is.
    pub covers: Covers,
}

/// A script to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Where.
    pub device: DeviceId,
    /// What.
    pub script: ScriptId,
    /// What was allowed: a script that has another hash by now is not run.
    pub hash: ScriptHash,
    /// With what. No secret: vendors keep parameters in their journals.
    pub parameters: Parameters,
    /// Our name of the run, for people who look at the vendor's journal.
    pub reference: String,
}

/// The vendor's own handle of a run, `<vendor>:…`: what it needs to say later how the run stands. It holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunHandle(pub String);

impl RunHandle {
    /// Whose handle it is: the name of its integration.
    #[must_use]
    pub fn vendor(&self) -> &str {
        self.0.split(':').next().unwrap_or_default()
    }
}

/// What a script wrote, at most 16 KB of it from the beginning. It may hold anything: redact it before it is shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The text.
    pub text: String,
    /// Whether there was more.
    pub cut: bool,
}

impl Output {
    /// As much of `text` as is kept.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let end = text.floor_char_boundary(LONGEST_OUTPUT);
        Self {
            text: text[..end].to_owned(),
            cut: end < text.len(),
        }
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("bytes", &self.text.len())
            .field("cut", &self.cut)
            .finish_non_exhaustive()
    }
}

/// How a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunState {
    /// Taken, not begun: the device may be out of reach, and then it waits.
    Queued,
    /// Begun.
    Running,
    /// Ended, and the vendor itself calls it a success.
    Succeeded {
        /// What it wrote.
        output: Output,
    },
    /// Ended otherwise, or never began and never will.
    Failed {
        /// What it wrote.
        output: Output,
        /// The vendor's word, as `FAILURE` or `Expired`.
        code: String,
        /// The script's exit code, when the vendor says it.
        exit_code: Option<i64>,
    },
    /// It cannot be told whether it ran, or how it ended. Asking later may tell; running it again is a person's decision.
    Unknown {
        /// Why not.
        why: &'static str,
    },
}

/// Runs scripts on devices. Implemented by `vendors/ninjaone` and `vendors/datto`.
///
/// [`prepare`](Self::prepare), keep the handle with the intent, [`start`](Self::start), keep its handle, then ask
/// [`run`](Self::run) until it is neither queued nor running. No vendor has a key against doing it twice: begin one run of a
/// script on a device at a time, and after a lost answer ask with the handle of `prepare`.
#[async_trait]
pub trait RunScript: Send + Sync {
    /// A script.
    ///
    /// # Errors
    /// `NotFound` when there is none; a read is never `Unknown`.
    async fn script(&self, script: &ScriptId) -> Result<Script, CallError>;

    /// Looks a last time, without doing anything, and returns what is needed to find the run should the answer to its start
    /// be lost.
    ///
    /// # Errors
    /// `Refused` with `script_changed` when the script has another hash by now, with `script_inactive`, `ambiguous_name`,
    /// `already_running` or `unknown_parameter` when a start could not be told from another's or would fail; `NotFound` for
    /// a device or script that is not there; a read is never `Unknown`.
    async fn prepare(&self, order: &Order) -> Result<RunHandle, CallError>;

    /// Starts it and returns the handle to ask by from now on. Taken is not begun.
    ///
    /// # Errors
    /// `Refused` when the vendor said no, `NotFound` for a device that is not there, `Unavailable` when nothing was started
    /// and a later try may do better, `Unknown` when the answer was lost and the script may run: never start it again by
    /// yourself.
    async fn start(&self, order: &Order, prepared: &RunHandle) -> Result<RunHandle, CallError>;

    /// How a run stands. With the handle of `prepare` after a lost answer: [`RunState::Unknown`] until something is seen.
    ///
    /// # Errors
    /// `Refused` with `foreign_handle` for a handle that this vendor did not make; otherwise as [`CallError`] says. A read is
    /// never `Unknown`.
    async fn run(&self, handle: &RunHandle) -> Result<RunState, CallError>;
}

/// Remote monitoring and management: devices, and scripts that run on them.
pub trait Rmm: Devices + RunScript {}

impl<T: Devices + RunScript> Rmm for T {}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::UserId;

    fn john() -> Person {
        Person {
            id: UserId::parse("abc-123").unwrap(),
            user_principal_name: "john.doe@company.com".into(),
            display_name: "John Doe".into(),
            mail: Some("j.doe@company.com".into()),
            mobile: None,
            department: None,
            job_title: None,
            manager_mail: None,
            enabled: true,
            synced: false,
            guest: false,
            directory_roles: Vec::new(),
        }
    }

    fn tie(belongs: Belongs) -> Tie {
        let device = Device {
            id: DeviceId::parse("101").unwrap(),
            name: "LAPTOP-1".into(),
            belongs,
            platform: Platform::Windows,
            online: true,
        };
        device.tie(&john())
    }

    #[test]
    fn a_device_is_whose_it_was_put_to_whoever_used_it_last() {
        for own in ["John.Doe@company.com", "j.doe@company.com"] {
            assert_eq!(tie(Belongs::To(own.into())), Tie::Assigned);
        }
        for other in [
            "jane.smith@company.com",
            "john.doe",
            "john.doe@example.com",
            "",
        ] {
            assert_eq!(tie(Belongs::To(other.into())), Tie::None, "{other}");
        }
    }

    #[test]
    fn an_account_logged_on_last_is_a_weaker_tie() {
        for own in [
            "COMPANY\\John.Doe",
            "john.doe",
            "AzureAD\\j.doe@company.com",
        ] {
            assert_eq!(tie(Belongs::LastUsedBy(own.into())), Tie::LastUsed, "{own}");
        }
        for other in ["COMPANY\\jane.smith", "COMPANY\\", "", "AzureAD\\JohnDoe"] {
            assert_eq!(tie(Belongs::LastUsedBy(other.into())), Tie::None, "{other}");
        }
        assert_eq!(tie(Belongs::Nobody), Tie::None);
    }

    #[test]
    fn output_is_bounded_between_characters_and_not_shown_by_debug() {
        let long = Output::of(&"ü".repeat(9000));
        assert!(long.cut);
        assert_eq!(long.text.len(), 16 * 1024);
        let odd = Output::of(&format!("x{}", "ü".repeat(9000)));
        assert_eq!(odd.text.len(), 16 * 1024 - 1);
        let short = Output::of("hunter2");
        assert!(!short.cut);
        assert!(!format!("{short:?}").contains("hunter2"));
    }
}
