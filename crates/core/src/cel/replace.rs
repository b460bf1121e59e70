//! One tree made from another, for expressions that come from a system with other names.

use super::{Expr, Node};

/// The expression with every dotted name for which `replacement` has an answer replaced by it: `subject.email` by
/// `requester.email`, say. The longest name is asked for first, and variables that a macro binds are left alone. `None`
/// if the tree would be too high.
pub fn replace(expression: &Expr, replacement: &impl Fn(&str) -> Option<Expr>) -> Option<Expr> {
    replace_unbound(expression, replacement, &mut Vec::new())
}

fn replace_unbound<'e>(
    expression: &'e Expr,
    replacement: &impl Fn(&str) -> Option<Expr>,
    bound: &mut Vec<&'e str>,
) -> Option<Expr> {
    if let Some(path) = expression.path() {
        let root = path.split('.').next().unwrap_or_default();
        if bound.contains(&root) {
            return Some(expression.clone());
        }
        if let Some(new) = replacement(&path) {
            return Some(new);
        }
    }
    let variable = match expression.as_macro() {
        Some(super::Macro::Comprehension { variable, .. }) => Some(variable),
        _ => None,
    };
    let mut go = |child: &'e Expr| replace_unbound(child, replacement, bound);
    let node = match &expression.node {
        node @ (Node::Literal(_) | Node::Ident { .. }) => node.clone(),
        Node::Select { operand, field } => Node::Select {
            operand: Box::new(go(operand)?),
            field: field.clone(),
        },
        Node::Index { operand, index } => Node::Index {
            operand: Box::new(go(operand)?),
            index: Box::new(go(index)?),
        },
        Node::Call {
            function,
            target,
            arguments,
        } => {
            let target = match target {
                Some(target) => Some(Box::new(go(target)?)),
                None => None,
            };
            // The range of a macro is outside its variable's scope, the arguments are inside.
            bound.extend(variable);
            let arguments = arguments
                .iter()
                .map(|argument| replace_unbound(argument, replacement, bound))
                .collect::<Option<_>>();
            if variable.is_some() {
                bound.pop();
            }
            Node::Call {
                function: function.clone(),
                target,
                arguments: arguments?,
            }
        }
        Node::Unary { operator, operand } => Node::Unary {
            operator: *operator,
            operand: Box::new(go(operand)?),
        },
        Node::Binary {
            operator,
            left,
            right,
        } => Node::Binary {
            operator: *operator,
            left: Box::new(go(left)?),
            right: Box::new(go(right)?),
        },
        Node::Logical { operator, operands } => {
            let operands = operands.iter().map(go).collect::<Option<_>>()?;
            return Expr::logical(*operator, operands);
        }
        Node::Conditional { condition, yes, no } => Node::Conditional {
            condition: Box::new(go(condition)?),
            yes: Box::new(go(yes)?),
            no: Box::new(go(no)?),
        },
        Node::List(elements) => Node::List(elements.iter().map(go).collect::<Option<_>>()?),
        Node::Map(entries) => Node::Map(
            entries
                .iter()
                .map(|(key, value)| Some((go(key)?, go(value)?)))
                .collect::<Option<_>>()?,
        ),
    };
    Expr::new(node, expression.span)
}
