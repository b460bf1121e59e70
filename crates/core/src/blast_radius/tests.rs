#![expect(clippy::unwrap_used, reason = "tests")]
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::iam_policy::Policy;
use crate::principal::Principal;

const PROJECT: &str = "projects/acme";
const FOLDER: &str = "folders/42";

/// What each role of these tests includes.
const ROLES: [(&str, &[&str]); 5] = [
    (
        "roles/storage.admin",
        &[
            "storage.buckets.get",
            "storage.buckets.setIamPolicy",
            "storage.objects.delete",
            "storage.objects.get",
        ],
    ),
    ("roles/storage.objectViewer", &["storage.objects.get"]),
    (
        "roles/compute.admin",
        &["compute.instances.create", "compute.instances.get"],
    ),
    (
        "roles/iam.serviceAccountUser",
        &["iam.serviceAccounts.actAs", "iam.serviceAccounts.get"],
    ),
    (
        "roles/secretmanager.secretAccessor",
        &["secretmanager.versions.access"],
    ),
];

fn resource(name: &str) -> ResourceName {
    name.parse().unwrap()
}

fn privilege(role: &str, on: &str, condition: Option<&str>) -> GrantedPrivilege {
    GrantedPrivilege {
        resource: resource(on),
        target: resource(on),
        role: role.parse().unwrap(),
        condition: condition.map(|text| crate::condition::ExtraCondition::parse(text).unwrap()),
    }
}

fn knowledge(project: Value, folder: Value) -> Knowledge {
    let policy = |bindings: Value| Ok(Policy::from_json(json!({ "bindings": bindings })).unwrap());
    let permissions =
        |names: &[&str]| Arc::new(names.iter().map(|one| (*one).to_owned()).collect());
    Knowledge {
        lineages: BTreeMap::from([(
            resource(PROJECT),
            Lineage {
                names: vec![resource(PROJECT), resource(FOLDER)],
                cut_off: None,
            },
        )]),
        policies: BTreeMap::from([
            (resource(PROJECT), policy(project)),
            (resource(FOLDER), policy(folder)),
        ]),
        roles: ROLES
            .iter()
            .map(|(role, names)| ((*role).to_owned(), Ok(permissions(names))))
            .collect(),
        unread: BTreeSet::new(),
    }
}

fn ask(privileges: &[GrantedPrivilege], knowledge: &Knowledge) -> BlastRadius {
    let (principal, groups) = alice();
    let beneficiary = Holder {
        principal: &principal,
        groups: &groups,
    };
    let question = Question {
        beneficiary,
        privileges,
        accounts: &[],
        others: &[],
        now: Timestamp::UNIX_EPOCH,
    };
    blast_radius(&question, knowledge)
}

fn alice() -> (Principal, BTreeSet<Email>) {
    let groups = BTreeSet::from([Email::parse("sre@example.com").unwrap()]);
    ("user:alice@example.com".parse().unwrap(), groups)
}

fn names(set: &BTreeSet<String>) -> Vec<&str> {
    set.iter().map(String::as_str).collect()
}

fn dangers(radius: &BlastRadius) -> Vec<&str> {
    radius
        .dangers
        .iter()
        .map(|one| one.permission.as_str())
        .collect()
}

#[test]
fn what_is_held_by_any_way_in_is_not_gained() {
    for member in [
        "user:alice@example.com",
        "user:Alice@Example.com",
        "group:sre@example.com",
        "domain:example.com",
        "allUsers",
        "allAuthenticatedUsers",
    ] {
        let held = json!([{"role": "roles/storage.objectViewer", "members": ["user:bob@example.com", member]}]);
        for (project, folder) in [(held.clone(), json!([])), (json!([]), held)] {
            let radius = ask(
                &[privilege("roles/storage.admin", PROJECT, None)],
                &knowledge(project, folder),
            );
            assert_eq!(names(&radius.already), ["storage.objects.get"], "{member}");
            assert_eq!(
                names(&radius.gained),
                [
                    "storage.buckets.get",
                    "storage.buckets.setIamPolicy",
                    "storage.objects.delete"
                ],
                "{member}"
            );
            assert_eq!(
                dangers(&radius),
                ["storage.buckets.setIamPolicy", "storage.objects.delete"],
                "{member}"
            );
            assert!(radius.unknown.is_empty());
        }
    }
}

#[test]
fn what_others_hold_and_what_may_end_any_moment_is_gained() {
    for binding in [
        json!({"role": "roles/storage.admin", "members": ["user:bob@example.com", "group:leads@example.com", "domain:example.org", "deleted:user:alice@example.com?uid=1", "projectOwner:acme"]}),
        json!({"role": "roles/storage.admin", "members": ["user:alice@example.com"], "condition": {"title": "t", "expression": "true"}}),
    ] {
        let radius = ask(
            &[privilege("roles/storage.objectViewer", PROJECT, None)],
            &knowledge(json!([binding]), json!([])),
        );
        assert_eq!(names(&radius.gained), ["storage.objects.get"]);
        assert!(radius.already.is_empty());
    }
}

#[test]
fn starting_machines_is_dangerous_with_an_account_to_attach() {
    let compute = privilege("roles/compute.admin", PROJECT, None);
    let attach =
        json!([{"role": "roles/iam.serviceAccountUser", "members": ["group:sre@example.com"]}]);
    let alone = ask(
        std::slice::from_ref(&compute),
        &knowledge(json!([]), json!([])),
    );
    assert_eq!(dangers(&alone), Vec::<&str>::new());
    let held = ask(
        std::slice::from_ref(&compute),
        &knowledge(json!([]), attach),
    );
    assert_eq!(dangers(&held), ["compute.instances.create"]);
    let both = [
        compute,
        privilege("roles/iam.serviceAccountUser", PROJECT, None),
    ];
    let asked = ask(&both, &knowledge(json!([]), json!([])));
    assert_eq!(
        dangers(&asked),
        ["iam.serviceAccounts.actAs", "compute.instances.create"]
    );
}

#[test]
fn a_danger_is_limited_only_if_every_way_to_it_is() {
    let logs = Some("resource.name.startsWith(\"projects/_/buckets/logs-\")");
    let limited = privilege("roles/storage.admin", PROJECT, logs);
    let nothing = knowledge(json!([]), json!([]));
    let radius = ask(std::slice::from_ref(&limited), &nothing);
    assert!(radius.dangers.iter().all(|one| one.limited));
    let radius = ask(
        &[limited, privilege("roles/storage.admin", PROJECT, None)],
        &nothing,
    );
    assert!(!radius.dangers.is_empty() && radius.dangers.iter().all(|one| !one.limited));
}

#[test]
fn what_is_not_known_is_told_and_counts_as_gained() {
    let mut knowledge = knowledge(
        json!([{"role": "roles/owner", "members": ["user:alice@example.com"]}]),
        json!([]),
    );
    knowledge
        .policies
        .insert(resource(FOLDER), Err("denied".into()));
    knowledge
        .roles
        .insert("roles/compute.admin".into(), Err("no answer".into()));
    knowledge.unread.insert(Unknown {
        about: "the groups of user:alice@example.com".into(),
        why: "it is down".into(),
    });
    if let Some(lineage) = knowledge.lineages.get_mut(&resource(PROJECT)) {
        lineage.cut_off = Some("denied".into());
    }
    let asked = [
        privilege("roles/storage.objectViewer", PROJECT, None),
        privilege("roles/compute.admin", PROJECT, None),
        privilege("roles/storage.objectViewer", "projects/other", None),
    ];
    let radius = ask(&asked, &knowledge);
    assert_eq!(names(&radius.gained), ["storage.objects.get"]);
    let unknown: Vec<String> = radius
        .unknown
        .iter()
        .map(|one| format!("{}: {}", one.about, one.why))
        .collect();
    assert_eq!(
        unknown,
        [
            "the groups of user:alice@example.com: it is down",
            "the policy of folders/42: denied",
            "what is above folders/42: denied",
            "what is above projects/other: it was not read",
            "what is in roles/compute.admin: no answer",
            "what is in roles/owner: it was not read",
        ]
    );
}

#[test]
fn an_account_brings_what_it_may_do_and_its_holder_may_not() {
    let account: Principal = "serviceAccount:deployer@acme.iam.gserviceaccount.com"
        .parse()
        .unwrap();
    let policy = json!([
        {"role": "roles/storage.admin", "members": ["serviceAccount:deployer@acme.iam.gserviceaccount.com"]},
        {"role": "roles/storage.objectViewer", "members": ["user:alice@example.com"]},
    ]);
    let ((principal, groups), none) = (alice(), BTreeSet::new());
    let accounts = [Holder {
        principal: &account,
        groups: &none,
    }];
    let question = Question {
        beneficiary: Holder {
            principal: &principal,
            groups: &groups,
        },
        privileges: &[],
        accounts: &accounts,
        others: &[],
        now: Timestamp::UNIX_EPOCH,
    };
    let radius = blast_radius(&question, &knowledge(policy, json!([])));
    let [one] = &radius.accounts[..] else {
        panic!("{:?}", radius.accounts)
    };
    assert_eq!(
        (one.account.as_str(), &one.project),
        ("deployer@acme.iam.gserviceaccount.com", &resource(PROJECT))
    );
    assert_eq!(
        names(&one.gained),
        [
            "storage.buckets.get",
            "storage.buckets.setIamPolicy",
            "storage.objects.delete"
        ]
    );
    assert_eq!(one.dangers.len(), 2);
    assert!(radius.gained.is_empty(), "nothing is their own");
}

#[test]
fn the_project_of_an_account_is_read_from_its_address() {
    for (address, project) in [
        (
            "deployer@acme-prod.iam.gserviceaccount.com",
            Some("projects/acme-prod"),
        ),
        (
            "123-compute@developer.gserviceaccount.com",
            Some("projects/123"),
        ),
        (
            "acme-prod@appspot.gserviceaccount.com",
            Some("projects/acme-prod"),
        ),
        (
            "service-1@compute-system.iam.gserviceaccount.com",
            Some("projects/compute-system"),
        ),
        ("alice@example.com", None),
    ] {
        let home = home_of(&Email::parse(address).unwrap());
        assert_eq!(
            home.as_ref().map(ResourceName::as_str),
            project,
            "{address}"
        );
    }
}

/// Bindings of any of the roles to any of these members, on the project and on its folder.
fn bindings() -> impl Strategy<Value = Vec<(usize, &'static str, bool)>> {
    let member = prop::sample::select(vec![
        "user:alice@example.com",
        "group:sre@example.com",
        "domain:example.com",
        "user:bob@example.com",
        "allUsers",
    ]);
    prop::collection::vec((0..ROLES.len(), member, any::<bool>()), 0..6)
}

fn world(bindings: &[(usize, &'static str, bool)]) -> Knowledge {
    let on = |folder: bool| {
        let here = bindings.iter().filter(|binding| binding.2 == folder);
        Value::Array(
            here.map(|(role, member, _)| json!({"role": ROLES[*role].0, "members": [member]}))
                .collect(),
        )
    };
    knowledge(on(false), on(true))
}

proptest! {
    #[test]
    fn gained_lent_and_already_share_nothing_and_leave_nothing_out(bindings in bindings(), asked in prop::collection::vec(0..ROLES.len(), 1..4)) {
        let privileges: Vec<_> = asked.iter().map(|role| privilege(ROLES[*role].0, PROJECT, None)).collect();
        let radius = ask(&privileges, &world(&bindings));
        prop_assert!(radius.gained.is_disjoint(&radius.already));
        let all: BTreeSet<String> = asked.iter().flat_map(|role| ROLES[*role].1).map(|one| (*one).to_owned()).collect();
        prop_assert_eq!(radius.gained.union(&radius.already).cloned().collect::<BTreeSet<_>>(), all);
        prop_assert!(radius.dangers.iter().all(|one| radius.gained.contains(&one.permission)));
    }

    #[test]
    fn holding_more_never_means_gaining_more(bindings in bindings(), more in bindings(), asked in 0..ROLES.len()) {
        let privileges = [privilege(ROLES[asked].0, PROJECT, None)];
        let before = ask(&privileges, &world(&bindings));
        let after = ask(&privileges, &world(&[bindings, more].concat()));
        prop_assert!(after.gained.is_subset(&before.gained));
        prop_assert!(after.already.is_superset(&before.already));
    }

    #[test]
    fn asking_for_more_never_hides_anything(bindings in bindings(), asked in 0..ROLES.len(), more in 0..ROLES.len()) {
        let world = world(&bindings);
        let one = ask(&[privilege(ROLES[asked].0, PROJECT, None)], &world);
        let two = ask(&[privilege(ROLES[asked].0, PROJECT, None), privilege(ROLES[more].0, PROJECT, None)], &world);
        prop_assert!(one.gained.is_subset(&two.gained));
        prop_assert!(one.dangers.iter().all(|danger| two.dangers.contains(danger)));
    }
}
