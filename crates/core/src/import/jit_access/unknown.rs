//! Markers that are not read: those of other versions and branches of JIT Access, and slips of the pen.

use crate::cel::{self, Expr, Node};
use crate::jit_access::{PEER_APPROVAL_MARKER, SELF_APPROVAL_MARKER};
use crate::justification::printable;
use crate::nearest::nearest;

/// The markers of JIT Access 1.x.
const READ: [&str; 2] = [SELF_APPROVAL_MARKER, PEER_APPROVAL_MARKER];

/// Markers of later versions, by which some people ask and others approve.
const OF_OTHERS: [&str; 3] = [
    "externalApprovalConstraint",
    "peerApprovalConstraint",
    "reviewerPrivilege",
];

/// Longest name in a hint.
const LONGEST_NAME: usize = 60;

/// The first `NAME` of a condition's `has({}.NAME)` that is no marker of JIT Access 1.x. IAM evaluates such a part to
/// false, so nobody writes it but to mark a binding. Where the condition is no CEL, its text is searched.
pub(super) fn marker(condition: &str) -> Option<String> {
    let names = match cel::parse(condition) {
        Ok(expression) => {
            let mut names = Vec::new();
            gather(&expression, &mut names);
            names
        }
        Err(_) => in_text(condition),
    };
    let is_read = |name: &String| READ.iter().any(|marker| name.eq_ignore_ascii_case(marker));
    names.into_iter().find(|name| !is_read(name))
}

fn gather(expression: &Expr, names: &mut Vec<String>) {
    if let Node::Call {
        function,
        target: None,
        arguments,
    } = &expression.node
        && function.eq_ignore_ascii_case("has")
        && let [argument] = arguments.as_slice()
    {
        names.extend(of_nothing(argument).map(str::to_owned));
    }
    expression.each_child(|child| gather(child, names));
}

/// The first name in `{}.name.another`.
fn of_nothing(expression: &Expr) -> Option<&str> {
    let Node::Select { operand, field } = &expression.node else {
        return None;
    };
    match &operand.node {
        Node::Map(entries) if entries.is_empty() => Some(field),
        _ => of_nothing(operand),
    }
}

fn in_text(condition: &str) -> Vec<String> {
    const BEGINNING: &str = "has({}.";
    let dense: String = condition.split_whitespace().collect();
    let places = dense.to_ascii_lowercase();
    let names = places.match_indices(BEGINNING).map(|(index, _)| {
        let rest = &dense[index + BEGINNING.len()..];
        let end = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
        rest[..end.unwrap_or(rest.len())].to_owned()
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// What to do about such a marker.
pub(super) fn hint(name: &str) -> String {
    if OF_OTHERS.iter().any(|one| name.eq_ignore_ascii_case(one)) {
        return "this marker is not of JIT Access 1.x; write the entitlement by hand, with those who approve in \
                approval.steps"
            .into();
    }
    match nearest(name, READ) {
        Some(marker) => format!("if has({{}}.{marker}) is meant, mend the condition"),
        None => format!(
            "JIT Access knows {} and {}; it makes nobody eligible for {}",
            READ[0],
            READ[1],
            printable(name, LONGEST_NAME)
        ),
    }
}
