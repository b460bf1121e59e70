//! The types and the price of operators.

use super::compile::{Compiled, Piece};
use super::shape::Shape;
use super::{ConstraintError, code};
use crate::cel::{BinaryOperator, Span, UnaryOperator};
use crate::nearest::nearest;

/// Fails unless `shape` is of the type of `wanted`.
pub(super) fn same(shape: &Shape, wanted: &Shape, what: &str, span: Span) -> Compiled<()> {
    match shape.join(wanted) {
        Some(_) => Ok(()),
        None => Err(ConstraintError::new(
            format!(
                "{what} is {}, but {} is needed",
                shape.named(),
                wanted.named()
            ),
            span,
        )),
    }
}

/// The shape that fits both.
pub(super) fn joined(so_far: &Shape, next: &Shape, rule: &str, span: Span) -> Compiled<Shape> {
    so_far.join(next).ok_or_else(|| {
        ConstraintError::new(
            format!("{} after {}: {rule}", next.named(), so_far.named()),
            span,
        )
    })
}

/// `value.field`, where the value is no name of ours: a map's entry.
pub(super) fn select(operand: Piece, field: &str, span: Span) -> Compiled {
    let Shape::Map(_, key, value) = &operand.shape else {
        let hint = nearest(field, super::functions::all().map(|function| function.name));
        return Err(ConstraintError::new(
            format!("{} has no field `{field}`", operand.shape.named()),
            span,
        )
        .maybe_hint(hint.map(|name| format!("did you mean the function `{name}()`?"))));
    };
    same(key, &Shape::String(0), "the key of this map", span)?;
    let shape = (**value).clone();
    Ok(Piece {
        steps: operand
            .steps
            .saturating_add(1)
            .saturating_add(shape.weight()),
        shape,
        code: code::select(operand.code, field, false),
        constant: operand.constant,
    })
}

/// `list[position]`, `map[key]`
pub(super) fn index(operand: Piece, position: Piece, span: Span) -> Compiled {
    let shape = match &operand.shape {
        Shape::List(_, element) => {
            same(&position.shape, &Shape::Int, "the position in a list", span)?;
            (**element).clone()
        }
        Shape::Map(_, key, value) => {
            same(&position.shape, key, "the key", span)?;
            (**value).clone()
        }
        other => {
            return Err(ConstraintError::new(
                format!("{} cannot be indexed", other.named()),
                span,
            ));
        }
    };
    Ok(Piece {
        steps: operand
            .steps
            .saturating_add(position.steps)
            .saturating_add(1)
            .saturating_add(shape.weight()),
        shape,
        code: code::index(operand.code, position.code),
        constant: operand.constant && position.constant,
    })
}

/// `!` and `-`
pub(super) fn unary(operator: UnaryOperator, operand: Piece, span: Span) -> Compiled {
    let fits = match operator {
        UnaryOperator::Not => operand.shape == Shape::Bool,
        UnaryOperator::Negate => matches!(operand.shape, Shape::Int | Shape::Double),
    };
    if !fits {
        return Err(ConstraintError::new(
            format!(
                "`{}` cannot be applied to {}",
                operator.symbol(),
                operand.shape.named()
            ),
            span,
        ));
    }
    Ok(Piece {
        code: code::unary(operator, operand.code),
        shape: operand.shape,
        steps: operand.steps.saturating_add(1),
        constant: operand.constant,
    })
}

/// Every operator with two operands except `in`.
pub(super) fn binary(operator: BinaryOperator, left: Piece, right: Piece, span: Span) -> Compiled {
    use BinaryOperator as O;
    let (a, b) = (&left.shape, &right.shape);
    let shape = match operator {
        O::Equal | O::NotEqual => a.join(b).map(|_| Shape::Bool),
        O::Less | O::LessOrEqual | O::Greater | O::GreaterOrEqual => {
            a.join(b).filter(Shape::is_ordered).map(|_| Shape::Bool)
        }
        O::Add => sum(a, b),
        O::Subtract => difference(a, b),
        O::Multiply | O::Divide => (a == b && a.is_number()).then(|| a.clone()),
        O::Remainder => (a == b && matches!(a, Shape::Int | Shape::Uint)).then(|| a.clone()),
        O::In => None,
    };
    let Some(shape) = shape else {
        let hint = (a.is_number() && b.is_number()).then(|| {
            format!("int, uint and double do not mix: write 1, 1u or 1.0, or convert by {a}()")
        });
        return Err(ConstraintError::new(
            format!(
                "`{}` cannot be applied to {} and {}",
                operator.symbol(),
                a.named(),
                b.named()
            ),
            span,
        )
        .maybe_hint(hint));
    };
    // Sums are made anew; comparisons end with the shorter side.
    let own = match operator {
        O::Add => a.weight().saturating_add(b.weight()),
        _ => a.weight().min(b.weight()),
    };
    Ok(Piece {
        steps: left
            .steps
            .saturating_add(right.steps)
            .saturating_add(own)
            .saturating_add(1),
        shape,
        code: code::binary(operator, left.code, right.code),
        constant: left.constant && right.constant,
    })
}

fn sum(a: &Shape, b: &Shape) -> Option<Shape> {
    Some(match (a, b) {
        (Shape::String(a), Shape::String(b)) => Shape::String(a.saturating_add(*b)),
        (Shape::Bytes(a), Shape::Bytes(b)) => Shape::Bytes(a.saturating_add(*b)),
        (Shape::List(a, element), Shape::List(b, other)) => {
            Shape::List(a.saturating_add(*b), Box::new(element.join(other)?))
        }
        (Shape::Timestamp, Shape::Duration) | (Shape::Duration, Shape::Timestamp) => {
            Shape::Timestamp
        }
        (Shape::Duration, Shape::Duration) => Shape::Duration,
        _ if a == b && a.is_number() => a.clone(),
        _ => return None,
    })
}

fn difference(a: &Shape, b: &Shape) -> Option<Shape> {
    Some(match (a, b) {
        (Shape::Timestamp | Shape::Duration, Shape::Duration) => a.clone(),
        (Shape::Timestamp, Shape::Timestamp) => Shape::Duration,
        _ if a == b && a.is_number() => a.clone(),
        _ => return None,
    })
}

/// `item in container`, by looking at each entry of a list or by the key of a map.
pub(super) fn membership(item: Piece, container: Piece, span: Span) -> Compiled {
    let own = match &container.shape {
        Shape::List(length, element) => {
            same(
                &item.shape,
                element,
                "what is looked for in this list",
                span,
            )?;
            length.saturating_mul(item.shape.weight().min(element.weight()))
        }
        Shape::Map(_, key, _) => {
            same(&item.shape, key, "what is looked for in this map", span)?;
            item.shape.weight()
        }
        Shape::String(_) => {
            return Err(ConstraintError::new(
                "`in` looks into lists and maps, not into a string",
                span,
            )
            .hint("write text.contains(part)"));
        }
        other => {
            return Err(ConstraintError::new(
                format!("`in` cannot look into {}", other.named()),
                span,
            ));
        }
    };
    Ok(Piece {
        steps: item
            .steps
            .saturating_add(container.steps)
            .saturating_add(own)
            .saturating_add(1),
        shape: Shape::Bool,
        code: code::binary(BinaryOperator::In, item.code, container.code),
        constant: item.constant && container.constant,
    })
}

/// `condition ? yes : no`
pub(super) fn conditional(parts: (Piece, Piece, Piece), asked: Span, span: Span) -> Compiled {
    let (condition, yes, no) = parts;
    same(
        &condition.shape,
        &Shape::Bool,
        "what stands before `?`",
        asked,
    )?;
    let shape = joined(&yes.shape, &no.shape, "both outcomes are of one type", span)?;
    Ok(Piece {
        steps: condition
            .steps
            .saturating_add(yes.steps.max(no.steps))
            .saturating_add(1),
        shape,
        constant: condition.constant && yes.constant && no.constant,
        code: code::conditional(condition.code, yes.code, no.code),
    })
}
