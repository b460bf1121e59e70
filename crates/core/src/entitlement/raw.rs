//! The file as it is written: names and nesting, every value with its place.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde_saphyr::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "apiVersion")]
    pub(super) api_version: Spanned<String>,
    pub(super) defaults: Option<RawDefaults>,
    #[serde(default)]
    pub(super) entitlements: Vec<RawEntitlement>,
    /// Rehearsals: read by [`crate::rehearsal`], of no effect here.
    #[serde(default, rename = "tests")]
    pub(super) _tests: Vec<serde::de::IgnoredAny>,
    /// The made-up world of the rehearsals.
    #[serde(default, rename = "fixtures")]
    pub(super) _fixtures: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDefaults {
    pub(super) duration: Option<RawDuration>,
    pub(super) slack: Option<Spanned<String>>,
    pub(super) notify: Option<Vec<Spanned<String>>>,
    pub(super) justification: Option<RawJustification>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEntitlement {
    pub(super) id: Spanned<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) owner: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) requesters: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) beneficiaries: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) grantors: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) privileges: Vec<RawPrivilege>,
    pub(super) duration: Option<RawDuration>,
    pub(super) start: Option<RawStart>,
    pub(super) justification: Option<RawJustification>,
    #[serde(default)]
    pub(super) inputs: Vec<RawInput>,
    #[serde(default)]
    pub(super) constraints: Vec<RawConstraint>,
    pub(super) approval: Option<Spanned<RawApproval>>,
    pub(super) break_glass: Option<Spanned<RawBreakGlass>>,
    pub(super) notify: Option<Vec<Spanned<String>>>,
    pub(super) slack: Option<Spanned<String>>,
}

/// One of two forms: roles on a resource, or `impersonate`. Which fields go together is checked by the reader, whose
/// words are better than those of a parser that tries both.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrivilege {
    pub(super) resource: Option<Spanned<RawPlace>>,
    pub(super) at: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) roles: Vec<Spanned<String>>,
    pub(super) condition: Option<Spanned<String>>,
    pub(super) impersonate: Option<Spanned<String>>,
    pub(super) via: Option<Spanned<String>>,
    pub(super) token: Option<RawToken>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawToken {
    pub(super) max: Spanned<String>,
}

/// A resource by its name, or the projects of a folder.
#[derive(Debug)]
pub(super) enum RawPlace {
    Named(String),
    Projects(RawSelector),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSelector {
    pub(super) folder: Spanned<String>,
    #[serde(default)]
    pub(super) labels: BTreeMap<String, Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDuration {
    pub(super) min: Option<Spanned<String>>,
    pub(super) default: Option<Spanned<String>>,
    pub(super) max: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStart {
    pub(super) latest: Spanned<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawJustification {
    pub(super) required: Option<bool>,
    pub(super) pattern: Option<Spanned<String>>,
    pub(super) hint: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawInput {
    pub(super) name: Spanned<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) values: Vec<Spanned<String>>,
    pub(super) title: Option<String>,
    pub(super) pattern: Option<Spanned<String>>,
    pub(super) required: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConstraint {
    pub(super) name: Spanned<String>,
    pub(super) expression: Spanned<String>,
    pub(super) message: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBreakGlass {
    #[serde(default)]
    pub(super) page: Vec<Spanned<String>>,
    pub(super) review: Option<RawReview>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawReview {
    pub(super) by: Vec<Spanned<String>>,
    pub(super) within: Option<Spanned<String>>,
}

/// `none`, or who must agree.
#[derive(Debug)]
pub(super) enum RawApproval {
    None,
    Steps(Box<RawSteps>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSteps {
    pub(super) identity: Option<Spanned<String>>,
    pub(super) authority: Option<Spanned<String>>,
    #[serde(rename = "self")]
    pub(super) self_approval: Option<bool>,
    pub(super) justification: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) constraints: Vec<RawConstraint>,
    pub(super) expires: Option<Spanned<String>>,
    pub(super) steps: Vec<RawStep>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) approvers: Vec<Spanned<String>>,
    pub(super) on_call: Option<Spanned<String>>,
    pub(super) needed: Option<Spanned<u32>>,
    pub(super) remind: Option<Spanned<String>>,
    pub(super) escalate: Option<RawEscalation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEscalation {
    pub(super) after: Spanned<String>,
    pub(super) to: Vec<Spanned<String>>,
}

impl<'de> Deserialize<'de> for RawApproval {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = RawApproval;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("'none', or an approval with its steps")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RawApproval, E> {
                if text == "none" {
                    Ok(RawApproval::None)
                } else {
                    Err(E::custom(format!(
                        "expected 'none' or steps, found '{text}'"
                    )))
                }
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawApproval, A::Error> {
                RawSteps::deserialize(MapAccessDeserializer::new(map))
                    .map(|steps| RawApproval::Steps(Box::new(steps)))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for RawPlace {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = RawPlace;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a resource such as projects/acme-prod, or {folder: folders/1, labels: {env: prod}}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<RawPlace, E> {
                Ok(RawPlace::Named(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<RawPlace, A::Error> {
                RawSelector::deserialize(MapAccessDeserializer::new(map)).map(RawPlace::Projects)
            }
        }

        deserializer.deserialize_any(Either)
    }
}
