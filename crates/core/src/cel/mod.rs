//! The Common Expression Language: source text to a syntax tree and back.
//!
//! IAM conditions and the constraints of entitlements are written in CEL. This module reads the whole grammar of the
//! language definition (cel-spec, langdef.md) except message construction, and prints a canonical text that means the
//! same. It never evaluates.
//!
//! Everything is bounded while it is read: the length of the source, the nesting, and the height of the tree. So no
//! text, whoever wrote it, can exhaust the stack of the thread that reads it or of one that walks the tree later.

mod ast;
mod clauses;
mod error;
mod lexer;
mod literal;
mod macros;
mod parser;
mod print;
mod replace;

pub use ast::{BinaryOperator, Expr, Literal, LogicalOperator, Node, Span, UnaryOperator};
pub use clauses::{clauses, join};
pub use error::SyntaxError;
pub use macros::{Fold, Macro};
pub use parser::{MAX_HEIGHT, MAX_NESTING, MAX_SOURCE_BYTES, parse};
pub use replace::replace;

#[cfg(test)]
pub(crate) mod tests;
