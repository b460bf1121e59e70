//! Clients that get their tokens from the session's metadata server.

use daypass_tests::peer;
use daypass_tests::process::finished;

use crate::acted::{Reason, as_the_account};
use crate::ground::{DEPLOYER, Ground};

/// Without the credential file Python looks for the user's own in gcloud's folder, which is a private one inside, and
/// then for a metadata server.
const DEFAULT: &str = "import os, google.auth\n\
    from google.auth.transport.requests import Request\n\
    from google.cloud import resourcemanager_v3\n\
    credentials, project = google.auth.default()\n\
    credentials.refresh(Request())\n\
    client = resourcemanager_v3.ProjectsClient(transport='rest', credentials=credentials,\n\
    \x20   client_options={'api_endpoint': os.environ['DAYPASS_SANDBOX']})\n\
    print(type(credentials).__module__, project, credentials.service_account_email,\n\
    \x20   client.get_project(name='projects/acme-prod').project_id)\n";

#[tokio::test(flavor = "multi_thread")]
async fn googles_python_library_acts_as_the_account_by_the_metadata_server() {
    let ground = Ground::new().await;
    let Some(python) = peer::python() else { return };
    let script = ground.environment.home().join("default.py");
    std::fs::write(&script, DEFAULT).unwrap();
    for flag in ["--metadata", "--metadata=user"] {
        let mut command = ground.assume(&[flag, "--", "env"]);
        command
            .args([
                "-u",
                "GOOGLE_APPLICATION_CREDENTIALS",
                "-u",
                "GOOGLE_CLOUD_PROJECT",
            ])
            .args([python.as_os_str(), "-B".as_ref(), script.as_os_str()]);
        let finished = finished(command).await;
        let said =
            format!("google.auth.compute_engine.credentials acme-prod {DEPLOYER} acme-prod\n");
        assert_eq!(
            (finished.code, &finished.stdout),
            (Some(0), &said),
            "{finished:?}"
        );
    }
    as_the_account(&ground, "projects.get", Reason::Untold);
}

/// gcloud has the token's file in every session, and looks for no metadata server.
#[tokio::test(flavor = "multi_thread")]
async fn gcloud_acts_as_the_account_beside_the_metadata_server() {
    let ground = Ground::new().await;
    if peer::on_path("gcloud").is_none() {
        return;
    }
    let describe = [
        "--metadata",
        "--",
        "gcloud",
        "projects",
        "describe",
        "acme-prod",
        "--format=value(projectId)",
    ];
    let finished = ground.run(&describe).await;
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (Some(0), "acme-prod\n"),
        "{finished:?}"
    );
    as_the_account(&ground, "projects.get", Reason::Told);
}
