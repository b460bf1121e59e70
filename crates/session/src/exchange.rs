//! The session's own token endpoint: Google's libraries bring the session's secret and get the present token.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use daypass_engine::ports::Clock;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use url::form_urlencoded;

use crate::error::SessionError;
use crate::held_token::{TokenWatch, seconds_left};
use crate::loopback::{Answer, Loopback};
use crate::peer::{Client, Peers};

/// The path of the endpoint.
const PATH: &str = "/v1/token";
/// RFC 8693.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// The largest form, in bytes. The secret has 43.
const LARGEST_FORM: usize = 16 << 10;

/// The endpoint, for as long as it lives.
pub(crate) struct Exchange(Loopback);

impl Exchange {
    /// Starts it. Whoever shows the secret gets the token, and nobody else.
    pub(crate) async fn start(
        secret: SecretString,
        token: TokenWatch,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SessionError> {
        let endpoint = Endpoint {
            secret,
            token,
            clock,
        };
        Loopback::start(endpoint, Peers::probe()).await.map(Self)
    }

    /// The address for credential files.
    pub(crate) fn token_url(&self) -> String {
        format!("http://{}{PATH}", self.0.address())
    }
}

struct Endpoint {
    secret: SecretString,
    token: TokenWatch,
    clock: Arc<dyn Clock>,
}

impl Answer for Endpoint {
    async fn answer(
        &self,
        _client: Client,
        _server: SocketAddr,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        if request.uri().path() != PATH {
            return refused(
                StatusCode::NOT_FOUND,
                "invalid_request",
                "there is nothing here",
            );
        }
        if request.method() != Method::POST {
            return refused(
                StatusCode::METHOD_NOT_ALLOWED,
                "invalid_request",
                "post a form",
            );
        }
        let Ok(body) = Limited::new(request.into_body(), LARGEST_FORM)
            .collect()
            .await
        else {
            return refused(
                StatusCode::PAYLOAD_TOO_LARGE,
                "invalid_request",
                "the form is too large",
            );
        };
        self.exchange(&body.to_bytes())
    }
}

impl Endpoint {
    fn exchange(&self, form: &[u8]) -> Response<Full<Bytes>> {
        let mut grant_type = None;
        let mut subject = None;
        for (name, value) in form_urlencoded::parse(form) {
            match name.as_ref() {
                "grant_type" => grant_type = Some(value.into_owned()),
                "subject_token" => subject = Some(value.into_owned()),
                _ => {}
            }
        }
        if grant_type.as_deref() != Some(TOKEN_EXCHANGE) {
            return refused(
                StatusCode::BAD_REQUEST,
                "unsupported_grant_type",
                "only a token exchange",
            );
        }
        let shown = subject.unwrap_or_default();
        let is_ours = shown
            .as_bytes()
            .ct_eq(self.secret.expose_secret().as_bytes());
        if !bool::from(is_ours) {
            return refused(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "this is not the secret of the session",
            );
        }
        let token = self.token.borrow().clone();
        let left = token
            .as_ref()
            .and_then(|token| seconds_left(token, self.clock.now()));
        let (Some(token), Some(left)) = (token, left) else {
            return refused(
                StatusCode::BAD_REQUEST,
                "invalid_grant",
                "the Daypass session is over",
            );
        };
        answer(
            StatusCode::OK,
            &json!({
                "access_token": token.secret().expose_secret(),
                "issued_token_type": ACCESS_TOKEN,
                "token_type": "Bearer",
                "expires_in": left,
            }),
        )
    }
}

fn refused(status: StatusCode, error: &str, description: &str) -> Response<Full<Bytes>> {
    answer(
        status,
        &json!({ "error": error, "error_description": description }),
    )
}

pub(crate) fn answer(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body.to_string())));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    headers.insert(CACHE_CONTROL, http::HeaderValue::from_static("no-store"));
    response
}
