//! The functions that a constraint may call.

use super::shape::Shape;

/// What a function is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Receiver {
    /// Nothing: `size(x)`.
    None,
    String,
    Timestamp,
    Duration,
    /// Anything that has a length.
    Sized,
}

/// What an argument must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter {
    String,
    /// A regular expression, written out.
    Pattern,
    /// A template for `extract`, written out.
    Template,
    /// The name of a time zone, written out.
    Zone,
    /// A point in time or a length of time as text, written out, or a value that is one already.
    TimeText,
    /// Anything that has a length.
    Sized,
    /// Anything that can be made a number, a text or a truth value of.
    Convertible,
}

/// What comes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Bool,
    Int,
    Uint,
    Double,
    Timestamp,
    Duration,
    /// A text no longer than the receiver, or than the first argument.
    Text,
}

/// One function.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) receiver: Receiver,
    pub(super) parameters: &'static [Parameter],
    pub(super) outcome: Outcome,
}

const fn function(
    name: &'static str,
    receiver: Receiver,
    parameters: &'static [Parameter],
    outcome: Outcome,
) -> Function {
    Function {
        name,
        receiver,
        parameters,
        outcome,
    }
}

macro_rules! time_getters {
    ($($name:literal),*) => {
        [$(
            function($name, Receiver::Timestamp, &[], Outcome::Int),
            function($name, Receiver::Timestamp, &[Parameter::Zone], Outcome::Int),
        )*]
    };
}

/// Parts of a point in time, in UTC or in a zone (cel-spec: `getDate` counts days from 1, `getDayOfMonth` and
/// `getMonth` from 0, `getDayOfWeek` from Sunday, 0).
static TIME_GETTERS: [Function; 20] = time_getters![
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds"
];

static OTHERS: [Function; 22] = [
    function(
        "contains",
        Receiver::String,
        &[Parameter::String],
        Outcome::Bool,
    ),
    function(
        "startsWith",
        Receiver::String,
        &[Parameter::String],
        Outcome::Bool,
    ),
    function(
        "endsWith",
        Receiver::String,
        &[Parameter::String],
        Outcome::Bool,
    ),
    function(
        "matches",
        Receiver::String,
        &[Parameter::Pattern],
        Outcome::Bool,
    ),
    function(
        "matches",
        Receiver::None,
        &[Parameter::String, Parameter::Pattern],
        Outcome::Bool,
    ),
    function(
        "extract",
        Receiver::String,
        &[Parameter::Template],
        Outcome::Text,
    ),
    function("lowerAscii", Receiver::String, &[], Outcome::Text),
    function("upperAscii", Receiver::String, &[], Outcome::Text),
    function("trim", Receiver::String, &[], Outcome::Text),
    function("size", Receiver::Sized, &[], Outcome::Int),
    function("size", Receiver::None, &[Parameter::Sized], Outcome::Int),
    function("getHours", Receiver::Duration, &[], Outcome::Int),
    function("getMinutes", Receiver::Duration, &[], Outcome::Int),
    function("getSeconds", Receiver::Duration, &[], Outcome::Int),
    function("getMilliseconds", Receiver::Duration, &[], Outcome::Int),
    function(
        "timestamp",
        Receiver::None,
        &[Parameter::TimeText],
        Outcome::Timestamp,
    ),
    function(
        "duration",
        Receiver::None,
        &[Parameter::TimeText],
        Outcome::Duration,
    ),
    function(
        "int",
        Receiver::None,
        &[Parameter::Convertible],
        Outcome::Int,
    ),
    function(
        "uint",
        Receiver::None,
        &[Parameter::Convertible],
        Outcome::Uint,
    ),
    function(
        "double",
        Receiver::None,
        &[Parameter::Convertible],
        Outcome::Double,
    ),
    function(
        "string",
        Receiver::None,
        &[Parameter::Convertible],
        Outcome::Text,
    ),
    function(
        "bool",
        Receiver::None,
        &[Parameter::Convertible],
        Outcome::Bool,
    ),
];

/// The macros, for suggestions.
pub(super) const MACROS: [&str; 6] = ["has", "all", "exists", "exists_one", "filter", "map"];

/// All that are called so.
pub(super) fn named(name: &str) -> impl Iterator<Item = &'static Function> {
    all().filter(move |function| function.name == name)
}

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static Function> {
    TIME_GETTERS.iter().chain(&OTHERS)
}

impl Receiver {
    pub(super) fn takes(self, target: Option<&Shape>) -> bool {
        match (self, target) {
            (Self::None, None)
            | (Self::String, Some(Shape::String(_)))
            | (Self::Timestamp, Some(Shape::Timestamp))
            | (Self::Duration, Some(Shape::Duration)) => true,
            (Self::Sized, Some(shape)) => is_sized(shape),
            _ => false,
        }
    }
}

/// Whether `size` answers for such a value.
pub(super) fn is_sized(shape: &Shape) -> bool {
    matches!(
        shape,
        Shape::String(_) | Shape::Bytes(_) | Shape::List(..) | Shape::Map(..)
    )
}

impl Parameter {
    /// Whether such a value can stand here; `conversion` is the function's name.
    pub(super) fn takes(self, shape: &Shape, conversion: &str) -> bool {
        match self {
            Self::String | Self::Pattern | Self::Template | Self::Zone => {
                matches!(shape, Shape::String(_))
            }
            Self::Sized => is_sized(shape),
            Self::TimeText => match shape {
                Shape::String(_) => true,
                Shape::Timestamp => conversion == "timestamp",
                Shape::Duration => conversion == "duration",
                _ => false,
            },
            Self::Convertible => match conversion {
                "int" => matches!(shape, Shape::String(_) | Shape::Timestamp) || shape.is_number(),
                "uint" | "double" => matches!(shape, Shape::String(_)) || shape.is_number(),
                "bool" => matches!(shape, Shape::String(_) | Shape::Bool),
                _ => {
                    matches!(
                        shape,
                        Shape::String(_) | Shape::Bool | Shape::Timestamp | Shape::Duration
                    ) || shape.is_number()
                }
            },
        }
    }

    /// Whether the argument must be a literal string.
    pub(super) fn is_written_out(self) -> bool {
        matches!(self, Self::Pattern | Self::Template | Self::Zone)
    }
}
