//! Entitlements out of the markers of Google's JIT Access 1.x, so that its users go on without touching a binding.
//!
//! A marked binding on a project, or above it, is one entitlement for each project below: activation is always of a
//! project. Bindings of one role and one resource condition belong together, as in JIT Access: whoever has the marker
//! that needs nobody asks under that one, the others have to find a peer.

mod name;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::condition::ExtraCondition;
use crate::duration::Duration;
use crate::entitlement::{
    Approval, Authority, DurationRule, Entitlement, EntitlementId, Identity, JustificationRule,
    Privilege, ResourcePrivilege, SlackMode, Step,
};
use crate::iam_policy::{Binding, Policy};
use crate::jit_access::{self, PEER_APPROVAL_MARKER, Reading, SELF_APPROVAL_MARKER};
use crate::justification::printable;
use crate::principal::Principal;
use crate::resource::ResourceName;
use crate::role::Role;

/// Longest activation where nothing is said: `ACTIVATION_TIMEOUT` of JIT Access.
pub const USUAL_MAX: Duration = Duration::minutes(120);

/// How long a request waits for a peer where nothing is said: `ACTIVATION_REQUEST_TIMEOUT` of JIT Access.
pub const USUAL_EXPIRES: Duration = Duration::minutes(60);

/// What a requester is told to write where nothing is said: `JUSTIFICATION_HINT` of JIT Access.
pub const USUAL_HINT: &str = "Bug or case number";

/// What is offered first, where the longest allows it.
const USUAL_DURATION: Duration = Duration::minutes(60);

/// The shortest activation of JIT Access.
const SHORTEST: Duration = Duration::minutes(1);

/// The terms of all entitlements of a scope. JIT Access has no others than global ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The longest activation.
    pub max: Duration,
    /// How long a request waits for a peer; at most `max`, as in JIT Access.
    pub expires: Duration,
    /// A regular expression that the whole justification must match.
    pub pattern: Option<String>,
    /// What to write, in words.
    pub hint: Option<String>,
}

/// Largest size of a compiled pattern, in bytes, as for the patterns of entitlement files.
const MAX_PATTERN_BYTES: usize = 1 << 20;

impl Terms {
    /// Whether the pattern is one.
    pub fn check(&self) -> Result<(), String> {
        let Some(pattern) = self.anchored() else {
            return Ok(());
        };
        let compiled = regex::RegexBuilder::new(&pattern)
            .size_limit(MAX_PATTERN_BYTES)
            .build();
        match compiled {
            Ok(_) => Ok(()),
            Err(error) => {
                let text = error.to_string();
                let last = text.lines().last().unwrap_or_default();
                Err(format!(
                    "it is not a regular expression: {}",
                    printable(&last.replace("error: ", ""), 200)
                ))
            }
        }
    }

    /// JIT Access matches the whole text; ours searches.
    fn anchored(&self) -> Option<String> {
        let pattern = self.pattern.as_ref()?;
        Some(format!("^(?:{pattern})$"))
    }
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            max: USUAL_MAX,
            expires: USUAL_EXPIRES,
            pattern: None,
            hint: Some(USUAL_HINT.to_owned()),
        }
    }
}

/// An active project, and the policies that are in force in it.
#[derive(Debug, Clone)]
pub struct Project<'a> {
    /// `projects/ID`.
    pub name: ResourceName,
    /// Its own policy and those above it, as far as the scope reaches.
    pub policies: Vec<(&'a ResourceName, &'a Policy)>,
}

/// A marked binding, or a part of one, that cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unserved {
    /// The resource in whose policy it stands.
    pub resource: String,
    /// Its role.
    pub role: String,
    /// Why not.
    pub why: String,
}

/// What the markers of a scope come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Eligible {
    /// The entitlements, by id.
    pub entitlements: BTreeMap<EntitlementId, Entitlement>,
    /// What cannot be served, each once.
    pub unserved: BTreeSet<Unserved>,
}

/// Who is eligible for a role under a resource condition.
#[derive(Debug, Default)]
struct Members {
    alone: BTreeSet<Principal>,
    with_peer: BTreeSet<Principal>,
}

/// A role and a resource condition, which JIT Access identifies an entitlement by.
type Kind = (Role, Option<String>);

/// Reads all markers. The same policies give the same entitlements, in whatever order they come.
pub fn entitlements(projects: &[Project<'_>], terms: &Terms) -> Eligible {
    let mut eligible = Eligible::default();
    // A policy above many projects is read once.
    let mut read: BTreeMap<&ResourceName, Vec<Offer>> = BTreeMap::new();
    for project in projects {
        let mut kinds: BTreeMap<Kind, Members> = BTreeMap::new();
        for (resource, policy) in &project.policies {
            let offers = read
                .entry(resource)
                .or_insert_with(|| offers(resource, policy, &mut eligible.unserved));
            for offer in offers.iter() {
                let members = kinds.entry(offer.kind.clone()).or_default();
                let list = match offer.approval {
                    jit_access::Approval::Itself => &mut members.alone,
                    jit_access::Approval::Peer => &mut members.with_peer,
                };
                list.extend(offer.members.iter().cloned());
            }
        }
        for (kind, members) in &kinds {
            eligible.add(&project.name, kind, members, terms);
        }
    }
    eligible
}

/// One marked binding that can be served.
struct Offer {
    kind: Kind,
    approval: jit_access::Approval,
    members: BTreeSet<Principal>,
}

fn offers(
    resource: &ResourceName,
    policy: &Policy,
    unserved: &mut BTreeSet<Unserved>,
) -> Vec<Offer> {
    policy
        .bindings()
        .iter()
        .filter_map(|binding| {
            let mut note = |why: String| {
                unserved.insert(Unserved {
                    resource: resource.to_string(),
                    role: printable(binding.role().unwrap_or_default(), 120),
                    why,
                });
            };
            offer(binding, &mut note)
        })
        .collect()
}

/// What the binding offers; what it would offer if it could be read is noted.
fn offer(binding: &Binding, note: &mut impl FnMut(String)) -> Option<Offer> {
    let expression = binding.condition()?.expression();
    let found = match Reading::of(expression) {
        Ok(Reading::Unmarked) => return None,
        Ok(Reading::Eligible(found)) => found,
        Ok(Reading::Misplaced) => {
            note("the marker need not hold: it stands under '||', '!' or within an expression, so the condition offers nothing".into());
            return None;
        }
        // Somebody else's condition that we cannot read is nobody's business here.
        Err(_) if !mentions_marker(expression) => return None,
        Err(error) => {
            note(format!("the condition is not CEL: {error}"));
            return None;
        }
    };
    let role: Role = match binding.role().unwrap_or_default().parse() {
        Ok(role) => role,
        Err(error) => {
            note(error.to_string());
            return None;
        }
    };
    if let Some(condition) = &found.resource_condition
        && let Err(error) = ExtraCondition::parse(condition)
    {
        note(format!("the rest of the condition: {error}"));
        return None;
    }
    let mut members = BTreeSet::new();
    for member in binding.members() {
        match member.parse() {
            Ok(principal @ (Principal::User(_) | Principal::Group(_))) => {
                members.insert(principal);
            }
            // As JIT Access: people and groups of people activate roles, nobody else does.
            Ok(_) | Err(_) => note(format!(
                "'{}' is neither a user nor a group",
                printable(member, 120)
            )),
        }
    }
    (!members.is_empty()).then_some(Offer {
        kind: (role, found.resource_condition),
        approval: found.approval,
        members,
    })
}

fn mentions_marker(expression: &str) -> bool {
    let text = expression.to_ascii_lowercase();
    [SELF_APPROVAL_MARKER, PEER_APPROVAL_MARKER]
        .iter()
        .any(|marker| text.contains(&marker.to_ascii_lowercase()))
}

impl Eligible {
    fn add(&mut self, project: &ResourceName, kind: &Kind, members: &Members, terms: &Terms) {
        if !members.alone.is_empty() {
            let requesters = members.alone.iter().cloned().collect();
            self.put(project, kind, requesters, None, terms);
        }
        // Who has both asks under the weaker one, and is a peer all the same.
        let requesters: Vec<Principal> = members
            .with_peer
            .difference(&members.alone)
            .cloned()
            .collect();
        if !requesters.is_empty() {
            let peers = members.with_peer.iter().cloned().collect();
            let approval = Approval {
                identity: Identity::Broker,
                authority: Authority::Entitlement,
                self_approval: false,
                justification_required: false,
                constraints: Vec::new(),
                expires: terms.expires.min(terms.max),
                steps: vec![Step {
                    approvers: peers,
                    peers: true,
                    on_call: None,
                    needed: 1,
                    remind: None,
                    escalate: None,
                }],
            };
            self.put(project, kind, requesters, Some(approval), terms);
        }
    }

    fn put(
        &mut self,
        project: &ResourceName,
        (role, condition): &Kind,
        requesters: Vec<Principal>,
        approval: Option<Approval>,
        terms: &Terms,
    ) {
        let id = name::id(project, role, condition.as_deref(), approval.is_some());
        let entitlement = Entitlement {
            id: id.clone(),
            title: title(project, role, condition.as_deref()),
            description: match &approval {
                None => "Eligible by JIT Access; nobody else has to agree".into(),
                Some(_) => "Eligible by JIT Access; one peer has to agree".into(),
            },
            owner: None,
            labels: BTreeMap::from([("source".to_owned(), "jit-access".to_owned())]),
            requesters,
            beneficiaries: Vec::new(),
            grantors: Vec::new(),
            privileges: vec![Privilege::Resource(ResourcePrivilege {
                resource: project.clone(),
                target: project.clone(),
                roles: vec![role.clone()],
                // It was checked when it was read.
                condition: condition
                    .as_deref()
                    .and_then(|text| ExtraCondition::parse(text).ok()),
            })],
            duration: DurationRule {
                min: SHORTEST.min(terms.max),
                default: USUAL_DURATION.min(terms.max),
                max: terms.max,
            },
            start_latest: None,
            justification: JustificationRule {
                required: true,
                pattern: terms.anchored(),
                hint: terms.hint.clone(),
            },
            inputs: Vec::new(),
            constraints: Vec::new(),
            approval,
            break_glass: None,
            notify: Vec::new(),
            slack: SlackMode::Confirm,
        };
        if self.entitlements.contains_key(&id) {
            self.unserved.insert(Unserved {
                resource: project.to_string(),
                role: role.to_string(),
                why: format!("another entitlement has the id {id} already"),
            });
            return;
        }
        self.entitlements.insert(id, entitlement);
    }
}

fn title(project: &ResourceName, role: &Role, condition: Option<&str>) -> String {
    let project = project.project().unwrap_or_default();
    match condition {
        None => format!("{role} in {project}"),
        Some(condition) => format!("{role} in {project} where {}", printable(condition, 100)),
    }
}
