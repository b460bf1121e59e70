//! Who the caller is.

use axum::Json;
use axum::extract::State;
use daypass_api::{Identity, Problem};
use daypass_engine::ports::Freshness;

use crate::app::App;
use crate::auth::Caller;
use crate::failure::Failure;

/// Who the caller is, and in which groups.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "sessions", operation_id = "getMe",
    responses((status = 200, body = Identity), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn me(State(app): State<App>, caller: Caller) -> Result<Json<Identity>, Failure> {
    let groups = app
        .engine
        .groups_of(caller.person(), Freshness::Cached)
        .await?;
    Ok(Json(Identity {
        email: caller.person().email.to_string(),
        name: caller.name.clone(),
        issuer: caller.person().issuer.clone(),
        groups: groups.iter().map(ToString::to_string).collect(),
        expires_at: caller
            .session
            .as_ref()
            .map(|session| session.expires_at.to_string()),
        sandbox: app.sandbox.is_some(),
    }))
}
