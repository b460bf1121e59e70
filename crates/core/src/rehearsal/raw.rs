//! The `tests:` and `fixtures:` of a file as they are written, every value with its place.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::Spanned;

/// A list whose own place is told where an entry has none, such as the members of a group.
pub(super) type RawList = Spanned<Vec<Spanned<String>>>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFile {
    #[serde(rename = "apiVersion")]
    pub(super) _api_version: Option<IgnoredAny>,
    /// What [`crate::entitlement::load`] reads.
    #[serde(rename = "defaults")]
    pub(super) _defaults: Option<IgnoredAny>,
    pub(super) entitlements: Option<IgnoredAny>,
    #[serde(default)]
    pub(super) tests: Vec<RawTest>,
    pub(super) fixtures: Option<RawFixtures>,
}

/// A file of groups alone.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGroupFile {
    pub(super) groups: BTreeMap<String, RawList>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFixtures {
    #[serde(default)]
    pub(super) people: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) groups: BTreeMap<String, RawList>,
    pub(super) time: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) on_call: BTreeMap<String, RawList>,
    #[serde(default)]
    pub(super) projects: Vec<RawProjects>,
    #[serde(default)]
    pub(super) debts: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProjects {
    pub(super) folder: Spanned<String>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, String>,
    pub(super) found: Vec<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTest {
    pub(super) name: Option<Spanned<String>>,
    pub(super) requester: Spanned<String>,
    pub(super) entitlement: Spanned<String>,
    #[serde(rename = "for")]
    pub(super) duration: Option<Spanned<String>>,
    pub(super) at: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) only: Vec<String>,
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) input: BTreeMap<String, String>,
    pub(super) beneficiary: Option<Spanned<String>>,
    pub(super) time: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) give: bool,
    pub(super) expect: Spanned<RawExpect>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExpect {
    pub(super) decision: Option<Spanned<String>>,
    pub(super) approvers: Option<RawList>,
    pub(super) needed: Option<Spanned<u32>>,
    pub(super) steps: Option<Spanned<Vec<RawStep>>>,
    pub(super) rule: Option<Spanned<String>>,
    pub(super) on_call: Option<RawList>,
    pub(super) page: Option<RawList>,
    #[serde(rename = "for")]
    pub(super) duration: Option<Spanned<String>>,
    pub(super) gives: Option<RawList>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) needed: Option<Spanned<u32>>,
    pub(super) approvers: Option<RawList>,
    pub(super) on_call: Option<RawList>,
}
