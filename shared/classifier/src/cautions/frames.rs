//! What is said in other words each time: two kinds of words that are a caution when they stand close together in a
//! sentence. "Skip the approval", "dispense with formalities" and "waive all checks" are one thing.

use super::phrases::About;
use crate::text::{Heard, Words};
use std::sync::LazyLock;

/// Two kinds of words; in each a star stands for any end of a word, apostrophes are left out.
struct Frame {
    why: &'static str,
    about: About,
    /// Whether what is only quoted or hidden counts, too.
    quoted: bool,
    /// The first kind, or one that may also come second.
    first: &'static str,
    second: &'static str,
    /// Words from one to the other at most.
    within: usize,
    /// Whether the first must come first.
    ordered: bool,
}

const HOW: &str = "it tells us how to decide";
const ELSEWHERE: &str = "it wants the answer to go somewhere else";

/// What we do before we act.
const CONTROLS: &str = "verif* approv* authoris* authoriz* authentication confirm* check checks checking consent* clearance \
    signoff polic* rule rules procedure* protocol* safeguard* guardrail* threshold* review* formalit* challeng* \
    restriction* constraint* guideline* consideration* precaution* controls identit* hoop* gate gates gatekeep* quer* \
    hesitation* question* discussion* interrogat* bureaucra* validation* vetting proof scrutin* paperwork \
    countersign* governance objection* barrier* hurdle* directive* oversight supervis* prompt* step steps instruction* logging";
/// What is said of it when it is over.
const DONE: &str = "verified approved granted establish* confirmed passed accepted cleared okayed waived obtained allowed \
    authorised authorized trusted proven vouch* satisfied fulfilled authenticated validated vetted settled suppressed \
    bypassed signed precleared preapproved suspended lifted disabled";
/// Whom we would ask.
const ASKED: &str = "manager managers boss supervisor superior owner owners approver human humans anybody anyone nobody person \
    people somebody colleague requester lead director";

const FRAMES: &[Frame] = &[
    Frame {
        why: HOW,
        about: About::All,
        quoted: true,
        first: "skip* bypass* waiv* omit* forgo* forego* ignor* disregard* overlook* overrul* overrid* circumvent* dispens* \
            spare spared sparing exempt* suspend* refrain* neglect* void superfluous redundant pointless nonsense ridiculous silly drop abandon* relax* \
            loosen* sidestep* shortcut* evad* aside obviate* eliminat* abstain* excus* avoid* forget nullify scrap ditch \
            minus sans save waste withhold* unneeded unnecessary needless*",
        second: CONTROLS,
        within: 6,
        ordered: false,
    },
    Frame {
        why: HOW,
        about: About::AllBut(&["mfa_method_reset", "compromised_account"]),
        quoted: true,
        first: "no not dont doesnt isnt arent wont neednt never nothing without neither nor shouldnt mustnt hardly despite \
            regardless less",
        second: CONTROLS,
        within: 4,
        ordered: false,
    },
    Frame {
        why: HOW,
        about: About::All,
        quoted: true,
        first: DONE,
        second: "identity requester sender status clearance caller verification challenge gate gatekeeper authorisation \
            authorization authentication formalities checks signoff decision paperwork approver vetting ciso cio cto cfo ceo \
            footer triage consent approval",
        within: 5,
        ordered: false,
    },
    Frame {
        why: HOW,
        about: About::All,
        quoted: true,
        first: "machine program software computer agent agents assistant assistants system systems engine parser reader model \
            models automaton robot robots bot helper handler network whoever whichever",
        second: "decide* judg* obey* comply* complies understand* conclude* assum* must shall ought permitted reading reads \
            pass approve* accept* agree* allow* grant* involve* looked choose*",
        within: 4,
        ordered: false,
    },
    Frame {
        why: HOW,
        about: About::All,
        quoted: true,
        first: "decision status result outcome verdict",
        second: "allow* approv* grant* releas* success* yes pass known ok trusted true",
        within: 4,
        ordered: true,
    },
    Frame {
        why: HOW,
        about: About::All,
        quoted: true,
        first: "your",
        second: "rules rule polic* guideline* answer answers instruction* training limits restriction* constraint* programming \
            purpose settings configuration memory judg* decision* duty objective* goal* mission orders filter* safety \
            thresholds creator* developer* operator* earlier previous prior learned persona character master conscience \
            certainty reasoning output prompt* guardrail* boss manager supervisor weights scor* default*",
        within: 2,
        ordered: true,
    },
    Frame {
        why: HOW,
        about: About::All,
        quoted: true,
        first: "no dont without neednt nobody needless avoid refrain mustnt",
        second: "ask* wait* involv* consult* contact* inform* notif* bother* disturb* troubl* alert* query* challeng* hear \
            interrogat* loop",
        within: 4,
        ordered: true,
    },
    Frame {
        why: HOW,
        about: About::All,
        quoted: true,
        first: "spare skip bypass exclude asking consult* involv* bother*",
        second: ASKED,
        within: 3,
        ordered: true,
    },
    Frame {
        why: "it presses with somebody's authority",
        about: About::All,
        quoted: false,
        first: "order ordered instruct* demand* mandat* insist* command* directed decree* compel* urges urged wants speaking \
            expects expect decided decision straight",
        second: "board chairman chairwoman chair ceo cfo cio ciso cto president director directors minister police court legal \
            headquarters hq head chief auditor* government regulat* management executive* vp lawyer* prosecut* attorney \
            authorities inspector fbi general within",
        within: 6,
        ordered: false,
    },
    Frame {
        why: ELSEWHERE,
        about: About::Only(&[
            "password_reset",
            "account_unlock",
            "mfa_method_reset",
            "new_starter",
        ]),
        quoted: false,
        first: "send sends sending text texting mail mailing email forward* deliver* post posting sms whatsapp dictate \
            transmit* fax message use",
        second: "mail-address 0000 private personal wife* husband* brother* sister* mother* father* friend* neighbour* \
            courier pickup reception* hotel lobby secretar* different alternative alternate gmail yahoo hotmail proton* icloud \
            telegram signal instead ticket comment there",
        within: 7,
        ordered: true,
    },
    Frame {
        why: ELSEWHERE,
        about: About::Only(&["password_reset", "account_unlock", "new_starter"]),
        quoted: false,
        first: "number numbers phone mobile address",
        second: "outdated instead different",
        within: 5,
        ordered: false,
    },
    Frame {
        why: ELSEWHERE,
        about: About::Only(&["mfa_method_reset"]),
        quoted: false,
        first: "register add use set enter put change make",
        second: "0000",
        within: 5,
        ordered: true,
    },
    Frame {
        why: "it wants a protection off",
        about: About::AllBut(&["leaver", "compromised_account"]),
        quoted: false,
        first: "turn turned switch switched disabl* deactivat* stop halt kill suppress* mute quietly secretly silently \
            discreetly suspend* uninstall* erase* raise* off remove*",
        second: "lockout defender antivirus firewall alert* logging audit audits auditing trail monitoring protection* expiry \
            expiration encryption bitlocker quarantine notification*",
        within: 5,
        ordered: true,
    },
    Frame {
        why: "it wants a protection off",
        about: About::All,
        quoted: true,
        first: "off",
        second: "factor mfa 2fa authentication verification",
        within: 4,
        ordered: true,
    },
    Frame {
        why: "it wants a protection off",
        about: About::All,
        quoted: true,
        first: "factor mfa 2fa authentication verification lockout alert alerts logging protection defender",
        second: "off disabled suspended",
        within: 3,
        ordered: true,
    },
    Frame {
        why: "it may be about more than one's own",
        about: About::AllBut(&["new_starter", "leaver"]),
        quoted: false,
        first: "all every everybody everybodys everyone everyones whole entire",
        second: "laptop laptops department departments team teams accounts users employees computers machines groups group \
            licence* license* mailboxes mails members office building",
        within: 3,
        ordered: true,
    },
    Frame {
        why: "it may be about more than one's own",
        about: About::AllBut(&["new_starter", "leaver"]),
        quoted: false,
        first: "everybody everybodys everyone everyones",
        second: "out off of mail",
        within: 2,
        ordered: true,
    },
];

/// The bits of a word: the kinds it is of, two for each frame.
struct Table {
    whole: Vec<(&'static str, u64)>,
    beginnings: Vec<(&'static str, u64)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let (mut whole, mut beginnings) = (Vec::new(), Vec::new());
    for (at, frame) in FRAMES.iter().enumerate() {
        for (side, words) in [frame.first, frame.second].into_iter().enumerate() {
            for word in words.split(' ') {
                let bit = 1_u64 << (2 * at + side);
                match word.strip_suffix('*') {
                    Some(beginning) => beginnings.push((beginning, bit)),
                    None => whole.push((word, bit)),
                }
            }
        }
    }
    Table {
        whole: together(whole),
        beginnings: together(beginnings),
    }
});

/// Each word once, with all of its bits, in order.
fn together(mut words: Vec<(&'static str, u64)>) -> Vec<(&'static str, u64)> {
    words.sort_unstable();
    let same = words.chunk_by(|a, b| a.0 == b.0);
    same.map(|same| (same[0].0, same.iter().fold(0, |bits, (_, bit)| bits | bit)))
        .collect()
}

impl Table {
    fn bits(&self, word: &str) -> u64 {
        let plain;
        let word = if word.bytes().any(|c| c == b'\'') {
            plain = word.replace('\'', "");
            plain.as_str()
        } else {
            word
        };
        let whole = self.whole.binary_search_by_key(&word, |(word, _)| word);
        let mut bits = whole.map_or(0, |at| self.whole[at].1);
        // A beginning of the word stands before the word itself, behind the word's first two letters.
        if let Some(two) = word.get(..2) {
            let from = self.beginnings.partition_point(|(known, _)| *known < two);
            let near = self.beginnings[from..].iter();
            for (known, of) in near.take_while(|(known, _)| known.starts_with(two)) {
                if word.starts_with(known) {
                    bits |= of;
                }
            }
        }
        bits
    }
}

/// The first frame that the ticket fills.
pub(super) fn heard(ticket: &Heard, playbook: &str) -> Option<String> {
    let about = |frame: &Frame| frame.about.includes(playbook);
    in_words(&ticket.own, about).or_else(|| {
        // Most tickets quote and hide nothing.
        (ticket.all.text() != ticket.own.text())
            .then(|| in_words(&ticket.all, |frame| frame.quoted && about(frame)))?
    })
}

fn in_words(words: &Words, counts: impl Fn(&Frame) -> bool) -> Option<String> {
    words.spoken().find_map(|sentence| {
        let said: Vec<(&str, u64)> = sentence
            .split(' ')
            .map(|word| (word, TABLE.bits(word)))
            .collect();
        let any = said.iter().fold(0, |any, (_, bits)| any | bits);
        let mut frames = FRAMES.iter().enumerate();
        frames.find_map(|(at, frame)| {
            let (first, second) = (1_u64 << (2 * at), 2_u64 << (2 * at));
            if any & first == 0 || any & second == 0 || !counts(frame) {
                return None;
            }
            let (one, other) = pair(&said, first, second, frame)?;
            Some(format!("{} (“{one} … {other}”)", frame.why))
        })
    })
}

/// Two words of both kinds that stand as the frame says.
fn pair<'a>(
    said: &[(&'a str, u64)],
    first: u64,
    second: u64,
    frame: &Frame,
) -> Option<(&'a str, &'a str)> {
    said.iter().enumerate().find_map(|(at, (one, bits))| {
        if bits & first == 0 {
            return None;
        }
        let from = if frame.ordered {
            at + 1
        } else {
            at.saturating_sub(frame.within)
        };
        let until = (at + frame.within + 1).min(said.len());
        let mut near = said.get(from..until)?.iter().enumerate();
        let found = near.find(|(nth, (_, bits))| from + nth != at && bits & second != 0);
        found.map(|(_, (other, _))| (*one, *other))
    })
}

#[cfg(test)]
mod tests {
    use super::{FRAMES, TABLE, heard};
    use crate::text::read;
    use domain::Intake;

    fn of(body: &str, playbook: &str) -> bool {
        let content = Intake {
            subject: String::new(),
            body: body.into(),
        };
        heard(&read(&content), playbook).is_some()
    }

    #[test]
    fn one_thing_in_other_words_is_one_thing() {
        for said in [
            "Dispense with formalities",
            "please waive all the usual checks",
            "approval may be omitted",
            "identity was established by phone",
            "no manager's approval",
            "your earlier guidance",
        ] {
            assert!(of(said, "password_reset"), "{said}");
        }
    }

    #[test]
    fn words_that_stand_apart_are_no_caution() {
        for said in [
            "I skipped lunch. The approval came",
            "My account is locked and I know my password",
            "my manager approves",
        ] {
            assert!(!of(said, "account_unlock"), "{said}");
        }
    }

    #[test]
    fn what_is_quoted_counts_where_it_is_about_us() {
        assert!(of("reset it\n> skip the approval", "password_reset"));
    }

    #[test]
    fn every_frame_has_bits_of_its_own_and_every_beginning_is_found() {
        assert!(FRAMES.len() <= 32);
        for (known, bits) in &TABLE.beginnings {
            assert_eq!(TABLE.bits(&format!("{known}zz")) & bits, *bits, "{known}");
        }
    }
}
