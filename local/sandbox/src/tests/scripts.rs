//! Deskhand's own clients against both managements: the same order, the same answers.

use std::{sync::Arc, time::Duration};

use domain::{DeviceId, Parameters, ScriptId};
use ports::{Belongs, CallError, Order, Rmm, RunHandle, RunState, SystemClock};
use serde_json::json;
use vendor_http::Client;

use super::Sandbox;
use crate::credentials;

/// A management, and its ids of the device `number` and the script `script`.
struct Managed {
    name: &'static str,
    rmm: Box<dyn Rmm>,
}

fn both(sandbox: &Sandbox) -> [Managed; 2] {
    let secrets = credentials(&sandbox.base);
    let http = Client::new(Arc::new(SystemClock));
    let ninjaone = serde_json::from_value(secrets["ninjaone"].clone()).unwrap();
    let datto = serde_json::from_value(secrets["datto"].clone()).unwrap();
    [
        Managed {
            name: "ninjaone",
            rmm: Box::new(ninjaone::NinjaOne::new(ninjaone, http.clone())),
        },
        Managed {
            name: "datto",
            rmm: Box::new(datto::Datto::new(datto, http)),
        },
    ]
}

impl Managed {
    fn device(&self, number: u32) -> DeviceId {
        let id = match self.name {
            "datto" => format!("31fcea20-0000-4000-8000-{number:012}"),
            _ => number.to_string(),
        };
        DeviceId::parse(&id).unwrap()
    }

    fn script(&self, number: u32) -> ScriptId {
        let id = match self.name {
            "datto" => format!("c0ffee00-0000-4000-8000-{number:012}"),
            _ => number.to_string(),
        };
        ScriptId::parse(&id).unwrap()
    }

    async fn order(&self, device: u32, script: u32, parameters: &[(&str, &str)]) -> Order {
        let found = self.rmm.script(&self.script(script)).await.unwrap();
        Order {
            device: self.device(device),
            script: found.id,
            hash: found.hash,
            parameters: Parameters::read(parameters.iter().copied()).unwrap(),
            reference: "x-1/script".into(),
        }
    }

    async fn begin(&self, order: &Order) -> RunHandle {
        let prepared = self.rmm.prepare(order).await.unwrap();
        let handle = self.rmm.start(order, &prepared).await.unwrap();
        assert_eq!(handle.vendor(), self.name);
        handle
    }

    async fn end_of(&self, handle: &RunHandle) -> RunState {
        for _ in 0..100 {
            match self.rmm.run(handle).await.unwrap() {
                RunState::Queued | RunState::Running => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                ended => return ended,
            }
        }
        panic!("{} does not end", self.name);
    }
}

async fn runs(sandbox: &Sandbox) -> usize {
    let runs = sandbox.look("/_sandbox/rmm/runs").await;
    runs.as_array().unwrap().len()
}

async fn quick(sandbox: &Sandbox) {
    let pace = json!({"queued_ms": 20, "running_ms": 40});
    assert_eq!(sandbox.tell("/_sandbox/rmm", pace).await.0, 200);
}

#[tokio::test]
async fn both_know_whose_a_device_is_and_whether_it_is_in_reach() {
    let sandbox = Sandbox::start().await;
    let to = |mail: &str| Belongs::To(mail.into());
    for managed in both(&sandbox) {
        for (number, belongs, online) in [
            (101, to("john.doe@company.com"), true),
            (102, to("jane.smith@company.com"), true),
            (103, to("john.doe@company.com"), false),
            (104, Belongs::LastUsedBy("COMPANY\\john.doe".into()), true),
        ] {
            let device = managed.rmm.device(&managed.device(number)).await.unwrap();
            assert_eq!(
                (device.belongs, device.online),
                (belongs, online),
                "{number}"
            );
        }
        let none = managed.rmm.device(&managed.device(999)).await;
        assert!(matches!(none, Err(CallError::NotFound { .. })), "{none:?}");
    }
}

#[tokio::test]
async fn a_run_goes_through_its_states_and_ends_with_its_output() {
    let sandbox = Sandbox::start().await;
    sandbox.tell("/_sandbox/rmm", json!({"held": true})).await;
    for (id, managed) in both(&sandbox).iter().enumerate() {
        let order = managed
            .order(
                101,
                43,
                &[("User", "john.doe@company.com"), ("Browser", "Edge")],
            )
            .await;
        let handle = managed.begin(&order).await;
        assert_eq!(managed.rmm.run(&handle).await.unwrap(), RunState::Queued);
        let path = format!("/_sandbox/rmm/runs/{id}");
        sandbox.tell(&path, json!({"state": "running"})).await;
        assert_eq!(managed.rmm.run(&handle).await.unwrap(), RunState::Running);
        let end = json!({"state": "succeeded", "output": "cleared"});
        sandbox.tell(&path, end).await;
        let RunState::Succeeded { output } = managed.rmm.run(&handle).await.unwrap() else {
            panic!("{} did not succeed", managed.name);
        };
        assert_eq!((output.text.as_str(), output.cut), ("cleared", false));
    }
    let runs = sandbox.look("/_sandbox/rmm/runs").await;
    assert_eq!(
        runs[0]["parameters"],
        "-User \"john.doe@company.com\" -Browser \"Edge\""
    );
    assert_eq!(
        runs[1]["parameters"],
        json!([{"name": "User", "value": "john.doe@company.com"}, {"name": "Browser", "value": "Edge"}])
    );
}

#[tokio::test]
async fn over_time_runs_fail_and_say_too_much() {
    let sandbox = Sandbox::start().await;
    quick(&sandbox).await;
    for managed in both(&sandbox) {
        let failing = managed.order(101, 44, &[("Adapter", "eth0")]).await;
        let handle = managed.begin(&failing).await;
        let RunState::Failed { output, .. } = managed.end_of(&handle).await else {
            panic!("{} did not fail", managed.name);
        };
        assert_eq!(output.text, "No such adapter.");
        let talking = managed.order(101, 45, &[]).await;
        let handle = managed.begin(&talking).await;
        let RunState::Succeeded { output } = managed.end_of(&handle).await else {
            panic!("{} did not succeed", managed.name);
        };
        assert!(output.cut && output.text.len() == 16 * 1024);
    }
}

#[tokio::test]
async fn a_run_on_a_device_out_of_reach_waits_for_it() {
    let sandbox = Sandbox::start().await;
    quick(&sandbox).await;
    for managed in both(&sandbox) {
        let order = managed.order(103, 42, &[]).await;
        let handle = managed.begin(&order).await;
        tokio::time::sleep(Duration::from_millis(80)).await;
        assert_eq!(managed.rmm.run(&handle).await.unwrap(), RunState::Queued);
        let path = "/_sandbox/rmm/devices/103";
        sandbox.tell(path, json!({"online": true})).await;
        let ended = managed.end_of(&handle).await;
        assert!(matches!(ended, RunState::Succeeded { .. }), "{ended:?}");
        sandbox.tell(path, json!({"online": false})).await;
    }
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_only_the_journal_can_tell_afterwards() {
    let sandbox = Sandbox::start().await;
    quick(&sandbox).await;
    for managed in both(&sandbox) {
        let before = runs(&sandbox).await;
        let order = managed.order(101, 42, &[]).await;
        let prepared = managed.rmm.prepare(&order).await.unwrap();
        let path = if managed.name == "datto" {
            "quickjob"
        } else {
            "script/run"
        };
        sandbox
            .fault(json!({"vendor": managed.name, "path": path, "fault": "lost_answer"}))
            .await;
        let lost = managed.rmm.start(&order, &prepared).await;
        assert!(matches!(lost, Err(CallError::Unknown { .. })), "{lost:?}");
        assert_eq!(runs(&sandbox).await, before + 1, "sent once");
        let told = managed.end_of(&prepared).await;
        if managed.name == "datto" {
            assert!(matches!(told, RunState::Unknown { .. }), "{told:?}");
        } else {
            assert!(matches!(told, RunState::Succeeded { .. }), "{told:?}");
        }
    }
}

#[tokio::test]
async fn a_start_that_never_arrived_stays_unknown() {
    let sandbox = Sandbox::start().await;
    for managed in both(&sandbox) {
        let order = managed.order(101, 42, &[]).await;
        let prepared = managed.rmm.prepare(&order).await.unwrap();
        let told = managed.rmm.run(&prepared).await.unwrap();
        assert!(matches!(told, RunState::Unknown { .. }), "{told:?}");
    }
    assert_eq!(runs(&sandbox).await, 0);
}

#[tokio::test]
async fn a_script_changed_after_it_was_allowed_is_not_run() {
    let sandbox = Sandbox::start().await;
    for managed in both(&sandbox) {
        let order = managed.order(101, 42, &[]).await;
        let change = json!({"description": format!("changed for {}", managed.name)});
        sandbox.tell("/_sandbox/rmm/scripts/42", change).await;
        let refused = managed.rmm.prepare(&order).await;
        assert!(
            matches!(&refused, Err(CallError::Refused { code, .. }) if code == "script_changed"),
            "{refused:?}"
        );
    }
    // A changed text alone: NinjaOne dates it, Datto says nothing of it.
    let [ninjaone, datto] = both(&sandbox);
    let orders = (
        ninjaone.order(101, 42, &[]).await,
        datto.order(101, 42, &[]).await,
    );
    sandbox.tell("/_sandbox/rmm/scripts/42", json!({})).await;
    assert!(ninjaone.rmm.prepare(&orders.0).await.is_err());
    assert!(datto.rmm.prepare(&orders.1).await.is_ok());
    assert_eq!(runs(&sandbox).await, 0);
}

#[tokio::test]
async fn an_equal_run_that_lives_is_waited_for_and_one_by_hand_is_not_taken_for_ours() {
    let sandbox = Sandbox::start().await;
    sandbox.tell("/_sandbox/rmm", json!({"held": true})).await;
    let [ninjaone, _] = both(&sandbox);
    let order = ninjaone.order(101, 42, &[]).await;
    let prepared = ninjaone.rmm.prepare(&order).await.unwrap();
    let ours = ninjaone.rmm.start(&order, &prepared).await.unwrap();
    let refused = ninjaone.rmm.prepare(&order).await;
    assert!(
        matches!(&refused, Err(CallError::Refused { code, .. }) if code == "already_running"),
        "{refused:?}"
    );
    let elsewhere = ninjaone.order(102, 42, &[]).await;
    ninjaone.begin(&elsewhere).await;
    assert_eq!(ninjaone.rmm.run(&ours).await.unwrap(), RunState::Queued);
    // A technician starts the same script: from here on nobody can tell.
    ninjaone.rmm.start(&order, &prepared).await.unwrap();
    let told = ninjaone.rmm.run(&ours).await.unwrap();
    assert!(matches!(told, RunState::Unknown { .. }), "{told:?}");
}

#[tokio::test]
async fn too_many_requests_at_datto_end_at_once_and_began_nothing() {
    let sandbox = Sandbox::start().await;
    let [_, datto] = both(&sandbox);
    let order = datto.order(101, 42, &[]).await;
    let prepared = datto.rmm.prepare(&order).await.unwrap();
    sandbox
        .tell("/_sandbox/rmm", json!({"datto_writes": 0}))
        .await;
    let busy = datto.rmm.start(&order, &prepared).await;
    let Err(CallError::Unavailable { retry_after, .. }) = busy else {
        panic!("{busy:?}");
    };
    assert_eq!(retry_after, Some(Duration::from_mins(1)));
    assert_eq!(runs(&sandbox).await, 0);
}
