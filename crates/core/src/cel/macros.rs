//! The macros of the language: calls that bind a variable or ask whether a field is there.

use super::{Expr, Node};

/// What a comprehension makes of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// `list.all(x, p)`
    All,
    /// `list.exists(x, p)`
    Exists,
    /// `list.exists_one(x, p)`
    ExistsOne,
    /// `list.filter(x, p)`
    Filter,
    /// `list.map(x, e)`, and `list.map(x, p, e)`
    Map,
}

impl Fold {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "all" => Self::All,
            "exists" => Self::Exists,
            "exists_one" => Self::ExistsOne,
            "filter" => Self::Filter,
            "map" => Self::Map,
            _ => return None,
        })
    }
}

/// A macro, taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Macro<'e> {
    /// `has(operand.field)`
    Has {
        /// What is asked.
        operand: &'e Expr,
        /// The field.
        field: &'e str,
    },
    /// `range.all(variable, body)` and its relatives.
    Comprehension {
        /// Which.
        fold: Fold,
        /// The list or map.
        range: &'e Expr,
        /// The variable that stands for each element.
        variable: &'e str,
        /// The condition between variable and result that `map` may have.
        guard: Option<&'e Expr>,
        /// What is evaluated for each element.
        body: &'e Expr,
    },
}

/// Why a call with the shape of a macro is none.
pub(super) enum NotAMacro<'e> {
    /// `has()` of something that is no field.
    HasOfNoField(&'e Expr),
    /// A comprehension whose first argument is no name.
    NoVariable(&'e Expr),
}

impl Expr {
    /// This call as a macro, if it is one. `x.all(1)` with another number of arguments is an ordinary call.
    pub fn as_macro(&self) -> Option<Macro<'_>> {
        self.try_macro().and_then(Result::ok)
    }

    pub(super) fn try_macro(&self) -> Option<Result<Macro<'_>, NotAMacro<'_>>> {
        let Node::Call {
            function,
            target,
            arguments,
        } = &self.node
        else {
            return None;
        };
        let Some(range) = target else {
            let [argument] = arguments.as_slice() else {
                return None;
            };
            return (function == "has").then(|| match &argument.node {
                Node::Select { operand, field } => Ok(Macro::Has { operand, field }),
                _ => Err(NotAMacro::HasOfNoField(argument)),
            });
        };
        let fold = Fold::named(function)?;
        let (variable, guard, body) = match arguments.as_slice() {
            [variable, body] => (variable, None, body),
            [variable, guard, body] if fold == Fold::Map => (variable, Some(guard), body),
            _ => return None,
        };
        Some(match &variable.node {
            Node::Ident {
                name,
                absolute: false,
            } => Ok(Macro::Comprehension {
                fold,
                range,
                variable: name,
                guard,
                body,
            }),
            _ => Err(NotAMacro::NoVariable(variable)),
        })
    }
}
