//! Sessions of terminals.

use axum::Json;
use axum::extract::State;
use daypass_api::{Login, Problem, Session};
use daypass_engine::ports::SessionKind;
use http::StatusCode;
use secrecy::ExposeSecret as _;

use crate::app::App;
use crate::auth::{Caller, LoginRequest, powers};
use crate::body::StrictJson;
use crate::failure::Failure;

/// Trades the code that the browser brought back for a session. Whoever has code and verifier is the terminal that
/// began the sign-in; no other proof is asked.
#[utoipa::path(
    post, path = "/api/v1/sessions", tag = "sessions", operation_id = "createSession", request_body = Login, security(()),
    responses((status = 201, body = Session), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn open(
    State(app): State<App>,
    _counted: LoginRequest,
    body: StrictJson<Login>,
) -> Result<(StatusCode, Json<Session>), Failure> {
    let who = app
        .terminal_codes
        .redeem(&body.value.code, &body.value.verifier, app.engine.now())
        .ok_or_else(|| {
            Failure::invalid("the code is not known, used or too old")
                .hint("begin again with 'daypass login'")
        })?;
    let (token, session) = app.engine.open_session(&who, SessionKind::Terminal).await?;
    Ok((
        StatusCode::CREATED,
        Json(Session {
            token: token.expose().to_owned(),
            expires_at: session.expires_at.to_string(),
            email: who.person.email.to_string(),
        }),
    ))
}

/// Ends the session that the request is made with.
#[utoipa::path(
    delete, path = "/api/v1/sessions/current", tag = "sessions", operation_id = "deleteCurrentSession",
    responses((status = 204), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn close(State(app): State<App>, caller: Caller) -> Result<StatusCode, Failure> {
    let session = caller.session.as_ref().ok_or_else(|| {
        Failure::invalid("a machine has no session").hint("stop sending the token")
    })?;
    app.engine
        .close_session(session.token.expose_secret(), caller.who.channel)
        .await?;
    powers::give_back(&app, session.token.expose_secret()).await;
    Ok(StatusCode::NO_CONTENT)
}
