//! A Daypass server that has entitlements to act as service accounts, and nothing else.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::person::SESSION;

/// Serves until the test ends; returns the address.
pub(crate) async fn start(entitlements: Vec<Value>) -> String {
    let list = json!({ "entitlements": entitlements });
    let answer = async move |headers: HeaderMap| -> Response {
        let own = format!("Bearer {SESSION}");
        match headers.get(header::AUTHORIZATION) {
            Some(value) if value.as_bytes() == own.as_bytes() => Json(list).into_response(),
            _ => StatusCode::UNAUTHORIZED.into_response(),
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().route("/api/v1/entitlements", get(answer));
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

/// An entitlement to act as these accounts.
pub(crate) fn entitlement(id: &str, may_request: bool, accounts: &[&str]) -> Value {
    let given = accounts.iter().map(
        |account| json!({"impersonate": {"service_account": account, "via": "broker", "token_max": "10m"}}),
    );
    json!({
        "id": id,
        "title": format!("Title of {id}"),
        "description": "",
        "privileges": given.collect::<Vec<_>>(),
        "min_duration": "5m",
        "default_duration": "30m",
        "max_duration": "1h",
        "justification_required": false,
        "slack": "confirm",
        "may_request": may_request,
        "may_give": false,
        "may_approve": true,
    })
}
