//! What each service is for: the descriptions of the document's tags.

use utoipa::openapi::OpenApi;

/// A sentence for each service.
const SERVICES: [(&str, &str); 10] = [
    (
        "classifier",
        "Reads a ticket and decides, with its reasons, whether a playbook can solve it.",
    ),
    (
        "playbook",
        "The playbooks: which there are, and what each does step by step.",
    ),
    (
        "orchestration",
        "Runs of playbooks: start one, follow it, and see what it waits for.",
    ),
    (
        "verification",
        "Asks a person on another channel whether they are who the ticket says.",
    ),
    (
        "executor",
        "Acts on a person's account once the proofs that the action needs are there.",
    ),
    (
        "delivery",
        "Brings a new credential to its owner and says whether it arrived.",
    ),
    (
        "webhooks",
        "Takes in what other systems report and says what became of it.",
    ),
    (
        "audit",
        "The record: what was done, by whom and with what proof, and whether it is whole.",
    ),
    (
        "accounts",
        "Organizations and their people: sign-ins, roles and API keys.",
    ),
    (
        "platform",
        "Whether Deskhand is alive and ready, and the documents of its API.",
    ),
];

/// Says of each service what it is for.
pub(crate) fn describe(document: &mut OpenApi) {
    for tag in document.tags.iter_mut().flatten() {
        let said = SERVICES.iter().find(|(name, _)| *name == tag.name);
        tag.description = said.map(|(_, what)| (*what).to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_has_its_sentence() {
        let services = crate::services();
        let names: Vec<&str> = services.iter().map(|service| service.name).collect();
        assert_eq!(names, SERVICES.map(|(name, _)| name));
    }
}
