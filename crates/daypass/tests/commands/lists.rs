//! What people see: tables, and that nothing in them can trick a terminal.

use crate::command::Person;
use crate::fake_server::FakeServer;

#[test]
fn entitlements_over_all_pages() {
    let server = FakeServer::start();
    let done = Person::signed_in(&server).run(&["list"]);
    insta::assert_snapshot!(done.transcript(), @r"
exit 0
--- stdout
ENTITLEMENT   TITLE                                          AT MOST  APPROVAL  LABELS                                                   YOU MAY
dev-compute   Storage\u{1b}[2J \u{202e}evil\u{d}\u{a}ACTIVE  4h       none      \u{1b}[2J=Storage\u{1b}[2J \u{202e}evil\u{d}\u{a}ACTIVE  request, give
prod-storage  Storage in production                          4h       1 person  tier=prod                                                request
--- stderr
");
}

#[test]
fn one_entitlement_in_full() {
    let server = FakeServer::start();
    let done = Person::signed_in(&server).run(&["list", "prod-storage"]);
    insta::assert_snapshot!(done.transcript(), @r#"
exit 0
--- stdout
Entitlement  prod-storage
Title        Storage in production
For          Administer the log buckets during an incident
Owner        group:storage@example.com
Labels       tier=prod
Gives        roles/storage.admin on projects/acme-prod
               when resource.name.startsWith("projects/_/buckets/logs-")
Duration     5m to 4h, 30m if you do not say
Start        now, or up to 14d ahead
Reason       required: ticket, then why
Approval     1 of group:leads@example.com
             within 4h
You may      request
--- stderr
"#);
}

#[test]
fn search_sends_the_words_and_tells_where_nothing_is() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let done = person.run(&["search", "prod-storage"]);
    assert_eq!(done.stdout.lines().count(), 2, "{done:?}");
    let nothing = person.run(&["search", "big", "query"]);
    assert!(
        server
            .received()
            .iter()
            .any(|request| request.target.contains("search=big+query"))
    );
    insta::assert_snapshot!(nothing.transcript(), @"
    exit 0
    --- stdout
    --- stderr
    Nothing that you may see has these words.

    hint: daypass list
    ");
}

#[test]
fn grants_with_the_time_that_is_left_by_the_servers_clock() {
    let server = FakeServer::start();
    let done = Person::signed_in(&server).run(&["status"]);
    insta::assert_snapshot!(done.transcript(), @"
    exit 0
    --- stdout
    GRANT       STATE             ENTITLEMENT   LENGTH  WHEN
    01kaj5w2g9  ACTIVE            prod-storage  30m     ends in 28 min
    01kaj5w2f3  APPROVAL_AWAITED  prod-storage  30m     to be decided in 4 h
    --- stderr
    ");
}

#[test]
fn the_inbox_says_whose_they_are() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    insta::assert_snapshot!(person.run(&["status", "--inbox"]).transcript(), @"
    exit 0
    --- stdout
    GRANT       STATE             ENTITLEMENT   FOR                                                        LENGTH  WHEN
    01kaj5w2f3  APPROVAL_AWAITED  prod-storage  serviceAccount:deployer@acme-prod.iam.gserviceaccount.com  30m     to be decided in 4 h
    --- stderr
    ");
    // Whoever oversees nothing still sees their own.
    insta::assert_snapshot!(person.run(&["status", "--all"]).transcript(), @"
    exit 0
    --- stdout
    GRANT       STATE             ENTITLEMENT   FOR                LENGTH  WHEN
    01kaj5w2g9  ACTIVE            prod-storage  alice@example.com  30m     ends in 28 min
    01kaj5w2f3  APPROVAL_AWAITED  prod-storage  alice@example.com  30m     to be decided in 4 h
    --- stderr
    ");
}

#[test]
fn one_grant_by_the_beginning_of_its_id() {
    let server = FakeServer::start();
    let done = Person::signed_in(&server).run(&["status", "01KAJ5W2G"]);
    insta::assert_snapshot!(done.transcript(), @r"
exit 0
--- stdout
Grant        01kaj5w2g9m8pqrstvwxyz0123
State        ACTIVE, ends in 28 min
Entitlement  prod-storage: Storage in production
For          alice@example.com
Reason       INC-1 disk full
Gives        roles/storage.admin on projects/acme-prod
Duration     30m
Until        in 28 min (10:28 UTC)
Approval     1 of 1 agreed
               carol@example.com approved 2 min ago: pair with SRE
Page         SERVER/grants/01kaj5w2g9m8pqrstvwxyz0123
--- stderr
");
}

#[test]
fn a_beginning_that_names_two_grants_or_none() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    insta::assert_snapshot!(person.run(&["status", "01kaj5"]).transcript(), @r"
exit 1
--- stdout
--- stderr
error: '01kaj5' is the beginning of 3 grants

hint: write more of it: 01kaj5w2g9m8pqrstvwxyz0123, 01kaj5w2f3m8pqrstvwxyz0123, 01kaj5w2j4m8pqrstvwxyz0123
");
    insta::assert_snapshot!(person.run(&["status", "01zzz"]).transcript(), @"
    exit 1
    --- stdout
    --- stderr
    error: no grant of yours or in your inbox begins with '01zzz'

    hint: 'daypass status' and 'daypass status --inbox' list them
    ");
    insta::assert_snapshot!(person.run(&["status", "../"]).transcript(), @"
    exit 2
    --- stdout
    --- stderr
    error: '../' is not the id of a grant

    hint: write the id or its beginning, at least 4 characters; 'daypass status' shows them
    ");
}

#[test]
fn programs_get_the_values_as_they_are() {
    let server = FakeServer::start();
    let person = Person::signed_in(&server);
    let json = person.run(&["list", "-o", "json"]).stdout;
    let page: daypass_api::Entitlements = serde_json::from_str(&json).unwrap();
    assert_eq!(page.entitlements, crate::examples::entitlements());
    let yaml = person.run(&["list", "-o", "yaml"]).stdout;
    let page: daypass_api::Entitlements = serde_saphyr::from_str(&yaml).unwrap();
    assert_eq!(page.entitlements, crate::examples::entitlements());
    let json = person.run(&["status", "-o", "json"]).stdout;
    let page: daypass_api::Grants = serde_json::from_str(&json).unwrap();
    assert_eq!(page.grants.len(), 2);
}
