//! The macros: `has`, and the loops over lists and maps.

use super::compile::{Compiled, Compiler, Piece};
use super::shape::Shape;
use super::variables::ROOTS;
use super::{ConstraintError, code, operators};
use crate::cel::{Expr, Fold, Literal, Node, Span};

/// The steps of one round of a loop beside its body: a scope entered, an element copied, the result kept.
const STEPS_PER_ROUND: u64 = 4;

impl Compiler<'_> {
    /// `has(operand.field)`: of an input whether it was filled in; the other fields are always there.
    pub(super) fn has(&mut self, span: Span, operand: &Expr, field: &str) -> Compiled {
        if let Node::Ident {
            name,
            absolute: false,
        } = &operand.node
            && self
                .bound
                .as_ref()
                .is_none_or(|(variable, _)| variable != name)
        {
            let (path, _) = self.declared_field(name, field, operand.span)?;
            let code = match name.as_str() {
                "input" => {
                    let asked = format!("has({path})");
                    let code = code::variable(&asked);
                    self.uses.insert(asked);
                    code
                }
                _ => code::literal(&Literal::Bool(true)),
            };
            return Ok(Piece {
                code,
                shape: Shape::Bool,
                steps: 1,
                constant: false,
            });
        }
        let operand = self.expression(operand)?;
        let Shape::Map(_, key, _) = &operand.shape else {
            return Err(ConstraintError::new(
                format!("has() asks for a field of {}", operand.shape.named()),
                span,
            ));
        };
        operators::same(key, &Shape::String(0), "the key of this map", span)?;
        Ok(Piece {
            code: code::select(operand.code, field, true),
            shape: Shape::Bool,
            steps: operand.steps.saturating_add(1),
            constant: false,
        })
    }

    pub(super) fn comprehension(
        &mut self,
        span: Span,
        fold: Fold,
        range: &Expr,
        variable: &str,
        guard: Option<&Expr>,
        body: &Expr,
    ) -> Compiled {
        if self.bound.is_some() {
            return Err(ConstraintError::new("a loop within a loop", span)
                .hint("test membership by `x in list`; a list is searched at once"));
        }
        if ROOTS.contains(&variable) {
            return Err(
                ConstraintError::new(format!("`{variable}` has a meaning already"), span)
                    .hint("give the variable of the loop another name"),
            );
        }
        let range_span = range.span;
        let range = self.expression(range)?;
        let (rounds, element) = match &range.shape {
            Shape::List(length, element) => (*length, (**element).clone()),
            Shape::Map(length, key, _) => (*length, (**key).clone()),
            other => {
                return Err(ConstraintError::new(
                    format!("a loop over {}", other.named()),
                    range_span,
                )
                .hint("loops go over lists and the keys of maps"));
            }
        };
        let per_element = element.weight().saturating_add(STEPS_PER_ROUND);
        self.bound = Some((variable.to_owned(), element.clone()));
        let inner = guard
            .map(|guard| self.condition(guard))
            .transpose()
            .and_then(|guard| {
                let body = match fold {
                    Fold::Map => self.expression(body)?,
                    _ => self.condition(body)?,
                };
                Ok((guard, body))
            });
        self.bound = None;
        let (guard, body) = inner?;
        let shape = match fold {
            Fold::All | Fold::Exists | Fold::ExistsOne => Shape::Bool,
            Fold::Filter => Shape::List(rounds, Box::new(element)),
            Fold::Map => Shape::List(rounds, Box::new(body.shape.clone())),
        };
        let kept = match &shape {
            Shape::List(_, element) => element.weight(),
            _ => 0,
        };
        let round = per_element
            .saturating_add(body.steps)
            .saturating_add(guard.as_ref().map_or(0, |guard| guard.steps))
            .saturating_add(kept);
        Ok(Piece {
            code: code::comprehension(
                fold,
                range.code,
                variable,
                guard.map(|guard| guard.code),
                body.code,
            ),
            shape,
            steps: range
                .steps
                .saturating_add(rounds.saturating_mul(round))
                .saturating_add(STEPS_PER_ROUND),
            constant: false,
        })
    }
}
