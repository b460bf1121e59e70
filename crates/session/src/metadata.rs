//! A metadata server like that of Google's machines, for programs that can get tokens nowhere else (facts 1.12).
//!
//! The protocol has no credentials of its own (finding 17), so the server is off unless asked for. It then answers only
//! those who show the session's secret as the beginning of the path, or only the user's own processes.

mod browser;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use daypass_engine::ports::{CLOUD_PLATFORM, Clock, USERINFO_EMAIL};
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use crate::error::SessionError;
use crate::held_token::{TokenWatch, seconds_left};
use crate::loopback::{Answer, Loopback};
use crate::peer::{Client, Peers};

/// Every request must have it, and every answer has it too. A web page from elsewhere cannot send it; one whose name
/// leads here can.
const FLAVOR: HeaderName = HeaderName::from_static("metadata-flavor");
const GOOGLE: HeaderValue = HeaderValue::from_static("Google");
/// A request that came over a proxy is not from this machine.
const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Whom the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Whoever begins the path with the session's secret: Python and Rust can.
    Secret,
    /// Every process of this user (Linux only): Node cannot put a secret into the path.
    User,
}

/// The server, for as long as it lives.
pub(crate) struct Metadata {
    server: Loopback,
    prefix: String,
}

impl Metadata {
    /// Starts it.
    pub(crate) async fn start(
        audience: Audience,
        secret: &SecretString,
        account: &str,
        project: Option<String>,
        token: TokenWatch,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, SessionError> {
        let peers = Peers::probe();
        if audience == Audience::User && !peers.can_tell() {
            return Err(SessionError::NoPeer);
        }
        let answers = Answers {
            audience,
            secret: secret.clone(),
            account: account.to_owned(),
            project,
            token,
            clock,
        };
        let server = Loopback::start(answers, peers).await?;
        let prefix = match audience {
            Audience::Secret => format!("/{}", secret.expose_secret()),
            Audience::User => String::new(),
        };
        Ok(Self { server, prefix })
    }

    /// The value of `GCE_METADATA_HOST`.
    pub(crate) fn host(&self) -> String {
        format!("{}{}", self.server.address(), self.prefix)
    }
}

struct Answers {
    audience: Audience,
    secret: SecretString,
    account: String,
    project: Option<String>,
    token: TokenWatch,
    clock: Arc<dyn Clock>,
}

impl Answer for Answers {
    async fn answer(
        &self,
        client: Client,
        server: SocketAddr,
        request: Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        let Some(path) = self.admitted(client, &request) else {
            return text(
                StatusCode::FORBIDDEN,
                "this metadata server belongs to a Daypass session",
            );
        };
        if !browser::cannot_have_sent(&request, server) {
            return text(
                StatusCode::FORBIDDEN,
                "a metadata server is not for web pages, and this is not the name of one",
            );
        }
        if request.method() != Method::GET {
            return text(StatusCode::METHOD_NOT_ALLOWED, "only GET");
        }
        let headers = request.headers();
        if headers.get(FLAVOR) != Some(&GOOGLE) || headers.contains_key(FORWARDED) {
            return text(
                StatusCode::FORBIDDEN,
                "the header Metadata-Flavor: Google is missing",
            );
        }
        let is_recursive = request
            .uri()
            .query()
            .unwrap_or_default()
            .split('&')
            .any(|pair| pair == "recursive=true");
        self.tell(path.trim_matches('/'), is_recursive)
    }
}

impl Answers {
    /// The path after the secret, if the client may ask at all.
    fn admitted<'a>(&self, client: Client, request: &'a Request<Incoming>) -> Option<&'a str> {
        let path = request.uri().path();
        match self.audience {
            Audience::User => (client == Client::Own).then_some(path),
            Audience::Secret => {
                let (shown, rest) = path
                    .strip_prefix('/')?
                    .split_once('/')
                    .unwrap_or((&path[1..], ""));
                let is_ours = shown
                    .as_bytes()
                    .ct_eq(self.secret.expose_secret().as_bytes());
                bool::from(is_ours).then_some(rest)
            }
        }
    }

    fn tell(&self, path: &str, is_recursive: bool) -> Response<Full<Bytes>> {
        let Some(path) = path
            .strip_prefix("computeMetadata/v1")
            .map(|path| path.trim_start_matches('/'))
        else {
            return match path {
                "" => text(StatusCode::OK, "computeMetadata/\n"),
                "computeMetadata" => text(StatusCode::OK, "v1/\n"),
                _ => nothing(),
            };
        };
        let scopes = [CLOUD_PLATFORM, USERINFO_EMAIL];
        match path {
            "" => text(StatusCode::OK, "instance/\nproject/\nuniverse/\n"),
            "instance" => text(StatusCode::OK, "service-accounts/\n"),
            "project" => text(StatusCode::OK, "project-id\n"),
            "project/project-id" => self
                .project
                .as_deref()
                .map_or_else(nothing, |id| text(StatusCode::OK, id)),
            "universe/universe-domain" => text(StatusCode::OK, "googleapis.com"),
            "instance/service-accounts" if is_recursive => {
                let account = self.described();
                json_answer(&json!({ "default": account, self.account.as_str(): account }))
            }
            "instance/service-accounts" => {
                text(StatusCode::OK, &format!("default/\n{}/\n", self.account))
            }
            _ => {
                let Some(rest) = path.strip_prefix("instance/service-accounts/") else {
                    return nothing();
                };
                let (account, what) = rest.split_once('/').unwrap_or((rest, ""));
                if account != "default" && account != self.account {
                    return nothing();
                }
                match what {
                    "" if is_recursive => json_answer(&self.described()),
                    "" => text(StatusCode::OK, "aliases\nemail\nscopes\ntoken\n"),
                    "aliases" => text(StatusCode::OK, "default\n"),
                    "email" => text(StatusCode::OK, &self.account),
                    "scopes" => text(StatusCode::OK, &format!("{}\n", scopes.join("\n"))),
                    "token" => self.present_token(),
                    _ => nothing(),
                }
            }
        }
    }

    fn described(&self) -> Value {
        json!({ "aliases": ["default"], "email": self.account, "scopes": [CLOUD_PLATFORM, USERINFO_EMAIL] })
    }

    fn present_token(&self) -> Response<Full<Bytes>> {
        let token = self.token.borrow().clone();
        let left = token
            .as_ref()
            .and_then(|token| seconds_left(token, self.clock.now()));
        match (token, left) {
            (Some(token), Some(left)) => json_answer(&json!({
                "access_token": token.secret().expose_secret(),
                "expires_in": left,
                "token_type": "Bearer",
            })),
            _ => text(StatusCode::NOT_FOUND, "the Daypass session is over"),
        }
    }
}

fn nothing() -> Response<Full<Bytes>> {
    text(StatusCode::NOT_FOUND, "there is nothing here")
}

fn text(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    whole(status, "application/text", text)
}

fn json_answer(body: &Value) -> Response<Full<Bytes>> {
    whole(StatusCode::OK, "application/json", &body.to_string())
}

fn whole(status: StatusCode, kind: &'static str, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::copy_from_slice(body.as_bytes())));
    *response.status_mut() = status;
    response.headers_mut().insert(FLAVOR, GOOGLE);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
