//! Findings that somebody has looked at and wants to keep.

use crate::diagnostic::{Diagnostic, Severity};
use crate::entitlement::Source;

/// What stands in a comment before the codes: `# lint-accept: leads-to-more, long-duration`.
const MARK: &str = "lint-accept:";

/// The findings without those that a comment on the same line, or alone on the line above, accepts; and how many it
/// accepts. Errors cannot be accepted.
pub fn accept(sources: &[Source], findings: Vec<Diagnostic>) -> (Vec<Diagnostic>, usize) {
    let before = findings.len();
    let kept: Vec<Diagnostic> = findings
        .into_iter()
        .filter(|finding| !is_accepted(sources, finding))
        .collect();
    let accepted = before - kept.len();
    (kept, accepted)
}

fn is_accepted(sources: &[Source], finding: &Diagnostic) -> bool {
    let (Severity::Warning, Some(code)) = (finding.severity, &finding.code) else {
        return false;
    };
    let Some(source) = sources.iter().find(|source| source.name == finding.file) else {
        return false;
    };
    let line = |number: u64| {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        source.text.lines().nth(index)
    };
    let above = line(finding.line.saturating_sub(1)).filter(|text| text.trim().starts_with('#'));
    line(finding.line)
        .into_iter()
        .chain(above)
        .any(|text| names_code(text, code))
}

/// Whether the comment of the line names the code after the mark. What follows the codes is the reason, for people.
fn names_code(line: &str, code: &str) -> bool {
    let comment = line.split_once('#').map_or("", |(_, comment)| comment);
    let codes = comment.split_once(MARK).map_or("", |(_, codes)| codes);
    codes
        .split(|c: char| c == ',' || c.is_whitespace())
        .any(|word| word == code)
}
