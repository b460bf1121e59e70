//! Sign-in and sign-out, and where the session is kept.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::command::Person;
use crate::fake_server::{FakeServer, TOKEN};

#[test]
fn in_and_out() {
    let server = FakeServer::start();
    let person = Person::stranger(&server);
    insta::assert_snapshot!(person.run(&["login", "--as", "alice@example.com"]).transcript(), @"
    exit 0
    --- stdout
    --- stderr
    You are signed in to SERVER as alice@example.com; the session ends in 8 h (18:00 UTC).
    ");
    insta::assert_snapshot!(person.run(&["whoami"]).transcript(), @"
    exit 0
    --- stdout
    alice@example.com (Alice) at SERVER, which works on a sandbox
    in platform@example.com, sre@example.com
    session ends in 8 h (18:00 UTC)
    --- stderr
    ");
    // The server of the last login is remembered.
    assert_eq!(person.run_with(&["whoami"], &[], "").code, 0);
    assert!(
        std::fs::read_to_string(person.session_file())
            .unwrap()
            .contains(TOKEN),
        "the file has it, or the test shows nothing"
    );
    insta::assert_snapshot!(person.run(&["logout"]).transcript(), @"
    exit 0
    --- stdout
    --- stderr
    You are signed out of SERVER.
    ");
    assert_eq!(server.last_write().target, "/api/v1/sessions/current");
    assert!(
        !std::fs::read_to_string(person.session_file())
            .unwrap()
            .contains(TOKEN)
    );
    assert_eq!(person.run(&["whoami"]).code, 1);
    assert_eq!(person.run(&["logout"]).code, 0);
}

#[test]
fn the_file_is_private_whatever_the_umask() {
    let server = FakeServer::start();
    let person = Person::stranger(&server);
    let script = r#"umask 000; exec "$0" login --as alice@example.com --server "$1""#;
    let status = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_daypass"), &server.url()])
        .env_clear()
        .env("HOME", person.home())
        .env("XDG_STATE_HOME", person.home().join("state"))
        .output()
        .unwrap();
    assert!(status.status.success(), "{status:?}");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&person.session_file()), 0o600);
    assert_eq!(mode(person.session_file().parent().unwrap()), 0o700);
    assert_eq!(
        mode(&person.session_file().with_file_name("sessions.lock")),
        0o600
    );
}

#[test]
fn a_file_that_others_can_read_is_not_used() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    std::fs::set_permissions(
        person.session_file(),
        std::fs::Permissions::from_mode(0o644),
    )
    .unwrap();
    let done = person.run(&["whoami"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("can be read by others"), "{done:?}");
    assert!(
        !server
            .received()
            .iter()
            .any(|request| request.target.ends_with("/me"))
    );
}

#[test]
fn a_code_from_another_browser_is_typed() {
    let server = FakeServer::start();
    let person = Person::stranger(&server);
    let url = server.url();
    let done = person.run_with(
        &["login", "--no-browser", "--server", &url],
        &[],
        "one-time-code\n",
    );
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("/login/terminal?challenge="),
        "{done:?}"
    );
    let wrong = person.run_with(
        &["login", "--no-browser", "--server", &url],
        &[],
        "another-code\n",
    );
    assert!(
        wrong.code == 1 && wrong.stderr.contains("the code is not known"),
        "{wrong:?}"
    );
}

#[test]
fn without_anybody_there_the_address_is_told() {
    let server = FakeServer::start();
    let person = Person::stranger(&server);
    for arguments in [
        &["login", "--non-interactive"][..],
        &["login", "--no-browser"],
        &["login", "--no-browser", "--non-interactive"],
    ] {
        let done = person.run(arguments);
        assert_eq!(done.code, 4, "{done:?}");
        assert!(
            done.stderr.contains("SERVER/login/terminal?challenge="),
            "{done:?}"
        );
    }
}

#[test]
fn the_session_goes_over_plain_http_to_this_machine_only() {
    let server = FakeServer::start();
    let done =
        Person::signed_in(&server).run(&["whoami", "--server", "http://daypass.example.com"]);
    assert_eq!(done.code, 1, "{done:?}");
    let done = Person::stranger(&server).run(&["login", "--server", "http://daypass.example.com"]);
    assert!(
        done.code == 1 && done.stderr.contains("plain http"),
        "{done:?}"
    );
}

#[test]
fn the_doctor_looks_from_the_inside_out() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let done = person.run(&["doctor", "-o", "json"]);
    let findings: Vec<serde_json::Value> = serde_json::from_str(&done.stdout).unwrap();
    let checks: Vec<_> = findings
        .iter()
        .map(|finding| {
            (
                finding["check"].as_str().unwrap(),
                finding["holds"].as_bool().unwrap(),
            )
        })
        .collect();
    // The server's clock stands still in 2026, so this machine's differs unless the test runs in that very minute.
    assert_eq!(
        checks[0..3],
        [
            ("session file", true),
            ("server address", true),
            ("server", true)
        ]
    );
    assert_eq!((checks[3].0, checks[4]), ("clock", ("session", true)));
    let stranger = Person::stranger(&server).run(&["doctor"]);
    assert!(
        stranger.code == 1 && stranger.stdout.contains("you are not signed in"),
        "{stranger:?}"
    );
}
