//! Taking a token of a service account: `POST /api/v1/grants/{id}:token`.

use axum::Json;
use axum::response::{IntoResponse, Response};
use daypass_api::{MintToken, Problem, Token};
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::ids::GrantId;
use daypass_engine::TokenWish;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, PRAGMA};
use secrecy::ExposeSecret as _;

use crate::app::App;
use crate::auth::Caller;
use crate::failure::Failure;

/// Mints a token of a service account that the grant lets its beneficiary act as (`via: broker`).
///
/// For the beneficiary, while the grant is ACTIVE. It is recorded before and after. A grant that was extended stands for
/// its extension.
#[utoipa::path(
    post, path = "/api/v1/grants/{id}:token", tag = "tokens", operation_id = "mintToken", request_body = MintToken,
    params(("id" = String, Path, description = "The grant's id")),
    responses(
        (status = 200, body = Token, headers(("Cache-Control" = String, description = "no-store"))),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
        (status = 502, body = Problem, content_type = "application/problem+json", description = "Google refuses to mint it"),
        (status = 503, body = Problem, content_type = "application/problem+json", description = "Not possible at the moment"),
    ),
)]
pub(super) async fn mint(
    app: &App,
    caller: &Caller,
    id: GrantId,
    body: MintToken,
) -> Result<Response, Failure> {
    let account = body.service_account.as_deref();
    let wish = TokenWish {
        service_account: account.map(Email::parse).transpose()?,
        lifetime: body.lifetime.as_deref().map(Duration::parse).transpose()?,
    };
    let handed = app.engine.token(&caller.who, id, &wish).await?;
    let token = Token {
        access_token: handed.token.secret().expose_secret().to_owned(),
        expires_at: handed.token.expires_at().to_string(),
        service_account: handed.service_account.to_string(),
        grant_ends_at: handed.grant_ends_at.to_string(),
        request_reason: handed.reason.to_string(),
    };
    // As RFC 6749, section 5.1, has it for tokens: no cache may keep it, however old.
    let headers = [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    Ok((headers, Json(token)).into_response())
}
