//! Somebody who is named, and is not the one who writes.

use super::Set;
use super::given_names::is_given_name;
use super::phrases::{About, OTHERS};
use crate::text::Words;

/// Verbs, whom they may be followed by when one asks for oneself, and the playbooks this is so in.
struct Asking {
    about: About,
    verbs: Set,
    /// What may follow them.
    behind: Set,
}

static ASKING: [Asking; 3] = [
    Asking {
        about: About::Only(&["account_unlock"]),
        verbs: Set::of("unlock unlocking"),
        behind: Set::of(
            "it my please me the up password so thanks thank needed request again only pls asap no for before by \
            account i now and is or as if with this that after on to at in because mine needs required possible \
            would could can ta cheers when once user email mail windows login profile today you urgently soon quickly",
        ),
    },
    Asking {
        about: About::Only(&["grant_group_access", "shared_mailbox_access"]),
        verbs: Set::of("add include enrol enroll"),
        behind: Set::of(
            "me my myself the in to a an wrong it correct there user that everything with this our also please i on \
            and here them mailbox group access rights membership account another one at into send",
        ),
    },
    Asking {
        about: About::Only(&["revoke_group_access"]),
        verbs: Set::of("remove delete exclude"),
        behind: Set::of(
            "me my myself the it over access from minutes them old away that all every rights membership memberships \
            this and please i as to our permission permissions mine user account us out in",
        ),
    },
];

/// What stands before the name of whoever it is for.
static FOR: Set = Set::of(
    "for to of and add put include remove unlock reset assign give let enable user colleague name is with grant",
);
/// Who is somebody at work, beside the one who writes.
static PERSONS: Set = Set::of(
    "student pupil nurse doctor patient customer client guest visitor volunteer driver cook teacher cleaner technician \
    clerk employee worker resident trainee apprentice receptionist accountant lawyer teammate deskmate volunteer child kid \
    colleague freelancer subcontractor consultant salesperson salesman nephew niece cousin spouse girlfriend boyfriend",
);
/// What stands before such a word.
static ONE_OF: Set = Set::of("a an the our my two three some one");
/// What stands behind the name of whoever it is about.
static DOES: Set = Set::of(
    "needs need has is was forgot cannot cant can't lost wants would will got also too should does doesn't may \
    rang rings calls called asks asked says said gets cannot forgets tried tries of",
);
/// What is somebody's, and what it may be of or for when it is one's own.
static OWN: Set = Set::of(
    "my me mine myself excess a an the our remote this that it its work windows office teams outlook microsoft vpn \
    email mail mfa company today ten entry which use long some all any login logging signing domain network intranet \
    portal everything sap both hours days weeks minutes ages over now and access remote two three one home \
    pc computer laptop desktop machine system systems app apps erp crm citrix azure okta entra 0000",
);
/// What a playbook acts on.
static THINGS: Set = Set::of(
    "account password login phone licence license acces laptop computer session mailbox profile",
);
/// Of whom these are, the directory says.
static WHOSE: Set = Set::of(
    "same reset resets unlock account accounts password passwords login sessions authenticator mfa",
);
/// What stands before "'s" and is no person.
static NOBODY: Set = Set::of(
    "it that what here there who let how where when team company department group project today \
    yesterday everyone",
);

/// Words of a sentence that tells something; a shorter one may be a greeting or a name.
const SHORTEST_TALE: usize = 4;
/// What stands before a name that is greeted, or one's own.
static GREETS: Set = Set::of(
    "hi hello hey dear morning afternoon evening thanks thx cheers regards wishes best sincerely is am i'm im it's its me name much love greetings just \
    called user login username account id",
);
/// What stands behind one's own name.
static SAYS_WHO: Set = Set::of("here from speaking again");

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
                let own = |at: usize| {
                    at > 0
                        && matches!(
                            said[at - 1],
                            "i'm" | "im" | "am" | "as" | "be" | "being" | "me"
                        )
                };
                let mut threes = said.windows(3).enumerate();
                let found =
                    threes.find(|(at, three)| somebody(three[0], three[1], three[2]) && !own(*at));
                found.map(|(_, three)| &three[..2])
            })
            .map(|pair| told(pair[0], pair[1]))
            .or_else(|| told_of(&said).map(|name| format!("it names somebody (“{name}”)")))
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
        .is_some_and(|owner| THINGS.has(thing) && !NOBODY.has(owner))
}

/// Somebody's given name in what is told, and not in a greeting, below a letter, or where its writer says who they are.
fn told_of<'a>(said: &[&'a str]) -> Option<&'a str> {
    let near = |at: Option<usize>| at.and_then(|at| said.get(at)).copied().unwrap_or_default();
    let is_own =
        |at: usize| GREETS.has(near(at.checked_sub(1))) || SAYS_WHO.has(near(Some(at + 1)));
    let mut words = said.iter().enumerate();
    let (_, name) = words.find(|(at, word)| match word.strip_suffix("'s") {
        Some(owner) => is_given_name(owner),
        None => is_given_name(word) && !is_own(*at),
    })?;
    (said.len() >= SHORTEST_TALE).then_some(name)
}

/// "For Petra", "Peter needs": somebody who asks by another's mouth.
fn named(one: &str, next: &str) -> bool {
    (FOR.has(one) && is_given_name(next)) || (is_given_name(one) && DOES.has(next))
}

/// "A nurse rang", "my students cannot": somebody whom the directory knows and we do not.
fn somebody(one: &str, next: &str, does: &str) -> bool {
    let person = next.strip_suffix('s').unwrap_or(next);
    ONE_OF.has(one) && PERSONS.has(person) && DOES.has(does)
}

/// "Unlock jdoe": what is asked for is asked for somebody.
fn asked(one: &str, next: &str, playbook: &str) -> bool {
    ASKING
        .iter()
        .filter(|asking| asking.about.includes(playbook))
        .any(|asking| asking.verbs.has(one) && !asking.behind.has(next))
}

/// "The password of Anna".
fn of_another(one: &str, next: &str, whose: &str) -> bool {
    WHOSE.has(one) && matches!(next, "of" | "for") && !OWN.has(whose)
}

/// A leaver reported by somebody who does not say that it is theirs to report.
pub(super) fn unvouched(words: &Words, playbook: &str) -> Option<String> {
    if playbook != "leaver" {
        return None;
    }
    let said: Vec<&str> = words.iter().collect();
    let mine = |pair: &[&str]| matches!(pair[0], "my" | "one") && IN_CHARGE_OF.has(pair[1]);
    let vouched = said.iter().any(|word| RESPONSIBLE.has(word)) || said.windows(2).any(mine);
    (!vouched).then(|| "it does not say that its writer is responsible for the person".to_owned())
}

/// Who or what somebody has who may report a leaver.
static IN_CHARGE_OF: Set = Set::of(
    "team report direct assistant intern trainee student department group staff crew employee employees colleague member \
    deputy associate unit of",
);
/// What somebody is who reports a leaver, or does.
static RESPONSIBLE: Set = Set::of(
    "manager managers mgr hr human personnel people supervisor supervision supervise superior boss report reports \
    reported reporting manage managed lead leader tl head chief foreman principal director employer hiring onboarding \
    offboarding payroll captain master's matron superintendent partner bursar secretary charge responsible sponsor chef coordinator \
    owner mine under run office administration dean professor editor",
);

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
        assert!(of("the machine is Yusuf's, mine is fine", "device_script"));
        assert!(of("Silke has it and Pavel will use it", "device_script"));
    }

    #[test]
    fn ones_own_is_ones_own() {
        assert!(!of(
            "reset the password of my account, please unlock it",
            "account_unlock"
        ));
        assert!(!of("a licence for Visio", "assign_licence"));
        assert!(!of(
            "Hi, Pavel from sales here, I am locked out",
            "account_unlock"
        ));
        assert!(!of("I am locked out. Thanks, Pavel", "account_unlock"));
        assert!(!of(
            "it's my password, what's account lock",
            "password_reset"
        ));
        assert!(!of("add me to the group", "grant_group_access"));
    }
}
