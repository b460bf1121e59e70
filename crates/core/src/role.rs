//! Roles.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Error;

/// Roles that predate IAM conditions: IAM refuses a condition on them, so they could never end by themselves (I8).
pub const BASIC_ROLES: [&str; 3] = ["roles/owner", "roles/editor", "roles/viewer"];

/// A predefined or custom role that can carry a condition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Role(String);

impl Role {
    /// The name as IAM writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Role {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = || Error::Role(crate::justification::printable(text, 120));
        let name_fits = |name: &str| {
            (1..=100).contains(&name.len())
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_')
        };
        let parent_fits = |parent: &str| {
            (1..=64).contains(&parent.len())
                && parent
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c))
        };
        let fits = match text.split('/').collect::<Vec<_>>()[..] {
            ["roles", name] => name_fits(name),
            ["projects" | "organizations", parent, "roles", name] => {
                parent_fits(parent) && name_fits(name)
            }
            _ => false,
        };
        if !fits {
            return Err(refuse());
        }
        if BASIC_ROLES
            .iter()
            .any(|basic| text.eq_ignore_ascii_case(basic))
        {
            return Err(Error::BasicRole(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Role {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Role> for String {
    fn from(role: Role) -> Self {
        role.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_roles_are_refused_by_name() {
        for role in ["roles/owner", "roles/editor", "roles/viewer", "roles/Owner"] {
            assert!(
                matches!(role.parse::<Role>(), Err(Error::BasicRole(_))),
                "{role}"
            );
        }
    }

    #[test]
    fn forms() {
        for role in [
            "roles/storage.admin",
            "projects/acme-prod/roles/deploy",
            "organizations/1/roles/audit_2",
        ] {
            assert!(role.parse::<Role>().is_ok(), "{role}");
        }
        for role in [
            "storage.admin",
            "roles/",
            "roles/a/b",
            "roles/storage.admin_withcond_\"",
            "folders/1/roles/x",
            "roles/a b",
        ] {
            assert!(
                matches!(role.parse::<Role>(), Err(Error::Role(_))),
                "{role}"
            );
        }
    }
}
