//! A YAML document as a tree in which everything knows its place, so that each mistake can be told where it is.

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use crate::import::report::{Gathering, Place, shown};

/// The code of everything that is no YAML.
const INVALID_SYNTAX: &str = "FILE_INVALID_SYNTAX";

/// The code of fields that do not belong where they are.
const UNKNOWN_PROPERTY: &str = "FILE_UNKNOWN_PROPERTY";

/// A value without its place.
#[derive(Debug)]
pub(super) enum Tree {
    Null,
    Scalar(String),
    List(Vec<Spanned<Tree>>),
    Map(Vec<(Spanned<String>, Spanned<Tree>)>),
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Tree;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a value")
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.to_string()))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Tree, E> {
                Ok(Tree::Scalar(value.to_owned()))
            }

            fn visit_unit<E: Error>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_none<E: Error>(self) -> Result<Tree, E> {
                Ok(Tree::Null)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Tree::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Tree, A::Error> {
                let mut map = Vec::new();
                while let Some(field) = fields.next_entry()? {
                    map.push(field);
                }
                Ok(Tree::Map(map))
            }
        }

        deserializer.deserialize_any(Any)
    }
}

fn located(place: &Place, location: Location) -> Place {
    Place {
        position: (location.line() > 0).then(|| (location.line(), location.column())),
        ..place.clone()
    }
}

/// A mapping that is emptied while it is read.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) place: Place,
    unread: Vec<(Spanned<String>, Spanned<Tree>)>,
}

/// The document's mapping; mistakes of form are told.
pub(super) fn document(file: &str, text: &str, gathering: &mut Gathering) -> Option<Section> {
    let place = Place::file(file);
    match crate::yaml::read::<Spanned<Tree>>(text, crate::yaml::MAX_NODES) {
        Ok(Spanned {
            value: Tree::Null, ..
        }) => {
            gathering.wrong(&place, "the file is empty").code = Some(UNKNOWN_PROPERTY);
            None
        }
        Ok(node) => Value { node, place }.section(gathering),
        Err(error) => {
            let place = error
                .location()
                .map_or_else(|| place.clone(), |at| located(&place, at));
            let message = error.to_string();
            let first = message.lines().next().unwrap_or_default();
            gathering.wrong(&place, first.trim_end_matches(':')).code = Some(INVALID_SYNTAX);
            None
        }
    }
}

/// A value with its place.
#[derive(Debug)]
pub(super) struct Value {
    node: Spanned<Tree>,
    pub(super) place: Place,
}

impl Value {
    /// It as a mapping.
    pub(super) fn section(self, gathering: &mut Gathering) -> Option<Section> {
        let place = located(&self.place, self.node.referenced);
        match self.node.value {
            Tree::Map(unread) => Some(Section { place, unread }),
            _ => unexpected(&place, "a mapping", gathering),
        }
    }

    /// It as a text; null is the empty one.
    pub(super) fn text(self, gathering: &mut Gathering) -> Option<String> {
        match self.node.value {
            Tree::Scalar(text) => Some(text),
            Tree::Null => Some(String::new()),
            _ => unexpected(&self.place, "a text", gathering),
        }
    }

    fn items(self, gathering: &mut Gathering) -> Vec<Self> {
        match self.node.value {
            Tree::Null => Vec::new(),
            Tree::List(items) => items
                .into_iter()
                .enumerate()
                .map(|(index, node)| {
                    let place = self.place.inside(format_args!("[{index}]"));
                    Self {
                        place: located(&place, node.referenced),
                        node,
                    }
                })
                .collect(),
            _ => unexpected(&self.place, "a list", gathering).unwrap_or_default(),
        }
    }
}

fn unexpected<T>(place: &Place, expected: &str, gathering: &mut Gathering) -> Option<T> {
    gathering.wrong(place, format!("expected {expected}")).code = Some(INVALID_SYNTAX);
    None
}

impl Section {
    /// The value of a field; null is as good as absent.
    pub(super) fn value(&mut self, field: &str) -> Option<Value> {
        let index = self
            .unread
            .iter()
            .position(|(name, _)| name.value == field)?;
        let (_, node) = self.unread.remove(index);
        let place = located(&self.place.inside(field), node.referenced);
        (!matches!(node.value, Tree::Null)).then_some(Value { node, place })
    }

    pub(super) fn text(&mut self, field: &str, gathering: &mut Gathering) -> Option<String> {
        self.value(field)?.text(gathering)
    }

    pub(super) fn section(&mut self, field: &str, gathering: &mut Gathering) -> Option<Self> {
        self.value(field)?.section(gathering)
    }

    /// The mappings of a list; none if the field is absent.
    pub(super) fn sections(&mut self, field: &str, gathering: &mut Gathering) -> Option<Vec<Self>> {
        let items = self.value(field)?.items(gathering);
        Some(
            items
                .into_iter()
                .filter_map(|item| item.section(gathering))
                .collect(),
        )
    }

    /// Where a field stands, or would stand.
    pub(super) fn at(&self, field: &str) -> Place {
        let place = self.place.inside(field);
        self.unread
            .iter()
            .find(|(name, _)| name.value == field)
            .map_or_else(
                || place.clone(),
                |(_, node)| located(&place, node.referenced),
            )
    }

    /// Tells the fields that nobody read.
    pub(super) fn finish(self, gathering: &mut Gathering) {
        for (name, _) in &self.unread {
            let place = located(&self.place, name.referenced);
            let note = gathering.wrong(&place, format!("there is no field {}", shown(&name.value)));
            note.code = Some(UNKNOWN_PROPERTY);
        }
    }
}
