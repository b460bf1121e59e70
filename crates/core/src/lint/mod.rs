//! What is legal in an entitlement, and dangerous or without effect.
//!
//! Each lint is one row of [`LINTS`] and one function; none of them changes what the server does. A lint that says
//! nothing has proved nothing: what a custom role holds, or who is in a group, is known only as far as
//! [`LintContext`] says so.

mod accept;
mod approvers_are_requesters;
mod condition;
mod duplicate;
mod empty_group;
mod grantors;
mod late;
mod leads_to_more;
mod long_duration;
mod misspelt_role;
mod open_to_domain;
mod optional_input;
mod overlapping;
mod own_project;
mod pattern;
mod people;
mod power;
mod rare_label;
mod reach;
mod report;
mod reviewers;
mod role_names;
mod self_approval;
mod slack;
mod step_unmeetable;
mod unexplained;

use std::collections::{BTreeMap, BTreeSet};

pub use accept::accept;
pub use power::{Power, PowerKind, ROLES_WITH_POWER};
pub use report::{Report, inspect};

use crate::diagnostic::{Diagnostic, Severity};
use crate::email::Email;
use crate::entitlement::{Catalogue, Entitlement, EntitlementId, Loaded, Places};

/// What is known of the world beside the files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LintContext {
    /// The people of each group that the files name, nested groups included; none: nobody knows, and nothing is said of
    /// groups.
    pub groups: Option<BTreeMap<Email, BTreeSet<Email>>>,
    /// The projects in which Daypass itself runs.
    pub broker_projects: BTreeSet<String>,
    /// The service accounts with which Daypass writes policies.
    pub brokers: BTreeSet<Email>,
    /// Whether what could not be judged is told, too.
    pub verbose: bool,
}

/// One kind of finding.
pub struct Lint {
    /// Its stable name, which `lint-accept:` takes.
    pub code: &'static str,
    /// What it means, for the list of all lints.
    pub meaning: &'static str,
    check: fn(&Entitlement, &World<'_>) -> Vec<Found>,
}

/// All lints, in the order of their weight.
pub const LINTS: &[Lint] = &[
    Lint {
        code: "own-project",
        meaning: "gives power over Daypass itself",
        check: own_project::check,
    },
    Lint {
        code: "leads-to-more",
        meaning: "a role whose holder can take further power",
        check: leads_to_more::more,
    },
    Lint {
        code: "outlives-grant",
        meaning: "a role whose holder can give themselves access that does not end",
        check: leads_to_more::lasting,
    },
    Lint {
        code: "misspelt-role",
        meaning: "a predefined role that is not known here, and nearly has the name of one that is",
        check: misspelt_role::check,
    },
    Lint {
        code: "unknown-role",
        meaning: "a custom role, whose permissions are not known here (with --verbose)",
        check: leads_to_more::unknown,
    },
    Lint {
        code: "shadowed",
        meaning: "everything it gives can be had by the same people on weaker terms (an error: it cannot be accepted)",
        check: overlapping::shadowed,
    },
    Lint {
        code: "overlapping",
        meaning: "part of what it gives can be had by some of the same people on weaker terms",
        check: overlapping::overlapping,
    },
    Lint {
        code: "duplicate",
        meaning: "says the same as another entitlement",
        check: duplicate::check,
    },
    Lint {
        code: "step-unmeetable",
        meaning: "an approval step for which there are not enough people",
        check: step_unmeetable::check,
    },
    Lint {
        code: "approvers-are-requesters",
        meaning: "all who may approve may also ask",
        check: approvers_are_requesters::check,
    },
    Lint {
        code: "self-approval",
        meaning: "the one who asks can approve it alone",
        check: self_approval::check,
    },
    Lint {
        code: "grantors-are-requesters",
        meaning: "who may ask may also give, which needs no approval",
        check: grantors::check,
    },
    Lint {
        code: "unreviewed-gift",
        meaning: "break-glass that may be given, too, which owes no review and calls nobody",
        check: grantors::of_emergencies,
    },
    Lint {
        code: "reviewers-are-requesters",
        meaning: "all who review an emergency may also cause one, or nobody is left to review it",
        check: reviewers::check,
    },
    Lint {
        code: "ownerless-emergency",
        meaning: "break-glass without an owner to be told",
        check: reviewers::ownerless,
    },
    Lint {
        code: "open-to-domain",
        meaning: "a whole domain or pool may have it without approval",
        check: open_to_domain::check,
    },
    Lint {
        code: "long-duration",
        meaning: "lasts longer than a day",
        check: long_duration::check,
    },
    Lint {
        code: "unexplained",
        meaning: "needs neither approval nor a justification",
        check: unexplained::check,
    },
    Lint {
        code: "condition-excludes-nothing",
        meaning: "a condition, or part of one, that is always true",
        check: condition::excludes_nothing,
    },
    Lint {
        code: "condition-grants-nothing",
        meaning: "a condition on the resource for a service that does not support it",
        check: condition::grants_nothing,
    },
    Lint {
        code: "optional-input",
        meaning: "a constraint that denies where an input is left empty that need not be filled in",
        check: optional_input::check,
    },
    Lint {
        code: "pattern-matches-anything",
        meaning: "a pattern that every text matches",
        check: pattern::check,
    },
    Lint {
        code: "late-escalation",
        meaning: "escalates when the request has expired",
        check: late::escalation,
    },
    Lint {
        code: "late-reminder",
        meaning: "reminds when the request has expired",
        check: late::reminder,
    },
    Lint {
        code: "slack-cannot-approve",
        meaning: "approval in chat where the approver's own token is needed",
        check: slack::check,
    },
    Lint {
        code: "empty-group",
        meaning: "a group in which nobody is",
        check: empty_group::check,
    },
    Lint {
        code: "rare-label",
        meaning: "a label that looks like a misspelt one",
        check: rare_label::check,
    },
];

/// The longest list of names in a message.
const MOST_NAMES: usize = 5;

/// Looks at all entitlements. Findings come in the order of files and lines.
pub fn lint(loaded: &Loaded, context: &LintContext) -> Vec<Diagnostic> {
    let world = World::new(&loaded.catalogue, &loaded.places, context);
    let mut findings: Vec<(usize, Diagnostic)> = Vec::new();
    for entitlement in loaded.catalogue.iter() {
        for (weight, lint) in LINTS.iter().enumerate() {
            let found = (lint.check)(entitlement, &world);
            findings.extend(
                found
                    .into_iter()
                    .map(|one| (weight, one.at(lint.code, &entitlement.id, &loaded.places))),
            );
        }
    }
    findings.sort_by(|(left_weight, left), (right_weight, right)| {
        (&left.file, left.line, left.column, left_weight).cmp(&(
            &right.file,
            right.line,
            right.column,
            right_weight,
        ))
    });
    findings.into_iter().map(|(_, finding)| finding).collect()
}

/// What lints look at beside the entitlement in hand.
struct World<'a> {
    places: &'a Places,
    context: &'a LintContext,
    reach: reach::Reach<'a>,
    labels: BTreeMap<&'a str, usize>,
}

impl<'a> World<'a> {
    fn new(catalogue: &'a Catalogue, places: &'a Places, context: &'a LintContext) -> Self {
        let mut labels = BTreeMap::new();
        for label in catalogue.iter().flat_map(|one| one.labels.keys()) {
            *labels.entry(label.as_str()).or_insert(0) += 1;
        }
        Self {
            places,
            context,
            reach: reach::Reach::of(catalogue),
            labels,
        }
    }

    /// Another entitlement with the line where it stands: `'prod-logs' (prod.yaml:12)`.
    fn name(&self, id: &EntitlementId) -> String {
        match self.places.of(id, "id") {
            Some(place) => format!("'{id}' ({}:{})", place.file, place.line),
            None => format!("'{id}'"),
        }
    }
}

/// A finding before it is given its place.
struct Found {
    path: String,
    severity: Severity,
    message: String,
    hint: String,
}

impl Found {
    /// A warning about the part of the entitlement that the path names.
    fn warning(
        path: impl Into<String>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            severity: Severity::Warning,
            message: message.into(),
            hint: hint.into(),
        }
    }

    fn at(self, code: &str, id: &EntitlementId, places: &Places) -> Diagnostic {
        let finding = match places.of(id, &self.path) {
            Some(place) => place.finding(self.severity, self.message, &self.hint),
            // A catalogue that was not read from files has no places.
            None => Diagnostic {
                severity: self.severity,
                hint: Some(self.hint),
                ..Diagnostic::error(id.as_str(), self.message)
            },
        };
        Diagnostic {
            code: Some(code.to_owned()),
            ..finding
        }
    }
}

/// Names for a message, the first few of them.
fn names(all: impl IntoIterator<Item = impl ToString>) -> String {
    let mut names: Vec<String> = all.into_iter().map(|name| name.to_string()).collect();
    let more = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    let mut text = names.join(", ");
    if more > 0 {
        text.push_str(" and ");
        text.push_str(&more.to_string());
        text.push_str(" more");
    }
    text
}

#[cfg(test)]
mod tests;
