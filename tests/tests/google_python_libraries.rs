//! Google's Python libraries, and Google's discovery documents, as judges of the sandbox.

use daypass_tests::python;

/// Runs one script; its output tells what it checked and found.
#[expect(
    clippy::print_stdout,
    reason = "how much was checked is part of the test's account"
)]
async fn passes(name: &str) {
    let sandbox = daypass_tests::sandbox().await;
    if let Some(finished) = python::script(&sandbox.base_url(), "olivia@example.com", name).await {
        assert!(
            finished.is_success(),
            "{name}.py: {}\n{}",
            finished.stdout,
            finished.stderr
        );
        assert!(
            !finished.stdout.trim().is_empty(),
            "{name}.py says what it checked"
        );
        println!("{name}.py: {}", finished.stdout);
    }
    sandbox.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reply_is_what_the_discovery_documents_say() {
    passes("replies").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_those_that_were_recorded_from_google() {
    passes("exact_bodies").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typed_libraries_work_and_name_a_conflict() {
    passes("client_libraries").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_discovery_based_client_works_and_names_a_conflict() {
    passes("api_client").await;
}
