//! Steps, inputs and emergencies, as people see and do them.

use crate::command::Person;
use crate::examples::{EMERGENCY, HALF_WAY};
use crate::fake_server::FakeServer;

#[test]
fn an_entitlement_with_steps_and_inputs_in_full() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    insta::assert_snapshot!(person.run(&["list", "pay-database"]).transcript(), @"");
    insta::assert_snapshot!(person.run(&["list", "prod-break-glass"]).transcript(), @"");
}

#[test]
fn an_explanation_names_the_people_of_each_step() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let done = person.run(&["explain", "pay-database", "--input", "ticket=INC-7"]);
    insta::assert_snapshot!(done.transcript(), @"");
    insta::assert_snapshot!(server.last_write().body, @"");
    insta::assert_snapshot!(person.run(&["explain", "prod-break-glass"]).transcript(), @"");
}

#[test]
fn a_grant_shows_who_agreed_and_who_is_asked_now() {
    let server = FakeServer::start();
    let done = Person::signed_in(&server).run(&["status", HALF_WAY]);
    insta::assert_snapshot!(done.transcript(), @"");
}

#[test]
fn inputs_are_sent_as_they_are_typed() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let fill = ["--input", "ticket=INC-7", "--input", "cause=a=b"];
    let request = ["request", "pay-database", "-R", "why", "--yes"];
    let done = person.run(&[&request[..], &fill[..]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    insta::assert_snapshot!(server.last_write().body, @"");
    let twice = ["--input", "ticket=INC-7", "--input", "ticket=INC-8"];
    let done = person.run(&[&request[..], &twice[..]].concat());
    insta::assert_snapshot!(done.transcript(), @"");
    let nameless = person.run(&[&request[..], &["--input", "INC-7"][..]].concat());
    insta::assert_snapshot!(nameless.transcript(), @"");
}

#[test]
fn who_must_say_why_is_told_so_before_anything_is_sent() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let silent = person.run(&["approve", HALF_WAY, "--yes"]);
    insta::assert_snapshot!(silent.transcript(), @"");
    assert!(
        server
            .received()
            .iter()
            .all(|request| request.method == axum::http::Method::GET),
        "nothing is decided"
    );
    let done = person.run(&["approve", HALF_WAY, "-m", "sound"]);
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn a_review_says_whether_it_was_an_emergency() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    insta::assert_snapshot!(person.run(&["status", "--reviews"]).transcript(), @"");
    insta::assert_snapshot!(person.run(&["status", EMERGENCY]).transcript(), @"");
    insta::assert_snapshot!(person.run(&["review", EMERGENCY]).transcript(), @"");
    let both = ["review", EMERGENCY, "--justified", "--not-justified"];
    assert_eq!(person.run(&both).code, 2);
    let reviewed = person.run(&[
        "review",
        &EMERGENCY[..10],
        "--not-justified",
        "-m",
        "a drill",
    ]);
    let write = server.last_write();
    assert_eq!(write.target, format!("/api/v1/grants/{EMERGENCY}:review"));
    assert_eq!(write.body, r#"{"justified":false,"comment":"a drill"}"#);
    insta::assert_snapshot!(reviewed.transcript(), @"");
}
