//! Files as a whole: what keeps them from being used, and what is dangerous in the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::{LintContext, accept, lint};
use crate::diagnostic::{Diagnostic, Severity};
use crate::email::Email;
use crate::entitlement::{Catalogue, Loaded, Source, load_with_places};
use crate::principal::Principal;
use crate::rehearsal::{self, Groups};

/// All that is to be said of some files.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many files were read.
    pub files: usize,
    /// How many entitlements are in those that can be used.
    pub entitlements: usize,
    /// What is wrong or dangerous, in the order of files and lines.
    pub findings: Vec<Diagnostic>,
    /// How many findings are accepted by a comment.
    pub accepted: usize,
    /// Files with errors: what is dangerous in them is not known before these are mended.
    pub unread: Vec<String>,
}

impl Report {
    /// How many findings there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let same = |finding: &&Diagnostic| finding.severity == severity;
        self.findings.iter().filter(same).count()
    }
}

/// Reads the files together and looks at them. `groups` is who is in which group, if that is known.
pub fn inspect(sources: &[Source], groups: Option<&Arc<Groups>>, context: &LintContext) -> Report {
    let mut left: Vec<Source> = sources.to_vec();
    let mut report = Report {
        files: sources.len(),
        ..Report::default()
    };
    let loaded = loop {
        match load_with_places(&left) {
            Ok(loaded) => break loaded,
            Err(errors) => {
                let wrong: BTreeSet<String> =
                    errors.iter().map(|error| error.file.clone()).collect();
                let before = left.len();
                left.retain(|source| !wrong.contains(&source.name));
                report.findings.extend(errors);
                report.unread.extend(wrong);
                if left.len() == before {
                    // An error that belongs to no file: nothing can be left out to get on.
                    break Loaded::default();
                }
            }
        }
    };
    report.entitlements = loaded.catalogue.len();
    let known = groups.map(|groups| people(&loaded.catalogue, groups));
    let context = LintContext {
        groups: known.or_else(|| context.groups.clone()),
        ..context.clone()
    };
    let (findings, accepted) = accept(sources, lint(&loaded, &context));
    report.accepted = accepted;
    report.findings.extend(findings);
    let nobody = Arc::default();
    if let Err(errors) = rehearsal::read(&left, groups.unwrap_or(&nobody)) {
        report.findings.extend(errors);
    }
    let place = |finding: &Diagnostic| (finding.file.clone(), finding.line, finding.column);
    report.findings.sort_by_key(place);
    report
}

/// The people of each group that some entitlement names.
fn people(catalogue: &Catalogue, groups: &Groups) -> BTreeMap<Email, BTreeSet<Email>> {
    let mut named: BTreeSet<&Email> = BTreeSet::new();
    for one in catalogue.iter() {
        let approvers = one
            .approval
            .iter()
            .flat_map(crate::entitlement::Approval::everybody);
        let reviewers = one.break_glass.iter().flat_map(|rule| &rule.review.by);
        let all = one
            .requesters
            .iter()
            .chain(&one.beneficiaries)
            .chain(&one.grantors)
            .chain(approvers)
            .chain(reviewers);
        named.extend(all.filter_map(|principal| match principal {
            Principal::Group(group) => Some(group),
            _ => None,
        }));
    }
    named
        .into_iter()
        .map(|group| (group.clone(), groups.members_of(group)))
        .collect()
}
