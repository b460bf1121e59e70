//! Programs sign in with an ID token in a file.

use crate::command::Person;
use crate::fake_server::FakeServer;

#[test]
fn the_token_is_read_from_the_file_and_printed_nowhere() {
    let server = FakeServer::start();
    let person = Person::stranger(&server);
    let file = person.home().join("id-token");
    std::fs::write(&file, "header.canary-claims.signature\n").unwrap();
    server.accept_only("header.canary-claims.signature");
    let url = server.url();
    let variables = [
        ("DAYPASS_SERVER", url.as_str()),
        ("DAYPASS_ID_TOKEN_FILE", file.to_str().unwrap()),
    ];
    let done = person.run_with(&["whoami"], &variables, "");
    assert_eq!(done.code, 0, "{done:?}");
    assert_eq!(
        server.received()[0].authorization.as_deref(),
        Some("Bearer header.canary-claims.signature")
    );
    server.accept_only("another");
    let refused = person.run_with(&["whoami"], &variables, "");
    assert!(
        refused.code == 1 && refused.stderr.contains("does not accept the ID token"),
        "{refused:?}"
    );
    assert!(!format!("{done:?}{refused:?}").contains("canary-claims"));
    std::fs::write(&file, "\n").unwrap();
    assert_eq!(person.run_with(&["whoami"], &variables, "").code, 1);
}
