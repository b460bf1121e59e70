//! Configuration, which can be written: the one thing of a cluster that changes.

use http::StatusCode;
use serde_json::{Value, json};

use super::protobuf;
use super::table::{self, whole_seconds};
use super::{SERVICE, Wanted, cluster, list, not_found, require};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;

/// Of all clusters together.
const MOST: usize = 1_000;
/// Bytes; that of Kubernetes.
const LARGEST: usize = 1024 * 1024;

pub(super) static ROUTES: &[Route] = &[
    Route::new(
        SERVICE,
        "GET",
        "api/v1/configmaps",
        "configmaps.list",
        |cloud, call| all(cloud, call, ""),
    ),
    Route::new(
        SERVICE,
        "GET",
        "api/v1/namespaces/{}/configmaps",
        "configmaps.list",
        |cloud, call| all(cloud, call, call.parameter(0)),
    ),
    Route::new(
        SERVICE,
        "POST",
        "api/v1/namespaces/{}/configmaps",
        "configmaps.create",
        create,
    ),
    Route::new(
        SERVICE,
        "GET",
        "api/v1/namespaces/{}/configmaps/{}",
        "configmaps.get",
        one,
    ),
    Route::new(
        SERVICE,
        "DELETE",
        "api/v1/namespaces/{}/configmaps/{}",
        "configmaps.delete",
        delete,
    ),
];

fn wanted<'a>(verb: &'a str, namespace: &'a str) -> Wanted<'a> {
    Wanted {
        resource: "configMaps",
        verb,
        namespace,
    }
}

fn key(call: &Call<'_>, name: &str) -> (String, String, String) {
    let namespace = call.parameter(0).to_owned();
    (cluster(call).to_owned(), namespace, name.to_owned())
}

fn shown(cloud: &Cloud, call: &Call<'_>, maps: Vec<Value>) -> Value {
    let row = |map: Value| {
        let entries = map["data"].as_object().map_or(0, serde_json::Map::len);
        let name = map["metadata"]["name"].clone();
        let age = table::age(&map, cloud.now());
        (vec![name, json!(entries.to_string()), age], map)
    };
    if table::is_wanted(call.received) {
        let columns = [("Name", false), ("Data", false), ("Age", false)];
        table::table(&columns, maps.into_iter().map(row).collect())
    } else {
        list("ConfigMapList", maps)
    }
}

fn all(cloud: &Cloud, call: &Call<'_>, namespace: &str) -> Result<Reply, ApiError> {
    require(cloud, call, wanted("list", namespace))?;
    let selected = call
        .query_value("fieldSelector")
        .and_then(|selector| selector.strip_prefix("metadata.name="));
    let found: Vec<Value> = {
        let world = cloud.world();
        let maps = world.config_maps.iter().filter(|((at, within, name), _)| {
            at == cluster(call)
                && (namespace.is_empty() || within == namespace)
                && selected.is_none_or(|selected| selected == name)
        });
        maps.map(|(_, map)| map.clone()).collect()
    };
    Ok(Reply::json(&shown(cloud, call, found)))
}

fn one(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let (namespace, name) = (call.parameter(0), call.parameter(1));
    require(cloud, call, wanted("get", namespace))?;
    let found = cloud.world().config_maps.get(&key(call, name)).cloned();
    let map = found.ok_or_else(|| not_found("configmaps", name))?;
    Ok(Reply::json(&if table::is_wanted(call.received) {
        shown(cloud, call, vec![map])
    } else {
        map
    }))
}

fn create(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let namespace = call.parameter(0);
    require(cloud, call, wanted("create", namespace))?;
    if call.received.body.len() > LARGEST {
        return Err(ApiError::invalid("a ConfigMap has at most 1 MiB"));
    }
    let mut map = protobuf::body(call.received, protobuf::config_map)?;
    let name = map["metadata"]["name"].as_str().map(str::to_owned);
    let name = name
        .filter(|name| !name.is_empty() && map["metadata"].is_object())
        .ok_or_else(|| ApiError::invalid("metadata.name: Required value: name is required"))?;
    let mut world = cloud.world();
    if world.config_maps.contains_key(&key(call, &name)) {
        let mut error = ApiError::invalid(format!("configmaps \"{name}\" already exists"));
        error.code = StatusCode::CONFLICT;
        return Err(error);
    }
    if world.config_maps.len() >= MOST {
        return Err(ApiError::unavailable());
    }
    let version = world.next_sequence();
    map["kind"] = json!("ConfigMap");
    map["apiVersion"] = json!("v1");
    map["metadata"]["namespace"] = json!(namespace);
    map["metadata"]["uid"] = json!(format!("00000000-0000-4000-9000-{version:012}"));
    map["metadata"]["resourceVersion"] = json!(version.to_string());
    map["metadata"]["creationTimestamp"] = json!(whole_seconds(cloud.now()));
    world.config_maps.insert(key(call, &name), map.clone());
    Ok(Reply::json(&map).with_status(StatusCode::CREATED))
}

fn delete(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let (namespace, name) = (call.parameter(0), call.parameter(1));
    require(cloud, call, wanted("delete", namespace))?;
    let removed = cloud.world().config_maps.remove(&key(call, name));
    let map = removed.ok_or_else(|| not_found("configmaps", name))?;
    Ok(Reply::json(&json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": { "name": name, "kind": "configmaps", "uid": map["metadata"]["uid"] },
    })))
}
