//! Principals, roles, tokens, and what a person's environment needs.

use jiff::SignedDuration;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, body, duration, query};
use crate::cloud::Cloud;
use crate::http::request::Received;
use crate::world::roles::CustomRole;

/// Lifetime of the tokens in an environment: long, since the sandbox clock may jump by days.
const ENVIRONMENT_LIFETIME: SignedDuration = SignedDuration::from_hours(24 * 30);

pub(super) fn list(cloud: &Cloud) -> Value {
    let world = cloud.world();
    let principals = world.directory.iter().map(|principal| {
        json!({
            "member": principal.member(),
            "name": principal.name,
            "uid": principal.uid,
            "hosted_domain": principal.hosted_domain,
            "members": world.directory.group_members(&principal.email),
            "reads_groups": world.directory.reads_all(&principal.email),
        })
    });
    json!({ "principals": principals.collect::<Vec<_>>() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Addition {
    member: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    groups: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Membership {
    group: String,
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reader {
    email: String,
    may_read: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lifetime {
    email: String,
    is_extended: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    add: Option<Addition>,
    delete: Option<String>,
    join: Option<Membership>,
    leave: Option<Membership>,
    /// Whether somebody may read every group.
    reader: Option<Reader>,
    /// Whether tokens of a service account may live for 12 hours.
    lifetime: Option<Lifetime>,
}

pub(super) fn change(cloud: &Cloud, received: &Received) -> Answer {
    let change: Change = body(received)?;
    if let Some(addition) = change.add {
        cloud.add_principal(&addition.member, &addition.name, &addition.groups)?;
    }
    if let Some(member) = change.delete {
        cloud.delete_principal(&member)?;
    }
    if let Some(Membership { group, email }) = change.join {
        cloud.set_membership(&group, &email, true);
    }
    if let Some(Membership { group, email }) = change.leave {
        cloud.set_membership(&group, &email, false);
    }
    if let Some(Reader { email, may_read }) = change.reader {
        cloud.set_group_reader(&email, may_read);
    }
    if let Some(Lifetime { email, is_extended }) = change.lifetime {
        cloud.set_extended_lifetime(&email, is_extended);
    }
    Ok(list(cloud))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenRequest {
    principal: String,
    lifetime: Option<String>,
}

pub(super) fn mint_token(cloud: &Cloud, received: &Received) -> Answer {
    let TokenRequest {
        principal,
        lifetime,
    } = body(received)?;
    let lifetime = lifetime
        .as_deref()
        .map_or(Ok(SignedDuration::from_hours(1)), duration)?;
    Ok(json!(cloud.mint_token(&principal, lifetime)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdTokenRequest {
    #[serde(alias = "principal")]
    email: String,
    audience: String,
    lifetime: Option<String>,
}

pub(super) fn mint_id_token(cloud: &Cloud, received: &Received) -> Answer {
    let IdTokenRequest {
        email,
        audience,
        lifetime,
    } = body(received)?;
    let lifetime = lifetime
        .as_deref()
        .map_or(Ok(SignedDuration::from_hours(1)), duration)?;
    Ok(json!({ "id_token": cloud.mint_id_token(&email, &audience, lifetime)? }))
}

pub(super) fn add_role(cloud: &Cloud, received: &Received) -> Answer {
    let role: CustomRole = body(received)?;
    cloud.add_role(&role);
    Ok(json!(role))
}

/// Secrets of a person: `?as=alice@example.com`.
pub(super) fn environment(cloud: &Cloud, received: &Received) -> Answer {
    let person = query(received, "as").unwrap_or_else(|| "alice@example.com".to_owned());
    let token = cloud.mint_token(&person, ENVIRONMENT_LIFETIME)?;
    let tunnel = cloud.tunnel();
    Ok(json!({
        "base_url": cloud.base_url(),
        "person": person,
        "project": cloud.usual_project(),
        "access_token": token.access_token,
        "expires_at": token.expires_at,
        "subject_token": cloud.subject_token(&person)?,
        "tunnel_url": tunnel.map(|(url, _)| url),
        "ca_pem": tunnel.map(|(_, ca)| ca),
    }))
}
