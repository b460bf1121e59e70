//! What may be asked for.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use daypass_api::{Entitlement, Entitlements, Problem};
use daypass_core::entitlement::EntitlementId;

use super::{read, render};
use crate::app::App;
use crate::auth::Caller;
use crate::failure::Failure;
use crate::params::Params;

/// Lists the entitlements that the caller may request, give or approve.
#[utoipa::path(
    get, path = "/api/v1/entitlements", tag = "entitlements", operation_id = "listEntitlements",
    params(
        ("search" = Option<String>, Query, description = "Only those with this text in id, title, description, roles or resources"),
        ("cursor" = Option<String>, Query, description = "From the page before"),
        ("limit" = Option<usize>, Query, description = "Entries of a page: 1 to 200, by default 50"),
    ),
    responses((status = 200, body = Entitlements), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Entitlements>, Failure> {
    let params = Params::parse(query.as_deref(), &["search", "cursor", "limit"])?;
    let search = params.one("search")?;
    let list = format!(
        "entitlements {} {}",
        caller.person().email,
        search.unwrap_or_default()
    );
    let after = match params.one("cursor")? {
        Some(cursor) => EntitlementId::parse(&app.cursor_key.open(&list, cursor)?),
        None => None,
    };
    let (entitlements, next) = app
        .engine
        .entitlements(caller.person(), search, after.as_ref(), params.limit()?)
        .await?;
    Ok(Json(Entitlements {
        entitlements: entitlements.iter().map(render::entitlement).collect(),
        next: next.map(|id| app.cursor_key.seal(&list, id.as_str())),
    }))
}

/// One entitlement.
#[utoipa::path(
    get, path = "/api/v1/entitlements/{id}", tag = "entitlements", operation_id = "getEntitlement",
    params(("id" = String, Path, description = "The entitlement's id")),
    responses((status = 200, body = Entitlement), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Entitlement>, Failure> {
    let view = app
        .engine
        .entitlement(caller.person(), &read::entitlement_id(&id)?)
        .await?;
    Ok(Json(render::entitlement(&view)))
}
