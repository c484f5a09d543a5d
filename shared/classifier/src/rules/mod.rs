//! What a tenant lays down beside the model: which words, senders and categories force a playbook, forbid one, or leave a
//! ticket to people.
//!
//! What forbids is stronger than what forces, and hears what is only quoted or hidden, too. What forces takes the place of
//! the model's first choice and its threshold, and of nothing else: a caution keeps the ticket with people as before.

mod apply;
mod parse;

pub(crate) use apply::judge_by;
pub use parse::{RuleFlaw, RuleFlaws};

use crate::cautions::spoken;
use crate::text::Heard;
use domain::PlaybookName;

/// A tenant's rules, in the order they were written in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantRules {
    rules: Vec<Rule>,
    second_opinions_per_day: u32,
}

/// What is known of a ticket beside its text.
#[derive(Debug, Clone, Copy, Default)]
pub struct About<'a> {
    /// The address it came with.
    pub sender: &'a str,
    /// Its category where it came from; `>` between the levels.
    pub category: Option<&'a str>,
}

/// One rule. Of each kind of condition that it has one must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    name: String,
    phrases: Vec<Phrase>,
    senders: Vec<String>,
    categories: Vec<Category>,
    effect: Effect,
}

/// What a rule does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Effect {
    /// The ticket asks for this playbook.
    Force(PlaybookName),
    /// This playbook is neither started nor suggested.
    Forbid(PlaybookName),
    /// No playbook starts by itself.
    LeaveToPeople,
}

/// Words in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Phrase {
    /// As it was written.
    text: String,
    /// As it may be heard: folded by itself, and as it is folded among Latin letters.
    heard: Vec<String>,
}

/// A category: its levels, folded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Category {
    text: String,
    levels: Vec<String>,
}

/// A rule that a ticket meets, and by what.
struct Met<'a> {
    rule: &'a Rule,
    by: String,
}

impl TenantRules {
    /// How many second opinions the tenant asks for in a day; 0 for none.
    #[must_use]
    pub fn second_opinions_per_day(&self) -> u32 {
        self.second_opinions_per_day
    }

    /// The playbooks that rules name, with the place of each.
    pub fn playbooks(&self) -> impl Iterator<Item = (String, &PlaybookName)> {
        let rules = self.rules.iter().enumerate();
        rules.filter_map(|(at, rule)| match &rule.effect {
            Effect::Force(playbook) | Effect::Forbid(playbook) => {
                Some((format!("rules[{at}].playbook_id"), playbook))
            }
            Effect::LeaveToPeople => None,
        })
    }

    /// The rules that a ticket meets.
    fn met(&self, ticket: &Heard, about: &About<'_>) -> Vec<Met<'_>> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let own = spoken(&ticket.own);
        let all = spoken(&ticket.all);
        let sender = about.sender.trim().to_lowercase();
        let category = about.category.map(parse::levels).unwrap_or_default();
        let met = |rule: &'_ Rule| {
            let said = match rule.effect {
                Effect::Force(_) => &own,
                Effect::Forbid(_) | Effect::LeaveToPeople => &all,
            };
            rule.met_by(said, &sender, &category)
        };
        let rules = self.rules.iter();
        rules
            .filter_map(|rule| met(rule).map(|by| Met { rule, by }))
            .collect()
    }
}

impl Rule {
    /// What of a ticket meets the rule; none when it does not.
    fn met_by(&self, said: &str, sender: &str, category: &[String]) -> Option<String> {
        let mut by = Vec::new();
        if !self.phrases.is_empty() {
            let heard = |phrase: &&Phrase| {
                phrase
                    .heard
                    .iter()
                    .any(|heard| said.contains(heard.as_str()))
            };
            by.push(format!("“{}”", self.phrases.iter().find(heard)?.text));
        }
        if !self.senders.is_empty() {
            let fits = |known: &String| match known.strip_prefix('@') {
                Some(host) => sender.split_once('@').is_some_and(|(_, of)| of == host),
                None => known == sender,
            };
            self.senders.iter().find(|known| fits(known))?;
            by.push("its sender".to_owned());
        }
        if !self.categories.is_empty() {
            let fits = |known: &&Category| category.starts_with(&known.levels);
            let found = self.categories.iter().find(fits)?;
            by.push(format!("its category “{}”", found.text));
        }
        if by.is_empty() {
            by.push("it holds for every ticket".to_owned());
        }
        Some(by.join(", "))
    }
}

#[cfg(test)]
mod tests;
