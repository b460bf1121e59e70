//! What the server says that it has. kubectl prefers one aggregated document and takes these where it gets none.

use serde_json::{Value, json};

use super::SERVICE;
use crate::apis::CLUSTER_VERSION;
use crate::http::reply::Reply;
use crate::http::routes::Route;

pub(super) static ROUTES: &[Route] = &[
    Route::new(SERVICE, "GET", "version", "version", |_, _| {
        Ok(Reply::json(&version()))
    })
    .open(),
    Route::new(SERVICE, "GET", "healthz", "healthz", |_, _| {
        Ok(Reply::of_type("text/plain", "ok".into()))
    })
    .open(),
    Route::new(SERVICE, "GET", "api", "discovery", |_, _| {
        Ok(Reply::json(&versions()))
    }),
    Route::new(SERVICE, "GET", "apis", "discovery", |_, _| {
        Ok(Reply::json(&groups()))
    }),
    Route::new(SERVICE, "GET", "api/v1", "discovery", |_, _| {
        Ok(Reply::json(&core()))
    }),
    Route::new(
        SERVICE,
        "GET",
        "apis/authentication.k8s.io/v1",
        "discovery",
        |_, _| {
            Ok(Reply::json(&reviews(
                "authentication.k8s.io",
                "SelfSubjectReview",
            )))
        },
    ),
    Route::new(
        SERVICE,
        "GET",
        "apis/authorization.k8s.io/v1",
        "discovery",
        |_, _| {
            Ok(Reply::json(&reviews(
                "authorization.k8s.io",
                "SelfSubjectAccessReview",
            )))
        },
    ),
];

fn version() -> Value {
    let mut numbers = CLUSTER_VERSION.split('.');
    json!({
        "major": numbers.next(),
        "minor": numbers.next(),
        "gitVersion": format!("v{CLUSTER_VERSION}"),
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2025-05-01T00:00:00Z",
        "goVersion": "",
        "compiler": "gc",
        "platform": "linux/amd64",
    })
}

fn versions() -> Value {
    json!({ "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [] })
}

fn groups() -> Value {
    let group = |name: &str| {
        let version = json!({ "groupVersion": format!("{name}/v1"), "version": "v1" });
        json!({ "name": name, "versions": [version], "preferredVersion": version })
    };
    json!({
        "kind": "APIGroupList",
        "apiVersion": "v1",
        "groups": [group("authentication.k8s.io"), group("authorization.k8s.io")],
    })
}

fn core() -> Value {
    let resource = |name: &str, kind: &str, namespaced: bool, short: &[&str], verbs: &[&str]| {
        json!({
            "name": name,
            "singularName": kind.to_lowercase(),
            "namespaced": namespaced,
            "kind": kind,
            "verbs": verbs,
            "shortNames": short,
        })
    };
    json!({
        "kind": "APIResourceList",
        "groupVersion": "v1",
        "resources": [
            resource("namespaces", "Namespace", false, &["ns"], &["get", "list"]),
            resource("pods", "Pod", true, &["po"], &["get", "list"]),
            json!({ "name": "pods/log", "singularName": "", "namespaced": true, "kind": "Pod", "verbs": ["get"] }),
            resource("configmaps", "ConfigMap", true, &["cm"], &["create", "delete", "get", "list"]),
        ],
    })
}

fn reviews(group: &str, kind: &str) -> Value {
    json!({
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": format!("{group}/v1"),
        "resources": [{
            "name": format!("{}s", kind.to_lowercase()),
            "singularName": kind.to_lowercase(),
            "namespaced": false,
            "kind": kind,
            "verbs": ["create"],
        }],
    })
}
