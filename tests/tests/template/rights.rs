//! A role holds what the code of its functions uses, and no more. The local AWS enforces no policy, so this is read off the
//! source: which functions an operation's own file reaches, and what those ask of the store, the vendors and AWS.

use crate::rust::{Crate, Function, module};
use crate::template::{self, Template};
use crate::uses::{Right, capability, is_on, qualifier, repeating, uses};
use std::collections::{BTreeMap, BTreeSet};

/// The sources that an operation may reach: its service, and the desk.
struct Sources {
    service: Crate,
    desk: Crate,
}

impl Sources {
    /// What the operation's own file uses, by itself and by what it calls.
    fn needs(&self, operation: &str) -> BTreeSet<Right> {
        let mut open: Vec<(&Crate, &Function)> = self
            .handlers(operation)
            .map(|function| (&self.service, function))
            .collect();
        assert!(
            !open.is_empty(),
            "{operation} has no file of its own with a public function"
        );
        let mut seen = BTreeSet::new();
        let mut needs = BTreeSet::new();
        while let Some((of, function)) = open.pop() {
            if seen.insert((
                function.file.clone(),
                function.of.clone(),
                function.name.clone(),
            )) {
                needs.extend(uses(of, function));
                open.extend(self.called(of, function));
            }
        }
        needs.extend(repeating(self.handlers(operation), &needs));
        needs
    }

    /// The public functions of the operation's own file.
    fn handlers(&self, operation: &str) -> impl Iterator<Item = &Function> {
        let functions = self.service.functions.iter();
        functions.filter(move |function| module(&function.file) == operation && function.is_public)
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
            let qualifier = qualifier(tokens, at);
            let candidates = of
                .functions
                .iter()
                .filter(|function| function.name == *name);
            let fits = |function: &&Function| {
                let named =
                    |word: &str| function.file == caller.file || of.names(&caller.file, word);
                match (before, qualifier) {
                    (".", _) => is_called && function.of.as_ref().is_some_and(|of| named(of)),
                    (_, Some("Self")) => function.of == caller.of,
                    (_, Some(word)) => {
                        function.of.as_deref() == Some(word) || module(&function.file) == word
                    }
                    _ if is_called => function.of.is_none() && named(module(&function.file)),
                    _ => function.of.is_none() && function.file == caller.file,
                }
            };
            let near: Vec<&Function> = candidates.filter(fits).collect();
            let here: Vec<&Function> = near
                .iter()
                .copied()
                .filter(|function| function.file == caller.file)
                .collect();
            let chosen = if here.is_empty() { near } else { here };
            let is_store = before == "." && is_on(tokens, at, "store");
            if !chosen.is_empty() && !is_store {
                called.extend(chosen.into_iter().map(|function| (of, function)));
            } else if is_called && before != "." && matches!(qualifier, None | Some("desk")) {
                let desk = self.desk.functions.iter().filter(|function| {
                    function.name == *name && function.of.is_none() && function.is_public
                });
                called.extend(desk.map(|function| (&self.desk, function)));
            }
        }
        called
    }
}

/// What a function needs because of how it is deployed.
fn deployed_needs(function: &template::Function) -> BTreeSet<Right> {
    let log = ["logs:CreateLogStream", "logs:PutLogEvents"]
        .map(|action| (function.log.clone(), action.to_owned()));
    let receive = [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    ];
    let queues = function
        .consumes
        .iter()
        .flat_map(|queue| receive.map(|action| (queue.clone(), action.to_owned())));
    log.into_iter().chain(queues).collect()
}

/// Each role with the functions that have it and what each of them needs.
fn roles(template: &Template) -> BTreeMap<String, BTreeMap<String, BTreeSet<Right>>> {
    let mut roles: BTreeMap<String, BTreeMap<String, BTreeSet<Right>>> = BTreeMap::new();
    for function in template.functions() {
        let service = Crate::read(&format!("functions/{}/src", function.service));
        let sources = Sources {
            service,
            desk: Crate::read("shared/desk/src"),
        };
        let mut needs = sources.needs(&function.operation);
        needs.extend(deployed_needs(&function));
        roles
            .entry(function.role)
            .or_default()
            .insert(function.operation, needs);
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
            .flat_map(|statement| {
                statement.resources.iter().flat_map(|name| {
                    statement
                        .actions
                        .iter()
                        .map(|action| (name.clone(), action.clone()))
                })
            })
            .collect();
        wrong.extend(
            used.difference(&held)
                .map(|right| format!("{role} lacks {right:?}")),
        );
        wrong.extend(
            held.difference(&used)
                .map(|right| format!("{role} holds {right:?}, which nobody uses")),
        );
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
            wrong.extend(
                all.difference(&own)
                    .map(|more| format!("{role} lets {operation} do {more:?}, which it does not")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
