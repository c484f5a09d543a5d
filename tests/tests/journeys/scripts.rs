//! Scripts on people's devices: allowed by their hash, begun once, ended by the vendor's own word.

mod office;

use std::collections::BTreeMap;

use deskhand_local::LogLine;
use deskhand_tests::{answer, eventually};
use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::{PATIENCE, actions};
use crate::hunt::Haystack;
pub(crate) use office::Asked;
use office::{Case, Office};

const VENDORS: [&str; 2] = ["ninjaone", "datto"];
/// A script's output may hold anything.
const PLANTED: [&str; 4] = [
    "plantedhunter",
    "Pl4nt3dTokenOfAScript",
    "planted.person@company.com",
    "203.0.113.77",
];

/// What the script of the examples takes.
fn takes() -> Value {
    json!([
        {"name": "User", "type": "text", "max_chars": 60, "required": true},
        {"name": "Days", "type": "integer", "min": 1, "max": 90},
        {"name": "Browser", "type": "choice", "of": ["Edge", "Chrome"]},
    ])
}

fn script() -> Value {
    json!({"variables": ["User", "Days", "Browser"], "ending": {"exit_code": 0, "output": "Cache cleared."}})
}

#[tokio::test]
async fn an_allowed_script_runs_once_at_either_vendor_and_says_how_it_ended() {
    for vendor in VENDORS {
        let office = Office::of(vendor).await;
        let case = office.case(&script(), &takes()).await;
        let wish = case.wish(&json!({"User": case.john.email, "Days": 7}));
        assert_eq!(
            case.refused(&wish).await,
            (403, "VERIFICATION_REQUIRED".to_owned()),
            "{vendor}"
        );
        case.confirm().await;
        let (status, replayed, begun) = case.trigger(&wish).await;
        assert_eq!((status, replayed), (202, false), "{vendor}: {begun}");
        assert_eq!(begun["status"], "queued", "{begun}");
        let (status, replayed, again) = case.trigger(&wish).await;
        assert_eq!((status, replayed), (202, true), "{again}");
        assert_eq!(again["run_id"], begun["run_id"]);

        let ended = case.end_of(&begun["run_id"]).await;
        assert_eq!(
            (&ended["status"], &ended["output"]),
            (&json!("succeeded"), &json!("Cache cleared.")),
            "{vendor}: {ended}"
        );
        let runs = case.runs().await;
        assert_eq!(runs.len(), 1, "{runs:?}");
        let given = match vendor {
            "datto" => {
                json!([{"name": "User", "value": case.john.email}, {"name": "Days", "value": "7"}])
            }
            _ => json!(format!("-User \"{}\" -Days \"7\"", case.john.email)),
        };
        assert_eq!(runs[0]["parameters"], given);
        let path = format!("/api/v1/audit/executions/{}", case.ticket);
        let story = office.get(&path).await;
        let told = actions(&story["records"]);
        for action in ["script.begun", "script.succeeded"] {
            let times = told.iter().filter(|one| **one == action).count();
            assert_eq!(times, 1, "{told:?}");
        }
        assert_eq!(case.verified().await["valid"], true);
        let list = office.get("/api/v1/audit/verify?account=scripts").await;
        assert_eq!(list["valid"], true, "{list}");
    }
}

#[tokio::test]
async fn the_playbook_runs_at_either_vendor_within_its_budget() {
    for vendor in VENDORS {
        let office = Office::of(vendor).await;
        let case = office.case(&script(), &takes()).await;
        let context = json!({
            "device": case.asked.device, "script": case.asked.script,
            "params": format!("User={}; Days=7; Browser=Edge", case.john.email),
        });
        let (execution, ended) = case.play("device_script", &context).await;
        assert_eq!(ended["status"], "completed", "{vendor}: {ended:#}");
        assert_eq!(case.runs().await.len(), 1, "{vendor}");
        let steps = case.steps(&execution).await;
        let run = case.end_of(&steps[1]["output"]["run_id"]).await;
        assert_eq!(run["status"], "succeeded", "{run}");
        let verdict = case.verified().await;
        assert_eq!(verdict["valid"], true, "{verdict}");
        within_budget(&case, vendor, &execution, &verdict).await;
    }
}

/// P5: prints what the run took, and holds it to its bounds.
async fn within_budget(case: &Case<'_>, vendor: &str, execution: &str, verdict: &Value) {
    let deployment = case.office.desk.deployment;
    let history = deployment.sfn_history("device_script", execution).await;
    let entered = |event: &&Value| event["type"].as_str().unwrap().ends_with("StateEntered");
    let states = history.unwrap().iter().filter(entered).count();
    let ticket = verdict["chains"][0]["subject"].as_str().unwrap();
    let ticket = ticket.strip_prefix("t#").unwrap();
    let writes = eventually("the line of the run's last write", PATIENCE, || async {
        let lines = deployment.log_lines().await.unwrap();
        let mut writes: Vec<Value> = lines.iter().filter_map(LogLine::json).collect();
        writes.retain(|line| line["message"] == "write" && line["ticket_id"] == ticket);
        let mut purposes = writes.iter().map(|line| &line["purpose"]);
        purposes
            .any(|one| one == "execution ended")
            .then_some(writes)
    })
    .await;
    let mut units: BTreeMap<&str, f64> = BTreeMap::new();
    for line in writes.iter().filter(|line| line["purpose"] != "audit read") {
        *units.entry(line["purpose"].as_str().unwrap()).or_default() +=
            line["write_units"].as_f64().unwrap();
    }
    let all: f64 = units.values().sum();
    println!(
        "P5 device_script at {vendor}: {} transitions, {all} write units: {units:?}",
        states + 1
    );
    assert!(states <= 3, "{states} states entered");
    assert!((1.0..=90.0).contains(&all), "{all} write units: {units:?}");
}

#[tokio::test]
async fn what_may_not_run_is_refused_with_the_reason_and_nothing_is_begun() {
    let office = Office::of("ninjaone").await;
    let case = office.case(&script(), &takes()).await;
    case.confirm().await;
    let good = json!({"User": case.john.email});
    let with = |member: &str, value: &str| {
        let mut wish = case.wish(&good);
        wish[member] = value.into();
        wish
    };
    let other = Asked::of(
        &office.desk,
        "ninjaone",
        "jane.smith@company.com",
        &json!({}),
    )
    .await;
    for (wish, status, code) in [
        (with("script_id", &other.script), 403, "SCRIPT_NOT_ALLOWED"),
        (with("device_id", &other.device), 403, "DEVICE_OF_ANOTHER"),
        (with("device_id", "999999"), 404, "RESOURCE_NOT_FOUND"),
        (with("ticket_id", "INC-nowhere"), 404, "RESOURCE_NOT_FOUND"),
    ] {
        assert_eq!(
            case.refused(&wish).await,
            (status, code.to_owned()),
            "{wish}"
        );
    }

    let wrong = json!({"Days": "7", "Browser": "Opera", "Force": true});
    let (status, _, refusal) = case.trigger(&case.wish(&wrong)).await;
    assert_eq!(status, 422, "{refusal}");
    let flaws = refusal["details"]["flaws"].as_array().unwrap().iter();
    let named: Vec<_> = flaws.map(|flaw| flaw["path"].as_str().unwrap()).collect();
    assert_eq!(
        named,
        [
            "params.Force",
            "params.User",
            "params.Days",
            "params.Browser"
        ]
    );
    for smuggled in ["a\"; rm -rf /", "$(id)", "-Force"] {
        let wish = case.wish(&json!({"User": smuggled}));
        assert_eq!(case.refused(&wish).await.0, 422, "{smuggled}");
    }

    let path = format!("/_sandbox/rmm/scripts/{}", case.asked.number);
    let changed = json!({"description": "changed since"});
    office
        .desk
        .sandbox(Method::POST, &path, Some(&changed))
        .await;
    let refused = case.refused(&case.wish(&good)).await;
    assert_eq!(refused, (409, "SCRIPT_CHANGED".to_owned()));
    let admin = json!({"directoryRoles": ["Global Administrator"]});
    let path = format!("/_sandbox/users/{}", case.john.email);
    office.desk.sandbox(Method::PUT, &path, Some(&admin)).await;
    let refused = case.refused(&case.wish(&good)).await;
    assert_eq!(refused, (403, "PROTECTED_USER".to_owned()));
    assert_eq!(case.runs().await.len(), 0);

    // What was refused spent nothing: looked at and allowed again, it runs by the same confirmation.
    let path = format!("/_sandbox/users/{}", case.john.email);
    let plain = json!({"directoryRoles": []});
    office.desk.sandbox(Method::PUT, &path, Some(&plain)).await;
    case.allow(&takes()).await;
    let (status, _, begun) = case.trigger(&case.wish(&good)).await;
    assert_eq!(status, 202, "{begun}");
    assert_eq!(case.end_of(&begun["run_id"]).await["status"], "succeeded");
    assert_eq!(case.runs().await.len(), 1);
}

#[tokio::test]
async fn a_list_is_replaced_on_the_version_that_was_read() {
    let office = Office::of("ninjaone").await;
    let case = office.case(&script(), &takes()).await;
    let first = office.get("/admin/v1/scripts").await;
    assert_eq!(first["version"], 1, "{first}");
    assert_eq!(case.allow(&takes()).await["version"], 1, "the same again");
    let empty = json!({"scripts": []});
    let put = |tag: &str| {
        let call = office.call(Method::PUT, "/admin/v1/scripts");
        answer(call.header("if-match", tag).json(&empty))
    };
    assert_eq!(put("\"0\"").await.0, 412);
    let (status, second) = put("\"1\"").await;
    assert_eq!((status, &second["version"]), (200, &json!(2)), "{second}");
    let kept = office.get("/admin/v1/scripts?version=1").await;
    assert_eq!(kept["scripts"], first["scripts"]);
    case.confirm().await;
    let wish = case.wish(&json!({"User": "john"}));
    let refused = case.refused(&wish).await;
    assert_eq!(refused, (403, "SCRIPT_NOT_ALLOWED".to_owned()));
    let bad = json!({"scripts": [{"script_id": "1", "hash": "short"}]});
    let (status, refusal) = office.json(Method::PUT, "/admin/v1/scripts", &bad).await;
    assert_eq!(status, 422, "{refusal}");
}

#[tokio::test]
async fn a_start_whose_answer_is_lost_is_looked_up_and_never_sent_again() {
    for (vendor, fault, begun, end) in [
        ("ninjaone", json!({"fault": "lost_answer"}), 1, "succeeded"),
        ("ninjaone", json!({"fault": 500}), 0, "unknown"),
        ("datto", json!({"fault": 500, "after": true}), 1, "unknown"),
    ] {
        let office = Office::of(vendor).await;
        let case = office.case(&script(), &takes()).await;
        case.confirm().await;
        case.fault(fault.clone()).await;
        let wish = case.wish(&json!({"User": case.john.email}));
        let (status, _, lost) = case.trigger(&wish).await;
        assert_eq!(
            (status, &lost["code"]),
            (502, &json!("OUTCOME_UNKNOWN")),
            "{vendor} {fault}: {lost}"
        );
        let run = &lost["details"]["run_id"];
        let (status, replayed, again) = case.trigger(&wish).await;
        assert_eq!(
            (status, replayed, &again["run_id"]),
            (202, true, run),
            "{again}"
        );
        let ended = case.end_of(run).await;
        assert_eq!(ended["status"], end, "{vendor} {fault}: {ended}");
        assert_eq!(case.runs().await.len(), begun, "{vendor} {fault}");
        if end == "unknown" {
            case.has_a_person(run).await;
        }
        assert_eq!(case.verified().await["valid"], true);
    }
}

#[tokio::test]
async fn a_start_that_was_turned_away_may_be_tried_again_by_the_same_confirmation() {
    let office = Office::of("datto").await;
    let case = office.case(&script(), &takes()).await;
    case.confirm().await;
    case.fault(json!({"fault": 429})).await;
    let wish = case.wish(&json!({"User": case.john.email}));
    let (status, _, refused) = case.trigger(&wish).await;
    assert_eq!(
        (status, &refused["details"]["retryable"]),
        (502, &json!(true)),
        "{refused}"
    );
    assert_eq!(case.runs().await.len(), 0);
    let (status, replayed, begun) = case.trigger(&wish).await;
    assert_eq!((status, replayed), (202, false), "{begun}");
    assert_eq!(case.end_of(&begun["run_id"]).await["status"], "succeeded");
    assert_eq!(case.runs().await.len(), 1);
}

#[tokio::test]
async fn a_device_out_of_reach_is_waited_for_and_then_a_person_takes_over() {
    let office = Office::of("ninjaone").await;
    let case = office.case(&json!({}), &json!([])).await;
    let user = "{{ ticket.requester.user_id }}";
    let text = json!({"name": "of_a_test", "steps": [
        {"id": "ask", "service": "verification.mfa", "with": {"user_id": user}},
        {"id": "run", "service": "executor.trigger_device_script", "timeout": 60,
            "with": {"user_id": user, "device_id": case.asked.device, "script_id": case.asked.script}},
    ]});
    let (status, made) = office.json(Method::POST, "/api/v1/playbooks", &text).await;
    assert_eq!(status, 201, "{made}");
    case.simulated("of_a_test").await;
    let path = format!("/_sandbox/rmm/devices/{}", case.asked.number);
    let away = json!({"online": false});
    office.desk.sandbox(Method::POST, &path, Some(&away)).await;
    let (execution, ended) = case.play("of_a_test", &json!({})).await;
    assert_eq!(ended["status"], "escalated", "{ended:#}");
    let steps = case.steps(&execution).await;
    assert_eq!(steps[1]["state"], "unknown", "{steps:#}");
    let run = case.end_of(&steps[1]["output"]["run_id"]).await;
    let reason = run["reason"].as_str().unwrap();
    assert!(reason.contains("out of reach"), "{reason}");
    assert_eq!(case.runs().await.len(), 1);
}

#[tokio::test]
async fn what_a_script_says_is_redacted_before_it_is_kept() {
    let [password, token, mail, address] = PLANTED;
    let output =
        format!("restarted 3 jobs\nPassword: {password}\nkey {token}\nby {mail} from {address}");
    let planted = json!({"ending": {"exit_code": 3, "output": output}});
    for vendor in VENDORS {
        let office = Office::of(vendor).await;
        let case = office.case(&planted, &json!([])).await;
        case.confirm().await;
        let (status, _, begun) = case.trigger(&case.wish(&json!({}))).await;
        assert_eq!(status, 202, "{begun}");
        let ended = case.end_of(&begun["run_id"]).await;
        assert_eq!(ended["status"], "failed", "{vendor}: {ended}");
        let shown = ended["output"].as_str().unwrap();
        assert!(
            shown.starts_with("restarted 3 jobs\nPassword …\n"),
            "{shown:?}"
        );
        let mut hay = Haystack::of_functions(office.desk.deployment).await;
        hay.add("answer", ended.to_string());
        let path = format!("/api/v1/audit/executions/{}", case.ticket);
        hay.add("answer", office.get(&path).await.to_string());
        assert_ne!(
            hay.hits("restarted 3 jobs"),
            [""; 0],
            "it is looked for where it would be"
        );
        for secret in PLANTED {
            assert_eq!(hay.hits(secret), [""; 0], "{vendor}: {secret}");
        }
    }
}
