//! Google's Rust crates inside a session.

use daypass_tests::process::finished;

use crate::acted::{Reason, as_the_account};
use crate::ground::Ground;

/// Runs the client in a session with these flags.
async fn client(ground: &Ground, flags: &[&str], source: &str, address: &str) {
    let program = env!("CARGO_BIN_EXE_google_rust_client");
    let mut command = ground.assume(flags);
    command.args(["--", program, source, address]);
    let finished = finished(command).await;
    assert_eq!(
        (finished.code, finished.stdout.as_str()),
        (Some(0), "acme-prod\n"),
        "{finished:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_rust_crates_act_as_the_account_by_their_credential_file() {
    let ground = Ground::new().await;
    client(&ground, &[], "file", &ground.sandbox.base_url()).await;
    as_the_account(&ground, "projects.get", Reason::Untold);
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_rust_crates_act_as_the_account_by_the_metadata_server() {
    let ground = Ground::new().await;
    for flag in ["--metadata", "--metadata=user"] {
        client(&ground, &[flag], "metadata", &ground.sandbox.base_url()).await;
    }
    as_the_account(&ground, "projects.get", Reason::Untold);
}

#[tokio::test(flavor = "multi_thread")]
async fn googles_rust_crates_act_as_the_account_through_the_proxy() {
    let ground = Ground::with_tunnel().await;
    let address = "https://cloudresourcemanager.googleapis.com";
    for source in ["none", "file"] {
        client(&ground, &["--proxy"], source, address).await;
    }
    as_the_account(&ground, "projects.get", Reason::Told);
}
