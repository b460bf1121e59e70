//! Eligibility of JIT Access 1.x, which lives in IAM policies: a binding whose condition holds
//! `has({}.jitAccessConstraint)` (one approves for oneself) or `has({}.multiPartyApprovalConstraint)` (a peer does).
//!
//! One entitlement stands for what JIT Access lists as one role: a resource, a role, the rest of the condition, and
//! whether a peer must agree. A member who has both kinds of eligibility approves alone, and stays somebody's peer.

mod policies;
mod unknown;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use policies::PolicyFile;

use self::policies::{Binding, Policy};
use super::draft::{Draft, DraftApproval, DraftDuration, DraftPrivilege, DraftStep, DraftSteps};
use super::report::{Gathering, Imported, Place, Weight, shown};
use super::settings::Settings;
use crate::entitlement::Source;
use crate::jit_access::{Approval, Reading};
use crate::principal::Principal;
use crate::resource::ResourceName;
use crate::role::Role;

/// What to read, and how JIT Access was set up.
#[derive(Debug, Default)]
pub struct JitAccess<'a> {
    /// The policies.
    pub policies: &'a [PolicyFile],
    /// Its environment variables, as `KEY=VALUE` lines.
    pub environment: Option<&'a Source>,
    /// The projects that the eligibility of a folder or organization is written for: JIT Access activates in projects
    /// only. Without them it is written for the folder or organization itself.
    pub projects: &'a [ResourceName],
}

/// One role as JIT Access lists it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    resource: ResourceName,
    role: Role,
    condition: Option<String>,
}

/// Who is eligible for it.
#[derive(Debug, Default)]
struct Eligible {
    alone: Members,
    with_peer: Members,
    descriptions: BTreeSet<String>,
}

/// Principals, and the bindings that they are in.
#[derive(Debug, Default)]
struct Members {
    principals: BTreeSet<Principal>,
    places: Vec<Place>,
    /// Those of them whose condition has both markers.
    with_both_markers: Vec<Place>,
}

/// Reads the policies.
pub fn import(source: &JitAccess<'_>) -> Imported {
    let mut gathering = Gathering::default();
    let settings = source.environment.map_or_else(Settings::default, |file| {
        Settings::read(file, &mut gathering)
    });
    let policies: Vec<Policy> = source
        .policies
        .iter()
        .flat_map(|file| policies::read(file, &mut gathering))
        .collect();
    let mut table: BTreeMap<Key, Eligible> = BTreeMap::new();
    let mut parents = BTreeSet::new();
    for policy in &policies {
        for (index, binding) in policy.bindings.iter().enumerate() {
            let place = policy.place.inside(format_args!("bindings[{index}]"));
            add(
                &mut table,
                &mut parents,
                &mut gathering,
                (policy, binding, place),
                source.projects,
            );
        }
    }
    if parents.len() > 1 && !source.projects.is_empty() {
        let names: Vec<&str> = parents
            .iter()
            .map(super::super::resource::ResourceName::as_str)
            .collect();
        let message = format!(
            "the projects are named for {} at once, and not each is below each",
            names.join(" and ")
        );
        let hint = "import one folder or organization at a time, with the projects below it";
        gathering.wrong(&Place::file("--projects"), message).hint = Some(hint.into());
    }
    for (key, eligible) in &table {
        write(&mut gathering, key, eligible, &settings);
    }
    gathering.finish()
}

/// Adds the eligibility of one binding, if it has any.
fn add(
    table: &mut BTreeMap<Key, Eligible>,
    parents: &mut BTreeSet<ResourceName>,
    gathering: &mut Gathering,
    (policy, binding, place): (&Policy, &Binding, Place),
    projects: &[ResourceName],
) {
    let Some(condition) = &binding.condition else {
        return;
    };
    let found = match Reading::of(&condition.expression) {
        Ok(Reading::Eligible(found)) => found,
        Ok(Reading::Unmarked) => {
            if let Some(name) = unknown::marker(&condition.expression) {
                let message = format!(
                    "no eligibility: 'has({{}}.{name})' is no marker that is read, in {}",
                    shown(&condition.expression)
                );
                let hint = topic_hint(&condition.expression);
                gathering.left(&place, message).hint = hint.or_else(|| Some(unknown::hint(&name)));
            } else if names_marker(&condition.expression) {
                let message = format!(
                    "no eligibility: no part of the condition is a marker in {}",
                    shown(&condition.expression)
                );
                gathering.left(&place, message).hint = topic_hint(&condition.expression);
            }
            return;
        }
        Ok(Reading::Misplaced) => {
            let message = format!(
                "no eligibility: the marker is not one of the parts that are joined by && in {}",
                shown(&condition.expression)
            );
            gathering.left(&place, message);
            return;
        }
        Err(error) => {
            // Other tools write conditions, too; only those that name a marker are JIT Access's.
            let unknown = unknown::marker(&condition.expression);
            if unknown.is_some() || names_marker(&condition.expression) {
                let note = gathering.left(&place, format!("the condition cannot be read: {error}"));
                note.hint = unknown.map(|name| unknown::hint(&name));
            }
            return;
        }
    };
    let rest = found.resource_condition.as_deref().unwrap_or_default();
    if let Some(name) = unknown::marker(rest) {
        let message = format!(
            "the rest of the condition asks for 'has({{}}.{name})', which is no marker that is read: {}",
            shown(rest)
        );
        gathering.left(&place, message).hint = Some(unknown::hint(&name));
        return;
    }
    if names_marker(rest) {
        // Google evaluates it to false, so access on that condition would never be in force.
        let message = format!("the rest of the condition names a marker: {}", shown(rest));
        gathering.left(&place, message).hint = topic_hint(rest);
        return;
    }
    let role = match binding.role.parse::<Role>() {
        Ok(role) if role.as_str().contains("_withcond_") => {
            let hint = "read the policy with gcloud, which asks for version 3";
            let note = gathering.wrong(&place, "the policy was read without its conditions");
            note.hint = Some(hint.into());
            return;
        }
        Ok(role) => role,
        Err(error) => {
            gathering.left(&place, error.to_string()).hint = error.hint().map(str::to_owned);
            return;
        }
    };
    let Some(resource) = &policy.resource else {
        let message = format!(
            "{}: JIT Access looks at projects, folders and organizations only",
            shown(&policy.name)
        );
        gathering.left(&place, message);
        return;
    };
    let members = members(gathering, &place, &binding.members);
    if members.is_empty() {
        gathering.left(
            &place,
            format!("{role} on {resource}: it has no member that can ask"),
        );
        return;
    }
    let is_project = resource.kind().name == "project";
    let targets = if is_project || projects.is_empty() {
        std::slice::from_ref(resource)
    } else {
        projects
    };
    if !is_project {
        parents.insert(resource.clone());
        if projects.is_empty() {
            let message = format!(
                "{role} is given on {resource} itself; JIT Access gave it on one project below at a time"
            );
            let hint = "to keep it so, name the projects: --projects ID,ID";
            gathering.changed(&place, message).hint = Some(hint.into());
        }
    }
    for target in targets {
        let key = Key {
            resource: target.clone(),
            role: role.clone(),
            condition: found.resource_condition.clone(),
        };
        let eligible = table.entry(key).or_default();
        let those = match found.approval {
            Approval::Itself => &mut eligible.alone,
            Approval::Peer => &mut eligible.with_peer,
        };
        those.principals.extend(members.iter().cloned());
        those.places.push(place.clone());
        if found.has_both {
            those.with_both_markers.push(place.clone());
        }
        eligible.descriptions.extend(condition.words());
    }
}

/// What to do about a marker with a topic, `has({}.multiPartyApprovalConstraint.deploy)`.
fn topic_hint(expression: &str) -> Option<String> {
    let expression = expression.to_ascii_lowercase();
    let has_topic =
        expression.contains("approvalconstraint.") || expression.contains("accessconstraint.");
    has_topic.then(|| {
        "a marker with a topic is not read; write the entitlement by hand, with those who approve in approval.steps"
            .into()
    })
}

/// Whether somebody may have meant the condition for JIT Access.
fn names_marker(expression: &str) -> bool {
    let expression = expression.to_ascii_lowercase();
    ["jitaccessconstraint", "multipartyapprovalconstraint"]
        .iter()
        .any(|marker| expression.contains(marker))
}

/// The users and groups; JIT Access knows no others.
fn members(gathering: &mut Gathering, place: &Place, members: &[String]) -> BTreeSet<Principal> {
    let mut known = BTreeSet::new();
    for member in members {
        match member.parse::<Principal>() {
            Ok(principal @ (Principal::User(_) | Principal::Group(_))) => {
                known.insert(principal);
            }
            Ok(_) => {
                let message = format!("{}: JIT Access serves users and groups only", shown(member));
                gathering.left(place, message);
            }
            Err(error) => {
                gathering.left(place, error.to_string()).hint = error.hint().map(str::to_owned);
            }
        }
    }
    known
}

/// One entitlement for those who approve alone, one for those who need a peer.
fn write(gathering: &mut Gathering, key: &Key, eligible: &Eligible, settings: &Settings) {
    let names = |principals: &BTreeSet<Principal>| -> Vec<String> {
        principals.iter().map(ToString::to_string).collect()
    };
    let role = key.role.as_str();
    let what = format!("{role} on {}", key.resource);
    let words = [id_of(&key.resource), id_of_role(role)];
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let draft = |id: String, requesters: &BTreeSet<Principal>, approval: DraftApproval| Draft {
        id,
        title: what.clone(),
        description: eligible
            .descriptions
            .iter()
            .cloned()
            .collect::<Vec<_>>()
            .join("; "),
        requesters: names(requesters),
        privileges: vec![DraftPrivilege {
            resource: key.resource.to_string(),
            roles: vec![role.to_owned()],
            condition: key.condition.clone(),
        }],
        duration: DraftDuration {
            max: settings.longest.to_string(),
            ..DraftDuration::default()
        },
        justification: settings.justification(),
        inputs: Vec::new(),
        constraints: Vec::new(),
        approval,
        notify: Vec::new(),
    };
    let (alone, with_peer) = (&eligible.alone, &eligible.with_peer);
    let asking: BTreeSet<Principal> = &with_peer.principals - &alone.principals;
    if !alone.principals.is_empty() {
        let id = gathering.ids.take(&words);
        let draft = draft(id.clone(), &alone.principals, DraftApproval::NONE);
        let made_of = format!("{what}, without approval");
        let weight = if gathering.entitlement(&alone.places, draft, &made_of) {
            Weight::Carried
        } else {
            Weight::Left
        };
        for place in &alone.with_both_markers {
            let message = format!(
                "{made_of}: both markers are there, so nobody else is asked, as in JIT Access: {id}"
            );
            gathering.note(weight, place, &message);
        }
        // Nobody is left who would ask a peer; the binding is told all the same.
        for place in with_peer.places.iter().filter(|_| asking.is_empty()) {
            let message = format!(
                "{made_of}: whoever is in it is eligible without a peer, too, so nobody else is asked, as in JIT Access: {id}"
            );
            gathering.note(weight, place, &message);
        }
    }
    if !asking.is_empty() {
        let id = gathering.ids.take(&[words[0], words[1], "peer"]);
        let both: BTreeSet<Principal> = &with_peer.principals & &alone.principals;
        let mut approvers = vec!["peers".to_owned()];
        approvers.extend(names(&both));
        let approval = DraftApproval::Steps(DraftSteps {
            expires: Some(settings.unanswered.min(settings.longest).to_string()),
            steps: vec![DraftStep {
                approvers,
                needed: 1,
            }],
            ..DraftSteps::default()
        });
        let draft = draft(id, &asking, approval);
        gathering.entitlement(
            &with_peer.places,
            draft,
            &format!("{what}, with a peer's approval"),
        );
    }
}

/// `acme-prod`, `folder-42`.
fn id_of(resource: &ResourceName) -> String {
    match resource.as_str().split_once('/') {
        Some(("projects", project)) => project.to_owned(),
        Some((kinds, name)) => format!("{}-{name}", kinds.trim_end_matches('s')),
        None => resource.to_string(),
    }
}

/// `storage.admin`, also of a custom role.
fn id_of_role(role: &str) -> String {
    role.rsplit('/').next().unwrap_or(role).to_owned()
}
