//! What the model makes of each sentence: beside the request, a ticket may tell its story and nothing else.
//!
//! Lists of what may be slipped in behind an honest request end somewhere. So each sentence must itself sound like what is asked for,
//! or at least not unlike it: what no ticket of that kind has ever said is for a person to read.

use crate::cautions::{is_usual, orders, speaks_to_us};
use crate::model::{Model, Verdict};
use crate::text::{Heard, Words};

/// Words of a sentence that says enough to be judged by itself.
const SHORTEST: usize = 3;
/// What is told beside a request without being one: whose account is locked speaks of a password.
const ONE_STORY: [(&str, &str); 2] = [
    ("account_unlock", "password_reset"),
    ("revoke_group_access", "grant_group_access"),
];
/// The score from which on a sentence is a request of its own.
const REQUEST: f32 = 0.2;
/// The score that a sentence must have to belong to the request's story.
const STORY: f32 = -0.9;
/// The score that an order, or a sentence about us, must have to be part of the request.
const ORDER: f32 = 0.0;
/// The same, for an order that begins as requests of its kind do.
const USUAL_ORDER: f32 = -0.8;
/// Words of a line below a farewell; what is longer is no name, place or number.
const LONGEST_LINE: usize = 7;
/// What lines speak of that mail programs and companies put there.
const FOOTERS: [&str; 6] = [
    "print",
    "environment",
    "confidential",
    "registered",
    "intended",
    "unsubscribe",
];
/// How much more an order may speak for another label.
const RIVAL_ORDER: f32 = 0.5;

/// Something that is asked for or told beside the request.
pub(crate) fn heard(model: &Model, verdict: &Verdict, ticket: &Heard) -> Option<String> {
    let request = Request::of(model, verdict, &ticket.own);
    request.another(ticket).or_else(|| request.story())
}

/// Something that is asked for beside the request, in the whole, in an order, in a sentence, below the signature.
pub(crate) fn another(model: &Model, verdict: &Verdict, ticket: &Heard) -> Option<String> {
    Request::of(model, verdict, &ticket.own).another(ticket)
}

/// What a ticket asks for, and each of its sentences with its scores.
struct Request<'a> {
    model: &'a Model,
    verdict: &'a Verdict,
    sentences: Vec<(Words, Vec<f32>)>,
}

impl<'a> Request<'a> {
    fn of(model: &'a Model, verdict: &'a Verdict, words: &Words) -> Self {
        let scored = |sentence: Words| {
            let scores = model.verdict(&sentence).scores;
            (sentence, scores)
        };
        Self {
            model,
            verdict,
            sentences: words.sentences().map(scored).collect(),
        }
    }

    fn another(&self, ticket: &Heard) -> Option<String> {
        let rival = self.rival(&self.verdict.scores, 0.0);
        rival
            .map(|rival| format!("it may ask for {}, too", self.name(rival)))
            .or_else(|| self.order(&ticket.own))
            .or_else(|| self.sentence())
            .or_else(|| below(&ticket.signature))
    }

    fn name(&self, label: usize) -> &str {
        self.model.labels.get(label).map_or("", String::as_str)
    }

    fn own(&self, scores: &[f32]) -> f32 {
        scores[self.verdict.label]
    }

    /// The other playbooks, by their place.
    fn others(&self) -> impl Iterator<Item = usize> {
        let (own, background) = (self.verdict.label, self.model.background);
        (0..self.verdict.scores.len()).filter(move |at| *at != own && Some(*at) != background)
    }

    /// Another playbook whose score is above `from`.
    fn rival(&self, scores: &[f32], from: f32) -> Option<usize> {
        self.others().find(|at| scores[*at] > from)
    }

    /// An order that is not the request: what it says of the label decides, whatever its words are.
    fn order(&self, words: &Words) -> Option<String> {
        let playbook = self.name(self.verdict.label);
        let strays = |order: &Words| {
            let scores = self.model.verdict(order).scores;
            let own = self.own(&scores);
            let usual = is_usual(order, playbook);
            own < if usual { USUAL_ORDER } else { ORDER }
                || self.others().any(|at| scores[at] - own > RIVAL_ORDER)
        };
        let order = orders(words).into_iter().find(strays)?;
        Some(format!(
            "it may ask for something else (“{}”)",
            order.text()
        ))
    }

    /// A sentence that is a request of its own, or speaks of who decides.
    fn sentence(&self) -> Option<String> {
        self.sentences.iter().find_map(|(sentence, scores)| {
            let said = sentence.text();
            if self.own(scores) < ORDER && speaks_to_us(sentence) {
                return Some(format!("it speaks of who decides (“{said}”)"));
            }
            let rival = self.rival(scores, REQUEST);
            let rival = rival.filter(|at| sentence.len() >= SHORTEST && !self.is_one_story(*at))?;
            Some(format!(
                "it may ask for {}, too (“{said}”)",
                self.name(rival)
            ))
        })
    }

    /// A sentence that tells what requests of this kind do not.
    fn story(&self) -> Option<String> {
        let mut sentences = self.sentences.iter();
        let (said, _) = sentences
            .find(|(sentence, scores)| sentence.len() >= SHORTEST && self.own(scores) < STORY)?;
        Some(format!(
            "it says something beside the request (“{}”)",
            said.text()
        ))
    }

    fn is_one_story(&self, rival: usize) -> bool {
        ONE_STORY.contains(&(self.name(self.verdict.label), self.name(rival)))
    }
}

/// An order or a sentence below the farewell, where nobody looks for one.
fn below(signature: &Words) -> Option<String> {
    let is_footer = |said: &str| FOOTERS.iter().any(|word| said.contains(word));
    let mut spoken = signature.spoken();
    let prose = spoken.find(|said| said.split(' ').nth(LONGEST_LINE).is_some() && !is_footer(said));
    let order = || {
        orders(signature)
            .first()
            .map(|order| order.text().to_owned())
    };
    let postscript = || {
        signature
            .iter()
            .find(|word| *word == "ps")
            .map(str::to_owned)
    };
    let said = prose
        .map(str::to_owned)
        .or_else(order)
        .or_else(postscript)?;
    Some(format!("it says something below its signature (“{said}”)"))
}
