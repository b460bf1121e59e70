//! A binding of ours: how it is written, and how it is recognised.
//!
//! Ownership is proved by a keyed authentication code in the condition's title, not guessed from its form. It
//! survives the loss of our database, and nobody without the key can make a binding that we would remove.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::condition::{ExtraCondition, Window};
use crate::iam_policy::{Binding, Condition};
use crate::ids::GrantId;
use crate::keyring::{KeyId, Keyring, TAG_BYTES};
use crate::mutant::{self, Mutant};
use crate::principal::{Principal, canonical_member};
use crate::role::Role;

/// What the title of each of our conditions starts with.
pub const TITLE_PREFIX: &str = "daypass/1 ";

/// Longest title of a condition, in bytes. Unconfirmed: Google's quota page gives 100.
pub const MAX_TITLE_BYTES_UNCONFIRMED: usize = 100;

/// The resource as it goes into the authentication code: a project by its **number**, so that a binding copied to
/// another project, or a project id used anew, proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CanonicalResource(pub String);

/// One binding that a grant wants: exactly one member, one role, one window.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OwnBinding {
    /// The grant that it belongs to.
    pub grant: GrantId,
    /// The role.
    pub role: Role,
    /// Who receives it.
    pub member: Principal,
    /// When it begins and ends.
    pub window: Window,
    /// The entitlement's extra condition.
    pub extra: Option<ExtraCondition>,
}

impl OwnBinding {
    /// The binding as it is written into a policy.
    pub fn render(&self, resource: &CanonicalResource, keyring: &Keyring) -> Binding {
        let expression = self.window.expression(self.extra.as_ref());
        let message = message(
            resource,
            self.role.as_str(),
            &self.member.to_string(),
            &expression,
            self.grant,
        );
        let title = format!(
            "{TITLE_PREFIX}{} {}.{}",
            self.grant,
            keyring.current_id().as_str(),
            BASE64URL_NOPAD.encode(&keyring.tag(&message))
        );
        debug_assert!(title.len() <= MAX_TITLE_BYTES_UNCONFIRMED);
        Binding::with_condition(
            self.role.as_str(),
            &self.member.to_string(),
            &Condition::new(&title, &expression),
        )
    }
}

/// What a binding found in a policy is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// Not ours: never touched.
    Foreign,
    /// It bears our title but the code does not match its content: edited by hand or forged. Reported, never touched.
    Altered {
        /// The id in its title.
        grant: GrantId,
    },
    /// Proved to be ours.
    Own(Found),
}

/// A binding in a policy that is proved to be ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The grant in its title.
    pub grant: GrantId,
    /// The role, as found.
    pub role: String,
    /// The member, as found: Google rewrites deleted ones.
    pub member: String,
    /// The window that its expression renders from.
    pub window: Window,
    /// The extra condition in its expression.
    pub extra: Option<ExtraCondition>,
}

impl Found {
    /// Whether this found binding stands in the place of the wanted one: same grant, role and member.
    pub fn is_in_place_of(&self, wanted: &OwnBinding) -> bool {
        self.grant == wanted.grant
            && self.role == wanted.role.as_str()
            && canonical_member(&self.member) == canonical_member(&wanted.member.to_string())
    }

    /// Whether it is the wanted binding, window and extra condition included.
    pub fn is(&self, wanted: &OwnBinding) -> bool {
        self.is_in_place_of(wanted) && self.window == wanted.window && self.extra == wanted.extra
    }
}

/// Says whose a binding is.
pub fn ownership(binding: &Binding, resource: &CanonicalResource, keyring: &Keyring) -> Ownership {
    let Some(condition) = binding.condition() else {
        return Ownership::Foreign;
    };
    let Some((grant, key, tag)) = read_title(condition.title()) else {
        return Ownership::Foreign;
    };
    // Exactly one member: a second one added by hand makes the binding somebody else's as well.
    let (&[member], Some(role)) = (&binding.members()[..], binding.role()) else {
        return Ownership::Altered { grant };
    };
    let message = message(resource, role, member, condition.expression(), grant);
    match (
        keyring.verifies(&key, &message, &tag) || mutant::is(Mutant::OwnershipByTitle),
        Window::read(condition.expression()),
    ) {
        (true, Some((window, extra))) => Ownership::Own(Found {
            grant,
            role: role.to_owned(),
            member: member.to_owned(),
            window,
            extra,
        }),
        _ => Ownership::Altered { grant },
    }
}

fn read_title(title: &str) -> Option<(GrantId, KeyId, [u8; TAG_BYTES])> {
    let (grant, proof) = title.strip_prefix(TITLE_PREFIX)?.split_once(' ')?;
    let (key, tag) = proof.split_once('.')?;
    let tag = BASE64URL_NOPAD
        .decode(tag.as_bytes())
        .ok()?
        .try_into()
        .ok()?;
    Some((grant.parse().ok()?, KeyId::parse(key).ok()?, tag))
}

/// The authenticated message: each field with its length in front, so that no two different bindings ever give the
/// same bytes. The member is in canonical form (finding 5).
fn message(
    resource: &CanonicalResource,
    role: &str,
    member: &str,
    expression: &str,
    grant: GrantId,
) -> Vec<u8> {
    let member = canonical_member(member);
    let mut bytes = b"daypass/1".to_vec();
    for field in [
        resource.0.as_bytes(),
        role.as_bytes(),
        member.as_bytes(),
        expression.as_bytes(),
        grant.as_bytes(),
    ] {
        bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}
