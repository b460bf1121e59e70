//! Every route, grouped by who calls it.
//!
//! Who may call is not said here: a handler that takes a `Caller`, a `PageCaller` or a `SignedForm` cannot be reached
//! without one, and a handler that takes none lets anybody in.

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodRouter, delete, get, post};
use http::StatusCode;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::body::MAX_BODY_BYTES;
use crate::failure::Failure;
use crate::rest::{audit, decisions, document, entitlements, grants, identity, sessions};
use crate::{auth, operations, pages, surface};

/// How long a handler may take.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(30);

/// The API's routes: method and address below `/api/v1`. A test compares them with the OpenAPI description.
pub const API_ROUTES: [(&str, &str); 12] = [
    ("GET", "/entitlements"),
    ("GET", "/entitlements/{id}"),
    ("POST", "/grants:explain"),
    ("GET", "/grants"),
    ("POST", "/grants"),
    ("GET", "/grants/{id}"),
    ("POST", "/grants/{id}"), // {id}:approve, :deny, :withdraw, :extend, :revoke, :review, :token
    ("GET", "/audit/entries"),
    ("GET", "/me"),
    ("POST", "/sessions"),
    ("DELETE", "/sessions/current"),
    ("GET", "/openapi.json"),
];

/// Programs: `daypass`, scripts, machines. JSON in, JSON out.
fn api_route(method: &str, path: &str) -> MethodRouter<App> {
    match (method, path) {
        ("GET", "/entitlements") => get(entitlements::list),
        ("GET", "/entitlements/{id}") => get(entitlements::show),
        ("POST", "/grants:explain") => post(grants::explain),
        ("GET", "/grants") => get(grants::list),
        ("POST", "/grants") => post(grants::create),
        ("GET", "/grants/{id}") => get(grants::show),
        ("POST", "/grants/{id}") => post(decisions::act),
        ("GET", "/audit/entries") => get(audit::entries),
        ("GET", "/me") => get(identity::me),
        ("POST", "/sessions") => post(sessions::open),
        ("DELETE", "/sessions/current") => delete(sessions::close),
        ("GET", "/openapi.json") => get(document),
        _ => MethodRouter::new(),
    }
}

/// People, with a browser.
fn pages(app: &App) -> Router<App> {
    Router::new()
        .route("/", get(pages::home))
        .route("/grants/{id}", get(pages::grant))
        .route("/grants/{id}/{verb}", post(pages::decide))
        .route(
            "/entitlements/{id}",
            get(pages::request_form).post(pages::request),
        )
        .route("/login", get(auth::begin))
        .route("/login/callback", get(auth::callback))
        .route("/login/terminal", get(auth::terminal).post(auth::confirm))
        .route("/logout", post(auth::logout))
        .route(app.assets.style_path(), get(pages::style))
}

/// The platform and the operator's monitoring.
fn operations() -> Router<App> {
    Router::new()
        .route("/healthz", get(operations::alive))
        .route("/readyz", get(operations::ready))
        .route("/metrics", get(operations::metrics))
}

/// The whole server, without its listener.
pub fn router(app: App) -> Router {
    let api = API_ROUTES
        .iter()
        .fold(Router::new(), |router, (method, path)| {
            router.route(path, api_route(method, path))
        });
    Router::new()
        .nest("/api/v1", api)
        .merge(pages(&app))
        .merge(operations())
        .fallback(|| async { Failure::not_found("this address leads nowhere") })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(CatchPanicLayer::new())
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            HANDLER_TIMEOUT,
        ))
        .layer(from_fn_with_state(app.clone(), surface::finish))
        .with_state(app)
}
