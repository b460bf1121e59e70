//! Two servers on one database.

use daypass_tests::crash::{Person, Program, Server, Site, Start};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_the_database_ends_with_a_hint_and_the_first_goes_on() {
    let program = Program::plain();
    let site = Site::start(&program).await;
    let server = Server::start(&program, &site).await;
    let ended = Server::start_with(&program, &site, &Start::default())
        .await
        .unwrap_err();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.log);
    assert!(
        ended.log.contains("in use by another server"),
        "{}",
        ended.log
    );
    assert!(ended.log.contains("end the other server"), "{}", ended.log);

    let alice = Person::at(server.url(), &site.cloud(), "alice");
    alice.ask("one-open", 30).await.unwrap();
    // The lock goes with the process, however it ends.
    server.kill().await;
    Server::start(&program, &site).await.kill().await;
}
