//! Access lists of JIT Groups: who may join, approve, and see.

use std::fmt;

use super::tree::Section;
use crate::import::report::{Gathering, Place, shown};
use crate::principal::Principal;

/// What an entry allows or denies: bits, each of which holds that of seeing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Permissions(u32);

impl Permissions {
    pub(super) const VIEW: Self = Self(1);
    pub(super) const JOIN: Self = Self(3);
    pub(super) const APPROVE_OTHERS: Self = Self(5);
    pub(super) const APPROVE_SELF: Self = Self(9);
    const EXPORT: Self = Self(17);
    const RECONCILE: Self = Self(33);
    const ALL: Self = Self(0x7fff_ffff);

    /// From the widest on, so that a mask is told by the fewest names.
    const NAMES: [(&'static str, Self); 7] = [
        ("ALL", Self::ALL),
        ("JOIN", Self::JOIN),
        ("APPROVE_SELF", Self::APPROVE_SELF),
        ("APPROVE_OTHERS", Self::APPROVE_OTHERS),
        ("EXPORT", Self::EXPORT),
        ("RECONCILE", Self::RECONCILE),
        ("VIEW", Self::VIEW),
    ];

    /// Reads `JOIN, APPROVE_SELF`. Case and empty parts do not matter.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut mask = 0;
        for word in text
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
        {
            let known = Self::NAMES
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(word));
            mask |= known?.1.0;
        }
        (mask != 0).then_some(Self(mask))
    }

    pub(super) fn holds(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Display for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.0;
        let mut joint = "";
        for (name, mask) in Self::NAMES {
            // Seeing is part of every other permission, and is named only where it is all there is.
            let adds = left & mask.0 & !Self::VIEW.0 != 0 || left == mask.0;
            if self.holds(mask) && adds {
                write!(f, "{joint}{name}")?;
                left &= !mask.0;
                joint = ", ";
            }
        }
        Ok(())
    }
}

/// Whom an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Principal(Principal),
    /// `class:iapUsers`: everybody who gets in.
    Everybody,
    /// `class:internalUsers`: the organization's own people.
    Internal,
    /// `class:externalUsers`: all others.
    External,
}

impl Subject {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        match text.to_ascii_lowercase().as_str() {
            "class:iapusers" => return Some(Self::Everybody),
            "class:internalusers" => return Some(Self::Internal),
            "class:externalusers" => return Some(Self::External),
            _ => {}
        }
        match text.parse::<Principal>() {
            Ok(principal @ (Principal::User(_) | Principal::Group(_) | Principal::Domain(_))) => {
                Some(Self::Principal(principal))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal(principal) => principal.fmt(f),
            Self::Everybody => f.write_str("class:iapUsers"),
            Self::Internal => f.write_str("class:internalUsers"),
            Self::External => f.write_str("class:externalUsers"),
        }
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) place: Place,
    pub(super) subject: Subject,
    pub(super) permissions: Permissions,
    pub(super) denies: bool,
}

impl Entry {
    /// Reads one entry, or tells what is wrong with it.
    pub(super) fn read(mut section: Section, gathering: &mut Gathering) -> Option<Self> {
        let place = section.place.clone();
        let principal = section.text("principal", gathering).unwrap_or_default();
        let allow = section.text("allow", gathering);
        let deny = section.text("deny", gathering);
        section.finish(gathering);
        let subject = Subject::parse(&principal);
        if subject.is_none() {
            let message = format!("{} is not a principal", shown(&principal));
            let note = gathering.wrong(&place, message);
            note.code = Some("ACL_INVALID_PRINCIPAL");
            note.hint = Some("write user:…, group:…, domain:… or class:…".into());
        }
        let (text, denies) = match (allow, deny) {
            (Some(text), None) => (text, false),
            (None, Some(text)) => (text, true),
            _ => {
                let note = gathering.wrong(&place, "an entry either allows or denies");
                note.code = Some("ACL_INVALID_PERMISSION");
                return None;
            }
        };
        let permissions = Permissions::parse(&text);
        if permissions.is_none() {
            let message = format!("{} are not permissions", shown(&text));
            let note = gathering.wrong(&place, message);
            note.code = Some("ACL_INVALID_PERMISSION");
            note.hint = Some(
                "write VIEW, JOIN, APPROVE_OTHERS, APPROVE_SELF, EXPORT, RECONCILE or ALL".into(),
            );
        }
        Some(Self {
            place,
            subject: subject?,
            permissions: permissions?,
            denies,
        })
    }
}

/// What each subject is allowed by all entries together.
pub(super) fn allowed(entries: &[&Entry]) -> Vec<(Subject, Permissions, Place)> {
    let mut allowed: Vec<(Subject, Permissions, Place)> = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.denies) {
        match allowed
            .iter_mut()
            .find(|(subject, ..)| *subject == entry.subject)
        {
            Some((_, permissions, _)) => *permissions = permissions.union(entry.permissions),
            None => allowed.push((
                entry.subject.clone(),
                entry.permissions,
                entry.place.clone(),
            )),
        }
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    ///
    #[test]
    fn permissions_read_and_told() {
        for (text, mask) in [
            ("Join  ", Some(3)),
            (" approve_self  ", Some(9)),
            ("Join,approve_self,,  ", Some(11)),
            ("all", Some(0x7fff_ffff)),
            ("", None),
            (",", None),
            ("sleep", None),
            ("JOIN maybe", None),
        ] {
            assert_eq!(Permissions::parse(text).map(|one| one.0), mask, "{text:?}");
        }
        for (mask, text) in [
            (1, "VIEW"),
            (3, "JOIN"),
            (5, "APPROVE_OTHERS"),
            (9, "APPROVE_SELF"),
            (11, "JOIN, APPROVE_SELF"),
            (13, "APPROVE_SELF, APPROVE_OTHERS"),
            (
                0xff,
                "JOIN, APPROVE_SELF, APPROVE_OTHERS, EXPORT, RECONCILE",
            ),
            (0x7fff_ffff, "ALL"),
        ] {
            assert_eq!(Permissions(mask).to_string(), text, "{mask}");
        }
    }

    /// P-7, P-9.
    #[test]
    fn subjects() {
        for text in [
            "user:a@example.com",
            "group:g@example.com",
            "class:internalUsers",
            "domain:example.com",
        ] {
            assert!(Subject::parse(text).is_some(), "{text}");
        }
        for text in [
            "",
            "user:",
            "serviceAccount:x@p.iam.gserviceaccount.com",
            "robot:x",
            "class:x",
            "allUsers",
        ] {
            assert!(Subject::parse(text).is_none(), "{text}");
        }
    }
}
