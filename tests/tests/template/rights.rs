//! A role holds what the code of its functions uses, and no more. The local AWS enforces no policy, so this is read off the
//! source: which functions an operation's own file reaches, and what those ask of the store, the vendors and AWS.

use crate::rust::{Crate, Function, module};
use crate::template::{self, Template};
use std::collections::{BTreeMap, BTreeSet};

/// A resource and an action on it.
type Right = (String, String);

const GET: &str = "dynamodb:GetItem";
const QUERY: &str = "dynamodb:Query";
const PUT: &str = "dynamodb:PutItem";
const UPDATE: &str = "dynamodb:UpdateItem";

/// What each of the store's functions does, but `write`, whose rows say it.
const STORE: &[(&str, &[(&str, &str)])] = &[
    ("action", &[("Executions", GET)]),
    ("count_delivery", &[("Inbox", UPDATE)]),
    ("count_push", &[("Ephemeral", GET), ("Ephemeral", PUT)]),
    ("create_tenant", &[("Accounts", PUT)]),
    ("credential", &[("Executions", GET)]),
    ("decision", &[("Tickets", GET)]),
    ("decisions", &[("Tickets", QUERY)]),
    ("delivery", &[("Executions", GET)]),
    ("execution", &[("Executions", GET)]),
    ("executions", &[("Executions/by_start", QUERY), ("Executions", "dynamodb:BatchGetItem"), ("Tickets", GET)]),
    ("inbox", &[("Inbox", GET)]),
    ("key_by_hash", &[("Accounts", GET)]),
    ("next_number", &[("Tickets", UPDATE)]),
    ("ping", &[("Ephemeral", GET)]),
    ("playbook", &[("Playbooks", GET)]),
    ("playbook_version", &[("Playbooks", GET)]),
    ("playbooks", &[("Playbooks", QUERY)]),
    ("prompt", &[("Executions", GET)]),
    ("prompts", &[("Executions", QUERY)]),
    ("put_playbook", &[("Playbooks", PUT)]),
    ("receive", &[("Inbox", PUT), ("Inbox", UPDATE)]),
    ("records", &[("Audit", QUERY)]),
    ("set_prompt_handle", &[("Executions", UPDATE)]),
    ("settle", &[("Inbox", UPDATE)]),
    ("source_by_id", &[("Accounts", GET)]),
    ("tenant_named", &[("Accounts", GET)]),
    ("ticket", &[("Tickets", GET)]),
    ("ticket_named", &[("Tickets", GET)]),
    ("unsettled", &[("Inbox/unsettled", QUERY)]),
];

/// Functions of the store that ask nothing of a table.
const STORE_NOTHING: [&str; 3] = ["new", "prompt_id", "write"];

/// What each row of a `Write` puts.
const ROWS: [(&str, &[(&str, &str)]); 8] = [
    ("ticket", &[("Tickets", PUT), ("Audit", PUT)]),
    ("execution", &[("Executions", PUT), ("Audit", PUT)]),
    ("name", &[("Tickets", PUT)]),
    ("decision", &[("Tickets", PUT)]),
    ("prompt", &[("Executions", PUT)]),
    ("credential", &[("Executions", PUT)]),
    ("delivery", &[("Executions", PUT)]),
    ("action", &[("Executions", PUT)]),
];

/// Which integration serves each port.
const VENDORS: [(&str, &str); 5] = [
    ("directory", "secret entra"),
    ("presence", "secret entra"),
    ("resets", "secret entra"),
    ("psa", "secret halopsa"),
    ("sms", "secret twilio"),
];

fn store_rights(name: &str) -> Option<&'static [(&'static str, &'static str)]> {
    STORE.iter().find(|(known, _)| *known == name).map(|(_, rights)| *rights)
}

/// The sources that an operation may reach: its service, and the desk.
struct Sources {
    service: Crate,
    desk: Crate,
}

impl Sources {
    /// What the operation's own file uses, by itself and by what it calls.
    fn needs(&self, operation: &str) -> BTreeSet<Right> {
        let mut open: Vec<(&Crate, &Function)> = self
            .service
            .functions
            .iter()
            .filter(|function| module(&function.file) == operation && function.is_public)
            .map(|function| (&self.service, function))
            .collect();
        assert!(!open.is_empty(), "{operation} has no file of its own with a public function");
        let mut seen = BTreeSet::new();
        let mut needs = BTreeSet::new();
        while let Some((of, function)) = open.pop() {
            if seen.insert((function.file.clone(), function.of.clone(), function.name.clone())) {
                needs.extend(uses(of, function));
                open.extend(self.called(of, function));
            }
        }
        needs
    }

    /// The functions that one calls.
    fn called<'a>(&'a self, of: &'a Crate, caller: &Function) -> Vec<(&'a Crate, &'a Function)> {
        let mut called = Vec::new();
        let tokens = &caller.tokens;
        for at in 1..tokens.len().saturating_sub(1) {
            let after = tokens[at + 1].as_str();
            // A function is called, or handed on by its name: `map_err(refused)`.
            let is_called = after == "(";
            if tokens[at - 1] == "fn" || !(is_called || [",", ")"].contains(&after)) {
                continue;
            }
            let (name, before) = (&tokens[at], tokens[at - 1].as_str());
            let qualifier = (before == ":" && at >= 3).then(|| tokens[at - 3].as_str());
            let candidates = of.functions.iter().filter(|function| function.name == *name);
            let fits = |function: &&Function| {
                let named = |word: &str| function.file == caller.file || of.names(&caller.file, word);
                match (before, qualifier) {
                    (".", _) => is_called && function.of.as_ref().is_some_and(|of| named(of)),
                    (_, Some("Self")) => function.of == caller.of,
                    (_, Some(word)) => function.of.as_deref() == Some(word) || module(&function.file) == word,
                    _ if is_called => function.of.is_none() && named(module(&function.file)),
                    _ => function.of.is_none() && function.file == caller.file,
                }
            };
            let near: Vec<&Function> = candidates.filter(fits).collect();
            let here: Vec<&Function> = near.iter().copied().filter(|function| function.file == caller.file).collect();
            let chosen = if here.is_empty() { near } else { here };
            let is_store = before == "." && is_on(tokens, at, "store");
            if !chosen.is_empty() && !is_store {
                called.extend(chosen.into_iter().map(|function| (of, function)));
            } else if is_called && before != "." && matches!(qualifier, None | Some("desk")) {
                let desk = self.desk.functions.iter().filter(|function| function.name == *name && function.of.is_none() && function.is_public);
                called.extend(desk.map(|function| (&self.desk, function)));
            }
        }
        called
    }
}

/// Whether the method at `at` is called on `what` or `what()`.
fn is_on(tokens: &[String], at: usize, what: &str) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or("", |at| tokens[at].as_str());
    before(1) == "." && (before(2) == what || (before(2) == ")" && before(3) == "(" && before(4) == what))
}

/// What a function uses by itself.
fn uses(of: &Crate, function: &Function) -> BTreeSet<Right> {
    let tokens = &function.tokens;
    let writes = tokens.iter().any(|token| token == "write" || token == "Write");
    let mut rights: BTreeSet<Right> = BTreeSet::new();
    let mut add = |resource: &str, action: &str| rights.insert((resource.to_owned(), action.to_owned()));
    for at in 1..tokens.len().saturating_sub(1) {
        let name = tokens[at].as_str();
        if name == "Caller" && tokens[at + 1] == "<" {
            add("Accounts", GET);
        }
        if tokens[at + 1] != "(" {
            continue;
        }
        let qualifier = (tokens[at - 1] == ":" && at >= 3).then(|| tokens[at - 3].as_str());
        if is_on(tokens, at, "store") {
            let known = STORE_NOTHING.contains(&name);
            let asked = store_rights(name).unwrap_or_else(|| {
                assert!(known, "say in rights.rs what Store::{name} asks of the tables");
                &[]
            });
            asked.iter().for_each(|(resource, action)| {
                add(resource, action);
            });
        } else if tokens[at - 1] == "." && writes {
            let rows = ROWS.iter().filter(|(row, _)| *row == name).flat_map(|(_, rights)| *rights);
            rows.for_each(|(resource, action)| {
                add(resource, action);
            });
        }
        if qualifier == Some("outside") {
            let (_, secret) = VENDORS.iter().find(|(port, _)| *port == name).expect("say in rights.rs whose port this is");
            add(secret, "secretsmanager:GetSecretValue");
        }
        if name == "verify_source" {
            add("Accounts", GET);
        }
        if is_on(tokens, at, "seal") {
            add("SealKey", if name == "open" { "kms:Decrypt" } else { "kms:Encrypt" });
        }
        if is_on(tokens, at, "queues") {
            let name = of.text(&tokens[at + 2]).expect("a queue is named by a text or a constant, so that this test can read it");
            add(&queue(name), "sqs:SendMessage");
        }
        if is_on(tokens, at, "machines") && name == "start" {
            add("machine password_reset", "states:StartExecution");
        }
        if is_on(tokens, at, "machines") && name == "answer" {
            add("machine password_reset", "states:SendTaskSuccess");
            add("machine password_reset", "states:SendTaskFailure");
        }
    }
    rights
}

/// The queue whose URL this environment variable holds.
fn queue(name: &str) -> String {
    name.to_lowercase().split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect()
}

/// What a function needs because of how it is deployed.
fn deployed_needs(function: &template::Function) -> BTreeSet<Right> {
    let log = ["logs:CreateLogStream", "logs:PutLogEvents"].map(|action| (function.log.clone(), action.to_owned()));
    let receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"];
    let queues = function.consumes.iter().flat_map(|queue| receive.map(|action| (queue.clone(), action.to_owned())));
    log.into_iter().chain(queues).collect()
}

/// A right without its exact action: which resource, and whether it is read, changed or used.
fn capability((resource, action): &Right) -> (String, &'static str) {
    let resource = resource.split('/').next().unwrap_or_default().to_owned();
    let kind = match action.as_str() {
        GET | QUERY | "dynamodb:BatchGetItem" => "read",
        PUT | UPDATE => "write",
        "kms:Encrypt" => "seal",
        "kms:Decrypt" => "open",
        _ => "use",
    };
    (resource, kind)
}

/// Each role with the functions that have it and what each of them needs.
fn roles(template: &Template) -> BTreeMap<String, BTreeMap<String, BTreeSet<Right>>> {
    let mut roles: BTreeMap<String, BTreeMap<String, BTreeSet<Right>>> = BTreeMap::new();
    for function in template.functions() {
        let service = Crate::read(&format!("functions/{}/src", function.service));
        let sources = Sources { service, desk: Crate::read("shared/desk/src") };
        let mut needs = sources.needs(&function.operation);
        needs.extend(deployed_needs(&function));
        roles.entry(function.role).or_default().insert(function.operation, needs);
    }
    roles
}

#[test]
fn a_role_holds_what_its_functions_use_and_no_more() {
    let template = Template::read();
    let granted = template.roles();
    let mut wrong = Vec::new();
    for (role, functions) in roles(&template) {
        let used: BTreeSet<Right> = functions.values().flatten().cloned().collect();
        let held: BTreeSet<Right> = granted[role.as_str()]
            .iter()
            .flat_map(|statement| statement.resources.iter().flat_map(|name| statement.actions.iter().map(|action| (name.clone(), action.clone()))))
            .collect();
        wrong.extend(used.difference(&held).map(|right| format!("{role} lacks {right:?}")));
        wrong.extend(held.difference(&used).map(|right| format!("{role} holds {right:?}, which nobody uses")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn functions_share_a_role_only_when_they_can_do_the_same() {
    let mut wrong = Vec::new();
    for (role, functions) in roles(&Template::read()) {
        let all: BTreeSet<_> = functions.values().flatten().map(capability).collect();
        for (operation, needs) in &functions {
            let own: BTreeSet<_> = needs.iter().map(capability).collect();
            wrong.extend(all.difference(&own).map(|more| format!("{role} lets {operation} do {more:?}, which it does not")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_the_stores_functions_is_complete() {
    // The store's own helpers, public only there.
    let inner = ["batch", "client", "get", "get_item", "name", "partition"];
    let store = Crate::read("shared/store/src");
    let public = store.functions.iter().filter(|function| function.of.as_deref() == Some("Store") && function.is_public);
    let public: BTreeSet<&str> = public.map(|function| function.name.as_str()).collect();
    for name in &public {
        let known = store_rights(name).is_some() || STORE_NOTHING.contains(name) || inner.contains(name);
        assert!(known, "say in rights.rs what Store::{name} asks of the tables");
    }
    for (name, _) in STORE {
        assert!(public.contains(name), "the store has no {name}");
    }
}
