//! Sign-ins between the redirect to the provider and the way back.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use daypass_core::entitlement::EntitlementId;
use daypass_core::ids::GrantId;
use daypass_oidc::PendingLogin;
use jiff::Timestamp;

use super::CodeChallenge;

/// Sign-ins that may be under way at once. Beyond that the oldest gives way.
const MAX_PENDING: usize = 10_000;

/// Where a sign-in leads: always a place of ours, never an address from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    Home,
    Grant(GrantId),
    Entitlement(EntitlementId),
    Terminal(TerminalLogin),
}

/// A terminal that waits for a browser's sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TerminalLogin {
    /// The port on which it listens on 127.0.0.1; none: the person copies the code.
    pub(crate) port: Option<u16>,
    /// What its verifier must fit.
    pub(crate) challenge: CodeChallenge,
    /// Whether the person need not confirm: a sandbox, whose people are nobody's.
    pub(crate) is_confirmed: bool,
}

impl Place {
    /// The place of a page's path.
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        match path.split('/').collect::<Vec<_>>()[..] {
            ["", "grants", id] => id.parse().ok().map(Self::Grant),
            ["", "entitlements", id] => EntitlementId::parse(id).map(Self::Entitlement),
            _ => None,
        }
    }

    /// The path of the place.
    pub(crate) fn path(&self) -> String {
        match self {
            Self::Home => "/".to_owned(),
            Self::Grant(id) => format!("/grants/{id}"),
            Self::Entitlement(id) => format!("/entitlements/{id}"),
            Self::Terminal(terminal) => {
                let port = terminal
                    .port
                    .map(|port| format!("&port={port}"))
                    .unwrap_or_default();
                format!("/login/terminal?challenge={}{port}", terminal.challenge)
            }
        }
    }

    /// What a cookie remembers of the place until the sign-in begins.
    pub(crate) fn to_cookie(&self) -> String {
        self.path().replace('/', ".")
    }

    /// Reads the cookie back; anything but an id of ours leads home.
    pub(crate) fn of_cookie(text: Option<&str>) -> Self {
        text.and_then(|text| Self::of_path(&text.replace('.', "/")))
            .unwrap_or(Self::Home)
    }
}

/// A sign-in under way.
pub(crate) struct LoginUnderWay {
    pub(crate) pending: PendingLogin,
    pub(crate) place: Place,
    /// Whether the person lends their own rights at Google to the session.
    pub(crate) lends: bool,
}

/// The sign-ins under way, by the value of the browser's cookie. In memory: a restart costs a second click.
#[derive(Default)]
pub(crate) struct LoginStore(Mutex<HashMap<String, LoginUnderWay>>);

impl LoginStore {
    /// Remembers a sign-in.
    pub(crate) fn put(&self, id: String, login: LoginUnderWay, now: Timestamp) {
        let mut logins = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        logins.retain(|_, login| now < login.pending.expires_at());
        if logins.len() >= MAX_PENDING {
            let oldest = logins
                .iter()
                .min_by_key(|(_, login)| login.pending.expires_at())
                .map(|(id, _)| id.clone());
            oldest.and_then(|id| logins.remove(&id));
        }
        logins.insert(id, login);
    }

    /// Takes a sign-in out: it is used once.
    pub(crate) fn take(&self, id: &str) -> Option<LoginUnderWay> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_places_of_ours_are_remembered() {
        for (cookie, path) in [
            (".entitlements.prod-storage", "/entitlements/prod-storage"),
            (
                ".grants.01hzzzzzzzzzzzzzzzzzzzzzzw",
                "/grants/01hzzzzzzzzzzzzzzzzzzzzzzw",
            ),
            ("..evil.example.com", "/"),
            ("https:..evil.example.com.grants.x", "/"),
            (".grants.01hzzzzzzzzzzzzzzzzzzzzzzw.x", "/"),
            ("", "/"),
        ] {
            assert_eq!(Place::of_cookie(Some(cookie)).path(), path, "{cookie}");
        }
        assert_eq!(Place::of_cookie(None), Place::Home);
    }
}
