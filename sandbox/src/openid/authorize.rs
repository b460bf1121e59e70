//! The sign-in page: choose a person, or be signed in by `login_hint` and `prompt=none`.

use std::fmt::Write as _;

use http::StatusCode;
use url::{Host, Url};

use super::{CLIENT_ID, PendingCode};
use crate::cloud::Cloud;
use crate::http::dispatch::escape;
use crate::http::errors::ApiError;
use crate::http::reply::Reply;
use crate::http::request::Call;
use crate::world::directory::PrincipalKind;
use crate::world::tokens::random_secret;

/// Starts a login. What cannot be sent back to the client is shown as a page.
pub(super) fn authorize(cloud: &Cloud, call: &Call<'_>) -> Result<Reply, ApiError> {
    let value = |name: &str| call.query_value(name).filter(|value| !value.is_empty());
    let (Some(client_id), Some(redirect_uri)) = (value("client_id"), value("redirect_uri")) else {
        return Ok(refusal("client_id and redirect_uri are required."));
    };
    let Ok(mut target) = Url::parse(redirect_uri) else {
        return Ok(refusal("redirect_uri is not an address."));
    };
    // The sandbox serves this machine only; an address elsewhere would hand a code to a stranger.
    if !is_loopback(&target) || target.fragment().is_some() {
        return Ok(refusal(
            "redirect_uri must be on this machine, without a fragment.",
        ));
    }
    let state = value("state").map(str::to_owned);
    let mut back = |pairs: &[(&str, &str)]| {
        let mut query = target.query_pairs_mut();
        query.extend_pairs(pairs);
        if let Some(state) = &state {
            query.append_pair("state", state);
        }
        drop(query);
        Ok(Reply::redirect(target.as_str()))
    };
    if value("response_type") != Some("code") {
        return back(&[("error", "unsupported_response_type")]);
    }
    let scopes: Vec<String> = value("scope")
        .unwrap_or_default()
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    if !scopes.iter().any(|scope| scope == "openid") {
        return back(&[
            ("error", "invalid_scope"),
            ("error_description", "The scope must contain openid."),
        ]);
    }
    let Some(challenge) =
        value("code_challenge").filter(|_| value("code_challenge_method") == Some("S256"))
    else {
        let words = "A code_challenge with code_challenge_method S256 is required.";
        return back(&[("error", "invalid_request"), ("error_description", words)]);
    };
    let silent = value("prompt") == Some("none");
    let chosen = call
        .query_value("sandbox_person")
        .or(value("login_hint").filter(|_| silent));
    let person = chosen.and_then(|email| {
        let world = cloud.world();
        world
            .directory
            .find(email)
            .filter(|found| found.kind == PrincipalKind::User)
            .map(|found| found.email.clone())
    });
    match person {
        Some(email) => {
            let code = random_secret();
            let pending = PendingCode {
                client_id: client_id.to_owned(),
                redirect_uri: redirect_uri.to_owned(),
                email,
                nonce: value("nonce").map(str::to_owned),
                scopes,
                challenge: challenge.to_owned(),
                issued_at: cloud.now(),
            };
            cloud.openid().state().codes.insert(code.clone(), pending);
            back(&[("code", &code)])
        }
        None if silent => back(&[("error", "login_required")]),
        None => Ok(page(cloud, call, client_id)),
    }
}

fn is_loopback(target: &Url) -> bool {
    let local = match target.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    local && matches!(target.scheme(), "http" | "https")
}

fn refusal(words: &str) -> Reply {
    let page = format!(
        "<!DOCTYPE html><title>Error 400</title><h1>This sign-in cannot start</h1><p>{}",
        escape(words)
    );
    Reply::html(page).with_status(StatusCode::BAD_REQUEST)
}

/// The list of people, each a link back here with the choice made.
fn page(cloud: &Cloud, call: &Call<'_>, client_id: &str) -> Reply {
    let world = cloud.world();
    let hint = call.query_value("login_hint").unwrap_or_default();
    let mut people: Vec<_> = world
        .directory
        .iter()
        .filter(|found| found.kind == PrincipalKind::User)
        .collect();
    people.sort_by_key(|person| (person.email != hint, person.email.clone()));
    let groups: Vec<_> = world
        .directory
        .iter()
        .filter(|found| found.kind == PrincipalKind::Group)
        .collect();
    let mut rows = String::new();
    for person in people {
        let mut link = url::form_urlencoded::Serializer::new(String::new());
        link.extend_pairs(
            call.query
                .iter()
                .filter(|(name, _)| name != "sandbox_person" && name != "prompt"),
        );
        link.append_pair("sandbox_person", &person.email);
        let memberships: Vec<&str> = groups
            .iter()
            .filter(|group| world.directory.is_in_group(&person.email, &group.email))
            .filter_map(|group| group.email.split('@').next())
            .collect();
        let name = if person.name.is_empty() {
            &person.email
        } else {
            &person.name
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            rows,
            "<li><a href=\"?{}\"><b>{}</b><span>{}</span><small>{}</small></a></li>",
            escape(&link.finish()),
            escape(name),
            escape(&person.email),
            escape(&memberships.join(", ")),
        );
    }
    let client = if client_id == CLIENT_ID {
        "Daypass"
    } else {
        client_id
    };
    Reply::html(format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Sign in to the sandbox</title>\n<style>{STYLE}</style>\n\
         <main><h1>Choose a person</h1>\n<p>to continue to {}. This is the sandbox: nobody here is real, and no password is asked.</p>\n\
         <ul>\n{rows}</ul></main>\n</html>\n",
        escape(client),
    ))
    .with_header("cache-control", "no-store")
    .with_header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
}

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;margin:0;background:#f4f5f7;color:#1d2330}\
main{max-width:30rem;margin:10vh auto;padding:2rem;background:#fff;border-radius:12px;box-shadow:0 2px 12px #0001}\
h1{font-size:1.4rem;margin:0}ul{list-style:none;padding:0;margin:1.5rem 0 0}\
li a{display:grid;grid-template-columns:1fr auto;padding:.6rem .8rem;border-radius:8px;color:inherit;text-decoration:none}\
li a:hover,li a:focus{background:#e8eefc}li span{grid-column:1;color:#596275}li small{grid-column:2;grid-row:1;color:#596275}\
@media(prefers-color-scheme:dark){body{background:#14171d;color:#e6e9ef}main{background:#1d2129}li a:hover,li a:focus{background:#2a3140}li span,li small{color:#a5adbd}}";
