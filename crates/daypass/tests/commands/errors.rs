//! What goes wrong: each with its exit code, a reason, and a next step.

use daypass_api::Problem;

use crate::command::Person;
use crate::examples;
use crate::fake_server::{FakeServer, problem};

#[test]
fn a_denial_shows_the_broken_rules() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let denial = problem(
        "denied",
        403,
        "the request breaks a rule",
        Some("ask for less"),
    );
    server.answer_next(
        403,
        Some(Problem {
            rules: examples::rules(false),
            ..denial
        }),
    );
    insta::assert_snapshot!(person.run(&["request", "prod-storage", "-y"]).transcript(), @"
    exit 3
    --- stdout
    --- stderr
    error: the request breaks a rule
      ✗ duration: 9h is over the maximum of 4h (ask for 4h or less)

    hint: ask for less
    ");
}

#[test]
fn every_answer_has_its_exit_code() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    for (status, kind, code) in [
        (400, "invalid", 1),
        (403, "denied", 3),
        (404, "not-found", 1),
        (409, "conflict", 1),
        (413, "too-large", 1),
        (500, "bug", 1),
    ] {
        server.answer_next(
            status,
            Some(problem(
                kind,
                status,
                "this is why\u{1b}[31m",
                Some("do that\u{202e}"),
            )),
        );
        let done = person.run(&["whoami"]);
        assert_eq!(done.code, code, "{done:?}");
        assert!(
            done.stderr.starts_with(r"error: this is why\u{1b}[31m"),
            "{done:?}"
        );
        assert!(
            done.stderr.ends_with("\n\nhint: do that\\u{202e}\n"),
            "{done:?}"
        );
        assert_eq!(done.stdout, "");
    }
}

/// What only a browser can do is still pending, and the page to open is printed.
#[test]
fn a_browser_is_needed() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let refusal = problem(
        "needs-browser",
        403,
        "this approval writes the policy with your own rights at Google",
        Some("open the grant's page in a browser"),
    );
    server.answer_next(
        403,
        Some(Problem {
            sign_in: Some("https://daypass.example.com/grants/01k".into()),
            ..refusal
        }),
    );
    let done = person.run(&["whoami"]);
    assert_eq!(done.code, 4, "{done:?}");
    assert!(
        done.stderr
            .ends_with("hint: open https://daypass.example.com/grants/01k\n"),
        "{done:?}"
    );
}

#[test]
fn a_session_that_is_over_leads_to_login() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    server.accept_only("another");
    insta::assert_snapshot!(person.run(&["list"]).transcript(), @"
    exit 1
    --- stdout
    --- stderr
    error: the session at SERVER is over

    hint: daypass login --server SERVER
    ");
}

#[test]
fn nobody_is_signed_in_and_no_server_is_known() {
    let server = FakeServer::start();
    let person = Person::stranger(&server);
    insta::assert_snapshot!(person.run(&["list"]).transcript(), @"
    exit 1
    --- stdout
    --- stderr
    error: you are not signed in to SERVER

    hint: daypass login --server SERVER
    ");
    insta::assert_snapshot!(person.run_with(&["list"], &[], "").transcript(), @"
    exit 1
    --- stdout
    --- stderr
    error: no server is known

    hint: daypass login --server https://daypass.example.com
    ");
}

#[test]
fn nobody_listens() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let server = FakeServer::start();
    let done = Person::stranger(&server).run(&["login", "--server", &address]);
    assert_eq!(done.code, 1);
    insta::assert_snapshot!(done.stderr.replace(&address, "ADDRESS"), @"
    error: cannot reach ADDRESS: Connection refused (os error 111)

    hint: is the server running, and is the address right? 'daypass doctor' looks further
    ");
}

#[test]
fn an_answer_of_something_else() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    server.answer_next(502, None);
    insta::assert_snapshot!(person.run(&["whoami"]).transcript(), @"
    exit 1
    --- stdout
    --- stderr
    error: SERVER answered 502, and not in the way of a Daypass server

    hint: is that the address of a Daypass server? A proxy in between may have answered
    ");
    server.answer_next(200, None);
    insta::assert_snapshot!(person.run(&["whoami"]).transcript(), @"
    exit 1
    --- stdout
    --- stderr
    error: the answer of SERVER is not understood: expected value at line 1 column 1

    hint: server and command may be of different versions: compare 'daypass version' with the server's
    ");
    server.answer_next(307, None);
    assert_eq!(person.run(&["whoami"]).code, 1);
}

#[test]
fn an_overloaded_server_is_asked_again() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    server.answer_next(503, None);
    assert_eq!(person.run(&["whoami"]).code, 0);
}

#[test]
fn a_request_is_sent_again_under_the_same_key_only() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    server.answer_next(503, None);
    assert_eq!(person.run(&["request", "prod-storage", "-y"]).code, 0);
    let keys: Vec<_> = server
        .received()
        .into_iter()
        .filter(|request| request.target.ends_with("/grants"))
        .map(|request| request.idempotency_key)
        .collect();
    assert!(
        keys.len() == 2 && keys[0].is_some() && keys[0] == keys[1],
        "{keys:?}"
    );
    server.answer_next(503, None);
    assert_eq!(
        person.run(&["deny", examples::PENDING]).code,
        0,
        "reading the grant is repeated"
    );
    let denials = || {
        server
            .received()
            .iter()
            .filter(|request| request.target.ends_with(":deny"))
            .count()
    };
    assert_eq!(denials(), 1);
}

#[test]
fn usage_errors() {
    let server = FakeServer::start();
    let person = Person::stranger(&server);
    for arguments in [
        &[][..],
        &["request", "x", "--for", "0m"],
        &["request", "x", "--for", "90"],
        &["request", ""],
        &["login", "--as", ""],
        &["give", "roles/viewer", "--to", "", "--on", "p"],
        &["give", "roles/viewer", "--to", "a@example.com", "--on", ""],
        &["explain", "x", "--at", "soon"],
        &["fly"],
        &["status", "-o", "xml"],
        &["login", "--as", "a", "--no-browser"],
    ] {
        let done = person.run(arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {done:?}");
        assert_eq!(done.stdout, "");
    }
    let done = person.run(&["request", "x", "--for", "90"]);
    assert!(
        done.stderr
            .contains("'90' is not a duration; write 90m, 1h30m, 7d, PT90M or 5400s"),
        "{done:?}"
    );
    // A minus sign is the value's, not a flag's.
    let done = person.run(&["request", "x", "--for", "-5m"]);
    assert!(
        done.code == 2 && done.stderr.contains("a duration of -5m is not positive"),
        "{done:?}"
    );
}

#[test]
fn help_version_and_completions_need_no_server() {
    let server = FakeServer::start();
    let person = Person::stranger(&server);
    let help = person.run_with(&["--help"], &[], "");
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    let verbs = "login logout whoami list search request explain status approve deny extend drop revoke give doctor version completions";
    for verb in verbs.split(' ') {
        assert!(
            help.stdout.contains(&format!("\n  {verb} ")),
            "{verb} is missing: {}",
            help.stdout
        );
    }
    assert!(
        help.stdout.lines().all(|line| line.chars().count() <= 100),
        "{}",
        help.stdout
    );
    assert_eq!(
        person.run_with(&["version"], &[], "").stdout,
        format!("daypass {}\n", env!("CARGO_PKG_VERSION"))
    );
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_daypass"))
            .args(["completions", shell])
            .output()
            .unwrap();
        let script = String::from_utf8(done.stdout).unwrap();
        assert!(
            done.status.success() && script.contains("entitlement") | script.contains("request"),
            "{shell}"
        );
    }
    assert!(server.received().is_empty());
}
