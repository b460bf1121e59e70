//! Grants: asking, listing, looking.

use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::response::IntoResponse;
use daypass_api::{BlastRadius, CreateGrant, Explanation, Grant, Grants, Problem};
use daypass_core::decide::Outcome;
use daypass_core::grant::{Origin, Terms};
use daypass_core::ids::GrantId;
use daypass_core::justification::printable;
use daypass_core::state::State as GrantState;
use daypass_engine::{Error, GrantScope, GrantView, GrantsQuery};
use http::header::LOCATION;
use http::{HeaderMap, StatusCode};

use super::{idempotency, read, render};
use crate::app::App;
use crate::auth::Caller;
use crate::body::StrictJson;
use crate::failure::Failure;
use crate::params::Params;

/// Asks for an entitlement, or gives one.
#[utoipa::path(
    post, path = "/api/v1/grants", tag = "grants", operation_id = "createGrant", request_body = CreateGrant,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request have one effect")),
    responses(
        (status = 201, body = Grant, headers(("Location" = String, description = "The grant"))),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    body: StrictJson<CreateGrant>,
) -> Result<impl IntoResponse, Failure> {
    let key = idempotency::key(&headers, caller.person(), "grants", &body.bytes)?;
    let grant = app
        .engine
        .request(&caller.who, read::wish(body.value)?, key)
        .await?;
    let location = app.address(&format!("/api/v1/grants/{}", grant.id));
    Ok((
        StatusCode::CREATED,
        [(LOCATION, location)],
        Json(render::grant(&app, &grant)),
    ))
}

/// Says what a request would come to, and why, without making it.
#[utoipa::path(
    post, path = "/api/v1/grants:explain", tag = "grants", operation_id = "explainGrant", request_body = CreateGrant,
    responses((status = 200, body = Explanation), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn explain(
    State(app): State<App>,
    caller: Caller,
    body: StrictJson<CreateGrant>,
) -> Result<Json<Explanation>, Failure> {
    let decision = app
        .engine
        .explain(caller.person(), &read::wish(body.value)?)
        .await?;
    let blast_radius = match &decision.terms {
        Some(terms) if decision.outcome != Outcome::Denied => reach(&app, &caller, terms).await,
        _ => None,
    };
    Ok(Json(Explanation {
        blast_radius,
        ..render::explanation(&decision, app.engine.now())
    }))
}

/// How far it would reach, for who may know: it tells what the beneficiary may do already, and so is for the beneficiary.
/// Who gives something answers for it alone and is told what it changes, but nothing of the receiver's other grants.
async fn reach(app: &App, caller: &Caller, terms: &Terms) -> Option<BlastRadius> {
    let is_own = terms.beneficiary == caller.person().principal();
    if !is_own && terms.origin != Origin::Given {
        return None;
    }
    let radius = app.engine.blast_radius(terms).await;
    let known = if is_own {
        radius
    } else {
        render::without_other_grants(radius)
    };
    Some(render::blast_radius(&known))
}

/// Lists grants, newest first.
#[utoipa::path(
    get, path = "/api/v1/grants", tag = "grants", operation_id = "listGrants",
    params(
        ("scope" = Option<String>, Query, description = "mine (the default), inbox (those that the caller may decide now), reviews (emergencies that await a review by the caller) or overseen"),
        ("state" = Option<Vec<String>>, Query, description = "Only those in this state; may be repeated"),
        ("entitlement" = Option<String>, Query, description = "Only those of this entitlement"),
        ("cursor" = Option<String>, Query, description = "From the page before"),
        ("limit" = Option<usize>, Query, description = "Entries of a page: 1 to 200, by default 50"),
    ),
    responses((status = 200, body = Grants), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Json<Grants>, Failure> {
    let params = Params::parse(
        query.as_deref(),
        &["scope", "state", "entitlement", "cursor", "limit"],
    )?;
    let (scope, scope_name) = scope(params.one("scope")?)?;
    let states = params
        .all("state")
        .map(state)
        .collect::<Result<Vec<_>, _>>()?;
    let entitlement = params
        .one("entitlement")?
        .map(read::entitlement_id)
        .transpose()?;
    let list = format!(
        "grants {} {scope_name} {states:?} {entitlement:?}",
        caller.person().email
    );
    let before = match params.one("cursor")? {
        Some(cursor) => Some(app.cursor_key.open(&list, cursor)?.parse::<GrantId>()?),
        None => None,
    };
    let query = GrantsQuery {
        scope,
        states,
        entitlement,
        before,
        limit: params.limit()?,
    };
    let (grants, next) = app.engine.grants(caller.person(), &query).await?;
    Ok(Json(Grants {
        grants: grants
            .iter()
            .map(|view| render::grant_view(&app, view))
            .collect(),
        next: next.map(|id| app.cursor_key.seal(&list, &id.to_string())),
    }))
}

/// One grant. Who may not see it learns no more than that there is none.
#[utoipa::path(
    get, path = "/api/v1/grants/{id}", tag = "grants", operation_id = "getGrant",
    params(("id" = String, Path, description = "The grant's id")),
    responses((status = 200, body = Grant), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Grant>, Failure> {
    let view = app.engine.grant(caller.person(), grant_id(&id)?).await?;
    let blast_radius = if is_asked(&view) {
        let radius = app.engine.blast_radius(&view.grant.terms).await;
        Some(render::blast_radius(&radius))
    } else {
        None
    };
    Ok(Json(Grant {
        blast_radius,
        ..render::grant_view(&app, &view)
    }))
}

/// Whether the person's word is asked, and so how far the grant reaches is for them to know.
pub(crate) fn is_asked(view: &GrantView) -> bool {
    view.may_decide || view.may_deny
}

/// A grant's id; what cannot be one is not found.
pub(crate) fn grant_id(text: &str) -> Result<GrantId, Failure> {
    text.parse().map_err(|_| {
        Error::NotFound {
            what: "grant",
            name: printable(text, 40),
        }
        .into()
    })
}

fn scope(text: Option<&str>) -> Result<(GrantScope, &'static str), Failure> {
    match text {
        None | Some("mine") => Ok((GrantScope::Mine, "mine")),
        Some("inbox") => Ok((GrantScope::Inbox, "inbox")),
        Some("reviews") => Ok((GrantScope::Reviews, "reviews")),
        Some("overseen") => Ok((GrantScope::Overseen, "overseen")),
        Some(other) => Err(
            Failure::invalid(format!("'{}' is not a scope", printable(other, 20)))
                .hint("write mine, inbox, reviews or overseen"),
        ),
    }
}

fn state(text: &str) -> Result<GrantState, Failure> {
    GrantState::parse(text).ok_or_else(|| {
        let known: Vec<&str> = GrantState::ALL
            .into_iter()
            .map(GrantState::as_str)
            .collect();
        Failure::invalid(format!("'{}' is not a state", printable(text, 30)))
            .hint(format!("the states are {}", known.join(", ")))
    })
}
