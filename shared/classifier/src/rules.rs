//! The phrases of `rules-1`.

/// A request: all of its `needs` must be heard, each as one of its phrases.
pub(crate) struct Rule {
    /// The rule's name, for the reasons.
    pub(crate) name: &'static str,
    /// The playbook that serves it.
    pub(crate) playbook: &'static str,
    /// How sure we are when it is heard, 0 to 1.
    pub(crate) weight: f64,
    /// What must be heard: one phrase of each.
    pub(crate) needs: &'static [&'static [&'static str]],
}

/// A rule that was heard, and by which words.
pub(crate) struct Heard {
    pub(crate) name: &'static str,
    pub(crate) playbook: &'static str,
    pub(crate) weight: f64,
    words: Vec<&'static str>,
}

impl Heard {
    pub(crate) fn reason(&self) -> String {
        let words: Vec<String> = self.words.iter().map(|word| format!("“{word}”")).collect();
        format!("{}: the ticket says {}", self.name, words.join(" and "))
    }
}

impl Rule {
    pub(crate) fn heard_in(&self, said: &str) -> Option<Heard> {
        let words = self
            .needs
            .iter()
            .map(|phrases| first(said, phrases))
            .collect::<Option<Vec<_>>>()?;
        Some(Heard {
            name: self.name,
            playbook: self.playbook,
            weight: self.weight,
            words,
        })
    }
}

/// Words that speak against acting without a person.
pub(crate) struct Caution {
    why: &'static str,
    phrases: &'static [&'static str],
}

impl Caution {
    pub(crate) fn heard_in(&self, said: &str) -> Option<String> {
        first(said, self.phrases).map(|phrase| format!("{} (“{phrase}”)", self.why))
    }
}

fn first(said: &str, phrases: &[&'static str]) -> Option<&'static str> {
    phrases
        .iter()
        .find(|phrase| said.contains(&format!(" {phrase} ")))
        .copied()
}

const PASSWORD: &[&str] = &["password", "passwords", "passwort", "passcode"];
const CANNOT_SIGN_IN: &[&str] = &[
    "can't log in",
    "can't login",
    "cannot log in",
    "cannot login",
    "can not log in",
    "unable to log in",
    "unable to login",
    "can't sign in",
    "cannot sign in",
    "unable to sign in",
    "can't log on",
    "cannot log on",
    "can't get into my account",
    "locked out",
];
const RESET: &[&str] = &[
    "reset",
    "forgot",
    "forgotten",
    "forget",
    "expired",
    "lost",
    "don't remember",
    "can't remember",
];
const FAILS: &[&str] = &[
    "doesn't work",
    "does not work",
    "not working",
    "isn't working",
    "wrong",
    "incorrect",
    "rejected",
    "won't work",
];
const MINE: &[&str] = &["my", "i", "i've", "i'm", "me"];

/// The requests that a playbook serves.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: "password reset",
        playbook: "password_reset",
        weight: 0.95,
        needs: &[CANNOT_SIGN_IN, PASSWORD],
    },
    Rule {
        name: "password reset",
        playbook: "password_reset",
        weight: 0.95,
        needs: &[RESET, PASSWORD, MINE],
    },
    Rule {
        name: "password reset",
        playbook: "password_reset",
        weight: 0.9,
        needs: &[FAILS, PASSWORD, MINE],
    },
    Rule {
        name: "password reset",
        playbook: "password_reset",
        weight: 0.9,
        needs: &[&[
            "password reset",
            "reset password",
            "forgot password",
            "forgotten password",
        ]],
    },
];

/// What makes us leave even a known request to people.
pub(crate) const CAUTIONS: &[Caution] = &[
    Caution {
        why: "it may be about somebody else's account",
        phrases: &[
            "colleague",
            "coworker",
            "his password",
            "her password",
            "their password",
            "user's password",
            "on behalf of",
            "for another user",
            "my boss",
            "my manager's",
            "shared mailbox",
            "service account",
        ],
    },
    Caution {
        why: "it may be an attack",
        phrases: &[
            "phishing",
            "hacked",
            "compromised",
            "suspicious",
            "stolen",
            "breach",
            "malware",
            "ransomware",
            "somebody else logged in",
            "someone else logged in",
        ],
    },
    Caution {
        why: "it says not to",
        phrases: &[
            "do not reset",
            "don't reset",
            "without resetting",
            "already reset",
            "no need to reset",
        ],
    },
    Caution {
        why: "it names a number or address to use instead of the directory's",
        phrases: &[
            "new phone",
            "new number",
            "different number",
            "another number",
            "new mobile",
            "lost my phone",
            "personal email",
            "different email",
        ],
    },
    Caution {
        why: "it may be another system's password",
        phrases: &[
            "wifi",
            "wi fi",
            "wireless",
            "router",
            "pdf",
            "zip",
            "excel",
            "bank",
            "vendor portal",
            "database",
            "voicemail",
            "bitlocker",
        ],
    },
];
