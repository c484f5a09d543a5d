//! Actions that set a state in the directory: looked at before, read back after, written once, refused with the reason.

use std::time::Duration;

use deskhand_local::loopback;
use deskhand_tests::{eventually, request};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, Filed, PATIENCE, Person, actions, items};
use crate::receipts::{confirmed, unautomated};

/// `VISIOCLIENT`, which has no free seat.
const FULL: &str = "c5928f49-12ba-48f7-ada3-0d743a3601d5";
/// `ENTERPRISEPACK`, which the members of `grp-office` hold.
const OF_GROUP: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";

#[tokio::test]
async fn a_grant_is_given_once_seen_and_said_again() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let (status, replayed, first) = case.grant(&json!({})).await;
    assert_eq!((status, replayed), (200, false), "{first}");
    assert_eq!(
        (&first["changed"], &first["expires_at"]),
        (&json!(true), &Value::Null)
    );
    assert!(first["grant_id"].as_str().unwrap().starts_with("gr_"));
    assert!(case.is_member().await);

    let (status, replayed, again) = case.grant(&json!({})).await;
    assert_eq!((status, replayed, &again), (200, true, &first));
    assert_eq!(case.writes("POST").await, 1);
    let story = desk.story(&case.ticket.name).await;
    let told = actions(&story["records"]);
    for action in ["action.begun", "action.done"] {
        assert_eq!(
            told.iter().filter(|one| **one == action).count(),
            1,
            "{told:?}"
        );
    }
    assert_eq!(desk.verified(&case.ticket.name).await["valid"], true);
}

#[tokio::test]
async fn twenty_calls_at_once_are_one_write() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let ask = json!({});
    let calls = join_all((0..20).map(|_| case.grant(&ask))).await;
    let mut ids = Vec::new();
    for (status, _, answer) in calls {
        match status {
            200 => ids.push(answer["grant_id"].clone()),
            409 => assert!(
                ["IN_FLIGHT", "CONFLICT"].contains(&answer["code"].as_str().unwrap()),
                "{answer}"
            ),
            other => assert!([429, 503].contains(&other), "{answer}"),
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(case.writes("POST").await, 1);
}

#[tokio::test]
async fn without_consent_nothing_is_given_and_a_consent_is_good_once() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let (status, _, refused) = case.grant(&json!({})).await;
    assert_eq!(
        (status, &refused["code"]),
        (403, &json!("VERIFICATION_REQUIRED"))
    );
    let missing = &refused["details"]["missing"];
    assert_eq!(
        *missing,
        json!(["verification.manager_approval"]),
        "{refused}"
    );
    assert_eq!(case.writes("POST").await, 0);

    case.consent().await;
    let (status, _, given) = case.grant(&json!({})).await;
    assert_eq!(status, 200, "{given}");
    case.keyboard(Method::DELETE).await;
    let until = Timestamp::now() + SignedDuration::from_hours(48);
    let (status, _, refused) = case.grant(&json!({"expires_at": until})).await;
    assert_eq!(
        (status, &refused["code"]),
        (409, &json!("RECEIPT_SPENT")),
        "{refused}"
    );
    assert_eq!(case.writes("POST").await, 1);
}

#[tokio::test]
async fn what_may_not_be_given_is_refused_with_the_reason() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    for (group, _) in [
        ("grp-engineers", "dynamic"),
        ("grp-finance", "on-premises"),
        ("grp-news", "Exchange"),
        ("grp-admins", "roles"),
    ] {
        let refused = case
            .refused("grant_access", &json!({"group_id": group}))
            .await;
        assert_eq!(refused, (409, "GROUP_CLOSED".to_owned()), "{group}");
    }
    let full = case
        .refused("grant_access", &json!({"license_sku": FULL}))
        .await;
    assert_eq!(full, (409, "NO_LICENSES".to_owned()));
    for late in ["2037-01-01T00:00:00Z", "2020-01-01T00:00:00Z"] {
        let body = json!({"group_id": case.group, "expires_at": late});
        let refused = case.refused("grant_access", &body).await;
        assert_eq!(refused, (422, "MAX_LIFETIME".to_owned()));
    }
    let unknown = case
        .refused("grant_access", &json!({"group_id": "grp-nowhere"}))
        .await;
    assert_eq!(unknown.0, 404);
    for (properties, code) in [
        (json!({"userType": "Guest"}), "PROTECTED_USER"),
        (
            json!({"directoryRoles": ["Global Administrator"]}),
            "PROTECTED_USER",
        ),
    ] {
        let other = Case::new(&desk, properties).await;
        let refused = other
            .refused("grant_access", &json!({"group_id": other.group}))
            .await;
        assert_eq!(refused, (403, code.to_owned()));
    }
    let nowhere = Case::new(&desk, json!({"usageLocation": null})).await;
    let refused = nowhere
        .refused("grant_access", &json!({"license_sku": OF_GROUP}))
        .await;
    assert_eq!(refused, (409, "USAGE_LOCATION_MISSING".to_owned()));
    assert_eq!(case.writes("POST").await, 0);
}

#[tokio::test]
async fn a_deed_whose_answer_was_an_error_is_settled_by_reading_back() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    case.fault(json!({"method": "POST", "fault": 500, "after": true}))
        .await;
    let (status, _, given) = case.grant(&json!({})).await;
    assert_eq!((status, &given["changed"]), (200, &json!(true)), "{given}");
    assert_eq!(case.writes("POST").await, 1);
    let story = desk.story(&case.ticket.name).await;
    let done = items(story["records"].clone());
    let done = done.iter().find(|record| record["action"] == "action.done");
    assert_eq!(done.unwrap()["facts"]["answer"], "lost");
}

#[tokio::test]
async fn a_yes_without_a_deed_is_unknown_and_no_success() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    case.fault(json!({"method": "POST", "fault": "ignored"}))
        .await;
    let (status, _, answer) = case.grant(&json!({})).await;
    assert_eq!(
        (status, &answer["code"]),
        (502, &json!("OUTCOME_UNKNOWN")),
        "{answer}"
    );
    assert!(!case.is_member().await);
    let story = desk.story(&case.ticket.name).await;
    assert!(actions(&story["records"]).contains(&"action.unknown"));
}

#[tokio::test]
async fn what_a_dead_call_left_is_taken_up_by_the_next() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let (status, _, first) = case.grant(&json!({})).await;
    assert_eq!(status, 200, "{first}");
    // As if it had died between the deed and the record, two minutes ago.
    case.leave_begun().await;
    let (status, _, again) = case.grant(&json!({})).await;
    assert_eq!(
        (status, &again["grant_id"]),
        (200, &first["grant_id"]),
        "{again}"
    );
    assert_eq!(case.writes("POST").await, 1);
    // And as if before the deed: making it so twice is making it so once.
    case.leave_begun().await;
    case.keyboard(Method::DELETE).await;
    let (status, _, again) = case.grant(&json!({})).await;
    assert_eq!(
        (status, &again["grant_id"]),
        (200, &first["grant_id"]),
        "{again}"
    );
    assert_eq!(case.writes("POST").await, 2);
    assert!(case.is_member().await);
}

#[tokio::test]
async fn what_was_given_is_taken_away_and_its_grant_closed() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let none = case
        .act("revoke_access", &json!({"group_id": case.group}))
        .await;
    assert_eq!(
        (none.0, &none.2["changed"]),
        (200, &json!(false)),
        "{}",
        none.2
    );
    let (_, _, given) = case.grant(&json!({})).await;
    let by_grant = json!({"grant_id": given["grant_id"]});
    let (status, _, taken) = case.act("revoke_access", &by_grant).await;
    assert_eq!((status, &taken["changed"]), (200, &json!(true)), "{taken}");
    assert_eq!(taken["grant_id"], given["grant_id"]);
    assert!(!case.is_member().await);
    assert_eq!(case.grant_row(&given["grant_id"]).await["status"], "closed");

    case.keyboard(Method::PUT).await;
    case.shape(json!({"owners": [case.john.email]})).await;
    let last = case
        .refused("revoke_access", &json!({"group_id": case.group}))
        .await;
    assert_eq!(last, (409, "LAST_OWNER".to_owned()));
    let stranger = Case::new(&desk, json!({})).await;
    let refused = stranger.refused("revoke_access", &by_grant).await;
    assert_eq!(refused.0, 404, "another person's grant");
}

#[tokio::test]
async fn an_account_is_unlocked_only_where_an_application_locked_it() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let case = Case {
        desk: &desk,
        group: String::new(),
        boss: john.clone(),
        john,
        ticket,
    };
    let open = case.act("unlock_account", &json!({})).await;
    assert_eq!(
        (open.0, &open.2["changed"]),
        (200, &json!(false)),
        "{}",
        open.2
    );

    case.person(json!({"accountEnabled": false, "by": "jane.smith@company.com"}))
        .await;
    let by_admin = case.refused("unlock_account", &json!({})).await;
    assert_eq!(by_admin, (409, "DISABLED_BY_ADMIN".to_owned()));
    case.person(json!({"accountEnabled": true, "by": "jane.smith@company.com"}))
        .await;
    case.person(json!({"accountEnabled": false, "by": "Lockout rule", "riskState": "atRisk"}))
        .await;
    let at_risk = case.refused("unlock_account", &json!({})).await;
    assert_eq!(at_risk, (409, "USER_AT_RISK".to_owned()));
    case.person(json!({"riskState": null})).await;
    let (status, _, opened) = case.act("unlock_account", &json!({})).await;
    assert_eq!(
        (status, &opened["changed"]),
        (200, &json!(true)),
        "{opened}"
    );

    let other = Case::new(&desk, json!({})).await;
    other
        .person(json!({"accountEnabled": false, "by": "Lockout rule"}))
        .await;
    let (status, _, refused) = other.act("unlock_account", &json!({})).await;
    assert_eq!(
        (status, &refused["details"]["missing"]),
        (403, &json!(["verification.mfa"]))
    );
}

#[tokio::test]
async fn an_executive_is_reset_only_with_their_managers_consent_besides() {
    let desk = Desk::shared().await;
    let (john, ticket) = confirmed(&desk).await;
    let case = Case {
        desk: &desk,
        group: String::new(),
        boss: john.clone(),
        john,
        ticket,
    };
    case.person(json!({"department": "Executive"})).await;
    let method = json!({"method": "tap"});
    let (status, _, refused) = case.act("reset_password", &method).await;
    let missing = json!(["verification.manager_approval"]);
    assert_eq!((status, &refused["details"]["missing"]), (403, &missing));
    assert_eq!(desk.passes(&case.john).await, 0);
    case.person(json!({"department": "Engineering"})).await;
    let (status, _, given) = case.act("reset_password", &method).await;
    assert_eq!(status, 200, "{given}");
}

#[tokio::test]
async fn sessions_end_without_a_receipt_and_once_for_a_repeated_call() {
    let desk = Desk::shared().await;
    let case = Case::new(&desk, json!({})).await;
    let (status, replayed, first) = case.act("revoke_sessions", &json!({})).await;
    assert_eq!((status, replayed), (200, false), "{first}");
    assert!(first["note"].as_str().unwrap().contains("own expiry"));
    let (status, replayed, again) = case.act("revoke_sessions", &json!({})).await;
    assert_eq!((status, replayed, &again), (200, true, &first));
    let path = format!("/users/{}/revokeSignInSessions", case.john.id);
    assert_eq!(case.calls("POST", &path).await, 1);
}

#[tokio::test]
async fn access_that_is_over_is_closed_only_when_it_is_seen_gone() {
    let desk = Desk::shared().await;
    let case = Case::consented(&desk).await;
    let until = Timestamp::now() + SignedDuration::from_secs(25);
    let (status, _, given) = case.grant(&json!({"expires_at": until})).await;
    assert_eq!(status, 200, "{given}");
    case.fault(json!({"method": "DELETE", "fault": "ignored", "times": 7}))
        .await;
    let grant = &given["grant_id"];
    for state in ["revocation_failed", "closed"] {
        eventually(&format!("the grant {state}"), PATIENCE, || async {
            // As the schedule does each minute, and without its pauses.
            let soon = Timestamp::now() + SignedDuration::from_hours(48);
            let asked = json!({"as_of": soon});
            let ran = desk.deployment.lambda_invoke("reconcile_grants", &asked);
            ran.await.unwrap();
            tokio::time::sleep(Duration::from_secs(2)).await;
            let row = case.grant_row(grant).await;
            let member = case.is_member().await;
            assert!(
                row["status"] != "closed" || !member,
                "closed and there: {row}"
            );
            (row["status"] == state).then_some(())
        })
        .await;
        if state == "revocation_failed" {
            desk.note(&case.ticket, "could not be taken away").await;
            assert!(case.is_member().await);
        }
    }
    let story = desk.story(&case.ticket.name).await;
    let told = actions(&story["records"]);
    let failed = told.iter().filter(|one| **one == "grant.still_there");
    assert!(failed.count() >= 3, "{told:?}");
    let last = told.iter().rfind(|one| one.starts_with("grant."));
    assert_eq!(last, Some(&"grant.closed"), "{told:?}");
    assert_eq!(desk.verified(&case.ticket.name).await["valid"], true);
}

/// A person, their manager, a ticket of theirs that no playbook touches, and a group of their own.
pub(crate) struct Case<'a> {
    pub(crate) desk: &'a Desk<'a>,
    pub(crate) john: Person,
    boss: Person,
    pub(crate) ticket: Filed,
    pub(crate) group: String,
}

impl<'a> Case<'a> {
    pub(crate) async fn new(desk: &'a Desk<'a>, mut properties: Value) -> Self {
        let boss = desk.person("jane.boss", "ask").await;
        properties["manager"] = boss.email.clone().into();
        properties["mfa"] = "approve".into();
        let john = desk.person_with("john.doe", properties).await;
        let ticket = unautomated(desk, &john).await;
        let group = format!("grp-of-{}", john.id);
        let case = Self {
            desk,
            john,
            boss,
            ticket,
            group,
        };
        case.shape(json!({"displayName": "A group of a test"}))
            .await;
        case
    }

    /// One whose manager has allowed the group.
    pub(crate) async fn consented(desk: &'a Desk<'a>) -> Self {
        let case = Self::new(desk, json!({})).await;
        case.consent().await;
        case
    }

    /// The manager allows that this person is given the group: by the link in their mail.
    async fn consent(&self) {
        let ask = json!({
            "ticket_id": self.ticket.name, "manager_email": self.boss.email, "user_name": self.john.email,
            "action_type": "grant_access", "target": self.group,
        });
        let asked = eventually("a question to the manager", PATIENCE, || async {
            let (status, asked) = self
                .desk
                .post("/api/v1/verification/manager_approval", &ask)
                .await;
            assert!([202, 409, 503].contains(&status), "{status} {asked}");
            (status == 202).then_some(asked)
        })
        .await;
        let token = self
            .desk
            .token_mailed_to(&self.boss.email, "/approvals")
            .await;
        let form = [
            ("token", token.as_str()),
            ("plan", asked["payload_hash"].as_str().unwrap()),
            ("decision", "approve"),
        ];
        let url = format!("{}/approvals", self.desk.deployment.api());
        let answer = loopback()
            .unwrap()
            .post(url)
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 200);
    }

    async fn grant(&self, more: &Value) -> (u16, bool, Value) {
        let mut body = json!({"group_id": self.group});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        self.act("grant_access", &body).await
    }

    /// The status, whether it is a replay, and the body.
    async fn act(&self, operation: &str, more: &Value) -> (u16, bool, Value) {
        let mut body = json!({"ticket_id": self.ticket.name, "user_id": self.john.id});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let path = format!("/api/v1/executor/{operation}");
        let call = request(self.desk.deployment, Method::POST, &path).json(&body);
        let answer = call.send().await.unwrap();
        let status = answer.status().as_u16();
        let replayed = answer.headers().contains_key("idempotent-replayed");
        (status, replayed, answer.json().await.unwrap())
    }

    /// How an action is refused.
    async fn refused(&self, operation: &str, more: &Value) -> (u16, String) {
        let (status, _, refusal) = self.act(operation, more).await;
        (
            status,
            refusal["code"].as_str().unwrap_or_default().to_owned(),
        )
    }

    /// Changes the group.
    async fn shape(&self, properties: Value) {
        let path = format!("/_sandbox/groups/{}", self.group);
        self.desk
            .sandbox(Method::PUT, &path, Some(&properties))
            .await;
    }

    /// Changes the person.
    async fn person(&self, properties: Value) {
        let path = format!("/_sandbox/users/{}", self.john.email);
        self.desk
            .sandbox(Method::PUT, &path, Some(&properties))
            .await;
    }

    /// An administrator gives or takes the membership.
    async fn keyboard(&self, method: Method) {
        let path = format!("/_sandbox/groups/{}/members/{}", self.group, self.john.id);
        self.desk.sandbox(method, &path, None).await;
    }

    pub(crate) async fn is_member(&self) -> bool {
        let path = format!("/_sandbox/groups/{}", self.group);
        let group = self.desk.sandbox(Method::GET, &path, None).await;
        let members = group["members"].as_array().unwrap();
        members
            .iter()
            .any(|member| *member == self.john.id.as_str())
    }

    /// What the next change of the group's members meets.
    async fn fault(&self, mut fault: Value) {
        fault["vendor"] = "graph".into();
        fault["path"] = format!("/groups/{}/members", self.group).into();
        self.desk
            .sandbox(Method::POST, "/_sandbox/faults", Some(&fault))
            .await;
    }

    /// How often the group's members were to be changed.
    pub(crate) async fn writes(&self, method: &str) -> usize {
        self.calls(method, &format!("/groups/{}/members", self.group))
            .await
    }

    async fn calls(&self, method: &str, path: &str) -> usize {
        let all = items(
            self.desk
                .sandbox(Method::GET, "/_sandbox/calls?vendor=graph", None)
                .await,
        );
        let fits = |call: &&Value| {
            call["method"] == method && call["path"].as_str().unwrap().contains(path)
        };
        all.iter().filter(fits).count()
    }

    fn key(&self, pk: &str, sk: &str) -> Value {
        let tenant = self.desk.deployment.endpoints().tenant();
        json!({"pk": {"S": format!("{tenant}#{pk}")}, "sk": {"S": sk}})
    }

    fn executions(&self) -> String {
        format!("{}-executions", self.desk.deployment.stack())
    }

    /// The grant's row: its `status` and the rest.
    async fn grant_row(&self, id: &Value) -> Value {
        let id = id.as_str().unwrap().strip_prefix("gr_").unwrap();
        let (shelf, own) = id.split_once('_').unwrap();
        let key = self.key(&format!("g#{shelf}"), &format!("g#{own}"));
        let ask = json!({"TableName": self.executions(), "Key": key, "ConsistentRead": true});
        let found = self
            .desk
            .deployment
            .dynamodb("GetItem", &ask)
            .await
            .unwrap();
        let state = &found["Item"]["state"]["M"];
        json!({"status": state["status"]["S"], "item": found["Item"]})
    }

    /// Makes the action's row what it was before its end, two minutes ago.
    async fn leave_begun(&self) {
        let chains = self.desk.verified(&self.ticket.name).await;
        let pk = chains["chains"][0]["subject"].as_str().unwrap().to_owned();
        let tenant = self.desk.deployment.endpoints().tenant();
        let of_ticket = json!({
            "TableName": self.executions(), "ConsistentRead": true,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :access)",
            "ExpressionAttributeValues": {":pk": {"S": format!("{tenant}#{pk}")}, ":access": {"S": "action#access-"}},
        });
        let found = self
            .desk
            .deployment
            .dynamodb("Query", &of_ticket)
            .await
            .unwrap();
        let rows = found["Items"].as_array().unwrap();
        assert_eq!(rows.len(), 1, "{found}");
        let sk = rows[0]["sk"]["S"].as_str().unwrap();
        let then = (Timestamp::now() - SignedDuration::from_mins(2)).to_string();
        let change = json!({
            "TableName": self.executions(), "Key": self.key(&pk, sk),
            "UpdateExpression": "SET #state = :begun, #at = :then",
            "ExpressionAttributeNames": {"#state": "state", "#at": "at"},
            "ExpressionAttributeValues": {":begun": {"S": "begun"}, ":then": {"S": then}},
        });
        self.desk
            .deployment
            .dynamodb("UpdateItem", &change)
            .await
            .unwrap();
    }
}
