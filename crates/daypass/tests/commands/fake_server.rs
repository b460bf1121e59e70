//! A server that speaks the REST API, with a fixed clock, a script of states and a memory of what was sent.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::any;
use axum::{Json, Router};
use base64::Engine as _;
use daypass_api::{
    CreateGrant, Decide, Entitlements, Extend, GiveReview, Grant, Grants, Identity, Login,
    PROBLEM_JSON, Problem, ReviewWord, Session,
};
use sha2::Digest as _;

use crate::examples;

/// The session that this server hands out; no output of the command may have it.
pub(crate) const TOKEN: &str = "canary-9d1b7c2e-never-print-this";
/// The server's clock.
const DATE: &str = "Sat, 21 Nov 2026 10:00:00 GMT";

/// One request, as it came.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) authorization: Option<String>,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) body: String,
}

#[derive(Default)]
struct Memory {
    received: Vec<Received>,
    /// Answers given before anything else, one a request.
    scripted: VecDeque<(StatusCode, Option<Problem>)>,
    /// What `GET grants/{id}` shows, one after another; the last stays.
    states: VecDeque<&'static str>,
    challenge: String,
    accepted_token: String,
}

#[derive(Clone)]
pub(crate) struct FakeServer {
    address: SocketAddr,
    memory: Arc<Mutex<Memory>>,
}

impl FakeServer {
    /// Serves until the test ends.
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let memory = Memory {
            accepted_token: TOKEN.into(),
            ..Memory::default()
        };
        let server = Self {
            address: listener.local_addr().unwrap(),
            memory: Arc::new(Mutex::new(memory)),
        };
        let app = Router::new()
            .route("/login/terminal", any(sign_in))
            .route("/callback-of-idp", any(finish_sign_in))
            .route("/readyz", any(ready))
            .route("/api/v1/{*path}", any(rest))
            .layer(axum::middleware::map_response(
                |mut response: Response| async {
                    response
                        .headers_mut()
                        .insert(header::DATE, HeaderValue::from_static(DATE));
                    response
                },
            ))
            .with_state(server.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app)
                    .await
                    .unwrap();
            });
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn received(&self) -> Vec<Received> {
        self.memory.lock().unwrap().received.clone()
    }

    /// The last request that changed something.
    pub(crate) fn last_write(&self) -> Received {
        self.received()
            .into_iter()
            .rev()
            .find(|request| request.method != Method::GET)
            .unwrap()
    }

    pub(crate) fn answer_next(&self, status: u16, problem: Option<Problem>) {
        self.memory
            .lock()
            .unwrap()
            .scripted
            .push_back((StatusCode::from_u16(status).unwrap(), problem));
    }

    pub(crate) fn show_states(&self, states: &[&'static str]) {
        self.memory.lock().unwrap().states = states.iter().copied().collect();
    }

    pub(crate) fn accept_only(&self, token: &str) {
        self.memory.lock().unwrap().accepted_token = token.into();
    }
}

pub(crate) fn problem(kind: &str, status: u16, detail: &str, hint: Option<&str>) -> Problem {
    Problem {
        kind: format!("about:blank#{kind}"),
        title: kind.into(),
        status,
        detail: Some(detail.into()),
        hint: hint.map(Into::into),
        rules: Vec::new(),
        sign_in: None,
        request_id: Some("request-1".into()),
    }
}

/// As a server on a sandbox does: off to the provider with a cookie, and back to the port.
async fn sign_in(
    State(server): State<FakeServer>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    server
        .memory
        .lock()
        .unwrap()
        .challenge
        .clone_from(&query["challenge"]);
    match (query.get("as"), query.get("port")) {
        (Some(_), Some(port)) => {
            let cookie =
                format!("__Host-daypass-login={port}; Path=/; Secure; HttpOnly; SameSite=Lax");
            (
                [(header::SET_COOKIE, cookie)],
                Redirect::to("/callback-of-idp?code=idp"),
            )
                .into_response()
        }
        _ => "Choose who you are".into_response(),
    }
}

async fn finish_sign_in(headers: HeaderMap) -> Response {
    let cookie = headers
        .get(header::COOKIE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match cookie.strip_prefix("__Host-daypass-login=") {
        Some(port) => Redirect::to(&format!(
            "http://127.0.0.1:{port}/callback?code=one-time-code"
        ))
        .into_response(),
        None => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn ready() -> Json<serde_json::Value> {
    Json(serde_json::json!({"ready": true, "degraded": []}))
}

async fn rest(
    State(server): State<FakeServer>,
    method: Method,
    uri: Uri,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let header = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap().to_owned())
    };
    let received = Received {
        method: method.clone(),
        target: uri.to_string(),
        authorization: header("authorization"),
        idempotency_key: header("idempotency-key"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let mut memory = server.memory.lock().unwrap();
    memory.received.push(received.clone());
    if let Some((status, problem)) = memory.scripted.pop_front() {
        return match problem {
            Some(problem) => (
                status,
                [(header::CONTENT_TYPE, PROBLEM_JSON)],
                serde_json::to_string(&problem).unwrap(),
            )
                .into_response(),
            None => (status, "<html>a proxy</html>").into_response(),
        };
    }
    if path != "sessions"
        && received.authorization != Some(format!("Bearer {}", memory.accepted_token))
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let url = server.url();
    let query: HashMap<String, String> = Query::try_from_uri(&uri)
        .map(|Query(query)| query)
        .unwrap_or_default();
    match (method.as_str(), path.as_str()) {
        ("POST", "sessions") => open_session(&memory, &received.body),
        ("DELETE", "sessions/current") => StatusCode::NO_CONTENT.into_response(),
        ("GET", "me") => Json(identity()).into_response(),
        ("GET", "entitlements") => Json(entitlements(&query)).into_response(),
        ("GET", "entitlements/prod-storage") => {
            Json(examples::entitlements().pop().unwrap()).into_response()
        }
        ("GET", "entitlements/pay-database") => Json(examples::elaborate()).into_response(),
        ("GET", "entitlements/prod-break-glass") => Json(examples::break_glass()).into_response(),
        ("GET", "grants") => Json(grants(&query, &url)).into_response(),
        ("POST", "grants") => {
            let wish: CreateGrant = serde_json::from_str(&received.body).unwrap();
            let origin = if wish.give.is_some() {
                "given"
            } else {
                "requested"
            };
            let state = memory.states.pop_front().unwrap_or("APPROVAL_AWAITED");
            (
                StatusCode::CREATED,
                Json(Grant {
                    origin: origin.into(),
                    state: state.into(),
                    ..examples::pending(&url)
                }),
            )
                .into_response()
        }
        ("POST", "grants:explain") => {
            let wish: CreateGrant = serde_json::from_str(&received.body).unwrap();
            let decision = if wish.duration.as_deref() == Some("9h") {
                "denied"
            } else {
                "needs-approval"
            };
            let explanation = match wish.entitlement.as_deref() {
                Some("pay-database") => examples::elaborate_explanation(),
                Some("prod-break-glass") => examples::emergency_explanation(),
                _ => examples::explanation(decision),
            };
            Json(explanation).into_response()
        }
        (_, path) => one_grant(
            &mut memory,
            path.strip_prefix("grants/").unwrap_or_default(),
            &received.body,
            &url,
        ),
    }
}

fn open_session(memory: &Memory, body: &str) -> Response {
    let login: Login = serde_json::from_str(body).unwrap();
    let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(sha2::Sha256::digest(&login.verifier));
    // A code that was typed in was shown in a browser that this server has not seen.
    let is_proved = memory.challenge.is_empty() || challenge == memory.challenge;
    if login.code != "one-time-code" || !is_proved {
        let problem = problem(
            "invalid",
            400,
            "the code is not known",
            Some("daypass login"),
        );
        return (
            StatusCode::BAD_REQUEST,
            [(header::CONTENT_TYPE, PROBLEM_JSON)],
            serde_json::to_string(&problem).unwrap(),
        )
            .into_response();
    }
    let session = Session {
        token: TOKEN.into(),
        expires_at: "2026-11-21T18:00:00Z".into(),
        email: "alice@example.com".into(),
    };
    (StatusCode::CREATED, Json(session)).into_response()
}

fn identity() -> Identity {
    Identity {
        email: "alice@example.com".into(),
        name: "Alice".into(),
        issuer: "http://127.0.0.1:1".into(),
        groups: vec!["platform@example.com".into(), "sre@example.com".into()],
        expires_at: Some("2026-11-21T18:00:00Z".into()),
        sandbox: true,
    }
}

/// In pages of one, so that the command must turn them.
fn entitlements(query: &HashMap<String, String>) -> Entitlements {
    let mut found = examples::entitlements();
    found.retain(|entitlement| {
        query
            .get("search")
            .is_none_or(|text| entitlement.id.contains(text))
    });
    let at: usize = query
        .get("cursor")
        .map_or(0, |cursor| cursor.parse().unwrap());
    let next = (at + 1 < found.len()).then(|| (at + 1).to_string());
    Entitlements {
        entitlements: found.into_iter().skip(at).take(1).collect(),
        next,
    }
}

fn grants(query: &HashMap<String, String>, url: &str) -> Grants {
    let grants = match query["scope"].as_str() {
        "mine" => vec![examples::active(url), examples::pending(url)],
        "inbox" => vec![Grant {
            beneficiary: "serviceAccount:deployer@acme-prod.iam.gserviceaccount.com".into(),
            may_decide: true,
            ..examples::pending(url)
        }],
        "reviews" => vec![examples::emergency(url)],
        _ => Vec::new(),
    };
    Grants { grants, next: None }
}

fn one_grant(memory: &mut Memory, path: &str, body: &str, url: &str) -> Response {
    let (id, verb) = path.split_once(':').unwrap_or((path, ""));
    let grant = match id {
        examples::PENDING => examples::pending(url),
        examples::ACTIVE => examples::active(url),
        examples::HALF_WAY => examples::half_way(url),
        examples::EMERGENCY => examples::emergency(url),
        _ => {
            let problem = problem("not-found", 404, "there is no such grant", None);
            return (
                StatusCode::NOT_FOUND,
                [(header::CONTENT_TYPE, PROBLEM_JSON)],
                serde_json::to_string(&problem).unwrap(),
            )
                .into_response();
        }
    };
    if verb == "review" {
        let review: GiveReview = serde_json::from_str(body).unwrap();
        return Json(reviewed(grant, review)).into_response();
    }
    let state = match verb {
        "" if memory.states.len() > 1 => memory.states.pop_front().unwrap(),
        "" => memory.states.front().copied().unwrap_or(
            if matches!(id, examples::ACTIVE | examples::EMERGENCY) {
                "ACTIVE"
            } else {
                "APPROVAL_AWAITED"
            },
        ),
        "extend" => {
            let _: Extend = serde_json::from_str(body).unwrap();
            "APPROVAL_AWAITED"
        }
        verb => {
            let _: Decide = serde_json::from_str(body).unwrap();
            match verb {
                "approve" => "ACTIVATING",
                "deny" => "DENIED",
                "withdraw" => "WITHDRAWN",
                "revoke" => "REVOKING",
                other => panic!("no such verb: {other}"),
            }
        }
    };
    Json(Grant {
        state: state.into(),
        ..grant
    })
    .into_response()
}

/// The grant with the word of its reviewer.
fn reviewed(mut grant: Grant, review: GiveReview) -> Grant {
    if let Some(owed) = &mut grant.review {
        owed.done = Some(ReviewWord {
            person: "erin@example.com".into(),
            justified: review.justified,
            comment: review.comment,
            at: "2026-11-21T10:00:00Z".into(),
        });
    }
    grant
}
