//! Who is in a world to start with.

use serde::{Deserialize, Serialize};

/// A service account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedServiceAccount {
    /// Its address.
    pub email: String,
    /// The id of its project.
    pub project: String,
    /// For people.
    #[serde(default)]
    pub display_name: String,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedPerson {
    /// The address that the person logs in with.
    pub email: String,
    /// For people.
    pub name: String,
    /// The `hd` claim; a consumer account has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosted_domain: Option<String>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedGroup {
    /// The group's address.
    pub email: String,
    /// Emails of people, service accounts and other groups.
    #[serde(default)]
    pub members: Vec<String>,
}
