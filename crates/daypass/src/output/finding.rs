//! Findings in files: as compilers show them, and as annotations of a pull request.

use std::fmt::Write as _;

use anstyle::Style;
use daypass_core::diagnostic::{Diagnostic, Severity};
use daypass_core::lint::Report;
use serde::Serialize;

use super::{style, table, visible};

/// One kind of warning.
#[derive(Debug, Serialize)]
pub(crate) struct Lint {
    pub(crate) code: &'static str,
    pub(crate) meaning: &'static str,
}

/// All kinds of warnings.
pub(crate) fn lints(lints: &[Lint], width: Option<u16>) -> String {
    let rows = lints
        .iter()
        .map(|lint| (lint.code, lint.meaning.to_owned()));
    table::fields(rows.collect(), width)
}

/// One under the other, with an empty line between them.
pub(crate) fn list(findings: &[Diagnostic]) -> String {
    let shown: Vec<String> = findings.iter().map(one).collect();
    shown.join("\n\n")
}

/// One finding; each of its lines is made safe, and its first word and the underline have its colour.
fn one(finding: &Diagnostic) -> String {
    let colour = match finding.severity {
        Severity::Error => style::ERROR,
        Severity::Warning => style::WAITING.bold(),
    };
    let text = finding.to_string();
    let lines = text.lines().enumerate().map(|(number, line)| {
        let line = visible(line);
        if number == 0 {
            let (word, message) = line.split_once(": ").unwrap_or((&line, ""));
            return format!(
                "{}: {}",
                style::paint(colour, word),
                style::paint(Style::new().bold(), message)
            );
        }
        if let Some(hint) = line.strip_prefix("  = hint: ") {
            return format!("  = {} {hint}", style::paint(style::HINT, "hint:"));
        }
        match line.split_once(" | ") {
            Some((margin, mark))
                if margin.trim().is_empty() && mark.trim_start().starts_with('^') =>
            {
                format!("{margin} | {}", style::paint(colour, mark))
            }
            _ => line,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// How many there are, in a sentence.
pub(crate) fn summary(report: &Report) -> String {
    let mut text = String::new();
    if !report.findings.is_empty() {
        text.push('\n');
    }
    let errors = report.count(Severity::Error);
    let warnings = report.count(Severity::Warning);
    let found = match (errors, warnings) {
        (0, 0) => style::paint(style::GOOD, "nothing found"),
        (0, warnings) => style::paint(style::WAITING, &count(warnings, "warning")),
        (errors, 0) => style::paint(style::BAD, &count(errors, "error")),
        (errors, warnings) => style::paint(
            style::BAD,
            &format!(
                "{} and {}",
                count(errors, "error"),
                count(warnings, "warning")
            ),
        ),
    };
    // Writing to a string cannot fail.
    let _ = write!(
        text,
        "{found} in {}; {} can be used",
        count(report.files, "file"),
        count(report.entitlements, "entitlement")
    );
    if report.accepted > 0 {
        let _ = write!(
            text,
            "; {} accepted by a comment",
            count(report.accepted, "warning")
        );
    }
    if warnings > 0 {
        text.push_str("\nto keep what is meant, write '# lint-accept: NAME' behind it, with the name in [brackets]");
    }
    if !report.unread.is_empty() {
        let _ = write!(
            text,
            "\n{} with errors may have warnings, too: they are told when the errors are mended",
            count(report.unread.len(), "file")
        );
    }
    text
}

fn count(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// GitHub's workflow commands, which become annotations of a pull request
/// (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>).
pub(crate) fn annotations(findings: &[Diagnostic]) -> String {
    findings.iter().map(annotation).collect()
}

fn annotation(finding: &Diagnostic) -> String {
    let kind = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let mut properties = format!("file={}", property(&finding.file));
    if finding.line > 0 {
        let end = finding.column + finding.width.max(1) - 1;
        let _ = write!(
            properties,
            ",line={},col={},endColumn={end}",
            finding.line, finding.column
        );
    }
    if let Some(code) = &finding.code {
        let _ = write!(properties, ",title={}", property(code));
    }
    let message = match &finding.hint {
        Some(hint) => format!("{}\n{hint}", finding.message),
        None => finding.message.clone(),
    };
    format!("::{kind} {properties}::{}\n", data(&message))
}

/// Escapes what ends or divides a workflow command; other invisible characters are shown.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(visible).collect();
    lines.join("\n").replace('%', "%25").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_cannot_be_forged() {
        let finding = Diagnostic {
            line: 3,
            column: 5,
            width: 4,
            code: Some("leads-to-more".into()),
            severity: Severity::Warning,
            hint: Some("100%\n::error::no".into()),
            ..Diagnostic::error("a,b:c\n::error::x.yaml", "bad\u{1b}[2J")
        };
        assert_eq!(
            annotation(&finding),
            "::warning file=a%2Cb%3Ac%0A%3A%3Aerror%3A%3Ax.yaml,line=3,col=5,endColumn=8,title=leads-to-more::bad\\u{1b}[2J%0A100%25%0A::error::no\n"
        );
    }
}
