//! What must hold between the keys of the configuration.

use daypass_core::principal::Principal;
use url::{Host, Url};

use super::{Configuration, ConfigurationError};

/// Refuses what would be dangerous outside a sandbox, and what cannot work at all.
pub(super) fn check(configuration: &Configuration) -> Result<(), ConfigurationError> {
    let wrong = |key: &str, message: String, hint: &str| {
        Err(ConfigurationError::Key {
            key: key.into(),
            message,
            hint: hint.into(),
        })
    };
    if !configuration.store.starts_with("sqlite:") || configuration.store.len() == "sqlite:".len() {
        return wrong(
            "store",
            format!(
                "'{}' is not a store that this version has",
                configuration.store
            ),
            "write sqlite:PATH",
        );
    }
    let public = &configuration.public_url;
    if !matches!(public.scheme(), "http" | "https")
        || public.host().is_none()
        || public.path() != "/"
        || public.query().is_some()
    {
        return wrong(
            "public_url",
            format!("'{public}' is not the root address of a server"),
            "write https://daypass.example.com",
        );
    }
    if public.scheme() == "http" && !is_loopback(public) {
        return wrong(
            "public_url",
            "sessions must not travel over plain http".into(),
            "write https://…, and let a proxy end TLS",
        );
    }
    if configuration.entitlements.is_empty() {
        return wrong(
            "entitlements",
            "there are none".into(),
            "write entitlements: [{path: entitlements/}]",
        );
    }
    for source in &configuration.entitlements {
        match (&source.path, &source.iam_conditions) {
            (Some(_), None) => {}
            (None, Some(conditions)) => conditions.check()?,
            _ => {
                return wrong(
                    "entitlements",
                    "each source is exactly one of path and iam_conditions".into(),
                    "write entitlements: [{path: entitlements/}, {iam_conditions: {scope: organizations/1}}]",
                );
            }
        }
    }
    if configuration.login.is_none() && configuration.machines.is_empty() {
        return wrong(
            "login",
            "nobody could sign in".into(),
            "set login:, or machines: for a server without people",
        );
    }
    if configuration
        .login
        .as_ref()
        .is_some_and(|login| login.allowed_domains.is_empty())
    {
        return wrong(
            "login.allowed_domains",
            "nobody could sign in".into(),
            "list the domains of your organisation",
        );
    }
    // A list in one text, or an address for a domain, would let nobody in without a word.
    let mut domains = configuration
        .login
        .iter()
        .flat_map(|login| &login.allowed_domains);
    if let Some(wrong_one) = domains.find(|domain| !is_domain(domain)) {
        return wrong(
            "login.allowed_domains",
            format!("'{wrong_one}' is not a domain"),
            "write each as in [example.com, example.org]",
        );
    }
    if configuration.sandbox {
        return Ok(());
    }
    let hint = "this is for trials on an emulated cloud only; there, write sandbox: true";
    if !configuration.google.endpoints.is_empty() || configuration.google.sandbox_url.is_some() {
        return wrong("google", "endpoints of Google are overridden".into(), hint);
    }
    let issuers = configuration
        .login
        .iter()
        .map(|login| &login.issuer)
        .chain(configuration.machines.iter().map(|m| &m.issuer));
    for issuer in issuers {
        let is_safe =
            Url::parse(issuer).is_ok_and(|url| url.scheme() == "https" && !is_this_machine(&url));
        if !is_safe {
            return wrong(
                "login.issuer",
                format!("'{issuer}' is not an https address of another machine"),
                hint,
            );
        }
    }
    Ok(())
}

/// As IAM writes a domain's members.
fn is_domain(text: &str) -> bool {
    format!("domain:{text}").parse::<Principal>().is_ok()
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}

/// Whether the address may lead back to this machine, in any of the ways to write that. Wider than [`is_loopback`]: that
/// one permits, this one refuses.
fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => match address.to_ipv4_mapped() {
            Some(address) => address.is_loopback() || address.is_unspecified(),
            None => address.is_loopback() || address.is_unspecified(),
        },
        Some(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            name.rsplit('.')
                .next()
                .is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
        }
        None => true,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn this_machine_by_any_name_is_no_issuer() {
        for (text, expected) in [
            ("https://localhost/", true),
            ("https://localhost./", true),
            ("https://idp.localhost/", true),
            ("https://127.8.8.8/", true),
            ("https://0.0.0.0/", true),
            ("https://[::1]/", true),
            ("https://[::]/", true),
            ("https://[::ffff:127.0.0.1]/", true),
            ("https://accounts.google.com", false),
            ("https://localhost.example.com/", false),
            ("https://192.0.2.1/", false),
        ] {
            assert_eq!(
                is_this_machine(&Url::parse(text).unwrap()),
                expected,
                "{text}"
            );
        }
    }
}
