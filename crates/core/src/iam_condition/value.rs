//! Values: which are plainly neither true nor false, and which cannot be read.

use jiff::Timestamp;

use super::names;
use crate::cel::{BinaryOperator, Expr, Literal, Node, UnaryOperator};

/// What an expression is, if it is plainly neither true nor false.
pub(super) fn kind(expression: &Expr) -> Option<&'static str> {
    match &expression.node {
        Node::Literal(literal) => match literal {
            Literal::Bool(_) => None,
            Literal::String(_) => Some("a text"),
            Literal::Bytes(_) => Some("bytes"),
            Literal::Null => Some("null"),
            Literal::Int(_) | Literal::Uint(_) | Literal::Double(_) => Some("a number"),
        },
        Node::List(_) => Some("a list"),
        Node::Map(_) => Some("a map"),
        Node::Unary {
            operator: UnaryOperator::Negate,
            ..
        } => Some("a number"),
        Node::Binary { operator, .. } => match operator {
            BinaryOperator::Add
            | BinaryOperator::Subtract
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Remainder => Some("the result of a calculation"),
            _ => None,
        },
        Node::Call { function, .. } => names::kind_of_function(function),
        _ => names::kind_of_name(&expression.path()?),
    }
}

/// What is wrong with the text that is handed to a function of this name, and the next step.
pub(super) fn mistake(function: &str, text: &str) -> Option<(String, &'static str)> {
    let shown = || crate::justification::printable(text, 60);
    match function {
        "timestamp" if !is_instant(text) => Some((
            format!("'{}' is not a time as RFC 3339 writes it", shown()),
            "write it with date, time and zone: timestamp(\"2027-01-01T00:00:00Z\")",
        )),
        _ => None,
    }
}

/// Whether it is `2027-01-01T00:00:00Z`, perhaps with a fraction, or with an offset in place of the `Z` (RFC 3339,
/// section 5.6), and a time that there is.
fn is_instant(text: &str) -> bool {
    let shape = |text: &str| -> String {
        text.chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect()
    };
    let Some((clock, rest)) = text.split_at_checked("2027-01-01T00:00:00".len()) else {
        return false;
    };
    let zone = rest.strip_prefix('.').map_or(rest, |fraction| {
        fraction.trim_start_matches(|c: char| c.is_ascii_digit())
    });
    shape(clock) == "0000-00-00T00:00:00"
        && !rest.starts_with(".Z")
        && ["Z", "+00:00", "-00:00"].contains(&shape(zone).as_str())
        && text.parse::<Timestamp>().is_ok()
}
