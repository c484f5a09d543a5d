//! The typed clients, generated from `openapi.yaml` by generators that are not ours.

use std::{path::Path, process::Stdio};

use deskhand_local::{NPM, Project, python_client, typescript_client};
use deskhand_tests::{answer, deskhand, request};
use reqwest::Method;
use tokio::process::Command;

#[tokio::test]
async fn the_python_client_lists_the_playbooks_and_reads_a_refusal() {
    let deskhand = deskhand().await;
    let project = Project::find(None).unwrap();
    let folder = deskhand.place().directory().join("clients/python");
    let python = python_client(&project, &folder).await.unwrap();
    let ended = Command::new(python)
        .arg(project.root().join("local/clients/python/smoke.py"))
        .env("PYTHONPATH", &folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("DESKHAND_URL", deskhand.api())
        .env("DESKHAND_KEY", deskhand.api_key())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap();
    let (told, complained) = (
        String::from_utf8_lossy(&ended.stdout),
        String::from_utf8_lossy(&ended.stderr),
    );
    assert!(ended.status.success(), "{told}{complained}");

    let (_, page) = answer(request(
        deskhand,
        Method::GET,
        "/api/v1/playbooks?limit=100",
    ))
    .await;
    let names: Vec<&str> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["playbook_id"].as_str().unwrap())
        .collect();
    // Other journeys write playbooks meanwhile.
    let told: Vec<&str> = told.lines().collect();
    assert!(told.contains(&"password_reset"), "{told:?}");
    assert!(told.iter().all(|name| names.contains(name)), "{told:?}");
}

#[tokio::test]
async fn the_typescript_client_compiles_and_refuses_what_the_api_does_not_have() {
    let project = Project::find(None).unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typescript-client");
    match typescript_client(&project, &folder).await {
        Err(cause) if cause.to_string().starts_with(NPM) => {
            eprintln!("npm's registry is out of reach, so nothing was compiled: {cause}");
        }
        compiled => compiled.unwrap(),
    }
}
