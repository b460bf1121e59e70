//! Literals: numbers, and strings in all their spellings (cel-spec, langdef.md, "Syntax").

use super::lexer::Kind;
use super::{Literal, Span, SyntaxError};

/// The opening of a string or bytes literal.
#[derive(Clone, Copy)]
pub(super) struct Quoted {
    bytes: bool,
    raw: bool,
    triple: bool,
    quote: char,
    /// Length of prefix and opening quotes.
    opening: usize,
}

impl Quoted {
    /// Reads `'`, `"`, `'''`, `"""` with a prefix of `r`, `b` or `br` in either case; `None` if no such thing is here.
    pub(super) fn begin(text: &str) -> Option<Self> {
        let mut rest = text;
        let mut take = |letters: [char; 2]| {
            let shorter = rest.strip_prefix(letters);
            rest = shorter.unwrap_or(rest);
            shorter.is_some()
        };
        let bytes = take(['b', 'B']);
        let raw = take(['r', 'R']);
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let triple = rest[1..].starts_with(quote) && rest[2..].starts_with(quote);
        let opening = text.len() - rest.len() + if triple { 3 } else { 1 };
        Some(Self {
            bytes,
            raw,
            triple,
            quote,
            opening,
        })
    }

    /// The value and the length of the whole literal; `start` is where `text` stands in the source.
    pub(super) fn read(self, text: &str, start: usize) -> Result<(Literal, usize), SyntaxError> {
        let mut value = Value::new(self.bytes);
        let mut at = self.opening;
        let closing = if self.triple { 3 } else { 1 };
        while let Some(c) = text[at..].chars().next() {
            let here = Span {
                start: start + at,
                end: start + at + c.len_utf8(),
            };
            if c == self.quote && (!self.triple || is_triple(&text[at..], self.quote)) {
                return Ok((value.finish(), at + closing));
            }
            if !self.triple && matches!(c, '\n' | '\r') {
                return Err(SyntaxError::new("the line ends in a string", here)
                    .expecting(format!("a closing {}, or `\\n`", self.quote)));
            }
            if c == '\\' && !self.raw {
                at += escape(&text[at..], start + at, &mut value)?;
            } else {
                value.push(c);
                at += c.len_utf8();
            }
        }
        let opened = Span {
            start,
            end: start + self.opening,
        };
        Err(
            SyntaxError::new("a string that does not end", opened).expecting(format!(
                "a closing {}",
                self.quote.to_string().repeat(closing)
            )),
        )
    }
}

fn is_triple(text: &str, quote: char) -> bool {
    text.chars().take(3).filter(|c| *c == quote).count() == 3
}

/// A string or bytes under construction.
enum Value {
    String(String),
    Bytes(Vec<u8>),
}

impl Value {
    fn new(bytes: bool) -> Self {
        if bytes {
            Self::Bytes(Vec::new())
        } else {
            Self::String(String::new())
        }
    }

    fn push(&mut self, c: char) {
        match self {
            Self::String(text) => text.push(c),
            Self::Bytes(bytes) => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }

    fn finish(self) -> Literal {
        match self {
            Self::String(text) => Literal::String(text),
            Self::Bytes(bytes) => Literal::Bytes(bytes),
        }
    }
}

/// Reads one escape sequence, whose length is returned.
fn escape(text: &str, start: usize, value: &mut Value) -> Result<usize, SyntaxError> {
    let wrong = |message: &str, length: usize, expected: &str| {
        let end = start + length.min(text.len());
        Err(SyntaxError::new(message, Span { start, end }).expecting(expected))
    };
    let Some(letter) = text[1..].chars().next() else {
        return wrong("a backslash at the end", 1, "an escape sequence");
    };
    let simple = match letter {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '?' | '"' | '\'' | '`' => letter,
        'x' | 'X' | 'u' | 'U' | '0'..='3' => {
            return numeric_escape(text, letter, value)
                .ok_or_else(|| wrong_escape(start, text, letter));
        }
        _ => {
            return wrong(
                "an escape sequence that CEL does not have",
                1 + letter.len_utf8(),
                "one of \\a \\b \\f \\n \\r \\t \\v \\\\ \\? \\\" \\' \\` \\xHH \\uHHHH \\UHHHHHHHH \\OOO",
            );
        }
    };
    value.push(simple);
    Ok(2)
}

fn wrong_escape(start: usize, text: &str, letter: char) -> SyntaxError {
    let expected = match letter {
        'x' | 'X' => "two hexadecimal digits",
        'u' => "four hexadecimal digits of a character, in a string",
        'U' => "eight hexadecimal digits of a character, in a string",
        _ => "three octal digits, \\000 to \\377",
    };
    let end = start + 2.min(text.len());
    SyntaxError::new("an incomplete escape sequence", Span { start, end }).expecting(expected)
}

/// `\xHH`, `\uHHHH`, `\UHHHHHHHH` and `\OOO`: code points in a string; in bytes `\x` and `\O` are bytes, and the
/// Unicode ones do not exist.
fn numeric_escape(text: &str, letter: char, value: &mut Value) -> Option<usize> {
    let (skip, digits, radix) = match letter {
        'x' | 'X' => (2, 2, 16),
        'u' => (2, 4, 16),
        'U' => (2, 8, 16),
        _ => (1, 3, 8),
    };
    let written = text.get(skip..skip + digits)?;
    if !written.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let code = u32::from_str_radix(written, radix).ok()?;
    match value {
        Value::Bytes(_) if matches!(letter, 'u' | 'U') => return None,
        Value::Bytes(bytes) => bytes.push(u8::try_from(code).ok()?),
        Value::String(text) => text.push(char::from_u32(code)?),
    }
    Some(skip + digits)
}

/// Reads a number without its sign. A fraction needs digits after the dot: `1.size()` is a call.
pub(super) fn number(text: &str, start: usize) -> Result<(Kind<'static>, usize), SyntaxError> {
    let count = |from: usize, wanted: fn(&u8) -> bool| {
        text.as_bytes()[from..]
            .iter()
            .take_while(|byte| wanted(byte))
            .count()
    };
    let followed_by = |at: usize, wanted: &[u8]| {
        text.as_bytes()
            .get(at)
            .is_some_and(|byte| wanted.contains(byte))
    };
    let too_big = |length: usize| {
        let span = Span {
            start,
            end: start + length,
        };
        SyntaxError::new("a number that is too big", span)
    };
    if text.starts_with("0x") || text.starts_with("0X") {
        let digits = count(2, u8::is_ascii_hexdigit);
        if digits > 0 {
            let end = 2 + digits;
            let number = u64::from_str_radix(&text[2..end], 16).map_err(|_| too_big(end))?;
            return Ok(integer(number, end, followed_by(end, b"uU")));
        }
    }
    let whole = count(0, u8::is_ascii_digit);
    let mut end = whole;
    let mut is_double = false;
    if followed_by(end, b".") {
        let fraction = count(end + 1, u8::is_ascii_digit);
        if fraction > 0 {
            is_double = true;
            end += 1 + fraction;
        }
    }
    if followed_by(end, b"eE") {
        let sign = usize::from(followed_by(end + 1, b"+-"));
        let exponent = count(end + 1 + sign, u8::is_ascii_digit);
        if exponent > 0 {
            is_double = true;
            end += 1 + sign + exponent;
        }
    }
    if is_double {
        let number: f64 = text[..end].parse().map_err(|_| too_big(end))?;
        if !number.is_finite() {
            return Err(too_big(end));
        }
        return Ok((Kind::Literal(Literal::Double(number)), end));
    }
    let number = text[..end].parse().map_err(|_| too_big(end))?;
    Ok(integer(number, end, followed_by(end, b"uU")))
}

fn integer(number: u64, end: usize, unsigned: bool) -> (Kind<'static>, usize) {
    if unsigned {
        (Kind::Literal(Literal::Uint(number)), end + 1)
    } else {
        (Kind::Int(number), end)
    }
}
