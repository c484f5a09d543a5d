//! The audit can prove itself: an honest chain holds, a touched one names the record.

use deskhand_tests::eventually;
use futures::future::join_all;
use serde_json::{Value, json};

use crate::desk::{Desk, Filed, PATIENCE, actions};

#[tokio::test]
async fn an_untouched_record_is_valid() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let verdict = desk.verified(&ticket.name).await;
    assert_eq!(verdict["valid"], true, "{verdict:#}");
    assert!(verdict.get("first_broken").is_none(), "{verdict:#}");
    let chains = verdict["chains"].as_array().unwrap();
    assert_eq!(chains.len(), 2, "{verdict:#}");
    for (chain, kind) in chains.iter().zip(["t#", "x#"]) {
        assert!(chain["subject"].as_str().unwrap().starts_with(kind));
        assert!(
            chain["valid"] == true && chain["records"].as_u64() > Some(3),
            "{chain}"
        );
    }
}

#[tokio::test]
async fn a_changed_record_is_named() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let chain = Chain::of(&desk, &ticket, 1).await;
    let mut record = chain.record(3).await;
    record["facts"]["M"]["step"] = json!({"S": "another_step"});
    chain.put(&record).await;
    assert_broken(&desk, &ticket, &chain, 3, "altered").await;
}

#[tokio::test]
async fn a_changed_time_of_a_ticket_s_record_is_named() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let chain = Chain::of(&desk, &ticket, 0).await;
    let mut record = chain.record(1).await;
    record["at"] = json!({"S": "2020-01-01T00:00:00Z"});
    chain.put(&record).await;
    assert_broken(&desk, &ticket, &chain, 1, "altered").await;
}

#[tokio::test]
async fn an_inserted_record_is_named() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let chain = Chain::of(&desk, &ticket, 1).await;
    // A copy of the last, where the next would stand.
    let mut record = chain.record(chain.length).await;
    let next = chain.length + 1;
    record["sk"] = json!({"S": format!("{next:012}")});
    record["seq"] = json!({"N": next.to_string()});
    chain.put(&record).await;
    let problem = broken(&desk, &ticket, &chain, next).await;
    assert!(
        ["altered", "inserted", "head"].contains(&problem.as_str()),
        "{problem}"
    );
}

#[tokio::test]
async fn a_record_put_in_the_place_of_another_is_named() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let chain = Chain::of(&desk, &ticket, 1).await;
    let mut record = chain.record(2).await;
    record["sk"] = json!({"S": format!("{:012}", 4)});
    record["seq"] = json!({"N": "4"});
    chain.put(&record).await;
    assert_broken(&desk, &ticket, &chain, 4, "altered").await;
}

#[tokio::test]
async fn a_record_removed_from_the_middle_is_named() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let chain = Chain::of(&desk, &ticket, 1).await;
    chain.delete(2).await;
    assert_broken(&desk, &ticket, &chain, 2, "missing").await;
}

#[tokio::test]
async fn the_last_record_removed_is_named() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let chain = Chain::of(&desk, &ticket, 1).await;
    chain.delete(chain.length).await;
    assert_broken(&desk, &ticket, &chain, chain.length, "missing").await;
}

#[tokio::test]
async fn a_whole_chain_removed_is_named() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let chain = Chain::of(&desk, &ticket, 1).await;
    for seq in 1..=chain.length {
        chain.delete(seq).await;
    }
    assert_broken(&desk, &ticket, &chain, 1, "missing").await;
}

#[tokio::test]
async fn twenty_calls_at_once_leave_a_chain_that_holds() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let before = Chain::of(&desk, &ticket, 0).await.length;
    let path = format!("/api/v1/audit/classifications/{}", ticket.name);
    let calls = (0..20).map(|_| async {
        // Beaten by the others, a call may be told to come again.
        eventually("an answer under contention", PATIENCE, || async {
            let (status, body) = desk.get(&path).await;
            assert!([200, 503].contains(&status), "{status} {body}");
            (status == 200).then_some(())
        })
        .await;
    });
    join_all(calls).await;
    let after = Chain::of(&desk, &ticket, 0).await;
    // Twenty readings, and the verification that told the length before.
    assert_eq!(after.length, before + 21);
    assert_eq!(desk.verified(&ticket.name).await["valid"], true);
}

#[tokio::test]
async fn reading_the_audit_is_audited() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let (_, run) = desk
        .get(&format!("/api/v1/orchestration/execution/{}", ticket.name))
        .await;
    let run = run["execution_id"].as_str().unwrap().to_owned();
    desk.story(&ticket.name).await;
    for path in [
        format!("classifications/{}", ticket.name),
        format!("steps/{run}"),
        format!("verify?ticket_id={}", ticket.name),
    ] {
        assert_eq!(desk.get(&format!("/api/v1/audit/{path}")).await.0, 200);
    }
    let story = desk.story(&ticket.name).await;
    let records = story["records"].as_array().unwrap();
    let read: Vec<_> = records
        .iter()
        .filter(|record| record["action"] == "audit.read")
        .collect();
    let what: Vec<_> = read.iter().map(|record| &record["facts"]["what"]).collect();
    assert_eq!(what, ["executions", "classifications", "steps", "chains"]);
    assert_eq!(read[2]["facts"]["execution"], run.as_str());
    assert!(
        read.iter().all(|record| record["actor"]["kind"] == "key"),
        "{read:#?}"
    );
}

#[tokio::test]
async fn the_story_of_a_reset_is_told_in_order() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let story = desk.story(&ticket.name).await;
    assert_eq!(story["ticket_id"], ticket.name.as_str());
    let of_ticket = actions(&story["records"]);
    let milestones = [
        "ticket.received",
        "ticket.classified",
        "ticket.execution_started",
        "ticket.resolved",
    ];
    assert_eq!(
        in_order(&of_ticket, &milestones),
        milestones,
        "{of_ticket:?}"
    );
    let run = &story["executions"][0];
    assert_eq!(
        (&run["status"], &run["generation"]),
        (&json!("completed"), &json!(1))
    );
    let of_run = actions(&run["records"]);
    let milestones = [
        "execution.started",
        "mfa.requested",
        "mfa.approved",
        "step.begun",
        "step.succeeded",
        "step.begun",
        "step.succeeded",
        "execution.completed",
    ];
    assert_eq!(of_run, milestones);
    for records in [&story["records"], &run["records"]] {
        let records = records.as_array().unwrap();
        for (number, pair) in (1..).zip(records.windows(2)) {
            assert_eq!(
                (&pair[0]["seq"], &pair[1]["prev_hash"]),
                (&json!(number), &pair[0]["hash"])
            );
        }
    }
}

#[tokio::test]
async fn the_story_of_a_decision_says_what_it_was_made_from() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let (status, audit) = desk
        .get(&format!("/api/v1/audit/classifications/{}", ticket.name))
        .await;
    assert_eq!(status, 200, "{audit}");
    let decisions = audit["classifications"].as_array().unwrap();
    assert_eq!(decisions.len(), 1, "{audit:#}");
    let decision = &decisions[0];
    let version = decision["classifier_version"].as_str().unwrap();
    assert!(version.starts_with("linear-1-"), "{version}");
    assert_eq!(decision["playbook_id"], "password_reset");
    assert!(decision["automated"] == true && decision["in_force"] == true);
    assert_eq!(decision["input_hash"].as_str().unwrap().len(), 32);
    assert!(!decision["reasons"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_story_of_a_step_names_its_proof_and_who_acted() {
    let desk = Desk::shared().await;
    let ticket = reset(&desk).await;
    let run = desk.ended(&ticket.name).await;
    let path = format!(
        "/api/v1/audit/steps/{}",
        run["execution_id"].as_str().unwrap()
    );
    let (status, audit) = desk.get(&path).await;
    assert_eq!((status, &audit["ticket_id"]), (200, &json!(ticket.name)));
    let steps = audit["steps"].as_array().unwrap();
    let of = |what: &str| {
        steps
            .iter()
            .map(|step| step[what].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("id"), ["verify_mfa", "reset_password", "deliver_sms"]);
    assert_eq!(
        of("service"),
        [
            "verification.mfa",
            "executor.reset_password",
            "delivery.sms"
        ]
    );
    assert_eq!(of("state"), ["succeeded"; 3]);
    assert_eq!(steps[0]["actor"], json!({"kind": "vendor", "id": "entra"}));
    assert_eq!(
        steps[1]["actor"],
        json!({"kind": "system", "id": "reset_password_task"})
    );
    let (asked, spent) = (&steps[0]["receipts"][0], &steps[1]["receipts"][0]);
    assert_eq!(asked["request_id"], spent["request_id"]);
    assert_eq!(spent["status"], "approved");
    let on = spent["spent_on"].as_str().unwrap();
    assert!(on.starts_with("reset_password:"), "{on}");
    let (begun, ended) = (&spent["spent_at"], &steps[1]["started_at"]);
    assert_eq!(begun, ended, "spending and intent are one write");
}

/// A reset to its end.
async fn reset(desk: &Desk<'_>) -> Filed {
    let john = desk.person("john.doe", "approve").await;
    let ticket = desk.locked_out(&john).await;
    let run = desk.ended(&ticket.name).await;
    assert_eq!(run["status"], "completed", "{run:#}");
    // The last to write: whoever handled the webhook of our own change.
    desk.note(&ticket, "finished").await;
    ticket
}

/// Those of `all` that are milestones, in the order they came.
fn in_order<'a>(all: &[&'a str], milestones: &[&str]) -> Vec<&'a str> {
    let picked = all.iter().filter(|action| milestones.contains(action));
    picked.copied().collect()
}

/// A chain in the table, as somebody with the keys to the house could touch it.
struct Chain<'a> {
    desk: &'a Desk<'a>,
    subject: String,
    length: u64,
}

impl<'a> Chain<'a> {
    /// The ticket's chain (0) or its first run's (1).
    async fn of(desk: &'a Desk<'a>, ticket: &Filed, which: usize) -> Self {
        let verdict = desk.verified(&ticket.name).await;
        assert_eq!(verdict["valid"], true, "{verdict:#}");
        let chain = &verdict["chains"][which];
        Self {
            desk,
            subject: chain["subject"].as_str().unwrap().to_owned(),
            length: chain["records"].as_u64().unwrap(),
        }
    }

    fn key(&self, seq: u64) -> Value {
        let tenant = self.desk.deployment.endpoints().tenant();
        let pk = format!("{tenant}#{}", self.subject);
        json!({"pk": {"S": pk}, "sk": {"S": format!("{seq:012}")}})
    }

    async fn call(&self, action: &str, mut ask: Value) -> Value {
        ask["TableName"] = format!("{}-audit", self.desk.deployment.stack()).into();
        self.desk.deployment.dynamodb(action, &ask).await.unwrap()
    }

    async fn record(&self, seq: u64) -> Value {
        let ask = json!({"Key": self.key(seq), "ConsistentRead": true});
        let found = self.call("GetItem", ask).await;
        assert!(
            found["Item"].is_object(),
            "{} has no record {seq}",
            self.subject
        );
        found["Item"].clone()
    }

    async fn put(&self, record: &Value) {
        self.call("PutItem", json!({"Item": record})).await;
    }

    async fn delete(&self, seq: u64) {
        self.record(seq).await;
        self.call("DeleteItem", json!({"Key": self.key(seq)})).await;
    }
}

/// What is wrong, where `verify` names just this record.
async fn broken(desk: &Desk<'_>, ticket: &Filed, chain: &Chain<'_>, seq: u64) -> String {
    let verdict = desk.verified(&ticket.name).await;
    assert_eq!(verdict["valid"], false, "{verdict:#}");
    let first = &verdict["first_broken"];
    assert_eq!(first["subject"], chain.subject.as_str(), "{verdict:#}");
    assert_eq!(first["seq"], seq, "{verdict:#}");
    first["problem"].as_str().unwrap().to_owned()
}

async fn assert_broken(
    desk: &Desk<'_>,
    ticket: &Filed,
    chain: &Chain<'_>,
    seq: u64,
    problem: &str,
) {
    assert_eq!(broken(desk, ticket, chain, seq).await, problem);
}
