//! Whether the server lives, and whether it can do its work.

use axum::Json;
use axum::extract::State;
use daypass_core::condition::instant;
use http::StatusCode;
use serde_json::{Value, json};

use crate::app::App;

/// The files of entitlements among what may be degraded.
const ENTITLEMENTS: &str = "entitlements";

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the record can be written, and nothing keeps the server from granting. What failed is told by name
/// only; the particulars are in the log and in `daypass doctor`.
///
/// A server whose entitlement files were refused is ready: it works by the last good version, and to take it out of
/// service would help nobody. It says so, as degraded.
pub(crate) async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let health = app.engine.health().await;
    let status = if health.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let failed: Vec<&str> = health
        .reconcilers
        .iter()
        .filter(|one| one.last_error.is_some())
        .map(|one| one.name)
        .collect();
    let degraded: Vec<Value> = health
        .degraded
        .iter()
        .map(|one| json!({"name": one.name, "since": one.since}))
        .collect();
    let refused = health.degraded.iter().find(|one| one.name == ENTITLEMENTS);
    let entitlements = refused.map_or_else(
        || "in force".to_owned(),
        |one| format!("refused since {}", instant(one.since)),
    );
    let body = json!({
        "ready": health.ready,
        "store": health.store.is_ok(),
        "google": health.iam.is_ok(),
        "clock_skew_seconds": health.clock_skew_seconds,
        "failing_reconcilers": failed,
        "entitlements": entitlements,
        "degraded": degraded,
    });
    (status, Json(body))
}
