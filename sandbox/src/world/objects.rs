//! The objects of buckets, and uploads under way. All in memory, within bounds.

use std::collections::{BTreeMap, HashMap};

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc::{CRC_32_ISCSI, Crc};
use jiff::{Timestamp, Unit};
use md5::{Digest as _, Md5};
use serde_json::{Map, Value};

/// Bytes of all objects together; enough for states and samples, and little enough for a test machine.
pub(crate) const MOST_BYTES: usize = 256 * 1024 * 1024;
/// Objects of all buckets together.
pub(crate) const MOST_OBJECTS: usize = 20_000;
/// Uploads under way; one more, and the oldest is forgotten.
const MOST_UPLOADS: usize = 16;
/// Bytes of one object.
pub(crate) const MOST_OBJECT_BYTES: usize = 64 * 1024 * 1024;

/// Castagnoli's polynomial, as Cloud Storage has it.
const CRC32C: Crc<u32> = Crc::<u32>::new(&CRC_32_ISCSI);

#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) bucket: String,
    pub(crate) name: String,
    pub(crate) data: Bytes,
    pub(crate) generation: i64,
    pub(crate) metageneration: i64,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
    /// `contentType`, `metadata` and other fields that the writer may set, in the words of the API.
    pub(crate) settings: Map<String, Value>,
    /// In base64, as the API shows them.
    pub(crate) md5: String,
    pub(crate) crc32c: String,
}

impl Object {
    pub(crate) fn content_type(&self) -> &str {
        let set = self.settings.get("contentType").and_then(Value::as_str);
        set.unwrap_or("application/octet-stream")
    }
}

/// The MD5 of data in base64.
pub(crate) fn md5_of(data: &[u8]) -> String {
    STANDARD.encode(Md5::digest(data))
}

/// The CRC32C of data, its four bytes in network order, in base64.
pub(crate) fn crc32c_of(data: &[u8]) -> String {
    STANDARD.encode(CRC32C.checksum(data).to_be_bytes())
}

/// A resumable upload.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) bucket: String,
    pub(crate) name: String,
    pub(crate) settings: Map<String, Value>,
    /// The query of the request that began it: its preconditions hold for the end of it.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) received: Vec<u8>,
    sequence: u64,
}

/// There is no room for another object.
#[derive(Debug)]
pub(crate) struct Full;

#[derive(Debug, Default)]
pub(crate) struct Objects {
    by_name: BTreeMap<(String, String), Object>,
    bytes: usize,
    last_generation: i64,
    uploads: HashMap<String, Upload>,
    next_upload: u64,
}

impl Objects {
    pub(crate) fn get(&self, bucket: &str, name: &str) -> Option<&Object> {
        self.by_name.get(&(bucket.to_owned(), name.to_owned()))
    }

    pub(crate) fn get_mut(&mut self, bucket: &str, name: &str) -> Option<&mut Object> {
        self.by_name.get_mut(&(bucket.to_owned(), name.to_owned()))
    }

    /// The objects of a bucket in the order of their names.
    pub(crate) fn of_bucket(&self, bucket: &str) -> impl Iterator<Item = &Object> {
        let first = (bucket.to_owned(), String::new());
        self.by_name
            .range(first..)
            .map(|(_, object)| object)
            .take_while(move |object| object.bucket == bucket)
    }

    /// Writes an object over what was there.
    pub(crate) fn put(
        &mut self,
        bucket: &str,
        name: &str,
        data: Bytes,
        settings: Map<String, Value>,
        now: Timestamp,
    ) -> Result<&Object, Full> {
        let key = (bucket.to_owned(), name.to_owned());
        let before = self.by_name.get(&key).map(|object| object.data.len());
        let bytes = self.bytes - before.unwrap_or(0) + data.len();
        if bytes > MOST_BYTES || (before.is_none() && self.by_name.len() >= MOST_OBJECTS) {
            return Err(Full);
        }
        self.bytes = bytes;
        // Google shows milliseconds; more digits make its own clients complain.
        let now = now.round(Unit::Millisecond).unwrap_or(now);
        // Generations are the microseconds of the writing at Google too, and never go back.
        self.last_generation = now.as_microsecond().max(self.last_generation + 1);
        let object = Object {
            bucket: bucket.to_owned(),
            name: name.to_owned(),
            md5: md5_of(&data),
            crc32c: crc32c_of(&data),
            data,
            generation: self.last_generation,
            metageneration: 1,
            created: now,
            updated: now,
            settings,
        };
        self.by_name.remove(&key);
        Ok(self.by_name.entry(key).or_insert(object))
    }

    pub(crate) fn remove(&mut self, bucket: &str, name: &str) -> Option<Object> {
        let removed = self.by_name.remove(&(bucket.to_owned(), name.to_owned()))?;
        self.bytes -= removed.data.len();
        Some(removed)
    }

    /// Begins an upload; its id is a secret that stands for the right to go on with it.
    pub(crate) fn begin(
        &mut self,
        bucket: &str,
        name: &str,
        settings: Map<String, Value>,
        query: Vec<(String, String)>,
    ) -> String {
        while self.uploads.len() >= MOST_UPLOADS {
            let oldest = self
                .uploads
                .iter()
                .min_by_key(|(_, upload)| upload.sequence);
            let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
                break;
            };
            self.uploads.remove(&oldest);
        }
        self.next_upload += 1;
        let id = super::tokens::random_secret();
        let upload = Upload {
            bucket: bucket.to_owned(),
            name: name.to_owned(),
            settings,
            query,
            received: Vec::new(),
            sequence: self.next_upload,
        };
        self.uploads.insert(id.clone(), upload);
        id
    }

    pub(crate) fn upload(&mut self, id: &str) -> Option<&mut Upload> {
        self.uploads.get_mut(id)
    }

    pub(crate) fn end_upload(&mut self, id: &str) -> Option<Upload> {
        self.uploads.remove(id)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn hashes_are_those_of_cloud_storage() {
        // The check value of CRC-32C is 0xE3069283, for the text 123456789.
        assert_eq!(crc32c_of(b"123456789"), "4waSgw==");
        assert_eq!(md5_of(b""), "1B2M2Y8AsgTpgAmY7PhCfg==");
    }

    #[test]
    fn generations_rise_even_when_the_clock_does_not_and_room_is_given_back() {
        let mut objects = Objects::default();
        let now = Timestamp::UNIX_EPOCH;
        let put = |objects: &mut Objects, length: usize| {
            let data = Bytes::from(vec![0; length]);
            let put = objects.put("b", "o", data, Map::new(), now);
            put.map(|object| object.generation).ok()
        };
        let first = put(&mut objects, MOST_BYTES).unwrap();
        assert!(put(&mut objects, MOST_BYTES).unwrap() > first);
        assert!(put(&mut objects, MOST_BYTES + 1).is_none());
        objects.remove("b", "o").unwrap();
        assert_eq!(objects.bytes, 0);
        assert_eq!(objects.of_bucket("b").count(), 0);
    }
}
