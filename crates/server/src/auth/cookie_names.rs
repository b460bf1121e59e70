//! Our cookies: their names, how they are written, and how they are read.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use url::Url;

/// The names of the cookies. Each begins with `__Host-`, so that no other host and no plain http can set them.
pub(crate) struct CookieNames {
    /// Holds a browser's session token.
    pub(crate) session: String,
    /// Binds a sign-in under way to the browser.
    pub(crate) login: String,
    /// Remembers for a moment which page to open after the sign-in.
    pub(crate) place: String,
}

impl CookieNames {
    pub(crate) fn new(configured: Option<String>, public_url: &Url) -> Self {
        let session = configured.unwrap_or_else(|| match public_url.port() {
            Some(port) => format!("__Host-daypass-{port}"),
            None => "__Host-daypass".to_owned(),
        });
        Self {
            login: format!("{session}-login"),
            place: format!("{session}-place"),
            session,
        }
    }
}

/// The cookie's value, if the request has exactly one of that name. Two mean that somebody else set one: neither is
/// believed.
pub(crate) fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(given, _)| *given == name)
        .map(|(_, value)| value);
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// A `Set-Cookie` value. `Lax`, not `Strict`: a click in Slack must find the session.
pub(crate) fn write(name: &str, value: &str, max_age_seconds: i64) -> HeaderValue {
    let text = format!(
        "{name}={value}; Path=/; Max-Age={max_age_seconds}; Secure; HttpOnly; SameSite=Lax"
    );
    // Names come from the configuration and values are base64url or ids; anything else sets no cookie at all.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// A `Set-Cookie` value that removes the cookie.
pub(crate) fn remove(name: &str) -> HeaderValue {
    write(name, "", 0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_cookie_that_is_there_twice_is_not_believed() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; __Host-daypass=x"));
        assert_eq!(read(&headers, "__Host-daypass"), Some("x"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-daypass=y"));
        assert_eq!(read(&headers, "__Host-daypass"), None);
    }

    #[test]
    fn names_differ_by_port() {
        let names = |url: &str| CookieNames::new(None, &Url::parse(url).unwrap()).session;
        assert_eq!(names("http://127.0.0.1:8080"), "__Host-daypass-8080");
        assert_eq!(names("https://daypass.example.com"), "__Host-daypass");
    }
}
