//! Writing objects: in one request, as metadata and content together, or in pieces (discovery document storage.v1,
//! `mediaUpload`).

use std::collections::BTreeSet;

use axum::body::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::multipart;
use super::object_rules;
use super::objects::{self, SERVICE, SETTINGS};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields;
use crate::http::reply::Reply;
use crate::http::request::{Call, Received};
use crate::http::routes::Route;
use crate::world::objects::{MOST_OBJECT_BYTES, crc32c_of, md5_of};

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "POST",
        "upload/storage/v1/b/{}/o",
        "objects.insert",
        insert,
    ),
    Route::new(
        SERVICE,
        "POST",
        "resumable/upload/storage/v1/b/{}/o",
        "objects.insert",
        insert,
    ),
    // The id of the upload is a secret, and stands for the one who began it.
    Route::new(
        SERVICE,
        "PUT",
        "upload/storage/v1/b/{}/o",
        "objects.insert",
        go_on,
    )
    .open(),
];

/// What Google answers to a piece that was not the last; no reason phrase of HTTP means it.
fn incomplete(received: usize) -> Reply {
    let reply = Reply::empty(StatusCode::PERMANENT_REDIRECT);
    match received.checked_sub(1) {
        Some(last) => reply.with_header("range", &format!("bytes=0-{last}")),
        None => reply,
    }
}

fn insert(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let bucket = call.parameter(0);
    let (settings, data) = match call.query_value("uploadType") {
        Some("media") => (json!({}), Bytes::from(call.received.body.clone())),
        Some("multipart") => {
            let kind = call.received.header("content-type").unwrap_or_default();
            let parts = multipart::parts(kind, &call.received.body);
            let [settings, content] = parts.as_slice() else {
                let message = "Malformed multipart body: it needs two parts.";
                return Err(ApiError::invalid(message));
            };
            let mut settings = settings_of(settings.body)?;
            if settings["contentType"].is_null() && !content.content_type.is_empty() {
                settings["contentType"] = json!(content.content_type);
            }
            (settings, Bytes::copy_from_slice(content.body))
        }
        Some("resumable") => return begin(cloud, call, bucket),
        _ => return Err(ApiError::invalid("Required parameter: uploadType")),
    };
    let mut settings = settings;
    if settings["contentType"].is_null() && call.query_value("uploadType") == Some("media") {
        settings["contentType"] = json!(call.received.header("content-type"));
    }
    let name = name(call, &settings)?;
    let stored = store(cloud, call, (bucket, &name), data, &settings, &call.query)?;
    Ok(Reply::json(&stored))
}

fn settings_of(body: &[u8]) -> Result<Value, ApiError> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(json!({}));
    }
    let settings = serde_json::from_slice(body)
        .map_err(|_| ApiError::invalid("Metadata part is not valid JSON."))?;
    fields::checked(settings, &SETTINGS, &BTreeSet::new())
}

/// The name in the query wins over that in the body.
fn name(call: &Call<'_>, settings: &Value) -> Result<String, ApiError> {
    let named = call.query_value("name").or(settings["name"].as_str());
    let named = named.filter(|name| !name.is_empty() && name.len() <= 1_024);
    named
        .map(str::to_owned)
        .ok_or_else(|| ApiError::invalid("Required object name: between 1 and 1024 bytes."))
}

/// Checks the permission to write an object: to create, and where one is in the way, to delete it.
fn may_write(
    cloud: &Cloud,
    call: &Call<'_>,
    (bucket, name): (&str, &str),
    query: &[(String, String)],
) -> Result<(), ApiError> {
    object_rules::require(cloud, call, bucket, Some(name), "storage.objects.create")?;
    let exists = {
        let world = cloud.world();
        let found = world.objects.get(bucket, name);
        object_rules::preconditions(query, found)?;
        found.is_some()
    };
    if exists {
        object_rules::require(cloud, call, bucket, Some(name), "storage.objects.delete")?;
    }
    Ok(())
}

/// Writes an object after all checks, and shows it.
pub(super) fn store(
    cloud: &Cloud,
    call: &Call<'_>,
    (bucket, name): (&str, &str),
    data: Bytes,
    settings: &Value,
    query: &[(String, String)],
) -> Result<Value, ApiError> {
    may_write(cloud, call, (bucket, name), query)?;
    keep(cloud, call.received, (bucket, name), data, settings, query)
}

fn keep(
    cloud: &Cloud,
    received: &Received,
    (bucket, name): (&str, &str),
    data: Bytes,
    settings: &Value,
    query: &[(String, String)],
) -> Result<Value, ApiError> {
    for (field, title, actual) in [
        ("md5Hash", "MD5 hash", md5_of(&data)),
        ("crc32c", "CRC32C", crc32c_of(&data)),
    ] {
        let provided = settings[field].as_str();
        if let Some(provided) = provided.filter(|provided| *provided != actual) {
            return Err(ApiError::invalid(format!(
                "Provided {title} \"{provided}\" doesn't match calculated {title} \"{actual}\"."
            )));
        }
    }
    let now = cloud.now();
    let mut world = cloud.world();
    // Once more, under the lock that writes: of two who meet, one loses.
    object_rules::preconditions(query, world.objects.get(bucket, name))?;
    let settings = objects::kept(settings.clone());
    let stored = world.objects.put(bucket, name, data, settings, now);
    let stored = stored.map_err(|_| too_large("The sandbox has no room for more objects."))?;
    Ok(objects::view(stored, &objects::origin(cloud, received)))
}

fn too_large(message: &str) -> ApiError {
    let mut error = ApiError::invalid(message);
    error.code = StatusCode::PAYLOAD_TOO_LARGE;
    error
}

fn begin(cloud: &Cloud, call: &Call<'_>, bucket: &str) -> Result<Reply, ApiError> {
    let mut settings = settings_of(&call.received.body)?;
    let name = name(call, &settings)?;
    if settings["contentType"].is_null() {
        settings["contentType"] = json!(call.received.header("x-upload-content-type"));
    }
    may_write(cloud, call, (bucket, &name), &call.query)?;
    let settings = settings.as_object().cloned().unwrap_or_else(Map::new);
    let id = cloud
        .world()
        .objects
        .begin(bucket, &name, settings, call.query.clone());
    let origin = objects::origin(cloud, call.received);
    let location =
        format!("{origin}/upload/storage/v1/b/{bucket}/o?uploadType=resumable&upload_id={id}");
    Ok(Reply::empty(StatusCode::OK)
        .with_header("location", &location)
        .with_header("x-guploader-uploadid", &id))
}

/// `bytes 0-9/20`, with `*` for what is not known: where the piece begins, and how long the whole is.
fn piece(range: Option<&str>) -> Option<(Option<usize>, Option<usize>)> {
    let Some(range) = range else {
        return Some((Some(0), None));
    };
    let (bytes, whole) = range.strip_prefix("bytes ")?.split_once('/')?;
    let first = bytes.split('-').next().filter(|first| *first != "*");
    let first = match first {
        Some(first) => Some(first.parse().ok()?),
        None => None,
    };
    let whole = if whole == "*" {
        None
    } else {
        Some(whole.parse().ok()?)
    };
    Some((first, whole))
}

fn go_on(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let unknown = || ApiError::not_found("The upload session was not found.");
    let id = call.query_value("upload_id").ok_or_else(unknown)?;
    let range = call.received.header("content-range");
    let (first, whole) =
        piece(range).ok_or_else(|| ApiError::invalid("Failed to parse Content-Range header."))?;
    let mut world = cloud.world();
    let upload = world.objects.upload(id).ok_or_else(unknown)?;
    let body = &call.received.body;
    if upload.received.len() + body.len() > MOST_OBJECT_BYTES {
        return Err(too_large("The sandbox keeps objects of at most 64 MiB."));
    }
    // A piece sent again may overlap with what is there; one that leaves a gap is not taken.
    if let Some(first) = first.filter(|first| *first <= upload.received.len()) {
        upload.received.truncate(first);
        upload.received.extend_from_slice(body);
    }
    let is_whole = match whole {
        Some(whole) => upload.received.len() >= whole,
        None => range.is_none(),
    };
    if !is_whole {
        return Ok(incomplete(upload.received.len()));
    }
    let upload = world.objects.end_upload(id).ok_or_else(unknown)?;
    drop(world);
    let settings = Value::Object(upload.settings);
    let target = (upload.bucket.as_str(), upload.name.as_str());
    let data = Bytes::from(upload.received);
    keep(cloud, call.received, target, data, &settings, &upload.query)
        .map(|stored| Reply::json(&stored))
}

#[cfg(test)]
mod tests {
    use super::piece;

    #[test]
    fn pieces_are_read_as_clients_write_them() {
        assert_eq!(piece(None), Some((Some(0), None)));
        assert_eq!(piece(Some("bytes 0-9/20")), Some((Some(0), Some(20))));
        assert_eq!(piece(Some("bytes 10-19/*")), Some((Some(10), None)));
        assert_eq!(piece(Some("bytes */20")), Some((None, Some(20))));
        assert_eq!(piece(Some("bytes */*")), Some((None, None)));
        assert_eq!(piece(Some("10-19")), None);
    }
}
