//! A tree to its canonical text: one space around operators and after commas, only the brackets that are needed,
//! strings in double quotes. Reading the text gives the same tree.

use std::fmt::{self, Write as _};

use super::parser::is_plain_field;
use super::{Expr, Literal, LogicalOperator, Node, UnaryOperator};

/// How strongly an expression holds together, weakest first. An operand that holds together less than its place asks
/// for is put in brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Conditional,
    Or,
    And,
    Relation,
    Sum,
    Product,
    Unary,
    Member,
}

impl Strength {
    fn of(expression: &Expr) -> Self {
        match &expression.node {
            Node::Conditional { .. } => Self::Conditional,
            Node::Logical { operator, .. } => match operator {
                LogicalOperator::Or => Self::Or,
                LogicalOperator::And => Self::And,
            },
            Node::Binary { operator, .. } => Self::level(operator.level()),
            Node::Unary { .. } => Self::Unary,
            _ => Self::Member,
        }
    }

    fn level(level: u8) -> Self {
        match level {
            0 => Self::Relation,
            1 => Self::Sum,
            _ => Self::Product,
        }
    }

    fn stronger(self) -> Self {
        match self {
            Self::Conditional => Self::Or,
            Self::Or => Self::And,
            Self::And => Self::Relation,
            Self::Relation => Self::Sum,
            Self::Sum => Self::Product,
            Self::Product => Self::Unary,
            Self::Unary | Self::Member => Self::Member,
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Literal(literal) => literal.fmt(f),
            Node::Ident { name, absolute } => {
                write!(f, "{}{name}", if *absolute { "." } else { "" })
            }
            Node::Select { operand, field } => {
                operand.at_least(Strength::Member, f)?;
                if is_plain_field(field) {
                    write!(f, ".{field}")
                } else {
                    write!(f, ".`{field}`")
                }
            }
            Node::Index { operand, index } => {
                operand.at_least(Strength::Member, f)?;
                write!(f, "[{index}]")
            }
            Node::Call {
                function,
                target,
                arguments,
            } => {
                if let Some(target) = target {
                    target.at_least(Strength::Member, f)?;
                    f.write_char('.')?;
                }
                f.write_str(function)?;
                sequence(f, '(', arguments, ')')
            }
            Node::Unary { operator, operand } => {
                f.write_str(operator.symbol())?;
                // `-(5)` and `-(5).size()` are not the number -5.
                if *operator == UnaryOperator::Negate && starts_with_a_number(operand) {
                    return write!(f, "({operand})");
                }
                operand.at_least(Strength::Unary, f)
            }
            Node::Binary {
                operator,
                left,
                right,
            } => {
                let strength = Strength::level(operator.level());
                left.at_least(strength, f)?;
                write!(f, " {} ", operator.symbol())?;
                right.at_least(strength.stronger(), f)
            }
            Node::Logical { operator, operands } => {
                let strength = Strength::of(self);
                for (place, operand) in operands.iter().enumerate() {
                    if place > 0 {
                        write!(f, " {} ", operator.symbol())?;
                    }
                    operand.at_least(strength.stronger(), f)?;
                }
                Ok(())
            }
            Node::Conditional { condition, yes, no } => {
                condition.at_least(Strength::Or, f)?;
                f.write_str(" ? ")?;
                yes.at_least(Strength::Or, f)?;
                write!(f, " : {no}")
            }
            Node::List(elements) => sequence(f, '[', elements, ']'),
            Node::Map(entries) => {
                f.write_char('{')?;
                for (place, (key, value)) in entries.iter().enumerate() {
                    let comma = if place > 0 { ", " } else { "" };
                    write!(f, "{comma}{key}: {value}")?;
                }
                f.write_char('}')
            }
        }
    }
}

impl Expr {
    fn at_least(&self, strength: Strength, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if Strength::of(self) < strength {
            return write!(f, "({self})");
        }
        write!(f, "{self}")
    }
}

fn sequence(
    f: &mut fmt::Formatter<'_>,
    opening: char,
    elements: &[Expr],
    closing: char,
) -> fmt::Result {
    f.write_char(opening)?;
    for (place, element) in elements.iter().enumerate() {
        let comma = if place > 0 { ", " } else { "" };
        write!(f, "{comma}{element}")?;
    }
    f.write_char(closing)
}

/// Whether the text of `expression` starts with a number that has no sign.
fn starts_with_a_number(expression: &Expr) -> bool {
    match &expression.node {
        Node::Literal(Literal::Int(number)) => *number >= 0,
        Node::Literal(Literal::Double(number)) => number.is_sign_positive(),
        Node::Select { operand, .. } | Node::Index { operand, .. } => starts_with_a_number(operand),
        Node::Call {
            target: Some(target),
            ..
        } => starts_with_a_number(target),
        _ => false,
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(number) => number.fmt(f),
            Self::Uint(number) => write!(f, "{number}u"),
            // Always with a fraction or an exponent, and exactly the same number when read.
            Self::Double(number) => write!(f, "{number:?}"),
            Self::String(text) => {
                f.write_char('"')?;
                for c in text.chars() {
                    escaped(f, c)?;
                }
                f.write_char('"')
            }
            Self::Bytes(bytes) => {
                f.write_str("b\"")?;
                for byte in bytes {
                    match byte {
                        b'"' | b'\\' => write!(f, "\\{}", char::from(*byte))?,
                        b' '..=b'~' => f.write_char(char::from(*byte))?,
                        _ => write!(f, "\\x{byte:02x}")?,
                    }
                }
                f.write_char('"')
            }
        }
    }
}

/// A character of a string. What cannot be seen is written as its code, so that a printed condition hides nothing.
fn escaped(f: &mut fmt::Formatter<'_>, c: char) -> fmt::Result {
    match c {
        '"' | '\\' => write!(f, "\\{c}"),
        '\n' => f.write_str("\\n"),
        '\r' => f.write_str("\\r"),
        '\t' => f.write_str("\\t"),
        _ if c.is_control() || crate::justification::is_deceptive(c) => {
            let code = u32::from(c);
            if code > 0xFFFF {
                write!(f, "\\U{code:08x}")
            } else {
                write!(f, "\\u{code:04x}")
            }
        }
        _ => f.write_char(c),
    }
}
