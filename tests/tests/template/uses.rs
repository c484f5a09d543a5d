//! What a function asks of the tables, the vendors and AWS, read off its source.

use crate::rust::{Crate, Function};
use std::collections::BTreeSet;

/// A resource and an action on it.
pub(crate) type Right = (String, String);

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
    (
        "executions",
        &[
            ("Executions/by_start", QUERY),
            ("Executions", "dynamodb:BatchGetItem"),
            ("Tickets", GET),
        ],
    ),
    ("inbox", &[("Inbox", GET)]),
    ("key_by_hash", &[("Accounts", GET)]),
    ("next_number", &[("Tickets", UPDATE)]),
    ("note_unverified", &[("Ephemeral", PUT)]),
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
    STORE
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, rights)| *rights)
}

/// Whether the method at `at` is called on `what` or `what()`.
pub(crate) fn is_on(tokens: &[String], at: usize, what: &str) -> bool {
    let before = |back: usize| at.checked_sub(back).map_or("", |at| tokens[at].as_str());
    before(1) == "."
        && (before(2) == what || (before(2) == ")" && before(3) == "(" && before(4) == what))
}

/// What stands before the `::` before the name at `at`; none in `field: name(…)`.
pub(crate) fn qualifier(tokens: &[String], at: usize) -> Option<&str> {
    let before = tokens.get(at.checked_sub(3)?..at)?;
    (before[1] == ":" && before[2] == ":").then(|| before[0].as_str())
}

/// What a function uses by itself.
pub(crate) fn uses(of: &Crate, function: &Function) -> BTreeSet<Right> {
    let tokens = &function.tokens;
    let writes = tokens
        .iter()
        .any(|token| token == "write" || token == "Write");
    let mut rights: BTreeSet<Right> = BTreeSet::new();
    let mut add =
        |resource: &str, action: &str| rights.insert((resource.to_owned(), action.to_owned()));
    for at in 1..tokens.len().saturating_sub(1) {
        let name = tokens[at].as_str();
        if name == "Caller" && tokens[at + 1] == "<" {
            add("Accounts", GET);
        }
        if tokens[at + 1] != "(" {
            continue;
        }
        let qualifier = qualifier(tokens, at);
        if is_on(tokens, at, "store") {
            let known = STORE_NOTHING.contains(&name);
            let asked = store_rights(name).unwrap_or_else(|| {
                assert!(
                    known,
                    "say in uses.rs what Store::{name} asks of the tables"
                );
                &[]
            });
            for (resource, action) in asked {
                add(resource, action);
            }
        } else if tokens[at - 1] == "." && writes {
            let rows = ROWS
                .iter()
                .filter(|(row, _)| *row == name)
                .flat_map(|(_, rights)| *rights);
            for (resource, action) in rows {
                add(resource, action);
            }
        }
        if qualifier == Some("outside") {
            let (_, secret) = VENDORS
                .iter()
                .find(|(port, _)| *port == name)
                .expect("say in uses.rs whose port this is");
            add(secret, "secretsmanager:GetSecretValue");
        }
        if name == "verify_source" {
            add("Accounts", GET);
        }
        if name == "unverified" && qualifier == Some("kit") {
            add("Ephemeral", PUT);
        }
        if is_on(tokens, at, "seal") {
            add(
                "SealKey",
                if name == "open" {
                    "kms:Decrypt"
                } else {
                    "kms:Encrypt"
                },
            );
        }
        if is_on(tokens, at, "queues") {
            let name = of
                .text(&tokens[at + 2])
                .expect("a queue is named by a text or a constant, so that this test can read it");
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
    name.to_lowercase()
        .split('_')
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect()
}

/// A right without its exact action: which resource, and whether it is read, changed or used.
pub(crate) fn capability((resource, action): &Right) -> (String, &'static str) {
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

#[test]
fn the_table_of_the_stores_functions_is_complete() {
    // The store's own helpers, public only there.
    let inner = ["batch", "client", "get", "get_item", "name", "partition"];
    let store = Crate::read("shared/store/src");
    let public = store
        .functions
        .iter()
        .filter(|function| function.of.as_deref() == Some("Store") && function.is_public);
    let public: BTreeSet<&str> = public.map(|function| function.name.as_str()).collect();
    for name in &public {
        let known =
            store_rights(name).is_some() || STORE_NOTHING.contains(name) || inner.contains(name);
        assert!(
            known,
            "say in uses.rs what Store::{name} asks of the tables"
        );
    }
    for (name, _) in STORE {
        assert!(public.contains(name), "the store has no {name}");
    }
}
