//! Bodies as kubectl 1.32 writes them where its types are compiled in: Protocol Buffers in an envelope
//! (kubernetes.io, "Kubernetes Protobuf encoding"). Only the fields that are looked at here are read.

use serde_json::{Map, Value, json};

use crate::http::errors::ApiError;
use crate::http::request::Received;

/// What an enveloped message begins with.
const MAGIC: &[u8] = b"k8s\0";

/// How to make an object of a message.
pub(super) type Reader = fn(&[u8]) -> Option<Value>;

/// The body as a JSON object, whichever way it came.
pub(super) fn body(received: &Received, read: Reader) -> Result<Value, ApiError> {
    let Some(envelope) = received.body.strip_prefix(MAGIC) else {
        return received.json_body();
    };
    let object = message(envelope, 2).and_then(read);
    object.ok_or_else(|| ApiError::invalid("the body could not be read as Protocol Buffers"))
}

/// `ConfigMap`: metadata 1, data 2, binary data left out.
pub(super) fn config_map(bytes: &[u8]) -> Option<Value> {
    let metadata = message(bytes, 1)?;
    let mut data = Map::new();
    for (_, entry) in fields(bytes)?.into_iter().filter(|(field, _)| *field == 2) {
        data.insert(text(entry, 1), json!(text(entry, 2)));
    }
    Some(json!({ "metadata": { "name": text(metadata, 1) }, "data": data }))
}

/// `SelfSubjectAccessReview`: spec 2, resource attributes 1.
pub(super) fn access_review(bytes: &[u8]) -> Option<Value> {
    let attributes = message(message(bytes, 2)?, 1)?;
    Some(json!({ "spec": { "resourceAttributes": {
        "namespace": text(attributes, 1),
        "verb": text(attributes, 2),
        "group": text(attributes, 3),
        "resource": text(attributes, 5),
        "subresource": text(attributes, 6),
        "name": text(attributes, 7),
    } } }))
}

/// The first field with a number, if it has a length.
fn message(bytes: &[u8], number: u64) -> Option<&[u8]> {
    let found = fields(bytes)?
        .into_iter()
        .find(|(field, _)| *field == number);
    found.map(|(_, content)| content)
}

fn text(bytes: &[u8], number: u64) -> String {
    let content = message(bytes, number).unwrap_or_default();
    String::from_utf8_lossy(content).into_owned()
}

/// The fields that have a length; none if the bytes are no message.
fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, &[u8])>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let tag = number(&mut bytes)?;
        match tag & 7 {
            0 => {
                number(&mut bytes)?;
            }
            1 => bytes = bytes.get(8..)?,
            2 => {
                let length = usize::try_from(number(&mut bytes)?).ok()?;
                let (content, rest) = bytes.split_at_checked(length)?;
                found.push((tag >> 3, content));
                bytes = rest;
            }
            5 => bytes = bytes.get(4..)?,
            _ => return None,
        }
    }
    Some(found)
}

/// A number in groups of seven bits, the least first.
fn number(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_map_is_read_and_broken_bytes_are_refused() {
        let metadata = b"\x0a\x04\x0a\x02ab";
        let data = b"\x12\x06\x0a\x01x\x12\x011";
        let whole = [&metadata[..], &data[..]].concat();
        let expected = json!({"metadata": {"name": "ab"}, "data": {"x": "1"}});
        assert_eq!(config_map(&whole), Some(expected));
        for cut in 1..whole.len() {
            let read = config_map(&whole[..cut]);
            assert!(read.is_none() || cut == metadata.len(), "{cut}");
        }
        assert_eq!(fields(&[0xff; 12]), None);
    }
}
