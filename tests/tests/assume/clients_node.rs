//! Google's Node library inside a session.

use daypass_tests::peer;
use daypass_tests::process::finished;

use crate::acted::{Reason, as_the_account, canary_is_alive};
use crate::ground::Ground;

const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/real-clients/node/client.cjs");

/// Runs the client in a session with these flags, and returns what it printed; none where Node is missing and tests
/// may be skipped.
async fn client(ground: &Ground, flags: &[&str], source: &str, address: &str) -> Option<String> {
    let (node, modules) = peer::node()?;
    let mut command = ground.assume(flags);
    command
        .env("NODE_PATH", modules)
        .arg("--")
        .args([node.as_os_str(), CLIENT.as_ref()])
        .args([source, address]);
    let finished = finished(command).await;
    assert_eq!(finished.code, Some(0), "{finished:?}");
    Some(finished.stdout)
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_acts_as_the_account_by_its_credential_file() {
    let ground = Ground::new().await;
    let address = ground.sandbox.base_url();
    let Some(printed) = client(&ground, &[], "file", &address).await else {
        return;
    };
    assert_eq!(printed, "acme-prod\n");
    as_the_account(&ground, "projects.get", Reason::Untold);
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_node_library_acts_as_the_account_by_the_metadata_server() {
    let ground = Ground::new().await;
    let address = ground.sandbox.base_url();
    let Some(printed) = client(&ground, &["--metadata=user"], "metadata", &address).await else {
        return;
    };
    assert_eq!(printed, "acme-prod\n");
    as_the_account(&ground, "projects.get", Reason::Untold);
}

/// It makes its own path of the server's address, and loses the secret: refused, and not the user either.
#[tokio::test(flavor = "multi_thread")]
async fn node_gets_nothing_from_a_metadata_server_with_a_secret() {
    let ground = Ground::new().await;
    let Some((node, modules)) = peer::node() else {
        return;
    };
    let mut command = ground.assume(&["--metadata", "--"]);
    command
        .env("NODE_PATH", modules)
        .args([node.as_os_str(), CLIENT.as_ref()])
        .args(["metadata", &ground.sandbox.base_url()]);
    let finished = finished(command).await;
    assert_eq!((finished.code, finished.stdout.as_str()), (Some(1), ""));
    assert!(
        finished.stderr.contains("belongs to a Daypass session"),
        "{finished:?}"
    );
    assert_eq!(ground.calls("projects.get"), []);
    canary_is_alive(&ground);
}

/// By the proxy alone, and by the proxy over credentials of its own: either way the proxy says why.
#[tokio::test(flavor = "multi_thread")]
async fn node_acts_as_the_account_through_the_proxy() {
    let ground = Ground::with_tunnel().await;
    let address = "https://cloudresourcemanager.googleapis.com";
    for source in ["none", "file"] {
        let Some(printed) = client(&ground, &["--proxy"], source, address).await else {
            return;
        };
        assert_eq!(printed, "acme-prod\n", "{source}");
    }
    as_the_account(&ground, "projects.get", Reason::Told);
}
