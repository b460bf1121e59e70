//! Where the properties get their policies, bindings and people from.
//!
//! The spaces are small on purpose: two grants for one person and role, two windows of one grant, and a forged copy of
//! a real binding must meet often.

use daypass_core::Timestamp;
use daypass_core::binding::{CanonicalResource, OwnBinding};
use daypass_core::condition::{ExtraCondition, Window};
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::{
    Approval, Authority, Entitlement, EntitlementId, Hash, Identity, Privilege, ResourcePrivilege,
    SlackMode, Step,
};
use daypass_core::grant::{GrantedPrivilege, Origin, Terms};
use daypass_core::iam_policy::{Binding, Policy};
use daypass_core::ids::GrantId;
use daypass_core::keyring::{Key, KeyId, Keyring};
use daypass_core::person::Person;
use daypass_core::principal::Principal;
use proptest::prelude::*;
use serde_json::{Value, json};

pub(crate) const ROLES: [&str; 2] = ["roles/storage.admin", "projects/acme-prod/roles/deploy"];
pub(crate) const MEMBERS: [&str; 4] = [
    "user:ann@example.com",
    "serviceAccount:robot@acme-prod.iam.gserviceaccount.com",
    "group:sre@example.com",
    "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/Pool/group/X",
];

pub(crate) fn noon() -> Timestamp {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

pub(crate) fn resource() -> CanonicalResource {
    CanonicalResource("//cloudresourcemanager.googleapis.com/projects/4711".into())
}

fn key(id: &str, secret: u8) -> Key {
    Key::new(KeyId::parse(id).unwrap(), [secret; 32])
}

/// The keyring before the rotation.
pub(crate) fn old_keyring() -> Keyring {
    Keyring::new(key("k1", 1), Vec::new())
}

/// The keyring in force: it signs with another key and still verifies the old one.
pub(crate) fn keyring() -> Keyring {
    Keyring::new(key("k2", 2), vec![key("k1", 1)])
}

/// Somebody else's key under the name of ours.
pub(crate) fn strange_keyring() -> Keyring {
    Keyring::new(key("k2", 99), Vec::new())
}

pub(crate) fn grant_id(number: u8) -> GrantId {
    GrantId::new(noon(), [number; 10])
}

pub(crate) fn person(name: &str) -> Person {
    Person {
        issuer: "https://accounts.example.com".into(),
        subject: name.into(),
        email: Email::parse(&format!("{name}@example.com")).unwrap(),
    }
}

/// One of four grants, two roles, four members, three windows, with an extra condition or without.
pub(crate) fn own_binding() -> impl Strategy<Value = OwnBinding> {
    (
        0..4_u8,
        0..ROLES.len(),
        0..MEMBERS.len(),
        1..4_i64,
        any::<bool>(),
    )
        .prop_map(|(grant, role, member, hours, extra)| OwnBinding {
            grant: grant_id(grant),
            role: ROLES[role].parse().unwrap(),
            member: MEMBERS[member].parse().unwrap(),
            window: Window::new(
                noon(),
                Timestamp::from_second(noon().as_second() + hours * 3_600).unwrap(),
            )
            .unwrap(),
            extra: extra.then(|| ExtraCondition::parse(r#"resource.name == "x""#).unwrap()),
        })
}

/// A binding as it may stand in a policy, and whose it is by the way that it was made.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// Written by us; `json` is what the policy shows of it today.
    Own { own: OwnBinding, json: Value },
    /// Of somebody else, forged and edited ones included.
    Foreign(Value),
}

impl Standing {
    pub(crate) fn json(&self) -> &Value {
        match self {
            Self::Own { json, .. } | Self::Foreign(json) => json,
        }
    }
}

pub(crate) fn rendered(own: &OwnBinding, resource: &CanonicalResource, keyring: &Keyring) -> Value {
    Value::Object(own.render(resource, keyring).as_json().clone())
}

/// What Google does to a member over time, and what another key or another spelling does to a binding: still ours.
fn lived(own: &OwnBinding, change: u8) -> Value {
    let keyring = if change.is_multiple_of(2) {
        keyring()
    } else {
        old_keyring()
    };
    let mut json = rendered(own, &resource(), &keyring);
    let member = own.member.to_string();
    let is_account = member.contains('@');
    json["members"][0] = match change / 2 {
        1 if is_account => json!(format!("deleted:{member}?uid=123456789012345678901")),
        2 if is_account => json!(member.to_uppercase().replacen("USER:", "user:", 1)),
        _ => json!(member),
    };
    json
}

/// Edits and forgeries of a real binding: none of them is ours.
pub(crate) const FORGERIES: u8 = 8;

pub(crate) fn forged(own: &OwnBinding, forgery: u8) -> Value {
    let mut json = rendered(own, &resource(), &keyring());
    match forgery {
        0 => {
            json = rendered(
                own,
                &CanonicalResource("//cloudresourcemanager.googleapis.com/projects/4712".into()),
                &keyring(),
            );
        }
        1 => json = rendered(own, &resource(), &strange_keyring()),
        2 => {
            let expression = json["condition"]["expression"].as_str().unwrap();
            json["condition"]["expression"] = json!(expression.replace("2026-12-01", "2027-12-01"));
        }
        3 => json["members"] = json!([own.member.to_string(), "user:mallory@example.com"]),
        4 => json["role"] = json!("roles/resourcemanager.projectIamAdmin"),
        5 => json["members"] = json!(["user:mallory@example.com"]),
        6 => {
            let title = json["condition"]["title"].as_str().unwrap().to_owned();
            let other = if own.grant == grant_id(9) {
                grant_id(8)
            } else {
                grant_id(9)
            };
            json["condition"]["title"] =
                json!(title.replace(&own.grant.to_string(), &other.to_string()));
        }
        _ => {
            let expression = json["condition"]["expression"].as_str().unwrap();
            json["condition"]["expression"] = json!(format!("{expression} || true"));
        }
    }
    json
}

fn foreign() -> impl Strategy<Value = Value> {
    let member = prop_oneof![
        Just("user:ann@example.com"),
        Just("deleted:user:gone@example.com?uid=1"),
        Just("allUsers"),
        Just("something:that-we-cannot-read"),
        Just("serviceAccount:robot@acme-prod.iam.gserviceaccount.com"),
    ];
    let condition = prop_oneof![
        3 => Just(None),
        1 => Just(Some(json!({"title": "expires", "expression": r#"request.time < timestamp("2030-01-01T00:00:00Z")"#}))),
        1 => Just(Some(json!({"expression": r#"(request.time >= timestamp("2026-12-01T12:00:00Z") && request.time < timestamp("2026-12-01T13:00:00Z"))"#, "title": "JIT access activation"}))),
        1 => Just(Some(json!({"title": "daypass/1 not an id", "expression": "true", "description": "by hand"}))),
    ];
    (
        0..ROLES.len(),
        prop::collection::vec(member, 0..4),
        condition,
        any::<bool>(),
    )
        .prop_map(|(role, members, condition, unknown)| {
            let mut binding = json!({"role": ROLES[role], "members": members});
            if unknown {
                binding["bindingId"] = json!("of a later version of the interface");
            }
            if let Some(condition) = condition {
                binding["condition"] = condition;
            }
            binding
        })
}

pub(crate) fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        2 => (own_binding(), 0..6_u8).prop_map(|(own, change)| {
            let json = lived(&own, change);
            Standing::Own { own, json }
        }),
        1 => (own_binding(), 0..FORGERIES).prop_map(|(own, forgery)| Standing::Foreign(forged(&own, forgery))),
        2 => foreign().prop_map(Standing::Foreign),
    ]
}

/// The policy's JSON around these bindings, with fields that we know and fields that we do not.
pub(crate) fn policy_json(bindings: &[Standing], fields: u8) -> Value {
    let mut policy = json!({});
    if fields & 1 == 1 {
        policy["version"] = json!(3);
    }
    if fields & 2 == 2 {
        policy["auditConfigs"] = json!([{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": ["user:ann@example.com"]}]}]);
    }
    policy["bindings"] = bindings.iter().map(Standing::json).cloned().collect();
    policy["etag"] = json!("BwXyz=");
    if fields & 4 == 4 {
        policy["fieldOfTheFuture"] = json!({"a": [1, null, "x"]});
    }
    policy
}

pub(crate) fn policy(json: &Value) -> Policy {
    Policy::from_json(json.clone()).unwrap()
}

pub(crate) fn binding(json: &Value) -> Binding {
    policy(&json!({"bindings": [json], "etag": "E"})).bindings()[0].clone()
}

/// An entitlement that these people approve.
pub(crate) fn entitlement(approvers: &[&str], needed: u32) -> Entitlement {
    Entitlement {
        id: EntitlementId::parse("prod-storage").unwrap(),
        title: "Storage".into(),
        description: String::new(),
        owner: None,
        requesters: vec!["domain:example.com".parse().unwrap()],
        beneficiaries: Vec::new(),
        grantors: Vec::new(),
        labels: std::collections::BTreeMap::new(),
        privileges: vec![Privilege::Resource(ResourcePrivilege {
            resource: "projects/acme-prod".parse().unwrap(),
            target: "projects/acme-prod".parse().unwrap(),
            roles: vec![ROLES[0].parse().unwrap()],
            condition: None,
        })],
        duration: daypass_core::entitlement::DurationRule {
            min: Duration::minutes(5),
            default: Duration::minutes(30),
            max: Duration::minutes(240),
        },
        start_latest: Some(Duration::minutes(60 * 24)),
        justification: daypass_core::entitlement::JustificationRule {
            required: false,
            pattern: None,
            hint: None,
        },
        inputs: Vec::new(),
        constraints: Vec::new(),
        approval: Some(approval(&[(approvers, needed)])),
        break_glass: None,
        notify: Vec::new(),
        slack: SlackMode::Confirm,
    }
}

/// An approval with one step after the other: who, and how many of them.
pub(crate) fn approval(steps: &[(&[&str], u32)]) -> Approval {
    let step = |(approvers, needed): &(&[&str], u32)| Step {
        approvers: approvers
            .iter()
            .map(|name| Principal::User(person(name).email))
            .collect(),
        peers: false,
        on_call: None,
        needed: *needed,
        remind: None,
        escalate: None,
    };
    Approval {
        identity: Identity::Broker,
        authority: Authority::Entitlement,
        self_approval: false,
        justification_required: false,
        constraints: Vec::new(),
        expires: Duration::minutes(240),
        steps: steps.iter().map(step).collect(),
    }
}

/// Terms of a grant of one role on each of so many projects.
pub(crate) fn terms(requester: &Person, projects: usize, start_at: Option<Timestamp>) -> Terms {
    let privilege = |number| {
        let resource: daypass_core::resource::ResourceName =
            format!("projects/acme-{number}").parse().unwrap();
        GrantedPrivilege {
            resource: resource.clone(),
            target: resource,
            role: ROLES[0].parse().unwrap(),
            condition: None,
        }
    };
    Terms {
        entitlement: EntitlementId::parse("prod-storage").unwrap(),
        title: "Storage".into(),
        entitlement_hash: Hash::of(&"an entitlement"),
        origin: Origin::Requested,
        requester: requester.clone(),
        beneficiary: requester.principal(),
        privileges: (0..projects).map(privilege).collect(),
        impersonations: Vec::new(),
        duration: Duration::minutes(60),
        start_at,
        justification: None,
        inputs: std::collections::BTreeMap::new(),
        break_glass: None,
        notify: Vec::new(),
    }
}
