//! What must hold between the keys of the configuration.

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
            Url::parse(issuer).is_ok_and(|url| url.scheme() == "https" && !is_loopback(&url));
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

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        None => false,
    }
}
