//! The content of objects: whole or in part, by the JSON API and by the path of the XML API, which Google's Go client
//! reads from.

use axum::body::Bytes;
use http::{Method, StatusCode};
use jiff::fmt::rfc2822::DateTimePrinter;

use super::{object_rules, objects};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::{Call, Received};
use crate::http::routes::Route;
use crate::world::objects::Object;

/// `GET /BUCKET/OBJECT`. The path says nothing of an API, so that it is only tried where the first segment names a
/// bucket and no other route fits.
static BY_PATH: Route = Route::new(objects::SERVICE, "GET", "{}/{}", "objects.get", by_path);

pub(crate) fn route_by_path(
    cloud: &Cloud,
    method: &Method,
    segments: &[String],
) -> Option<(&'static Route, Vec<String>)> {
    let (bucket, name) = segments.split_first()?;
    let name = name.join("/");
    let exists = || {
        let key = format!("buckets/{bucket}");
        cloud.world().resources.get(&key).is_some()
    };
    (*method == Method::GET && !name.is_empty() && exists())
        .then(|| (&BY_PATH, vec![bucket.clone(), name]))
}

fn by_path(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let (bucket, name) = (call.parameter(0), call.parameter(1));
    let refused = |code: StatusCode, words: &str, message: &str| {
        let body = format!(
            "<?xml version='1.0' encoding='UTF-8'?><Error><Code>{words}</Code><Message>{message}</Message></Error>"
        );
        Ok(Reply::of_type("application/xml; charset=UTF-8", body.into()).with_status(code))
    };
    let may =
        |name, permission| object_rules::require(cloud, call, bucket, name, permission).is_ok();
    let denied = || refused(StatusCode::FORBIDDEN, "AccessDenied", "Access denied.");
    if !may(Some(name), "storage.objects.get") {
        return denied();
    }
    let world = cloud.world();
    if let Ok(object) = object_rules::find(&world, call, bucket, name) {
        return whole_or_part(object, call.received);
    }
    drop(world);
    if !may(None, "storage.objects.list") {
        return denied();
    }
    let message = "The specified key does not exist.";
    refused(StatusCode::NOT_FOUND, "NoSuchKey", message)
}

/// The content, or the range of it that the request names.
pub(super) fn whole_or_part(object: &Object, received: &Received) -> Result<Reply, ApiError> {
    let length = object.data.len();
    let asked = received.header("range");
    let (status, body, part) = match asked.and_then(|range| bounds(range, length)) {
        None => (StatusCode::OK, object.data.clone(), None),
        Some(Err(())) => {
            let mut error = ApiError::invalid("The requested range cannot be satisfied.");
            error.code = StatusCode::RANGE_NOT_SATISFIABLE;
            return Err(error);
        }
        Some(Ok((first, last))) => (
            StatusCode::PARTIAL_CONTENT,
            object.data.slice(first..=last),
            Some(format!("bytes {first}-{last}/{length}")),
        ),
    };
    let hashes = format!("crc32c={},md5={}", object.crc32c, object.md5);
    let modified = DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&object.updated)
        .unwrap_or_default();
    let mut reply = Reply::of_type(object.content_type(), Bytes::clone(&body))
        .with_status(status)
        .with_header("accept-ranges", "bytes")
        .with_header("x-goog-generation", &object.generation.to_string())
        .with_header("x-goog-metageneration", &object.metageneration.to_string())
        .with_header("x-goog-stored-content-length", &length.to_string())
        .with_header("x-goog-stored-content-encoding", "identity")
        .with_header("x-goog-storage-class", "STANDARD")
        .with_header("x-goog-hash", &hashes)
        .with_header("etag", &format!("\"{:x}\"", object.generation))
        .with_header("last-modified", &modified);
    if let Some(part) = part {
        reply = reply.with_header("content-range", &part);
    }
    Ok(reply)
}

/// The first and last byte of a `Range` header; one that is not understood is ignored (RFC 9110, 14.2).
fn bounds(range: &str, length: usize) -> Option<Result<(usize, usize), ()>> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1);
    if first.is_empty() {
        let wanted: usize = last.parse().ok()?;
        let bounds = end.map(|end| (length.saturating_sub(wanted), end));
        return Some(bounds.filter(|_| wanted > 0).ok_or(()));
    }
    let first: usize = first.parse().ok()?;
    let last = if last.is_empty() {
        usize::MAX
    } else {
        last.parse().ok()?
    };
    let bounds = end.map(|end| (first, last.min(end)));
    Some(bounds.filter(|(first, last)| first <= last).ok_or(()))
}

#[cfg(test)]
mod tests {
    use super::bounds;

    #[test]
    fn ranges_are_those_of_http() {
        assert_eq!(bounds("bytes=0-4", 10), Some(Ok((0, 4))));
        assert_eq!(bounds("bytes=4-", 10), Some(Ok((4, 9))));
        assert_eq!(bounds("bytes=-3", 10), Some(Ok((7, 9))));
        assert_eq!(bounds("bytes=-30", 10), Some(Ok((0, 9))));
        assert_eq!(bounds("bytes=0-99", 10), Some(Ok((0, 9))));
        assert_eq!(bounds("bytes=10-", 10), Some(Err(())));
        assert_eq!(bounds("bytes=0-", 0), Some(Err(())));
        assert_eq!(bounds("lines=0-4", 10), None);
    }
}
