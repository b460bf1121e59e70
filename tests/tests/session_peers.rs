//! The tools of a session against the sandbox, each as the account whose token it holds: gcloud, gsutil, kubectl,
//! terraform and the connector of Cloud SQL. What sessions add is tested elsewhere; here the tools judge the sandbox.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;
use std::time::Duration;

use daypass_sandbox::{Options, Sandbox};
use daypass_tests::gcloud::Gcloud;
use daypass_tests::peer;
use daypass_tests::process::{Environment, Finished};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;

const DEPLOYER: &str = "deployer@acme-prod.iam.gserviceaccount.com";
const MEMBER: &str = "serviceAccount:deployer@acme-prod.iam.gserviceaccount.com";
/// Above the size from which gcloud and gsutil upload in pieces.
const LARGE: usize = 9_000_000;

fn succeeded(finished: &Finished) -> &str {
    assert!(finished.is_success(), "{}", finished.stderr);
    finished.stdout.trim()
}

/// Who did the operations of a service, each once.
fn principals(sandbox: &Sandbox, service: &str) -> Vec<String> {
    let requests = sandbox.cloud().requests(0).into_iter();
    let of_service = requests.filter(|request| request.service == service);
    let mut found: Vec<String> = of_service.filter_map(|request| request.principal).collect();
    found.dedup();
    found
}

/// Content without a pattern that a wrong order of pieces would hide.
fn large() -> Vec<u8> {
    (0..LARGE)
        .map(|at| (at * at / 251).to_le_bytes()[0])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_storage_copies_lists_and_removes() {
    let sandbox = daypass_tests::sandbox().await;
    let Some(program) = peer::on_path("gcloud") else {
        return;
    };
    let environment = Environment::of_person(&sandbox.base_url(), DEPLOYER).await;
    copies_lists_and_removes(&environment, program, &["storage"]).await;
    assert_eq!(principals(&sandbox, "storage.googleapis.com"), [MEMBER]);
    sandbox.stop().await;
}

/// gsutil speaks TLS only, and reads none of gcloud's variables: the tunnel answers for Google's own host.
#[tokio::test(flavor = "multi_thread")]
async fn gsutil_copies_lists_and_removes() {
    let options = Options {
        tunnel: true,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let Some(program) = peer::on_path("gsutil") else {
        return;
    };
    let mut environment = Environment::through_tunnel(&sandbox.base_url(), DEPLOYER).await;
    let file = environment.home().join("boto");
    let contents = format!(
        "[Credentials]\ngs_external_account_file = {}\n[Boto]\nca_certificates_file = {}\n\
         [GSUtil]\nsoftware_update_check_period = 0\n",
        environment
            .variable("GOOGLE_APPLICATION_CREDENTIALS")
            .unwrap(),
        environment.variable("SSL_CERT_FILE").unwrap(),
    );
    std::fs::write(&file, contents).unwrap();
    environment.set("BOTO_CONFIG", Some(&file.to_string_lossy()));
    copies_lists_and_removes(&environment, program, &[]).await;
    assert_eq!(principals(&sandbox, "storage.googleapis.com"), [MEMBER]);
    sandbox.stop().await;
}

async fn copies_lists_and_removes(environment: &Environment, program: PathBuf, group: &[&str]) {
    let home = environment.home();
    std::fs::write(home.join("small"), "hello\n").unwrap();
    std::fs::write(home.join("large"), large()).unwrap();
    let bucket = "gs://logs-acme-prod";
    let run = async |arguments: &[&str]| {
        let all = [group, arguments].concat();
        environment.run(&program, &all).await
    };
    for name in ["small", "large"] {
        let there = format!("{bucket}/in/{name}");
        succeeded(&run(&["cp", name, &there]).await);
        let back = format!("{name}-back");
        succeeded(&run(&["cp", &there, &back]).await);
        let (sent, got) = (
            std::fs::read(home.join(name)),
            std::fs::read(home.join(back)),
        );
        assert!(
            sent.unwrap() == got.unwrap(),
            "{name} comes back as it went"
        );
    }
    let small = format!("{bucket}/in/small");
    assert_eq!(succeeded(&run(&["cat", &small]).await), "hello");
    let listed = run(&["ls", &format!("{bucket}/in/")]).await;
    assert_eq!(
        succeeded(&listed),
        format!("{bucket}/in/large\n{bucket}/in/small")
    );
    succeeded(&run(&["rm", &small]).await);
    assert!(!run(&["cat", &small]).await.is_success());
    assert_eq!(
        succeeded(&run(&["ls", bucket]).await),
        format!("{bucket}/in/")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_shows_machines_databases_and_clusters_and_names_what_is_missing() {
    let sandbox = daypass_tests::sandbox().await;
    let base_url = sandbox.base_url();
    let Some(gcloud) = Gcloud::as_person(&base_url, "olivia@example.com").await else {
        return;
    };
    for (command, names) in [
        (["compute", "instances", "list"], vec!["batch-1", "web-1"]),
        (["sql", "instances", "list"], vec!["orders-db"]),
        (["container", "clusters", "list"], vec!["main"]),
    ] {
        let listed = gcloud.json(&command).await;
        let listed = listed.as_array().unwrap().iter();
        let mut found: Vec<&str> = listed.filter_map(|shown| shown["name"].as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, names);
    }
    let stranger = Gcloud::as_person(&base_url, "gina@gmail.com")
        .await
        .unwrap();
    for (command, permission) in [
        (["sql", "instances", "list"], "cloudsql.instances.list"),
        (["container", "clusters", "list"], "container.clusters.list"),
    ] {
        let refused = stranger.run(&command).await;
        assert!(!refused.is_success());
        assert!(refused.stderr.contains(permission), "{}", refused.stderr);
    }
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kubectl_acts_with_the_credentials_that_gcloud_wrote() {
    let sandbox = daypass_tests::sandbox().await;
    let peers = ["gcloud", "kubectl", "gke-gcloud-auth-plugin"].map(peer::on_path);
    let [Some(gcloud), Some(kubectl), Some(_)] = peers else {
        return;
    };
    let get = [
        "container",
        "clusters",
        "get-credentials",
        "main",
        "--region=europe-west1",
    ];
    let shell = async |person: &str| {
        let mut environment = Environment::of_person(&sandbox.base_url(), person).await;
        let kubeconfig = environment.home().join("kubeconfig");
        environment.set("KUBECONFIG", Some(&kubeconfig.to_string_lossy()));
        succeeded(&environment.run(&gcloud, &get).await);
        environment
    };
    let deployer = shell(DEPLOYER).await;
    let pods = deployer
        .run(&kubectl, &["get", "pods", "-A", "-o=name"])
        .await;
    assert_eq!(succeeded(&pods), "pod/web-0\npod/web-1\npod/kube-dns-0");
    let table = deployer.run(&kubectl, &["get", "pods"]).await;
    assert!(
        succeeded(&table)
            .starts_with("NAME    READY   STATUS    RESTARTS   AGE\nweb-0   1/1     Running   0")
    );
    let who = deployer
        .run(
            &kubectl,
            &["auth", "whoami", "-o=jsonpath={.status.userInfo.username}"],
        )
        .await;
    assert_eq!(succeeded(&who), DEPLOYER);
    assert_eq!(
        succeeded(&deployer.run(&kubectl, &["logs", "web-0"]).await),
        "web-0 is up"
    );
    let create = ["create", "configmap", "settings", "--from-literal=a=1"];
    let refused = deployer.run(&kubectl, &create).await;
    assert!(
        refused.stderr.contains("container.configMaps.create"),
        "{}",
        refused.stderr
    );
    assert_eq!(principals(&sandbox, "kubernetes"), [MEMBER]);

    let owner = shell("olivia@example.com").await;
    succeeded(&owner.run(&kubectl, &create).await);
    let data = owner
        .run(
            &kubectl,
            &["get", "configmap", "settings", "-o=jsonpath={.data.a}"],
        )
        .await;
    assert_eq!(succeeded(&data), "1");
    succeeded(
        &owner
            .run(&kubectl, &["delete", "configmap", "settings"])
            .await,
    );
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_keeps_its_state_and_its_lock_in_a_bucket() {
    let sandbox = daypass_tests::sandbox().await;
    let base_url = sandbox.base_url();
    let Some(terraform) = peer::on_path("terraform") else {
        return;
    };
    let mut environment = Environment::of_person(&base_url, DEPLOYER).await;
    // Google's Go client asks without credentials where this is set.
    environment.set("STORAGE_EMULATOR_HOST", None);
    environment.set("CHECKPOINT_DISABLE", Some("1"));
    let code = format!(
        "terraform {{\n  backend \"gcs\" {{\n    bucket = \"logs-acme-prod\"\n    prefix = \"states\"\n    \
         storage_custom_endpoint = \"{base_url}/storage/v1/\"\n  }}\n}}\n\
         resource \"terraform_data\" \"one\" {{ input = \"kept\" }}\n\
         output \"one\" {{ value = terraform_data.one.output }}\n"
    );
    std::fs::write(environment.home().join("main.tf"), code).unwrap();
    let run = async |arguments: &[&str]| environment.run(&terraform, arguments).await;
    succeeded(&run(&["init", "-input=false", "-no-color"]).await);
    let plan = run(&["plan", "-input=false", "-no-color"]).await;
    assert!(succeeded(&plan).contains("1 to add"), "{}", plan.stdout);
    let apply = ["apply", "-input=false", "-no-color", "-auto-approve"];
    succeeded(&run(&apply).await);
    assert_eq!(succeeded(&run(&["output", "-raw", "one"]).await), "kept");
    succeeded(&run(&["workspace", "new", "two"]).await);
    let spaces = run(&["workspace", "list"]).await;
    assert_eq!(succeeded(&spaces), "default\n* two");
    succeeded(&run(&["workspace", "select", "default"]).await);

    // Somebody else holds the lock: what Google says, terraform understands.
    let token = sandbox
        .cloud()
        .mint_token(MEMBER, jiff::SignedDuration::from_hours(1))
        .unwrap();
    let lock = format!(
        "{base_url}/upload/storage/v1/b/logs-acme-prod/o?uploadType=media&name=states/default.tflock"
    );
    let info = r#"{"ID": "1", "Operation": "OperationTypeApply", "Who": "somebody else"}"#;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let written = http
        .post(lock)
        .bearer_auth(token.access_token)
        .body(info)
        .send()
        .await
        .unwrap();
    assert_eq!(written.status(), 200);
    let locked = run(&["plan", "-input=false", "-no-color"]).await;
    assert!(!locked.is_success());
    assert!(
        locked.stderr.contains("Error acquiring the state lock"),
        "{}",
        locked.stderr
    );
    assert!(locked.stderr.contains("somebody else"), "{}", locked.stderr);
    assert_eq!(principals(&sandbox, "storage.googleapis.com"), [MEMBER]);
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_connector_of_cloud_sql_reaches_a_database_as_the_account() {
    let sandbox = daypass_tests::sandbox().await;
    let Some(program) = peer::on_path("cloud_sql_proxy") else {
        return;
    };
    let environment = Environment::of_person(&sandbox.base_url(), DEPLOYER).await;
    let token = std::fs::read_to_string(
        environment
            .variable("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE")
            .unwrap(),
    )
    .unwrap();
    let instance = "acme-prod:europe-west1:orders-db";
    let mut proxy = environment
        .command(&program)
        .arg(format!("-host={}/", sandbox.base_url()))
        .arg(format!("-token={token}"))
        .arg(format!("-instances={instance}"))
        .arg(format!("-dir={}", environment.home().display()))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Where clients of PostgreSQL look.
    let socket = environment.home().join(instance).join(".s.PGSQL.5432");
    let opened = async {
        loop {
            if let Ok(stream) = UnixStream::connect(&socket).await {
                break stream;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let stream = tokio::time::timeout(Duration::from_secs(30), opened)
        .await
        .unwrap();
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    stream.read_line(&mut line).await.unwrap();
    let banner = format!(
        "sandbox database projects/acme-prod/instances/orders-db, with a certificate of {MEMBER}\n"
    );
    assert_eq!(line, banner);
    stream.write_all(b"select 1;\n").await.unwrap();
    line.clear();
    stream.read_line(&mut line).await.unwrap();
    assert_eq!(line, "select 1;\n");
    proxy.kill().await.unwrap();
    let connected = sandbox
        .cloud()
        .requests(0)
        .into_iter()
        .find(|request| request.operation == "connect");
    assert_eq!(connected.unwrap().principal.as_deref(), Some(MEMBER));
    sandbox.stop().await;
}

/// Whoever shows no certificate of the instance's authority is not let in, whatever else is shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_takes_nobody_without_a_certificate() {
    let sandbox = daypass_tests::sandbox().await;
    let hour = jiff::SignedDuration::from_hours(1);
    let token = sandbox.cloud().mint_token(MEMBER, hour).unwrap();
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_danger_accept_invalid_certs(true)
        .build()
        .unwrap();
    let path = "sql/v1beta4/projects/acme-prod/instances/orders-db";
    let shown = http
        .get(format!("{}/{path}", sandbox.base_url()))
        .bearer_auth(&token.access_token)
        .send()
        .await
        .unwrap();
    let shown: serde_json::Value = shown.json().await.unwrap();
    let address = shown["ipAddresses"][0]["ipAddress"].as_str().unwrap();
    let refused = http
        .get(format!("https://{address}:3307/"))
        .bearer_auth(&token.access_token)
        .send()
        .await;
    assert!(refused.is_err());
    let requests = sandbox.cloud().requests(0);
    assert!(
        requests
            .iter()
            .all(|request| request.operation != "connect")
    );
    sandbox.stop().await;
}
