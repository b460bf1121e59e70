//! Requests that other sites make in somebody's name.

use http::HeaderMap;
use url::Url;

use crate::failure::Failure;

/// A cookie travels with requests that any page makes; so one that changes something must say that it comes from a
/// page of ours: by `Sec-Fetch-Site`, or in older browsers by `Origin`. Neither header: refused. Another port of the
/// same host is another origin, though the same site.
pub(crate) fn require(headers: &HeaderMap, public_url: &Url) -> Result<(), Failure> {
    let text = |name: &str| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("(unreadable)"))
    };
    match (text("sec-fetch-site"), text("origin")) {
        (Some("same-origin"), _) => Ok(()),
        (Some(site), _) => Err(Failure::forged(format!(
            "the browser says that it comes from elsewhere ({})",
            short(site)
        ))),
        (None, Some(origin)) if origin == public_url.origin().ascii_serialization() => Ok(()),
        (None, Some(origin)) => Err(Failure::forged(format!("it comes from {}", short(origin)))),
        (None, None) => Err(Failure::forged("it does not say where it comes from")),
    }
}

fn short(text: &str) -> String {
    daypass_core::justification::printable(text, 80)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn only_our_own_pages() {
        let public_url = Url::parse("http://127.0.0.1:8080/").unwrap();
        for (site, origin, fits) in [
            (Some("same-origin"), None, true),
            (Some("same-origin"), Some("http://127.0.0.1:8080"), true),
            (Some("same-site"), Some("http://127.0.0.1:8080"), false),
            (Some("cross-site"), None, false),
            (Some("none"), None, false),
            (None, Some("http://127.0.0.1:8080"), true),
            (None, Some("http://127.0.0.1:8081"), false),
            (None, Some("http://localhost:8080"), false),
            (None, Some("https://127.0.0.1:8080"), false),
            (None, Some("null"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            if let Some(origin) = origin {
                headers.insert("origin", origin.parse().unwrap());
            }
            assert_eq!(
                require(&headers, &public_url).is_ok(),
                fits,
                "{site:?} {origin:?}"
            );
        }
    }
}
