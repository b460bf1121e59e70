//! The outermost layer: refuses what no handler should see, renders failures for whoever reads them, and logs each
//! once.

use axum::Json;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use daypass_api::{PROBLEM_JSON, Problem, Rule};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::app::App;
use crate::failure::Failure;
use crate::headers;
use crate::pages::ErrorPage;

/// Longest path and query that are read, in bytes (`facts`: limits).
const MAX_URI_BYTES: usize = 8 * 1024;

/// The header that names the request in the log.
static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who reads the answer. This chooses the form of an answer only; who may do what is decided by what handlers take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Surface {
    Program,
    Person,
}

/// Runs the request and finishes its response.
pub(crate) async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let surface = match request.uri().path() {
        path if path.starts_with("/api/") => Surface::Program,
        "/healthz" | "/readyz" | "/metrics" => Surface::Program,
        _ => Surface::Person,
    };
    let request_id = app.random_text::<9>();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = match refuse(&request) {
        Some(failure) => failure.into_response(),
        None => next.run(request).await,
    };
    if let Some(failure) = failure_of(&mut response) {
        if failure.status.is_server_error() {
            tracing::error!(request.id = %request_id, %method, path, status = failure.status.as_u16(), kind = failure.kind, cause = failure.cause, "{}", failure.detail);
        } else {
            tracing::info!(request.id = %request_id, %method, path, status = failure.status.as_u16(), kind = failure.kind, cause = failure.cause, "{}", failure.detail);
        }
        response = match surface {
            Surface::Program => problem(&app, &failure, &request_id, response.headers()),
            Surface::Person => page(&app, &failure, &request_id, response.headers()),
        };
    }
    app.metrics.answered(response.status());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    headers::protect(response.headers_mut(), app.public_url.scheme() == "https");
    response
}

/// What is refused before routing.
fn refuse(request: &Request) -> Option<Failure> {
    let uri = request.uri();
    if uri.path().len() + uri.query().map_or(0, str::len) > MAX_URI_BYTES {
        return Some(Failure::of_status(StatusCode::URI_TOO_LONG));
    }
    // Some proxies turn `_` into `-`: a header that is one thing there and another here is how identities are forged.
    if let Some(name) = request
        .headers()
        .keys()
        .find(|name| name.as_str().contains('_'))
    {
        return Some(Failure::invalid(format!(
            "the header name '{name}' contains '_'"
        )));
    }
    None
}

fn failure_of(response: &mut Response) -> Option<Failure> {
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        return Some(failure);
    }
    let status = response.status();
    let is_rendered = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| !value.as_bytes().starts_with(b"text/plain"));
    ((status.is_client_error() || status.is_server_error()) && !is_rendered)
        .then(|| Failure::of_status(status))
}

fn problem(app: &App, failure: &Failure, request_id: &str, before: &HeaderMap) -> Response {
    let body = Problem {
        kind: format!("about:blank#{}", failure.kind),
        title: failure.title.to_owned(),
        status: failure.status.as_u16(),
        detail: Some(failure.detail.clone()),
        hint: failure.hint.clone(),
        rules: failure.rules.iter().map(rule).collect(),
        sign_in: failure.sign_in.as_deref().map(|path| app.address(path)),
        request_id: Some(request_id.to_owned()),
    };
    let mut response = (failure.status, Json(body)).into_response();
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    if failure.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("Bearer realm=\"daypass\""),
        );
    }
    keep(failure, before, response)
}

fn page(app: &App, failure: &Failure, request_id: &str, before: &HeaderMap) -> Response {
    let response = (failure.status, ErrorPage::new(app, failure, request_id)).into_response();
    keep(failure, before, response)
}

/// Carries over what a failure's own response said in headers.
fn keep(failure: &Failure, before: &HeaderMap, mut response: Response) -> Response {
    for name in [ALLOW, http::header::SET_COOKIE] {
        for value in before.get_all(&name) {
            response.headers_mut().append(name.clone(), value.clone());
        }
    }
    if let Some(seconds) = failure.retry_after {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A rule on the wire.
pub(crate) fn rule(rule: &daypass_core::decide::Rule) -> Rule {
    Rule {
        name: rule.name.clone(),
        holds: rule.holds,
        detail: rule.detail.clone(),
        hint: rule.hint.clone(),
    }
}
