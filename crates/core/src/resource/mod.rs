//! Resources that carry an allow policy.

mod kind;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use kind::{Api, Attributes, ConditionSupport, KINDS, Kind, Method, SetBody};

use crate::Error;
use crate::service_account::project_of_address;

/// The name of a resource whose IAM policy can be read and set: `projects/acme-prod`, `folders/42`,
/// `projects/_/buckets/logs`, ….
///
/// Only names that one of [`KINDS`] matches can be made, segment by segment, so no name smuggles a path or a query
/// into a URL.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceName(String);

impl ResourceName {
    /// The row of the kind table that this name matches.
    ///
    /// # Panics
    ///
    /// Never: a name is only ever made from a kind that matches it.
    pub fn kind(&self) -> &'static Kind {
        #[expect(
            clippy::expect_used,
            reason = "a name is only ever made from a kind that matches it"
        )]
        KINDS
            .iter()
            .find(|kind| kind.matches(&self.0))
            .expect("a resource name has a kind")
    }

    /// The name as IAM writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The project that the resource is in, where its name tells.
    pub fn project(&self) -> Option<&str> {
        let mut segments = self.0.split('/');
        match (segments.next(), segments.next()) {
            (Some("projects"), Some(project)) if project != "_" => Some(project),
            _ => None,
        }
    }

    /// The projects that the name tells of, by id or number: the one it lies in and, for a service account, the one in
    /// its address, whatever stands before it.
    pub fn projects(&self) -> impl Iterator<Item = &str> {
        let address = self.0.split_once("/serviceAccounts/");
        let made_in = address.and_then(|(_, address)| project_of_address(address));
        self.project().into_iter().chain(made_in)
    }

    /// The full resource name, `//service/name` (<https://cloud.google.com/iam/docs/full-resource-names>).
    pub fn full_name(&self) -> String {
        format!("//{}/{}", self.kind().service, self.0)
    }
}

impl FromStr for ResourceName {
    type Err = Error;
    /// Reads a resource name. `buckets/NAME` is read as `projects/_/buckets/NAME`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let name = match text.strip_prefix("buckets/") {
            Some(bucket) => format!("projects/_/buckets/{bucket}"),
            None => text.to_owned(),
        };
        if KINDS.iter().any(|kind| kind.matches(&name)) {
            Ok(Self(name))
        } else {
            Err(Error::Resource(crate::justification::printable(text, 120)))
        }
    }
}

impl fmt::Display for ResourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ResourceName {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ResourceName> for String {
    fn from(name: ResourceName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_reads_its_own_example_and_no_other() {
        for kind in KINDS {
            let name: ResourceName = kind.example.parse().unwrap();
            assert_eq!(name.kind().name, kind.name);
            assert_eq!(
                KINDS
                    .iter()
                    .filter(|other| other.matches(kind.example))
                    .count(),
                1,
                "{}",
                kind.example
            );
        }
    }

    #[test]
    fn bucket_short_form() {
        let name: ResourceName = "buckets/logs-acme-prod".parse().unwrap();
        assert_eq!(name.as_str(), "projects/_/buckets/logs-acme-prod");
        assert_eq!(name.project(), None);
    }

    #[test]
    fn names_that_would_leave_their_place_are_refused() {
        for text in [
            "",
            "projects",
            "projects/",
            "projects/a b",
            "projects/acme:setIamPolicy",
            "projects/../organizations/1",
            "projects/p?x=1",
            "projects/p#x",
            "folders/prod",
            "organizations/acme",
            "//cloudresourcemanager.googleapis.com/projects/p",
            "projects/p/secrets/",
            "projects/p/secrets/s%2F",
            "projects/P\u{202e}",
            "projects/p/topics/goog-x",
            "buckets/UPPER",
        ] {
            assert!(text.parse::<ResourceName>().is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in any::<String>()) {
            if let Ok(name) = text.parse::<ResourceName>() {
                prop_assert_eq!(name.to_string().parse::<ResourceName>().unwrap(), name);
            }
        }
    }
}
