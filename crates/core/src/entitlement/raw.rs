//! The file as it is written: names and nesting, every value with its place.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde_saphyr::Spanned;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(rename = "apiVersion")]
    pub(super) api_version: Spanned<String>,
    pub(super) defaults: Option<RawDefaults>,
    pub(super) entitlements: Vec<RawEntitlement>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDefaults {
    pub(super) duration: Option<RawDuration>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEntitlement {
    pub(super) id: Spanned<String>,
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) owner: Option<Spanned<String>>,
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
    pub(super) approval: Option<Spanned<RawApproval>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrivilege {
    pub(super) resource: Spanned<String>,
    pub(super) at: Option<Spanned<String>>,
    #[serde(default)]
    pub(super) roles: Vec<Spanned<String>>,
    pub(super) condition: Option<Spanned<String>>,
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

/// `none`, or who must agree.
#[derive(Debug)]
pub(super) enum RawApproval {
    None,
    Steps {
        expires: Option<Spanned<String>>,
        steps: Vec<RawStep>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStep {
    pub(super) approvers: Vec<Spanned<String>>,
    pub(super) needed: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSteps {
    expires: Option<Spanned<String>>,
    steps: Vec<RawStep>,
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
                let steps = RawSteps::deserialize(MapAccessDeserializer::new(map))?;
                Ok(RawApproval::Steps {
                    expires: steps.expires,
                    steps: steps.steps,
                })
            }
        }

        deserializer.deserialize_any(Either)
    }
}
