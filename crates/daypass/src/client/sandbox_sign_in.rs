//! Signing in without a browser, at a server that works on a sandbox: its OpenID provider lets anybody be anybody,
//! so this walks the redirects that a browser would. At any other server the walk ends at a page for people.

use std::collections::HashMap;

use reqwest::StatusCode;
use reqwest::header::{COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE};
use url::Url;

use super::{Loopback, loopback};
use crate::error::Error;

/// Server, provider, callback, confirmation: six in practice.
const MOST_STEPS: usize = 15;

/// What to do where nobody can be somebody else.
const ELSEWHERE: &str = "--as works only where the server runs on a sandbox, as in 'daypass demo'; elsewhere: daypass login";

/// Walks from `start` until a redirect to the port of `loopback`; the code in it. The listener only holds the port,
/// so that nobody else can be meant.
pub(crate) async fn sign_in_as(
    person: &str,
    start: Url,
    loopback: &Loopback,
) -> Result<String, Error> {
    let failed = |message: String| Error::SignIn {
        message,
        hint: ELSEWHERE.into(),
    };
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .timeout(std::time::Duration::from_secs(30))
        .build()
        .map_err(|error| failed(format!("cannot start: {error}")))?;
    let mut cookies = Cookies::default();
    let mut url = start;
    for _ in 0..MOST_STEPS {
        if url.host_str() == Some("127.0.0.1") && url.port() == Some(loopback.port()) {
            return loopback::code_in(&url)
                .ok_or_else(|| failed("the sign-in ended without a code".into()));
        }
        let mut request = http.get(url.clone()).header("accept", "text/html");
        if let Some(value) = cookies.header(&url) {
            request = request.header(COOKIE, value);
        }
        let origin = url.origin().ascii_serialization();
        let response = request.send().await.map_err(|error| Error::Unreachable {
            server: origin.clone(),
            why: error.without_url().to_string(),
        })?;
        cookies.keep(
            &url,
            response
                .headers()
                .get_all(SET_COOKIE)
                .iter()
                .filter_map(|value| value.to_str().ok()),
        );
        let status = response.status();
        let next = response
            .headers()
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|text| url.join(text).ok());
        url = match next {
            Some(next) if status.is_redirection() => next,
            _ if status == StatusCode::OK => {
                return Err(failed(format!(
                    "{origin} wants a person to go on, so {} is not signed in",
                    crate::output::visible(person)
                )));
            }
            _ => return Err(refused(&origin, &response, person)),
        };
    }
    Err(failed("the sign-in does not come to an end".into()))
}

/// The walk ended at an error. Each has a next step of its own.
fn refused(origin: &str, response: &reqwest::Response, person: &str) -> Error {
    let hint = match response.status() {
        StatusCode::TOO_MANY_REQUESTS => {
            let wait = response
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| value.to_str().ok())
                .and_then(|text| text.parse::<u32>().ok());
            wait.map_or("try again in a minute".to_owned(), |seconds| {
                format!("try again in {seconds} s")
            })
        }
        // The provider knows nobody of that name, and sends the walk back without a sign-in.
        StatusCode::BAD_REQUEST => {
            "is the address one of the sandbox's people? The server's first page lists them"
                .to_owned()
        }
        _ => ELSEWHERE.to_owned(),
    };
    Error::SignIn {
        message: format!(
            "{origin} answered {} and did not sign {} in",
            response.status().as_u16(),
            crate::output::visible(person)
        ),
        hint,
    }
}

/// The cookies of this walk, kept apart by origin: a browser would share them over all ports of 127.0.0.1.
#[derive(Default)]
struct Cookies(HashMap<(String, String), String>);

impl Cookies {
    fn keep<'a>(&mut self, url: &Url, set: impl Iterator<Item = &'a str>) {
        let origin = url.origin().ascii_serialization();
        for line in set {
            let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('='))
            else {
                continue;
            };
            let key = (origin.clone(), name.trim().to_owned());
            let is_removal =
                value.trim().is_empty() || line.to_ascii_lowercase().contains("max-age=0");
            if is_removal {
                self.0.remove(&key);
            } else {
                self.0.insert(key, value.trim().to_owned());
            }
        }
    }

    fn header(&self, url: &Url) -> Option<String> {
        let origin = url.origin().ascii_serialization();
        let mut pairs: Vec<String> = self
            .0
            .iter()
            .filter(|((of, _), _)| *of == origin)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        pairs.sort();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_cookie_goes_back_only_where_it_came_from() {
        let (one, two): (Url, Url) = (
            "http://127.0.0.1:1/a".parse().unwrap(),
            "http://127.0.0.1:2/".parse().unwrap(),
        );
        let mut cookies = Cookies::default();
        cookies.keep(
            &one,
            ["__Host-a=1; Path=/; Secure; HttpOnly", "b=2=3", "nonsense"].into_iter(),
        );
        assert_eq!(cookies.header(&one).as_deref(), Some("__Host-a=1; b=2=3"));
        assert_eq!(cookies.header(&two), None);
        cookies.keep(&one, ["b=; Max-Age=0", "__Host-a=x; Max-Age=0"].into_iter());
        assert_eq!(cookies.header(&one), None);
    }
}
