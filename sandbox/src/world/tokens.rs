//! Access tokens and subject tokens: opaque secrets that stand for a principal.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};

/// How access tokens begin at Google [U]; secret scanners know the prefix.
const ACCESS_TOKEN_PREFIX: &str = "ya29.";

#[derive(Clone, Debug)]
pub(crate) struct AccessToken {
    /// The member it stands for, such as `user:alice@example.com`.
    pub(crate) member: String,
    pub(crate) expires_at: Timestamp,
    pub(crate) scopes: Vec<String>,
}

/// The scopes of a sign-in, which open no API of the cloud.
const SIGN_IN_SCOPES: [&str; 5] = [
    "openid",
    "email",
    "profile",
    "https://www.googleapis.com/auth/userinfo.email",
    "https://www.googleapis.com/auth/userinfo.profile",
];

impl AccessToken {
    /// Whether it says who somebody is, and lets nobody act for them. A token without scopes is none of a sign-in.
    pub(crate) fn only_signs_in(&self) -> bool {
        let of_sign_in = |scope: &String| SIGN_IN_SCOPES.contains(&scope.as_str());
        !self.scopes.is_empty() && self.scopes.iter().all(of_sign_in)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Tokens {
    access: HashMap<String, AccessToken>,
    /// What a person's credential file holds; exchanged for access tokens at the token endpoint.
    subjects: HashMap<String, String>,
}

/// Why a bearer token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenProblem {
    Unknown,
    Expired,
}

impl Tokens {
    /// Mints an access token; the caller has checked that the member exists.
    pub(crate) fn mint(
        &mut self,
        member: &str,
        now: Timestamp,
        lifetime: SignedDuration,
        scopes: Vec<String>,
    ) -> (String, Timestamp) {
        let expires_at = now.saturating_add(lifetime).unwrap_or(Timestamp::MAX);
        let token = format!("{ACCESS_TOKEN_PREFIX}{}", random_secret());
        self.access.insert(
            token.clone(),
            AccessToken {
                member: member.to_owned(),
                expires_at,
                scopes,
            },
        );
        (token, expires_at)
    }

    pub(crate) fn find(&self, token: &str, now: Timestamp) -> Result<&AccessToken, TokenProblem> {
        let found = self.access.get(token).ok_or(TokenProblem::Unknown)?;
        if now < found.expires_at {
            Ok(found)
        } else {
            Err(TokenProblem::Expired)
        }
    }

    /// Forgets the token: OAuth revocation.
    pub(crate) fn revoke(&mut self, token: &str) -> bool {
        self.access.remove(token).is_some()
    }

    /// Every token of a principal dies with it.
    pub(crate) fn revoke_all(&mut self, member: &str) {
        self.access.retain(|_, token| token.member != member);
        self.subjects.retain(|_, subject| subject != member);
    }

    /// The one subject token of a member, made when first asked for.
    pub(crate) fn subject_for(&mut self, member: &str) -> String {
        if let Some((secret, _)) = self.subjects.iter().find(|(_, subject)| *subject == member) {
            return secret.clone();
        }
        let secret = format!("sandbox-subject-{}", random_secret());
        self.subjects.insert(secret.clone(), member.to_owned());
        secret
    }

    pub(crate) fn subject(&self, secret: &str) -> Option<&str> {
        self.subjects.get(secret).map(String::as_str)
    }
}

/// 256 random bits in URL-safe base64.
pub(crate) fn random_secret() -> String {
    URL_SAFE_NO_PAD.encode(crate::random::random::<[u8; 32]>())
}
