#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use super::*;
use crate::email::Email;
use crate::entitlement::{Source, load};

const BASE: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: prod-storage
    requesters: [group:sre@example.com]
    grantors: [group:leads@example.com]
    privileges: [{resource: projects/acme-prod, roles: [roles/storage.admin], condition: 'resource.name == "x"'}]
    duration: {default: 30m, max: 4h}
    justification: {required: true, pattern: '^INC-'}
    inputs: [{name: ticket, type: string, required: true}]
    approval: {steps: [{approvers: [group:leads@example.com], needed: 1}, {approvers: ['user:sam@example.com']}]}
  - id: prod-break-glass
    requesters: [group:sre@example.com]
    privileges: [{resource: folders/42, roles: [roles/compute.admin]}]
    duration: {max: 1h}
    break_glass: {page: ['pagerduty:P1', email], review: {by: [group:leads@example.com], within: 24h}}
  - id: prod-read
    requesters: ['domain:example.com']
    beneficiaries: ['user:bob@example.com']
    privileges: [{resource: {folder: folders/1, labels: {env: prod}}, roles: [roles/logging.viewer]}, {impersonate: reader@acme-prod.iam.gserviceaccount.com}]
    approval: none
"#;

fn catalogue(text: &str) -> Catalogue {
    let source = Source {
        name: "a.yaml".into(),
        text: text.to_owned(),
    };
    load(&[source]).unwrap_or_else(|findings| panic!("{}", findings[0]))
}

fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@example.com")).unwrap()
}

fn groups_of(lists: &[(&str, &[&str])]) -> BTreeMap<Email, Vec<Email>> {
    lists
        .iter()
        .map(|(group, people)| {
            (
                email(group),
                people.iter().map(|name| email(name)).collect(),
            )
        })
        .collect()
}

fn groups() -> Groups {
    let lists: [(&str, &[&str]); 2] = [("sre", &["alice", "bob"]), ("leads", &["carol", "alice"])];
    Groups::new(groups_of(&lists))
}

fn told(difference: &Difference) -> String {
    let changes = difference.changes.iter().map(|change| {
        format!(
            "{} {} {}: {} | {} | {}: {} -> {}\n",
            change.direction.word(),
            change.way.word(),
            change.entitlement,
            change.who.join(", "),
            change.what.join(", "),
            change.term,
            change.before.as_deref().unwrap_or("-"),
            change.after.as_deref().unwrap_or("-")
        )
    });
    let renamed = difference.renamed.iter();
    let renamed = renamed.map(|(before, after)| format!("renamed {before} -> {after}\n"));
    let words = difference.in_words_only.iter();
    let words = words.map(|id| format!("in words only {id}\n"));
    let lines: Vec<String> = changes.chain(renamed).chain(words).collect();
    lines.concat()
}

/// What differs when this text stands in the place of that.
fn change(from: &str, to: &str) -> String {
    change_with(from, to, &groups())
}

fn change_with(from: &str, to: &str, groups: &Groups) -> String {
    assert!(BASE.contains(from), "{from}");
    let new = BASE.replacen(from, to, 1);
    told(&difference(&catalogue(BASE), &catalogue(&new), groups))
}

#[test]
fn nothing_changed() {
    assert_eq!(change("apiVersion", "apiVersion"), "");
    assert_eq!(
        change(
            "  - id: prod-storage",
            "  - id: prod-storage\n    title: New words"
        ),
        "in words only prod-storage\n"
    );
    assert_eq!(
        change(
            "  - id: prod-storage",
            "  - id: storage-in-prod\n    title: New words"
        ),
        "renamed prod-storage -> storage-in-prod\n"
    );
}

#[test]
fn an_entitlement_more_or_less() {
    let old = catalogue(BASE);
    let less = catalogue(BASE.split_once("  - id: prod-break-glass").unwrap().0);
    insta::assert_snapshot!(told(&difference(&less, &old, &groups())), @r"
new ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: - -> at once; at most 8h
new ask for prod-break-glass: user:alice@example.com, user:bob@example.com | roles/compute.admin on folders/42 | possible: - -> at once, in an emergency; at most 1h
new receive prod-read: user:bob@example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: - -> from those who ask or give for others
new review prod-break-glass: user:alice@example.com, user:carol@example.com | roles/compute.admin on folders/42 | possible: - -> within 1d
");
    insta::assert_snapshot!(told(&difference(&old, &less, &groups())), @r"
lost ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: at once; at most 8h -> -
lost ask for prod-break-glass: user:alice@example.com, user:bob@example.com | roles/compute.admin on folders/42 | possible: at once, in an emergency; at most 1h -> -
lost receive prod-read: user:bob@example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: from those who ask or give for others -> -
lost review prod-break-glass: user:alice@example.com, user:carol@example.com | roles/compute.admin on folders/42 | possible: within 1d -> -
");
}

#[test]
fn people_and_privileges() {
    insta::assert_snapshot!(change("requesters: [group:sre@example.com]\n    grantors", "requesters: ['user:bob@example.com', 'user:zoe@example.com']\n    grantors"), @r"
new ask for prod-storage: user:zoe@example.com | roles/storage.admin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com; at most 4h
lost ask for prod-storage: user:alice@example.com | roles/storage.admin on projects/acme-prod | possible: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com; at most 4h -> -
");
    insta::assert_snapshot!(change("roles: [roles/storage.admin]", "roles: [roles/storage.admin, roles/storage.objectAdmin]"), @r"
new give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.objectAdmin on projects/acme-prod | possible: - -> unasked; at most 4h
new ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.objectAdmin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com; at most 4h
new approve prod-storage: user:alice@example.com, user:carol@example.com, user:sam@example.com | roles/storage.objectAdmin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com
");
    insta::assert_snapshot!(change(r#", condition: 'resource.name == "x"'"#, ""), @r#"
more give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | condition: when resource.name == "x" -> no condition
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | condition: when resource.name == "x" -> no condition
"#);
    insta::assert_snapshot!(change("requesters: ['domain:example.com']", "requesters: [group:sre@example.com]"), @r"lost ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: at once; at most 8h -> -");
    insta::assert_snapshot!(change("requesters: [group:sre@example.com]\n    grantors", "requesters: ['domain:example.com']\n    grantors"), @r"new ask for prod-storage: domain:example.com | roles/storage.admin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com; at most 4h");
    insta::assert_snapshot!(change("impersonate: reader@acme-prod.iam.gserviceaccount.com", "impersonate: reader@acme-prod.iam.gserviceaccount.com, via: binding"), @r"other ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com | how: via broker, tokens of at most 10m -> via binding, tokens of at most 10m");
}

/// An owner can end what others work with.
#[test]
fn an_owner_more() {
    insta::assert_snapshot!(change("  - id: prod-storage", "  - id: prod-storage\n    owner: 'user:zoe@example.com'"), @"new end grants of prod-storage: user:zoe@example.com | roles/storage.admin on projects/acme-prod | possible: - -> as the owner, before their time");
}

#[test]
fn agreement() {
    let steps = "{steps: [{approvers: [group:leads@example.com], needed: 1}, {approvers: ['user:sam@example.com']}]}";
    insta::assert_snapshot!(change(steps, "none"), @r"
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | approval: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> at once
lost approve prod-storage: user:alice@example.com, user:carol@example.com, user:sam@example.com | roles/storage.admin on projects/acme-prod | possible: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> -
");
    insta::assert_snapshot!(change(", {approvers: ['user:sam@example.com']}", ""), @r"
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | approval: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> with 1 of group:leads@example.com (alice@example.com, carol@example.com)
lost approve prod-storage: user:sam@example.com | roles/storage.admin on projects/acme-prod | possible: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> -
");
    insta::assert_snapshot!(change("approvers: [group:leads@example.com], needed: 1", "approvers: [group:leads@example.com], needed: 2"), @r"
less ask for prod-storage: user:bob@example.com | roles/storage.admin on projects/acme-prod | approval: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> with 2 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com
lost ask for prod-storage: user:alice@example.com | roles/storage.admin on projects/acme-prod | possible: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com; at most 4h -> -
");
    insta::assert_snapshot!(change("approvers: ['user:sam@example.com']", "approvers: ['user:tom@example.com']"), @r"
new approve prod-storage: user:tom@example.com | roles/storage.admin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of tom@example.com
other ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | approval: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of tom@example.com
lost approve prod-storage: user:sam@example.com | roles/storage.admin on projects/acme-prod | possible: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> -
");
    insta::assert_snapshot!(change(steps, &format!("{{self: true, expires: 1h, justification: required, identity: approver, authority: google, {}", &steps[1..])), @r"
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | own approval: does not count -> counts
other ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | written by: the broker -> the approver
less ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | authority: the entitlement's word -> the approver's own, by Google
less ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | waits: 4h -> 1h
less approve prod-storage: user:alice@example.com, user:carol@example.com, user:sam@example.com | roles/storage.admin on projects/acme-prod | comment: optional -> required
");
    insta::assert_snapshot!(change("approvers: [group:leads@example.com], needed: 1", "approvers: [group:leads@example.com], escalate: {after: 10m, to: ['user:dan@example.com']}"), @r"
new approve prod-storage: user:dan@example.com | roles/storage.admin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), after 10m also dan@example.com, then 1 of sam@example.com
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | approval: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), after 10m also dan@example.com, then 1 of sam@example.com
");
}

/// Whoever is newly asked for a word opens nothing, unless something gets easier with it.
#[test]
fn newly_asked() {
    let approval = "    approval: none";
    let two = "    approval: {steps: [{approvers: [group:leads@example.com], needed: 2}]}";
    insta::assert_snapshot!(change(approval, two), @r"
asked approve prod-read: user:alice@example.com, user:carol@example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: - -> with 2 of group:leads@example.com (alice@example.com, carol@example.com)
less ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | approval: at once -> with 2 of group:leads@example.com (alice@example.com, carol@example.com)
");
    let old = catalogue(BASE);
    let one = |text: &str| difference(&old, &catalogue(text), &groups());
    assert!(!one(&BASE.replacen(approval, two, 1)).may_be_new_power());
    // A step more, of another person.
    let sam = "{approvers: ['user:sam@example.com']}]}";
    let then = "{approvers: ['user:sam@example.com']}, {approvers: ['user:tom@example.com']}]}";
    insta::assert_snapshot!(change(sam, then), @r"
asked approve prod-storage: user:tom@example.com | roles/storage.admin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com, then 1 of tom@example.com
less ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | approval: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com, then 1 of tom@example.com
");
    // Added to a step that is there: it is easier to pass.
    let or = "{approvers: ['user:sam@example.com', 'user:tom@example.com']}]}";
    insta::assert_snapshot!(change(sam, or), @r"
new approve prod-storage: user:tom@example.com | roles/storage.admin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com, tom@example.com
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | approval: with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com -> with 1 of group:leads@example.com (alice@example.com, carol@example.com), then 1 of sam@example.com, tom@example.com
");
    // More agreement, and for longer.
    insta::assert_snapshot!(change(approval, &format!("    duration: {{max: 12h}}\n{two}")), @r"
new approve prod-read: user:alice@example.com, user:carol@example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: - -> with 2 of group:leads@example.com (alice@example.com, carol@example.com)
more ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | longest duration: 8h -> 12h
less ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | approval: at once -> with 2 of group:leads@example.com (alice@example.com, carol@example.com)
");
    // More agreement, and a role more.
    let more = BASE.replacen(approval, two, 1).replacen(
        "roles: [roles/logging.viewer]",
        "roles: [roles/logging.viewer, roles/logging.admin]",
        1,
    );
    insta::assert_snapshot!(told(&one(&more)), @r"
new ask for prod-read: domain:example.com | roles/logging.admin on projects below folders/1 with env=prod | possible: - -> with 2 of group:leads@example.com (alice@example.com, carol@example.com); at most 8h
new receive prod-read: user:bob@example.com | roles/logging.admin on projects below folders/1 with env=prod | possible: - -> from those who ask or give for others
new approve prod-read: user:alice@example.com, user:carol@example.com | roles/logging.admin on projects below folders/1 with env=prod | possible: - -> with 2 of group:leads@example.com (alice@example.com, carol@example.com)
asked approve prod-read: user:alice@example.com, user:carol@example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: - -> with 2 of group:leads@example.com (alice@example.com, carol@example.com)
less ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | approval: at once -> with 2 of group:leads@example.com (alice@example.com, carol@example.com)
");
    // An emergency only, and reviewed.
    let emergency = "    break_glass: {page: [email], review: {by: [group:leads@example.com]}}";
    insta::assert_snapshot!(change(approval, emergency), @r"
asked review prod-read: user:alice@example.com, user:carol@example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: - -> within 1d
less ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | approval: at once -> at once, in an emergency
less ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | longest duration: 8h -> 4h
");
}

#[test]
fn terms_of_all_kinds() {
    insta::assert_snapshot!(change("{default: 30m, max: 4h}", "{min: 5m, default: 15m, max: 8h}"), @r"
more give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | longest duration: 4h -> 8h
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | longest duration: 4h -> 8h
less give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | usual duration: 30m -> 15m
less give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | shortest duration: 1m -> 5m
less ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | usual duration: 30m -> 15m
less ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | shortest duration: 1m -> 5m
");
    insta::assert_snapshot!(change("justification: {required: true, pattern: '^INC-'}", "justification: {required: false, pattern: '^[A-Z]+-'}\n    start: {latest: 14d}\n    slack: approve"), @r"
more give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | start: now only -> up to 14d ahead
more give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | justification: required -> optional
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | start: now only -> up to 14d ahead
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | justification: required -> optional
more approve prod-storage: user:alice@example.com, user:carol@example.com, user:sam@example.com | roles/storage.admin on projects/acme-prod | chat: leads to the browser -> decides
other give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | justification pattern: ^INC- -> ^[A-Z]+-
other ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | justification pattern: ^INC- -> ^[A-Z]+-
");
    insta::assert_snapshot!(change("{name: ticket, type: string, required: true}", "{name: ticket, type: integer, required: true}, {name: why, type: string}"), @r"
other ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | input: ticket: text, required -> ticket: integer, required
other ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | input: none -> why: text, optional
");
    insta::assert_snapshot!(change("page: ['pagerduty:P1', email], review: {by: [group:leads@example.com], within: 24h}", "page: [email], review: {by: [group:leads@example.com, 'user:sam@example.com'], within: 48h}"), @r"
new review prod-break-glass: user:sam@example.com | roles/compute.admin on folders/42 | possible: - -> within 2d
more ask for prod-break-glass: user:alice@example.com, user:bob@example.com | roles/compute.admin on folders/42 | who is paged: pagerduty:P1, email -> email
more ask for prod-break-glass: user:alice@example.com, user:bob@example.com | roles/compute.admin on folders/42 | review within: 1d -> 2d
");
}

/// One label more selects fewer projects, and a token that lives longer is more: neither is another piece.
#[test]
fn selectors_and_tokens() {
    let labels = "labels: {env: prod}";
    insta::assert_snapshot!(change(labels, "labels: {env: prod, team: x}"), @"less ask for prod-read: domain:example.com | roles/logging.viewer on projects below folders/1 with env=prod, team=x | on: projects below folders/1 with env=prod -> projects below folders/1 with env=prod, team=x");
    let wide = BASE.replacen("labels: {env: prod}", "labels: {env: prod, team: x}", 1);
    let back = difference(&catalogue(&wide), &catalogue(BASE), &groups());
    insta::assert_snapshot!(told(&back), @"more ask for prod-read: domain:example.com | roles/logging.viewer on projects below folders/1 with env=prod | on: projects below folders/1 with env=prod, team=x -> projects below folders/1 with env=prod");
    // Who can only receive it is told, too.
    let received = BASE.replacen("user:bob@example.com", "user:eve@elsewhere.example", 1);
    let wide = received.replacen(labels, "labels: {env: prod, team: x}", 1);
    let back = difference(&catalogue(&wide), &catalogue(&received), &groups());
    let eve = back.only_for(&BTreeSet::from(["user:eve@elsewhere.example".to_owned()]));
    insta::assert_snapshot!(told(&eve), @"more receive prod-read: user:eve@elsewhere.example | roles/logging.viewer on projects below folders/1 with env=prod | on: projects below folders/1 with env=prod, team=x -> projects below folders/1 with env=prod");
    // Another folder, other labels, and two out of one are other pieces.
    for other in [
        "labels: {env: dev}",
        "labels: {env: dev, team: x}",
        "labels: {team: x}",
    ] {
        let told = change(labels, other);
        assert!(
            told.contains("new ask for") && told.contains("lost ask for"),
            "{told}"
        );
    }
    let one = "{resource: {folder: folders/1, labels: {env: prod}}, roles: [roles/logging.viewer]}";
    let two = "{resource: {folder: folders/1, labels: {env: prod, team: x}}, roles: [roles/logging.viewer]}, {resource: {folder: folders/1, labels: {env: prod, team: y}}, roles: [roles/logging.viewer]}";
    let told = change(one, two);
    assert!(
        told.contains("new ask for") && told.contains("lost ask for"),
        "{told}"
    );
    let account = "{impersonate: reader@acme-prod.iam.gserviceaccount.com}";
    let with = |longest: &str| account.replace('}', &format!(", token: {{max: {longest}}}}}"));
    insta::assert_snapshot!(change(account, &with("30m")), @"more ask for prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com | longest life of a token: 10m -> 30m");
}

#[test]
fn constraints() {
    let with = |expression: &str| {
        let text = format!(
            "    constraints: [{{name: short, expression: '{expression}'}}]\n    approval: {{constraints: [{{name: other, expression: '{expression} || approver.domain == requester.domain'}}], steps"
        );
        catalogue(&BASE.replacen("    approval: {steps", &text, 1))
    };
    let (none, one, other) = (
        catalogue(BASE),
        with(r#"request.duration < duration("1h")"#),
        with(r#"request.duration < duration("2h")"#),
    );
    insta::assert_snapshot!(told(&difference(&none, &one, &groups())), @r#"
less give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | constraint: none -> short: request.duration < duration("1h")
less ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | constraint: none -> short: request.duration < duration("1h")
less approve prod-storage: user:alice@example.com, user:carol@example.com, user:sam@example.com | roles/storage.admin on projects/acme-prod | constraint: none -> other: request.duration < duration("1h") || approver.domain == requester.domain
"#);
    insta::assert_snapshot!(told(&difference(&one, &other, &groups())), @r#"
other give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | constraint: short: request.duration < duration("1h") -> short: request.duration < duration("2h")
other ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | constraint: short: request.duration < duration("1h") -> short: request.duration < duration("2h")
other approve prod-storage: user:alice@example.com, user:carol@example.com, user:sam@example.com | roles/storage.admin on projects/acme-prod | constraint: other: request.duration < duration("1h") || approver.domain == requester.domain -> other: request.duration < duration("2h") || approver.domain == requester.domain
"#);
    insta::assert_snapshot!(told(&difference(&one, &none, &groups())), @r#"
more give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | constraint: short: request.duration < duration("1h") -> none
more ask for prod-storage: user:alice@example.com, user:bob@example.com | roles/storage.admin on projects/acme-prod | constraint: short: request.duration < duration("1h") -> none
more approve prod-storage: user:alice@example.com, user:carol@example.com, user:sam@example.com | roles/storage.admin on projects/acme-prod | constraint: other: request.duration < duration("1h") || approver.domain == requester.domain -> none
"#);
}

/// With the second entitlement that names it, nobody can give the role any more: to give, exactly one must.
#[test]
fn giving_that_becomes_unclear() {
    let second = "  - id: also-storage\n    grantors: ['user:zoe@example.com']\n    privileges: [{resource: projects/acme-prod, roles: [roles/storage.admin]}]\n    approval: none\n  - id: prod-break-glass";
    insta::assert_snapshot!(change("  - id: prod-break-glass", second), @r"lost give prod-storage: user:alice@example.com, user:carol@example.com | roles/storage.admin on projects/acme-prod | possible: unasked; at most 4h -> -");
}

/// Groups stand for themselves where nothing is known of them.
#[test]
fn without_groups() {
    let from = "requesters: [group:sre@example.com]\n    grantors";
    let to = "requesters: [group:sre@example.com, group:dev@example.com]\n    grantors";
    insta::assert_snapshot!(change_with(from, to, &Groups::default()), @r"new ask for prod-storage: group:dev@example.com | roles/storage.admin on projects/acme-prod | possible: - -> with 1 of group:leads@example.com, then 1 of sam@example.com; at most 4h");
}

#[test]
fn only_for_some() {
    let new = BASE.replacen("max: 4h", "max: 8h", 1);
    let all = difference(&catalogue(BASE), &catalogue(&new), &groups());
    let some = all
        .clone()
        .only_for(&BTreeSet::from(["user:bob@example.com".to_owned()]));
    assert_eq!(some.changes[0].who, ["user:bob@example.com"]);
    assert!(all.clone().only_for(&BTreeSet::new()).changes.is_empty());
    assert_eq!(all.pairs(Direction::More), 4, "two ask, two give");
    assert!(all.may_be_new_power());
}

/// Whoever is named sees what they get by their domain, by a group within a group and by themselves.
#[test]
fn only_for_those_who_are_meant_by_others() {
    let told_to = |from: &str, to: &str, names: &[&str]| {
        assert!(BASE.contains(from), "{from}");
        let new = BASE.replacen(from, to, 1);
        let mut members = groups_of(&[("sre", &["alice", "bob"]), ("leads", &["carol", "nested"])]);
        members.insert(email("nested"), vec![email("dan")]);
        let all = difference(&catalogue(BASE), &catalogue(&new), &Groups::new(members));
        told(&all.only_for(&names.iter().map(|name| (*name).to_owned()).collect()))
    };
    let domain = "beneficiaries: ['domain:example.com']";
    let bob = "beneficiaries: ['user:bob@example.com']";
    insta::assert_snapshot!(told_to(bob, domain, &["user:ann@example.com"]), @r"new receive prod-read: domain:example.com | acting as reader@acme-prod.iam.gserviceaccount.com, roles/logging.viewer on projects below folders/1 with env=prod | possible: - -> from those who ask or give for others");
    // Who has it already gets nothing new with the domain, and loses nothing.
    assert_eq!(told_to(bob, domain, &["user:bob@example.com"]), "");
    for other in [
        "user:ann@other.example",
        "serviceAccount:x@example.com",
        "group:sre@other.example",
    ] {
        assert_eq!(told_to(bob, domain, &[other]), "", "{other}");
    }
    let viewer = "roles: [roles/logging.viewer]";
    let more = "roles: [roles/logging.viewer, roles/logging.admin]";
    insta::assert_snapshot!(told_to(viewer, more, &["user:ann@example.com"]), @r"new ask for prod-read: domain:example.com | roles/logging.admin on projects below folders/1 with env=prod | possible: - -> at once; at most 8h");
    let grantors = "grantors: [group:leads@example.com]";
    let direct = "grantors: ['user:carol@example.com']";
    insta::assert_snapshot!(told_to(grantors, direct, &["user:dan@example.com"]), @r"lost give prod-storage: user:dan@example.com | roles/storage.admin on projects/acme-prod | possible: unasked; at most 4h -> -");
    insta::assert_snapshot!(told_to(grantors, direct, &["group:leads@example.com"]), @r"lost give prod-storage: user:dan@example.com | roles/storage.admin on projects/acme-prod | possible: unasked; at most 4h -> -");
    insta::assert_snapshot!(told_to(grantors, direct, &["domain:example.com"]), @r"lost give prod-storage: user:dan@example.com | roles/storage.admin on projects/acme-prod | possible: unasked; at most 4h -> -");
}

/// There and back again: what is new in one direction is lost in the other, more is less.
#[test]
fn the_way_back_is_the_mirror() {
    let new = BASE
        .replacen("max: 4h", "max: 8h", 1)
        .replacen("group:sre@example.com", "user:zoe@example.com", 1)
        .replacen("needed: 1", "needed: 2", 1);
    let (old, new) = (catalogue(BASE), catalogue(&new));
    let there = difference(&old, &new, &groups());
    let back = difference(&new, &old, &groups());
    for (one, other) in [
        (Direction::New, Direction::Lost),
        (Direction::More, Direction::Less),
        (Direction::Other, Direction::Other),
    ] {
        assert_eq!(there.pairs(one), back.pairs(other), "{one:?}");
        assert_eq!(there.pairs(other), back.pairs(one), "{other:?}");
    }
    assert!(!there.changes.is_empty());
}
