//! What of a request is checked and taken away before it may carry the token. Nothing here does input or output.

use http::header::{
    ALT_SVC, AUTHORIZATION, CONNECTION, EXPECT, HOST, PROXY_AUTHENTICATE, TE, TRANSFER_ENCODING,
    UPGRADE,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Version};

use super::failure::Failure;
use super::lent::REASON;
use super::target::Target;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// Of a request: the client's own credentials, what only holds between two neighbours (RFC 9110, 7.6.1), and what we
/// write ourselves.
const OF_REQUESTS: [HeaderName; 10] = [
    AUTHORIZATION,
    REASON,
    HOST,
    CONNECTION,
    KEEP_ALIVE,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
    // The client is told to go on at once, and the body follows the head without a pause.
    EXPECT,
    HTTP2_SETTINGS,
];

/// Of an answer. `Alt-Svc` would invite the client to go on by QUIC, past this proxy.
const OF_ANSWERS: [HeaderName; 6] = [
    CONNECTION,
    KEEP_ALIVE,
    TRANSFER_ENCODING,
    UPGRADE,
    PROXY_AUTHENTICATE,
    ALT_SVC,
];

/// Protocols that a connection may change to: `kubectl exec` and its like. Not HTTP/2 without TLS (`h2c`), in which
/// requests would pass unseen.
const UPGRADES: [&str; 2] = ["websocket", "spdy/3.1"];

/// Checks that a request inside a tunnel is for the tunnel's host and for no other.
///
/// Security invariant: all names in it are the one that was allowed, so that no server behind a shared front can be
/// chosen by a header.
pub(super) fn check<B>(request: &Request<B>, target: &Target) -> Result<(), Failure> {
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return Err(Failure::Method);
    }
    let is_it = |text: &str| Target::parse(text, Some(443)).as_ref() == Ok(target);
    let other = || Failure::OtherHost(target.authority());
    let uri = request.uri();
    if let Some(authority) = uri.authority() {
        let is_https = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        if !is_https || !is_it(authority.as_str()) {
            return Err(other());
        }
    }
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if host.to_str().is_ok_and(is_it) => Ok(()),
        (Some(_), None) => Err(other()),
        (None, _) if request.version() == Version::HTTP_2 && uri.authority().is_some() => Ok(()),
        _ => Err(Failure::Unclear),
    }
}

/// The one protocol that a client wants to change to, if it is one of those that are passed on.
pub(super) fn wanted_upgrade<B>(request: &Request<B>) -> Option<HeaderValue> {
    if request.version() != Version::HTTP_11 || !names(request.headers(), &CONNECTION, "upgrade") {
        return None;
    }
    let mut wanted = request.headers().get_all(UPGRADE).iter();
    let (Some(only), None) = (wanted.next(), wanted.next()) else {
        return None;
    };
    let protocol = only.to_str().ok()?;
    UPGRADES
        .iter()
        .any(|known| known.eq_ignore_ascii_case(protocol))
        .then(|| only.clone())
}

/// Whether the client takes trailers, as gRPC does.
pub(super) fn takes_trailers(headers: &HeaderMap) -> bool {
    names(headers, &TE, "trailers")
}

/// Takes away what must not reach the host.
pub(super) fn clean_request(headers: &mut HeaderMap) {
    take_away(headers, &OF_REQUESTS);
}

/// Takes away what must not reach the client.
pub(super) fn clean_answer(headers: &mut HeaderMap) {
    take_away(headers, &OF_ANSWERS);
}

fn take_away(headers: &mut HeaderMap, always: &[HeaderName]) {
    let nominated = headers.get_all(CONNECTION).iter().flat_map(tokens);
    let named = nominated.filter_map(|name| HeaderName::try_from(name).ok());
    let of_proxies = headers
        .keys()
        .filter(|name| name.as_str().starts_with("proxy-"))
        .cloned();
    let found: Vec<HeaderName> = named.chain(of_proxies).collect();
    for name in found.iter().chain(always) {
        headers.remove(name);
    }
}

fn names(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let mut all = headers.get_all(name).iter().flat_map(tokens);
    all.any(|found| found.eq_ignore_ascii_case(token))
}

fn tokens(value: &HeaderValue) -> impl Iterator<Item = &str> {
    let text = value.to_str().unwrap_or_default();
    text.split(',').map(str::trim)
}

#[cfg(test)]
mod tests;
