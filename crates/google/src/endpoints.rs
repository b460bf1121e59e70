use std::collections::BTreeMap;
use std::fmt::Write;

use url::Url;

use crate::connect::ConnectError;
use crate::options::Options;

/// Where each service is.
#[derive(Debug)]
pub(crate) struct Endpoints {
    named: BTreeMap<String, Url>,
    others: Others,
}

/// Where services are that have no address of their own.
#[derive(Debug)]
enum Others {
    Google,
    Sandbox(Url),
    /// A sandbox that has no such service: Google itself is not called by accident.
    Nowhere,
}

impl Endpoints {
    /// Checks the addresses: overrides and plain http belong to a sandbox.
    pub(crate) fn from_options(options: &Options) -> Result<Self, ConnectError> {
        if !options.sandbox && (!options.endpoints.is_empty() || options.sandbox_url.is_some()) {
            return Err(ConnectError::OverrideOutsideSandbox);
        }
        let named = options
            .endpoints
            .iter()
            .map(|(key, text)| Ok((key.clone(), base(text)?)))
            .collect::<Result<_, ConnectError>>()?;
        let others = match (&options.sandbox_url, options.sandbox) {
            (Some(text), _) => Others::Sandbox(base(text)?),
            (None, true) => Others::Nowhere,
            (None, false) => Others::Google,
        };
        Ok(Self { named, others })
    }

    /// The address of a path of this service; none if a sandbox has no such service.
    pub(crate) fn url(&self, service: &str, path: &str) -> Option<Url> {
        let base = match (self.named.get(service), &self.others) {
            (Some(url), _) | (None, Others::Sandbox(url)) => {
                url.as_str().trim_end_matches('/').to_owned()
            }
            (None, Others::Google) => format!("https://{service}.googleapis.com"),
            (None, Others::Nowhere) => return None,
        };
        Url::parse(&format!("{base}/{path}")).ok()
    }

    /// The sandbox's own address.
    pub(crate) fn sandbox(&self) -> Option<&Url> {
        match &self.others {
            Others::Sandbox(url) => Some(url),
            Others::Google | Others::Nowhere => None,
        }
    }
}

fn base(text: &str) -> Result<Url, ConnectError> {
    let wrong = || ConnectError::Endpoint(text.to_owned());
    let url = Url::parse(text).map_err(|_| wrong())?;
    let fits = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if fits { Ok(url) } else { Err(wrong()) }
}

/// The path of a call: `{name}` becomes the resource name, `{last}` its last segment, each segment percent-encoded.
pub(crate) fn expand(template: &str, name: &str) -> String {
    let whole = name.split('/').map(encode).collect::<Vec<_>>().join("/");
    let last = name.rsplit('/').next().map(encode).unwrap_or_default();
    template.replace("{name}", &whole).replace("{last}", &last)
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn options(sandbox: bool, endpoint: Option<&str>) -> Options {
        let endpoints = endpoint
            .into_iter()
            .map(|url| ("iam".to_owned(), url.to_owned()))
            .collect();
        Options {
            endpoints,
            sandbox,
            ..Options::default()
        }
    }

    #[test]
    fn google_is_the_default_and_overrides_belong_to_a_sandbox() {
        let google = Endpoints::from_options(&options(false, None)).unwrap();
        assert_eq!(
            google.url("storage", "storage/v1/b/x").unwrap().as_str(),
            "https://storage.googleapis.com/storage/v1/b/x"
        );
        for url in ["http://127.0.0.1:1", "https://iam.googleapis.com"] {
            assert!(matches!(
                Endpoints::from_options(&options(false, Some(url))),
                Err(ConnectError::OverrideOutsideSandbox)
            ));
        }
    }

    #[test]
    fn a_sandbox_never_reaches_google() {
        let sandbox =
            Endpoints::from_options(&options(true, Some("http://127.0.0.1:1/prefix/"))).unwrap();
        assert_eq!(
            sandbox.url("iam", "v1/x").unwrap().as_str(),
            "http://127.0.0.1:1/prefix/v1/x"
        );
        assert_eq!(sandbox.url("storage", "v1/x"), None);
        let whole = Options {
            sandbox_url: Some("http://127.0.0.1:2".into()),
            ..options(true, None)
        };
        assert_eq!(
            Endpoints::from_options(&whole)
                .unwrap()
                .url("storage", "b")
                .unwrap()
                .as_str(),
            "http://127.0.0.1:2/b"
        );
    }

    #[test]
    fn addresses_that_are_none() {
        for url in [
            "",
            "127.0.0.1:1",
            "ftp://x",
            "http://user:pw@127.0.0.1",
            "http://127.0.0.1/?x",
            "http://127.0.0.1/#x",
        ] {
            assert!(
                matches!(
                    Endpoints::from_options(&options(true, Some(url))),
                    Err(ConnectError::Endpoint(_))
                ),
                "{url}"
            );
        }
    }

    #[test]
    fn segments_are_encoded_one_by_one() {
        assert_eq!(
            expand(
                "v1/{name}:getIamPolicy",
                "projects/example.com:p/serviceAccounts/a@p.iam.gserviceaccount.com"
            ),
            "v1/projects/example.com%3Ap/serviceAccounts/a%40p.iam.gserviceaccount.com:getIamPolicy"
        );
        assert_eq!(
            expand("storage/v1/b/{last}/iam", "projects/_/buckets/logs"),
            "storage/v1/b/logs/iam"
        );
        assert_eq!(expand("{last}", "a/b?c#d%e f"), "b%3Fc%23d%25e%20f");
    }
}
