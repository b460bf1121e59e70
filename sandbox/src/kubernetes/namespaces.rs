//! Namespaces: those that every cluster has.

use serde_json::{Value, json};

use super::table::{self, whole_seconds};
use super::{SERVICE, Wanted, cluster, list, not_found, require};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;

const NAMES: [&str; 2] = ["default", "kube-system"];

pub(super) static ROUTES: &[Route] = &[
    Route::new(SERVICE, "GET", "api/v1/namespaces", "namespaces.list", all),
    Route::new(
        SERVICE,
        "GET",
        "api/v1/namespaces/{}",
        "namespaces.get",
        one,
    ),
];

fn view(cloud: &Cloud, call: &Call<'_>, name: &str) -> Value {
    let world = cloud.world();
    let created = world.resources.get(cluster(call));
    json!({
        "kind": "Namespace",
        "apiVersion": "v1",
        "metadata": {
            "name": name,
            "uid": format!("00000000-0000-4000-8000-{:012}", name.len()),
            "resourceVersion": "1",
            "creationTimestamp": created.map(|cluster| whole_seconds(cluster.created)),
            "labels": { "kubernetes.io/metadata.name": name },
        },
        "spec": { "finalizers": ["kubernetes"] },
        "status": { "phase": "Active" },
    })
}

fn wanted(verb: &str) -> Wanted<'_> {
    Wanted {
        resource: "namespaces",
        verb,
        namespace: "",
    }
}

fn shown(cloud: &Cloud, call: &Call<'_>, namespaces: Vec<Value>) -> Value {
    let row = |namespace: Value| {
        let name = namespace["metadata"]["name"].clone();
        let age = table::age(&namespace, cloud.now());
        (vec![name, json!("Active"), age], namespace)
    };
    if table::is_wanted(call.received) {
        let columns = [("Name", false), ("Status", false), ("Age", false)];
        table::table(&columns, namespaces.into_iter().map(row).collect())
    } else {
        list("NamespaceList", namespaces)
    }
}

fn all(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    require(cloud, call, wanted("list"))?;
    let namespaces = NAMES.map(|name| view(cloud, call, name)).to_vec();
    Ok(Reply::json(&shown(cloud, call, namespaces)))
}

fn one(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    require(cloud, call, wanted("get"))?;
    let name = call.parameter(0);
    if !NAMES.contains(&name) {
        return Err(not_found("namespaces", name));
    }
    let namespace = view(cloud, call, name);
    Ok(Reply::json(&if table::is_wanted(call.received) {
        shown(cloud, call, vec![namespace])
    } else {
        namespace
    }))
}
