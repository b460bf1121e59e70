//! The proxy's own protocol: a client shows the secret and says `CONNECT host:443`. Anything else is refused.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, HeaderValue, PROXY_AUTHENTICATE, TRANSFER_ENCODING};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::body::{Answer, own_words};
use super::client_secret::ClientSecret;
use super::dial::{Route, dial};
use super::endpoint::Endpoints;
use super::life::Life;
use super::limits::{CONNECT_HEAD, LARGEST_CONNECT, STRANGERS, TUNNELS};
use super::log::{Log, Record, Recording};
use super::splice::copy;
use super::target::Target;
use super::tunnel;
use super::{Others, Spared};
use crate::newcomers::{Newcomer, Newcomers};
use crate::peer::{Client, Peers};

/// How long to wait when no connection can be taken, because the process has too many files open.
const BREATH: Duration = Duration::from_millis(50);

pub(super) struct Gate {
    pub(super) secret: ClientSecret,
    pub(super) endpoints: Endpoints,
    others: Others,
    spared: Option<Spared>,
    pub(super) life: Life,
    pub(super) log: Option<Log>,
    tunnels: Arc<Semaphore>,
}

impl Gate {
    pub(super) fn new(
        secret: ClientSecret,
        endpoints: Endpoints,
        (others, spared): (Others, Option<Spared>),
        life: Life,
        log: Option<Log>,
    ) -> Self {
        Self {
            secret,
            endpoints,
            others,
            spared,
            life,
            log,
            tunnels: Arc::new(Semaphore::new(TUNNELS)),
        }
    }

    /// Takes connections. The port is closed when this is dropped.
    pub(super) async fn listen(self: Arc<Self>, listener: TcpListener, address: SocketAddr) {
        let peers = Peers::probe();
        let mut newcomers = Newcomers::at_most(STRANGERS);
        loop {
            let Ok((stream, client)) = listener.accept().await else {
                tokio::time::sleep(BREATH).await;
                continue;
            };
            // Security invariant: another user can take no place, and so can keep nobody out.
            if peers.client(client, address) != Client::Stranger && stream.set_nodelay(true).is_ok()
            {
                let newcomer = newcomers.admit();
                self.life.spawn(Arc::clone(&self).receive(stream, newcomer));
            }
        }
    }

    async fn receive(self: Arc<Self>, stream: TcpStream, newcomer: Arc<Newcomer>) {
        let service = service_fn(|request: Request<Incoming>| {
            let (gate, newcomer) = (Arc::clone(&self), Arc::clone(&newcomer));
            async move { Ok::<_, Infallible>(gate.answer(request, &newcomer).await) }
        });
        let served = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(CONNECT_HEAD)
            .max_header_size(LARGEST_CONNECT)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        // How a connection ends concerns only the client, which sees it.
        tokio::select! {
            () = newcomer.turned_away() => {}
            _ = served => {}
        }
    }

    /// Security invariant: the secret is asked for before anything is looked up, opened or told.
    async fn answer(
        &self,
        mut request: Request<Incoming>,
        newcomer: &Newcomer,
    ) -> Response<Answer> {
        let uri = request.uri();
        let wanted = uri
            .authority()
            .map_or("", |authority| authority.as_str())
            .to_owned();
        // What stands before an `@` may be a secret that somebody put into an address.
        let host = wanted.rsplit('@').next().unwrap_or_default();
        let record = Record::begin(self.log.as_ref(), request.method(), host, uri);
        let refuse = |status, words: &str| own_words(status, words, &record);
        if request.method() != Method::CONNECT {
            let words = "only https goes through the session's proxy, and only by CONNECT";
            return refuse(StatusCode::FORBIDDEN, words);
        }
        if !self.secret.is_shown_in(request.headers()) {
            let words =
                "the session's proxy is for the programs of the session, which know its secret";
            let mut response = refuse(StatusCode::PROXY_AUTHENTICATION_REQUIRED, words);
            let basic = HeaderValue::from_static("Basic realm=\"daypass\", charset=\"UTF-8\"");
            response.headers_mut().insert(PROXY_AUTHENTICATE, basic);
            return response;
        }
        newcomer.is_known_now();
        if has_body(&request) || uri.path_and_query().is_some() || uri.scheme().is_some() {
            return refuse(
                StatusCode::BAD_REQUEST,
                "CONNECT takes a host and a port, and no body",
            );
        }
        let target = match Target::parse(&wanted, None) {
            Ok(target) => target,
            Err(fault) => return refuse(StatusCode::FORBIDDEN, &fault.to_string()),
        };
        if let Err(failure) = self.life.lent() {
            return refuse(failure.status(), &failure.to_string());
        }
        let Ok(place) = Arc::clone(&self.tunnels).try_acquire_owned() else {
            let words = "the session has too many connections open";
            return refuse(StatusCode::SERVICE_UNAVAILABLE, words);
        };
        let endpoint = match self.endpoints.find(&target, self.life.now()) {
            Ok(Some(endpoint)) => endpoint,
            Ok(None) => return self.other(&target, request, place, record).await,
            Err(fault) => {
                return refuse(StatusCode::INTERNAL_SERVER_ERROR, &fault.to_string());
            }
        };
        let upgrade = hyper::upgrade::on(&mut request);
        let (life, log) = (self.life.clone(), self.log.clone());
        self.life.spawn(async move {
            tunnel::serve(upgrade, endpoint, life, log).await;
            drop(place);
        });
        agreed(record.as_deref())
    }

    /// A host that may not have the token: refused, or connected without looking inside.
    async fn other(
        &self,
        target: &Target,
        mut request: Request<Incoming>,
        place: OwnedSemaphorePermit,
        record: Recording,
    ) -> Response<Answer> {
        let is_spared = self.spared.as_ref().is_some_and(|spared| spared(target));
        if self.others == Others::Refused && !is_spared {
            let words = "this host is none of Google's services and none of the session's clusters";
            return own_words(StatusCode::FORBIDDEN, words, &record);
        }
        let host = match dial(target, Route::Direct).await {
            Ok(host) => host,
            Err(failure) => return own_words(failure.status(), &failure.to_string(), &record),
        };
        let upgrade = hyper::upgrade::on(&mut request);
        let response = agreed(record.as_deref());
        self.life.spawn(async move {
            if let Ok(client) = upgrade.await {
                copy(TokioIo::new(client), host, &record).await;
            }
            drop(place);
        });
        response
    }
}

fn agreed(record: Option<&Record>) -> Response<Answer> {
    if let Some(record) = record {
        record.status(StatusCode::OK);
    }
    Response::new(Answer::empty())
}

fn has_body(request: &Request<Incoming>) -> bool {
    let headers = request.headers();
    let length = headers.get(CONTENT_LENGTH);
    headers.contains_key(TRANSFER_ENCODING) || length.is_some_and(|length| length != "0")
}
