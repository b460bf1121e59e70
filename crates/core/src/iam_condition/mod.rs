//! What is plainly wrong in a condition that a person wrote for IAM.
//!
//! Google compiles a condition when a binding that carries it is written: a mistake shows when somebody needs the
//! access, not when the file is reviewed. So what can be known beforehand is told when the file is read. Whatever is
//! not known to be wrong passes; conditions that Google holds already are not asked about at all.

mod names;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeSet;

use crate::cel::{self, Expr, Literal, Macro, Node, Span, UnaryOperator};
use crate::nearest::nearest;

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// What is wrong.
    pub(crate) message: String,
    /// The next step.
    pub(crate) hint: String,
    /// Where, in bytes of the condition.
    pub(crate) place: Span,
}

/// The mistakes of a condition, in the order of the text. A text that is not CEL has one.
pub(crate) fn mistakes(condition: &str) -> Vec<Mistake> {
    let expression = match cel::parse(condition) {
        Ok(expression) => expression,
        Err(error) => {
            return vec![Mistake {
                message: format!("unexpected: {}", error.message),
                hint: error.expected.map_or_else(
                    || "write CEL as in the IAM documentation".to_owned(),
                    |expected| format!("expected {expected}"),
                ),
                place: error.span,
            }];
        }
    };
    let mut search = Search::default();
    search.variables(&expression);
    search.truth(&expression);
    search.look(&expression);
    search.found.sort_by_key(|mistake| mistake.place);
    search.found
}

#[derive(Default)]
struct Search<'e> {
    found: Vec<Mistake>,
    /// The variables of all loops; a name is not looked at where it could be one of them.
    variables: BTreeSet<&'e str>,
}

impl<'e> Search<'e> {
    fn variables(&mut self, expression: &'e Expr) {
        if let Some(Macro::Comprehension { variable, .. }) = expression.as_macro() {
            self.variables.insert(variable);
        }
        expression.each_child(|child| self.variables(child));
    }

    /// Notes what must be true or false and plainly is something else.
    fn truth(&mut self, expression: &Expr) {
        match &expression.node {
            Node::Logical { operands, .. } => {
                for operand in operands {
                    self.truth(operand);
                }
            }
            Node::Unary {
                operator: UnaryOperator::Not,
                operand,
            } => self.truth(operand),
            Node::Conditional { condition, yes, no } => {
                self.truth(condition);
                self.truth(yes);
                self.truth(no);
            }
            _ => {
                if let Some(kind) = value::kind(expression) {
                    self.note(
                        format!("a condition is true or false, this is {kind}"),
                        "compare it with something, such as request.time.getHours() < 18",
                        expression.span,
                    );
                }
            }
        }
    }

    fn look(&mut self, expression: &Expr) {
        if let Node::Call {
            function,
            target,
            arguments,
        } = &expression.node
        {
            self.function(function, target.as_deref(), expression.span);
            if let (None, [argument]) = (target, &arguments[..])
                && let Node::Literal(Literal::String(text)) = &argument.node
                && let Some((message, hint)) = value::mistake(function, text)
            {
                self.note(message, hint, argument.span);
            }
        }
        // A path is looked at as a whole, so that its first wrong name is told and no other.
        match expression.path() {
            Some(path) => self.path(&path, expression),
            None => expression.each_child(|child| self.look(child)),
        }
    }

    fn path(&mut self, path: &str, expression: &Expr) {
        let mut names = path.split('.');
        let Some(root) = names.next().filter(|root| !self.variables.contains(root)) else {
            return;
        };
        if !names::ROOTS.contains(&root) {
            if let Some(meant) = nearest(root, names::ROOTS.iter().copied()) {
                let message = format!("there is no '{root}' in conditions of IAM");
                self.note(message, format!("did you mean {meant}?"), expression.span);
            }
            return;
        }
        let mut before = root.to_owned();
        for name in names {
            let Some(fields) = names::fields(&before) else {
                return;
            };
            if !fields.contains(&name) {
                if let Some(meant) = nearest(name, fields.iter().copied()) {
                    self.note(
                        format!("{before} has no '{name}' in conditions of IAM"),
                        format!("did you mean {before}.{meant}?"),
                        expression.span,
                    );
                }
                return;
            }
            before = format!("{before}.{name}");
        }
    }

    fn function(&mut self, function: &str, target: Option<&Expr>, whole: Span) {
        if names::FUNCTIONS.contains(&function) {
            return;
        }
        let Some(meant) = nearest(function, names::FUNCTIONS.iter().copied()) else {
            return;
        };
        // Behind the dot after the target; a space there is so rare that the place may be a little off then.
        let start = target.map_or(whole.start, |target| target.span.end + 1);
        let place = Span {
            start,
            end: (start + function.len()).min(whole.end),
        };
        self.note(
            format!("there is no function {function}() in conditions of IAM"),
            format!("did you mean {meant}()?"),
            place,
        );
    }

    fn note(&mut self, message: impl Into<String>, hint: impl Into<String>, place: Span) {
        self.found.push(Mistake {
            message: message.into(),
            hint: hint.into(),
            place,
        });
    }
}
