//! Any YAML document, with the place of every part.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A part of a document.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Nothing at all, or `null`.
    Nothing,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Whole(i128),
    /// Any other scalar.
    Text(String),
    /// A list.
    List(Vec<Spanned<Node>>),
    /// Fields, in their order.
    Fields(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl Node {
    /// A scalar as it may be written.
    pub(super) fn scalar(&self) -> Option<String> {
        match self {
            Self::Flag(value) => Some(value.to_string()),
            Self::Whole(value) => Some(value.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Nothing | Self::List(_) | Self::Fields(_) => None,
        }
    }

    /// What it is, in words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Nothing => "nothing".into(),
            Self::List(_) => "a list".into(),
            Self::Fields(_) => "named fields".into(),
            scalar => {
                let text = scalar.scalar().unwrap_or_default();
                format!("'{}'", crate::justification::printable(&text, 60))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, a list or named fields")
            }

            fn visit_unit<E: Error>(self) -> Result<Node, E> {
                Ok(Node::Nothing)
            }

            fn visit_none<E: Error>(self) -> Result<Node, E> {
                Ok(Node::Nothing)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
                Node::deserialize(deserializer)
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Flag(value))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
                Ok(Node::Whole(value.into()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
                Ok(Node::Whole(value.into()))
            }

            fn visit_i128<E: Error>(self, value: i128) -> Result<Node, E> {
                Ok(Node::Whole(value))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
                Ok(Node::Text(value.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
                Ok(Node::Text(text.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = entries.next_element()? {
                    list.push(entry);
                }
                Ok(Node::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
                let mut fields = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    fields.push(entry);
                }
                Ok(Node::Fields(fields))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
