//! What Google's linter says about a condition before it is stored, and on request (facts 1.2).

use serde_json::{Value, json};

use super::evaluator::Evaluator;
use super::policy::Condition;

/// Logical operators a condition may have [U]: the quota page was not fully readable.
const MOST_LOGICAL_OPERATORS: usize = 12;
/// Bytes of a title [U].
const LONGEST_TITLE: usize = 100;
/// Bytes of a description [U].
const LONGEST_DESCRIPTION: usize = 256;

/// One finding of the linter.
pub(crate) struct Finding {
    pub(crate) unit: &'static str,
    pub(crate) field: &'static str,
    pub(crate) message: String,
}

impl Finding {
    /// As setIamPolicy words a refusal.
    pub(crate) fn refusal(&self) -> String {
        format!("LintValidationUnits/{} Error: {}", self.unit, self.message)
    }

    /// As `iamPolicies:lintPolicy` returns it.
    pub(crate) fn lint_result(&self) -> Value {
        json!({
            "level": "CONDITION",
            "validationUnitName": format!("LintValidationUnits/{}", self.unit),
            "severity": "ERROR",
            "fieldName": self.field,
            "debugMessage": self.message,
        })
    }
}

/// Everything that is wrong with a condition; empty means that it may be stored.
pub(crate) fn lint(condition: &Condition, evaluator: &Evaluator) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |unit, field, message: String| {
        findings.push(Finding {
            unit,
            field,
            message,
        });
    };
    if condition.title.is_empty() {
        found(
            "ConditionTitleCheck",
            "condition.title",
            "Condition title is required.".to_owned(),
        );
    }
    if condition.title.len() > LONGEST_TITLE {
        found(
            "ConditionTitleCheck",
            "condition.title",
            too_long("title", condition.title.len(), LONGEST_TITLE),
        );
    }
    if condition.description.len() > LONGEST_DESCRIPTION {
        let message = too_long(
            "description",
            condition.description.len(),
            LONGEST_DESCRIPTION,
        );
        found(
            "ConditionDescriptionCheck",
            "condition.description",
            message,
        );
    }
    if let Err(error) = evaluator.check(&condition.expression) {
        let message = format!("Condition expression compilation failed. {error}");
        found("ConditionCompileCheck", "condition.expression", message);
    }
    let operators = logical_operators(&condition.expression);
    if operators > MOST_LOGICAL_OPERATORS {
        let message = format!(
            "The condition has {operators} logical operators, which is more than the maximum of {MOST_LOGICAL_OPERATORS}."
        );
        found("ConditionComplexityCheck", "condition.expression", message);
    }
    findings
}

fn too_long(what: &str, size: usize, limit: usize) -> String {
    format!(
        "Condition {what} is {size} bytes long, which is more than the maximum of {limit} bytes."
    )
}

/// Counts `&&`, `||` and `!` outside of string literals.
fn logical_operators(expression: &str) -> usize {
    let mut count = 0;
    let mut quote = None;
    let mut letters = expression.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(_), '\\') => {
                letters.next();
            }
            (Some(open), letter) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '&' | '|') if letters.next_if_eq(&letter).is_some() => count += 1,
            (None, '!') if letters.peek() != Some(&'=') => count += 1,
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_in_strings_do_not_count() {
        assert_eq!(
            logical_operators(r#"a && b || !c && x != "&& || \" !" && y == '!'"#),
            5
        );
    }
}
