//! `daypass policy test`: the tests beside the entitlements.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use daypass_core::decide::Decision;
use daypass_core::diagnostic::Severity;
use daypass_core::entitlement::{Catalogue, EntitlementId, load};
use daypass_core::rehearsal::{Failure, Outcome, Rehearsal, read, rehearse};
use serde::Serialize;

use super::Context;
use super::files;
use crate::cli::TestArguments;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::style::{self, paint};
use crate::output::{self, visible};

/// What came of all tests.
#[derive(Serialize)]
struct Report {
    passed: usize,
    failed: usize,
    entitlements: usize,
    /// Entitlements that no test is about.
    untested: Vec<String>,
    tests: Vec<Told>,
}

#[derive(Serialize)]
struct Told {
    name: String,
    file: String,
    line: u64,
    entitlement: String,
    holds: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failures: Vec<Wrong>,
    /// The rules of the decision, where the test fails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<daypass_api::Rule>,
    /// Groups of which nothing is known, where the test fails: they were taken for empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown_groups: Vec<String>,
}

#[derive(Serialize)]
struct Wrong {
    what: String,
    expected: String,
    actual: String,
    line: u64,
    column: u64,
    #[serde(skip)]
    shown: String,
}

pub(super) fn run(context: &Context, arguments: &TestArguments) -> Result<Exit, Error> {
    let sources = files::read(&arguments.paths)?;
    let loaded = load(&sources).map(|catalogue| {
        let groups = files::groups(arguments.groups.as_deref());
        (catalogue, groups)
    });
    let (catalogue, groups) = match loaded {
        Ok((catalogue, groups)) => (catalogue, groups?),
        Err(findings) => {
            files::tell(&findings);
            return Ok(Exit::Failed);
        }
    };
    let rehearsals = match groups.and_then(|groups| read(&sources, &groups)) {
        Ok(rehearsals) => rehearsals,
        Err(findings) => {
            files::tell(&findings);
            return Ok(Exit::Failed);
        }
    };
    let report = Report::of(&catalogue, &rehearsals);
    context.output.data(&report, || report.text())?;
    if report.tests.is_empty() {
        output::hint("write tests: beside the entitlements, or into a *.test.yaml file");
    }
    Ok(if report.failed == 0 && !report.tests.is_empty() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

impl Report {
    fn of(catalogue: &Catalogue, rehearsals: &[Rehearsal]) -> Self {
        let outcomes: Vec<Outcome> = rehearsals
            .iter()
            .flat_map(|rehearsal| rehearse(catalogue, rehearsal))
            .collect();
        let tested: BTreeSet<&EntitlementId> = outcomes
            .iter()
            .map(|outcome| &outcome.entitlement)
            .collect();
        let untested = catalogue
            .iter()
            .filter(|one| !tested.contains(&one.id))
            .map(|one| one.id.to_string());
        Self {
            passed: outcomes.iter().filter(|one| one.holds()).count(),
            failed: outcomes.iter().filter(|one| !one.holds()).count(),
            entitlements: catalogue.len(),
            untested: untested.collect(),
            tests: outcomes.into_iter().map(Told::of).collect(),
        }
    }

    /// All tests by file, then what is wrong with those that fail, the count last: next to the prompt.
    fn text(&self) -> String {
        let mut text = String::new();
        let mut file = None;
        for test in &self.tests {
            if file != Some(&test.file) {
                let between = if file.is_some() { "\n" } else { "" };
                let _ = writeln!(
                    text,
                    "{between}{}",
                    paint(style::HEADING, &visible(&test.file))
                );
                file = Some(&test.file);
            }
            let mark = mark(test.holds);
            let decision = test.decision.as_deref().unwrap_or("no such entitlement");
            let _ = writeln!(text, "  {mark} {}: {decision}", visible(&test.name));
        }
        for test in self.tests.iter().filter(|test| !test.holds) {
            text.push('\n');
            text += &test.trace();
        }
        let _ = writeln!(text, "\n{}", self.summary());
        text
    }

    fn summary(&self) -> String {
        let failed = format!("{} failed", self.failed);
        let failed = match self.failed {
            0 => failed,
            _ => paint(style::BAD, &failed),
        };
        let count = self.untested.len();
        let untested = match (count, self.entitlements) {
            (0, all) => format!("every one of {all} entitlements has a test"),
            (1, all) => format!("1 of {all} entitlements has no test: {}", self.untested[0]),
            (count, all) => {
                let few: Vec<&str> = self.untested.iter().take(5).map(String::as_str).collect();
                let more = if count > 5 { ", …" } else { "" };
                format!(
                    "{count} of {all} entitlements have no test: {}{more}",
                    few.join(", ")
                )
            }
        };
        format!("{} passed, {failed}; {untested}", self.passed)
    }
}

impl Told {
    fn of(outcome: Outcome) -> Self {
        let holds = outcome.holds();
        let failures = outcome.failures.iter();
        let failures = failures
            .map(|failure| Wrong::of(&outcome.name, failure))
            .collect();
        let rules = outcome.decision.filter(|_| !holds);
        let unknown = outcome.unknown_groups.iter().filter(|_| !holds);
        Self {
            holds,
            failures,
            rules: rules.map(rules_of).unwrap_or_default(),
            unknown_groups: unknown.map(ToString::to_string).collect(),
            file: outcome.place.file,
            line: outcome.place.line,
            entitlement: outcome.entitlement.to_string(),
            decision: outcome.verdict.map(|verdict| verdict.to_string()),
            name: outcome.name,
        }
    }

    /// What is wrong, where it is written, and every rule of the decision.
    fn trace(&self) -> String {
        let mut text = String::new();
        for failure in &self.failures {
            for (index, line) in failure.shown.lines().enumerate() {
                let line = visible(line);
                let line = if index == 0 {
                    paint(style::BAD, &line)
                } else {
                    line
                };
                let _ = writeln!(text, "{line}");
            }
        }
        if !self.rules.is_empty() {
            let _ = writeln!(text, "  = the rules of the decision:");
        }
        for rule in &self.rules {
            let mark = mark(rule.holds);
            let (name, detail) = (visible(&rule.name), visible(&rule.detail));
            let _ = writeln!(text, "    {mark} {name}: {detail}");
        }
        for group in &self.unknown_groups {
            let _ = writeln!(
                text,
                "  = nothing is known of group:{group}, so nobody is in it: add it to the fixtures, or name --groups"
            );
        }
        text
    }
}

impl Wrong {
    fn of(test: &str, failure: &Failure) -> Self {
        let message = format!(
            "{test}: {}: expected {}, found {}",
            failure.what, failure.expected, failure.actual
        );
        let mut finding = failure.place.finding(Severity::Error, message, "");
        finding.hint = None;
        Self {
            what: failure.what.clone(),
            expected: failure.expected.clone(),
            actual: failure.actual.clone(),
            line: failure.place.line,
            column: failure.place.column,
            shown: finding.to_string(),
        }
    }
}

fn rules_of(decision: Decision) -> Vec<daypass_api::Rule> {
    let rules = decision.rules.into_iter();
    rules
        .map(|rule| daypass_api::Rule {
            name: rule.name,
            holds: rule.holds,
            detail: rule.detail,
            hint: rule.hint,
        })
        .collect()
}

fn mark(holds: bool) -> String {
    if holds {
        paint(style::GOOD, "✓")
    } else {
        paint(style::BAD, "✗")
    }
}
