//! Reading rules: bounded, and each of them such that it can be met.

use super::{Category, Effect, Phrase, Rule, TenantRules};
use crate::cautions::spoken;
use crate::text;
use domain::PlaybookName;
use serde::Deserialize;
use std::collections::BTreeSet;

const RULES: usize = 100;
const PHRASES: usize = 20;
const SENDERS: usize = 50;
const CATEGORIES: usize = 20;
/// Second opinions that may be asked for in a day.
const OPINIONS: u32 = 10_000;
/// Characters of a rule's name, a phrase or a category.
const LONGEST: usize = 100;
const LONGEST_SENDER: usize = 254;
/// Words of a phrase.
const WORDS: usize = 10;
/// Letters and digits that a phrase has at least: fewer stand in half of all tickets.
const LETTERS: usize = 3;
/// What addresses, links and long numbers are read as: a phrase with one would be met by all of them.
const READ_ALIKE: [&str; 3] = ["0000", "mail-address", "web-address"];

/// What is wrong with rules, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleFlaw {
    /// The place: `rules[2].phrases[0]`.
    pub path: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// Everything that is wrong with rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} flaws, the first at {}", .0.len(), .0.first().map_or("", |flaw| &flaw.path))]
pub struct RuleFlaws(pub Vec<RuleFlaw>);

/// Rules as they are written.
#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    rules: Vec<Written>,
    #[serde(default)]
    second_opinions_per_day: u32,
}

#[derive(Deserialize)]
struct Written {
    name: String,
    #[serde(default)]
    phrases: Vec<String>,
    #[serde(default)]
    senders: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    effect: Word,
    #[serde(default)]
    playbook_id: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Force,
    Forbid,
    LeaveToPeople,
}

impl TenantRules {
    /// Reads rules from their JSON text: an object with `rules` and `second_opinions_per_day`.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn parse(text: &str) -> Result<Self, RuleFlaws> {
        let mut flaws = Flaws::default();
        let read: Result<Document, _> = serde_json::from_str(text);
        let Document {
            rules: written,
            second_opinions_per_day,
        } = read.map_err(|error| {
            flaws.add("rules", error.to_string());
            RuleFlaws(std::mem::take(&mut flaws.0))
        })?;
        if second_opinions_per_day > OPINIONS {
            let message = format!("{OPINIONS} a day at most; 0 asks for none");
            flaws.add("second_opinions_per_day", message);
        }
        if written.len() > RULES {
            flaws.add("rules", format!("{RULES} rules at most"));
            return Err(RuleFlaws(flaws.0));
        }
        let mut names = BTreeSet::new();
        let mut rules = Vec::new();
        for (at, written) in written.into_iter().enumerate() {
            let path = format!("rules[{at}]");
            if !names.insert(text::said(&written.name).text().to_owned()) {
                let message = "another rule has this name; reasons could not tell them apart";
                flaws.add(&format!("{path}.name"), message);
            }
            rules.extend(written.rule(&path, &mut flaws));
        }
        if flaws.0.is_empty() {
            Ok(Self {
                rules,
                second_opinions_per_day,
            })
        } else {
            Err(RuleFlaws(flaws.0))
        }
    }
}

#[derive(Default)]
struct Flaws(Vec<RuleFlaw>);

impl Flaws {
    fn add(&mut self, path: &str, message: impl Into<String>) {
        self.0.push(RuleFlaw {
            path: path.to_owned(),
            message: message.into(),
        });
    }

    /// Each of `texts` as `read` reads it; where it cannot, its place and why.
    fn each<T>(
        &mut self,
        (path, most): (&str, usize),
        texts: &[String],
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Vec<T> {
        if texts.len() > most {
            self.add(
                path,
                format!("{most} at most; make another rule of the rest"),
            );
            return Vec::new();
        }
        let mut all = Vec::new();
        for (at, text) in texts.iter().enumerate() {
            match read(text) {
                Ok(one) => all.push(one),
                Err(message) => self.add(&format!("{path}[{at}]"), message),
            }
        }
        all
    }
}

impl Written {
    fn rule(self, path: &str, flaws: &mut Flaws) -> Option<Rule> {
        let before = flaws.0.len();
        let at = |member: &str| format!("{path}.{member}");
        if let Some(message) = flaw_of_text(&self.name) {
            flaws.add(&at("name"), message);
        }
        let phrases = flaws.each((&at("phrases"), PHRASES), &self.phrases, phrase);
        let senders = flaws.each((&at("senders"), SENDERS), &self.senders, sender);
        let categories = flaws.each((&at("categories"), CATEGORIES), &self.categories, category);
        let effect = match (self.effect, self.playbook_id.as_deref()) {
            (Word::LeaveToPeople, None) => Some(Effect::LeaveToPeople),
            (Word::LeaveToPeople, Some(_)) => {
                let message = "leave_to_people is about every playbook; leave playbook_id out, or write forbid";
                flaws.add(&at("playbook_id"), message);
                None
            }
            (_, None) => {
                flaws.add(&at("playbook_id"), "say which playbook");
                None
            }
            (word, Some(name)) => match PlaybookName::parse(name) {
                Ok(name) if matches!(word, Word::Force) => Some(Effect::Force(name)),
                Ok(name) => Some(Effect::Forbid(name)),
                Err(_) => {
                    flaws.add(&at("playbook_id"), "this is no playbook's name");
                    None
                }
            },
        };
        let unconditional =
            self.phrases.is_empty() && self.senders.is_empty() && self.categories.is_empty();
        if unconditional && matches!(self.effect, Word::Force) {
            let message =
                "say by phrases, senders or categories which tickets it forces the playbook on";
            flaws.add(path, message);
        }
        let effect = effect.filter(|_| flaws.0.len() == before)?;
        Some(Rule {
            name: self.name,
            phrases,
            senders,
            categories,
            effect,
        })
    }
}

fn flaw_of_text(text: &str) -> Option<String> {
    let length = text.chars().count();
    let blank = text.trim().is_empty() || text.trim() != text;
    (blank || length > LONGEST || text.chars().any(char::is_control))
        .then(|| format!("write 1 to {LONGEST} characters on one line, without spaces around them"))
}

fn phrase(text: &str) -> Result<Phrase, String> {
    if let Some(message) = flaw_of_text(text) {
        return Err(message);
    }
    let words = text::said(text);
    if let Some(word) = words.iter().find(|word| READ_ALIKE.contains(word)) {
        let kind = match word {
            "0000" => "numbers of four digits and more are",
            "mail-address" => "mail addresses are",
            _ => "web addresses are",
        };
        return Err(format!(
            "{kind} not told apart in a ticket's text; leave it out of the phrase"
        ));
    }
    let letters = words.text().chars().filter(|c| c.is_alphanumeric()).count();
    if letters < LETTERS || words.len() > WORDS {
        return Err(format!(
            "a phrase has {LETTERS} letters at least and {WORDS} words at most"
        ));
    }
    // A letter that looks like a Latin one is read by the letters around it, which in a ticket may be of either kind.
    let among = |letter: &str| {
        let said = text::said(&format!("{} {text}", letter.repeat(LONGEST + 1)));
        let said = spoken(&said);
        let phrase = said.trim_start().split_once(' ');
        phrase.map(|(_, phrase)| format!(" {phrase}"))
    };
    let mut heard: Vec<String> = ["a", "я"].into_iter().filter_map(among).collect();
    heard.dedup();
    Ok(Phrase {
        text: text.to_owned(),
        heard,
    })
}

fn sender(text: &str) -> Result<String, String> {
    let bad = || {
        "write an address (john.doe@example.com), or a domain behind an @ (@example.com)".to_owned()
    };
    let (_, host) = text.split_once('@').ok_or_else(bad)?;
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"*,;<>\"".contains(c);
    let fits = text.len() <= LONGEST_SENDER
        && text.chars().all(plain)
        && host.contains('.')
        && !host.contains('@')
        && !host.starts_with('.')
        && !host.ends_with('.');
    if fits {
        Ok(text.to_lowercase())
    } else {
        Err(bad())
    }
}

fn category(text: &str) -> Result<Category, String> {
    if let Some(message) = flaw_of_text(text) {
        return Err(message);
    }
    let levels = levels(text);
    if levels.is_empty() || levels.iter().any(String::is_empty) {
        return Err("each level, between one > and the next, needs a word".to_owned());
    }
    Ok(Category {
        text: text.to_owned(),
        levels,
    })
}

/// The levels of a category, folded.
pub(super) fn levels(text: &str) -> Vec<String> {
    let levels = text
        .split('>')
        .map(|level| text::said(level).text().to_owned());
    levels.collect()
}
