//! Names for entitlements that nobody named.

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use crate::entitlement::EntitlementId;
use crate::resource::ResourceName;
use crate::role::Role;

/// Longest id, in characters.
const LONGEST: usize = 63;

/// Bytes of the hash in the id: 50 bits, which no organisation's number of roles comes near.
const HASH_CHARACTERS: usize = 10;

/// `jit-PROJECT-ROLE-hash`: readable, and told apart by the hash over what identifies the entitlement. Neither members
/// nor terms are part of it, so that it stays the same while they change.
///
/// # Panics
///
/// Never: the text is made of the characters of an id, and is as long as one may be.
pub(super) fn id(
    project: &ResourceName,
    role: &Role,
    condition: Option<&str>,
    needs_peer: bool,
) -> EntitlementId {
    let mut digest = Sha256::new();
    let kind = if needs_peer { "peer" } else { "alone" };
    for part in [
        project.as_str(),
        role.as_str(),
        condition.unwrap_or_default(),
        kind,
    ] {
        digest.update(part.len().to_be_bytes());
        digest.update(part.as_bytes());
    }
    let hash = BASE32_NOPAD.encode(&digest.finalize()).to_ascii_lowercase();
    let hash = &hash[..HASH_CHARACTERS];
    let role = role.as_str().rsplit('/').next().unwrap_or_default();
    let readable = format!(
        "jit-{}-{}",
        slug(project.project().unwrap_or_default()),
        slug(role)
    );
    // Slugs are ASCII, so that any place is between characters.
    let cut = readable.len().min(LONGEST - HASH_CHARACTERS - 1);
    let text = format!("{}-{hash}", readable[..cut].trim_end_matches('-'));
    #[expect(
        clippy::expect_used,
        reason = "slugs and the hash have only the characters of an id"
    )]
    EntitlementId::parse(&text).expect("slugs and a hash make an id")
}

/// Words of a-z and 0-9 with `-` between them: `instanceAdmin.v1` becomes `instance-admin-v1`.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    let mut was_lower = false;
    for c in text.chars() {
        let is_new_word = c.is_ascii_uppercase() && was_lower;
        let separates = !c.is_ascii_alphanumeric() || is_new_word;
        if separates && !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
    }
    slug.trim_end_matches('-').to_owned()
}
