//! The syntax tree.

use std::fmt;

use super::MAX_HEIGHT;

/// A place in the source: from byte `start` up to, but without, byte `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The first byte after it.
    pub end: usize,
}

impl Span {
    pub(super) fn to(self, other: Self) -> Self {
        Self {
            start: self.start,
            end: other.end,
        }
    }

    /// The line (from 1) and the column (from 1, in characters) at which the span starts.
    pub fn line_and_column(self, source: &str) -> (usize, usize) {
        let before = source.get(..self.start).unwrap_or(source);
        let line = before.matches('\n').count() + 1;
        let start_of_line = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[start_of_line..].chars().count() + 1)
    }
}

/// An expression and its place. Two expressions are equal when they say the same, wherever they stand.
#[derive(Clone)]
pub struct Expr {
    /// What it is.
    pub node: Node,
    /// Where it stands, without brackets around it.
    pub span: Span,
    /// The longest way down to a leaf, 1 for a leaf; at most [`MAX_HEIGHT`].
    height: u16,
}

/// The kinds of expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A value written out.
    Literal(Literal),
    /// A name; `absolute` if a dot stands before it.
    Ident {
        /// The name.
        name: String,
        /// Whether it was written `.name`.
        absolute: bool,
    },
    /// `operand.field`
    Select {
        /// What the field is taken of.
        operand: Box<Expr>,
        /// The field.
        field: String,
    },
    /// `operand[index]`
    Index {
        /// What is indexed.
        operand: Box<Expr>,
        /// The position or key.
        index: Box<Expr>,
    },
    /// `function(arguments)` or `target.function(arguments)`, macros too.
    Call {
        /// The name; with a dot before it if it was written so.
        function: String,
        /// The receiver.
        target: Option<Box<Expr>>,
        /// The arguments.
        arguments: Vec<Expr>,
    },
    /// `!operand` or `-operand`
    Unary {
        /// Which.
        operator: UnaryOperator,
        /// On what.
        operand: Box<Expr>,
    },
    /// A calculation or a comparison.
    Binary {
        /// Which.
        operator: BinaryOperator,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// `a && b && …` or `a || b || …`: both are associative in CEL, errors included, so brackets that only group equal
    /// operators are dropped. Two operands at least.
    Logical {
        /// Which.
        operator: LogicalOperator,
        /// The operands, none of which is of the same operator.
        operands: Vec<Expr>,
    },
    /// `condition ? yes : no`
    Conditional {
        /// The question.
        condition: Box<Expr>,
        /// The value if it is true.
        yes: Box<Expr>,
        /// The value if it is false.
        no: Box<Expr>,
    },
    /// `[a, b]`
    List(Vec<Expr>),
    /// `{k: v}`
    Map(Vec<(Expr, Expr)>),
}

/// A value written out.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `5`, `-5`, `0x5`
    Int(i64),
    /// `5u`
    Uint(u64),
    /// `5.0`; never infinite, never NaN
    Double(f64),
    /// `'five'`
    String(String),
    /// `b'five'`
    Bytes(Vec<u8>),
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOperator {
    /// `!`
    Not,
    /// `-`
    Negate,
}

impl UnaryOperator {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Not => "!",
            Self::Negate => "-",
        }
    }
}

/// Operators with two operands that associate to the left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Remainder,
}

impl BinaryOperator {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "in",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
        }
    }

    /// How strongly it binds: 0 for comparisons, 1 for sums, 2 for products.
    pub(super) fn level(self) -> u8 {
        match self {
            Self::Add | Self::Subtract => 1,
            Self::Multiply | Self::Divide | Self::Remainder => 2,
            _ => 0,
        }
    }
}

/// `&&` and `||`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogicalOperator {
    /// `&&`
    And,
    /// `||`
    Or,
}

impl LogicalOperator {
    /// As it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::And => "&&",
            Self::Or => "||",
        }
    }
}

impl Expr {
    /// An expression at a place. `None` if the tree would be higher than [`MAX_HEIGHT`].
    pub fn new(node: Node, span: Span) -> Option<Self> {
        let mut height = 0;
        each_child(&node, |child| height = height.max(child.height));
        (height < MAX_HEIGHT).then_some(Self {
            node,
            span,
            height: height + 1,
        })
    }

    /// `operands` joined by `operator`: one operand stays as it is, operands of the same operator are taken apart.
    /// `None` if there is no operand or the tree would be too high.
    pub fn logical(operator: LogicalOperator, operands: Vec<Self>) -> Option<Self> {
        let span = operands.first()?.span.to(operands.last()?.span);
        let mut flat = Vec::with_capacity(operands.len());
        for operand in operands {
            match operand.node {
                Node::Logical {
                    operator: inner,
                    operands,
                } if inner == operator => flat.extend(operands),
                _ => flat.push(operand),
            }
        }
        if flat.len() == 1 {
            return flat.pop();
        }
        Self::new(
            Node::Logical {
                operator,
                operands: flat,
            },
            span,
        )
    }

    /// The longest way down to a leaf, 1 for a leaf.
    pub fn height(&self) -> usize {
        usize::from(self.height)
    }

    /// How many nodes the tree has.
    pub fn nodes(&self) -> usize {
        let mut nodes = 1;
        self.each_child(|child| nodes += child.nodes());
        nodes
    }

    /// Visits the direct children, from left to right.
    pub fn each_child<'e>(&'e self, visit: impl FnMut(&'e Self)) {
        each_child(&self.node, visit);
    }

    /// The dotted name that this expression is, `a.b.c`, if it is one.
    pub fn path(&self) -> Option<String> {
        match &self.node {
            Node::Ident {
                name,
                absolute: false,
            } => Some(name.clone()),
            Node::Select { operand, field } => Some(format!("{}.{field}", operand.path()?)),
            _ => None,
        }
    }
}

fn each_child<'e>(node: &'e Node, mut visit: impl FnMut(&'e Expr)) {
    match node {
        Node::Literal(_) | Node::Ident { .. } => {}
        Node::Select { operand, .. } | Node::Unary { operand, .. } => visit(operand),
        Node::Index { operand, index } => {
            visit(operand);
            visit(index);
        }
        Node::Call {
            target, arguments, ..
        } => {
            if let Some(target) = target {
                visit(target);
            }
            arguments.iter().for_each(visit);
        }
        Node::Binary { left, right, .. } => {
            visit(left);
            visit(right);
        }
        Node::Logical { operands, .. } => operands.iter().for_each(visit),
        Node::Conditional { condition, yes, no } => {
            visit(condition);
            visit(yes);
            visit(no);
        }
        Node::List(elements) => elements.iter().for_each(visit),
        Node::Map(entries) => entries.iter().for_each(|(key, value)| {
            visit(key);
            visit(value);
        }),
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}
