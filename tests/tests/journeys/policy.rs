//! What a tenant's policy asks for, whom it protects and how much it lets happen.

mod office;

pub(crate) use office::{mark, told};

use deskhand_tests::{anonymous, answer};
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use office::{HOUR, Office, early_in_an_hour};

#[tokio::test]
async fn the_usual_policy_holds_until_a_tenant_says_otherwise() {
    let office = Office::new("Policy Usual").await;
    let held = office.policy().await;
    assert_eq!(
        (&held["source"], &held["version"]),
        (&json!("usual"), &Value::Null)
    );
    let reset = &held["policy"]["actions"]["reset_password"];
    let (mfa, both) = (
        json!(["verification.mfa"]),
        json!(["verification.mfa", "verification.manager_approval"]),
    );
    assert_eq!(reset["employee"]["verifications"], mfa);
    assert_eq!(reset["executive"]["verifications"], both);

    // Somebody of the executive's with a push alone.
    let properties = json!({"mfa": "approve", "department": "Executive"});
    let chief = office.desk.person_with("jane.chief", properties).await;
    let ticket = office.ticket(&chief).await;
    office.confirmed(&chief, &ticket).await;
    let refused = office.reset(&chief, &ticket).await;
    told(&refused, 403, "VERIFICATION_REQUIRED");
    let missing = json!(["manager_approval"]);
    assert_eq!(refused.1["details"]["missing"], missing);
    assert_eq!(office.desk.passes(&chief).await, 0);
}

#[tokio::test]
async fn a_stricter_policy_refuses_what_the_usual_allows_and_says_what_is_missing() {
    let office = Office::new("Policy Stricter").await;
    let john = office.desk.person("john.doe", "approve").await;
    let ticket = office.ticket(&john).await;
    let both = json!(["verification.mfa", "verification.manager_approval"]);
    let stricter = json!({"actions": {"reset_password": {"employee": {"verifications": both}}}});
    let held = office.says(stricter).await;
    let shown = &held["policy"]["actions"]["reset_password"]["employee"];
    assert_eq!(*shown, json!({"verifications": both, "assurance": 2}));
    office.confirmed(&john, &ticket).await;
    let refused = office.reset(&john, &ticket).await;
    told(&refused, 403, "VERIFICATION_REQUIRED");
    assert_eq!(refused.1["details"]["missing"], json!(["manager_approval"]));
    assert_eq!(office.desk.passes(&john).await, 0);
    // The usual again, and the same confirmation is enough.
    office.says(json!({})).await;
    let (status, made) = office.reset(&john, &ticket).await;
    assert_eq!(status, 200, "{made}");
}

#[tokio::test]
async fn an_executive_is_told_by_title_and_by_group() {
    let office = Office::new("Policy Executives").await;
    let titled = json!({"mfa": "approve", "jobTitle": "Chief Financial Officer"});
    let titled = office.desk.person_with("jane.title", titled).await;
    let member = office.desk.person("jane.member", "approve").await;
    let group = format!("grp-vip-{}", mark());
    let path = format!("/_sandbox/groups/{group}");
    let properties = json!({"displayName": "VIPs", "members": [member.id]});
    office
        .desk
        .sandbox(Method::PUT, &path, Some(&properties))
        .await;
    office
        .says(json!({"executives": {"job_titles": ["chief financial officer"], "groups": [group]}}))
        .await;
    for person in [&titled, &member] {
        let ticket = office.ticket(person).await;
        office.confirmed(person, &ticket).await;
        told(
            &office.reset(person, &ticket).await,
            403,
            "VERIFICATION_REQUIRED",
        );
    }
}

#[tokio::test]
async fn a_policy_below_the_floor_is_refused_with_place_and_remedy() {
    let office = Office::new("Policy Floor").await;
    let employee = |action: &str, proofs: Value| json!({"actions": {action: {"employee": proofs}}});
    for (policy, place) in [
        (
            employee("reset_password", json!({"verifications": []})),
            "actions.reset_password.employee.verifications",
        ),
        (
            employee("grant_access", json!({"verifications": []})),
            "actions.grant_access.employee.verifications",
        ),
        (
            employee(
                "unlock_account",
                json!({"verifications": ["verification.letter"]}),
            ),
            "actions.unlock_account.employee.verifications[0]",
        ),
        (json!({"longest_grant_days": 365}), "longest_grant_days"),
        (json!({"caps": {"per_hour": 0}}), "caps.per_hour"),
        (json!({"protected": {"users": [7]}}), "protected.users[0]"),
        (json!({"capz": {}}), "capz"),
    ] {
        let refused = answer(office.put(&policy)).await;
        told(&refused, 422, "VALIDATION_ERROR");
        assert_eq!(refused.1["details"]["field"], place, "{}", refused.1);
        assert!(refused.1["details"]["message"].is_string());
    }
    assert_eq!(office.policy().await["source"], "usual");
}

#[tokio::test]
async fn a_policy_that_is_given_up_leaves_what_holds_without_it_and_its_versions() {
    let above = Office::new("Policy Above").await;
    let below = above.tenant.child("Policy Below").await;
    let path = format!("/api/v1/organizations/{}/policy", below.tenant);
    let says = async |method: Method, body: Value, tag: &str| {
        let call = below.request(method, &path).header("if-match", tag);
        answer(call.json(&body)).await
    };
    above.says(json!({"longest_grant_days": 30})).await;
    let (status, own) = says(Method::PUT, json!({"longest_grant_days": 60}), "*").await;
    assert_eq!((status, &own["version"]), (200, &json!(1)), "{own}");
    let delete = async |tag: &str| {
        let call = below.request(Method::DELETE, &path).header("if-match", tag);
        answer(call).await
    };
    told(&delete("\"own-7\"").await, 412, "PRECONDITION_FAILED");
    for _ in 0..2 {
        let (status, held) = delete("*").await;
        let told = (
            status,
            &held["source"],
            &held["policy"]["longest_grant_days"],
        );
        assert_eq!(told, (200, &json!("inherited"), &json!(30)), "{held}");
    }
    let (status, first) = below.get(&format!("{path}?version=1")).await;
    assert_eq!(
        (status, &first["policy"]["longest_grant_days"]),
        (200, &json!(60))
    );
    // What the one above gives up is nobody's below it either.
    let gone = answer(above.tenant.request(Method::DELETE, &above.path())).await;
    assert_eq!(
        (gone.0, &gone.1["source"]),
        (200, &json!("usual")),
        "{}",
        gone.1
    );
    assert_eq!(below.get(&path).await.1["source"], "usual");
    let (status, again) = says(
        Method::PUT,
        json!({"longest_grant_days": 45}),
        "\"usual-0\"",
    )
    .await;
    assert_eq!((status, &again["version"]), (200, &json!(3)), "{again}");
    let chain = "/api/v1/audit/verify?account=organization";
    let (_, verdict) = below.get(chain).await;
    assert_eq!(verdict["valid"], true, "{verdict}");
}

#[tokio::test]
async fn a_lost_update_is_refused_and_every_version_stays_readable() {
    let office = Office::new("Policy Versions").await;
    let tag = |answer: &reqwest::Response| answer.headers()["etag"].to_str().unwrap().to_owned();
    let read = office.tenant.request(Method::GET, &office.path());
    let first = tag(&read.send().await.unwrap());
    let follow = |tag: &str, policy: Value| office.put(&policy).header("if-match", tag);
    let saved = follow(&first, json!({"longest_grant_days": 30}));
    let saved = saved.send().await.unwrap();
    assert_eq!(saved.status(), 200);
    let second = tag(&saved);
    let lost = answer(follow(&first, json!({"longest_grant_days": 60}))).await;
    told(&lost, 412, "PRECONDITION_FAILED");
    let (status, held) = answer(follow(&second, json!({"longest_grant_days": 60}))).await;
    assert_eq!((status, &held["version"]), (200, &json!(2)), "{held}");
    // The same again is no change.
    let (status, held) = answer(office.put(&json!({"longest_grant_days": 60}))).await;
    assert_eq!((status, &held["version"]), (200, &json!(2)));

    let (status, old) = office
        .tenant
        .get(&format!("{}?version=1", office.path()))
        .await;
    let days = &old["policy"]["longest_grant_days"];
    assert_eq!((status, days), (200, &json!(30)), "{old}");
    let none = office
        .tenant
        .get(&format!("{}?version=3", office.path()))
        .await;
    told(&none, 404, "RESOURCE_NOT_FOUND");
    assert_eq!(office.told().await, ["policy.changed", "policy.changed"]);
}

#[tokio::test]
async fn a_child_has_its_parents_policy_until_it_has_its_own() {
    let parent = Office::new("Policy Parent").await;
    let child = parent.tenant.child(&format!("Child {}", mark())).await;
    let child = Office::of(child).await;
    let john = parent.desk.person("john.guarded", "approve").await;
    parent
        .says(json!({"protected": {"users": [john.id]}}))
        .await;

    let held = child.policy().await;
    assert_eq!(held["source"], "inherited", "{held}");
    assert_eq!(held["policy"]["protected"]["users"], json!([john.id]));
    assert_eq!(held["changed_by"], Value::Null);
    let ticket = child.ticket(&john).await;
    told(&child.revoke(&john, &ticket).await, 403, "PROTECTED_USER");
    assert_eq!(child.revoked(&john).await, 0);

    let own = child.says(json!({"caps": {"per_hour": 50}})).await;
    assert_eq!(own["version"], 1, "{own}");
    let (status, done) = child.revoke(&john, &ticket).await;
    assert_eq!(status, 200, "{done}");
    parent.says(json!({"caps": {"per_hour": 1}})).await;
    assert_eq!(child.policy().await["policy"]["caps"]["per_hour"], 50);
    assert_eq!(child.told().await, ["policy.overridden", "policy.changed"]);

    // From above it is read and said, too; from below and beside it is not there.
    let (status, seen) = parent.tenant.get(&child.path()).await;
    assert_eq!((status, &seen["version"]), (200, &json!(1)), "{seen}");
    let upwards = child.tenant.get(&parent.path()).await;
    told(&upwards, 404, "RESOURCE_NOT_FOUND");
    let upwards = child.tenant.request(Method::PUT, &parent.path());
    let upwards = answer(upwards.json(&json!({}))).await;
    told(&upwards, 404, "RESOURCE_NOT_FOUND");
}

#[tokio::test]
async fn the_protected_are_refused_by_id_and_by_group_whatever_is_asked() {
    let office = Office::new("Policy Protected").await;
    let john = office.desk.person("break.glass", "approve").await;
    let jane = office.desk.person("service.account", "approve").await;
    let free = office.desk.person("john.free", "approve").await;
    let group = format!("grp-guarded-{}", mark());
    let path = format!("/_sandbox/groups/{group}");
    let properties = json!({"displayName": "Guarded", "members": [jane.id]});
    office
        .desk
        .sandbox(Method::PUT, &path, Some(&properties))
        .await;
    office
        .says(json!({"protected": {"users": [john.id], "groups": [group]}}))
        .await;
    // Whom the policy names is not offered to automation either; whom one of its groups holds is refused when it acts.
    let ticket = format!("policy-{}", mark());
    let decision = office.tenant.classify(&ticket, &john.email).await;
    assert_eq!(decision["automated"], false, "{decision}");
    let reasons = decision["reasons"].to_string();
    assert!(
        reasons.contains("is protected by the organization's policy"),
        "{decision}"
    );
    let ticket = format!("policy-{}", mark());
    let decision = office.tenant.classify(&ticket, &free.email).await;
    // Nothing but shadow mode stands in the way, as in every new organization.
    assert!(decision["would_have_started"].is_object(), "{decision}");
    for person in [&john, &jane] {
        let ticket = office.ticket(person).await;
        told(&office.revoke(person, &ticket).await, 403, "PROTECTED_USER");
        office.confirmed(person, &ticket).await;
        told(&office.reset(person, &ticket).await, 403, "PROTECTED_USER");
        assert_eq!(office.revoked(person).await, 0);
        assert_eq!(office.desk.passes(person).await, 0);
    }
    let ticket = office.ticket(&free).await;
    assert_eq!(office.revoke(&free, &ticket).await.0, 200);
}

#[tokio::test]
async fn the_sixth_of_five_is_refused_and_an_action_repeated_counts_once() {
    early_in_an_hour().await;
    let office = Office::new("Policy Capped").await;
    office.says(json!({"caps": {"per_hour": 5}})).await;
    let mut people = Vec::new();
    for at in 0..6 {
        let person = office.desk.person(&format!("john.{at}"), "approve").await;
        let ticket = office.ticket(&person).await;
        people.push((person, ticket));
    }
    for (person, ticket) in &people[..5] {
        for _ in 0..2 {
            let (status, done) = office.revoke(person, ticket).await;
            assert_eq!(status, 200, "{done}");
        }
        assert_eq!(office.revoked(person).await, 1);
    }
    let (person, ticket) = &people[5];
    let refused = office.revoke(person, ticket).await;
    told(&refused, 429, "CAP_REACHED");
    let details = &refused.1["details"];
    assert_eq!(details["cap"], "organization_per_hour", "{details}");
    assert_eq!(details["limit"], 5);
    assert!(details["frees_at"].as_str().unwrap().ends_with(":00:00Z"));
    assert!((1..=HOUR).contains(&refused.1["retry_after"].as_i64().unwrap()));
    assert_eq!(office.revoked(person).await, 0);
    // More room, and it is done.
    office.says(json!({"caps": {"per_hour": 6}})).await;
    assert_eq!(office.revoke(person, ticket).await.0, 200);
}

#[tokio::test]
async fn twenty_at_once_with_a_cap_of_five_are_exactly_five() {
    early_in_an_hour().await;
    let office = Office::new("Policy Crowd").await;
    office.says(json!({"caps": {"per_hour": 5}})).await;
    let mut people = Vec::new();
    for at in 0..20 {
        let person = office.desk.person(&format!("jane.{at}"), "approve").await;
        let ticket = office.ticket(&person).await;
        people.push((person, ticket));
    }
    let calls = people
        .iter()
        .map(|(person, ticket)| office.revoke(person, ticket));
    let answers = join_all(calls).await;
    let done = answers.iter().filter(|(status, _)| *status == 200).count();
    for (status, answer) in &answers {
        // 503 is the local machine's load; nothing was done for it.
        let capped = *status == 429 && answer["code"] == "CAP_REACHED";
        assert!([200, 503].contains(status) || capped, "{status} {answer}");
    }
    let mut deeds = 0;
    for (person, _) in &people {
        deeds += office.revoked(person).await;
    }
    assert!(done <= 5 && deeds <= 5, "{done} answers, {deeds} deeds");
    // Whoever met the load asks again; five is what there is.
    for (person, ticket) in &people {
        office.revoke(person, ticket).await;
    }
    let mut deeds = 0;
    for (person, _) in &people {
        deeds += office.revoked(person).await;
    }
    assert_eq!(deeds, 5);
}

#[tokio::test]
async fn a_playbooks_caps_stop_a_run_that_the_agent_is_told_of() {
    let office = Office::new("Policy Playbook").await;
    let text = "name: lock_out\ncaps: {per_subject_per_day: 1}\nsteps:\n  - id: revoke\n    \
                service: executor.revoke_sessions\n    with: {user_id: \"{{ ticket.requester.user_id }}\"}\n";
    let make = office
        .tenant
        .request(Method::POST, "/api/v1/playbooks")
        .header("content-type", "application/yaml");
    let (status, made) = answer(make.body(text)).await;
    assert_eq!(status, 201, "{made}");
    let path = "/api/v1/playbooks/lock_out/activate";
    let (status, active) = answer(office.tenant.request(Method::PUT, path)).await;
    assert_eq!(status, 200, "{active}");
    let (_, shown) = office.tenant.get("/api/v1/playbooks/lock_out").await;
    assert_eq!(shown["caps"], json!({"per_subject_per_day": 1}), "{shown}");

    let john = office.desk.person("john.twice", "approve").await;
    let jane = office.desk.person("jane.once", "approve").await;
    let mut ends = Vec::new();
    for person in [&john, &john, &jane] {
        let ticket = office.ticket(person).await;
        let ask = json!({"ticket_id": ticket, "playbook_id": "lock_out", "context": {}});
        let start = "/api/v1/orchestration/execute_playbook";
        let (status, run) = office.tenant.post(start, &ask).await;
        assert_eq!(status, 202, "{run}");
        let run = office.tenant.ended(&ticket).await;
        ends.push((run["status"].as_str().unwrap().to_owned(), ticket));
    }
    let words: Vec<&str> = ends.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["completed", "escalated", "completed"]);
    assert_eq!(office.revoked(&john).await, 1);
    let path = format!("/api/v1/audit/executions/{}", ends[1].1);
    let (_, story) = office.tenant.get(&path).await;
    let step = &story["executions"][0]["steps"][0];
    assert_eq!(step["state"], "failed", "{step}");
    let reason = step["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("CAP_REACHED: 1 runs of lock_out"),
        "{reason}"
    );
    assert!(reason.contains("the next may begin at "), "{reason}");
}

#[tokio::test]
async fn another_tenants_policy_is_not_there() {
    let (one, other) = (
        Office::new("Policy Here").await,
        Office::new("Policy There").await,
    );
    let read = one.tenant.get(&other.path()).await;
    told(&read, 404, "RESOURCE_NOT_FOUND");
    let write = one.tenant.request(Method::PUT, &other.path());
    let write = answer(write.json(&json!({"caps": {"per_hour": 1}}))).await;
    told(&write, 404, "RESOURCE_NOT_FOUND");
    let nobody = anonymous(one.desk.deployment, Method::GET, &other.path());
    assert_eq!(answer(nobody).await.0, 401);
    assert_eq!(other.policy().await["source"], "usual");
}
