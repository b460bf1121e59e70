//! Pieces of the tree that the `cel` crate evaluates. We build it ourselves: the crate's own parser has no bound on its
//! recursion.

use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedEntryExpr, IdedExpr, ListExpr, LiteralValue,
    MapEntryExpr, MapExpr, SelectExpr, operators,
};

use crate::cel::{BinaryOperator, Fold, Literal, LogicalOperator, UnaryOperator};

/// What a comprehension collects into. No source can spell it.
const RESULT: &str = "@result";

fn node(expr: Expr) -> IdedExpr {
    // The number of a node is for the crate's own messages, which name no place that we could use.
    IdedExpr { id: 0, expr }
}

pub(super) fn literal(literal: &Literal) -> IdedExpr {
    node(Expr::Literal(match literal {
        Literal::Null => LiteralValue::Null,
        Literal::Bool(value) => LiteralValue::Boolean((*value).into()),
        Literal::Int(value) => LiteralValue::Int((*value).into()),
        Literal::Uint(value) => LiteralValue::UInt((*value).into()),
        Literal::Double(value) => LiteralValue::Double((*value).into()),
        Literal::String(value) => LiteralValue::String(value.clone().into()),
        Literal::Bytes(value) => LiteralValue::Bytes(value.clone().into()),
    }))
}

pub(super) fn text(text: &str) -> IdedExpr {
    literal(&Literal::String(text.to_owned()))
}

pub(super) fn int(value: i64) -> IdedExpr {
    literal(&Literal::Int(value))
}

pub(super) fn variable(name: &str) -> IdedExpr {
    node(Expr::Ident(name.to_owned()))
}

pub(super) fn call(function: &str, arguments: Vec<IdedExpr>) -> IdedExpr {
    node(Expr::Call(CallExpr {
        func_name: function.to_owned(),
        target: None,
        args: arguments,
    }))
}

pub(super) fn member_call(target: IdedExpr, function: &str, arguments: Vec<IdedExpr>) -> IdedExpr {
    node(Expr::Call(CallExpr {
        func_name: function.to_owned(),
        target: Some(Box::new(target)),
        args: arguments,
    }))
}

pub(super) fn select(operand: IdedExpr, field: &str, test: bool) -> IdedExpr {
    node(Expr::Select(SelectExpr {
        operand: Box::new(operand),
        field: field.to_owned(),
        test,
    }))
}

pub(super) fn index(operand: IdedExpr, position: IdedExpr) -> IdedExpr {
    call(operators::INDEX, vec![operand, position])
}

pub(super) fn list(elements: Vec<IdedExpr>) -> IdedExpr {
    node(Expr::List(ListExpr::new(elements)))
}

pub(super) fn map(entries: Vec<(IdedExpr, IdedExpr)>) -> IdedExpr {
    let entry = |(key, value)| IdedEntryExpr {
        id: 0,
        expr: EntryExpr::MapEntry(MapEntryExpr {
            key,
            value,
            optional: false,
        }),
    };
    node(Expr::Map(MapExpr {
        entries: entries.into_iter().map(entry).collect(),
    }))
}

pub(super) fn unary(operator: UnaryOperator, operand: IdedExpr) -> IdedExpr {
    let name = match operator {
        UnaryOperator::Not => operators::LOGICAL_NOT,
        UnaryOperator::Negate => operators::NEGATE,
    };
    call(name, vec![operand])
}

pub(super) fn binary(operator: BinaryOperator, left: IdedExpr, right: IdedExpr) -> IdedExpr {
    let name = match operator {
        BinaryOperator::Equal => operators::EQUALS,
        BinaryOperator::NotEqual => operators::NOT_EQUALS,
        BinaryOperator::Less => operators::LESS,
        BinaryOperator::LessOrEqual => operators::LESS_EQUALS,
        BinaryOperator::Greater => operators::GREATER,
        BinaryOperator::GreaterOrEqual => operators::GREATER_EQUALS,
        BinaryOperator::In => operators::IN,
        BinaryOperator::Add => operators::ADD,
        BinaryOperator::Subtract => operators::SUBSTRACT,
        BinaryOperator::Multiply => operators::MULTIPLY,
        BinaryOperator::Divide => operators::DIVIDE,
        BinaryOperator::Remainder => operators::MODULO,
    };
    call(name, vec![left, right])
}

/// A balanced tree, so that a long row of operands needs little stack.
pub(super) fn logical(operator: LogicalOperator, mut operands: Vec<IdedExpr>) -> IdedExpr {
    let name = match operator {
        LogicalOperator::And => operators::LOGICAL_AND,
        LogicalOperator::Or => operators::LOGICAL_OR,
    };
    while operands.len() > 1 {
        let mut pairs = Vec::with_capacity(operands.len().div_ceil(2));
        let mut rest = operands.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => call(name, vec![left, right]),
                None => left,
            });
        }
        operands = pairs;
    }
    operands
        .pop()
        .unwrap_or_else(|| literal(&Literal::Bool(operator == LogicalOperator::And)))
}

pub(super) fn conditional(condition: IdedExpr, yes: IdedExpr, no: IdedExpr) -> IdedExpr {
    call(operators::CONDITIONAL, vec![condition, yes, no])
}

/// A macro as the loop that cel-spec defines it to be; `guard` is the condition that a `map` can have.
pub(super) fn comprehension(
    fold: Fold,
    range: IdedExpr,
    name: &str,
    guard: Option<IdedExpr>,
    body: IdedExpr,
) -> IdedExpr {
    let result = || variable(RESULT);
    let boolean = |value| literal(&Literal::Bool(value));
    let append = |element| call(operators::ADD, vec![result(), list(vec![element])]);
    let (start, proceed, step, outcome) = match fold {
        Fold::All => (
            boolean(true),
            call(operators::NOT_STRICTLY_FALSE, vec![result()]),
            call(operators::LOGICAL_AND, vec![result(), body]),
            result(),
        ),
        Fold::Exists => (
            boolean(false),
            call(
                operators::NOT_STRICTLY_FALSE,
                vec![call(operators::LOGICAL_NOT, vec![result()])],
            ),
            call(operators::LOGICAL_OR, vec![result(), body]),
            result(),
        ),
        Fold::ExistsOne => (
            int(0),
            boolean(true),
            conditional(body, call(operators::ADD, vec![result(), int(1)]), result()),
            call(operators::EQUALS, vec![result(), int(1)]),
        ),
        Fold::Filter => (
            list(Vec::new()),
            boolean(true),
            conditional(body, append(variable(name)), result()),
            result(),
        ),
        Fold::Map => {
            let step = match guard {
                Some(guard) => conditional(guard, append(body), result()),
                None => append(body),
            };
            (list(Vec::new()), boolean(true), step, result())
        }
    };
    node(Expr::Comprehension(Box::new(ComprehensionExpr {
        iter_range: range,
        iter_var: name.to_owned(),
        iter_var2: None,
        accu_var: RESULT.to_owned(),
        accu_init: start,
        loop_cond: proceed,
        loop_step: step,
        result: outcome,
    })))
}
