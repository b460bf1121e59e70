//! Requests of a web page in the user's browser, which is a process of the user's like any other.
//!
//! A page cannot read from another origin, but its own name may begin to lead to this machine after it was loaded
//! (DNS rebinding). It may then set every header but those that the browser sets itself, and these give it away.

use std::net::SocketAddr;

use http::Request;
use http::header::{HOST, ORIGIN};

/// The names by which Google's clients know a metadata server, and its address on Google's machines.
const NAMES: [&str; 3] = ["metadata", "metadata.google.internal", "169.254.169.254"];

/// Headers that only browsers send (Fetch Metadata Request Headers, W3C).
const OF_BROWSERS: &str = "sec-fetch-";

/// Whether no web page can have sent this request. Security invariant: it names a host that no page can have, and
/// nothing in it is of a browser's.
pub(super) fn cannot_have_sent<B>(request: &Request<B>, server: SocketAddr) -> bool {
    let headers = request.headers();
    let mut hosts = headers.get_all(HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let of_line = request.uri().authority().map(http::uri::Authority::as_str);
    let of_browser =
        |name: &http::HeaderName| *name == ORIGIN || name.as_str().starts_with(OF_BROWSERS);
    host.to_str().is_ok_and(|host| is_of_server(host, server))
        && of_line.is_none_or(|host| is_of_server(host, server))
        && !headers.keys().any(of_browser)
}

/// Whether a host, with or without a port, is ours or one of the known names.
fn is_of_server(host: &str, server: SocketAddr) -> bool {
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    let is_known = NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
    is_port && (is_known || name == server.ip().to_string())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn is_let_in(uri: &str, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        cannot_have_sent(
            &request.body(()).unwrap(),
            "127.0.0.1:40000".parse().unwrap(),
        )
    }

    #[test]
    fn only_the_hosts_of_a_metadata_server_are_served() {
        for host in [
            "127.0.0.1:40000",
            "127.0.0.1",
            "metadata",
            "Metadata.Google.Internal",
            "metadata.google.internal:80",
            "169.254.169.254",
        ] {
            assert!(is_let_in("/", &[("host", host)]), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:40000",
            "metadata.evil.example",
            "metadata.google.internal.evil.example",
            "127.0.0.1.evil.example:40000",
            "127.0.0.1:40000:80@evil.example",
            "evil@127.0.0.1",
            "localhost:40000",
            "",
        ] {
            assert!(!is_let_in("/", &[("host", host)]), "{host}");
        }
        assert!(!is_let_in("/", &[]));
        assert!(!is_let_in(
            "/",
            &[("host", "metadata"), ("host", "metadata")]
        ));
        let own = [("host", "127.0.0.1:40000")];
        assert!(is_let_in("http://metadata.google.internal/", &own));
        assert!(!is_let_in("http://evil.example/", &own));
    }

    #[test]
    fn what_a_browser_says_is_refused() {
        let own = ("host", "127.0.0.1:40000");
        for given_away in [
            ("origin", "http://evil.example"),
            ("origin", "null"),
            ("sec-fetch-site", "same-origin"),
            ("Sec-Fetch-Mode", "cors"),
        ] {
            assert!(!is_let_in("/", &[own, given_away]), "{given_away:?}");
        }
        assert!(is_let_in(
            "/",
            &[own, ("accept", "*/*"), ("user-agent", "x")]
        ));
    }
}
