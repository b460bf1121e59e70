//! `daypass login`: the server's own sign-in, begun and ended here.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use daypass_api::{Login, Session};
use url::Url;

use super::Context;
use super::context::block_on;
use crate::cli::LoginArguments;
use crate::client::{Client, Loopback, SavedSession, SessionFile, Verifier, sign_in_as};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{self, visible};

/// How long a browser may take; the server forgets the sign-in after about as long.
const BROWSER_PATIENCE: Duration = Duration::from_mins(10);

pub(super) fn run(context: &Context, arguments: &LoginArguments) -> Result<Exit, Error> {
    let server = context.server()?;
    server.may_carry_a_session()?;
    // Where the session is to be kept must be known before the person takes the trouble.
    let file = SessionFile::of_user()?;
    file.current()?;
    let client = Client::new(server.clone(), None)?;
    let verifier = Verifier::random();
    let start = |more: &[(&str, &str)]| {
        let mut url = server.join(&["login", "terminal"]);
        url.query_pairs_mut()
            .append_pair("challenge", &verifier.challenge())
            .extend_pairs(more);
        url
    };
    let session = block_on(async {
        client.ready().await?;
        let code = match &arguments.person {
            Some(person) => {
                let loopback = Loopback::bind().await?;
                sign_in_as(
                    person,
                    start(&[("port", &loopback.port().to_string()), ("as", person)]),
                    &loopback,
                )
                .await?
            }
            None if arguments.no_browser => typed_code(context, &start(&[]))?,
            None => {
                let loopback = Loopback::bind().await?;
                let url = start(&[("port", &loopback.port().to_string())]);
                browser_code(context, &url, loopback).await?
            }
        };
        client
            .open_session(&Login {
                code,
                verifier: verifier.reveal().to_owned(),
            })
            .await
    })?;
    let Session {
        token,
        expires_at,
        email,
    } = session;
    let until = output::time::relative_and_absolute(&expires_at, client.now());
    let shown = visible(&email);
    file.save(
        &server,
        SavedSession {
            token: token.into(),
            email,
            expires_at,
        },
    )?;
    output::talk(&format!(
        "You are signed in to {server} as {shown}; the session ends {until}."
    ));
    Ok(Exit::Done)
}

/// Sends the person to the browser and waits for it to come back.
async fn browser_code(context: &Context, url: &Url, loopback: Loopback) -> Result<String, Error> {
    if context.never_asks() {
        return Err(Error::BrowserNeeded(url.to_string()));
    }
    let opened = open_browser(url);
    output::talk(if opened {
        "Your browser opens; if it does not, open this there:"
    } else {
        "Open this in a browser on this machine:"
    });
    output::talk(&format!("  {url}"));
    match tokio::time::timeout(BROWSER_PATIENCE, loopback.code()).await {
        Ok(Some(code)) => Ok(code),
        Ok(None) | Err(_) => Err(Error::BrowserNeeded(url.to_string())),
    }
}

/// Shows the address and takes the code that the person brings from there.
fn typed_code(context: &Context, url: &Url) -> Result<String, Error> {
    if context.never_asks() {
        return Err(Error::BrowserNeeded(url.to_string()));
    }
    output::talk(&format!(
        "Open this in any browser, sign in, and paste the code that it shows:\n  {url}"
    ));
    let code = if context.can_ask() {
        let prompt = dialoguer::Input::<String>::new().with_prompt("Code");
        prompt
            .interact_text()
            .map_err(super::context::terminal_error)?
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line)?;
        line
    };
    match code.trim() {
        "" => Err(Error::BrowserNeeded(url.to_string())),
        code => Ok(code.to_owned()),
    }
}

/// Opens the browser where there is a desktop; says whether that was tried.
fn open_browser(url: &Url) -> bool {
    if !std::io::stderr().is_terminal() {
        return false;
    }
    let program = match std::env::var_os("BROWSER") {
        Some(program) if !program.is_empty() => program,
        _ if cfg!(target_os = "macos") => "open".into(),
        _ if ["DISPLAY", "WAYLAND_DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some()) =>
        {
            "xdg-open".into()
        }
        _ => return false,
    };
    let child = Command::new(program)
        .arg(url.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    child.is_ok()
}
