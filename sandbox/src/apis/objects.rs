//! Cloud Storage JSON API v1: objects, their listing, and what may be done to them (discovery document storage.v1).

use std::collections::BTreeSet;

use http::StatusCode;
use serde_json::{Map, Value, json};

use super::object_media;
use super::object_rules::{absent, find, preconditions, require};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::fields::{self, Shape};
use crate::http::reply::Reply;
use crate::http::request::{Call, Received};
use crate::http::routes::Route;
use crate::world::objects::Object;

pub(super) const SERVICE: &str = "storage.googleapis.com";
/// Entries of a page, and the most that a client may ask for.
const PAGE: usize = 1_000;

pub(crate) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "GET",
        "storage/v1/b/{}/storageLayout",
        "buckets.getStorageLayout",
        layout,
    ),
    Route::new(SERVICE, "GET", "storage/v1/b/{}/o", "objects.list", list),
    Route::new(SERVICE, "GET", "storage/v1/b/{}/o/{}", "objects.get", get),
    Route::new(
        SERVICE,
        "GET",
        "download/storage/v1/b/{}/o/{}",
        "objects.get",
        get,
    ),
    Route::new(
        SERVICE,
        "PATCH",
        "storage/v1/b/{}/o/{}",
        "objects.patch",
        patch,
    ),
    Route::new(
        SERVICE,
        "DELETE",
        "storage/v1/b/{}/o/{}",
        "objects.delete",
        delete,
    ),
    Route::new(
        SERVICE,
        "POST",
        "storage/v1/b/{}/o/{}/rewriteTo/b/{}/o/{}",
        "objects.rewrite",
        rewrite,
    ),
];

/// What a writer may set.
pub(super) const SETTINGS: Shape = Shape::Message(
    "",
    &[
        ("kind", Shape::Text),
        ("name", Shape::Text),
        ("bucket", Shape::Text),
        ("contentType", Shape::Text),
        ("contentEncoding", Shape::Text),
        ("contentDisposition", Shape::Text),
        ("contentLanguage", Shape::Text),
        ("cacheControl", Shape::Text),
        ("customTime", Shape::Text),
        ("storageClass", Shape::Text),
        ("metadata", Shape::Any),
        ("md5Hash", Shape::Bytes),
        ("crc32c", Shape::Bytes),
        ("acl", Shape::Any),
        ("temporaryHold", Shape::Any),
        ("eventBasedHold", Shape::Any),
        ("contexts", Shape::Any),
        ("owner", Shape::Any),
        ("size", Shape::Any),
        ("id", Shape::Text),
        ("etag", Shape::Text),
        ("generation", Shape::Any),
    ],
);
/// Those of them that are kept with the object.
pub(super) const KEPT_SETTINGS: [&str; 7] = [
    "contentType",
    "contentEncoding",
    "contentDisposition",
    "contentLanguage",
    "cacheControl",
    "customTime",
    "metadata",
];

/// Where the client came in: the same again for addresses that it is told to go to.
pub(super) fn origin(cloud: &Cloud, received: &Received) -> String {
    if received.host.ends_with(".googleapis.com") {
        format!("https://{}", received.host)
    } else {
        cloud.base_url()
    }
}

/// A name as one segment of a path.
pub(super) fn segment(name: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    encoded.replace('+', "%20")
}

pub(super) fn view(object: &Object, origin: &str) -> Value {
    let Object {
        bucket,
        name,
        generation,
        metageneration,
        ..
    } = object;
    let path = format!("storage/v1/b/{bucket}/o/{}", segment(name));
    let created = object.created.to_string();
    let mut view = json!({
        "kind": "storage#object",
        "id": format!("{bucket}/{name}/{generation}"),
        "selfLink": format!("{origin}/{path}"),
        "mediaLink": format!("{origin}/download/{path}?generation={generation}&alt=media"),
        "name": name,
        "bucket": bucket,
        "generation": generation.to_string(),
        "metageneration": metageneration.to_string(),
        "contentType": object.content_type(),
        "storageClass": "STANDARD",
        "size": object.data.len().to_string(),
        "md5Hash": object.md5,
        "crc32c": object.crc32c,
        "etag": format!("\"{generation:x}-{metageneration}\""),
        "timeCreated": created,
        "updated": object.updated.to_string(),
        "timeStorageClassUpdated": created,
        "timeFinalized": created,
    });
    if let Some(fields) = view.as_object_mut() {
        fields.extend(object.settings.clone());
    }
    view
}

fn layout(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let bucket = call.parameter(0);
    require(cloud, call, bucket, None, "storage.objects.list")?;
    Ok(Reply::json(&json!({
        "kind": "storage#storageLayout",
        "bucket": bucket,
        "location": "EU",
        "locationType": "multi-region",
        "hierarchicalNamespace": { "enabled": false },
    })))
}

fn list(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let bucket = call.parameter(0);
    require(cloud, call, bucket, None, "storage.objects.list")?;
    let prefix = call.query_value("prefix").unwrap_or_default();
    let delimiter = call
        .query_value("delimiter")
        .filter(|delimiter| !delimiter.is_empty());
    let with_trailing = call.query_value("includeTrailingDelimiter") == Some("true");
    let after = call.query_value("pageToken").unwrap_or_default();
    let start = call.query_value("startOffset").unwrap_or_default();
    let end = call.query_value("endOffset").filter(|end| !end.is_empty());
    let size = call
        .query_value("maxResults")
        .and_then(|size| size.parse().ok())
        .filter(|size| *size > 0)
        .unwrap_or(PAGE)
        .min(cloud.largest_page().unwrap_or(PAGE));
    let origin = origin(cloud, call.received);
    let world = cloud.world();
    let (mut items, mut prefixes, mut last) = (Vec::new(), BTreeSet::new(), None);
    let named = world.objects.of_bucket(bucket).filter(|object| {
        let name = object.name.as_str();
        name.starts_with(prefix) && name >= start && end.is_none_or(|end| name < end)
    });
    for object in named {
        let rest = &object.name[prefix.len()..];
        let folder = delimiter.and_then(|delimiter| {
            let at = rest.find(delimiter)? + delimiter.len();
            Some((format!("{prefix}{}", &rest[..at]), at == rest.len()))
        });
        // A page ends with a name or with a prefix; all that a prefix stands for came with it.
        let shown = folder.as_ref().map_or(&object.name, |(folder, _)| folder);
        if shown.as_str() <= after || prefixes.contains(shown) {
            if with_trailing && folder.as_ref().is_some_and(|(_, is_whole)| *is_whole) {
                items.push(view(object, &origin));
            }
            continue;
        }
        if items.len() + prefixes.len() >= size {
            let reply = json!({ "nextPageToken": last });
            return Ok(listed(items, &prefixes, reply));
        }
        last = Some(shown.clone());
        match folder {
            Some((folder, is_whole)) => {
                if with_trailing && is_whole {
                    items.push(view(object, &origin));
                }
                prefixes.insert(folder);
            }
            None => items.push(view(object, &origin)),
        }
    }
    Ok(listed(items, &prefixes, json!({})))
}

fn listed(items: Vec<Value>, prefixes: &BTreeSet<String>, mut reply: Value) -> Reply {
    reply["kind"] = json!("storage#objects");
    if !items.is_empty() {
        reply["items"] = Value::Array(items);
    }
    if !prefixes.is_empty() {
        reply["prefixes"] = json!(prefixes);
    }
    Reply::json(&reply)
}

fn get(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let (bucket, name) = (call.parameter(0), call.parameter(1));
    require(cloud, call, bucket, Some(name), "storage.objects.get")?;
    let world = cloud.world();
    let found = find(&world, call, bucket, name);
    if found.is_err() {
        drop(world);
        // One who may not list the bucket is not told that an object is absent.
        require(cloud, call, bucket, None, "storage.objects.list")?;
        return Err(absent(bucket, name));
    }
    let object = found?;
    preconditions(&call.query, Some(object))?;
    if call.query_value("alt") == Some("media") {
        return object_media::whole_or_part(object, call.received);
    }
    Ok(Reply::json(&view(object, &origin(cloud, call.received))))
}

/// The settings of a body that are kept.
pub(super) fn kept(settings: Value) -> Map<String, Value> {
    let Value::Object(fields) = settings else {
        return Map::new();
    };
    fields
        .into_iter()
        .filter(|(name, value)| KEPT_SETTINGS.contains(&name.as_str()) && !value.is_null())
        .collect()
}

fn patch(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let (bucket, name) = (call.parameter(0), call.parameter(1));
    require(cloud, call, bucket, Some(name), "storage.objects.update")?;
    let sent = call.received.json_body()?;
    let cleared: Vec<String> = sent
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.is_null())
        .map(|(name, _)| name.clone())
        .collect();
    let changes = fields::checked(sent, &SETTINGS, &BTreeSet::new())?;
    let now = cloud.now();
    let mut world = cloud.world();
    preconditions(&call.query, Some(find(&world, call, bucket, name)?))?;
    let object = world
        .objects
        .get_mut(bucket, name)
        .ok_or_else(|| absent(bucket, name))?;
    object.settings.retain(|name, _| !cleared.contains(name));
    object.settings.extend(kept(changes));
    object.metageneration += 1;
    object.updated = now.round(jiff::Unit::Millisecond).unwrap_or(now);
    Ok(Reply::json(&view(object, &origin(cloud, call.received))))
}

fn delete(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let (bucket, name) = (call.parameter(0), call.parameter(1));
    require(cloud, call, bucket, Some(name), "storage.objects.delete")?;
    let mut world = cloud.world();
    preconditions(&call.query, Some(find(&world, call, bucket, name)?))?;
    world.objects.remove(bucket, name);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// Copies within one call, whatever the size.
fn rewrite(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let (from, to) = (
        (call.parameter(0), call.parameter(1)),
        (call.parameter(2), call.parameter(3)),
    );
    require(cloud, call, from.0, Some(from.1), "storage.objects.get")?;
    let settings = fields::checked(call.received.json_body()?, &SETTINGS, &BTreeSet::new())?;
    let source = {
        let world = cloud.world();
        let source = world.objects.get(from.0, from.1);
        source.cloned().ok_or_else(|| absent(from.0, from.1))?
    };
    let kept = Some(kept(settings)).filter(|settings| !settings.is_empty());
    let settings = kept.unwrap_or_else(|| source.settings.clone());
    let size = source.data.len().to_string();
    let resource = super::object_uploads::store(
        cloud,
        call,
        to,
        source.data,
        &Value::Object(settings),
        &call.query,
    )?;
    Ok(Reply::json(&json!({
        "kind": "storage#rewriteResponse",
        "totalBytesRewritten": size,
        "objectSize": size,
        "done": true,
        "resource": resource,
    })))
}
