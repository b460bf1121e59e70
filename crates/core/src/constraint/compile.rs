//! The fence: from our tree to the one that is evaluated, if the types fit, every name is known and the cost is bounded.

use std::collections::BTreeSet;

use cel::common::ast::IdedExpr;
use regex::Regex;

use super::shape::Shape;
use super::variables::{Declared, LISTS, ROOTS, fields};
use super::{
    ConstraintError, MAX_DEPTH, MAX_NODES, MAX_SOURCE_BYTES, MAX_STEPS, calls, code, evaluate,
    operators,
};
use crate::cel::{
    self as language, BinaryOperator, Expr, Literal, LogicalOperator, Macro, Node, Span,
};
use crate::nearest::nearest;

/// The steps of looking a variable up.
const STEPS_PER_VARIABLE: u64 = 2;

/// The steps of calling a function of ours, whose arguments are copied.
pub(super) const STEPS_PER_OWN_FUNCTION: u64 = 10;

/// The steps of handing a list over to the evaluation, or of sorting it for being searched.
const STEPS_PER_LIST: u64 = 2_500;

/// An expression that may be evaluated.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) root: IdedExpr,
    /// The variables that it reads, such as `requester.groups`.
    pub(super) uses: BTreeSet<String>,
    /// The lists that it asks for members, such as `requester.groups`.
    pub(super) sets: BTreeSet<String>,
    /// Its regular expressions, in order.
    pub(super) patterns: Vec<Regex>,
    /// The most steps that it takes.
    pub(super) steps: u64,
}

/// A compiled expression with what is known of it.
pub(super) struct Piece {
    pub(super) code: IdedExpr,
    pub(super) shape: Shape,
    pub(super) steps: u64,
    /// Whether no variable is in it, so that its value is known now.
    pub(super) constant: bool,
}

pub(super) type Compiled<T = Piece> = Result<T, ConstraintError>;

/// Compiles a whole constraint, which must be a bool.
pub(super) fn compile(source: &str, declared: &Declared) -> Compiled<Program> {
    if source.len() > MAX_SOURCE_BYTES {
        let beyond = Span {
            start: MAX_SOURCE_BYTES,
            end: source.len(),
        };
        return Err(ConstraintError::new(
            format!(
                "an expression of {} bytes; at most {MAX_SOURCE_BYTES} are allowed",
                source.len()
            ),
            beyond,
        ));
    }
    let expression = language::parse(source)?;
    let too_big = |message| {
        Err(ConstraintError::new(message, expression.span)
            .hint("split it into several constraints, all of which must hold"))
    };
    if expression.height() > MAX_DEPTH {
        return too_big(format!("an expression of more than {MAX_DEPTH} levels"));
    }
    let nodes = expression.nodes();
    if nodes > MAX_NODES {
        return too_big(format!(
            "an expression of {nodes} parts; at most {MAX_NODES} are allowed"
        ));
    }
    let mut compiler = Compiler::new(declared);
    let piece = compiler.expression(&expression)?;
    if piece.shape != Shape::Bool {
        return Err(ConstraintError::new(
            format!(
                "a constraint is true or false, this is {}",
                piece.shape.named()
            ),
            expression.span,
        )
        .hint("compare it with something"));
    }
    let lists = compiler
        .uses
        .iter()
        .filter(|path| LISTS.contains(&path.as_str()))
        .count()
        + compiler.sets.len();
    let steps = piece
        .steps
        .saturating_add(STEPS_PER_LIST.saturating_mul(lists as u64));
    if steps > MAX_STEPS {
        return Err(ConstraintError::new(
            format!("this could take {steps} steps over the longest lists and texts; at most {MAX_STEPS} are allowed"),
            expression.span,
        )
        .hint(
            "ask lists by `x in list` instead of a loop, keep long texts out of loops, and prefer startsWith() to matches()",
        ));
    }
    Ok(Program {
        root: piece.code,
        uses: compiler.uses,
        sets: compiler.sets,
        patterns: compiler.patterns,
        steps,
    })
}

pub(super) struct Compiler<'d> {
    declared: &'d Declared,
    /// The variable of the loop that we are in.
    pub(super) bound: Option<(String, Shape)>,
    pub(super) uses: BTreeSet<String>,
    pub(super) sets: BTreeSet<String>,
    patterns: Vec<Regex>,
}

impl<'d> Compiler<'d> {
    fn new(declared: &'d Declared) -> Self {
        Self {
            declared,
            bound: None,
            uses: BTreeSet::new(),
            sets: BTreeSet::new(),
            patterns: Vec::new(),
        }
    }

    /// Keeps a regular expression; the number by which it is called.
    pub(super) fn keep_pattern(&mut self, pattern: Regex) -> i64 {
        self.patterns.push(pattern);
        i64::try_from(self.patterns.len() - 1).unwrap_or(i64::MAX)
    }

    pub(super) fn expression(&mut self, expression: &Expr) -> Compiled {
        let piece = match &expression.node {
            Node::Literal(literal) => Ok(literal_piece(literal)),
            Node::Ident { absolute: true, .. } => Err(ConstraintError::new(
                "a name after a dot without anything before it",
                expression.span,
            )),
            Node::Ident { name, .. } => self.name(name, expression.span),
            Node::Select { operand, field } => self.select(expression, operand, field),
            Node::Index { operand, index } => {
                let (operand, index) = (self.expression(operand)?, self.expression(index)?);
                operators::index(operand, index, expression.span)
            }
            Node::Call { .. } => match expression.as_macro() {
                Some(Macro::Has { operand, field }) => self.has(expression.span, operand, field),
                Some(Macro::Comprehension {
                    fold,
                    range,
                    variable,
                    guard,
                    body,
                }) => self.comprehension(expression.span, fold, range, variable, guard, body),
                None => calls::call(self, expression),
            },
            Node::Unary { operator, operand } => {
                let operand = self.expression(operand)?;
                operators::unary(*operator, operand, expression.span)
            }
            Node::Binary {
                operator: BinaryOperator::In,
                left,
                right,
            } => self.membership(left, right, expression.span),
            Node::Binary {
                operator,
                left,
                right,
            } => {
                let (left, right) = (self.expression(left)?, self.expression(right)?);
                operators::binary(*operator, left, right, expression.span)
            }
            Node::Logical { operator, operands } => self.logical(*operator, operands),
            Node::Conditional { condition, yes, no } => {
                let parts = (
                    self.expression(condition)?,
                    self.expression(yes)?,
                    self.expression(no)?,
                );
                operators::conditional(parts, condition.span, expression.span)
            }
            Node::List(elements) => self.list(elements),
            Node::Map(entries) => self.map(entries),
        }?;
        if piece.constant
            && matches!(
                expression.node,
                Node::Call { .. } | Node::Binary { .. } | Node::Unary { .. }
            )
        {
            evaluate::constant(&piece.code, &self.patterns)
                .map_err(|message| ConstraintError::new(message, expression.span))?;
        }
        Ok(piece)
    }

    fn name(&mut self, name: &str, span: Span) -> Compiled {
        if let Some((variable, shape)) = &self.bound
            && variable == name
        {
            return Ok(Piece {
                code: code::variable(name),
                shape: shape.clone(),
                steps: STEPS_PER_VARIABLE,
                constant: false,
            });
        }
        Err(self.unknown_name(name, span))
    }

    fn unknown_name(&self, name: &str, span: Span) -> ConstraintError {
        if let Some(fields) = fields(name, self.declared) {
            let fields: Vec<String> = fields
                .into_iter()
                .map(|(field, _)| format!("{name}.{field}"))
                .collect();
            let hint = if fields.is_empty() {
                "the entitlement has no inputs".to_owned()
            } else {
                format!("ask for {}", fields.join(", "))
            };
            return ConstraintError::new(format!("`{name}` is no value by itself"), span)
                .hint(hint);
        }
        let hint = match name {
            "approver" => "only the constraints of an approval know who approves".to_owned(),
            "subject" => "JIT Groups' `subject` is `requester` here, and `approver` in the constraints of an approval".to_owned(),
            _ => match nearest(name, ROOTS) {
                Some(nearest) => format!("did you mean `{nearest}`?"),
                None => format!("there are {}", ROOTS.join(", ")),
            },
        };
        ConstraintError::new(format!("`{name}` is not known here"), span).hint(hint)
    }

    /// `operand.field`, where the operand may be one of the names that have fields.
    fn select(&mut self, expression: &Expr, operand: &Expr, field: &str) -> Compiled {
        if let Node::Ident {
            name,
            absolute: false,
        } = &operand.node
            && self
                .bound
                .as_ref()
                .is_none_or(|(variable, _)| variable != name)
        {
            let (path, shape) = self.declared_field(name, field, expression.span)?;
            let code = code::variable(&path);
            self.uses.insert(path);
            return Ok(Piece {
                code,
                shape,
                steps: STEPS_PER_VARIABLE,
                constant: false,
            });
        }
        let operand = self.expression(operand)?;
        operators::select(operand, field, expression.span)
    }

    pub(super) fn declared_field(
        &self,
        root: &str,
        field: &str,
        span: Span,
    ) -> Compiled<(String, Shape)> {
        let span_of_root = Span {
            start: span.start,
            end: span.start + root.len(),
        };
        let fields =
            fields(root, self.declared).ok_or_else(|| self.unknown_name(root, span_of_root))?;
        if let Some((_, shape)) = fields.iter().find(|(name, _)| name == field) {
            return Ok((format!("{root}.{field}"), shape.clone()));
        }
        let names = || fields.iter().map(|(name, _)| name.as_str());
        let hint = match nearest(field, names()) {
            Some(nearest) => format!("did you mean `{root}.{nearest}`?"),
            None if fields.is_empty() => "the entitlement has no inputs".to_owned(),
            None => format!("{root} has {}", names().collect::<Vec<_>>().join(", ")),
        };
        let what = if root == "input" {
            "there is no input"
        } else {
            "there is no field"
        };
        Err(ConstraintError::new(format!("{what} `{field}`"), span).hint(hint))
    }

    /// An expression that must be a bool.
    pub(super) fn condition(&mut self, expression: &Expr) -> Compiled {
        let piece = self.expression(expression)?;
        operators::same(&piece.shape, &Shape::Bool, "this", expression.span)?;
        Ok(piece)
    }

    fn logical(&mut self, operator: LogicalOperator, operands: &[Expr]) -> Compiled {
        let mut steps = 0_u64;
        let mut constant = true;
        let mut codes = Vec::with_capacity(operands.len());
        for operand in operands {
            let piece = self.condition(operand)?;
            steps = steps.saturating_add(piece.steps).saturating_add(1);
            constant &= piece.constant;
            codes.push(piece.code);
        }
        Ok(Piece {
            code: code::logical(operator, codes),
            shape: Shape::Bool,
            steps,
            constant,
        })
    }
}

fn literal_piece(literal: &Literal) -> Piece {
    let shape = match literal {
        Literal::Null => Shape::Null,
        Literal::Bool(_) => Shape::Bool,
        Literal::Int(_) => Shape::Int,
        Literal::Uint(_) => Shape::Uint,
        Literal::Double(_) => Shape::Double,
        Literal::String(text) => Shape::String(text.len() as u64),
        Literal::Bytes(bytes) => Shape::Bytes(bytes.len() as u64),
    };
    Piece {
        code: code::literal(literal),
        shape,
        steps: 1,
        constant: true,
    }
}
