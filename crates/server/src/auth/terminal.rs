//! Sign-in of a terminal: the browser signs in here, and a code goes to the terminal, which trades it for a session.

use axum::extract::{FromRequestParts as _, State};
use axum::response::{IntoResponse, Redirect, Response};
use daypass_engine::SignedInPerson;
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use http::request::Parts;

use super::login::{LoginRequest, redirect_to_provider};
use super::login_store::TerminalLogin;
use super::{CodeChallenge, PageCaller, Place, SignedForm};
use crate::app::App;
use crate::failure::Failure;
use crate::headers;
use crate::pages::{CodePage, TerminalPage};
use crate::params::Params;

/// Ports below belong to the system's services, not to a person's terminal.
const FIRST_USER_PORT: u16 = 1024;

/// `GET /login/terminal?challenge=…[&port=…][&as=…]`: signs the browser in if need be, then asks for a word.
pub(crate) async fn terminal(
    State(app): State<App>,
    mut parts: Parts,
) -> Result<Response, Failure> {
    let params = Params::parse(parts.uri.query(), &["challenge", "port", "as"])?;
    let challenge = CodeChallenge::parse(params.one("challenge")?.unwrap_or_default())?;
    let port = params.one("port")?.map(parse_port).transpose()?;
    let person = params.one("as")?;
    let login = TerminalLogin {
        port,
        challenge,
        is_confirmed: person.is_some(),
    };
    if person.is_none()
        && let Ok(signed_in) = PageCaller::from_request_parts(&mut parts, &app).await
    {
        let mut response = TerminalPage::new(&app, &signed_in, &login).into_response();
        if let Some(port) = port
            && let Ok(policy) = HeaderValue::from_str(&headers::page_policy_with_loopback(port))
        {
            response
                .headers_mut()
                .insert(CONTENT_SECURITY_POLICY, policy);
        }
        return Ok(response);
    }
    LoginRequest::from_request_parts(&mut parts, &app).await?;
    redirect_to_provider(&app, Place::Terminal(login), person).await
}

/// `POST /login/terminal`: the person said yes.
pub(crate) async fn confirm(State(app): State<App>, form: SignedForm) -> Result<Response, Failure> {
    let challenge = CodeChallenge::parse(form.text("challenge").unwrap_or_default())?;
    let port = form.text("port").map(parse_port).transpose()?;
    let who = SignedInPerson {
        person: form.caller.person().clone(),
        name: form.caller.name.clone(),
    };
    Ok(hand_over(&app, who, port, challenge))
}

/// Makes a code and hands it to the terminal, or shows it.
pub(super) fn hand_over(
    app: &App,
    who: SignedInPerson,
    port: Option<u16>,
    challenge: CodeChallenge,
) -> Response {
    let code = app.random_text::<24>();
    app.terminal_codes
        .put(&code, who, challenge, app.engine.now());
    match port {
        Some(port) => {
            Redirect::to(&format!("http://127.0.0.1:{port}/callback?code={code}")).into_response()
        }
        None => CodePage::new(app, code).into_response(),
    }
}

fn parse_port(text: &str) -> Result<u16, Failure> {
    text.parse()
        .ok()
        .filter(|port| *port >= FIRST_USER_PORT)
        .ok_or_else(|| Failure::invalid("the port is not one that a terminal listens on"))
}
