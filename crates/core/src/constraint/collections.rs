//! Lists and maps written out, and the search in them.

use std::collections::BTreeSet;

use super::compile::{Compiled, Compiler, Piece, STEPS_PER_OWN_FUNCTION};
use super::shape::Shape;
use super::{ConstraintError, code, evaluate, operators};
use crate::cel::{Expr, Node, Span};

impl Compiler<'_> {
    /// `left in right`. A list that is a variable is asked as a set, so that it may be done within a loop.
    pub(super) fn membership(&mut self, left: &Expr, right: &Expr, span: Span) -> Compiled {
        let item = self.expression(left)?;
        let Some(path) = self.declared_list(right) else {
            let container = self.expression(right)?;
            return operators::membership(item, container, span);
        };
        operators::same(
            &item.shape,
            &Shape::String(0),
            "what is looked for in this list",
            left.span,
        )?;
        let steps = item
            .steps
            .saturating_add(item.shape.weight())
            .saturating_add(STEPS_PER_OWN_FUNCTION);
        let code = code::call(evaluate::MEMBER, vec![item.code, code::text(&path)]);
        self.sets.insert(path);
        Ok(Piece {
            code,
            shape: Shape::Bool,
            steps,
            constant: false,
        })
    }

    /// The name of the list of texts that this expression is, such as `requester.groups`.
    fn declared_list(&self, expression: &Expr) -> Option<String> {
        let Node::Select { operand, field } = &expression.node else {
            return None;
        };
        let root = operand.path()?;
        let (path, shape) = self.declared_field(&root, field, expression.span).ok()?;
        matches!(shape, Shape::List(..)).then_some(path)
    }

    pub(super) fn list(&mut self, elements: &[Expr]) -> Compiled {
        let mut shape = Shape::Nothing;
        let mut steps = 1_u64;
        let mut constant = true;
        let mut codes = Vec::with_capacity(elements.len());
        for element in elements {
            let piece = self.expression(element)?;
            shape = operators::joined(
                &shape,
                &piece.shape,
                "the elements of a list are of one type",
                element.span,
            )?;
            steps = steps
                .saturating_add(piece.steps)
                .saturating_add(piece.shape.weight());
            constant &= piece.constant;
            codes.push(piece.code);
        }
        Ok(Piece {
            code: code::list(codes),
            shape: Shape::List(elements.len() as u64, Box::new(shape)),
            steps,
            constant,
        })
    }

    pub(super) fn map(&mut self, entries: &[(Expr, Expr)]) -> Compiled {
        let (mut key_shape, mut value_shape) = (Shape::Nothing, Shape::Nothing);
        let mut steps = 1_u64;
        let mut constant = true;
        let mut codes = Vec::with_capacity(entries.len());
        let mut written = BTreeSet::new();
        for (key, value) in entries {
            if !written.insert(key.to_string()) {
                return Err(ConstraintError::new(
                    "a key that is in this map already",
                    key.span,
                ));
            }
            let (key_piece, value_piece) = (self.expression(key)?, self.expression(value)?);
            key_shape = operators::joined(
                &key_shape,
                &key_piece.shape,
                "the keys of a map are of one type",
                key.span,
            )?;
            value_shape = operators::joined(
                &value_shape,
                &value_piece.shape,
                "the values of a map are of one type",
                value.span,
            )?;
            if !key_shape.is_key() {
                return Err(ConstraintError::new(
                    format!("{} as the key of a map", key_shape.named()),
                    key.span,
                ));
            }
            for piece in [&key_piece, &value_piece] {
                steps = steps
                    .saturating_add(piece.steps)
                    .saturating_add(piece.shape.weight());
                constant &= piece.constant;
            }
            codes.push((key_piece.code, value_piece.code));
        }
        Ok(Piece {
            code: code::map(codes),
            shape: Shape::Map(
                entries.len() as u64,
                Box::new(key_shape),
                Box::new(value_shape),
            ),
            steps,
            constant,
        })
    }
}
