//! The entitlements that rules are tried on, one by one.

use std::collections::{BTreeMap, BTreeSet};

use daypass_core::decide::{Decision, Facts, decide};
use daypass_core::entitlement::{Catalogue, Entitlement, EntitlementId, Source, load};
use daypass_core::request::Ask;
use jiff::SignedDuration;

use crate::generators::{noon, person};

/// The entitlements.
pub(crate) const FILE: &str = r#"
apiVersion: daypass/v1
entitlements:
  - id: many-roles
    requesters: [group:sre@example.com, user:ann@example.com]
    beneficiaries: [user:bob@example.com, group:robots@example.com]
    grantors: [user:zoe@example.com]
    privileges:
      - {resource: projects/acme-prod, roles: [roles/storage.admin, roles/run.admin]}
      - {resource: projects/acme-dev, roles: [roles/run.admin]}
    duration: {min: 10m, default: 30m, max: 4h}
    start: {latest: 2d}
    justification: {required: true, pattern: '^INC-[0-9]+', hint: ticket first}
    approval: {steps: [{approvers: [user:cora@example.com, user:dan@example.com, group:leads@example.com], needed: 2}]}
  - id: with-inputs
    requesters: ['domain:example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/logging.viewer]}]
    justification: {required: false}
    inputs:
      - {name: ticket, title: Ticket, pattern: '^INC-[0-9]+$', required: true}
      - {name: hosts, type: integer}
      - {name: dry_run, type: boolean}
      - {name: zone, type: one of, values: [a, b]}
    approval: none
  - id: by-label
    requesters: ['domain:example.com']
    privileges: [{resource: {folder: folders/42, labels: {env: prod}}, roles: [roles/logging.viewer]}]
    justification: {required: false}
    approval: none
  - id: two-steps
    requesters: ['user:ann@example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/logging.viewer]}]
    justification: {required: false}
    approval: {steps: [{approvers: [user:bob@example.com, user:cora@example.com]}, {approvers: [user:bob@example.com]}]}
  - id: one-for-two-steps
    requesters: ['user:ann@example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/logging.viewer]}]
    justification: {required: false}
    approval: {steps: [{approvers: [user:bob@example.com]}, {approvers: [user:bob@example.com]}]}
  - id: emergency
    owner: user:zoe@example.com
    requesters: ['domain:example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/compute.admin]}]
    justification: {required: false}
    duration: {min: 10m, max: 1h}
    break_glass: {page: [email], review: {by: [user:cora@example.com]}}
  - id: constrained
    requesters: ['domain:example.com']
    privileges:
      - {resource: projects/acme-prod, roles: [roles/logging.viewer, roles/run.admin]}
      - {resource: projects/acme-dev, roles: [roles/run.admin]}
    justification: {required: false}
    inputs: [{name: ticket}]
    constraints:
      - {name: not-at-night, expression: 'request.time.getHours("Europe/Berlin") >= 6', message: Not at night}
      - {name: no-run-in-prod, expression: '!(resource.name == "projects/acme-prod" && "roles/run.admin" in resource.roles)', message: Not in production}
      - {name: long-needs-a-ticket, expression: 'request.duration <= duration("1h") || input.ticket != ""', message: Name a ticket}
      - {name: not-for-ghosts, expression: '!("ghosts@example.com" in requester.groups)', message: Not for ghosts}
    approval: none
  - id: own-word
    requesters: ['domain:example.com']
    grantors: [user:zoe@example.com]
    privileges: [{resource: projects/acme-own, roles: [roles/logging.viewer]}]
    justification: {required: false}
    start: {latest: 2d}
    approval: {identity: approver, authority: google, steps: [{approvers: [user:dan@example.com, user:cora@example.com]}]}
  - id: vouched
    requesters: ['domain:example.com']
    grantors: [user:zoe@example.com]
    privileges: [{resource: projects/acme-vouched, roles: [roles/logging.viewer]}]
    justification: {required: false}
    start: {latest: 2d}
    approval: {authority: google, steps: [{approvers: [user:dan@example.com]}]}
  - id: said-with-care
    requesters: ['domain:example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/logging.viewer]}]
    justification: {required: false}
    approval:
      constraints:
        - {name: not-dan, expression: 'approver.email != "dan@example.com"'}
        - {name: awake, expression: 'request.time.getHours("Europe/Berlin") >= 6'}
      steps: [{approvers: [user:ann@example.com, user:dan@example.com, user:cora@example.com, group:leads@example.com], needed: 1}]
  - id: begins-early
    requesters: ['domain:example.com']
    privileges: [{resource: projects/acme-prod, roles: [roles/logging.viewer]}]
    justification: {required: false}
    start: {latest: 2d}
    constraints: [{name: early, expression: 'request.start < timestamp("2026-12-01T14:00:00Z")'}]
    approval: {steps: [{approvers: [user:bob@example.com]}]}
  - id: accounts
    requesters: ['domain:example.com']
    privileges:
      - {impersonate: deployer@acme-prod.iam.gserviceaccount.com}
      - {impersonate: reader@acme-prod.iam.gserviceaccount.com, via: binding}
      - {resource: projects/acme-prod, roles: [roles/logging.viewer]}
    justification: {required: false}
    approval: none
"#;

pub(crate) fn catalogue() -> Catalogue {
    load(&[Source {
        name: "rules.yaml".into(),
        text: FILE.into(),
    }])
    .unwrap()
}

pub(crate) fn entitlement(id: &str) -> Entitlement {
    catalogue()
        .get(&EntitlementId::parse(id).unwrap())
        .unwrap()
        .clone()
}

pub(crate) fn facts() -> Facts {
    Facts {
        now: noon(),
        skew: Some(SignedDuration::ZERO),
        groups: BTreeSet::new(),
        beneficiary_groups: BTreeSet::new(),
        members: BTreeMap::new(),
        projects: BTreeMap::new(),
        debts: Vec::new(),
    }
}

pub(crate) fn ask(id: &str) -> Ask {
    Ask {
        justification: Some("INC-1 why".into()),
        ..Ask::new(EntitlementId::parse(id).unwrap())
    }
}

pub(crate) fn asked(id: &str, change: impl FnOnce(&mut Ask, &mut Facts)) -> Decision {
    let (mut ask, mut facts) = (ask(id), facts());
    change(&mut ask, &mut facts);
    decide(&entitlement(id), &person("ann"), &ask, &facts)
}

/// The names of the rules that are broken.
pub(crate) fn broken(decision: &Decision) -> Vec<&str> {
    decision
        .rules
        .iter()
        .filter(|rule| !rule.holds)
        .map(|rule| rule.name.as_str())
        .collect()
}
