//! Sign-in with the identity provider.

use axum::extract::{FromRequestParts, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use daypass_core::audit::Channel;
use daypass_core::email::Email;
use daypass_core::person::Person;
use daypass_engine::SignedInPerson;
use daypass_engine::ports::{AccessToken, SessionKind};
use daypass_oidc::{BeginOptions, Callback, Error, LentToken, RelyingParty, SignedIn};
use http::header::SET_COOKIE;
use http::request::Parts;

use super::login_store::{LoginUnderWay, TerminalLogin};
use super::powers::POWER_SCOPE;
use super::{PageCaller, Place, cookie_names, terminal};
use crate::app::App;
use crate::failure::Failure;
use crate::params::Params;
use crate::peer::client_address;

/// How long a browser keeps the cookie of a sign-in under way, in seconds.
const LOGIN_COOKIE_SECONDS: i64 = 600;

/// What a sign-in needs of its request, with the peer's limit already counted.
pub(crate) struct LoginRequest {
    parts: Parts,
}

impl FromRequestParts<App> for LoginRequest {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        app.login_rate.take(
            client_address(parts, &app.trusted_proxies),
            app.engine.now(),
        )?;
        Ok(Self {
            parts: parts.clone(),
        })
    }
}

/// `GET /login`: sends the browser to the identity provider. `as` names a person of the sandbox; with `power=1` whoever
/// is signed in signs in again and lends their own rights at Google, to decide on the `grant`.
pub(crate) async fn begin(
    State(app): State<App>,
    request: LoginRequest,
) -> Result<Response, Failure> {
    let params = Params::parse(request.parts.uri.query(), &["as", "power", "grant"])?;
    if params.one("power")?.is_some() {
        return lend(&app, request, params.one("grant")?).await;
    }
    let place = Place::of_cookie(cookie_names::read(
        &request.parts.headers,
        &app.cookies.place,
    ));
    redirect_to_provider(&app, place, params.one("as")?).await
}

/// Begins a sign-in that leads to `place`.
pub(super) async fn redirect_to_provider(
    app: &App,
    place: Place,
    person: Option<&str>,
) -> Result<Response, Failure> {
    if person.is_some() && app.sandbox.is_none() {
        return Err(Failure::invalid("signing in as somebody is for sandboxes")
            .hint("sign in as yourself, without 'as'"));
    }
    let login = relying_party(app)?;
    let options = BeginOptions {
        login_hint: person.map(str::to_owned),
        prompt_none: person.is_some(),
        ..BeginOptions::default()
    };
    begin_at_provider(app, login, options, place).await
}

/// The person signs in once more, for the scope that an ordinary sign-in never asks for. Only a browser that is signed
/// in does: there is always somebody to go on as.
async fn lend(app: &App, request: LoginRequest, grant: Option<&str>) -> Result<Response, Failure> {
    let mut parts = request.parts;
    let signed_in = match PageCaller::from_request_parts(&mut parts, app).await {
        Ok(signed_in) => signed_in,
        Err(response) => return Ok(response),
    };
    let place = grant.map_or(Ok(Place::Home), |id| {
        id.parse()
            .map(Place::Grant)
            .map_err(|_| Failure::invalid("the address does not name a grant"))
    })?;
    let options = BeginOptions {
        login_hint: Some(signed_in.caller.person().email.to_string()),
        lend: Some(POWER_SCOPE.to_owned()),
        // Nobody's password is asked in a sandbox; Google asks what it needs to ask.
        prompt_none: app.sandbox.is_some(),
    };
    begin_at_provider(app, relying_party(app)?, options, place).await
}

async fn begin_at_provider(
    app: &App,
    login: &RelyingParty,
    options: BeginOptions,
    place: Place,
) -> Result<Response, Failure> {
    let lends = options.lend.is_some();
    let start = login
        .begin(options)
        .await
        .map_err(|error| refused(&error))?;
    let id = app.random_text::<32>();
    app.login_store.put(
        id.clone(),
        LoginUnderWay {
            pending: start.pending,
            place,
            lends,
        },
        app.engine.now(),
    );
    let mut response = Redirect::to(start.url.as_str()).into_response();
    response.headers_mut().append(
        SET_COOKIE,
        cookie_names::write(&app.cookies.login, &id, LOGIN_COOKIE_SECONDS),
    );
    response
        .headers_mut()
        .append(SET_COOKIE, cookie_names::remove(&app.cookies.place));
    Ok(response)
}

/// `GET /login/callback`: the identity provider sends the browser back here.
pub(crate) async fn callback(State(app): State<App>, parts: Parts) -> Result<Response, Failure> {
    let Query(callback) = Query::<Callback>::try_from_uri(&parts.uri)
        .map_err(|_| Failure::invalid("the provider's answer cannot be read"))?;
    let under_way = cookie_names::read(&parts.headers, &app.cookies.login)
        .and_then(|id| app.login_store.take(id));
    let LoginUnderWay {
        pending,
        place,
        lends,
    } = under_way.ok_or_else(|| {
        Failure::invalid("no sign-in is under way in this browser")
            .hint("begin the sign-in again, in one tab, and allow cookies for this site")
    })?;
    let login = relying_party(&app)?;
    let (signed_in, lent) = if lends {
        let outcome = login.finish_lending(pending, callback, POWER_SCOPE).await;
        outcome.map(|(signed_in, token)| (signed_in, Some(token)))
    } else {
        let outcome = login.finish(pending, callback).await;
        outcome.map(|signed_in| (signed_in, None))
    }
    .map_err(|error| refused(&error))?;
    let who = person(signed_in)?;
    app.metrics.signed_in();
    let mut response = match place {
        Place::Terminal(TerminalLogin {
            port,
            challenge,
            is_confirmed: true,
        }) => terminal::hand_over(&app, who, port, challenge),
        place => open_browser_session(&app, &who, &place, &parts, lent).await?,
    };
    response
        .headers_mut()
        .append(SET_COOKIE, cookie_names::remove(&app.cookies.login));
    Ok(response)
}

/// A new session with a new token; the one that the browser had, if any, ends.
async fn open_browser_session(
    app: &App,
    who: &SignedInPerson,
    place: &Place,
    parts: &Parts,
    lent: Option<LentToken>,
) -> Result<Response, Failure> {
    if let Some(before) = cookie_names::read(&parts.headers, &app.cookies.session) {
        // Not given back at the provider: there it could end the token that was just lent, too.
        drop(app.powers.take(before, app.engine.now()));
        app.engine.close_session(before, Channel::Web).await?;
    }
    let (token, session) = app.engine.open_session(who, SessionKind::Browser).await?;
    if let Some(LentToken { secret, expires_at }) = lent {
        let power = AccessToken::new(secret, expires_at);
        app.powers.put(token.expose(), power, app.engine.now());
    }
    let seconds = session.expires_at.as_second() - app.engine.now().as_second();
    let mut response = Redirect::to(&place.path()).into_response();
    response.headers_mut().append(
        SET_COOKIE,
        cookie_names::write(&app.cookies.session, token.expose(), seconds),
    );
    Ok(response)
}

fn relying_party(app: &App) -> Result<&RelyingParty, Failure> {
    app.login.as_ref().ok_or_else(|| {
        Failure::not_found("signing in with a browser is not set up here")
            .hint("the operator sets login: in the server's configuration")
    })
}

fn person(signed_in: SignedIn) -> Result<SignedInPerson, Failure> {
    let email = Email::parse(&signed_in.email)?;
    let name = signed_in.name.map_or_else(
        || email.to_string(),
        |name| daypass_core::justification::printable(&name, 80),
    );
    Ok(SignedInPerson {
        person: Person {
            issuer: signed_in.issuer,
            subject: signed_in.subject,
            email,
        },
        name,
    })
}

fn refused(error: &Error) -> Failure {
    let detail = error.to_string();
    let failure = match error {
        Error::NoHostedDomain
        | Error::DomainNotAllowed { .. }
        | Error::EmailNotVerified
        | Error::ScopeNotGranted
        | Error::EmailMalformed => Failure::not_admitted(detail),
        error if error.is_unavailable() => Failure::unavailable(detail),
        error if error.is_misconfiguration() => Failure::bug(detail),
        _ => Failure::invalid(detail),
    };
    failure.hint(error.hint()).caused_by(error)
}
