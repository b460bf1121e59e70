//! Steps, inputs and emergencies, as people see and do them.

use crate::command::Person;
use crate::examples::{EMERGENCY, HALF_WAY};
use crate::fake_server::FakeServer;

#[test]
fn an_entitlement_with_steps_and_inputs_in_full() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    insta::assert_snapshot!(person.run(&["list", "pay-database"]).transcript(), @r"
exit 0
--- stdout
Entitlement  pay-database
Title        Storage in production
For          Administer the log buckets during an incident
Owner        group:storage@example.com
Labels       tier=prod
Gives        roles/cloudsql.admin on all projects below folders/42 with env=prod
             act as deployer@acme-prod.iam.gserviceaccount.com, by tokens of at most 30m that end with the grant
Duration     5m to 4h, 30m if you do not say
Start        now, or up to 14d ahead
Reason       required: ticket, then why
Inputs       ticket: The ticket (text that matches ^INC-[0-9]+$)
             cause: The cause (one of repair, audit, optional)
             rows: How many rows (a whole number, optional)
             tested: It was tried before (true or false, optional)
Approval     step 1: 1 of group:sre@example.com (peers)
             step 2: 1 of group:leads@example.com, pagerduty:PABC123 first; after 30m also group:directors@example.com
             within 2h
             whoever approves must say why
You may      request
--- stderr
");
    insta::assert_snapshot!(person.run(&["list", "prod-break-glass"]).transcript(), @r#"
exit 0
--- stdout
Entitlement  prod-break-glass
Title        Storage in production
For          Administer the log buckets during an incident
Owner        group:storage@example.com
Labels       tier=prod
Gives        roles/storage.admin on projects/acme-prod
               when resource.name.startsWith("projects/_/buckets/logs-")
Duration     5m to 4h, 30m if you do not say
Start        now, or up to 14d ahead
Reason       required: ticket, then why
Emergency    without approval; to be told: pagerduty:PACME01
Review       by group:security@example.com, within 1d
You may      request
--- stderr
"#);
}

#[test]
fn an_explanation_names_the_people_of_each_step() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let done = person.run(&["explain", "pay-database", "--input", "ticket=INC-7"]);
    insta::assert_snapshot!(done.transcript(), @r#"
exit 0
--- stdout
needs approval: 2 of bob@example.com, dave@example.com must approve; then carol@example.com, anybody of a whole domain may approve

  ✓ requester: alice@example.com is in group:sre@example.com
  ✓ duration: 30m is between 5m and 4h

For        alice@example.com
Inputs     ticket: INC-7
Gives      roles/storage.admin on projects/acme-prod
           act as deployer@acme-prod.iam.gserviceaccount.com, by tokens of at most 30m that end with the grant
Gains      14 permissions, 8 of them dangerous; 1 held by another grant; 5 held anyway (deny policies are not looked at)
Could      change who has access there, for good, where its condition holds (buckets.setIamPolicy, objects.setIamPolicy)
           change who has access there, for good, as already until 2026-11-21 10:28 UTC (buckets.setIamPolicy)
           delete buckets (buckets.delete)
           delete folders (folders.delete)
           delete objects (objects.delete)
           delete sinks (sinks.delete)
           and 2 more: -o json names all
As         deployer@acme-prod.iam.gserviceaccount.com in projects/acme-prod: 1 permission, a dangerous one
           change who has access there, for good (buckets.setIamPolicy)
Unknown    the policy of folders/1: denied\u{1b}[31m
Duration   30m
Approval   step 1: 2 of bob@example.com, dave@example.com
           step 2: 1 of carol@example.com, anybody of a whole domain
Waits      4h at most
Condition  request.time >= timestamp("2026-11-21T10:00:00Z") && request.time < timestamp("2026-11-21T10:30:00Z")
--- stderr
"#);
    insta::assert_snapshot!(server.last_write().body, @r#"{"entitlement":"pay-database","input":{"ticket":"INC-7"}}"#);
    insta::assert_snapshot!(person.run(&["explain", "prod-break-glass"]).transcript(), @r#"
exit 0
--- stdout
granted at once, as an emergency

  ✓ requester: alice@example.com is in group:sre@example.com
  ✓ duration: 30m is between 5m and 4h

For        alice@example.com
Gives      roles/storage.admin on projects/acme-prod
Duration   30m
Emergency  without approval; to be told: pagerduty:PACME01
Review     by group:security@example.com, within 1d
Condition  request.time >= timestamp("2026-11-21T10:00:00Z") && request.time < timestamp("2026-11-21T10:30:00Z")
--- stderr
"#);
}

#[test]
fn a_grant_shows_who_agreed_and_who_is_asked_now() {
    let server = FakeServer::start();
    let done = Person::signed_in(&server).run(&["status", HALF_WAY]);
    insta::assert_snapshot!(done.transcript(), @r"
exit 0
--- stdout
Grant        01kaj5w2h1m8pqrstvwxyz0123
State        APPROVAL_AWAITED, to be decided in 4 h
Entitlement  pay-database: The payments database
For          alice@example.com
Reason       INC-1 disk full
Inputs       rows: 3
             ticket: INC-7
Gives        roles/storage.admin on projects/acme-prod
             act as deployer@acme-prod.iam.gserviceaccount.com, by tokens of at most 30m that end with the grant
Duration     30m
Approval     step 1: 1 of 1 agreed
               bob@example.com approved 35 min ago: reads well
             step 2: 0 of 1 agreed; asked 35 min ago: group:leads@example.com, pagerduty:PABC123 first
               nobody answered, so group:directors@example.com may approve, too
Page         SERVER/grants/01kaj5w2h1m8pqrstvwxyz0123
--- stderr

hint: daypass approve 01kaj5w2h1m8pqrstvwxyz0123 -m TEXT, or daypass deny 01kaj5w2h1m8pqrstvwxyz0123 -m TEXT
");
}

#[test]
fn inputs_are_sent_as_they_are_typed() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let fill = ["--input", "ticket=INC-7", "--input", "cause=a=b"];
    let request = ["request", "pay-database", "-R", "why", "--yes"];
    let done = person.run(&[&request[..], &fill[..]].concat());
    assert_eq!(done.code, 0, "{done:?}");
    insta::assert_snapshot!(server.last_write().body, @r#"{"entitlement":"pay-database","justification":"why","input":{"cause":"a=b","ticket":"INC-7"}}"#);
    let twice = ["--input", "ticket=INC-7", "--input", "ticket=INC-8"];
    let done = person.run(&[&request[..], &twice[..]].concat());
    insta::assert_snapshot!(done.transcript(), @r"
exit 2
--- stdout
--- stderr
error: --input ticket is there twice

hint: give each input one value
");
    let nameless = person.run(&[&request[..], &["--input", "INC-7"][..]].concat());
    insta::assert_snapshot!(nameless.transcript(), @r"
exit 2
--- stdout
--- stderr
error: invalid value 'INC-7' for '--input <NAME=VALUE>': write it as NAME=VALUE; 'daypass list ENTITLEMENT' names the inputs

For more information, try '--help'.
");
}

#[test]
fn who_must_say_why_is_told_so_before_anything_is_sent() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let silent = person.run(&["approve", HALF_WAY, "--yes"]);
    insta::assert_snapshot!(silent.transcript(), @r"
exit 2
--- stdout
--- stderr
error: whoever approves this must say why

hint: add -m TEXT
");
    assert!(
        server
            .received()
            .iter()
            .all(|request| !request.target.contains(":approve")),
        "nothing is decided"
    );
    let done = person.run(&["approve", HALF_WAY, "-m", "sound"]);
    assert_eq!(done.code, 0, "{done:?}");
}

#[test]
fn a_review_says_whether_it_was_an_emergency() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    insta::assert_snapshot!(person.run(&["status", "--reviews"]).transcript(), @r"
exit 0
--- stdout
GRANT       STATE   ENTITLEMENT       FOR                LENGTH  REVIEW
01kaj5w2j4  ACTIVE  prod-break-glass  alice@example.com  30m     due in 23 h 58 min
--- stderr
");
    insta::assert_snapshot!(person.run(&["status", EMERGENCY]).transcript(), @r"
exit 0
--- stdout
Grant        01kaj5w2j4m8pqrstvwxyz0123
State        ACTIVE, ends in 28 min
Entitlement  prod-break-glass: Break glass in production
For          alice@example.com
Reason       INC-1 disk full
Gives        roles/storage.admin on projects/acme-prod
Duration     30m
Until        in 28 min (10:28 UTC)
Emergency    without approval; to be told: pagerduty:PACME01
Review       owed by group:security@example.com, due in 23 h 58 min (2026-11-22 09:58 UTC)
Page         SERVER/grants/01kaj5w2j4m8pqrstvwxyz0123
--- stderr

hint: daypass review 01kaj5w2j4m8pqrstvwxyz0123 --justified, or --not-justified -m TEXT
");
    insta::assert_snapshot!(person.run(&["review", EMERGENCY]).transcript(), @r"
exit 2
--- stdout
--- stderr
error: was it an emergency?

hint: add --justified or --not-justified
");
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
    insta::assert_snapshot!(reviewed.transcript(), @r"
exit 0
--- stdout
Grant        01kaj5w2j4m8pqrstvwxyz0123
State        ACTIVE, ends in 28 min
Entitlement  prod-break-glass: Break glass in production
For          alice@example.com
Reason       INC-1 disk full
Gives        roles/storage.admin on projects/acme-prod
Duration     30m
Until        in 28 min (10:28 UTC)
Emergency    without approval; to be told: pagerduty:PACME01
Review       not justified, says erin@example.com now: a drill
Page         SERVER/grants/01kaj5w2j4m8pqrstvwxyz0123
--- stderr
");
}
