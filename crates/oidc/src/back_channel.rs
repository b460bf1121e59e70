//! Requests from this server to a provider: https only, no redirects, bounded in time and size.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::Error;
use crate::strict_json::{self, Refused};

/// How long a provider may take for one answer.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// The largest answer that is read, in bytes. Google's key set is below 3 kB.
const BODY_LIMIT: usize = 256 * 1024;

/// The two ways out: through the machine's proxy if it has one, and straight to loopback.
#[derive(Debug, Clone)]
pub(crate) struct BackChannel {
    outward: reqwest::Client,
    loopback: Option<reqwest::Client>,
    timeout: Duration,
}

impl BackChannel {
    pub(crate) fn new(allow_loopback_http: bool) -> Result<Self, Error> {
        // A redirect on this side would carry the code, the client's secret or our trust somewhere else.
        let builder = || reqwest::Client::builder().redirect(Policy::none());
        Ok(Self {
            outward: builder().build().map_err(Error::ClientSetup)?,
            loopback: allow_loopback_http
                .then(|| builder().no_proxy().build())
                .transpose()
                .map_err(Error::ClientSetup)?,
            timeout: DEFAULT_TIMEOUT,
        })
    }

    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    /// Whether `url` may be used at all: https, or http on a loopback IP address where that is allowed.
    pub(crate) fn admit(&self, url: &Url) -> Result<(), Error> {
        self.client(url).map(|_| ())
    }

    fn client(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        match (url.scheme(), &self.loopback) {
            ("https", _) => Ok(&self.outward),
            ("http", Some(loopback)) if on_loopback(url) => Ok(loopback),
            _ => Err(Error::InsecureAddress { url: url.clone() }),
        }
    }

    /// Sends one request. Answers of the 2xx and 4xx classes are returned, anything else is an error.
    pub(crate) async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, Error> {
        let url = address("request", &request.uri().to_string())?;
        let client = self.client(&url)?;
        let failed = |source: reqwest::Error| {
            let (url, source) = (url.clone(), source.without_url());
            if source.is_timeout() {
                Error::TimedOut { url, source }
            } else {
                Error::Unreachable { url, source }
            }
        };
        let mut request = reqwest::Request::try_from(request).map_err(failed)?;
        *request.timeout_mut() = Some(self.timeout);
        let mut reply = client.execute(request).await.map_err(failed)?;

        let status = reply.status();
        if status.is_redirection() {
            return Err(Error::Redirected {
                status: status.as_u16(),
                url,
            });
        }
        if !status.is_success() && !status.is_client_error() {
            return Err(Error::UnexpectedStatus {
                status: status.as_u16(),
                url,
            });
        }
        let mut body = Vec::new();
        while let Some(chunk) = reply.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > BODY_LIMIT {
                return Err(Error::BodyTooLarge {
                    url,
                    limit: BODY_LIMIT,
                });
            }
            body.extend_from_slice(&chunk);
        }
        let mut response = http::Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = reply.headers().clone();
        Ok(response)
    }

    /// Fetches a JSON document.
    pub(crate) async fn json(&self, url: &Url) -> Result<serde_json::Value, Error> {
        let request = http::Request::get(url.as_str())
            .header(http::header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|error| Error::not_understood(url, error))?;
        let response = self.send(request).await?;
        if response.status() != http::StatusCode::OK {
            return Err(Error::UnexpectedStatus {
                url: url.clone(),
                status: response.status().as_u16(),
            });
        }
        strict_json::parse(response.body()).map_err(|refused| match refused {
            Refused::NotJson(error) => Error::not_understood(url, error),
            Refused::Twice(_) => Error::not_understood(url, "a member appears twice"),
        })
    }
}

/// Parses an address that a setting or a document gives.
pub(crate) fn address(what: &'static str, text: &str) -> Result<Url, Error> {
    Url::parse(text).map_err(|source| Error::BadAddress { what, source })
}

/// Names are not asked: `localhost` is whatever the resolver says.
fn on_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        _ => false,
    }
}
