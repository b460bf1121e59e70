//! One request from a tunnel to its host and back.

use std::sync::{Arc, Mutex, PoisonError};

use http::header::{CONNECTION, HOST, HeaderValue, TE, UPGRADE};
use http::uri::{PathAndQuery, Scheme};
use http::{HeaderMap, Request, Response, StatusCode, Uri, Version};
use hyper::body::{Body as _, Incoming};
use hyper::upgrade::OnUpgrade;

use super::body::{Answer, Passing, own_words};
use super::endpoint::Endpoint;
use super::failure::Failure;
use super::life::Life;
use super::log::{Log, Record, Recording};
use super::request::{check, clean_answer, clean_request, takes_trailers, wanted_upgrade};
use super::splice::splice;
use super::upstream::{Http1, Kept, Upstream};

const TRAILERS: HeaderValue = HeaderValue::from_static("trailers");

/// A client's connection to one host.
pub(super) struct Tunnel {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) life: Life,
    pub(super) log: Option<Log>,
    /// Whether the client speaks HTTP/2 in it.
    pub(super) is_http2: bool,
    /// In HTTP/1.1 requests come one after the other, and the next takes the connection of the last.
    pub(super) last: Mutex<Option<Kept>>,
}

impl Tunnel {
    /// Answers a request, in any case.
    pub(super) async fn forward(&self, request: Request<Incoming>) -> Response<Answer> {
        let host = self.endpoint.authority.as_str();
        let record = Record::begin(self.log.as_ref(), request.method(), host, request.uri());
        match self.pass_on(request, &record).await {
            Ok(response) => response,
            Err(failure) => own_words(failure.status(), &failure.to_string(), &record),
        }
    }

    async fn pass_on(
        &self,
        mut request: Request<Incoming>,
        record: &Recording,
    ) -> Result<Response<Answer>, Failure> {
        check(&request, &self.endpoint.target)?;
        let wanted = wanted_upgrade(&request);
        let of_client = wanted.is_some().then(|| hyper::upgrade::on(&mut request));
        let trailers = takes_trailers(request.headers());
        let (mut head, body) = request.into_parts();
        clean_request(&mut head.headers);
        let path = head.uri.into_parts().path_and_query;
        let mut outgoing = Request::new(Passing::to_host(body, record.clone()));
        *outgoing.method_mut() = head.method;
        *outgoing.headers_mut() = head.headers;
        if let Some(protocol) = &wanted {
            ask_for(outgoing.headers_mut(), protocol);
        }
        let mut response = self.send(outgoing, path, trailers, record).await?;
        clean_answer(response.headers_mut());
        if let Some(record) = record {
            record.status(response.status());
        }
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return self.change(response, of_client, wanted, record);
        }
        *response.version_mut() = Version::HTTP_11;
        Ok(response.map(|body| Answer::OfHost(Passing::to_client(body, record.clone()))))
    }

    /// Sends by the protocol in which the client asked, where the host speaks it.
    async fn send(
        &self,
        mut request: Request<Passing>,
        path: Option<PathAndQuery>,
        trailers: bool,
        record: &Recording,
    ) -> Result<Response<Incoming>, Failure> {
        let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
        if self.is_http2 {
            let mut tries = 0;
            while let Some(mut connection) = self.upstream().http2(&self.life).await? {
                tries += 1;
                *request.uri_mut() = self.whole_uri(&path)?;
                if trailers {
                    request.headers_mut().insert(TE, TRAILERS);
                }
                self.life.lent()?.write_to(request.headers_mut());
                match connection.try_send_request(request).await {
                    Ok(response) => return Ok(response),
                    Err(mut error) => match error.take_message() {
                        // It was closed before anything was sent on it.
                        Some(unsent) if tries < 3 => request = unsent,
                        _ => return Err(self.upstream().broken(error.error())),
                    },
                }
            }
        }
        if trailers && !request.headers().contains_key(UPGRADE) {
            // From one neighbour to the next, so that it is named among the connection's (RFC 9110, 10.1.4).
            request.headers_mut().insert(TE, TRAILERS);
            let headers = request.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("te"));
        }
        *request.uri_mut() = Uri::from(path);
        let host = self.endpoint.host.clone();
        request.headers_mut().insert(HOST, host);
        self.send_http1(request, record).await
    }

    async fn send_http1(
        &self,
        mut request: Request<Passing>,
        record: &Recording,
    ) -> Result<Response<Incoming>, Failure> {
        loop {
            let kept = match self.last_one() {
                Some(last) => last.ready().await,
                None => self.upstream().kept(),
            };
            let again = kept.as_ref().and_then(|_| repeatable(&request));
            let was_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.upstream().open_http1(&self.life).await?,
            };
            // As late as can be: opening a connection may have outlasted a token or the session.
            self.life.lent()?.write_to(request.headers_mut());
            let mut error = match connection.try_send_request(request).await {
                Ok(response) => {
                    self.keep(connection);
                    return Ok(response);
                }
                Err(error) => error,
            };
            request = match (error.take_message(), again) {
                // It was closed before anything was sent on it.
                (Some(unsent), _) if was_kept => unsent,
                // The host closed it just when we wrote, as hosts do with idle connections.
                (None, Some(head)) if !error.error().is_parse() => {
                    head.map(|()| Passing::nothing(record.clone()))
                }
                _ => return Err(self.upstream().broken(error.error())),
            };
        }
    }

    fn whole_uri(&self, path: &PathAndQuery) -> Result<Uri, Failure> {
        let mut parts = http::uri::Parts::default();
        parts.scheme = Some(Scheme::HTTPS);
        parts.authority = Some(self.endpoint.authority.clone());
        parts.path_and_query = Some(path.clone());
        Uri::from_parts(parts).map_err(|_| Failure::Unclear)
    }

    /// Both sides agreed on another protocol: from here on their bytes are copied as they are.
    fn change(
        &self,
        mut response: Response<Incoming>,
        of_client: Option<OnUpgrade>,
        wanted: Option<HeaderValue>,
        record: &Recording,
    ) -> Result<Response<Answer>, Failure> {
        let (Some(of_client), Some(protocol)) = (of_client, wanted) else {
            return Err(Failure::Unasked(self.endpoint.target.authority()));
        };
        let of_host = hyper::upgrade::on(&mut response);
        self.life.spawn(splice(of_client, of_host, record.clone()));
        let mut response = response.map(|_| Answer::empty());
        ask_for(response.headers_mut(), &protocol);
        Ok(response)
    }

    fn upstream(&self) -> &Upstream {
        &self.endpoint.upstream
    }

    fn last_one(&self) -> Option<Kept> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.take()
    }

    /// Keeps a connection whose answer is still being read.
    fn keep(&self, mut connection: Http1) {
        if self.is_http2 {
            let endpoint = Arc::clone(&self.endpoint);
            self.life.spawn(async move {
                if connection.ready().await.is_ok() {
                    endpoint.upstream.keep(Kept::new(connection));
                }
            });
        } else {
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(Kept::new(connection));
        }
    }
}

/// What a client leaves behind serves the next one.
impl Drop for Tunnel {
    fn drop(&mut self) {
        if let Some(last) = self.last_one() {
            self.endpoint.upstream.keep(last);
        }
    }
}

/// The head of a request that may be sent twice (RFC 9110, 9.2.1): it only reads, and it has no body that would be
/// gone by then.
fn repeatable(request: &Request<Passing>) -> Option<Request<()>> {
    (request.method().is_safe() && request.body().is_end_stream()).then(|| {
        let mut head = Request::new(());
        *head.method_mut() = request.method().clone();
        *head.uri_mut() = request.uri().clone();
        *head.headers_mut() = request.headers().clone();
        head
    })
}

fn ask_for(headers: &mut HeaderMap, protocol: &HeaderValue) {
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, protocol.clone());
}
