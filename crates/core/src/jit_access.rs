//! The conditions of Google's JIT Access 1.x: the markers that make a binding eligible, and the windows that it writes
//! when a role is activated.
//!
//! Eligibility is a clause that must hold, `has({}.jitAccessConstraint)` or `has({}.multiPartyApprovalConstraint)`,
//! which IAM evaluates to false, so that the binding grants nothing by itself. JIT Access looks for it with a text
//! scanner; here the condition is parsed. So strings with quotes or brackets, comments and brackets around the marker
//! make no difference, and `a || b && marker` offers nothing, because CEL reads it as `a || (b && marker)`.

use jiff::Timestamp;

use crate::cel::{self, BinaryOperator, Expr, Literal, Node, SyntaxError};

/// The marker for what people activate by themselves. Compared without regard to case, as JIT Access does.
pub const SELF_APPROVAL_MARKER: &str = "jitAccessConstraint";

/// The marker for what one peer has to approve.
pub const PEER_APPROVAL_MARKER: &str = "multiPartyApprovalConstraint";

/// Who has to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Approval {
    /// Nobody else.
    Itself,
    /// One other person who is eligible in the same way.
    Peer,
}

/// What a marked condition offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligibility {
    /// Who has to agree. A condition with both markers needs nobody else, as in JIT Access.
    pub approval: Approval,
    /// Whether both markers are in it.
    pub has_both: bool,
    /// The other clauses as canonical text, `a > b && b < c`, which JIT Access identifies the entitlement by.
    pub resource_condition: Option<String>,
}

/// What the condition of a binding says to JIT Access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// No marker in it.
    Unmarked,
    /// A marker that must hold.
    Eligible(Eligibility),
    /// A marker where it need not hold or must not: under `||`, `!`, or within another expression.
    Misplaced,
}

impl Reading {
    /// Reads a condition. An empty one is unmarked; one that is not CEL is an error, which an import reports.
    pub fn of(condition: &str) -> Result<Self, SyntaxError> {
        if condition.trim().is_empty() {
            return Ok(Self::Unmarked);
        }
        let expression = cel::parse(condition)?;
        let (mut by_itself, mut by_peer) = (false, false);
        let mut others = Vec::new();
        for clause in cel::clauses(&expression) {
            match marker(clause) {
                Some(Approval::Itself) => by_itself = true,
                Some(Approval::Peer) => by_peer = true,
                None => others.push(clause.clone()),
            }
        }
        let approval = match (by_itself, by_peer) {
            (true, _) => Some(Approval::Itself),
            (false, true) => Some(Approval::Peer),
            (false, false) => None,
        };
        Ok(match approval {
            Some(approval) => Self::Eligible(Eligibility {
                approval,
                has_both: by_itself && by_peer,
                resource_condition: cel::join(others).map(|rest| rest.to_string()),
            }),
            None if holds_marker(&expression) => Self::Misplaced,
            None => Self::Unmarked,
        })
    }
}

/// `has({}.marker)`, in any case.
fn marker(expression: &Expr) -> Option<Approval> {
    let Node::Call {
        function,
        target: None,
        arguments,
    } = &expression.node
    else {
        return None;
    };
    let [argument] = arguments.as_slice() else {
        return None;
    };
    let Node::Select { operand, field } = &argument.node else {
        return None;
    };
    let of_nothing = matches!(&operand.node, Node::Map(entries) if entries.is_empty());
    if !function.eq_ignore_ascii_case("has") || !of_nothing {
        return None;
    }
    if field.eq_ignore_ascii_case(SELF_APPROVAL_MARKER) {
        Some(Approval::Itself)
    } else if field.eq_ignore_ascii_case(PEER_APPROVAL_MARKER) {
        Some(Approval::Peer)
    } else {
        None
    }
}

fn holds_marker(expression: &Expr) -> bool {
    let mut found = marker(expression).is_some();
    expression.each_child(|child| found = found || holds_marker(child));
    found
}

/// The lifetime that JIT Access gave to an activated role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activation {
    /// First second of the access.
    pub start: Timestamp,
    /// First second without it.
    pub end: Timestamp,
    /// The clauses beside the window, as canonical text.
    pub resource_condition: Option<String>,
}

impl Activation {
    /// The text that JIT Access writes for a window, byte for byte.
    pub fn window_text(start: Timestamp, end: Timestamp) -> String {
        format!(
            "(request.time >= timestamp(\"{}\") && request.time < timestamp(\"{}\"))",
            second(start),
            second(end)
        )
    }

    /// Reads the condition of an activation: exactly one start and one end, joined by `&&` with each other and with
    /// whatever else must hold. `None` for any other condition.
    pub fn read(condition: &str) -> Option<Self> {
        let expression = cel::parse(condition).ok()?;
        let (mut start, mut end, mut others) = (None, None, Vec::new());
        for clause in cel::clauses(&expression) {
            let (bound, at) = match limit(clause) {
                Some((BinaryOperator::GreaterOrEqual, at)) => (&mut start, at),
                Some((BinaryOperator::Less, at)) => (&mut end, at),
                _ => {
                    others.push(clause.clone());
                    continue;
                }
            };
            if bound.replace(at).is_some() {
                return None;
            }
        }
        Some(Self {
            start: start?,
            end: end?,
            resource_condition: cel::join(others).map(|rest| rest.to_string()),
        })
    }

    /// Whether the access is in force.
    pub fn covers(&self, now: Timestamp) -> bool {
        self.start <= now && now < self.end
    }
}

fn second(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC)
        .strftime("%Y-%m-%dT%H:%M:%SZ")
        .to_string()
}

/// `request.time >= timestamp("…")` or `request.time < timestamp("…")`.
fn limit(clause: &Expr) -> Option<(BinaryOperator, Timestamp)> {
    let Node::Binary {
        operator,
        left,
        right,
    } = &clause.node
    else {
        return None;
    };
    if left.path()? != "request.time" {
        return None;
    }
    match &right.node {
        Node::Call {
            function,
            target: None,
            arguments,
        } if function == "timestamp" => match arguments.as_slice() {
            [
                Expr {
                    node: Node::Literal(Literal::String(text)),
                    ..
                },
            ] => Some((*operator, text.parse().ok()?)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn eligible(approval: Approval, resource_condition: Option<&str>) -> Reading {
        Reading::Eligible(Eligibility {
            approval,
            has_both: false,
            resource_condition: resource_condition.map(str::to_owned),
        })
    }

    fn both() -> Reading {
        Reading::Eligible(Eligibility {
            approval: Approval::Itself,
            has_both: true,
            resource_condition: None,
        })
    }

    /// E-1 to E-9, and the cases that the incumbent's scanner gets wrong, with CEL's answer.
    #[test]
    fn markers() {
        use Approval::{Itself, Peer};
        for (condition, expected) in [
            ("", Reading::Unmarked),
            (" ", Reading::Unmarked),
            (" 1<2", Reading::Unmarked),
            ("HAS({}.JitacceSSConstraint) || 1<2", Reading::Misplaced),
            (
                " \r\n\t has( {  }.jitAccessConstraint \t ) \t \r\n\r",
                eligible(Itself, None),
            ),
            ("HAS({}.JitacceSSConstraint)", eligible(Itself, None)),
            (
                " \r\n\t has( {  }.multiPartyApprovalConstraint \t ) \t \r\n\r",
                eligible(Peer, None),
            ),
            ("HAS({}.MultipARTYapproVALConstraint)", eligible(Peer, None)),
            (
                "HAS({}.JitacceSSConstraint) && a>b     && b <    c",
                eligible(Itself, Some("a > b && b < c")),
            ),
            (
                "a>b && HAS({}.JitacceSSConstraint)&& b <    c",
                eligible(Itself, Some("a > b && b < c")),
            ),
            (
                "a>b&&b<c&&HAS({}.JitacceSSConstraint)  ",
                eligible(Itself, Some("a > b && b < c")),
            ),
            (
                "a>b\r\n&&\tb<c\n&&\r\nHAS({}.JitacceSSConstraint)\t",
                eligible(Itself, Some("a > b && b < c")),
            ),
            // Both markers: the weaker one wins there too, in either order.
            (
                "has({}.jitAccessConstraint) && has({}.multiPartyApprovalConstraint)",
                both(),
            ),
            (
                "has({}.multiPartyApprovalConstraint) && has({}.jitAccessConstraint)",
                both(),
            ),
            // Not recognised by the scanner, although CEL leaves no doubt.
            (
                "resource.name == \"it's\" && has({}.jitAccessConstraint)",
                eligible(Itself, Some("resource.name == \"it's\"")),
            ),
            (
                "resource.name.startsWith(\"a(b\") && has({}.jitAccessConstraint)",
                eligible(Itself, Some("resource.name.startsWith(\"a(b\")")),
            ),
            (
                "has({}.jitAccessConstraint) // say \"hi",
                eligible(Itself, None),
            ),
            ("(has({}.jitAccessConstraint))", eligible(Itself, None)),
            (
                "((has({}.jitAccessConstraint)) && (a || b))",
                eligible(Itself, Some("a || b")),
            ),
            (
                "a && (b && has({}.multiPartyApprovalConstraint))",
                eligible(Peer, Some("a && b")),
            ),
            // Recognised by the scanner, although CEL says otherwise.
            ("a || b && has({}.jitAccessConstraint)", Reading::Misplaced),
            ("!has({}.jitAccessConstraint)", Reading::Misplaced),
            ("'has({}.jitAccessConstraint)' == a", Reading::Unmarked),
            ("a // has({}.jitAccessConstraint)", Reading::Unmarked),
            ("has({'x': 1}.jitAccessConstraint)", Reading::Unmarked),
            ("has({}.jitAccessConstraints)", Reading::Unmarked),
            ("x.has({}.jitAccessConstraint)", Reading::Unmarked),
            ("{}.jitAccessConstraint", Reading::Unmarked),
        ] {
            assert_eq!(Reading::of(condition), Ok(expected), "{condition}");
        }
        // `.` is no wildcard.
        assert!(Reading::of("has({}XjitAccessConstraint)").is_err());
        assert!(Reading::of("has({}.jitAccessConstraint) &&").is_err());
    }

    /// T-1 to T-4.
    #[test]
    fn activations() {
        let start: Timestamp = "2020-01-01T00:00:00Z".parse().unwrap();
        let end: Timestamp = "2020-01-01T00:05:00Z".parse().unwrap();
        let text = Activation::window_text(start, end);
        assert_eq!(
            text,
            "(request.time >= timestamp(\"2020-01-01T00:00:00Z\") && request.time < timestamp(\"2020-01-01T00:05:00Z\"))"
        );
        let window = Activation {
            start,
            end,
            resource_condition: None,
        };
        assert_eq!(Activation::read(&text).as_ref(), Some(&window));
        assert_eq!(
            Activation::read(&format!("  ((({text})))  ")).as_ref(),
            Some(&window)
        );
        assert_eq!(
            Activation::read(&format!("{text} && (a  ==  'x')"))
                .unwrap()
                .resource_condition
                .as_deref(),
            Some("a == \"x\"")
        );
        for other in [
            format!("{text} && foo='foo' "),
            format!("{text} || a"),
            format!("{text} && request.time < timestamp(\"2021-01-01T00:00:00Z\")"),
            text.replace(" < ", " <= "),
            text.replace("2020-01-01T00:05", "2020-13-01T00:05"),
            String::new(),
            "1+1".into(),
        ] {
            assert_eq!(Activation::read(&other), None, "{other}");
        }
        assert!(window.covers(start) && !window.covers(end));
        assert!(!window.covers(start - jiff::SignedDuration::from_secs(1)));
    }

    proptest! {
        /// Whatever else must hold, the marker is found at every place among the clauses, and the rest is kept.
        #[test]
        fn the_marker_is_found_among_any_clauses(
            clauses in prop::collection::vec(crate::cel::tests::expression(), 0..4),
            place in any::<prop::sample::Index>(),
        ) {
            let mut texts: Vec<String> = clauses.iter().map(|clause| format!("({clause})")).collect();
            texts.insert(place.index(texts.len() + 1), "(has({}.jitAccessConstraint))".into());
            let expected = cel::join(clauses).map(|rest| rest.to_string());
            prop_assert_eq!(Reading::of(&texts.join(" && ")), Ok(eligible(Approval::Itself, expected.as_deref())));
        }

        /// I27.
        #[test]
        fn any_text_is_answered(text in prop_oneof![any::<String>(), crate::cel::tests::pieces()]) {
            let _ = Reading::of(&text);
            let _ = Activation::read(&text);
        }
    }
}
