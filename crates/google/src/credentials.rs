//! Whom Daypass acts as: its credentials, or a service account that they may impersonate.

mod impersonation;
mod source;

use std::sync::Arc;

use daypass_engine::ports::{AccessToken, IamError};
use secrecy::SecretString;

pub(crate) use impersonation::Impersonation;
pub(crate) use source::{CredentialsError, Source};

use crate::transport::Transport;

/// The scope that all of Google's APIs accept.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// An access token. The generation names it without showing it.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) secret: SecretString,
    pub(crate) generation: u64,
}

/// One identity that calls are made as.
#[derive(Debug, Clone)]
pub(crate) enum Identity {
    Own(Arc<Source>),
    Broker(Arc<Impersonation>),
    /// Somebody who lent their own token.
    Person(AccessToken),
}

impl Identity {
    pub(crate) async fn token(&self, transport: &Transport) -> Result<Token, IamError> {
        match self {
            Self::Own(source) => source.token().await,
            Self::Broker(impersonation) => impersonation.token(transport).await,
            Self::Person(token) => Ok(Token {
                secret: token.secret().clone(),
                generation: 0,
            }),
        }
    }

    /// Gives up a token that Google refused; the next one is new. One that was given up already is left alone, so
    /// that many calls refused at once fetch one new token.
    pub(crate) async fn discard(&self, generation: u64) {
        match self {
            Self::Own(source) => source.discard(generation).await,
            Self::Broker(impersonation) => impersonation.discard(generation).await,
            Self::Person(_) => {}
        }
    }

    /// Whether another token can be had once Google refuses this one. A person's is the only one there is.
    pub(crate) fn renews(&self) -> bool {
        !matches!(self, Self::Person(_))
    }

    /// The account, where it is known.
    pub(crate) fn account(&self) -> Option<&str> {
        match self {
            Self::Own(source) => source.account(),
            Self::Broker(impersonation) => Some(impersonation.account().as_str()),
            Self::Person(_) => None,
        }
    }
}
