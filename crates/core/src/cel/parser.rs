//! Tokens to a tree, by recursive descent.

use super::lexer::{Kind, Lexer, Token};
use super::macros::NotAMacro;
use super::{
    BinaryOperator, Expr, Literal, LogicalOperator, Node, Span, SyntaxError, UnaryOperator,
};

/// Longest source that is read, in bytes: far more than a condition with IAM's twelve logical operators needs, and read
/// within milliseconds by an unoptimised build too.
pub const MAX_SOURCE_BYTES: usize = 16 * 1024;

/// How deep brackets, arguments, signs and conditionals may nest. The parser recurses no deeper than this, whatever it
/// reads.
pub const MAX_NESTING: usize = 24;

/// The highest tree. Chains such as `a.b.c.d` and `a + b + c` grow a tree without nesting; functions that walk a tree
/// recurse no deeper than this.
pub const MAX_HEIGHT: u16 = 64;

/// Words that cannot be a name (cel-spec: RESERVED); all but the first four can be a field.
const RESERVED: [&str; 21] = [
    "false",
    "in",
    "null",
    "true",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

const KEYWORDS: usize = 4;

/// Reads one expression, which is the whole text.
pub fn parse(source: &str) -> Result<Expr, SyntaxError> {
    if source.len() > MAX_SOURCE_BYTES {
        let beyond = Span {
            start: MAX_SOURCE_BYTES,
            end: source.len(),
        };
        return Err(SyntaxError::new(
            format!(
                "a text of {} bytes, of which at most {MAX_SOURCE_BYTES} are read,",
                source.len()
            ),
            beyond,
        ));
    }
    let mut lexer = Lexer::new(source);
    let next = lexer.next()?;
    let mut parser = Parser {
        lexer,
        next,
        nesting: 0,
    };
    let expression = parser.expression()?;
    match parser.next.kind {
        Kind::End => Ok(expression),
        _ => Err(parser.unexpected("an operator, or the end")),
    }
}

struct Parser<'s> {
    lexer: Lexer<'s>,
    next: Token<'s>,
    nesting: usize,
}

type Parsed<T = Expr> = Result<T, SyntaxError>;

impl<'s> Parser<'s> {
    fn advance(&mut self) -> Parsed<Token<'s>> {
        let next = self.lexer.next()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn at(&self, symbol: &str) -> bool {
        matches!(self.next.kind, Kind::Symbol(s) if s == symbol)
    }

    fn take(&mut self, symbol: &str) -> Parsed<Option<Span>> {
        if self.at(symbol) {
            return Ok(Some(self.advance()?.span));
        }
        Ok(None)
    }

    fn expect(&mut self, symbol: &str) -> Parsed<Span> {
        match self.take(symbol)? {
            Some(span) => Ok(span),
            None => Err(self.unexpected(&format!("`{symbol}`"))),
        }
    }

    fn unexpected(&self, expected: &str) -> SyntaxError {
        SyntaxError::new(self.next.kind.describe(), self.next.span).expecting(expected)
    }

    /// Runs `inner` one level deeper; `here` is told of when that is too deep.
    fn nested<T>(&mut self, here: Span, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.nesting == MAX_NESTING {
            return Err(SyntaxError::new(
                format!("more than {MAX_NESTING} levels of nesting"),
                here,
            ));
        }
        self.nesting += 1;
        let parsed = inner(self);
        self.nesting -= 1;
        parsed
    }

    fn expression(&mut self) -> Parsed {
        let condition = self.logical(LogicalOperator::Or)?;
        let Some(question) = self.take("?")? else {
            return Ok(condition);
        };
        self.nested(question, |parser| {
            let yes = parser.logical(LogicalOperator::Or)?;
            parser.expect(":")?;
            let no = parser.expression()?;
            let span = condition.span.to(no.span);
            let node = Node::Conditional {
                condition: Box::new(condition),
                yes: Box::new(yes),
                no: Box::new(no),
            };
            build(node, span)
        })
    }

    fn logical(&mut self, operator: LogicalOperator) -> Parsed {
        let operand = |parser: &mut Self| match operator {
            LogicalOperator::Or => parser.logical(LogicalOperator::And),
            LogicalOperator::And => parser.binary(0),
        };
        let first = operand(self)?;
        if !self.at(operator.symbol()) {
            return Ok(first);
        }
        let start = first.span;
        let mut operands = vec![first];
        while self.take(operator.symbol())?.is_some() {
            operands.push(operand(self)?);
        }
        Expr::logical(operator, operands).ok_or_else(|| too_high(start))
    }

    fn binary(&mut self, level: u8) -> Parsed {
        if level > 2 {
            return self.unary();
        }
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.binary_operator(level) {
            self.advance()?;
            let right = self.binary(level + 1)?;
            let span = left.span.to(right.span);
            let node = Node::Binary {
                operator,
                left: Box::new(left),
                right: Box::new(right),
            };
            left = build(node, span)?;
        }
        Ok(left)
    }

    fn binary_operator(&self, level: u8) -> Option<BinaryOperator> {
        let operator = match self.next.kind {
            Kind::Word("in") => BinaryOperator::In,
            Kind::Symbol(symbol) => match symbol {
                "==" => BinaryOperator::Equal,
                "!=" => BinaryOperator::NotEqual,
                "<" => BinaryOperator::Less,
                "<=" => BinaryOperator::LessOrEqual,
                ">" => BinaryOperator::Greater,
                ">=" => BinaryOperator::GreaterOrEqual,
                "+" => BinaryOperator::Add,
                "-" => BinaryOperator::Subtract,
                "*" => BinaryOperator::Multiply,
                "/" => BinaryOperator::Divide,
                "%" => BinaryOperator::Remainder,
                _ => return None,
            },
            _ => return None,
        };
        (operator.level() == level).then_some(operator)
    }

    fn unary(&mut self) -> Parsed {
        let operator = match self.next.kind {
            Kind::Symbol("!") => UnaryOperator::Not,
            Kind::Symbol("-") => UnaryOperator::Negate,
            _ => return self.member(),
        };
        let sign = self.advance()?.span;
        if operator == UnaryOperator::Negate {
            // A sign before a number belongs to it: only so can the smallest int be written.
            match self.next.kind {
                Kind::Int(magnitude) => {
                    let end = self.advance()?.span;
                    let number = 0_i64.checked_sub_unsigned(magnitude);
                    let literal = int(number, sign.to(end))?;
                    return self.postfix(literal);
                }
                Kind::Literal(Literal::Double(number)) => {
                    let end = self.advance()?.span;
                    let literal = build(Node::Literal(Literal::Double(-number)), sign.to(end))?;
                    return self.postfix(literal);
                }
                _ => {}
            }
        }
        let operand = self.nested(sign, Self::unary)?;
        let span = sign.to(operand.span);
        let node = Node::Unary {
            operator,
            operand: Box::new(operand),
        };
        build(node, span)
    }

    fn member(&mut self) -> Parsed {
        let primary = self.primary()?;
        self.postfix(primary)
    }

    fn postfix(&mut self, mut operand: Expr) -> Parsed {
        loop {
            if self.take(".")?.is_some() {
                operand = self.select_or_call(operand)?;
            } else if self.at("[") {
                let bracket = self.advance()?.span;
                self.refuse_optional()?;
                let index = self.nested(bracket, Self::expression)?;
                let span = operand.span.to(self.expect("]")?);
                let node = Node::Index {
                    operand: Box::new(operand),
                    index: Box::new(index),
                };
                operand = build(node, span)?;
            } else if self.at("{") && is_name(&operand) {
                return Err(SyntaxError::new(
                    "message construction, which is not read here,",
                    self.next.span,
                )
                .expecting("an operator"));
            } else {
                return Ok(operand);
            }
        }
    }

    fn refuse_optional(&self) -> Parsed<()> {
        if self.at("?") {
            return Err(SyntaxError::new(
                "`?` for an optional value, which is not read here,",
                self.next.span,
            ));
        }
        Ok(())
    }

    fn select_or_call(&mut self, operand: Expr) -> Parsed {
        self.refuse_optional()?;
        let (field, end) = match self.next.kind {
            Kind::Word(word) if !RESERVED[..KEYWORDS].contains(&word) => {
                (word, self.advance()?.span)
            }
            Kind::Escaped(name) => {
                let end = self.advance()?.span;
                let span = operand.span.to(end);
                let node = Node::Select {
                    operand: Box::new(operand),
                    field: name.to_owned(),
                };
                return build(node, span);
            }
            _ => return Err(self.unexpected("the name of a field or function")),
        };
        if self.at("(") {
            return self.call(field.to_owned(), operand.span, Some(operand));
        }
        let span = operand.span.to(end);
        let node = Node::Select {
            operand: Box::new(operand),
            field: field.to_owned(),
        };
        build(node, span)
    }

    fn call(&mut self, function: String, start: Span, target: Option<Expr>) -> Parsed {
        let (arguments, end) = self.sequence(")", Self::expression)?;
        let node = Node::Call {
            function,
            target: target.map(Box::new),
            arguments,
        };
        let call = build(node, start.to(end))?;
        match call.try_macro() {
            Some(Err(NotAMacro::HasOfNoField(argument))) => Err(SyntaxError::new(
                "has() of something that is no field",
                argument.span,
            )
            .expecting("a field, as in has(a.b)")),
            Some(Err(NotAMacro::NoVariable(argument))) => Err(SyntaxError::new(
                "a macro without its variable",
                argument.span,
            )
            .expecting("a simple name")),
            _ => Ok(call),
        }
    }

    /// What stands between the bracket that is next and `closing`, separated by commas; one may trail in lists and
    /// maps.
    fn sequence<T>(
        &mut self,
        closing: &str,
        element: impl Fn(&mut Self) -> Parsed<T>,
    ) -> Parsed<(Vec<T>, Span)> {
        let bracket = self.advance()?.span;
        let elements = self.nested(bracket, |parser| {
            let mut elements = Vec::new();
            while !parser.at(closing) {
                parser.refuse_optional()?;
                elements.push(element(parser)?);
                if parser.take(",")?.is_none() {
                    break;
                }
                if closing == ")" && parser.at(closing) {
                    return Err(parser.unexpected("an argument"));
                }
            }
            Ok(elements)
        })?;
        match self.take(closing)? {
            Some(end) => Ok((elements, bracket.to(end))),
            None => Err(self.unexpected(&format!("`,` or `{closing}`"))),
        }
    }

    fn primary(&mut self) -> Parsed {
        let span = self.next.span;
        match self.next.kind {
            Kind::Int(magnitude) => {
                self.advance()?;
                int(i64::try_from(magnitude).ok(), span)
            }
            Kind::Literal(_) => {
                let Kind::Literal(literal) = self.advance()?.kind else {
                    return Err(self.unexpected("a literal"));
                };
                build(Node::Literal(literal), span)
            }
            Kind::Word(word) => self.word(word, span),
            Kind::Symbol("(") => {
                self.advance()?;
                let inner = self.nested(span, Self::expression)?;
                self.expect(")")?;
                Ok(inner)
            }
            Kind::Symbol("[") => {
                let (elements, end) = self.sequence("]", Self::expression)?;
                build(Node::List(elements), span.to(end))
            }
            Kind::Symbol("{") => {
                let (entries, end) = self.sequence("}", |parser| {
                    let key = parser.expression()?;
                    parser.expect(":")?;
                    Ok((key, parser.expression()?))
                })?;
                build(Node::Map(entries), span.to(end))
            }
            Kind::Symbol(".") => {
                self.advance()?;
                match self.next.kind {
                    Kind::Word(word) if !RESERVED.contains(&word) => self.name(word, span, true),
                    _ => Err(self.unexpected("a name")),
                }
            }
            _ => Err(self.unexpected("a value, a name or `(`")),
        }
    }

    fn word(&mut self, word: &'s str, span: Span) -> Parsed {
        let literal = match word {
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "null" => Literal::Null,
            _ if RESERVED.contains(&word) => {
                return Err(
                    SyntaxError::new(format!("`{word}`, a reserved word,"), span)
                        .expecting("a value or a name"),
                );
            }
            _ => return self.name(word, span, false),
        };
        self.advance()?;
        build(Node::Literal(literal), span)
    }

    /// The name that is next: a variable, or a function if a bracket follows.
    fn name(&mut self, name: &str, start: Span, absolute: bool) -> Parsed {
        let end = self.advance()?.span;
        if self.at("(") {
            let dot = if absolute { "." } else { "" };
            return self.call(format!("{dot}{name}"), start, None);
        }
        let node = Node::Ident {
            name: name.to_owned(),
            absolute,
        };
        build(node, start.to(end))
    }
}

fn is_name(expression: &Expr) -> bool {
    match &expression.node {
        Node::Ident { .. } => true,
        Node::Select { operand, .. } => is_name(operand),
        _ => false,
    }
}

fn int(number: Option<i64>, span: Span) -> Parsed {
    let number = number.ok_or_else(|| {
        SyntaxError::new("a number that is too big for an int", span)
            .expecting("at most 9223372036854775807, or a `u` after it")
    })?;
    build(Node::Literal(Literal::Int(number)), span)
}

fn build(node: Node, span: Span) -> Parsed {
    Expr::new(node, span).ok_or_else(|| too_high(span))
}

fn too_high(span: Span) -> SyntaxError {
    SyntaxError::new(
        format!("an expression of more than {MAX_HEIGHT} operations in a row"),
        span,
    )
}

/// Whether `name` can be written as a field without backticks.
pub(super) fn is_plain_field(name: &str) -> bool {
    name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
        && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
        && !RESERVED[..KEYWORDS].contains(&name)
}
