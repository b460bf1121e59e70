//! One request to the server and its answer.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, LOCATION, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Credential, ServerAddress, machine, problem};
use crate::error::Error;

/// How long one request may take. The server answers from its own store; only a sick one takes this long.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to try to connect.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is read: a page of grants is far smaller.
const LARGEST_ANSWER: usize = 16 * 1024 * 1024;
/// How often a request that is safe to repeat is sent in all.
const TRIES: u32 = 3;
/// A server that asks for more patience than this is left to the person.
const LONGEST_PATIENCE: Duration = Duration::from_secs(10);

/// A client of one server. Redirects are never followed: the session would go with them.
pub(crate) struct Client {
    http: reqwest::Client,
    server: ServerAddress,
    credential: Option<Credential>,
    /// The server's clock minus this machine's, in milliseconds, by the `Date` header of its last answer.
    clock_offset: AtomicI64,
}

impl Client {
    /// A client; refuses to carry a credential in the clear over a network.
    pub(crate) fn new(
        server: ServerAddress,
        credential: Option<Credential>,
    ) -> Result<Self, Error> {
        if credential.is_some() {
            server.may_carry_a_session()?;
        }
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("daypass/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .timeout(REQUEST_TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT);
        if !server.is_https() {
            // A proxy for plain http would read the session that must not leave this machine.
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| unreachable(&server, error))?;
        Ok(Self {
            http,
            server,
            credential,
            clock_offset: AtomicI64::new(0),
        })
    }

    /// The server.
    pub(crate) fn server(&self) -> &ServerAddress {
        &self.server
    }

    /// The server's clock now: what is left of a grant is told by it, not by this machine's clock.
    pub(crate) fn now(&self) -> Timestamp {
        let now = machine::now();
        now.checked_add(self.clock_offset()).unwrap_or(now)
    }

    /// The server's clock minus this machine's.
    pub(crate) fn clock_offset(&self) -> SignedDuration {
        SignedDuration::from_millis(self.clock_offset.load(Ordering::Relaxed))
    }

    pub(super) async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Error> {
        let request = self.request(Method::GET, path).query(query);
        self.parse(self.send(request, true).await?).await
    }

    /// `key` makes the write happen once however often it is sent (`Idempotency-Key`), so it may be sent again.
    pub(super) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &B,
        key: Option<&str>,
    ) -> Result<T, Error> {
        let mut request = self.request(Method::POST, path).json(body);
        if let Some(key) = key {
            request = request.header(daypass_api::IDEMPOTENCY_KEY, key);
        }
        self.parse(self.send(request, key.is_some()).await?).await
    }

    pub(super) async fn delete(&self, path: &[&str]) -> Result<(), Error> {
        self.send(self.request(Method::DELETE, path), false)
            .await
            .map(drop)
    }

    fn request(&self, method: Method, path: &[&str]) -> RequestBuilder {
        let request = self
            .http
            .request(method, self.server.join(path))
            .header(ACCEPT, "application/json");
        match self.credential.as_ref().and_then(Credential::header) {
            Some(value) => request.header(AUTHORIZATION, value),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder, repeatable: bool) -> Result<Response, Error> {
        let mut tries_left = if repeatable { TRIES } else { 1 };
        let mut pause = Duration::from_millis(300);
        loop {
            tries_left -= 1;
            let attempt = request.try_clone();
            let sent = match attempt {
                Some(attempt) => attempt.send().await,
                None => {
                    return Err(Error::Protocol {
                        server: self.server.to_string(),
                        why: "the request cannot be built".into(),
                    });
                }
            };
            match sent {
                Ok(response) => {
                    self.note_clock(&response);
                    let overloaded = matches!(
                        response.status(),
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
                    );
                    let asked = retry_after(&response).unwrap_or(pause);
                    if !(overloaded && tries_left > 0 && asked <= LONGEST_PATIENCE) {
                        return self.check(response).await;
                    }
                    tokio::time::sleep(asked).await;
                }
                // Nobody listens there: another try within the second helps nobody.
                Err(error) if error.is_connect() || tries_left == 0 => {
                    return Err(unreachable(&self.server, error));
                }
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
    }

    fn note_clock(&self, response: &Response) {
        let date = response
            .headers()
            .get(DATE)
            .and_then(|value| value.to_str().ok());
        let Some(date) = date.and_then(|text| jiff::fmt::rfc2822::parse(text).ok()) else {
            return;
        };
        let offset = date.timestamp().duration_since(machine::now());
        // The header has whole seconds: less than two is rounding and travel, and would only make times flicker.
        let milliseconds = if offset.abs() < SignedDuration::from_secs(2) {
            0
        } else {
            i64::try_from(offset.as_millis()).unwrap_or(0)
        };
        self.clock_offset.store(milliseconds, Ordering::Relaxed);
    }

    /// Turns anything but success into an error.
    async fn check(&self, response: Response) -> Result<Response, Error> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let server = self.server.to_string();
        if status.is_redirection() {
            let to = response
                .headers()
                .get(LOCATION)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            return Err(Error::Redirected {
                server,
                to: crate::output::visible(to),
            });
        }
        let is_problem = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|kind| kind.starts_with(daypass_api::PROBLEM_JSON));
        let body = self.body(response).await?;
        Err(problem::error(
            server,
            status.as_u16(),
            is_problem.then_some(&body),
            self.credential.as_ref(),
        ))
    }

    async fn parse<T: DeserializeOwned>(&self, response: Response) -> Result<T, Error> {
        let body = self.body(response).await?;
        serde_json::from_slice(&body).map_err(|error| Error::Protocol {
            server: self.server.to_string(),
            why: error.to_string(),
        })
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| unreachable(&self.server, error))?
        {
            if body.len() + chunk.len() > LARGEST_ANSWER {
                return Err(Error::Protocol {
                    server: self.server.to_string(),
                    why: "it is far too long".into(),
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
        .map(Duration::from_secs)
}

/// The innermost cause says most: `Connection refused`, the name that does not resolve, the certificate.
fn unreachable(server: &ServerAddress, error: reqwest::Error) -> Error {
    let why = if error.is_timeout() {
        "it does not answer in time".to_owned()
    } else {
        let error = error.without_url();
        let mut innermost: &dyn std::error::Error = &error;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        innermost.to_string()
    };
    Error::Unreachable {
        server: server.to_string(),
        why,
    }
}
