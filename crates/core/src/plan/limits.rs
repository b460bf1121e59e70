//! The limits of a policy, checked before it is written, so that the error names the limit and the use (I10).

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use thiserror::Error as ThisError;

use crate::iam_policy::{Binding, Policy};
use crate::principal::canonical_member;

/// Most principals in a policy, each appearance counted, exemptions from audit logging too (documentation of the
/// Policy type).
pub const MAX_PRINCIPALS: usize = 1_500;
/// Most groups and domains among them.
pub const MAX_GROUPS: usize = 250;
/// Most bindings of one role and principal with different conditions. Unconfirmed: the stored copy of Google's quota
/// page is cut off before it.
pub const MAX_SAME_ROLE_AND_PRINCIPAL_UNCONFIRMED: usize = 20;
/// Most bytes of a policy. Unconfirmed: the documentation says "a few 10s of KB".
pub const MAX_BYTES_UNCONFIRMED: usize = 64 * 1024;
/// Google advises at most so many conditional bindings in a policy; above 80 % of it we warn, and never refuse.
pub const ADVISED_CONDITIONAL_BINDINGS: usize = 100;
/// From this share of a limit on, we warn: percent.
pub const WARN_PERCENT: usize = 80;

/// Bounds that apply to a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Principals.
    pub principals: usize,
    /// Groups and domains.
    pub groups: usize,
    /// Bindings of one role and principal with different conditions.
    pub same_role_and_principal: usize,
    /// Bytes.
    pub bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            principals: MAX_PRINCIPALS,
            groups: MAX_GROUPS,
            same_role_and_principal: MAX_SAME_ROLE_AND_PRINCIPAL_UNCONFIRMED,
            bytes: MAX_BYTES_UNCONFIRMED,
        }
    }
}

/// A limit that a change would go over.
#[derive(Debug, Clone, PartialEq, Eq, ThisError, Serialize, Deserialize)]
#[error(
    "the policy is full: {what} would be {would_be}, and Google allows {limit} (now {current})"
)]
pub struct Exceeded {
    /// What is counted.
    pub what: String,
    /// The limit.
    pub limit: usize,
    /// The count with the change.
    pub would_be: usize,
    /// The count without it.
    pub current: usize,
}

/// A limit that the policy comes near.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What is counted.
    pub what: String,
    /// The limit.
    pub limit: usize,
    /// The count.
    pub current: usize,
}

/// The counts that limits are about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Usage {
    principals: usize,
    groups: usize,
    bytes: usize,
    conditional: usize,
    same: BTreeMap<(String, String), usize>,
}

impl Usage {
    pub(super) fn of(policy: &Policy) -> Self {
        let mut usage = Self {
            principals: policy.audit_exemptions(),
            bytes: policy.size(),
            ..Self::default()
        };
        for binding in policy.bindings() {
            usage.count(binding, 1);
        }
        // The bytes of the bindings are in the policy's size already.
        usage.bytes = policy.size();
        usage
    }

    /// The usage after these bindings are gone and those have come.
    pub(super) fn change(&self, gone: &[Rc<Binding>], come: &[Rc<Binding>]) -> Self {
        let mut usage = self.clone();
        for binding in gone {
            usage.count(binding, -1);
        }
        for binding in come {
            usage.count(binding, 1);
        }
        usage
    }

    fn count(&mut self, binding: &Binding, by: isize) {
        let add = |count: &mut usize, amount: usize| {
            *count = if by > 0 {
                count.saturating_add(amount)
            } else {
                count.saturating_sub(amount)
            };
        };
        let members = binding.members();
        add(&mut self.principals, members.len());
        add(
            &mut self.groups,
            members
                .iter()
                .filter(|m| m.starts_with("group:") || m.starts_with("domain:"))
                .count(),
        );
        // One more for the comma.
        add(
            &mut self.bytes,
            serde_json::to_string(binding.as_json()).map_or(0, |text| text.len()) + 1,
        );
        if binding.condition().is_some() {
            add(&mut self.conditional, 1);
            for member in members {
                let key = (
                    binding.role().unwrap_or_default().to_owned(),
                    canonical_member(member),
                );
                add(self.same.entry(key).or_default(), 1);
            }
        }
    }
}

impl Limits {
    /// The first limit that the change goes over. A policy that is over a limit already may still be made smaller.
    pub(super) fn check(&self, before: &Usage, after: &Usage) -> Option<Exceeded> {
        let over = |what: &str, limit: usize, current: usize, would_be: usize| {
            (would_be > limit && would_be > current).then(|| Exceeded {
                what: what.into(),
                limit,
                would_be,
                current,
            })
        };
        over(
            "principals",
            self.principals,
            before.principals,
            after.principals,
        )
        .or_else(|| {
            over(
                "groups and domains",
                self.groups,
                before.groups,
                after.groups,
            )
        })
        .or_else(|| over("bytes", self.bytes, before.bytes, after.bytes))
        .or_else(|| {
            after.same.iter().find_map(|(key, &would_be)| {
                let what = format!("conditional bindings of {} for {}", key.0, key.1);
                over(
                    &what,
                    self.same_role_and_principal,
                    before.same.get(key).copied().unwrap_or(0),
                    would_be,
                )
            })
        })
    }

    pub(super) fn warnings(&self, usage: &Usage) -> Vec<Warning> {
        let most_same = usage.same.iter().max_by_key(|(_, count)| **count);
        let counts = [
            ("principals".to_owned(), self.principals, usage.principals),
            ("groups and domains".to_owned(), self.groups, usage.groups),
            ("bytes".to_owned(), self.bytes, usage.bytes),
            (
                "conditional bindings (Google's advice)".to_owned(),
                ADVISED_CONDITIONAL_BINDINGS,
                usage.conditional,
            ),
        ];
        let same = most_same.map(|((role, member), count)| {
            (
                format!("conditional bindings of {role} for {member}"),
                self.same_role_and_principal,
                *count,
            )
        });
        counts
            .into_iter()
            .chain(same)
            .filter(|(_, limit, current)| current * 100 >= limit * WARN_PERCENT)
            .map(|(what, limit, current)| Warning {
                what,
                limit,
                current,
            })
            .collect()
    }
}
