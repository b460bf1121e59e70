//! The type of a value, with how big it can get.

use std::fmt;

/// What is known of a value before there is one: its type, and the most that it can hold. The bounds make the cost of
/// an expression known when it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shape {
    Bool,
    Int,
    Uint,
    Double,
    Null,
    Timestamp,
    Duration,
    /// A text of at most so many bytes.
    String(u64),
    /// At most so many bytes.
    Bytes(u64),
    /// At most so many elements.
    List(u64, Box<Shape>),
    /// At most so many entries.
    Map(u64, Box<Shape>, Box<Shape>),
    /// What an empty list or map holds.
    Nothing,
}

/// Bytes that are copied or compared for the price of one step.
const BYTES_PER_STEP: u64 = 64;

/// The price of one value in a list, in steps.
const STEPS_PER_VALUE: u64 = 1;

impl Shape {
    /// The steps that it takes to copy or compare such a value as a whole.
    pub(super) fn weight(&self) -> u64 {
        match self {
            Self::String(length) | Self::Bytes(length) => STEPS_PER_VALUE + length / BYTES_PER_STEP,
            Self::List(length, element) => {
                STEPS_PER_VALUE.saturating_add(length.saturating_mul(element.weight()))
            }
            Self::Map(length, key, value) => STEPS_PER_VALUE
                .saturating_add(length.saturating_mul(key.weight().saturating_add(value.weight()))),
            _ => STEPS_PER_VALUE,
        }
    }

    /// The shape that fits both, if they are of one type.
    pub(super) fn join(&self, other: &Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::String(a), Self::String(b)) => Self::String(*a.max(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Self::Bytes(*a.max(b)),
            (Self::List(a, element), Self::List(b, other)) => {
                Self::List(*a.max(b), Box::new(element.join(other)?))
            }
            (Self::Map(a, key, value), Self::Map(b, other_key, other_value)) => Self::Map(
                *a.max(b),
                Box::new(key.join(other_key)?),
                Box::new(value.join(other_value)?),
            ),
            (Self::Nothing, any) | (any, Self::Nothing) => any.clone(),
            _ if self == other => self.clone(),
            _ => return None,
        })
    }

    /// Whether such values have an order.
    pub(super) fn is_ordered(&self) -> bool {
        !matches!(
            self,
            Self::Null | Self::List(..) | Self::Map(..) | Self::Nothing
        )
    }

    /// The type with its article, for messages.
    pub(super) fn named(&self) -> String {
        match self {
            Self::Int => "an int".into(),
            Self::Null | Self::Nothing => self.to_string(),
            _ => format!("a {self}"),
        }
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Uint | Self::Double)
    }

    /// Whether a map can have such keys (cel-spec: int, uint, bool, string).
    pub(super) fn is_key(&self) -> bool {
        matches!(
            self,
            Self::Int | Self::Uint | Self::Bool | Self::String(_) | Self::Nothing
        )
    }
}

/// The name of the type, as CEL calls it.
impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::Null => "null",
            Self::Timestamp => "timestamp",
            Self::Duration => "duration",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_, element) if **element == Self::Nothing => "list",
            Self::List(_, element) => return write!(f, "list of {element}"),
            Self::Map(_, key, value) if **key == Self::Nothing && **value == Self::Nothing => "map",
            Self::Map(_, key, value) => return write!(f, "map of {key} to {value}"),
            Self::Nothing => "nothing",
        })
    }
}
