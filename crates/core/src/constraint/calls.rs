//! The types and the price of function calls.

use regex::{Regex, RegexBuilder};

use super::compile::{Compiled, Compiler, Piece, STEPS_PER_OWN_FUNCTION};
use super::functions::{self, Function, Outcome, Parameter, Receiver};
use super::shape::Shape;
use super::{ConstraintError, code, evaluate};
use crate::cel::{Expr, Literal, Node, Span};
use crate::nearest::nearest;

/// The longest regular expression, in bytes.
const MAX_PATTERN_LENGTH: usize = 256;

/// The most memory that one compiled regular expression takes, in bytes.
const MAX_PATTERN_BYTES: usize = 16 * 1024;

/// A regular expression that takes no more than this is small: it has so few states that a text is read at full speed
/// once they are known.
const SMALL_PATTERN_BYTES: usize = 1024;

/// The memory in which a regular expression keeps the states that it has met, in bytes.
const PATTERN_CACHE_BYTES: usize = 512 * 1024;

/// How deep the brackets of a regular expression may nest.
const MAX_PATTERN_NESTING: u32 = 16;

/// Bytes that a small regular expression reads for the price of one step.
const SMALL_PATTERN_BYTES_PER_STEP: u64 = 16;

/// The price of one byte for a regular expression that is not small, in steps: the engine may have to walk all its
/// states for each.
const STEPS_PER_BYTE: u64 = 18;

/// The price of what a function does that turns text into a value or a value into text, or that looks at a calendar.
const STEPS_PER_CONVERSION: u64 = 10;

/// The longest text that a conversion to text makes of a number or a time, in bytes.
const CONVERTED_BYTES: u64 = 64;

/// Compiles a call that is no macro.
pub(super) fn call(compiler: &mut Compiler<'_>, expression: &Expr) -> Compiled {
    let Node::Call {
        function: name,
        target,
        arguments,
    } = &expression.node
    else {
        return Err(ConstraintError::new("no call", expression.span));
    };
    if functions::named(name).next().is_none() {
        return Err(unknown(name, arguments.len(), expression.span));
    }
    let receiver = match target {
        Some(target) => Some(compiler.expression(target)?),
        None => None,
    };
    let mut pieces = Vec::with_capacity(arguments.len());
    for argument in arguments {
        pieces.push(compiler.expression(argument)?);
    }
    let function = functions::named(name)
        .find(|function| fits(function, receiver.as_ref(), &pieces))
        .ok_or_else(|| misused(name, receiver.as_ref(), &pieces, expression.span))?;
    for (parameter, argument) in function.parameters.iter().zip(arguments) {
        let is_text_of_time = *parameter == Parameter::TimeText && !is_time(&pieces, function);
        if (parameter.is_written_out() || is_text_of_time)
            && !matches!(argument.node, Node::Literal(Literal::String(_)))
        {
            return Err(ConstraintError::new(
                format!("{} must be written out, as a string", described(*parameter)),
                argument.span,
            ));
        }
    }
    finish(compiler, function, receiver, pieces, arguments)
}

fn is_time(pieces: &[Piece], function: &Function) -> bool {
    let outcome = match function.outcome {
        Outcome::Timestamp => Shape::Timestamp,
        _ => Shape::Duration,
    };
    pieces.first().is_some_and(|piece| piece.shape == outcome)
}

fn described(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Pattern => "a regular expression",
        Parameter::Template => "the template of extract()",
        Parameter::Zone => "a time zone",
        _ => "a point in time or a length of time",
    }
}

fn fits(function: &Function, receiver: Option<&Piece>, arguments: &[Piece]) -> bool {
    function.receiver.takes(receiver.map(|piece| &piece.shape))
        && function.parameters.len() == arguments.len()
        && function
            .parameters
            .iter()
            .zip(arguments)
            .all(|(parameter, argument)| parameter.takes(&argument.shape, function.name))
}

fn unknown(name: &str, arguments: usize, span: Span) -> ConstraintError {
    let shown = crate::justification::printable(name, 40);
    if functions::MACROS.contains(&name) {
        return ConstraintError::new(format!("`{shown}` with {arguments} arguments"), span)
            .hint("write has(input.x), list.all(x, …), list.exists(x, …), list.filter(x, …) or list.map(x, …)");
    }
    let known = functions::all()
        .map(|function| function.name)
        .chain(functions::MACROS);
    ConstraintError::new(format!("there is no function `{shown}`"), span)
        .maybe_hint(nearest(name, known).map(|nearest| format!("did you mean `{nearest}`?")))
}

/// The function is there, but not for these values.
fn misused(
    name: &str,
    receiver: Option<&Piece>,
    arguments: &[Piece],
    span: Span,
) -> ConstraintError {
    let shapes: Vec<String> = arguments
        .iter()
        .map(|piece| piece.shape.to_string())
        .collect();
    let written = match receiver {
        Some(receiver) => format!("{}.{name}({})", receiver.shape, shapes.join(", ")),
        None => format!("{name}({})", shapes.join(", ")),
    };
    let usages: Vec<String> = functions::named(name).map(usage).collect();
    ConstraintError::new(format!("there is no {written}"), span)
        .hint(format!("there is {}", usages.join(", ")))
}

/// `string.contains(string)`
fn usage(function: &Function) -> String {
    let receiver = match function.receiver {
        Receiver::None => "",
        Receiver::String => "string.",
        Receiver::Timestamp => "timestamp.",
        Receiver::Duration => "duration.",
        Receiver::Sized => "list.",
    };
    let parameters: Vec<&str> = function
        .parameters
        .iter()
        .map(|parameter| match parameter {
            Parameter::String | Parameter::TimeText => "string",
            Parameter::Pattern => "'regular expression'",
            Parameter::Template => "'a{part}b'",
            Parameter::Zone => "'Europe/Berlin'",
            Parameter::Sized => "list",
            Parameter::Convertible => "value",
        })
        .collect();
    format!("{receiver}{}({})", function.name, parameters.join(", "))
}

fn finish(
    compiler: &mut Compiler<'_>,
    function: &Function,
    receiver: Option<Piece>,
    pieces: Vec<Piece>,
    arguments: &[Expr],
) -> Compiled {
    // What the function is about: the receiver, else the first argument.
    let subject = receiver.as_ref().or(pieces.first());
    let length = match subject.map(|piece| &piece.shape) {
        Some(Shape::String(length) | Shape::Bytes(length)) => *length,
        _ => 0,
    };
    let weight = subject.map_or(1, |piece| piece.shape.weight());
    let constant = receiver.iter().chain(&pieces).all(|piece| piece.constant);
    let steps = receiver
        .iter()
        .chain(&pieces)
        .fold(0_u64, |steps, piece| steps.saturating_add(piece.steps));
    let shape = match function.outcome {
        Outcome::Bool => Shape::Bool,
        Outcome::Int => Shape::Int,
        Outcome::Uint => Shape::Uint,
        Outcome::Double => Shape::Double,
        Outcome::Timestamp => Shape::Timestamp,
        Outcome::Duration => Shape::Duration,
        Outcome::Text => Shape::String(length.max(CONVERTED_BYTES)),
    };
    let is_written_out = function
        .parameters
        .last()
        .filter(|last| last.is_written_out());
    let own = match (is_written_out, function.outcome) {
        (Some(Parameter::Template), _) | (None, Outcome::Text) => {
            weight.saturating_add(STEPS_PER_OWN_FUNCTION)
        }
        (Some(Parameter::Zone), _) => STEPS_PER_CONVERSION,
        _ if function
            .parameters
            .iter()
            .any(|parameter| matches!(parameter, Parameter::Convertible | Parameter::TimeText)) =>
        {
            weight.saturating_add(STEPS_PER_CONVERSION)
        }
        // Only texts are walked; the length of a list is known.
        _ if length > 0 => weight,
        _ => 1,
    };
    let written = match arguments
        .last()
        .map(|argument| (&argument.node, argument.span))
    {
        Some((Node::Literal(Literal::String(text)), span)) => Some((text.as_str(), span)),
        _ => None,
    };
    let code = match (is_written_out, written) {
        (Some(Parameter::Pattern), Some((pattern, span))) => {
            let (pattern, is_small) = compile_pattern(pattern, span)?;
            let length = length.min(evaluate::MAX_MATCHED_BYTES as u64);
            let reading = if is_small {
                length / SMALL_PATTERN_BYTES_PER_STEP
            } else {
                length.saturating_mul(STEPS_PER_BYTE)
            };
            let number = compiler.keep_pattern(pattern);
            let text = receiver
                .or_else(|| pieces.into_iter().next())
                .map(|piece| piece.code);
            return Ok(Piece {
                code: code::call(
                    evaluate::MATCHES,
                    text.into_iter().chain([code::int(number)]).collect(),
                ),
                shape,
                steps: steps
                    .saturating_add(reading)
                    .saturating_add(STEPS_PER_OWN_FUNCTION),
                constant,
            });
        }
        (Some(Parameter::Template), Some((template, span))) => {
            let (before, after) = split_template(template, span)?;
            let text = receiver.map(|piece| piece.code);
            let parts = [code::text(before), code::text(after)];
            code::call(evaluate::EXTRACT, text.into_iter().chain(parts).collect())
        }
        (None, Some((length, span)))
            if function.name == "duration" && !is_length_of_time(length) =>
        {
            return Err(ConstraintError::new(
                "this is no length of time, such as 1h30m",
                span,
            ));
        }
        (Some(Parameter::Zone), Some((zone, span))) if !evaluate::is_zone(zone) => {
            return Err(ConstraintError::new(
                format!(
                    "there is no time zone `{}`",
                    crate::justification::printable(zone, 40)
                ),
                span,
            )
            .hint("write a name such as Europe/Berlin, or an offset such as +01:00"));
        }
        _ => {
            let arguments = pieces.into_iter().map(|piece| piece.code).collect();
            match receiver {
                Some(receiver) => code::member_call(receiver.code, function.name, arguments),
                None => code::call(function.name, arguments),
            }
        }
    };
    Ok(Piece {
        code,
        shape,
        steps: steps.saturating_add(own).saturating_add(1),
        constant,
    })
}

/// cel-spec: a number with a unit, any number of times, with a sign before them all; or 0. The evaluating crate reads as
/// far as it understands, and takes `1hx` for an hour.
fn is_length_of_time(text: &str) -> bool {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut parts = 0;
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let has_number = rest.len() > number.len();
        let unit = ["ns", "us", "ms", "h", "m", "s"]
            .into_iter()
            .find_map(|unit| number.strip_prefix(unit));
        let (true, Some(after)) = (has_number, unit) else {
            return false;
        };
        rest = after;
        parts += 1;
    }
    parts > 0
}

/// A compiled regular expression, and whether it is small.
fn compile_pattern(pattern: &str, span: Span) -> Compiled<(Regex, bool)> {
    if pattern.len() > MAX_PATTERN_LENGTH {
        let message = format!("a regular expression of more than {MAX_PATTERN_LENGTH} bytes");
        return Err(ConstraintError::new(message, span));
    }
    let pattern = with_ascii_classes(pattern);
    let build = |most: usize| {
        RegexBuilder::new(&pattern)
            .size_limit(most)
            .dfa_size_limit(PATTERN_CACHE_BYTES)
            .nest_limit(MAX_PATTERN_NESTING)
            .build()
    };
    if let Ok(small) = build(SMALL_PATTERN_BYTES) {
        return Ok((small, true));
    }
    match build(MAX_PATTERN_BYTES) {
        Ok(pattern) => Ok((pattern, false)),
        Err(regex::Error::CompiledTooBig(_)) => Err(ConstraintError::new(
            "a regular expression that is too big",
            span,
        )
        .hint("repeat less, and name fewer letters at once")),
        Err(error) => {
            // The last line says what is wrong; those before draw the place.
            let text = error.to_string();
            let reason = text
                .lines()
                .last()
                .unwrap_or_default()
                .trim_start_matches("error: ");
            Err(ConstraintError::new(
                format!("this is no regular expression: {reason}"),
                span,
            ))
        }
    }
}

/// The pattern with `\d`, `\s`, `\w`, `\b` and their opposites as RE2 reads them, whose syntax CEL takes over: ASCII
/// only. (With all of Unicode, `\w` alone would be too big.)
fn with_ascii_classes(pattern: &str) -> String {
    let mut ascii = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            ascii.push(c);
            continue;
        }
        match characters.next() {
            Some('d') => ascii.push_str("[0-9]"),
            Some('D') => ascii.push_str("[^0-9]"),
            Some('s') => ascii.push_str("[\\t\\n\\f\\r ]"),
            Some('S') => ascii.push_str("[^\\t\\n\\f\\r ]"),
            Some('w') => ascii.push_str("[0-9A-Za-z_]"),
            Some('W') => ascii.push_str("[^0-9A-Za-z_]"),
            Some('b') => ascii.push_str("(?-u:\\b)"),
            other => {
                ascii.push('\\');
                ascii.extend(other);
            }
        }
    }
    ascii
}

/// `before{part}after`: what stands around the part (Google's `extract()`: one placeholder).
fn split_template(template: &str, span: Span) -> Compiled<(&str, &str)> {
    let wrong = || {
        ConstraintError::new("the template of extract() has one {name} in it", span)
            .hint("write text.extract('projects/{project}/')")
    };
    let (before, rest) = template.split_once('{').ok_or_else(wrong)?;
    let (name, after) = rest.split_once('}').ok_or_else(wrong)?;
    let is_name = !name.is_empty() && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric());
    if !is_name || before.contains('}') || after.contains(['{', '}']) {
        return Err(wrong());
    }
    Ok((before, after))
}
