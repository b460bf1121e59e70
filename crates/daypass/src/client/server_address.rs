//! The address of a server, and whether a session may be sent there.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::error::Error;

/// A server's address in its one canonical form, so that a saved session is found again: scheme, host, port, path
/// without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerAddress(Url);

impl ServerAddress {
    /// Reads an address. Without a scheme it is https, or http for this machine.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let refuse = || Error::ServerAddress(crate::output::visible(text));
        let text = text.trim();
        let url = if text.contains("://") {
            Url::parse(text)
        } else {
            Url::parse(&format!("https://{text}")).and_then(|url| {
                if is_loopback(&url) {
                    Url::parse(&format!("http://{text}"))
                } else {
                    Ok(url)
                }
            })
        };
        let mut url = url.map_err(|_| refuse())?;
        let plain = matches!(url.scheme(), "http" | "https") && url.host().is_some();
        let bare = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain || !bare {
            return Err(refuse());
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The address of a path below; each segment is encoded, so that no text can leave its place.
    pub(crate) fn join(&self, segments: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Whether a session may be sent there: over TLS, or without leaving this machine.
    pub(crate) fn may_carry_a_session(&self) -> Result<(), Error> {
        if self.0.scheme() == "https" || is_loopback(&self.0) {
            Ok(())
        } else {
            Err(Error::PlainHttp(self.to_string()))
        }
    }

    /// Whether the scheme is https.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn one_form_for_one_server() {
        for (text, canonical) in [
            (
                "https://Daypass.example.com/",
                "https://daypass.example.com",
            ),
            ("daypass.example.com", "https://daypass.example.com"),
            (
                "https://example.com:443/daypass/",
                "https://example.com/daypass",
            ),
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("localhost:8080", "http://localhost:8080"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ] {
            assert_eq!(
                ServerAddress::parse(text).unwrap().to_string(),
                canonical,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_server_is_refused() {
        for text in [
            "",
            "ftp://example.com",
            "https://alice@example.com",
            "https://example.com/?a=b",
            "https://example.com/#a",
            "file:///etc/passwd",
            "a b",
        ] {
            assert!(
                matches!(ServerAddress::parse(text), Err(Error::ServerAddress(_))),
                "{text}"
            );
        }
    }

    #[test]
    fn a_session_leaves_this_machine_over_tls_only() {
        for text in [
            "https://daypass.example.com",
            "http://127.0.0.1:1",
            "http://127.9.9.9",
            "http://localhost:1",
            "http://[::1]:1",
        ] {
            assert!(
                ServerAddress::parse(text)
                    .unwrap()
                    .may_carry_a_session()
                    .is_ok(),
                "{text}"
            );
        }
        for text in [
            "http://daypass.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://10.0.0.1",
            "http://0.0.0.0:1",
        ] {
            assert!(
                matches!(
                    ServerAddress::parse(text).unwrap().may_carry_a_session(),
                    Err(Error::PlainHttp(_))
                ),
                "{text}"
            );
        }
    }

    #[test]
    fn a_segment_stays_in_its_place() {
        let server = ServerAddress::parse("https://example.com/daypass").unwrap();
        assert_eq!(
            server
                .join(&["api", "v1", "entitlements", "../x?y"])
                .as_str(),
            "https://example.com/daypass/api/v1/entitlements/..%2Fx%3Fy"
        );
        assert_eq!(
            server
                .join(&["api", "v1", "grants", "01k:approve"])
                .as_str(),
            "https://example.com/daypass/api/v1/grants/01k:approve"
        );
    }
}
