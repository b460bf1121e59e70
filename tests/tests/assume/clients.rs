//! Real clients inside a session act as the account, and never as the user whose credentials lie in the home folder.

use daypass_tests::peer;

use crate::acted::{Reason, as_the_account, canary_is_alive};
use crate::ground::{AS_DEPLOYER, DEPLOYER, Ground, until};

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
    assert_eq!(calls.len(), 1, "{calls:?}");
    as_the_account(&ground, "projects.get", Reason::Told);
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
    as_the_account(&ground, "projects.get", Reason::Untold);
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_acts_as_the_account_by_the_wrapper_and_inside() {
    let ground = Ground::new().await;
    let (Some(_), Some(_), Some(gcloud)) = (
        peer::on_path("kubectl"),
        peer::on_path("gke-gcloud-auth-plugin"),
        peer::on_path("gcloud"),
    ) else {
        return;
    };
    // The user has the cluster, and a context of somebody else's that must not get the token.
    let written = ground.environment.home().join(".kube/config");
    let credentials = [
        "container",
        "clusters",
        "get-credentials",
        "main",
        "--location",
        "europe-west1",
    ];
    let mut command = ground.environment.command(&gcloud);
    command.args(credentials).env(
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
        ground.token_of("bob@example.com"),
    );
    let finished = daypass_tests::process::finished(command).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    let before = std::fs::read(&written).unwrap();

    let pods = [
        "kubectl", "-s", DEPLOYER, "-R", "INC-1", "get", "pods", "-o", "name",
    ];
    let finished = daypass_tests::process::finished(ground.daypass(&pods)).await;
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (Some(0), "pod/web-0\npod/web-1\n"),
        "{finished:?}"
    );
    let later = [
        "kubectl", "get", "pods", "-o", "name", "-s", DEPLOYER, "-R", "INC-1",
    ];
    let finished = daypass_tests::process::finished(ground.daypass(&later)).await;
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (Some(0), "pod/web-0\npod/web-1\n"),
        "{finished:?}"
    );

    let whoami = "kubectl auth whoami -o jsonpath='{.status.userInfo.username}'";
    assert_eq!(ground.inside(whoami).await, DEPLOYER);
    let fetched = format!("gcloud {} 2> /dev/null && {whoami}", credentials.join(" "));
    assert_eq!(ground.inside(&fetched).await, DEPLOYER);
    assert_eq!(
        std::fs::read(&written).unwrap(),
        before,
        "the user's own file is as it was"
    );
    let pods = ground.calls("pods.list");
    assert!(
        pods.len() >= 2 && pods.iter().all(|(who, _)| who == AS_DEPLOYER),
        "{pods:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_keeps_its_state_as_the_account() {
    let ground = Ground::new().await;
    if peer::on_path("terraform").is_none() {
        return;
    }
    let code = format!(
        "terraform {{\n  backend \"gcs\" {{\n    bucket = \"logs-acme-prod\"\n    prefix = \"states\"\n    \
         storage_custom_endpoint = \"{}/storage/v1/\"\n  }}\n}}\n\
         resource \"terraform_data\" \"one\" {{ input = \"kept\" }}\n",
        ground.sandbox.base_url()
    );
    std::fs::write(ground.environment.home().join("main.tf"), code).unwrap();
    let said = ground
        .inside(
            "export CHECKPOINT_DISABLE=1; terraform init -input=false -no-color && \
             terraform apply -input=false -no-color -auto-approve && terraform state list",
        )
        .await;
    assert!(said.ends_with("terraform_data.one\n"), "{said}");
    let requests = ground.sandbox.cloud().requests(0);
    let of_storage: Vec<_> = requests
        .iter()
        .filter(|request| request.service == "storage.googleapis.com")
        .collect();
    assert!(of_storage.len() >= 4);
    assert!(
        of_storage
            .iter()
            .all(|request| request.principal.as_deref() == Some(AS_DEPLOYER))
    );
    as_the_account(&ground, "objects.insert", Reason::Untold);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cloud_sql_proxy_gets_its_certificate_as_the_account() {
    let ground = Ground::new().await;
    if peer::on_path("cloud_sql_proxy").is_none() || peer::on_path("gcloud").is_none() {
        return;
    }
    let instance = "acme-prod:europe-west1:orders-db";
    let arguments = [
        "cloud_sql_proxy".to_owned(),
        "-instances".to_owned(),
        instance.to_owned(),
        format!("-host={}/", ground.sandbox.base_url()),
        format!("-dir={}", ground.environment.home().display()),
        "-s".to_owned(),
        DEPLOYER.to_owned(),
        "-R".to_owned(),
        "INC-1".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut proxy = ground.daypass(&arguments).spawn().unwrap();
    let socket = ground
        .environment
        .home()
        .join(instance)
        .join(".s.PGSQL.5432");
    let stream = until("the proxy listens", || {
        std::os::unix::net::UnixStream::connect(&socket).ok()
    })
    .await;
    let mut banner = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(&stream), &mut banner).unwrap();
    assert!(
        banner.ends_with(&format!("with a certificate of {AS_DEPLOYER}\n")),
        "{banner}"
    );
    let id = rustix::process::Pid::from_raw(i32::try_from(proxy.id().unwrap()).unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
    proxy.wait().await.unwrap();
    canary_is_alive(&ground);
    until("nothing is left", || ground.left().is_empty().then_some(())).await;
}
