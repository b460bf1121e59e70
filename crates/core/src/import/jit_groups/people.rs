//! Who may do what with a group, in principals of ours.

use super::access::{Entry, Permissions, Subject, allowed};
use crate::import::draft::DraftConstraint;
use crate::import::report::{Gathering, Place};
use crate::principal::Principal;

/// Those who have a part in a group.
#[derive(Debug, Default)]
pub(super) struct People {
    /// They join without anybody's yes.
    pub(super) alone: Vec<String>,
    /// They join when somebody agrees.
    pub(super) asking: Vec<String>,
    /// They may agree.
    pub(super) approvers: Vec<String>,
    /// Who is kept out.
    denials: Vec<Denial>,
}

/// Who is kept out, and where that is said in terms of our own.
#[derive(Debug)]
struct Denial {
    subject: Subject,
    domain: Option<String>,
}

impl Denial {
    /// The question that nobody of them can answer with yes. None: it cannot be asked.
    fn question(&self, person: &str) -> Option<String> {
        match (&self.subject, &self.domain) {
            (Subject::Principal(Principal::User(email)), _) => {
                Some(format!("{person}.email != \"{email}\""))
            }
            (Subject::Principal(Principal::Group(email)), _) => {
                Some(format!("!(\"{email}\" in {person}.groups)"))
            }
            (Subject::Principal(Principal::Domain(domain)), _)
            | (Subject::Internal, Some(domain)) => Some(format!("{person}.domain != \"{domain}\"")),
            (Subject::External, Some(domain)) => Some(format!("{person}.domain == \"{domain}\"")),
            _ => None,
        }
    }
}

impl People {
    /// Reads the lists of all levels together. None: the group cannot be carried over, which was told.
    pub(super) fn of(
        entries: &[&Entry],
        domain: Option<&str>,
        group: (&str, &Place),
        gathering: &mut Gathering,
    ) -> Option<Self> {
        let mut people = Self::default();
        for entry in entries.iter().filter(|entry| entry.denies) {
            people
                .denials
                .push(denial(entry, domain, group, gathering)?);
        }
        for (subject, permissions, place) in allowed(entries) {
            let joins = permissions.holds(Permissions::JOIN);
            let approves_self = permissions.holds(Permissions::APPROVE_SELF);
            let approves_others = permissions.holds(Permissions::APPROVE_OTHERS);
            if !joins && !approves_others {
                let message = if approves_self {
                    format!("{subject} may approve for themselves, but not join by this entry")
                } else {
                    format!(
                        "{subject} may only look ({permissions}): an entitlement is seen by those who have a part in it"
                    )
                };
                gathering.left(&place, message);
                continue;
            }
            if ["EXPORT", "RECONCILE", "ALL"]
                .iter()
                .any(|name| permissions.to_string().contains(name))
            {
                let message =
                    format!("{subject}: there is nothing to export or to reconcile by hand");
                gathering.left(&place, message);
            }
            let Some(principal) = principal(&subject, domain, &place, gathering) else {
                continue;
            };
            if joins && approves_self {
                people.alone.push(principal.clone());
            } else if joins {
                people.asking.push(principal.clone());
            }
            if approves_others {
                people.approvers.push(principal);
            }
        }
        for list in [&mut people.alone, &mut people.asking, &mut people.approvers] {
            let mut seen = std::collections::BTreeSet::new();
            list.retain(|one| seen.insert(one.clone()));
        }
        Some(people)
    }

    /// The constraints that keep the denied out.
    pub(super) fn denials(&self, person: &str) -> impl Iterator<Item = DraftConstraint> {
        self.denials
            .iter()
            .enumerate()
            .filter_map(move |(index, denial)| {
                Some(DraftConstraint {
                    name: format!("denied-{}", index + 1),
                    expression: denial.question(person)?,
                    message: Some(format!("Denied to {}", denial.subject)),
                })
            })
    }
}

/// A principal of ours for a subject that is allowed something.
fn principal(
    subject: &Subject,
    domain: Option<&str>,
    place: &Place,
    gathering: &mut Gathering,
) -> Option<String> {
    match (subject, domain) {
        (Subject::Principal(principal), _) => {
            if matches!(principal, Principal::Group(_)) {
                let message = format!(
                    "{principal}: JIT Groups counts its direct members only, Daypass those of groups inside it, too"
                );
                gathering.changed(place, message);
            }
            Some(principal.to_string())
        }
        (Subject::Internal, Some(domain)) => {
            gathering.changed(place, format!("{subject} becomes domain:{domain}"));
            Some(format!("domain:{domain}"))
        }
        (Subject::Everybody, Some(domain)) => {
            let message = format!("{subject} becomes domain:{domain}: others have to be named");
            gathering.changed(place, message);
            Some(format!("domain:{domain}"))
        }
        (Subject::External, _) => {
            let message = format!("{subject}: those from outside have to be named");
            gathering.left(place, message);
            None
        }
        (Subject::Internal | Subject::Everybody, None) => {
            let note = gathering.left(place, format!("{subject}: it is not known who that is"));
            note.hint = Some("name your domain: --domain example.com".into());
            None
        }
    }
}

/// An entry that denies. Every permission holds that of seeing, so whoever is denied one is denied all of them.
fn denial(
    entry: &Entry,
    domain: Option<&str>,
    (name, group): (&str, &Place),
    gathering: &mut Gathering,
) -> Option<Denial> {
    let subject = &entry.subject;
    let denial = Denial {
        subject: subject.clone(),
        domain: domain.map(str::to_owned),
    };
    if denial.question("requester").is_none() {
        let message = format!(
            "{name}: {subject} is denied something at {}, and it cannot be written whom to keep out",
            entry.place
        );
        let note = gathering.left(group, message);
        if *subject != Subject::Everybody {
            note.hint = Some("name your domain: --domain example.com".into());
        }
        return None;
    }
    let message = format!(
        "the denial of {} to {subject} becomes a constraint that keeps {subject} out of everything, as JIT Groups does",
        entry.permissions
    );
    gathering.changed(&entry.place, message);
    Some(denial)
}
