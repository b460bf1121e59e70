//! Groups and memberships as Cloud Identity shows them, after its discovery document.

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{CUSTOMER, DISCUSSION_FORUM};
use crate::world::directory::{Principal, PrincipalKind, Relation};

/// When every group and membership here came into being.
const CREATED: &str = "2024-01-15T09:00:00Z";

/// `groups/<id>`, where the id says nothing about the address.
pub(super) fn group_name(group: &Principal) -> String {
    format!("groups/0{}", digest(&group.uid, 7))
}

pub(super) fn group(group: &Principal) -> Value {
    json!({
        "name": group_name(group),
        "groupKey": { "id": group.email },
        "parent": CUSTOMER,
        "displayName": group.email.split('@').next(),
        "description": "",
        "createTime": CREATED,
        "updateTime": CREATED,
        "labels": { DISCUSSION_FORUM: "" },
    })
}

/// One entry of a group's own list. `full` adds what the basic view leaves out.
pub(super) fn membership(
    group: &Principal,
    email: &str,
    member: Option<&Principal>,
    full: bool,
) -> Value {
    let mut shown = json!({
        "name": format!("{}/memberships/{}", group_name(group), member_id(email, member)),
        "preferredMemberKey": { "id": email },
        "roles": [{ "name": "MEMBER" }],
    });
    if full {
        shown["createTime"] = json!(CREATED);
        shown["updateTime"] = json!(CREATED);
        shown["type"] = json!(match member.map(|found| found.kind) {
            Some(PrincipalKind::User) => "USER",
            Some(PrincipalKind::ServiceAccount) => "SERVICE_ACCOUNT",
            Some(PrincipalKind::Group) => "GROUP",
            None => "OTHER",
        });
    }
    shown
}

/// One group of a search for somebody's groups.
pub(super) fn group_relation(group: &Principal, relation: Relation) -> Value {
    json!({
        "group": group_name(group),
        "displayName": group.email.split('@').next(),
        "groupKey": { "id": group.email },
        "relationType": relation.name(),
        "roles": roles(),
        "labels": { DISCUSSION_FORUM: "" },
    })
}

/// One member of a search for a group's members: its name tells a group from anybody else.
pub(super) fn member_relation(
    email: &str,
    member: Option<&Principal>,
    relation: Relation,
) -> Value {
    let name = match member {
        Some(group) if group.kind == PrincipalKind::Group => group_name(group),
        other => format!("users/{}", member_id(email, other)),
    };
    json!({
        "member": name,
        "preferredMemberKey": [{ "id": email }],
        "relationType": relation.name(),
        "roles": roles(),
    })
}

fn roles() -> Value {
    let mut role = Map::new();
    role.insert("role".to_owned(), json!("MEMBER"));
    json!([role])
}

/// The uid; of an address that is nobody's here, something as stable.
fn member_id(email: &str, member: Option<&Principal>) -> String {
    member.map_or_else(|| digest(email, 10), |found| found.uid.clone())
}

fn digest(text: &str, bytes: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    data_encoding::HEXLOWER.encode(digest.get(..bytes).unwrap_or(&digest))
}
