//! Conditions as lists of clauses joined by `&&`.

use super::{Expr, LogicalOperator, Node};

/// The clauses that all have to hold: the operands of the outermost `&&`, or the expression itself. Brackets and
/// comments do not matter, and what stands under an `||` is one clause, as CEL's precedence says.
pub fn clauses(expression: &Expr) -> &[Expr] {
    match &expression.node {
        Node::Logical {
            operator: LogicalOperator::And,
            operands,
        } => operands,
        _ => std::slice::from_ref(expression),
    }
}

/// The clauses joined by `&&` again; `None` for none at all.
pub fn join(clauses: Vec<Expr>) -> Option<Expr> {
    Expr::logical(LogicalOperator::And, clauses)
}
