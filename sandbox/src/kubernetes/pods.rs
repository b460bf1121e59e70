//! Pods: the same few in every cluster, all running.

use serde_json::{Value, json};

use super::table::{self, Column, whole_seconds};
use super::{SERVICE, Wanted, cluster, list, not_found, require};
use crate::cloud::Cloud;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::http::routes::Route;

/// Namespace, name and image.
const PODS: [(&str, &str, &str); 3] = [
    ("default", "web-0", "shop/web:7"),
    ("default", "web-1", "shop/web:7"),
    ("kube-system", "kube-dns-0", "gke/dns:1"),
];
const COLUMNS: [Column; 7] = [
    ("Name", false),
    ("Ready", false),
    ("Status", false),
    ("Restarts", false),
    ("Age", false),
    ("IP", true),
    ("Node", true),
];

pub(super) static ROUTES: &[Route] = &[
    Route::new(SERVICE, "GET", "api/v1/pods", "pods.list", |cloud, call| {
        all(cloud, call, "")
    }),
    Route::new(
        SERVICE,
        "GET",
        "api/v1/namespaces/{}/pods",
        "pods.list",
        |cloud, call| all(cloud, call, call.parameter(0)),
    ),
    Route::new(
        SERVICE,
        "GET",
        "api/v1/namespaces/{}/pods/{}",
        "pods.get",
        one,
    ),
    Route::new(
        SERVICE,
        "GET",
        "api/v1/namespaces/{}/pods/{}/log",
        "pods.log",
        log,
    ),
];

fn pods(cloud: &Cloud, call: &Call<'_>) -> Vec<Value> {
    let created = {
        let world = cloud.world();
        let found = world.resources.get(cluster(call));
        found.map(|cluster| whole_seconds(cluster.created))
    };
    let view = |(number, (namespace, name, image)): (usize, (&str, &str, &str))| {
        json!({
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": format!("00000000-0000-4000-8000-{:012}", number + 1),
                "resourceVersion": "1",
                "creationTimestamp": created,
                "labels": { "app": name.rsplit_once('-').map_or(name, |(app, _)| app) },
            },
            "spec": {
                "nodeName": "node-1",
                "serviceAccountName": "default",
                "restartPolicy": "Always",
                "containers": [{ "name": "main", "image": image }],
            },
            "status": {
                "phase": "Running",
                "hostIP": "10.0.0.2",
                "podIP": format!("10.4.0.{}", number + 2),
                "startTime": created,
                "conditions": [{ "type": "Ready", "status": "True" }],
                "containerStatuses": [{
                    "name": "main",
                    "image": image,
                    "imageID": "",
                    "ready": true,
                    "restartCount": 0,
                    "state": { "running": { "startedAt": created } },
                }],
            },
        })
    };
    PODS.into_iter().enumerate().map(view).collect()
}

fn shown(cloud: &Cloud, call: &Call<'_>, pods: Vec<Value>) -> Value {
    let row = |pod: Value| {
        let cells = vec![
            pod["metadata"]["name"].clone(),
            json!("1/1"),
            json!("Running"),
            json!("0"),
            table::age(&pod, cloud.now()),
            pod["status"]["podIP"].clone(),
            pod["spec"]["nodeName"].clone(),
        ];
        (cells, pod)
    };
    if table::is_wanted(call.received) {
        table::table(&COLUMNS, pods.into_iter().map(row).collect())
    } else {
        list("PodList", pods)
    }
}

fn all(cloud: &Cloud, call: &Call<'_>, namespace: &str) -> Result<Reply, ApiError> {
    let wanted = Wanted {
        resource: "pods",
        verb: "list",
        namespace,
    };
    require(cloud, call, wanted)?;
    let mut found = pods(cloud, call);
    found.retain(|pod| namespace.is_empty() || pod["metadata"]["namespace"] == namespace);
    Ok(Reply::json(&shown(cloud, call, found)))
}

/// The pod that a path names, if the caller may.
fn named(cloud: &Cloud, call: &Call<'_>, verb: &str) -> Result<Value, ApiError> {
    let (namespace, name) = (call.parameter(0), call.parameter(1));
    let wanted = Wanted {
        resource: "pods",
        verb,
        namespace,
    };
    require(cloud, call, wanted)?;
    let is_it =
        |pod: &Value| pod["metadata"]["namespace"] == namespace && pod["metadata"]["name"] == name;
    let found = pods(cloud, call).into_iter().find(is_it);
    found.ok_or_else(|| not_found("pods", name))
}

fn one(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let pod = named(cloud, call, "get")?;
    Ok(Reply::json(&if table::is_wanted(call.received) {
        shown(cloud, call, vec![pod])
    } else {
        pod
    }))
}

fn log(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let pod = named(cloud, call, "getLogs")?;
    let name = pod["metadata"]["name"].as_str().unwrap_or_default();
    Ok(Reply::of_type(
        "text/plain",
        format!("{name} is up\n").into(),
    ))
}
