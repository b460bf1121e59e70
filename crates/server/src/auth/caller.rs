//! The person or machine behind a request, as a typed argument: a handler that does not take one lets anybody in, and
//! one that does cannot be reached without.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use daypass_core::audit::Channel;
use daypass_core::email::Email;
use daypass_core::person::Person;
use daypass_engine::ports::{AccessToken, SessionKind};
use http::HeaderMap;
use http::header::{AUTHORIZATION, SET_COOKIE};
use http::request::Parts;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use super::{Place, cookie_names, same_origin};
use crate::app::App;
use crate::failure::Failure;

/// Who calls.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The person and the channel, as the engine wants them.
    pub(crate) who: daypass_engine::Caller,
    /// The name to show.
    pub(crate) name: String,
    /// The session; none for a machine, which proves itself each time.
    pub(crate) session: Option<OpenSession>,
}

/// The session behind a request.
#[derive(Debug, Clone)]
pub(crate) struct OpenSession {
    pub(crate) token: SecretString,
    pub(crate) expires_at: Timestamp,
}

impl OpenSession {
    /// What forms of this session carry: derived from the token, so it needs no store and dies with it.
    pub(crate) fn form_token(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(b"daypass form token\0");
        digest.update(self.token.expose_secret().as_bytes());
        URL_SAFE_NO_PAD.encode(digest.finalize())
    }
}

impl Caller {
    /// The access token that the person lent to this browser's session. Terminals and machines have none.
    pub(crate) fn power(&self, app: &App) -> Option<AccessToken> {
        let session = self.session.as_ref()?;
        (self.who.channel == Channel::Web)
            .then(|| {
                app.powers
                    .of(session.token.expose_secret(), app.engine.now())
            })
            .flatten()
    }

    pub(crate) fn person(&self) -> &Person {
        &self.who.person
    }

    async fn of(parts: &Parts, app: &App) -> Result<Self, Failure> {
        let cookie = cookie_names::read(&parts.headers, &app.cookies.session);
        match (bearer(&parts.headers)?, cookie) {
            (Some(_), Some(_)) => Err(Failure::invalid(
                "the request carries both a session cookie and a bearer token",
            )
            .hint("send one of them")),
            (Some(token), None) if token.contains('.') => Self::of_machine(token, app).await,
            (Some(token), None) => Self::of_session(token, SessionKind::Terminal, app).await,
            (None, Some(token)) => {
                let caller = Self::of_session(token, SessionKind::Browser, app).await?;
                if !parts.method.is_safe() {
                    same_origin::require(&parts.headers, &app.public_url)?;
                }
                Ok(caller)
            }
            (None, None) => Err(Failure::signed_out("nobody is signed in")),
        }
    }

    async fn of_session(token: &str, kind: SessionKind, app: &App) -> Result<Self, Failure> {
        let session = app.engine.session(token).await?;
        // A token works only where it was put: a stolen cookie is no bearer token, and the other way round.
        let session = session
            .filter(|session| session.kind == kind)
            .ok_or_else(|| Failure::signed_out("the session is over"))?;
        let channel = match kind {
            SessionKind::Browser => Channel::Web,
            SessionKind::Terminal => Channel::Cli,
        };
        Ok(Self {
            who: daypass_engine::Caller {
                person: session.person,
                channel,
            },
            name: session.name,
            session: Some(OpenSession {
                token: token.to_owned().into(),
                expires_at: session.expires_at,
            }),
        })
    }

    async fn of_machine(token: &str, app: &App) -> Result<Self, Failure> {
        let machines = app.machines.as_ref().ok_or_else(|| {
            Failure::signed_out("no machine is let in here")
                .hint("list it under machines: in the server's configuration")
        })?;
        let machine = machines
            .verify(token, app.engine.now())
            .await
            .map_err(|error| {
                let failure = if error.is_unavailable() {
                    Failure::unavailable(error.to_string())
                } else {
                    Failure::signed_out(error.to_string())
                };
                failure.hint(error.hint()).caused_by(&error)
            })?;
        let email = Email::parse(&machine.email)?;
        let person = Person {
            issuer: machine.issuer,
            subject: machine.subject,
            email,
        };
        Ok(Self {
            name: person.email.to_string(),
            who: daypass_engine::Caller {
                person,
                channel: Channel::Api,
            },
            session: None,
        })
    }
}

/// The bearer token, if the request carries an `Authorization` header at all.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(Failure::invalid("there are two Authorization headers"));
    }
    let refuse = || Failure::signed_out("the Authorization header is not 'Bearer TOKEN'");
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(refuse)?;
    if scheme.eq_ignore_ascii_case("bearer") && !token.trim().is_empty() {
        Ok(Some(token.trim()))
    } else {
        Err(refuse())
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        Self::of(parts, app).await
    }
}

/// The person who looks at a page, signed in with a browser. Who is not is sent to the sign-in, and brought back.
pub(crate) struct PageCaller {
    pub(crate) caller: Caller,
    /// What forms on the page carry.
    pub(crate) form_token: String,
}

impl FromRequestParts<App> for PageCaller {
    type Rejection = Response;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        match Caller::of(parts, app).await {
            Ok(caller) => match &caller.session {
                Some(session) if caller.who.channel == Channel::Web => Ok(Self {
                    form_token: session.form_token(),
                    caller,
                }),
                _ => Err(Failure::signed_out("pages are for browsers")
                    .hint("use /api/v1")
                    .into_response()),
            },
            Err(failure)
                if failure.status == http::StatusCode::UNAUTHORIZED && parts.method.is_safe() =>
            {
                let mut response = Redirect::to("/login").into_response();
                if let Some(place) = Place::of_path(parts.uri.path()) {
                    response.headers_mut().append(
                        SET_COOKIE,
                        cookie_names::write(&app.cookies.place, &place.to_cookie(), 600),
                    );
                }
                Err(response)
            }
            Err(failure) => Err(failure.into_response()),
        }
    }
}
