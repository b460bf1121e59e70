//! People, groups and service accounts, and who of them exists.

use std::collections::{BTreeMap, BTreeSet};

use crate::iam::members::Member;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalKind {
    User,
    ServiceAccount,
    Group,
}

impl PrincipalKind {
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            PrincipalKind::User => "user",
            PrincipalKind::ServiceAccount => "serviceAccount",
            PrincipalKind::Group => "group",
        }
    }

    /// How Google's messages call it.
    fn title(self) -> &'static str {
        match self {
            PrincipalKind::User => "User",
            PrincipalKind::ServiceAccount => "Service account",
            PrincipalKind::Group => "Group",
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) kind: PrincipalKind,
    pub(crate) email: String,
    pub(crate) name: String,
    /// 21 digits: the `sub` of ID tokens, the `uid` of a deleted member.
    pub(crate) uid: String,
    /// The `hd` claim; a consumer account has none.
    pub(crate) hosted_domain: Option<String>,
}

impl Principal {
    pub(crate) fn member(&self) -> String {
        format!("{}:{}", self.kind.prefix(), self.email)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Directory {
    principals: BTreeMap<String, Principal>,
    /// Members of each group, as emails in lower case; groups may nest.
    groups: BTreeMap<String, BTreeSet<String>>,
    /// The other way: the groups that an address stands in directly.
    memberships: BTreeMap<String, BTreeSet<String>>,
    /// Who may read every group, as Google's Groups Reader administrators do.
    readers: BTreeSet<String>,
    domains: BTreeSet<String>,
}

/// How somebody belongs to a group (`relationType` of Cloud Identity).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Direct,
    Indirect,
    DirectAndIndirect,
}

impl Relation {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Relation::Direct => "DIRECT",
            Relation::Indirect => "INDIRECT",
            Relation::DirectAndIndirect => "DIRECT_AND_INDIRECT",
        }
    }

    fn also(known: Option<Relation>, new: Relation) -> Relation {
        match known {
            None => new,
            Some(known) if known == new => known,
            Some(_) => Relation::DirectAndIndirect,
        }
    }
}

impl Directory {
    pub(crate) fn add_domain(&mut self, domain: &str) {
        self.domains.insert(domain.to_lowercase());
    }

    /// Adds a principal, or gives the existing one a new name; a principal that was deleted gets a new uid.
    pub(crate) fn add(
        &mut self,
        kind: PrincipalKind,
        email: &str,
        name: &str,
        hosted_domain: Option<String>,
    ) {
        let email = email.to_lowercase();
        let uid = self
            .principals
            .get(&email)
            .map_or_else(new_uid, |known| known.uid.clone());
        let principal = Principal {
            kind,
            email: email.clone(),
            name: name.to_owned(),
            uid,
            hosted_domain,
        };
        self.principals.insert(email, principal);
    }

    pub(crate) fn remove(&mut self, email: &str) -> Option<Principal> {
        let email = email.to_lowercase();
        for member in self.groups.remove(&email).unwrap_or_default() {
            if let Some(groups) = self.memberships.get_mut(&member) {
                groups.remove(&email);
            }
        }
        for group in self.memberships.remove(&email).unwrap_or_default() {
            if let Some(members) = self.groups.get_mut(&group) {
                members.remove(&email);
            }
        }
        self.readers.remove(&email);
        self.principals.remove(&email)
    }

    pub(crate) fn join(&mut self, group: &str, member: &str) {
        let (group, member) = (group.to_lowercase(), member.to_lowercase());
        self.memberships
            .entry(member.clone())
            .or_default()
            .insert(group.clone());
        self.groups.entry(group).or_default().insert(member);
    }

    pub(crate) fn leave(&mut self, group: &str, member: &str) {
        let (group, member) = (group.to_lowercase(), member.to_lowercase());
        if let Some(members) = self.groups.get_mut(&group) {
            members.remove(&member);
        }
        if let Some(groups) = self.memberships.get_mut(&member) {
            groups.remove(&group);
        }
    }

    /// Lets somebody read every group, or no longer.
    pub(crate) fn set_reader(&mut self, email: &str, may_read: bool) {
        let email = email.to_lowercase();
        if may_read {
            self.readers.insert(email);
        } else {
            self.readers.remove(&email);
        }
    }

    /// Whether somebody may see a group: as a reader of all groups, or as one of its members.
    pub(crate) fn may_view(&self, email: &str, group: &str) -> bool {
        self.readers.contains(&email.to_lowercase()) || self.is_in_group(email, group)
    }

    pub(crate) fn reads_all(&self, email: &str) -> bool {
        self.readers.contains(&email.to_lowercase())
    }

    /// Every group that an address is in, and how; a circle of groups ends.
    pub(crate) fn transitive_groups(&self, member: &str) -> BTreeMap<String, Relation> {
        reach(&self.memberships, &member.to_lowercase())
    }

    /// Everybody and every group in a group, and how.
    pub(crate) fn transitive_members(&self, group: &str) -> BTreeMap<String, Relation> {
        reach(&self.groups, &group.to_lowercase())
    }

    pub(crate) fn find(&self, email: &str) -> Option<&Principal> {
        self.principals.get(&email.to_lowercase())
    }

    /// The principal that a member string names, with or without its prefix.
    pub(crate) fn resolve(&self, member: &str) -> Option<&Principal> {
        match member.split_once(':') {
            Some((prefix, email)) => self
                .find(email)
                .filter(|found| found.kind.prefix() == prefix),
            None => self.find(member),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Principal> {
        self.principals.values()
    }

    pub(crate) fn group_members(&self, group: &str) -> Vec<String> {
        self.groups
            .get(&group.to_lowercase())
            .into_iter()
            .flatten()
            .cloned()
            .collect()
    }

    /// Whether the person is in the group, directly or through groups within it.
    pub(crate) fn is_in_group(&self, email: &str, group: &str) -> bool {
        self.transitive_groups(email)
            .contains_key(&group.to_lowercase())
    }

    /// Makes whoever a member names exist, as a raw policy may mention anybody.
    pub(crate) fn adopt(&mut self, member: &str) {
        let (kind, email) = match Member::parse(member) {
            Some(Member::User(email)) => (PrincipalKind::User, email),
            Some(Member::ServiceAccount(email)) => (PrincipalKind::ServiceAccount, email),
            Some(Member::Group(email)) => (PrincipalKind::Group, email),
            Some(Member::Domain(domain)) => {
                self.add_domain(&domain);
                return;
            }
            _ => return,
        };
        if self.find(&email).is_none() {
            self.add(kind, &email, "", None);
        }
    }

    /// Google's words for a member that it will not store, or `None` if it will.
    pub(crate) fn refusal(&self, text: &str) -> Option<String> {
        let Some(member) = Member::parse(text) else {
            return Some(format!(
                "The member {text} is of an unknown type. Please set a valid type prefix for the member."
            ));
        };
        let (kind, email) = match member {
            Member::User(email) => (PrincipalKind::User, email),
            Member::ServiceAccount(email) => (PrincipalKind::ServiceAccount, email),
            Member::Group(email) => (PrincipalKind::Group, email),
            Member::Domain(domain) if !self.domains.contains(&domain) => {
                return Some(format!("Domain name {domain} does not exist."));
            }
            _ => return None,
        };
        match self.find(&email) {
            None => Some(format!("{} {email} does not exist.", kind.title())),
            Some(found) if found.kind != kind => {
                let right = found.kind.prefix();
                Some(format!(
                    "Principal {email} is of type \"{right}\". The principal should appear as \"{right}:{email}\". \
                     See https://cloud.google.com/iam/help/members/types for additional documentation."
                ))
            }
            Some(_) => None,
        }
    }
}

/// All that a step after another leads to from an address, itself left out.
fn reach(steps: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeMap<String, Relation> {
    let mut reached = BTreeMap::new();
    let mut visited = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        if !visited.insert(at) {
            continue;
        }
        let relation = if at == from {
            Relation::Direct
        } else {
            Relation::Indirect
        };
        for next in steps.get(at).into_iter().flatten() {
            if next != from {
                let known = reached.get(next).copied();
                reached.insert(next.clone(), Relation::also(known, relation));
                open.push(next);
            }
        }
    }
    reached
}

fn new_uid() -> String {
    format!("1{:020}", crate::random::random::<u64>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory() -> Directory {
        let mut directory = Directory::default();
        directory.add_domain("example.com");
        directory.add(
            PrincipalKind::User,
            "Alice@example.com",
            "Alice",
            Some("example.com".into()),
        );
        directory.add(PrincipalKind::Group, "sre@example.com", "", None);
        directory.add(PrincipalKind::Group, "all@example.com", "", None);
        directory.join("sre@example.com", "alice@example.com");
        directory.join("all@example.com", "sre@example.com");
        directory.join("sre@example.com", "all@example.com");
        directory
    }

    #[test]
    fn refusals_use_googles_words() {
        let directory = directory();
        assert_eq!(directory.refusal("user:ALICE@example.com"), None);
        assert_eq!(
            directory.refusal("user:x@example.com").as_deref(),
            Some("User x@example.com does not exist.")
        );
        assert_eq!(
            directory
                .refusal("serviceAccount:x@p.iam.gserviceaccount.com")
                .as_deref(),
            Some("Service account x@p.iam.gserviceaccount.com does not exist.")
        );
        let as_user = directory
            .refusal("user:sre@example.com")
            .unwrap_or_default();
        assert!(as_user.contains("is of type \"group\""), "{as_user}");
        assert!(
            directory
                .refusal("robot")
                .unwrap_or_default()
                .contains("unknown type")
        );
    }

    #[test]
    fn groups_nest_and_a_circle_ends() {
        let directory = directory();
        assert!(directory.is_in_group("alice@example.com", "all@example.com"));
        assert!(!directory.is_in_group("bob@example.com", "all@example.com"));
    }

    #[test]
    fn relations_tell_direct_from_indirect_both_ways() {
        let mut directory = directory();
        directory.join("all@example.com", "alice@example.com");
        directory.join("top@example.com", "all@example.com");
        let of = |relations: BTreeMap<String, Relation>| {
            relations
                .into_iter()
                .map(|(email, relation)| format!("{email} {}", relation.name()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of(directory.transitive_groups("Alice@example.com")),
            [
                "all@example.com DIRECT_AND_INDIRECT",
                "sre@example.com DIRECT_AND_INDIRECT",
                "top@example.com INDIRECT"
            ]
        );
        assert_eq!(
            of(directory.transitive_members("top@example.com")),
            [
                "alice@example.com INDIRECT",
                "all@example.com DIRECT_AND_INDIRECT",
                "sre@example.com INDIRECT"
            ]
        );
        directory.leave("all@example.com", "sre@example.com");
        directory.remove("top@example.com");
        assert_eq!(
            of(directory.transitive_groups("alice@example.com")),
            [
                "all@example.com DIRECT",
                "sre@example.com DIRECT_AND_INDIRECT"
            ]
        );
    }

    #[test]
    fn a_principal_that_comes_back_is_another_one() {
        let mut directory = directory();
        let before = directory.remove("alice@example.com").map(|gone| gone.uid);
        directory.add(PrincipalKind::User, "alice@example.com", "Alice", None);
        assert_ne!(
            directory
                .find("alice@example.com")
                .map(|found| found.uid.clone()),
            before
        );
    }
}
