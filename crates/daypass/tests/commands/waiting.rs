//! `--wait`: the id first, and an exit code for each end.

use crate::command::Person;
use crate::examples::PENDING;
use crate::fake_server::{FakeServer, problem};

const REQUEST: [&str; 6] = ["request", "prod-storage", "-R", "INC-1", "--yes", "--wait"];

#[test]
fn each_end_has_its_exit_code() {
    for (states, code) in [
        (&["APPROVAL_AWAITED", "ACTIVATING", "ACTIVE"][..], 0),
        (&["ACTIVE"], 0),
        (&["APPROVAL_AWAITED", "ACTIVATION_FAILED"], 1),
        (&["APPROVAL_AWAITED", "DENIED"], 3),
        (&["APPROVAL_AWAITED", "EXPIRED"], 5),
        (&["WITHDRAWN"], 5),
        (&["REVOKED"], 5),
        (&["ENDED"], 5),
    ] {
        let server = FakeServer::start();
        let person = Person::signed_in(&server);
        server.show_states(states);
        let done = person.run(&REQUEST);
        assert_eq!(done.code, code, "{states:?}: {done:?}");
        assert!(done.stdout.contains(states[states.len() - 1]), "{done:?}");
        assert!(
            done.stderr
                .starts_with(&format!("{PENDING} SERVER/grants/{PENDING}\n")),
            "the id and the page come first: {done:?}"
        );
    }
}

#[test]
fn a_time_out_leaves_it_pending() {
    let server = FakeServer::start();
    let done = Person::signed_in(&server).run(&[&REQUEST[..], &["--timeout", "1s"]].concat());
    assert_eq!(done.code, 4, "{done:?}");
    insta::assert_snapshot!(done.stderr, @"
    01kaj5w2f3m8pqrstvwxyz0123 SERVER/grants/01kaj5w2f3m8pqrstvwxyz0123
    Waiting: carol@example.com may approve.

    hint: it goes on without you: daypass status 01kaj5w2f3m8pqrstvwxyz0123
    ");
}

#[test]
fn a_server_that_restarts_is_waited_for() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    server.show_states(&["APPROVAL_AWAITED", "ACTIVE"]);
    let waiting = std::thread::spawn({
        let server = server.clone();
        move || {
            while !server
                .received()
                .iter()
                .any(|request| request.target.ends_with("/grants"))
            {
                std::thread::sleep(std::time::Duration::from_millis(10));
            }
            server.answer_next(500, Some(problem("bug", 500, "the store is away", None)));
        }
    });
    let done = person.run(&REQUEST);
    waiting.join().unwrap();
    assert_eq!(done.code, 0, "{done:?}");
    assert!(
        done.stderr.contains("the store is away; still trying"),
        "{done:?}"
    );
}

#[test]
fn json_is_one_document() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    server.show_states(&["APPROVAL_AWAITED", "ACTIVE"]);
    let done = person.run(&[&REQUEST[..], &["-o", "json"]].concat());
    let grant: daypass_api::Grant = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(grant.state, "ACTIVE");
}
