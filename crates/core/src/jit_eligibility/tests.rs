#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[expect(
    clippy::needless_pass_by_value,
    reason = "tests write the bindings in place"
)]
fn policy(bindings: Value) -> Policy {
    Policy::from_json(json!({"version": 3, "etag": "a", "bindings": bindings})).unwrap()
}

fn marked(role: &str, members: &[&str], expression: &str) -> Value {
    json!({"role": role, "members": members, "condition": {"title": "eligible", "expression": expression}})
}

const ALONE: &str = "has({}.jitAccessConstraint)";
const PEER: &str = "has({}.multiPartyApprovalConstraint)";

fn read(policies: &[(&str, Policy)]) -> Eligible {
    let policies: Vec<(ResourceName, Policy)> = policies
        .iter()
        .map(|(name, policy)| (name.parse().unwrap(), policy.clone()))
        .collect();
    let project = Project {
        name: "projects/acme-prod".parse().unwrap(),
        policies: policies
            .iter()
            .map(|(name, policy)| (name, policy))
            .collect(),
    };
    entitlements(&[project], &Terms::default())
}

fn names(principals: &[Principal]) -> Vec<String> {
    principals.iter().map(ToString::to_string).collect()
}

#[test]
fn a_marker_that_needs_nobody() {
    let eligible = read(&[(
        "projects/acme-prod",
        policy(json!([
            {"role": "roles/viewer", "members": ["user:a@example.com"]},
            marked("roles/compute.instanceAdmin.v1", &["user:A@example.com", "group:sre@example.com"], ALONE),
        ])),
    )]);
    assert!(eligible.unserved.is_empty());
    let [one] = &eligible.entitlements.values().collect::<Vec<_>>()[..] else {
        panic!("{eligible:#?}");
    };
    assert!(
        one.id
            .as_str()
            .starts_with("jit-acme-prod-compute-instance-admin-v1-"),
        "{}",
        one.id
    );
    assert_eq!(one.title, "roles/compute.instanceAdmin.v1 in acme-prod");
    assert_eq!(
        names(&one.requesters),
        ["user:a@example.com", "group:sre@example.com"]
    );
    assert!(one.approval.is_none() && one.needs_nobody());
    assert!(one.justification.required);
    assert_eq!(one.duration.max, Duration::minutes(120));
    assert_eq!(one.duration.default, Duration::minutes(60));
    let privilege = one.privileges[0].on_resource().unwrap();
    assert_eq!(privilege.target.as_str(), "projects/acme-prod");
    assert_eq!(privilege.condition, None);
}

#[test]
fn a_marker_that_needs_a_peer_keeps_the_resource_condition() {
    let eligible = read(&[(
        "projects/acme-prod",
        policy(json!([marked(
            "roles/storage.admin",
            &["group:sre@example.com"],
            "resource.name=='x'&&has({}.multipartyapprovalconstraint)"
        )])),
    )]);
    let one = eligible.entitlements.values().next().unwrap();
    let approval = one.approval.as_ref().unwrap();
    assert_eq!(approval.expires, Duration::minutes(60));
    assert_eq!(approval.steps.len(), 1);
    let step = &approval.steps[0];
    assert!(step.peers && step.needed == 1 && !approval.self_approval);
    assert_eq!(step.approvers, one.requesters);
    let condition = one.privileges[0].on_resource().unwrap().condition.as_ref();
    assert_eq!(condition.unwrap().as_str(), "resource.name == \"x\"");
}

/// E-10: the weaker marker wins for whoever has it; the others still need a peer, and that peer may be one who has both.
#[test]
fn both_markers_for_one_role() {
    let eligible = read(&[(
        "projects/acme-prod",
        policy(json!([
            marked(
                "roles/storage.admin",
                &["user:a@example.com", "user:b@example.com"],
                PEER
            ),
            marked("roles/storage.admin", &["user:a@example.com"], ALONE),
        ])),
    )]);
    let (alone, peer): (Vec<&Entitlement>, Vec<&Entitlement>) = eligible
        .entitlements
        .values()
        .partition(|one| one.approval.is_none());
    assert_eq!((alone.len(), peer.len()), (1, 1));
    assert_eq!(names(&alone[0].requesters), ["user:a@example.com"]);
    assert_eq!(names(&peer[0].requesters), ["user:b@example.com"]);
    assert_eq!(
        names(&peer[0].approval.as_ref().unwrap().steps[0].approvers),
        ["user:a@example.com", "user:b@example.com"]
    );
}

#[test]
fn everybody_with_the_weaker_marker_leaves_nothing_to_approve() {
    let eligible = read(&[(
        "projects/acme-prod",
        policy(json!([
            marked("roles/storage.admin", &["user:a@example.com"], PEER),
            marked("roles/storage.admin", &["user:a@example.com"], ALONE),
        ])),
    )]);
    assert_eq!(eligible.entitlements.len(), 1);
    assert!(
        eligible
            .entitlements
            .values()
            .all(Entitlement::needs_nobody)
    );
}

/// Markers above a project count in it, and the target is the project all the same.
#[test]
fn markers_are_inherited() {
    let peer = |member: &str| policy(json!([marked("roles/run.admin", &[member], PEER)]));
    let eligible = read(&[
        ("projects/acme-prod", peer("user:a@example.com")),
        ("folders/42", peer("user:b@example.com")),
        (
            "organizations/1",
            policy(json!([marked(
                "roles/run.admin",
                &["user:c@example.com"],
                ALONE
            )])),
        ),
    ]);
    assert_eq!(eligible.entitlements.len(), 2);
    for one in eligible.entitlements.values() {
        assert_eq!(one.privileges[0].place(), "projects/acme-prod");
        match &one.approval {
            None => assert_eq!(names(&one.requesters), ["user:c@example.com"]),
            Some(_) => assert_eq!(
                names(&one.requesters),
                ["user:a@example.com", "user:b@example.com"]
            ),
        }
    }
}

#[test]
fn a_marker_above_two_projects_is_two_entitlements() {
    let folder: ResourceName = "folders/42".parse().unwrap();
    let above = policy(json!([marked(
        "roles/run.admin",
        &["user:a@example.com"],
        ALONE
    )]));
    let project = |name: &str| Project {
        name: name.parse().unwrap(),
        policies: vec![(&folder, &above)],
    };
    let eligible = entitlements(
        &[project("projects/acme-prod"), project("projects/acme-pay")],
        &Terms::default(),
    );
    let places: BTreeSet<String> = eligible
        .entitlements
        .values()
        .map(|one| one.privileges[0].place())
        .collect();
    assert_eq!(
        places,
        BTreeSet::from([
            "projects/acme-pay".to_owned(),
            "projects/acme-prod".to_owned()
        ])
    );
}

#[test]
fn what_cannot_be_served_is_told() {
    let eligible = read(&[(
        "projects/acme-prod",
        policy(json!([
            marked("roles/owner", &["user:a@example.com"], ALONE),
            marked(
                "roles/run.admin",
                &["user:a@example.com"],
                "a || has({}.jitAccessConstraint)"
            ),
            marked(
                "roles/run.viewer",
                &["user:a@example.com"],
                "has({}.jitAccessConstraint) &&"
            ),
            marked(
                "roles/run.invoker",
                &["user:a@example.com", "domain:example.com", "allUsers"],
                ALONE
            ),
            marked(
                "roles/logging.admin",
                &["serviceAccount:x@p.iam.gserviceaccount.com"],
                ALONE
            ),
            marked(
                "roles/logging.viewer",
                &["user:a@example.com"],
                "this is no CEL"
            ),
            marked(
                "roles/logging.viewer",
                &["user:a@example.com"],
                "request.time < timestamp('2030-01-01T00:00:00Z')"
            ),
        ])),
    )]);
    let told: Vec<String> = eligible
        .unserved
        .iter()
        .map(|one| format!("{} {}: {}", one.resource, one.role, one.why))
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    projects/acme-prod roles/logging.admin: 'serviceAccount:x@p.iam.gserviceaccount.com' is neither a user nor a group
    projects/acme-prod roles/owner: roles/owner is a basic role, which takes no condition and so cannot end by itself
    projects/acme-prod roles/run.admin: the marker need not hold: it stands under '||', '!' or within an expression, so the condition offers nothing
    projects/acme-prod roles/run.invoker: 'allUsers' is neither a user nor a group
    projects/acme-prod roles/run.invoker: 'domain:example.com' is neither a user nor a group
    projects/acme-prod roles/run.viewer: the condition is not CEL: the end at byte 30, expected a value, a name or `(`
    "#);
    let roles: Vec<&str> = eligible
        .entitlements
        .values()
        .flat_map(|one| one.privileges[0].roles())
        .map(Role::as_str)
        .collect();
    assert_eq!(roles, ["roles/run.invoker"]);
}

/// The ids are part of what people write in scripts: they stay as they are.
#[test]
fn ids_are_stable() {
    let project = "projects/acme-prod".parse().unwrap();
    let long = "projects/a23456789012345678901234567890".parse().unwrap();
    let ids = [
        name::id(
            &project,
            &"roles/compute.instanceAdmin.v1".parse().unwrap(),
            None,
            false,
        ),
        name::id(
            &project,
            &"roles/compute.instanceAdmin.v1".parse().unwrap(),
            None,
            true,
        ),
        name::id(
            &project,
            &"roles/compute.instanceAdmin.v1".parse().unwrap(),
            Some("a"),
            false,
        ),
        name::id(
            &project,
            &"organizations/1/roles/__a_B__".parse().unwrap(),
            None,
            false,
        ),
        name::id(
            &long,
            &"roles/artifactregistry.containerRegistryMigrationAdmin"
                .parse()
                .unwrap(),
            None,
            false,
        ),
    ];
    insta::assert_snapshot!(ids.map(|id| id.to_string()).join("\n"), @r#"
    jit-acme-prod-compute-instance-admin-v1-gb23efi6mq
    jit-acme-prod-compute-instance-admin-v1-4nqum3b5zw
    jit-acme-prod-compute-instance-admin-v1-eeaq5zlmbx
    jit-acme-prod-a-b-do47on27cz
    jit-a23456789012345678901234567890-artifactregistry-a535w7nxx4
    "#);
}

proptest! {
    /// Whatever the order of bindings and policies, the result is the same; and whoever is eligible alone never needs
    /// a peer for the same role.
    #[test]
    fn order_does_not_matter(
        bindings in prop::collection::vec((0..3_usize, 0..3_usize, any::<bool>(), any::<bool>()), 0..12),
        turn in any::<prop::sample::Index>(),
    ) {
        const ROLES: [&str; 3] = ["roles/run.admin", "roles/run.viewer", "roles/pubsub.admin"];
        const PEOPLE: [&str; 3] = ["user:a@example.com", "user:b@example.com", "group:g@example.com"];
        let build = |list: &[(usize, usize, bool, bool)]| {
            let of = |above: bool| policy(list.iter().filter(|one| one.3 == above)
                .map(|(role, who, alone, _)| marked(ROLES[*role], &[PEOPLE[*who]], if *alone { ALONE } else { PEER }))
                .collect());
            (of(false), of(true))
        };
        let (own, above) = build(&bindings);
        let first = read(&[("projects/acme-prod", own), ("folders/42", above)]);
        let mut turned = bindings.clone();
        if !turned.is_empty() {
            let by = turn.index(turned.len());
            turned.rotate_left(by);
        }
        let (own, above) = build(&turned);
        let second = read(&[("folders/42", above), ("projects/acme-prod", own)]);
        prop_assert_eq!(&first, &second);
        for (role, who, alone, _) in &bindings {
            let who: Principal = PEOPLE[*who].parse().unwrap();
            let mut asked = first.entitlements.values().filter(|one| {
                one.privileges[0].roles()[0].as_str() == ROLES[*role] && one.requesters.contains(&who)
            });
            let one = asked.next().unwrap();
            prop_assert!(asked.next().is_none());
            prop_assert!(!alone || one.needs_nobody());
        }
    }

    #[test]
    fn ids_are_ids(project in "[a-z][a-z0-9-]{4,28}[a-z0-9]", role in "[A-Za-z0-9_.]{1,100}", condition in any::<Option<String>>()) {
        let project: ResourceName = format!("projects/{project}").parse().unwrap();
        if let Ok(role) = format!("roles/{role}").parse::<Role>() {
            let id = name::id(&project, &role, condition.as_deref(), true);
            prop_assert!(EntitlementId::parse(id.as_str()).is_some() && !id.as_str().contains("--") || project.as_str().contains("--"));
        }
    }
}
