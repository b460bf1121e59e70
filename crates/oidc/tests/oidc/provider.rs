//! An identity provider on loopback that can be told to misbehave.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::keys::keys;

/// How an endpoint answers.
#[derive(Clone)]
pub(crate) enum Reply {
    Json(u16, Value),
    Text(u16, &'static str, String),
    RedirectTo(String),
    Never,
}

#[derive(Default)]
pub(crate) struct Knobs {
    /// Instead of the usual discovery document.
    pub(crate) discovery: Option<Reply>,
    /// Instead of the usual key set.
    pub(crate) key_set: Option<Reply>,
    pub(crate) token: Option<Reply>,
    pub(crate) discovery_hits: usize,
    pub(crate) key_set_hits: usize,
    /// Authorization header and form of each token request.
    pub(crate) token_requests: Vec<(String, String)>,
    pub(crate) foreign_hits: usize,
}

pub(crate) struct Provider {
    pub(crate) issuer: String,
    knobs: Arc<Mutex<Knobs>>,
}

type Shared = State<(String, Arc<Mutex<Knobs>>)>;

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let knobs = Arc::new(Mutex::new(Knobs::default()));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(key_set))
            .route("/token", post(token))
            .route("/foreign", get(foreign).post(foreign))
            .with_state((issuer.clone(), Arc::clone(&knobs)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, knobs }
    }

    pub(crate) fn knobs(&self) -> MutexGuard<'_, Knobs> {
        self.knobs.lock().unwrap()
    }

    pub(crate) fn metadata(&self) -> Value {
        metadata(&self.issuer)
    }

    pub(crate) fn answer_with_token(&self, token: &str) {
        self.knobs().token = Some(Reply::Json(
            200,
            json!({"access_token": "at", "token_type": "Bearer", "expires_in": 3600, "id_token": token}),
        ));
    }
}

fn metadata(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        // More than we take: our own list decides.
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
    })
}

async fn discovery(State((issuer, knobs)): Shared) -> Response {
    let reply = {
        let mut knobs = knobs.lock().unwrap();
        knobs.discovery_hits += 1;
        knobs.discovery.clone()
    };
    send(reply.unwrap_or_else(|| Reply::Json(200, metadata(&issuer)))).await
}

async fn key_set(State((_, knobs)): Shared) -> Response {
    let reply = {
        let mut knobs = knobs.lock().unwrap();
        knobs.key_set_hits += 1;
        knobs.key_set.clone()
    };
    send(reply.unwrap_or_else(|| Reply::Json(200, json!({"keys": keys().published()})))).await
}

async fn token(State((_, knobs)): Shared, headers: HeaderMap, body: Bytes) -> Response {
    let reply = {
        let mut knobs = knobs.lock().unwrap();
        let authorization = headers
            .get(header::AUTHORIZATION)
            .map_or("", |value| value.to_str().unwrap());
        knobs.token_requests.push((
            authorization.to_owned(),
            String::from_utf8(body.to_vec()).unwrap(),
        ));
        knobs.token.clone()
    };
    send(reply.unwrap_or_else(|| Reply::Json(400, json!({"error": "invalid_grant"})))).await
}

/// Where a redirect would lead.
async fn foreign(State((_, knobs)): Shared) -> &'static str {
    knobs.lock().unwrap().foreign_hits += 1;
    "{}"
}

async fn send(reply: Reply) -> Response {
    match reply {
        Reply::Json(status, body) => (
            StatusCode::from_u16(status).unwrap(),
            [(header::CONTENT_TYPE, "application/json")],
            body.to_string(),
        )
            .into_response(),
        Reply::Text(status, content_type, body) => (
            StatusCode::from_u16(status).unwrap(),
            [(header::CONTENT_TYPE, content_type)],
            body,
        )
            .into_response(),
        Reply::RedirectTo(location) => (
            StatusCode::TEMPORARY_REDIRECT,
            [(header::LOCATION, location)],
        )
            .into_response(),
        Reply::Never => {
            tokio::time::sleep(Duration::from_mins(1)).await;
            StatusCode::GATEWAY_TIMEOUT.into_response()
        }
    }
}
