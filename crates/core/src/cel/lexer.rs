//! Source text to tokens, one at a time. Space and comments end here.

use super::literal::{self, Quoted};
use super::{Literal, Span, SyntaxError};

/// A token with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token<'s> {
    pub(super) kind: Kind<'s>,
    pub(super) span: Span,
}

/// The kinds of token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind<'s> {
    /// A name or a word of the language.
    Word(&'s str),
    /// A name between backticks.
    Escaped(&'s str),
    /// The digits of an int, without a sign: -9223372036854775808 needs it.
    Int(u64),
    /// Any other literal that is one token.
    Literal(Literal),
    /// `(`, `&&` and the like.
    Symbol(&'static str),
    End,
}

impl Kind<'_> {
    /// As a person would call it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Word(word) => format!("`{}`", shorten(word)),
            Self::Escaped(_) => "a name between backticks".into(),
            Self::Int(number) => format!("the number {number}"),
            Self::Literal(Literal::String(_)) => "a string".into(),
            Self::Literal(Literal::Bytes(_)) => "a bytes literal".into(),
            Self::Literal(_) => "a number".into(),
            Self::Symbol(symbol) => format!("`{symbol}`"),
            Self::End => "the end".into(),
        }
    }
}

/// Names are shown up to this many characters.
const SHOWN_NAME: usize = 40;

fn shorten(name: &str) -> String {
    match name.char_indices().nth(SHOWN_NAME) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_owned(),
    }
}

/// The symbol that begins here, the longest one.
fn symbol(text: &str) -> Option<&'static str> {
    let bytes = text.as_bytes();
    Some(match (bytes.first()?, bytes.get(1)) {
        (b'=', Some(b'=')) => "==",
        (b'!', Some(b'=')) => "!=",
        (b'<', Some(b'=')) => "<=",
        (b'>', Some(b'=')) => ">=",
        (b'&', Some(b'&')) => "&&",
        (b'|', Some(b'|')) => "||",
        (b'(', _) => "(",
        (b')', _) => ")",
        (b'[', _) => "[",
        (b']', _) => "]",
        (b'{', _) => "{",
        (b'}', _) => "}",
        (b'.', _) => ".",
        (b',', _) => ",",
        (b'?', _) => "?",
        (b':', _) => ":",
        (b'!', _) => "!",
        (b'-', _) => "-",
        (b'+', _) => "+",
        (b'*', _) => "*",
        (b'/', _) => "/",
        (b'%', _) => "%",
        (b'<', _) => "<",
        (b'>', _) => ">",
        _ => return None,
    })
}

pub(super) struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    fn skip_space_and_comments(&mut self) {
        loop {
            let rest = self
                .rest()
                .trim_start_matches([' ', '\t', '\r', '\n', '\u{c}']);
            self.at = self.source.len() - rest.len();
            if !rest.starts_with("//") {
                return;
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    /// The next token.
    pub(super) fn next(&mut self) -> Result<Token<'s>, SyntaxError> {
        self.skip_space_and_comments();
        let start = self.at;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(self.token(Kind::End, start));
        };
        if let Some(quoted) = Quoted::begin(rest) {
            let (literal, length) = quoted.read(rest, start)?;
            self.at += length;
            return Ok(self.token(Kind::Literal(literal), start));
        }
        if first == '_' || first.is_ascii_alphabetic() {
            let length = rest
                .find(|c: char| c != '_' && !c.is_ascii_alphanumeric())
                .unwrap_or(rest.len());
            self.at += length;
            return Ok(self.token(Kind::Word(&rest[..length]), start));
        }
        if first.is_ascii_digit()
            || first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())
        {
            let (kind, length) = literal::number(rest, start)?;
            self.at += length;
            return Ok(self.token(kind, start));
        }
        if first == '`' {
            return self.escaped_name();
        }
        if let Some(symbol) = symbol(rest) {
            self.at += symbol.len();
            return Ok(self.token(Kind::Symbol(symbol), start));
        }
        self.at += first.len_utf8();
        let here = Span {
            start,
            end: self.at,
        };
        Err(match first {
            '=' => SyntaxError::new("a single `=`", here).expecting("`==`"),
            '&' => SyntaxError::new("a single `&`", here).expecting("`&&`"),
            '|' => SyntaxError::new("a single `|`", here).expecting("`||`"),
            _ if first.is_control() || !first.is_ascii() => SyntaxError::new(
                format!("the character U+{:04X} outside a string", u32::from(first)),
                here,
            ),
            _ => SyntaxError::new(format!("the character `{first}`"), here),
        })
    }

    fn token(&self, kind: Kind<'s>, start: usize) -> Token<'s> {
        Token {
            kind,
            span: Span {
                start,
                end: self.at,
            },
        }
    }

    /// cel-spec: an escaped identifier is one or more of letters, digits and `_ . - / space`, between backticks.
    fn escaped_name(&mut self) -> Result<Token<'s>, SyntaxError> {
        let start = self.at;
        let rest = &self.rest()[1..];
        let length = rest.find(|c| !is_escapable(c)).unwrap_or(rest.len());
        if length == 0 || !rest[length..].starts_with('`') {
            let here = Span {
                start,
                end: start + 1 + length,
            };
            return Err(
                SyntaxError::new("a name between backticks that does not end", here).expecting(
                    "letters, digits, `_`, `.`, `-`, `/` or spaces, and a closing backtick",
                ),
            );
        }
        self.at += length + 2;
        Ok(self.token(Kind::Escaped(&rest[..length]), start))
    }
}

/// Whether a name between backticks may hold this character.
pub(super) fn is_escapable(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ' ')
}
