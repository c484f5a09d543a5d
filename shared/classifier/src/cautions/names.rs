//! Somebody who is named, and is not the one who writes.

use super::given_names::is_given_name;
use super::phrases::{About, OTHERS};
use super::{Set, each, is_one_of};
use crate::text::Words;
use std::sync::LazyLock;

/// Verbs, whom they may be followed by when one asks for oneself, and the playbooks this is so in.
struct Asking {
    about: About,
    verbs: &'static str,
    /// What may follow them.
    behind: &'static str,
}

const ASKING: [Asking; 3] = [
    Asking {
        about: About::Only(&["account_unlock"]),
        verbs: "unlock unlocking",
        behind: "it my please me the up password so thanks thank needed request again only pls asap no for before by \
            account i now and is or as if with this that after on to at in because mine needs required possible \
            would could can ta cheers when once user email mail windows login profile today you urgently soon quickly",
    },
    Asking {
        about: About::Only(&["grant_group_access", "shared_mailbox_access"]),
        verbs: "add include enrol enroll",
        behind: "me my myself the in to a an wrong it correct there user that everything with this our also please i on \
            and here them mailbox group access rights membership account another one at into send",
    },
    Asking {
        about: About::Only(&["revoke_group_access"]),
        verbs: "remove delete exclude",
        behind: "me my myself the it over access from minutes them old away that all every rights membership memberships \
            this and please i as to our permission permissions mine user account us out in",
    },
];

/// What stands before the name of whoever it is for.
static FOR: Set = Set(LazyLock::new(|| {
    each(
        "for to of and add put include remove unlock reset assign give let enable user colleague name is with grant",
    )
}));
/// Who is somebody at work, beside the one who writes.
static PERSONS: Set = Set(LazyLock::new(|| {
    each(
        "student pupil nurse doctor patient customer client guest visitor volunteer driver cook teacher cleaner technician \
    clerk employee worker resident trainee apprentice receptionist accountant lawyer teammate deskmate volunteer child kid \
    colleague freelancer subcontractor consultant salesperson salesman nephew niece cousin spouse girlfriend boyfriend",
    )
}));
/// What stands behind the name of whoever it is about.
static DOES: Set = Set(LazyLock::new(|| {
    each(
        "needs need has is was forgot cannot cant can't lost wants would will got also too should does doesn't may \
    rang rings calls called asks asked says said gets cannot forgets tried tries of",
    )
}));
/// What is somebody's, and what it may be of or for when it is one's own.
static OWN: Set = Set(LazyLock::new(|| {
    each(
        "my me mine myself excess a an the our remote this that it its work windows office teams outlook microsoft vpn \
    email mail mfa company today ten entry which use long some all any login logging signing domain network intranet \
    portal everything sap both hours days weeks minutes ages over now and access remote two three one home \
    pc computer laptop desktop machine system systems app apps erp crm citrix azure okta entra 0000",
    )
}));
/// What a playbook acts on.
const THINGS: &str =
    "account password login phone licence license acces laptop computer session mailbox profile";
/// Of whom these are, the directory says.
static WHOSE: Set = Set(LazyLock::new(|| {
    each(
        "same reset resets unlock account accounts password passwords login sessions authenticator mfa",
    )
}));
/// What stands before "'s" and is no person.
const NOBODY: &str = "it that what here there who let how where when team company department group project today \
    yesterday everyone";

/// Somebody else's account, by name or address.
pub(super) fn heard(words: &Words, playbook: &str) -> Option<String> {
    if !OTHERS.includes(playbook) {
        return None;
    }
    let told = |one: &str, next: &str| format!("it may be about somebody else (“{one} {next}”)");
    words.spoken().find_map(|sentence| {
        let said: Vec<&str> = sentence.split(' ').collect();
        said.windows(2)
            .find(|pair| {
                owned(pair[0], pair[1])
                    || asked(pair[0], pair[1], playbook)
                    || named(pair[0], pair[1])
            })
            .or_else(|| {
                let own = |at: usize| at > 0 && is_one_of(said[at - 1], "i'm im am as be being me");
                let mut threes = said.windows(3).enumerate();
                let found =
                    threes.find(|(at, three)| somebody(three[0], three[1], three[2]) && !own(*at));
                found.map(|(_, three)| &three[..2])
            })
            .map(|pair| told(pair[0], pair[1]))
            .or_else(|| {
                let mut whose = said.windows(3).filter(|three| {
                    (PERSONAL.includes(playbook) || three[0] == "same")
                        && of_another(three[0], three[1], three[2])
                });
                whose.next().map(|three| told(three[1], three[2]))
            })
    })
}

/// "Anna's account".
fn owned(one: &str, next: &str) -> bool {
    let thing = next.strip_suffix('s').unwrap_or(next);
    one.strip_suffix("'s")
        .is_some_and(|owner| is_one_of(thing, THINGS) && !is_one_of(owner, NOBODY))
}

/// "For Petra", "Peter needs": somebody who asks by another's mouth.
fn named(one: &str, next: &str) -> bool {
    (FOR.has(one) && is_given_name(next)) || (is_given_name(one) && DOES.has(next))
}

/// "A nurse rang", "my students cannot": somebody whom the directory knows and we do not.
fn somebody(one: &str, next: &str, does: &str) -> bool {
    let person = next.strip_suffix('s').unwrap_or(next);
    is_one_of(one, "a an the our my two three some one") && PERSONS.has(person) && DOES.has(does)
}

/// "Unlock jdoe": what is asked for is asked for somebody.
fn asked(one: &str, next: &str, playbook: &str) -> bool {
    ASKING
        .iter()
        .filter(|asking| asking.about.includes(playbook))
        .any(|asking| is_one_of(one, asking.verbs) && !is_one_of(next, asking.behind))
}

/// "The password of Anna".
fn of_another(one: &str, next: &str, whose: &str) -> bool {
    WHOSE.has(one) && is_one_of(next, "of for") && !OWN.has(whose)
}

/// A leaver reported by somebody who does not say that it is theirs to report.
pub(super) fn unvouched(words: &Words, playbook: &str) -> Option<String> {
    if playbook != "leaver" {
        return None;
    }
    let said: Vec<&str> = words.iter().collect();
    let mine = |pair: &[&str]| {
        is_one_of(pair[0], "my one")
            && is_one_of(
                pair[1],
                "team report direct assistant intern trainee student department group staff \
            crew employee employees colleague member deputy associate unit of",
            )
    };
    let vouched = said.iter().any(|word| RESPONSIBLE.has(word)) || said.windows(2).any(mine);
    (!vouched).then(|| "it does not say that its writer is responsible for the person".to_owned())
}

/// What somebody is who reports a leaver, or does.
static RESPONSIBLE: Set = Set(LazyLock::new(|| {
    each(
        "manager managers mgr hr human personnel people supervisor supervision supervise superior boss report reports \
    reported reporting manage managed lead leader tl head chief foreman principal director employer hiring onboarding \
    offboarding payroll captain master's matron superintendent partner bursar secretary charge responsible sponsor chef coordinator \
    owner mine under run office administration dean professor editor",
    )
}));

/// Playbooks about nothing but one's own account.
const PERSONAL: About = About::Only(&[
    "password_reset",
    "account_unlock",
    "mfa_method_reset",
    "revoke_sessions",
]);

#[cfg(test)]
mod tests {
    use super::heard;
    use crate::text::read;
    use domain::Intake;

    fn of(body: &str, playbook: &str) -> bool {
        let content = Intake {
            subject: String::new(),
            body: body.into(),
        };
        heard(&read(&content).own, playbook).is_some()
    }

    #[test]
    fn somebody_who_is_named_is_heard() {
        assert!(of("reset the password for m.schneider", "password_reset"));
        assert!(of("Anna's account is locked", "account_unlock"));
        assert!(of("please unlock jdoe2", "account_unlock"));
        assert!(of("add Omar to the group", "grant_group_access"));
        assert!(of("remove Karl from the group", "revoke_group_access"));
    }

    #[test]
    fn ones_own_is_ones_own() {
        assert!(!of(
            "reset the password of my account, please unlock it",
            "account_unlock"
        ));
        assert!(!of("a licence for Visio", "assign_licence"));
        assert!(!of(
            "it's my password, what's account lock",
            "password_reset"
        ));
        assert!(!of("add me to the group", "grant_group_access"));
    }
}
