//! One HTTP call to Google.

use std::time::Duration;

use daypass_core::reason::RequestReason;
use daypass_core::resource::Method;
use daypass_engine::ports::IamError;
use http::HeaderValue;
use http::header::AUTHORIZATION;
use reqwest::Response;
use reqwest::redirect::Policy as Redirects;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::clock::{Exchange, Fed, Sources};
use crate::endpoints::Endpoints;
use crate::failure::{Effect, of_answer, of_transport};
use crate::options::Timeouts;
use crate::retry_after::date;

/// The largest answer that is read. A policy has a few tens of kB.
const LARGEST_ANSWER: usize = 10 << 20;

const REASON_HEADER: &str = "x-goog-request-reason";

/// One call.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) service: &'a str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Vec<(&'a str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) reason: Option<&'a RequestReason>,
    pub(crate) effect: Effect,
    /// What it is about, for the messages.
    pub(crate) resource: &'a str,
}

impl<'a> Call<'a> {
    /// A plain read of a path.
    pub(crate) fn get(service: &'a str, path: String, resource: &'a str) -> Self {
        Self {
            service,
            method: Method::Get,
            path,
            query: Vec::new(),
            body: None,
            reason: None,
            effect: Effect::Read,
            resource,
        }
    }
}

/// The way to Google.
#[derive(Debug)]
pub(crate) struct Transport {
    pub(crate) client: reqwest::Client,
    pub(crate) endpoints: Endpoints,
    pub(crate) sources: Sources,
    pub(crate) clock: Fed,
}

/// The client of all calls: no redirects, since our token is for Google alone.
pub(crate) fn client(timeouts: Timeouts, sandbox: bool) -> Result<reqwest::Client, reqwest::Error> {
    let builder = reqwest::Client::builder()
        .redirect(Redirects::none())
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.whole)
        .tcp_nodelay(true)
        .user_agent(concat!("daypass/", env!("CARGO_PKG_VERSION")));
    // A proxy of the machine does not know the sandbox, and has no business with its tokens.
    if sandbox {
        builder.no_proxy().build()
    } else {
        builder.https_only(true).build()
    }
}

impl Transport {
    /// Sends the call with this token and reads its answer.
    pub(crate) async fn send(
        &self,
        call: &Call<'_>,
        token: &SecretString,
    ) -> Result<Value, IamError> {
        let request = self.request(call, token)?;
        let sent = self.sources.monotonic();
        let response = request
            .send()
            .await
            .map_err(|error| of_transport(error, call.effect))?;
        let received = self.sources.monotonic();
        if let Some(date) = date(response.headers()) {
            self.clock.observe(Exchange {
                sent,
                received,
                date,
            });
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let body = body(response).await;
        tracing::debug!(
            http.service = call.service,
            http.path = call.path,
            http.status = status.as_u16(),
            duration_ms = milliseconds(self.sources.monotonic().saturating_sub(sent)),
            "Google answered"
        );
        if !status.is_success() {
            // The status alone tells the kind; a body that is broken only costs its words.
            let body = body.unwrap_or_default();
            return Err(of_answer(
                status,
                &headers,
                &body,
                call.effect,
                call.resource,
            ));
        }
        read(body, call.effect)
    }

    fn request(
        &self,
        call: &Call<'_>,
        token: &SecretString,
    ) -> Result<reqwest::RequestBuilder, IamError> {
        let refused = |message: String| IamError::Refused { message };
        let url = self
            .endpoints
            .url(call.service, &call.path)
            .ok_or_else(|| {
                refused(format!(
                    "the sandbox has no endpoint for '{}'",
                    call.service
                ))
            })?;
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose_secret()))
            .map_err(|_| IamError::Unauthenticated {
                message: "the token has characters that no token has".into(),
            })?;
        bearer.set_sensitive(true);
        let method = match call.method {
            Method::Get => http::Method::GET,
            Method::Post => http::Method::POST,
            Method::Put => http::Method::PUT,
        };
        let mut request = self
            .client
            .request(method, url)
            .header(AUTHORIZATION, bearer);
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        if let Some(reason) = call.reason {
            request = request.header(REASON_HEADER, reason.as_str());
        }
        Ok(request)
    }
}

/// Why a body could not be read.
enum BodyError {
    TooLarge,
    Broken(reqwest::Error),
}

async fn body(mut response: Response) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len().saturating_add(chunk.len()) > LARGEST_ANSWER {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn read(body: Result<Vec<u8>, BodyError>, effect: Effect) -> Result<Value, IamError> {
    let body = body.map_err(|error| match error {
        BodyError::TooLarge => effect.garbled("it is larger than 10 MiB".into()),
        BodyError::Broken(error) => of_transport(error, effect),
    })?;
    serde_json::from_slice(&body).map_err(|error| {
        if error.is_eof() {
            effect.lost("the answer was cut short".into())
        } else {
            effect.garbled(format!("it is not JSON: {error}"))
        }
    })
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
