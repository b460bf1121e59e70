//! An organisation of chance: people, nested groups and entitlements that nobody wrote, so that nobody's habits of
//! thought are in them.

mod seats;

use std::fmt::Write as _;

use rand::Rng as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;

pub use seats::{Seat, seats};

/// How many people there are.
pub const PEOPLE: usize = 12;
/// How many groups; those of a higher number may hold those of a lower one.
const GROUPS: usize = 6;
/// What may be given.
const PRIVILEGES: [&str; 4] = [
    "{resource: projects/acme-prod, roles: [roles/storage.admin]}",
    "{resource: projects/acme-dev, roles: [roles/run.admin, roles/logging.viewer]}",
    "{resource: buckets/logs-acme-prod, roles: [roles/storage.objectViewer]}",
    "{impersonate: deployer@acme-prod.iam.gserviceaccount.com}",
];

/// The address of a person by number.
pub fn address(number: usize) -> String {
    format!("person-{number}@example.com")
}

/// Some of something, at least one.
fn some<T: Clone>(chance: &mut StdRng, all: &[T], most: usize) -> Vec<T> {
    let count = chance.random_range(1..=most);
    all.choose_multiple(chance, count).cloned().collect()
}

/// A group file of chance.
pub fn group_file(chance: &mut StdRng) -> String {
    let mut text = "groups:\n".to_owned();
    for group in 0..GROUPS {
        let people: Vec<String> = (0..PEOPLE).map(address).collect();
        let mut members = some(chance, &people, 5);
        if group > 0 && chance.random_bool(0.4) {
            members.push(format!(
                "group:group-{}@example.com",
                chance.random_range(0..group)
            ));
        }
        let written = writeln!(
            text,
            "  group-{group}@example.com: [{}]",
            members.join(", ")
        );
        written.expect("a string takes any text");
    }
    text
}

fn principals(chance: &mut StdRng, most: usize) -> Vec<String> {
    let people = (0..PEOPLE).map(|one| format!("'user:{}'", address(one)));
    let groups = (0..GROUPS).map(|one| format!("'group:group-{one}@example.com'"));
    let all: Vec<String> = people.chain(groups).collect();
    some(chance, &all, most)
}

fn step(chance: &mut StdRng) -> String {
    let mut approvers = principals(chance, 3);
    if chance.random_bool(0.2) {
        approvers.push("peers".into());
    }
    let needed = *[1, 1, 1, 2, 2, 3].choose(chance).expect("not empty");
    format!(
        "{{approvers: [{}], needed: {needed}}}",
        approvers.join(", ")
    )
}

/// So many entitlements of chance, as one file.
pub fn entitlement_file(chance: &mut StdRng, count: usize) -> String {
    let mut text = "apiVersion: daypass/v1\nentitlements:\n".to_owned();
    for number in 0..count {
        let approval = if chance.random_bool(0.35) {
            "none".to_owned()
        } else {
            let steps: Vec<String> = (0..chance.random_range(1..=3))
                .map(|_| step(chance))
                .collect();
            let own = if chance.random_bool(0.15) {
                "self: true, "
            } else {
                ""
            };
            format!("{{{own}steps: [{}]}}", steps.join(", "))
        };
        let justification = [
            "{required: false}",
            "{required: true}",
            "{pattern: '^INC-[0-9]+'}",
        ];
        let inputs = if chance.random_bool(0.3) {
            "[{name: ticket, pattern: '^INC-[0-9]+$', required: true}, {name: hosts, type: integer}]"
        } else {
            "[]"
        };
        let written = write!(
            text,
            "  - id: case-{number}
    requesters: [{}]
    beneficiaries: [{}]
    privileges: [{}]
    duration: {{min: 10m, default: 1h, max: 4h}}
    start: {{latest: 14d}}
    justification: {}
    inputs: {inputs}
    approval: {approval}
",
            principals(chance, 4).join(", "),
            if chance.random_bool(0.3) {
                principals(chance, 2).join(", ")
            } else {
                String::new()
            },
            PRIVILEGES.choose(chance).expect("not empty"),
            justification.choose(chance).expect("not empty"),
        );
        written.expect("a string takes any text");
    }
    text
}
