//! Words of a help desk that mean much the same, so that a text about a "handset" is like one about a "phone".

use std::collections::HashMap;
use std::sync::LazyLock;

/// Each meaning: the words that have it, apostrophes left out.
const MEANINGS: [&str; 25] = [
    "password passwords pw pwd passwd passphrase passcode pword credentials credential",
    "forgot forgotten forget forgetting remember recall blank blanked memory misremember expired expire \
     expires lapsed incorrect invalid rejected rejects",
    "locked lock lockout unlock unlocked unlocking unblock blocked locks attempts tries",
    "signout logout signoff logoff sessions session everywhere devices",
    "sign signed signing signin log logged logging login logon logins",
    "out off",
    "group groups team folder folders share drive site list space channel workspace sharepoint fileshare \
     distribution project",
    "add join put include give grant assign enrol enroll added joined granted",
    "remove removed removal unsubscribe delete exclude deprovision revoke withdraw drop unjoin cease \
     strip longer anymore end ended finished back deregister deregistered former over cancel",
    "access member membership permission permissions rights read write edit open",
    "licence license licences licenses licensed subscription seat edition trial",
    "visio copilot e3 e5 f3 adobe acrobat photoshop illustrator creative autocad miro figma tableau \
     grammarly planner bi",
    "starter starters joiner joiners joins joining starts starting begins beginning onboarding onboard \
     hire hired newcomer recruit apprentice trainee induction",
    "leaver leavers leaves leaving left quits quit resigned resigns resignation retires retiring retired \
     terminated termination dismissed offboarding offboard exit departure departing deactivate",
    "phishing phished phish hacked hacker hackers compromised suspicious scam scammed fake fraud stranger \
     intruder unauthorised unauthorized breached hijacked takeover spam",
    "odd weird strange unknown unfamiliar recognise recognize mine abroad country russia nigeria china \
     brazil romania vietnam indonesia moscow lagos elsewhere myself",
    "printer print printing spooler queue jobs",
    "cache clear flush dns clock disk storage temp",
    "vpn client tunnel repair reinstall",
    "mailbox mailboxes inbox mail-address shared functional",
    "authenticator mfa 2fa factor otp code codes verification 2sv twofactor",
    "phone mobile handset iphone android smartphone cellphone cell telephone",
    "colleague colleagues coworker boss assistant somebody someone he she his her him",
    "not no never dont doesnt cant cannot isnt wasnt didnt without wont wrong",
    "both several also plus additionally secondly various matters",
];

/// The meaning of each word.
static WORDS: LazyLock<HashMap<&str, u32>> = LazyLock::new(|| {
    let meanings = (0..).zip(MEANINGS);
    meanings
        .flat_map(|(meaning, words)| words.split(' ').map(move |word| (word, meaning)))
        .collect()
});

/// The meaning of a word, if it is one of those.
pub(crate) fn of(word: &str) -> Option<u32> {
    let meaning = if word.bytes().any(|c| c == b'\'') {
        WORDS.get(word.replace('\'', "").as_str())
    } else {
        WORDS.get(word)
    };
    meaning.copied()
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn words_of_one_meaning_are_one() {
        assert_eq!(of("handset"), of("phone"));
        assert_eq!(of("can't"), of("not"));
        assert_ne!(of("phone"), of("password"));
        assert_eq!(of("weather"), None);
    }
}
