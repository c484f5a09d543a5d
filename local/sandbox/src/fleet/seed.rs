//! What is managed when the sandbox starts or is reset.

use jiff::Timestamp;

use super::{Device, Ending, Script, System};

/// A laptop, another user's computer, a Mac out of reach, and one that was put to nobody.
pub(super) fn devices() -> Vec<Device> {
    let device = |number: u32, name: &str, owner: Option<&str>, user: &str| Device {
        number,
        uid: format!("31fcea20-0000-4000-8000-{number:012}"),
        name: name.into(),
        owner: owner.map(Into::into),
        last_user: Some(format!("COMPANY\\{user}")),
        platform: System::Windows,
        online: true,
    };
    vec![
        device(101, "LAPTOP-JOHN", Some("john.doe@company.com"), "john.doe"),
        device(
            102,
            "DESKTOP-JANE",
            Some("jane.smith@company.com"),
            "jane.smith",
        ),
        Device {
            platform: System::Mac,
            online: false,
            ..device(103, "MAC-JOHN", Some("john.doe@company.com"), "john.doe")
        },
        device(104, "KIOSK-1", None, "john.doe"),
    ]
}

/// Scripts that succeed, fail, say what they were given, say too much, and one that is switched off.
pub(super) fn scripts() -> Vec<Script> {
    let script =
        |number: u32, name: &str, variables: &[&str], exit_code: i64, output: &str| Script {
            number,
            uid: format!("c0ffee00-0000-4000-8000-{number:012}"),
            name: name.into(),
            description: format!("{name}, for the sandbox"),
            variables: variables.iter().map(|name| (*name).to_owned()).collect(),
            active: true,
            updated_at: Timestamp::UNIX_EPOCH,
            ending: Ending {
                exit_code,
                output: output.into(),
            },
        };
    vec![
        script(42, "Restart print spooler", &[], 0, "Spooler restarted."),
        script(
            43,
            "Clear browser cache",
            &["User", "Browser"],
            0,
            "Cache cleared.",
        ),
        script(
            44,
            "Reset network adapter",
            &["Adapter"],
            3,
            "No such adapter.",
        ),
        script(
            45,
            "Collect logs",
            &[],
            0,
            &"a line of a long log\n".repeat(1000),
        ),
        Script {
            active: false,
            ..script(46, "Old clean-up", &[], 0, "")
        },
    ]
}
