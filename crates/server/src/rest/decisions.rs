//! What is done to a grant: `POST /api/v1/grants/{id}:approve` and its like.

use std::str::FromStr;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use daypass_api::{Decide, Extend, GiveReview, Grant, Problem};
use daypass_core::duration::Duration;
use daypass_core::entitlement::Hash;
use daypass_core::ids::GrantId;
use daypass_core::justification::printable;
use daypass_engine::Judgement;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use super::grants::grant_id;
use super::{idempotency, render, tokens};
use crate::app::App;
use crate::auth::Caller;
use crate::body;
use crate::failure::Failure;

/// What can be done to a grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    Approve,
    Deny,
    Withdraw,
    Extend,
    Revoke,
    Review,
    Token,
}

impl Verb {
    /// Every verb.
    pub(crate) const ALL: [Self; 7] = [
        Self::Approve,
        Self::Deny,
        Self::Withdraw,
        Self::Extend,
        Self::Revoke,
        Self::Review,
        Self::Token,
    ];

    /// The word in the address.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::Withdraw => "withdraw",
            Self::Extend => "extend",
            Self::Revoke => "revoke",
            Self::Review => "review",
            Self::Token => "token",
        }
    }
}

/// A grant and what is to be done to it: `{id}:{verb}`. The router takes one parameter a segment, so the split is here.
pub(crate) struct Deed {
    id: GrantId,
    verb: Verb,
}

impl FromStr for Deed {
    type Err = Failure;
    fn from_str(text: &str) -> Result<Self, Failure> {
        let (id, verb) = text.rsplit_once(':').unwrap_or((text, ""));
        let verb = Verb::ALL
            .into_iter()
            .find(|known| known.as_str() == verb)
            .ok_or_else(|| {
                let known: Vec<&str> = Verb::ALL.into_iter().map(Verb::as_str).collect();
                Failure::not_found(format!("a grant has no action '{}'", printable(verb, 20)))
                    .hint(format!("write the id, ':' and one of {}", known.join(", ")))
            })?;
        Ok(Self {
            id: grant_id(id)?,
            verb,
        })
    }
}

/// The route of all verbs.
pub(crate) async fn act(
    State(app): State<App>,
    caller: Caller,
    Path(deed): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Failure> {
    let Deed { id, verb } = deed.parse()?;
    let bytes = body::read(body).await?;
    match verb {
        Verb::Approve => approve(&app, &caller, id, parse(&headers, &bytes)?).await,
        Verb::Deny => deny(&app, &caller, id, parse(&headers, &bytes)?).await,
        Verb::Withdraw => withdraw(&app, &caller, id, parse(&headers, &bytes)?).await,
        Verb::Revoke => revoke(&app, &caller, id, parse(&headers, &bytes)?).await,
        Verb::Extend => extend(&app, &caller, id, &headers, &bytes).await,
        Verb::Review => {
            body::require_media_type(&headers, "application/json")?;
            review(&app, &caller, id, body::parse_json(&bytes)?).await
        }
        Verb::Token => tokens::mint(&app, &caller, id, parse(&headers, &bytes)?).await,
    }
}

/// The body, which may be left out as a whole.
fn parse<T: DeserializeOwned + Default>(headers: &HeaderMap, bytes: &[u8]) -> Result<T, Failure> {
    if bytes.is_empty() && !headers.contains_key(CONTENT_TYPE) {
        return Ok(T::default());
    }
    body::require_media_type(headers, "application/json")?;
    if bytes.is_empty() {
        Ok(T::default())
    } else {
        body::parse_json(bytes)
    }
}

/// Says yes to a request.
///
/// `request_hash` is required here: a request may be decided anew between being seen and being approved.
#[utoipa::path(
    post, path = "/api/v1/grants/{id}:approve", tag = "decisions", operation_id = "approveGrant", request_body = Decide,
    params(("id" = String, Path, description = "The grant's id")),
    responses((status = 200, body = Grant), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
async fn approve(
    app: &App,
    caller: &Caller,
    id: GrantId,
    body: Decide,
) -> Result<Response, Failure> {
    let judgement = judgement(body)?;
    if judgement.request.is_none() {
        return Err(Failure::no_request_hash());
    }
    let approved = app.engine.approve(&caller.who, id, judgement).await?;
    Ok(answer(app, &approved))
}

/// Says no to a request, which ends it.
#[utoipa::path(
    post, path = "/api/v1/grants/{id}:deny", tag = "decisions", operation_id = "denyGrant", request_body = Decide,
    params(("id" = String, Path, description = "The grant's id")),
    responses((status = 200, body = Grant), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
async fn deny(app: &App, caller: &Caller, id: GrantId, body: Decide) -> Result<Response, Failure> {
    Ok(answer(
        app,
        &app.engine.deny(&caller.who, id, judgement(body)?).await?,
    ))
}

/// Takes one's own request back before it is active.
#[utoipa::path(
    post, path = "/api/v1/grants/{id}:withdraw", tag = "decisions", operation_id = "withdrawGrant", request_body = Decide,
    params(("id" = String, Path, description = "The grant's id")),
    responses((status = 200, body = Grant), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
async fn withdraw(
    app: &App,
    caller: &Caller,
    id: GrantId,
    _body: Decide,
) -> Result<Response, Failure> {
    Ok(answer(app, &app.engine.withdraw(&caller.who, id).await?))
}

/// Ends a grant before its time.
#[utoipa::path(
    post, path = "/api/v1/grants/{id}:revoke", tag = "decisions", operation_id = "revokeGrant", request_body = Decide,
    params(("id" = String, Path, description = "The grant's id")),
    responses((status = 200, body = Grant), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
async fn revoke(
    app: &App,
    caller: &Caller,
    id: GrantId,
    body: Decide,
) -> Result<Response, Failure> {
    Ok(answer(
        app,
        &app.engine.revoke(&caller.who, id, body.comment).await?,
    ))
}

/// Asks to make an active grant last longer; answers the new grant, which takes its place.
#[utoipa::path(
    post, path = "/api/v1/grants/{id}:extend", tag = "decisions", operation_id = "extendGrant", request_body = Extend,
    params(
        ("id" = String, Path, description = "The grant's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request have one effect"),
    ),
    responses((status = 201, body = Grant), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
async fn extend(
    app: &App,
    caller: &Caller,
    id: GrantId,
    headers: &HeaderMap,
    bytes: &[u8],
) -> Result<Response, Failure> {
    let body: Extend = parse(headers, bytes)?;
    let duration = body.duration.as_deref().map(Duration::parse).transpose()?;
    let key = idempotency::key(
        headers,
        caller.person(),
        &format!("grants/{id}:extend"),
        bytes,
    )?;
    let child = app
        .engine
        .extend(&caller.who, id, duration, body.justification, key)
        .await?;
    Ok((StatusCode::CREATED, Json(render::grant(app, &child))).into_response())
}

/// Gives the review that is owed for an emergency.
#[utoipa::path(
    post, path = "/api/v1/grants/{id}:review", tag = "decisions", operation_id = "reviewGrant", request_body = GiveReview,
    params(("id" = String, Path, description = "The grant's id")),
    responses((status = 200, body = Grant), (status = "4XX", body = Problem, content_type = "application/problem+json")),
)]
async fn review(
    app: &App,
    caller: &Caller,
    id: GrantId,
    body: GiveReview,
) -> Result<Response, Failure> {
    let reviewed = app
        .engine
        .review(&caller.who, id, body.justified, body.comment.as_deref())
        .await?;
    Ok(answer(app, &reviewed))
}

fn judgement(body: Decide) -> Result<Judgement, Failure> {
    let request = body.request_hash.map(|text| {
        Hash::try_from(text).map_err(|_| {
            Failure::invalid("the request hash is not a SHA-256 in hexadecimal")
                .hint("send the grant's request_hash as it is")
        })
    });
    Ok(Judgement {
        comment: body.comment,
        request: request.transpose()?,
        ..Judgement::default()
    })
}

fn answer(app: &App, grant: &daypass_core::grant::Grant) -> Response {
    Json(render::grant(app, grant)).into_response()
}
