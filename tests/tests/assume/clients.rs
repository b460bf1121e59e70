//! Real clients inside a session act as the account, and never as the user whose credentials lie in the home folder.

use daypass_tests::peer;

use crate::ground::{AS_DEPLOYER, Ground};

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_acts_as_the_account_and_says_why() {
    let ground = Ground::new().await;
    if peer::on_path("gcloud").is_none() {
        return;
    }
    let described = ground
        .inside("gcloud projects describe acme-prod --format='value(projectId)'")
        .await;
    assert_eq!(described, "acme-prod\n");
    let calls = ground.calls("projects.get");
    let [(who, reason)] = &calls[..] else {
        panic!("{calls:?}")
    };
    assert_eq!(who, AS_DEPLOYER);
    assert_eq!(
        reason,
        &ground.calls("generateAccessToken")[0].1,
        "the reason of the mint is that of the call"
    );
    // What gcloud is told inside stays inside.
    ground
        .inside("gcloud config set survey/disable_prompts true --quiet")
        .await;
    let configurations = ground
        .environment
        .home()
        .join(".config/gcloud/configurations");
    assert!(!configurations.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_acts_as_the_account() {
    let ground = Ground::new().await;
    let Some(python) = peer::python() else { return };
    let script = ground.environment.home().join("client.py");
    std::fs::write(
        &script,
        "import os, google.auth\n\
         from google.cloud import resourcemanager_v3\n\
         credentials, project = google.auth.default()\n\
         client = resourcemanager_v3.ProjectsClient(transport='rest', credentials=credentials,\n\
         \x20   client_options={'api_endpoint': os.environ['DAYPASS_SANDBOX']})\n\
         print(project, client.get_project(name='projects/acme-prod').project_id)\n",
    )
    .unwrap();
    let printed = ground
        .inside(&format!("{} -B {}", python.display(), script.display()))
        .await;
    assert_eq!(printed, "acme-prod acme-prod\n");
    let calls = ground.calls("projects.get");
    assert!(
        !calls.is_empty() && calls.iter().all(|(who, _)| who == AS_DEPLOYER),
        "{calls:?}"
    );
}
