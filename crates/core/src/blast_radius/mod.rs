//! How far a grant reaches: what its beneficiary could do with it that they cannot do anyway, the dangerous first.
//!
//! An approver reads a role's name and cannot know its hundreds of permissions, nor which of them the person has
//! already. Both are read from Google and compared here. What could not be read is told, never taken for nothing: then
//! more is shown as gained than there is, never less.
//!
//! Only allow policies are compared. Deny policies and principal access boundaries may leave less, and bindings under a
//! condition are not counted as held, since nobody can tell here when theirs holds.

mod danger;
mod holding;
mod question;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

pub use danger::{Category, Danger};
pub use holding::{Holder, roles_held};
pub use question::{Answer, Knowledge, Lineage, Permissions, Question, home_of};

use crate::email::Email;
use crate::grant::GrantedPrivilege;
use crate::resource::ResourceName;

/// How far a grant reaches.
///
/// A permission that is asked for in several places stands in the first of `gained`, `lent` and `already` that is true
/// of any of them, and in no other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlastRadius {
    /// Permissions that the beneficiary would have somewhere and does not have there.
    pub gained: BTreeSet<String>,
    /// Permissions that they have until then by other grants of ours, and would have for longer.
    pub lent: BTreeMap<String, Timestamp>,
    /// Permissions that they have for good wherever the grant would give them.
    pub already: BTreeSet<String>,
    /// The dangerous ones among those gained and lent, the worst category first.
    pub dangers: Vec<Danger>,
    /// What they could do as the service accounts that they could act as.
    pub accounts: Vec<AsAccount>,
    /// What is not known, and why.
    pub unknown: BTreeSet<Unknown>,
}

/// What somebody could do as a service account, in its own project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AsAccount {
    /// The account.
    pub account: Email,
    /// Its project.
    pub project: ResourceName,
    /// What it may do there, and the beneficiary may not.
    pub gained: BTreeSet<String>,
    /// The dangerous ones among them.
    pub dangers: Vec<Danger>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// What: `the policy of folders/1`, `what is in roles/x`.
    pub about: String,
    /// Why.
    pub why: String,
}

/// Compares what is asked with what is held. Pure: the same arguments give the same answer.
pub fn blast_radius(question: &Question<'_>, knowledge: &Knowledge) -> BlastRadius {
    let mut radius = BlastRadius::default();
    let mut unknown = knowledge.unread.clone();
    let mut dangers = danger::Found::default();
    for (target, privileges) in question.places() {
        let held = knowledge.held(question.beneficiary, target, &mut unknown);
        let place = Place::of(question, knowledge, target, &privileges, &mut unknown);
        let may_act_as = held.contains(table::ACT_AS) || place.asked.contains_key(table::ACT_AS);
        for (permission, limited) in place.asked {
            if held.contains(permission) {
                radius.already.insert(permission.to_owned());
                continue;
            }
            let until = place.lent.get(permission).copied();
            match until {
                None => {
                    radius.gained.insert(permission.to_owned());
                }
                Some(until) => {
                    let earliest = radius.lent.entry(permission.to_owned()).or_insert(until);
                    *earliest = until.min(*earliest);
                }
            }
            dangers.look_at(permission, target, may_act_as, limited, until);
        }
    }
    radius.lent.retain(|one, _| !radius.gained.contains(one));
    radius
        .already
        .retain(|one| !radius.gained.contains(one) && !radius.lent.contains_key(one));
    radius.dangers = dangers.sorted();
    radius.accounts = question
        .accounts
        .iter()
        .filter_map(|account| as_account(question, *account, knowledge, &mut unknown))
        .collect();
    radius.unknown = unknown;
    radius
}

/// What is asked on one resource.
struct Place<'a> {
    /// Each permission, and whether it is under a condition wherever it is asked.
    asked: BTreeMap<&'a str, bool>,
    /// Until when other grants of ours give it.
    lent: BTreeMap<&'a str, Timestamp>,
}

impl<'a> Place<'a> {
    fn of(
        question: &Question<'a>,
        knowledge: &'a Knowledge,
        target: &ResourceName,
        privileges: &[&'a GrantedPrivilege],
        unknown: &mut BTreeSet<Unknown>,
    ) -> Self {
        let mut place = Self {
            asked: BTreeMap::new(),
            lent: BTreeMap::new(),
        };
        let above = knowledge.names_above(target);
        let lent: Vec<_> = question
            .lent(&above)
            .map(|(privilege, until)| (privilege, until, knowledge.role(&privilege.role, unknown)))
            .collect();
        for privilege in privileges {
            let limited = privilege.condition.is_some();
            for permission in knowledge.role(&privilege.role, unknown) {
                let known = place.asked.entry(permission).or_insert(limited);
                *known &= limited;
            }
        }
        for (privilege, until, permissions) in lent {
            // What is lent under a condition is lent for those privileges only that are asked under the same one.
            let is_as_wide = privilege.condition.is_none()
                || privileges
                    .iter()
                    .all(|asked| asked.condition == privilege.condition);
            if is_as_wide {
                for permission in permissions {
                    let latest = place.lent.entry(permission).or_insert(until);
                    *latest = until.max(*latest);
                }
            }
        }
        place
    }
}

fn as_account(
    question: &Question<'_>,
    account: Holder<'_>,
    knowledge: &Knowledge,
    unknown: &mut BTreeSet<Unknown>,
) -> Option<AsAccount> {
    let email = account.principal.email()?.clone();
    let Some(project) = home_of(&email) else {
        unknown.insert(Unknown {
            about: format!("what {email} may do"),
            why: "its address does not tell its project".into(),
        });
        return None;
    };
    let held = knowledge.held(question.beneficiary, &project, unknown);
    let may = knowledge.held(account, &project, unknown);
    let gained: BTreeSet<String> = may.difference(&held).map(|one| (*one).to_owned()).collect();
    let mut dangers = danger::Found::default();
    for permission in &gained {
        let may_act_as = may.contains(table::ACT_AS);
        dangers.look_at(permission, &project, may_act_as, false, None);
    }
    Some(AsAccount {
        account: email,
        project,
        gained,
        dangers: dangers.sorted(),
    })
}
