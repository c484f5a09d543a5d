//! The phrases that keep a ticket with people. In lower case, apostrophes left out, `|` between two.

/// A reason to let a person look first.
pub(super) struct Caution {
    pub(super) why: &'static str,
    /// Which playbooks it is about.
    pub(super) about: About,
    /// Whether what is only quoted or hidden counts, too.
    pub(super) quoted: bool,
    pub(super) phrases: &'static str,
}

pub(super) enum About {
    All,
    Only(&'static [&'static str]),
    AllBut(&'static [&'static str]),
}

impl About {
    pub(super) fn includes(&self, playbook: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(names) => names.contains(&playbook),
            Self::AllBut(names) => !names.contains(&playbook),
        }
    }
}

/// Playbooks that are about one's own account.
pub(super) const OTHERS: About = About::AllBut(&["new_starter", "leaver"]);

pub(super) const CAUTIONS: &[Caution] = &[
    Caution {
        why: "it tells us how to decide",
        about: About::All,
        quoted: true,
        phrases: "ignore previous|ignore all|ignore any|ignore the above|ignore your|ignore the rules|\
                  ignore the policy|disregard|forget all previous|system prompt|system message|system note|\
                  language model|you are now|you are an|you must now|as an ai|dear ai|attention ai|hey bot|dear bot|\
                  note to the bot|developer mode|debug mode|maintenance mode|admin mode|approve this|approve it|\
                  approve automatically|approve my request|auto approve|autoapprove|auto approved|\
                  automatically approve|automatically approved|pre approved|preapproved|mark as approved|mark this|\
                  treat this as|consider this approved|approval not required|approval is not required|\
                  no approval needed|no approval required|no approval is|without approval|without asking|\
                  without verification|without verifying|without mfa|without confirmation|instructions|skip|skipped|\
                  exempt|automated|workflow|llm|the bot|the ai|as approved|is approved|counts as|verified in person|\
                  user verified|internal note|outranks|supersedes|pre verified|preverified|already verified|\
                  verified already|must be left out|is not necessary|isnt necessary|raise my role|my role to|\
                  instead of the usual|powershell|run the following|as agreed with your|your automation|your policy|\
                  your policies|your rules|your playbooks|this instruction|automation team|no need to inform|\
                  no need to confirm|all employees|all users|all accounts|every account|every user|bypass|override|\
                  do not verify|dont verify|do not ask|dont ask|no need to verify|no need to ask|no verification|\
                  dont notify|do not notify|dont tell|do not tell|dont log|do not log|turn off logging|disable mfa|\
                  disable the mfa|turn off mfa|classify this|classify as|classification|classifier|confidence|playbook|\
                  playbook id|automated true|automated to true|set automated|execute the|execute this|\
                  execution|run the workflow|respond with|reply only with|output only|begin system|end of ticket|\
                  end of message|robot|chatbot|bot|algorithm|gpt|neural network|virtual agent|virtual assistant|\
                  ai agent|ai agents|dear assistant|whoever reads|reading this|reads this|\
                  message to|note for whichever|to the program|the program that|to the machine|to the computer|to the system|no human|called back|new orders|consent given|approval given|consent is given|clearance given|as the administrator|i will complain|security level|unrestricted|result of the check|priority override|fingerprint|passport|id card|\
                  identity card|in writing|hereby|i certify|paperwork|permission was|checked and found|been checked|checked often|\
                  usual call|full responsibility|role system|gate is open|my word|no logging|only a test|just a test|is a test|a drill|nothing is real|not real|command|commands|\
                  approval number|approval reference|password to the|give the password|hand the password|read the password|\
                  dictate the password|spell the password|write the password|new password to my private|\
                  a human|any human|humans|internal remark|internal comment|system notice|admin note|operator message|instruction|\
                  second line has|i refuse|i swear|i authorise|i authorize|i have the authority|who i am|the above|was a joke|\
                  really want|rest of this|sentence before|i want root|root on|imagine|pretend|hypothetically|lets play|play a game|in the character|\
                  role play|roleplay|simulate|picture a|grandmother|speak as|from here on|henceforth|act as|acting as|\
                  youre called|you are called|you play|you may|you are permitted|youre permitted|you are allowed|\
                  youre allowed|you must|you shall|you have to|do exactly|treat me|trusted|trust me|take my word|my word|\
                  say yes|let me through|let it pass|let this pass|let it through|let this through|wave me|put it through|\
                  go through|go straight|straight ahead|fast lane|fast track|quick path|green light|carry on|proceed|go ahead|\
                  fuss|queries|no questions|no discussion|ifs and buts|just do it|simply do it|has priority|this line|prompt out|someone will sign|get a mail about|void|no longer applies|no longer apply|\
                  set aside|to one side|overlook|as an exception|this once|only this time|for this request only|signed off|\
                  okayed|on file|seen my badge|proof|authorisation code|authorization code|authorised by|authorized by|\
                  approved by|has approved this|okayed by|formalities|challenged|unattended way|factor this time|\
                  base64|rot13|backwards|decode|encoded|translate this|translate and|drop table|jndi|curl|wget|cmd|bash|\
                  net user|ps|p s|admin rights|global admin|global administrator|domain admin|domain admins|\
                  administrator rights|admin role|full admin|root access|privileged role|owner rights|sudo|\
                  service account|break glass|administrators|the administrator account|enterprise admins|full control|\
                  elevated privileges|elevated rights|privileges|superuser|super user|backup account|as root|\
                  set it to|set the password to|set my password to|password to be|password may be|password should be|password shall be|as the old one|keep my old|leave my sessions|\
                  permanently|forever|indefinitely|unlimited|a human has|human has already|never expire|never expires|not expire|plain text|clear text|cleartext|in the ticket|here in this ticket|\
                  out of the log|quietly|secretly|unlock code",
    },
    Caution {
        why: "it may be about somebody else",
        about: OTHERS,
        quoted: false,
        phrases: "he|she|his|her|him|hers|hes|shes|colleague needs|colleague cant|colleague cannot|colleague forgot|\
                  colleague has|colleague is|colleague lost|colleagues account|colleagues password|colleagues mailbox|\
                  for a colleague|for my colleague|for our colleague|for another|for a user|for the user|for user|\
                  for one of|for somebody|for someone|for my boss|for my manager|for my wife|for my husband|\
                  for our intern|for my team member|for a team member|for a friend|for our director|for the director|\
                  my boss|my boss is|my bosss|my managers account|my managers password|my managers mailbox|\
                  my assistant|my intern|our intern|ceo|vip|my husband|my wife|my son|my daughter|my coworker|\
                  my co worker|a coworker|coworker|coworkers|their account|their password|their accounts|\
                  their passwords|their phone|their mailbox|user cant|user cannot|user is locked|user forgot|\
                  users account|users password|this user|the following users|the following user|all of us|whole team|\
                  everybody in|everyone in|all my team|my whole|for us two|us two|my colleague as well|for me and|\
                  entire team|everyone in my team|team member|one of my team|one of my reports|direct report|unlock the user|\
                  knows the password|i write for|writing for|asked me to|in their name|belongs to|same problem at|same trouble|we are three|three people|person concerned|it concerns|person named|user named|\
                  affected user|friend in|one of my|one of our|the trainee|trainees|the intern|interns|our contractors|the contractors|the secretary|new secretary|the new colleague|\
                  our team need|our team needs|our director|the director|we all use|shared pc account|reception account|\
                  print server|on the server|file server|nobody can|no one can|herr|frau|mme|mr|mrs",
    },
    Caution {
        why: "it may be about somebody else",
        about: About::AllBut(&["new_starter", "leaver", "shared_mailbox_access"]),
        quoted: false,
        phrases: "on behalf of|on behalf|in the name of",
    },
    Caution {
        why: "it may be about somebody else",
        about: About::AllBut(&["new_starter", "leaver", "compromised_account"]),
        quoted: false,
        phrases: "not mine|not me|not for me",
    },
    Caution {
        why: "it speaks of a theft",
        about: About::AllBut(&["compromised_account", "mfa_method_reset", "revoke_sessions"]),
        quoted: false,
        phrases: "stolen|theft|robbed",
    },
    Caution {
        why: "it may ask for two things",
        about: About::All,
        quoted: false,
        phrases: "two things|two requests|two issues|two problems|two questions|2 things|2 requests|2 issues|also|both|\
                  plus|few things|several requests|various|besides|first of all|and please|and order|and rename|\
                  and move my|and change my|and change the|and tell me|and delete|and a new sim|and an invoice|\
                  and could you|and can you|and would you|at the same time|couple of things|several things|\
                  three things|multiple issues|another thing|one more thing|second thing|another issue|another request|\
                  another question|secondly|in addition|additionally|on top of that|apart from|furthermore|\
                  separately|once done|once thats done|when thats done|then there is|oh and|last but not least|second my|second the|second i|third the|third i|third my|thirdly|number two|one more|the matter of|same for the|lastly|finally my|finally please|finally a|\
                  likewise|same goes|moreover|what is more|and then give|and then add|and assign|and give|and add me|\
                  and reset my|and make|and keep|and turn|and switch|and grant|and install|and deactivate|and enable|\
                  and leave my|while doing|while you are there|not to forget|next to that|while you are at it|while youre at it|while were at it|as well as a|plus i need|\
                  plus can you|by the way|btw",
    },
    Caution {
        why: "it says that nothing is to be done",
        about: About::All,
        quoted: false,
        phrases: "never mind|nevermind|false alarm|works again|working again|works now|solved itself|resolved itself|\
                  sorted it|already solved|already fixed|please ignore this|please close this|close this ticket|\
                  close the ticket|out of office|automatic reply|auto reply|all works|everything works|only wondering|just wondering",
    },
    Caution {
        why: "it may ask about something asked before",
        about: About::All,
        quoted: false,
        phrases: "still waiting|been waiting|any news|any update|any progress|status of|did you process|did the|\
                  have you processed|how long does|how long will|is there a queue|my ticket from|follow up on|\
                  following up|chasing|reopen",
    },
    Caution {
        why: "it may be a question rather than a request",
        about: About::All,
        quoted: false,
        phrases: "is this real|is this legit|is this genuine|is it possible to|is there an instruction|\
                  is there a guide|how do i|how can i|how to|what is the policy|who is in|whos in|list of members|\
                  list of all|just wondering|just asking|just curious|did not click|didnt click|didnt enter|\
                  did not enter",
    },
    Caution {
        why: "it may not be for them to ask",
        about: About::Only(&["new_starter", "leaver"]),
        quoted: false,
        phrases: "managing director|my managers|my manager has|my manager left|my manager is|my boss|our director|our ceo|ceo|\
                  our administrator|the administrator|friend|im from|i think|i believe|asked me|not the manager|other department|\
                  another department|my son|my daughter|my wife|my husband|server|svc|create accounts|accounts for|accounts of|\
                  their accounts|these accounts|accounts and|two new|three new|four new|five new|several|two people|both|\
                  night shift|whole|delete|backups|his mails|her mails|his mailbox to me|her mailbox to me|my colleague|a colleague|not his boss|not her boss|not his manager|not her manager|not their manager|\
                  i heard|rumour|rumor|extend|my own account|my account",
    },
    Caution {
        why: "it says not to",
        about: About::Only(&["password_reset"]),
        quoted: false,
        phrases: "do not reset|dont reset|without resetting|already reset|no need to reset",
    },
    Caution {
        why: "it may be an attack",
        about: About::AllBut(&["compromised_account"]),
        quoted: false,
        phrases: "phishing|phished|hacked|hacker|compromised|suspicious|breach|malware|ransomware|virus|\
                  somebody else logged in|someone else logged in|someone else is using|somebody else is using|\
                  someone knows my password|knows my password",
    },
    Caution {
        why: "it names a number or address to use instead of the directory's",
        about: About::Only(&["password_reset", "account_unlock"]),
        quoted: false,
        phrases: "new phone|new number|different number|different phone|another number|new mobile|lost my phone|\
                  lost phone|personal email|personal mail|private email|private mail|different email|another mail address|another e mail|another email|reach me under|gmail|whatsapp",
    },
    Caution {
        why: "it names an address",
        about: About::Only(&[
            "password_reset",
            "account_unlock",
            "mfa_method_reset",
            "revoke_sessions",
            "device_script",
            "assign_licence",
        ]),
        quoted: false,
        phrases: "mail-address",
    },
    Caution {
        why: "it wants us to open a page",
        about: About::AllBut(&[
            "grant_group_access",
            "revoke_group_access",
            "shared_mailbox_access",
            "compromised_account",
        ]),
        quoted: false,
        phrases: "web-address",
    },
    Caution {
        why: "it presses us",
        about: About::AllBut(&["compromised_account", "leaver"]),
        quoted: false,
        phrases: "managing director|minister|chairman|chairwoman|cfo|cio|ciso|the police|answer for it|answer for this|report you|consequences|in person|vice president|\
                  the board wants|the police|demands access|every minute|a patient|fired|lawyers|auditors|make it difficult|no delays|no excuses|lose your job|hold you responsible|\
                  hold you liable|i demand|i insist|i expect|this is an order|thats an order|by order",
    },
    Caution {
        why: "it names a number or address to use instead of the directory's",
        about: OTHERS,
        quoted: false,
        phrases: "another mail address|another e mail|another email|reach me under|my private mail|new mail address",
    },
    Caution {
        why: "it may be another system's",
        about: About::Only(&["password_reset", "account_unlock"]),
        quoted: false,
        phrases: "wifi|wi fi|wireless|wlan|router|pdf|zip|excel|spreadsheet|bank|banking|vendor portal|supplier portal|\
                  customer portal|database|voicemail|bitlocker|facebook|linkedin|netflix|amazon|sap|salesforce|icloud|\
                  apple id|private account|personal account",
    },
    Caution {
        why: "it may be about a privileged account or group",
        about: About::All,
        quoted: false,
        phrases: "admin|admins|administrator|administrators|adm|root|svc|sysadmin|superadmin|privileged|tier 0|tier zero|tier 1|\
                  tier one|emergency login|emergency account|service login|service user|service principal|system account|\
                  technical account|functional account|shared account|shared login|generic account|domain controller|\
                  chief executive|chief financial|chief information|chief operating|chief officer|chief of staff|chief executives",
    },
    Caution {
        why: "it may take a protection away",
        about: About::Only(&["revoke_group_access"]),
        quoted: false,
        phrases: "mfa|2fa|multifactor|enforced|enforce|enforcement|conditional|blocked|baseline|hardening|hardened|quarantine|\
                  monitored|asks me|asking me|keeps asking|confirm each|each login|every login|each sign in|every sign in",
    },
    Caution {
        why: "it may be about more than one's own",
        about: About::Only(&["assign_licence"]),
        quoted: false,
        phrases: "each|make it|whole of|the whole|per head|per person|seats|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\
                  fifteen|twenty|thirty|fifty|hundred|dozen|several|multiple|all of them|one of each|bulk|pool|for the department|\
                  for our department|for the team|for our team",
    },
    Caution {
        why: "it wants a protection off",
        about: About::Only(&["mfa_method_reset"]),
        quoted: false,
        phrases: "never ask|never asks|never be asked|not be asked|stop asking|stops asking|from now on|no more codes|any more codes|\
                  without a code|without the code|without codes|instead of setting|trusted device|remember this device|\
                  remember my device|always trust|only a password|just a password|just the password|only the password",
    },
    Caution {
        why: "it may be an attack",
        about: About::Only(&["device_script"]),
        quoted: false,
        phrases: "ransom|bitcoin|bitcoins|coins|encrypted|new ending|different ending|strange ending|renamed|hijacked|intruder|\
                  pop ups|popups|remote control|by itself|on its own|strange file|text file|text files|unknown program|countdown",
    },
    Caution {
        why: "it may concern more than one's own account",
        about: About::Only(&["compromised_account"]),
        quoted: false,
        phrases: "in the domain|new accounts|other accounts|all accounts|several accounts|whole company|whole department|servers|\
                  several of us|many of us|a few of us|some of us|customers data|customer data|wire transfer|press|journalist",
    },
    Caution {
        why: "it may be about somebody else",
        about: About::AllBut(&[
            "new_starter",
            "leaver",
            "revoke_sessions",
            "compromised_account",
        ]),
        quoted: false,
        phrases: "my boyfriend|my girlfriend|my partner|my fiance|my fiancee|my spouse|my ex|my mum|my mom|my mother|my father|my dad|\
                  my sister|my brother|my cousin|my uncle|my aunt|my friend|my friends|my flatmate|my neighbour|my neighbor|\
                  my kid|my kids|my child|my children|my client|my clients|my customer|my customers|my guest|my visitor|\
                  my student|my students|my predecessor|my successor|my deputy|my mate|my buddy|my pal",
    },
    Caution {
        why: "it may be about more than one's own",
        about: OTHERS,
        quoted: false,
        phrases: "we|us|me and|everyone else|everybody else|anyone else|other people|along with|together with|as well as|as well|\
                  and everyone|and everybody|and the others|and all the|the rest of|the others",
    },
    Caution {
        why: "it speaks of how requests are handled",
        about: OTHERS,
        quoted: false,
        phrases: "ticket|tickets|form|forms|template|requester|automatic|automatically|normally|usual|questions|records|whoever|\
                  otherwise|unless|whatever|closure|in theory|hypothetical|suppose|supposing|for the record|on record",
    },
];
