//! The form of an entitlement file, as data: every field with its type, its meaning and an example.
//!
//! The loader itself is typed ([`crate::entitlement`]); it stops at the first thing that it cannot read. From this
//! table come the words for all of them ([`mistakes`]), and the JSON Schema for editors ([`json_schema`]). A test holds
//! the table and the loader together, field by field.

mod entitlement;
mod file;
mod flow;
mod mistakes;
mod reference;
mod schema;
mod tree;
mod words;

pub use file::FILE;
pub(crate) use mistakes::mistakes;
pub use reference::reference;
pub use schema::json_schema;
pub(crate) use words::tell;

/// What may stand in a place.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Text of some form.
    Text(Text),
    /// One of some words.
    Words(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number between two others.
    Count(u32, u32),
    /// A list, and whether it may be empty.
    List(&'static Form, Entries),
    /// Names with a value each.
    Map(&'static Form),
    /// Named fields.
    Object(&'static Object),
    /// Text, or something with parts.
    Either(&'static Form, &'static Form),
}

/// Whether a list needs an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entries {
    /// None is as good as leaving it out.
    Any,
    /// At least one.
    Some,
    /// At least one, and at most so many.
    SomeUpTo(usize),
}

/// A kind of text.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// What it is, with its article.
    pub is: &'static str,
    /// A regular expression that it matches, for editors; the loader's own check is finer. Empty: any text.
    pub pattern: &'static str,
}

/// An object with named fields.
#[derive(Debug)]
pub struct Object {
    /// Its name in the schema.
    pub name: &'static str,
    /// What it is, with its article.
    pub is: &'static str,
    /// Its fields, in the order in which they are usually written.
    pub fields: &'static [Field],
}

/// A field of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What may stand in it.
    pub form: Form,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub meaning: &'static str,
    /// An example of its value, in YAML on one line.
    pub example: &'static str,
}

const fn field(
    name: &'static str,
    form: Form,
    example: &'static str,
    meaning: &'static str,
) -> Field {
    Field {
        name,
        form,
        required: false,
        meaning,
        example,
    }
}

const fn required(field: Field) -> Field {
    Field {
        required: true,
        ..field
    }
}

impl Object {
    fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// This object and all below it, each once.
    fn all(&'static self) -> Vec<&'static Object> {
        let mut all = vec![self];
        for field in self.fields {
            for object in field.form.objects() {
                for one in object.all() {
                    if !all.iter().any(|known| known.name == one.name) {
                        all.push(one);
                    }
                }
            }
        }
        all
    }
}

impl Form {
    /// The objects that may stand here, directly or in a list.
    fn objects(&self) -> Vec<&'static Object> {
        match self {
            Self::Object(object) => vec![object],
            Self::List(inner, _) | Self::Map(inner) => inner.objects(),
            Self::Either(one, other) => [one.objects(), other.objects()].concat(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
