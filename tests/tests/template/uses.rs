//! What a function asks of the tables, the vendors and AWS, read off its source.

use crate::rust::{Crate, Function};
use std::collections::BTreeSet;

/// A resource and an action on it.
pub(crate) type Right = (String, String);

const GET: &str = "dynamodb:GetItem";
const QUERY: &str = "dynamodb:Query";
const PUT: &str = "dynamodb:PutItem";
const UPDATE: &str = "dynamodb:UpdateItem";
const DELETE: &str = "dynamodb:DeleteItem";
const CHECK: &str = "dynamodb:ConditionCheckItem";

/// What each of the store's functions does, but `write`, whose rows say it.
const STORE: &[(&str, &[(&str, &str)])] = &[
    ("action", &[("Executions", GET)]),
    ("add_key_usage", &[("Accounts", UPDATE)]),
    ("approval", &[("Executions", GET)]),
    ("approval_link", &[("Ephemeral", GET)]),
    ("approvals", &[("Executions", QUERY)]),
    ("begin_company_sign_in", &[("Ephemeral", PUT)]),
    ("begin_idempotent", &[("Ephemeral", PUT)]),
    ("cap_reached", &[("Ephemeral", GET)]),
    ("count", &[("Accounts", GET)]),
    ("count_decisions", &[("Tickets", UPDATE)]),
    ("count_delivery", &[("Inbox", UPDATE)]),
    ("count_failure", &[("Ephemeral", UPDATE)]),
    ("count_opinion", &[("Ephemeral", UPDATE)]),
    ("count_mail", &[("Ephemeral", GET), ("Ephemeral", PUT)]),
    ("count_push", &[("Ephemeral", GET), ("Ephemeral", PUT)]),
    ("count_question", &[("Ephemeral", GET), ("Ephemeral", PUT)]),
    ("credential", &[("Executions", GET)]),
    ("decision", &[("Tickets", GET)]),
    ("decisions", &[("Tickets", QUERY)]),
    ("delivery", &[("Executions", GET)]),
    ("disabled_account", &[("Executions", GET)]),
    ("end_company_sign_in", &[("Ephemeral", DELETE)]),
    ("example", &[("Tickets", GET)]),
    ("examples", &[("Tickets", QUERY)]),
    ("execution", &[("Executions", GET)]),
    (
        "executions",
        &[
            ("Executions/by_start", QUERY),
            ("Executions", "dynamodb:BatchGetItem"),
            ("Tickets", GET),
        ],
    ),
    ("failures", &[("Ephemeral", GET)]),
    ("forget_failures", &[("Ephemeral", DELETE)]),
    ("free_idempotent", &[("Ephemeral", DELETE)]),
    ("grant", &[("Executions", GET)]),
    ("grants_due", &[("Executions/due", QUERY)]),
    ("grants_to", &[("Executions", QUERY)]),
    (
        "idle_machines",
        &[("Playbooks/idle", QUERY), ("Playbooks", GET)],
    ),
    ("inbox", &[("Inbox", GET)]),
    ("invitation", &[("Ephemeral", GET)]),
    ("keep_idempotent", &[("Ephemeral", PUT)]),
    ("key", &[("Accounts", GET)]),
    ("key_rows", &[("Accounts", "dynamodb:BatchGetItem")]),
    ("key_usage", &[("Accounts", QUERY)]),
    ("keys", &[("Accounts", QUERY)]),
    ("keys_between", &[("Accounts", QUERY)]),
    ("live_runs", &[("Executions/live", QUERY)]),
    ("login", &[("Accounts", GET)]),
    ("logins", &[("Accounts", QUERY)]),
    ("machine", &[("Playbooks", GET)]),
    ("next_global_number", &[("Accounts", UPDATE)]),
    ("next_number", &[("Tickets", UPDATE)]),
    ("note_unverified", &[("Ephemeral", PUT)]),
    ("pass_address", &[("Ephemeral", UPDATE)]),
    ("pass_key", &[("Accounts", UPDATE)]),
    ("pass_session", &[("Accounts", UPDATE)]),
    ("pass_tenant", &[("Accounts", UPDATE)]),
    ("password", &[("Accounts", GET)]),
    ("ping", &[("Ephemeral", GET)]),
    ("playbook", &[("Playbooks", GET)]),
    ("playbook_above", &[("Playbooks", GET)]),
    ("playbook_of", &[("Playbooks", GET)]),
    ("playbook_version", &[("Playbooks", GET)]),
    ("playbook_version_of", &[("Playbooks", GET)]),
    ("playbook_versions", &[("Playbooks", QUERY)]),
    (
        "playbook_versions_of",
        &[("Playbooks", GET), ("Playbooks", QUERY)],
    ),
    ("playbooks", &[("Playbooks", QUERY)]),
    ("playbooks_of", &[("Playbooks", GET), ("Playbooks", QUERY)]),
    ("policy", &[("Playbooks", GET)]),
    (
        "policy_of",
        &[("Playbooks", "dynamodb:BatchGetItem"), ("Playbooks", GET)],
    ),
    ("policy_version", &[("Playbooks", GET)]),
    ("prompt", &[("Executions", GET)]),
    ("prompts", &[("Executions", QUERY)]),
    ("publish_signing_key", &[("Accounts", PUT)]),
    ("put_machine", &[("Playbooks", PUT)]),
    ("put_verification", &[("Ephemeral", PUT)]),
    ("receive", &[("Inbox", PUT), ("Inbox", UPDATE)]),
    ("records", &[("Audit", QUERY)]),
    ("rotate", &[("Accounts", UPDATE), ("Accounts", GET)]),
    ("set_prompt_handle", &[("Executions", UPDATE)]),
    ("script_list", &[("Playbooks", GET)]),
    ("script_list_version", &[("Playbooks", GET)]),
    ("script_run", &[("Executions", GET)]),
    ("script_runs", &[("Executions", QUERY)]),
    (
        "rules_of",
        &[("Playbooks", "dynamodb:BatchGetItem"), ("Playbooks", GET)],
    ),
    ("rules_version", &[("Playbooks", GET)]),
    ("settle", &[("Inbox", UPDATE)]),
    ("sign_in", &[("Accounts", GET)]),
    ("signing_key", &[("Accounts", GET)]),
    ("simulation", &[("Playbooks", GET)]),
    ("source_by_id", &[("Accounts", GET)]),
    ("tally", &[("Tickets", GET)]),
    ("tenant", &[("Accounts", GET)]),
    ("tenant_named", &[("Accounts", GET)]),
    ("tenant_of_domain", &[("Accounts", GET)]),
    ("tenants", &[("Accounts", "dynamodb:BatchGetItem")]),
    ("ticket", &[("Tickets", GET)]),
    ("ticket_named", &[("Tickets", GET)]),
    ("track", &[("Tickets", GET)]),
    ("unsettled", &[("Inbox/unsettled", QUERY)]),
    ("user", &[("Accounts", GET)]),
    ("users", &[("Accounts", QUERY)]),
    ("users_from", &[("Accounts", QUERY)]),
    ("verification", &[("Ephemeral", GET)]),
];

/// Functions of the store that ask nothing of a table.
const STORE_NOTHING: [&str; 3] = ["new", "prompt_id", "write"];

/// What each row of a `Write` asks.
const ROWS: &[(&str, &[(&str, &str)])] = &[
    ("ticket", &[("Tickets", PUT), ("Audit", PUT)]),
    ("execution", &[("Executions", PUT), ("Audit", PUT)]),
    ("name", &[("Tickets", PUT)]),
    ("decision", &[("Tickets", PUT)]),
    ("example", &[("Tickets", PUT)]),
    ("track", &[("Tickets", PUT)]),
    ("prompt", &[("Executions", PUT)]),
    ("approval", &[("Executions", PUT)]),
    ("approval_link", &[("Ephemeral", PUT)]),
    ("credential", &[("Executions", PUT)]),
    ("delivery", &[("Executions", PUT)]),
    ("action", &[("Executions", PUT)]),
    ("grant", &[("Executions", PUT)]),
    ("account_disabled", &[("Executions", PUT)]),
    ("account_not_disabled", &[("Executions", CHECK)]),
    ("script_run", &[("Executions", PUT)]),
    ("script_list", &[("Playbooks", PUT), ("Audit", PUT)]),
    ("user", &[("Accounts", PUT), ("Audit", PUT)]),
    ("new_sign_in", &[("Accounts", PUT)]),
    ("standing", &[("Accounts", UPDATE)]),
    ("open_session", &[("Accounts", UPDATE)]),
    ("close_session", &[("Accounts", UPDATE)]),
    ("password", &[("Accounts", PUT)]),
    ("login", &[("Accounts", PUT)]),
    ("login_gone", &[("Accounts", DELETE)]),
    ("count", &[("Accounts", PUT)]),
    ("key", &[("Accounts", PUT), ("Audit", PUT)]),
    ("made_by_user", &[("Accounts", CHECK)]),
    ("made_by_key", &[("Accounts", CHECK)]),
    ("new_key_row", &[("Accounts", PUT)]),
    ("key_row", &[("Accounts", UPDATE)]),
    ("tenant", &[("Accounts", PUT), ("Audit", PUT)]),
    ("domain", &[("Accounts", PUT)]),
    ("source", &[("Accounts", PUT)]),
    ("playbooks_from", &[("Playbooks", PUT)]),
    ("playbook", &[("Playbooks", PUT), ("Audit", PUT)]),
    ("playbook_version", &[("Playbooks", PUT)]),
    ("machine", &[("Playbooks", PUT)]),
    ("policy", &[("Playbooks", PUT)]),
    ("policy_given_up", &[("Playbooks", PUT)]),
    ("rules", &[("Playbooks", PUT)]),
    ("capped", &[("Ephemeral", UPDATE)]),
    ("simulation", &[("Playbooks", PUT), ("Audit", PUT)]),
    ("gate_standing", &[("Accounts", UPDATE)]),
    ("source_standing", &[("Accounts", UPDATE)]),
    ("invitation", &[("Ephemeral", PUT)]),
    ("invitation_used", &[("Ephemeral", DELETE)]),
];

/// Functions of a `Write` that add no row.
const NO_ROW: [&str; 3] = ["beside", "commit", "commit_returning"];

/// Methods whose calls may carry an `Idempotency-Key`.
const REPEATABLE: [&str; 3] = ["post", "put", "patch"];

/// Which integrations serve each port.
const VENDORS: [(&str, &str); 15] = [
    ("accounts", "secret entra"),
    ("directory", "secret entra"),
    ("groups", "secret entra"),
    ("licences", "secret entra"),
    ("methods", "secret entra"),
    ("oidc", "secret oidc"),
    ("presence", "secret entra"),
    ("resets", "secret entra"),
    ("rights", "secret entra"),
    ("psa", "secret halopsa"),
    ("sms", "secret twilio"),
    ("scripts", "secret ninjaone"),
    ("scripts", "secret datto"),
    ("scripts_by", "secret ninjaone"),
    ("scripts_by", "secret datto"),
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
        if ["Caller", "SelfOr", "Session"].contains(&name) && tokens[at + 1] == "<" {
            // The key that its token is signed with, and the counts of its windows.
            add("Accounts", GET);
            add("Accounts", UPDATE);
        }
        if name == "Anyone" && [",", ")"].contains(&tokens[at + 1].as_str()) {
            add("Ephemeral", UPDATE);
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
        } else if tokens[at - 1] == "." && writes && tokens[at + 2] != ")" {
            let rows = ROWS
                .iter()
                .filter(|(row, _)| *row == name)
                .flat_map(|(_, rights)| *rights);
            for (resource, action) in rows {
                add(resource, action);
            }
        }
        if qualifier == Some("outside") && name == "second_opinion" {
            add("model", "bedrock:InvokeModel");
        } else if qualifier == Some("outside") {
            let mut serving = VENDORS.iter().filter(|(port, _)| *port == name).peekable();
            assert!(
                serving.peek().is_some(),
                "say in uses.rs whose port {name} is"
            );
            for (_, secret) in serving {
                add(secret, "secretsmanager:GetSecretValue");
            }
        }
        if name == "verify_source" || (name == "verify" && qualifier == Some("token")) {
            add("Accounts", GET);
        }
        if is_on(tokens, at, "signer") {
            match name {
                "public_key" => add("TokenKey", "kms:GetPublicKey"),
                "sign" => add("TokenKey", "kms:Sign"),
                other => panic!("say in uses.rs what Signer::{other} asks of KMS"),
            };
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
        if is_on(tokens, at, "mail") && name == "send" {
            add("mail", "ses:SendEmail");
        }
        if is_on(tokens, at, "queues") {
            let name = of
                .text(&tokens[at + 2])
                .expect("a queue is named by a text or a constant, so that this test can read it");
            add(&queue(name), "sqs:SendMessage");
        }
        if is_on(tokens, at, "machines") {
            for (resource, action) in machine_rights(name) {
                add(resource, action);
            }
        }
    }
    rights
}

/// What each of the machines' functions asks of Step Functions. Any machine of the stack is started and answered; only those of
/// versions that tenants wrote are made and removed.
fn machine_rights(name: &str) -> &'static [(&'static str, &'static str)] {
    const ANY: &str = "machine *";
    const OWN: &str = "machine pb-*";
    match name {
        "start" => &[(ANY, "states:StartExecution")],
        "answer" => &[
            (ANY, "states:SendTaskSuccess"),
            (ANY, "states:SendTaskFailure"),
        ],
        "make" => &[
            (OWN, "states:CreateStateMachine"),
            (OWN, "states:UpdateStateMachine"),
            ("MachineRole", "iam:PassRole"),
        ],
        "is_at_work" => &[(OWN, "states:ListExecutions")],
        "remove" => &[(OWN, "states:DeleteStateMachine")],
        "catalogue_arn" | "own_arn" | "function_arn" => &[],
        other => panic!("say in uses.rs what Machines::{other} asks of Step Functions"),
    }
}

/// What the edge asks so that a call may be repeated: where a caller can be let in, a key that comes with the call is looked up
/// for them.
pub(crate) fn repeating<'a>(
    handlers: impl Iterator<Item = &'a Function>,
    needs: &BTreeSet<Right>,
) -> BTreeSet<Right> {
    let right = |(resource, action): (&str, &str)| (resource.to_owned(), action.to_owned());
    let mut routes = handlers.filter_map(|function| function.route.as_ref());
    let repeatable = routes.any(|route| REPEATABLE.contains(&route.method.as_str()));
    let lets_in = [("Accounts", GET), ("Accounts", UPDATE)].map(right);
    if repeatable && lets_in.iter().all(|right| needs.contains(right)) {
        [("Ephemeral", PUT), ("Ephemeral", DELETE)]
            .map(right)
            .into()
    } else {
        BTreeSet::new()
    }
}

/// The queue whose URL this environment variable holds.
fn queue(name: &str) -> String {
    name.to_lowercase()
        .split('_')
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect()
}

/// A right without its exact action: which resource, and whether it is read, changed or used. Everybody who is let in is
/// counted by an update, which is no change of an account.
pub(crate) fn capability((resource, action): &Right) -> (String, &'static str) {
    let resource = resource.split('/').next().unwrap_or_default().to_owned();
    let kind = match action.as_str() {
        GET | QUERY | "dynamodb:BatchGetItem" => "read",
        UPDATE if ["Accounts", "Ephemeral"].contains(&resource.as_str()) => "count",
        PUT | UPDATE | DELETE => "write",
        "kms:Encrypt" => "seal",
        "kms:Decrypt" => "open",
        _ => "use",
    };
    (resource, kind)
}

#[test]
fn the_table_of_the_stores_functions_is_complete() {
    // The store's own helpers, public only there.
    let inner = [
        "batch",
        "client",
        "get",
        "get_item",
        "held",
        "know_above",
        "known_above",
        "name",
        "number",
        "page_of",
        "partition",
        "pass",
    ];
    let store = Crate::read("shared/store/src");
    let public = public_of(&store, "Store");
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

#[test]
fn the_table_of_a_writes_rows_is_complete() {
    // The write's own helpers, public only in the store.
    let inner = ["new", "about", "audited", "records"];
    let store = Crate::read("shared/store/src");
    let public: BTreeSet<&str> = public_of(&store, "Write")
        .into_iter()
        .filter(|name| !inner.contains(name))
        .collect();
    let known: BTreeSet<&str> = ROWS.iter().map(|(name, _)| *name).chain(NO_ROW).collect();
    assert_eq!(
        public, known,
        "say in uses.rs what each row of a Write asks"
    );
}

/// The names of a type's public functions.
fn public_of<'a>(of: &'a Crate, name: &str) -> BTreeSet<&'a str> {
    of.functions
        .iter()
        .filter(|function| function.of.as_deref() == Some(name) && function.is_public)
        .map(|function| function.name.as_str())
        .collect()
}
