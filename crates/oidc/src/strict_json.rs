//! JSON in which no object names a member twice.
//!
//! Two parsers that disagree on which of two `email` members counts are a way around a check, so such a document is
//! refused as a whole, at any depth. Depth itself is bounded by `serde_json` (128).

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Why a document was refused.
#[derive(Debug)]
pub(crate) enum Refused {
    /// It is not JSON.
    NotJson(serde_json::Error),
    /// An object names this member twice.
    Twice(String),
}

/// Parses `bytes`, refusing repeated members and anything after the value.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Refused> {
    let twice = RefCell::new(None);
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let outcome = Strict { twice: &twice }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    match (outcome, twice.into_inner()) {
        (_, Some(member)) => Err(Refused::Twice(member)),
        (Ok(value), None) => Ok(value),
        (Err(error), None) => Err(Refused::NotJson(error)),
    }
}

#[derive(Clone, Copy)]
struct Strict<'a> {
    twice: &'a RefCell<Option<String>>,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.contains_key(&name) {
                *self.twice.borrow_mut() = Some(name);
                return Err(A::Error::custom("a member appears twice"));
            }
            let value = members.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::expect_used, reason = "tests")]

    use super::{Refused, parse};

    #[test]
    fn keeps_what_is_sound() {
        let text = r#"{"a":[1,-2,0.5,null,true,"x"],"b":{"a":1}}"#;
        let value = parse(text.as_bytes()).expect("sound JSON");
        assert_eq!(value.to_string(), text);
    }

    #[test]
    fn refuses_a_member_twice_at_any_depth_and_however_it_is_spelled() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"b":[{"a":1,"a":2}]}"#,
            r#"{"a":1,"\u0061":2}"#,
        ] {
            assert!(
                matches!(parse(text.as_bytes()), Err(Refused::Twice(name)) if name == "a"),
                "{text}"
            );
        }
    }

    #[test]
    fn refuses_what_follows_the_value() {
        assert!(matches!(parse(b"{} {}"), Err(Refused::NotJson(_))));
        assert!(matches!(parse(b""), Err(Refused::NotJson(_))));
    }
}
