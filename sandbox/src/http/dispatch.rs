//! From a received request to its reply: latency, fault, token, handler, record.

use std::time::Duration;

use http::StatusCode;

use super::errors::{ApiError, Unauthenticated};
use super::faults::{FaultKind, milliseconds};
use super::recording::Outcome;
use super::reply::Reply;
use super::request::{Call, Caller, Received};
use super::routes::{Access, Route};
use crate::apis::object_media::route_by_path;
use crate::cloud::Cloud;
use crate::control;
use crate::iam::stored::Inconsistency;
use crate::world::tokens::TokenProblem;

/// How the reply leaves.
pub(crate) enum Delivery {
    Whole(Reply),
    /// The connection breaks after about half of the body.
    BrokenInBody(Reply),
    /// The connection breaks at once.
    Reset,
}

/// Answers one request.
pub(crate) async fn dispatch(cloud: &Cloud, received: Received) -> Delivery {
    let segments = received.segments();
    let is_of_google = received.cluster.is_none();
    if is_of_google && received.is_local && segments.first().is_some_and(|first| first == "sandbox")
    {
        return Delivery::Whole(control::answer(cloud, &received, &segments));
    }
    let fits = |route: &'static Route| {
        let values = route.matches(&received.method, &segments)?;
        Some((route, values))
    };
    let routed = if is_of_google {
        let routed = crate::apis::routes().find_map(fits);
        routed.or_else(|| route_by_path(cloud, &received.method, &segments))
    } else {
        crate::kubernetes::routes().find_map(fits)
    };
    let operation = routed.as_ref().map_or("", |(route, _)| route.operation);
    let fault = cloud
        .faults()
        .take(received.method.as_str(), &segments.join("/"), operation);
    let mut pause = cloud.latency();
    if let Some(FaultKind::Slow { ms }) = fault {
        pause += milliseconds(ms);
    }
    if pause > Duration::ZERO {
        tokio::time::sleep(pause).await;
    }
    let time = cloud.now();
    let caller = authenticate(cloud, &received);
    let service = routed.as_ref().map_or("", |(route, _)| route.service);
    let delivery = match prevented(fault, service) {
        Some(delivery) => delivery,
        None => spoiled(
            fault,
            service,
            handle(cloud, &received, routed.as_ref(), &caller, fault),
        ),
    };
    let status = match &delivery {
        Delivery::Whole(reply) | Delivery::BrokenInBody(reply) => reply.status.as_u16(),
        Delivery::Reset => 0,
    };
    let outcome = Outcome {
        time,
        service,
        operation,
        principal: caller.ok().map(|caller| caller.member),
        status,
        fault: fault.and_then(|fault| serde_json::to_value(fault).ok()),
    };
    cloud.recorder().record(&received, outcome);
    delivery
}

fn authenticate(cloud: &Cloud, received: &Received) -> Result<Caller, Unauthenticated> {
    let token = received.bearer().ok_or(Unauthenticated::Missing)?;
    match cloud.world().tokens.find(token, cloud.now()) {
        Ok(token) => Ok(Caller {
            member: token.member.clone(),
            only_signs_in: token.only_signs_in(),
        }),
        Err(TokenProblem::Unknown) => Err(Unauthenticated::Unknown),
        Err(TokenProblem::Expired) => Err(Unauthenticated::Expired),
    }
}

/// Faults that keep the request from being done.
fn prevented(fault: Option<FaultKind>, service: &str) -> Option<Delivery> {
    let error = match fault? {
        FaultKind::Reset => return Some(Delivery::Reset),
        FaultKind::BadGateway => {
            let words =
                "The server encountered a temporary error and could not complete your request.";
            return Some(Delivery::Whole(Reply::error_page(
                StatusCode::BAD_GATEWAY,
                words,
            )));
        }
        FaultKind::HtmlBody => {
            let page = "<!DOCTYPE html><title>Sign in to the network</title>";
            return Some(Delivery::Whole(Reply::html(page)));
        }
        FaultKind::Conflict => ApiError::conflict(),
        FaultKind::Precondition => ApiError::precondition(),
        FaultKind::Throttled { retry_after } => ApiError::throttled(retry_after),
        FaultKind::Internal => ApiError::internal(),
        FaultKind::Unavailable => ApiError::unavailable(),
        FaultKind::ResetMidBody
        | FaultKind::DoneButTimedOut
        | FaultKind::StaleRead { .. }
        | FaultKind::DelayedEffect { .. }
        | FaultKind::TruncatedBody
        | FaultKind::Slow { .. } => return None,
    };
    Some(Delivery::Whole(error.into_reply(service)))
}

/// Faults that spoil the reply of a request that was done.
fn spoiled(fault: Option<FaultKind>, service: &str, reply: Reply) -> Delivery {
    match fault {
        Some(FaultKind::ResetMidBody) => Delivery::BrokenInBody(reply),
        Some(FaultKind::DoneButTimedOut) => {
            Delivery::Whole(ApiError::deadline().into_reply(service))
        }
        Some(FaultKind::TruncatedBody) => {
            let body = reply.body.slice(..reply.body.len() / 2);
            Delivery::Whole(Reply { body, ..reply })
        }
        _ => Delivery::Whole(reply),
    }
}

fn handle(
    cloud: &Cloud,
    received: &Received,
    routed: Option<&(&'static Route, Vec<String>)>,
    authenticated: &Result<Caller, Unauthenticated>,
    fault: Option<FaultKind>,
) -> Reply {
    let Some((route, values)) = routed else {
        let words = format!(
            "The requested URL <code>{}</code> was not found on this server.",
            escape(&received.path)
        );
        return Reply::error_page(StatusCode::NOT_FOUND, &words);
    };
    let caller = match authenticated {
        Ok(caller) => caller.clone(),
        Err(_) if route.access == Access::Open => Caller {
            member: String::new(),
            only_signs_in: false,
        },
        Err(problem) => {
            return ApiError::unauthenticated(route.service, route.operation, *problem)
                .into_reply(route.service);
        }
    };
    if caller.only_signs_in
        && route.access != Access::Open
        && route.service != crate::openid::SERVICE
    {
        return ApiError::insufficient_scopes(route.service, route.operation)
            .into_reply(route.service);
    }
    let lag = match fault {
        Some(FaultKind::StaleRead { ms }) => Inconsistency {
            stale_read: Some(milliseconds(ms)),
            ..Inconsistency::default()
        },
        Some(FaultKind::DelayedEffect { ms }) => Inconsistency {
            delayed_effect: Some(milliseconds(ms)),
            ..Inconsistency::default()
        },
        _ => Inconsistency::default(),
    };
    let call = Call {
        received,
        service: route.service,
        parameters: values.clone(),
        query: paged(received.query_pairs(), cloud.largest_page()),
        caller,
        lag,
    };
    (route.handler)(cloud, &call).unwrap_or_else(|error| error.into_reply(route.service))
}

/// The query with the size of a page held down to what the control API allows.
fn paged(mut query: Vec<(String, String)>, most: Option<usize>) -> Vec<(String, String)> {
    if let Some(most) = most {
        let asked = query.iter().find(|(name, _)| name == "pageSize");
        let asked = asked.and_then(|(_, size)| size.parse::<usize>().ok());
        let size = asked
            .filter(|size| *size > 0)
            .map_or(most, |size| size.min(most));
        query.retain(|(name, _)| name != "pageSize");
        query.push(("pageSize".to_owned(), size.to_string()));
    }
    query
}

/// Text made safe for an HTML page.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
