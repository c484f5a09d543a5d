//! The directory as it was a moment ago, for readers that a write has not reached yet.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use crate::{
    graph::{audits::Audits, passes::Passes},
    groups::Groups,
    licences::Skus,
    people::People,
    world::State,
};

/// Everything a Graph call can change.
#[derive(Clone)]
pub(crate) struct Directory {
    pub(crate) people: People,
    pub(crate) groups: Groups,
    pub(crate) skus: Skus,
    pub(crate) passes: Passes,
    pub(crate) audits: Audits,
}

/// What a reader sees.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    pub(crate) people: &'a People,
    pub(crate) groups: &'a Groups,
    pub(crate) skus: &'a Skus,
}

/// What was before each write that some reader has not seen; oldest first.
#[derive(Default)]
pub(crate) struct Past {
    /// How long a write takes to reach readers.
    pub(crate) lag: SignedDuration,
    before: VecDeque<(Timestamp, Directory)>,
}

impl Past {
    /// Every write has arrived.
    pub(crate) fn forget(&mut self) {
        self.before.clear();
    }
}

impl State {
    pub(crate) fn directory(&self) -> Directory {
        Directory {
            people: self.people.clone(),
            groups: self.groups.clone(),
            skus: self.skus.clone(),
            passes: self.passes.clone(),
            audits: self.audits.clone(),
        }
    }

    pub(crate) fn put_back(&mut self, directory: Directory) {
        let Directory {
            people,
            groups,
            skus,
            passes,
            audits,
        } = directory;
        self.people = people;
        self.groups = groups;
        self.skus = skus;
        self.passes = passes;
        self.audits = audits;
    }

    /// Before a write: keeps what readers go on seeing.
    pub(crate) fn remember(&mut self, now: Timestamp) {
        if self.past.lag.is_zero() {
            return;
        }
        let arrived = now - self.past.lag;
        self.past.before.retain(|(until, _)| *until > arrived);
        let directory = self.directory();
        self.past.before.push_back((now, directory));
    }

    /// The directory as a reader sees it now.
    pub(crate) fn seen(&self, now: Timestamp) -> Seen<'_> {
        let arrived = now - self.past.lag;
        let before = self.past.before.iter().find(|(until, _)| *until > arrived);
        match before {
            Some((_, old)) => Seen {
                people: &old.people,
                groups: &old.groups,
                skus: &old.skus,
            },
            None => Seen {
                people: &self.people,
                groups: &self.groups,
                skus: &self.skus,
            },
        }
    }
}
