//! The verbs that change something: what is sent, and what is told.

use crate::command::Person;
use crate::examples::{ACTIVE, PENDING};
use crate::fake_server::FakeServer;

#[test]
fn a_request_with_everything() {
    let server = FakeServer::start();
    let arguments = [
        "request",
        "prod-storage",
        "--for",
        "PT90M",
        "-R",
        "INC-1 disk full",
        "--at",
        "2026-11-21T14:00:00Z",
        "--only",
        "roles/storage.admin",
        "--notify",
        "dave@example.com",
        "--to",
        "bob@example.com",
        "--yes",
    ];
    let done = Person::signed_in(&server).run(&arguments);
    let write = server.last_write();
    assert_eq!(write.idempotency_key.map(|key| key.len()), Some(32));
    insta::assert_snapshot!(write.body, @r#"{"entitlement":"prod-storage","duration":"1h30m","justification":"INC-1 disk full","start_at":"2026-11-21T14:00:00Z","only":["roles/storage.admin"],"beneficiary":"bob@example.com","notify":["dave@example.com"]}"#);
    insta::assert_snapshot!(done.transcript(), @r"
exit 0
--- stdout
Grant        01kaj5w2f3m8pqrstvwxyz0123
State        APPROVAL_AWAITED, to be decided in 4 h
Entitlement  prod-storage: Storage in production
For          alice@example.com
Reason       INC-1 disk full
Gives        roles/storage.admin on projects/acme-prod
Duration     30m
Approval     0 of 1 agreed; asked 2 min ago: carol@example.com
Page         SERVER/grants/01kaj5w2f3m8pqrstvwxyz0123
--- stderr

hint: daypass status 01kaj5w2f3m8pqrstvwxyz0123
");
}

#[test]
fn a_request_needs_a_yes() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    insta::assert_snapshot!(person.run(&["request", "prod-storage", "-R", "INC-1"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: nobody is here to confirm this

    hint: add --yes
    ");
    insta::assert_snapshot!(person.run(&["request", "--yes"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: which entitlement?

    hint: name one; 'daypass list' shows them
    ");
    assert!(
        !server
            .received()
            .iter()
            .any(|request| request.target.ends_with("/grants")),
        "nothing is asked"
    );
}

#[test]
fn an_explanation_names_each_rule() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    insta::assert_snapshot!(person.run(&["explain", "prod-storage", "-R", "INC-1"]).transcript(), @r#"
    exit 0
    --- stdout
    needs approval: carol@example.com may approve

      ✓ requester: alice@example.com is in group:sre@example.com
      ✓ duration: 30m is between 5m and 4h

    For        alice@example.com
    Gives      roles/storage.admin on projects/acme-prod
    Duration   30m
    Waits      4h at most
    Condition  request.time >= timestamp("2026-11-21T10:00:00Z") && request.time < timestamp("2026-11-21T10:30:00Z")
    --- stderr
    "#);
    insta::assert_snapshot!(person.run(&["explain", "prod-storage", "--for", "9h"]).transcript(), @"
    exit 3
    --- stdout
    denied

      ✓ requester: alice@example.com is in group:sre@example.com
      ✗ duration: 9h is over the maximum of 4h (ask for 4h or less)

    For       alice@example.com
    Gives     roles/storage.admin on projects/acme-prod
    Duration  30m
    --- stderr
    ");
    assert_eq!(server.last_write().target, "/api/v1/grants:explain");
}

#[test]
fn a_decision_names_the_request_that_was_seen() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let approved = person.run(&["approve", &PENDING[..12], "-m", "pair with SRE"]);
    let write = server.last_write();
    assert_eq!(write.target, format!("/api/v1/grants/{PENDING}:approve"));
    assert_eq!(
        write.body,
        format!(
            r#"{{"comment":"pair with SRE","request_hash":"{}"}}"#,
            "a".repeat(64)
        )
    );
    assert!(
        approved.code == 0 && approved.stdout.contains("ACTIVATING"),
        "{approved:?}"
    );
    let denied = person.run(&["deny", PENDING]);
    assert_eq!(
        server.last_write().target,
        format!("/api/v1/grants/{PENDING}:deny")
    );
    assert!(
        denied.code == 0 && denied.stdout.contains("DENIED"),
        "{denied:?}"
    );
}

#[test]
fn dropping_takes_back_what_waits_and_gives_back_what_is_in_force() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    assert_eq!(person.run(&["drop", PENDING]).code, 0);
    assert_eq!(
        server.last_write().target,
        format!("/api/v1/grants/{PENDING}:withdraw")
    );
    assert_eq!(person.run(&["drop", ACTIVE]).code, 0);
    assert_eq!(
        server.last_write().target,
        format!("/api/v1/grants/{ACTIVE}:revoke")
    );
    insta::assert_snapshot!(person.run(&["drop"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: which grant?

    hint: daypass drop GRANT, or daypass drop --all
    ");
    insta::assert_snapshot!(person.run(&["drop", "--all"]).transcript(), @"
    exit 0
    --- stdout
    GRANT       STATE      ENTITLEMENT   LENGTH  WHEN
    01kaj5w2g9  REVOKING   prod-storage  30m     being removed
    01kaj5w2f3  WITHDRAWN  prod-storage  30m     asked 2 min ago
    --- stderr
    ");
}

#[test]
fn revoke_and_extend() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let revoked = person.run(&["revoke", ACTIVE, "-m", "incident over"]);
    assert!(
        revoked.code == 0 && revoked.stdout.contains("REVOKING"),
        "{revoked:?}"
    );
    assert_eq!(server.last_write().body, r#"{"comment":"incident over"}"#);
    let extended = person.run(&["extend", ACTIVE, "--for", "30m", "-R", "INC-1 goes on"]);
    assert_eq!(extended.code, 0, "{extended:?}");
    let write = server.last_write();
    assert_eq!(
        (write.target.as_str(), write.body.as_str()),
        (
            format!("/api/v1/grants/{ACTIVE}:extend").as_str(),
            r#"{"duration":"30m","justification":"INC-1 goes on"}"#
        )
    );
    assert!(write.idempotency_key.is_some());
}

#[test]
fn a_grantor_gives() {
    let server = FakeServer::start();
    let arguments = [
        "give",
        "roles/storage.admin",
        "--to",
        "bob@example.com",
        "--on",
        "https://console.cloud.google.com/?project=acme-prod",
        "--for",
        "1h",
        "-y",
    ];
    let done = Person::signed_in(&server).run(&arguments);
    assert_eq!(done.code, 0, "{done:?}");
    insta::assert_snapshot!(server.last_write().body, @r#"{"give":{"role":"roles/storage.admin","on":"https://console.cloud.google.com/?project=acme-prod","to":"bob@example.com"},"duration":"1h"}"#);
}
