//! Clients that get the token, and the reason, from the session's proxy.

use daypass_tests::peer;
use daypass_tests::process::{Finished, finished};

use crate::acted::{Reason, as_the_account};
use crate::ground::{AS_DEPLOYER, Ground, until};

/// One script of the shell in a session with a proxy, which must succeed; what it printed.
async fn proxied(ground: &Ground, script: &str) -> String {
    let finished: Finished = finished(ground.assume(&["--proxy", "--", "sh", "-c", script])).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    finished.stdout
}

/// requests knows nothing of Google, and google-auth's own credentials are replaced on the way: both act as the account.
#[tokio::test(flavor = "multi_thread")]
async fn python_acts_as_the_account_through_the_proxy() {
    let ground = Ground::with_tunnel().await;
    let Some(python) = peer::python() else { return };
    let script = ground.environment.home().join("proxied.py");
    std::fs::write(
        &script,
        "import requests, google.auth\n\
         from google.auth.credentials import AnonymousCredentials\n\
         from google.cloud import resourcemanager_v3, storage\n\
         url = 'https://cloudresourcemanager.googleapis.com/v3/projects/acme-prod'\n\
         print(requests.get(url, timeout=30).json()['projectId'])\n\
         for credentials in (AnonymousCredentials(), google.auth.default()[0]):\n\
         \x20   client = resourcemanager_v3.ProjectsClient(transport='rest', credentials=credentials)\n\
         \x20   print(client.get_project(name='projects/acme-prod').project_id)\n\
         client = storage.Client(project='acme-prod', credentials=AnonymousCredentials())\n\
         client.bucket('logs-acme-prod').blob('proxied').upload_from_string('kept')\n\
         print(client.bucket('logs-acme-prod').blob('proxied').download_as_text())\n",
    )
    .unwrap();
    let printed = proxied(
        &ground,
        &format!("{} -B {}", python.display(), script.display()),
    )
    .await;
    assert_eq!(printed, "acme-prod\nacme-prod\nacme-prod\nkept\n");
    assert_eq!(ground.calls("projects.get").len(), 3);
    as_the_account(&ground, "projects.get", Reason::Told);
    as_the_account(&ground, "objects.insert", Reason::Told);
    as_the_account(&ground, "objects.get", Reason::Told);
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_keeps_its_state_as_the_account_through_the_proxy() {
    let ground = Ground::with_tunnel().await;
    if peer::on_path("terraform").is_none() {
        return;
    }
    std::fs::write(
        ground.environment.home().join("main.tf"),
        "terraform {\n  backend \"gcs\" {\n    bucket = \"logs-acme-prod\"\n    prefix = \"states\"\n  }\n}\n\
         resource \"terraform_data\" \"one\" { input = \"kept\" }\n",
    )
    .unwrap();
    let said = proxied(
        &ground,
        "export CHECKPOINT_DISABLE=1; terraform init -input=false -no-color && \
         terraform apply -input=false -no-color -auto-approve && terraform state list",
    )
    .await;
    assert!(said.ends_with("terraform_data.one\n"), "{said}");
    for operation in ["objects.insert", "objects.get", "objects.delete"] {
        as_the_account(&ground, operation, Reason::Told);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gsutil_acts_as_the_account_through_the_proxy() {
    let ground = Ground::with_tunnel().await;
    if peer::on_path("gsutil").is_none() {
        return;
    }
    let copied = "echo kept > one && gsutil -q cp one gs://logs-acme-prod/one && gsutil cat gs://logs-acme-prod/one";
    assert_eq!(proxied(&ground, copied).await, "kept\n");
    as_the_account(&ground, "objects.insert", Reason::Told);
    as_the_account(&ground, "objects.get", Reason::Told);
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_acts_as_the_account_through_the_proxy() {
    let ground = Ground::with_tunnel().await;
    if peer::on_path("gcloud").is_none() {
        return;
    }
    let describe = "gcloud projects describe acme-prod --format='value(projectId)'";
    assert_eq!(proxied(&ground, describe).await, "acme-prod\n");
    as_the_account(&ground, "projects.get", Reason::Told);
}

/// A cluster is no host of Google's: kubectl goes there past the proxy, with its credential plugin and without a reason.
#[tokio::test(flavor = "multi_thread")]
async fn kubectl_acts_as_the_account_beside_the_proxy() {
    let ground = Ground::with_tunnel().await;
    let peers = ["gcloud", "kubectl", "gke-gcloud-auth-plugin"].map(peer::on_path);
    if peers.iter().any(Option::is_none) {
        return;
    }
    let pods = "gcloud container clusters get-credentials main --location europe-west1 2> /dev/null && \
                kubectl get pods -o name";
    assert_eq!(proxied(&ground, pods).await, "pod/web-0\npod/web-1\n");
    as_the_account(&ground, "clusters.get", Reason::Told);
    let calls = ground.calls("pods.list");
    assert_eq!(calls, [(AS_DEPLOYER.to_owned(), None)]);
}

/// Its certificate is asked for through the session's proxy; the database itself is on a port of its own, past it.
#[tokio::test(flavor = "multi_thread")]
async fn the_cloud_sql_proxy_gets_its_certificate_through_the_proxy() {
    let ground = Ground::with_tunnel().await;
    if peer::on_path("cloud_sql_proxy").is_none() || peer::on_path("gcloud").is_none() {
        return;
    }
    let instance = "acme-prod:europe-west1:orders-db";
    let folder = format!("-dir={}", ground.environment.home().display());
    let arguments = ["--proxy", "--", "cloud_sql_proxy", "-instances", instance];
    let mut command = ground.assume(&arguments);
    let mut proxy = command.arg(folder).spawn().unwrap();
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
    as_the_account(&ground, "sslCerts.createEphemeral", Reason::Told);
}
