//! The five contracts that the API keeps, and the part of its document that is of one of them.

use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub(crate) enum Contract {
    /// The automation of an IT service desk.
    A,
    /// Workflows, tasks, people and messages.
    B,
    /// Monitoring of data pipelines.
    C,
    /// IT support requests with people in the loop.
    D,
    /// Tickets, keys, billing and themes of many organizations.
    E,
}

use Contract::{A, B, C, D, E};

/// The contracts of each family of paths. A path is of the longest family that it begins with; what no contract documents is with the
/// contract whose service it belongs to, and with none where there is no such service.
const FAMILIES: &[(&str, &[Contract])] = &[
    ("/", &[D]),
    ("/account", &[C]),
    ("/admin/v1", &[A]),
    ("/airflow-monitor", &[C]),
    ("/api/audit-trail", &[C]),
    ("/api/closed-tickets", &[C]),
    ("/api/comments", &[B]),
    ("/api/docs", &[B]),
    ("/api/export", &[C]),
    ("/api/in-progress-tickets", &[C]),
    ("/api/login", &[C]),
    ("/api/me", &[C]),
    ("/api/open-tickets", &[C]),
    ("/api/register", &[C]),
    ("/api/remediation-callback", &[C]),
    ("/api/remediation-failed-tickets", &[C]),
    ("/api/summary", &[C]),
    ("/api/tickets", &[C]),
    ("/api/v1/audit", &[A]),
    ("/api/v1/checkout", &[E]),
    ("/api/v1/classifier", &[A]),
    ("/api/v1/classify_ticket", &[A]),
    ("/api/v1/customers", &[E]),
    ("/api/v1/delivery", &[A]),
    ("/api/v1/executor", &[A]),
    ("/api/v1/inbox", &[A]),
    ("/api/v1/invoices", &[E]),
    ("/api/v1/keys", &[E]),
    ("/api/v1/metrics", &[E]),
    ("/api/v1/notifications", &[E]),
    ("/api/v1/notifications/send", &[B]),
    ("/api/v1/orchestration", &[A]),
    ("/api/v1/organizations", &[E]),
    ("/api/v1/playbooks", &[A]),
    ("/api/v1/preferences", &[E]),
    ("/api/v1/roles", &[B]),
    ("/api/v1/subscriptions", &[E]),
    ("/api/v1/themes", &[E]),
    ("/api/v1/tickets", &[E]),
    ("/api/v1/user-roles", &[B]),
    ("/api/v1/users", &[B]),
    ("/api/v1/verification", &[A]),
    ("/api/v1/webhooks/stripe", &[E]),
    ("/api/v1/workflows", &[E]),
    ("/api/v2/notifications", &[B]),
    ("/approvals", &[A]),
    ("/audit", &[B]),
    ("/azure-monitor", &[C]),
    ("/dashboard", &[C]),
    ("/databricks-monitor", &[C]),
    ("/docs", &[B, D]),
    ("/events", &[D]),
    ("/health", &[A, D]),
    ("/hil", &[D]),
    ("/invitations", &[E]),
    ("/jira-webhook", &[C]),
    ("/login", &[C]),
    ("/logout", &[B]),
    ("/logs", &[A]),
    ("/metrics", &[A]),
    ("/oidc", &[]),
    ("/postman.json", &[]),
    ("/ready", &[A]),
    ("/redoc", &[D]),
    ("/request", &[D]),
    ("/schema", &[B]),
    ("/tasks", &[B]),
    ("/tickets", &[D]),
    ("/token", &[B]),
    ("/verify-email", &[B]),
    ("/webhooks", &[A]),
    ("/workflows", &[B]),
    ("/ws", &[C]),
    ("/ws/comments", &[B]),
    ("/{service}/health", &[A]),
];

/// The contracts that `path` is of; `None` when no family of paths has it.
fn contracts(path: &str) -> Option<&'static [Contract]> {
    let path = path
        .strip_suffix('/')
        .filter(|short| !short.is_empty())
        .unwrap_or(path);
    let inside = |family: &str| {
        path.strip_prefix(family)
            .is_some_and(|rest| rest.is_empty() || (family != "/" && rest.starts_with('/')))
    };
    FAMILIES
        .iter()
        .filter(|(family, _)| inside(family))
        .max_by_key(|(family, _)| family.len())
        .map(|(_, contracts)| *contracts)
}

impl Contract {
    /// The part of `document` that is of this contract: its paths, and the schemas and services that they name.
    pub(crate) fn part(self, mut document: Value) -> Value {
        if let Some(paths) = document["paths"].as_object_mut() {
            paths.retain(|path, _| contracts(path).is_some_and(|of| of.contains(&self)));
        }
        let mut named = BTreeSet::new();
        schemas_named(
            &document["paths"],
            &document["components"]["schemas"],
            &mut named,
        );
        if let Some(schemas) = document["components"]["schemas"].as_object_mut() {
            schemas.retain(|name, _| named.contains(name));
        }
        let services: BTreeSet<String> = crate::document::operations(&document)
            .map(|(_, _, said)| said["tags"][0].to_string())
            .collect();
        if let Some(tags) = document["tags"].as_array_mut() {
            tags.retain(|tag| services.contains(&tag["name"].to_string()));
        }
        document["info"]["title"] = json!(format!("Deskhand, contract {self:?}"));
        document
    }
}

/// Puts into `named` the names of the schemas that `value` refers to, and of those that they refer to.
fn schemas_named(value: &Value, schemas: &Value, named: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let name = members
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|path| path.strip_prefix("#/components/schemas/"));
            if let Some(name) = name
                && named.insert(name.to_owned())
            {
                schemas_named(&schemas[name], schemas, named);
            }
            for member in members.values() {
                schemas_named(member, schemas, named);
            }
        }
        Value::Array(items) => {
            for item in items {
                schemas_named(item, schemas, named);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{document, operations};

    #[test]
    fn every_path_of_the_document_is_of_a_family() {
        for (method, path, _) in operations(document().unwrap()) {
            assert!(
                contracts(path).is_some(),
                "say in FAMILIES which contract {method} {path} is of"
            );
        }
    }

    #[test]
    fn a_path_is_of_its_longest_family_with_or_without_a_slash_at_the_end() {
        assert_eq!(
            contracts("/api/v1/notifications/{id}/read"),
            Some([E].as_slice())
        );
        assert_eq!(
            contracts("/api/v1/notifications/send/"),
            Some([B].as_slice())
        );
        assert_eq!(contracts("/tickets"), Some([D].as_slice()));
        assert_eq!(contracts("/"), Some([D].as_slice()));
        assert_eq!(contracts("/ticketsale"), None);
    }

    #[test]
    fn a_part_has_only_its_own_paths_and_every_schema_that_they_name() {
        let whole = document().unwrap();
        let part = Contract::A.part(whole.clone());
        assert!(part["paths"]["/api/v1/playbooks"].is_object());
        assert!(part["paths"].get("/redoc").is_none());
        let mut named = BTreeSet::new();
        schemas_named(&part["paths"], &whole["components"]["schemas"], &mut named);
        let schemas = part["components"]["schemas"].as_object().unwrap();
        assert_eq!(named, schemas.keys().cloned().collect());
        assert!(schemas.len() < whole["components"]["schemas"].as_object().unwrap().len());
        let tags: Vec<&str> = part["tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| tag["name"].as_str().unwrap())
            .collect();
        assert!(
            tags.contains(&"classifier") && !tags.contains(&"accounts"),
            "{tags:?}"
        );
    }
}
