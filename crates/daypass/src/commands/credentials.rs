//! `daypass credentials`: what programs need that know neither files nor variables of a session.

use std::path::Path;

use daypass_core::Timestamp;
use daypass_session::{Description, EXEC_API, Variables};
use secrecy::ExposeSecret as _;
use serde_json::json;

use super::Context;
use super::assume::{self, Single, inherited};
use crate::cli::{CredentialsArguments, CredentialsFormat};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(context: &Context, arguments: &CredentialsArguments) -> Result<Exit, Error> {
    let variables = inherited();
    let folder = daypass_session::of_this_session(&variables);
    // Whoever names an account means that one, inside of another's session, too.
    let folder = folder.filter(|_| arguments.token.service_account.is_none());
    let text = match folder {
        Some(folder) => of_session(&folder, &variables, arguments.format)?,
        None => minted(context, arguments)?,
    };
    output::print(&text)?;
    Ok(Exit::Done)
}

fn of_session(
    folder: &Path,
    variables: &Variables,
    format: CredentialsFormat,
) -> Result<String, Error> {
    let session = daypass_session::description(folder).map_err(Error::Session)?;
    let ends_at = session.token_ends_at;
    Ok(match format {
        CredentialsFormat::AccessToken => token(&session)?,
        CredentialsFormat::Json => json(&session.account, &token(&session)?, ends_at),
        CredentialsFormat::Kube => kube(&token(&session)?, ends_at),
        CredentialsFormat::Adc => file(variables, "GOOGLE_APPLICATION_CREDENTIALS")?,
        CredentialsFormat::Env => lines(variables),
    })
}

/// A token of its own, without a session around it.
fn minted(context: &Context, arguments: &CredentialsArguments) -> Result<String, Error> {
    if matches!(
        arguments.format,
        CredentialsFormat::Adc | CredentialsFormat::Env
    ) {
        return Err(outside());
    }
    let Single { account, token } =
        assume::single(context, &arguments.token, "daypass credentials")?;
    let ends_at = token.expires_at();
    let secret = token.secret().expose_secret();
    Ok(match arguments.format {
        CredentialsFormat::Json => json(account.as_str(), secret, ends_at),
        CredentialsFormat::Kube => kube(secret, ends_at),
        _ => secret.to_owned(),
    })
}

fn json(account: &str, token: &str, ends_at: Timestamp) -> String {
    json!({
        "access_token": token,
        "expires_at": ends_at,
        "service_account": account,
    })
    .to_string()
}

/// What a credential plugin of kubectl answers
/// (<https://kubernetes.io/docs/reference/config-api/client-authentication.v1/>).
fn kube(token: &str, ends_at: Timestamp) -> String {
    json!({
        "apiVersion": EXEC_API,
        "kind": "ExecCredential",
        "status": { "token": token, "expirationTimestamp": ends_at },
    })
    .to_string()
}

fn token(session: &Description) -> Result<String, Error> {
    let path = &session.token_file;
    let text = std::fs::read_to_string(path);
    text.map_err(|source| Error::File {
        doing: "read",
        path: path.clone(),
        source,
    })
}

fn file(variables: &Variables, name: &str) -> Result<String, Error> {
    let path = variables.folder(name).ok_or_else(outside)?;
    std::fs::read_to_string(&path).map_err(|source| Error::File {
        doing: "read",
        path,
        source,
    })
}

/// The variables that make another shell of the same user part of the session. They name files and hold no secret.
fn lines(variables: &Variables) -> String {
    const OURS: [&str; 11] = [
        "BOTO_CONFIG",
        "CLOUDSDK_AUTH_ACCESS_TOKEN_FILE",
        "CLOUDSDK_CONFIG",
        "CLOUDSDK_CORE_CHECK_GCE_METADATA",
        "CLOUDSDK_CORE_REQUEST_REASON",
        daypass_session::SESSION,
        daypass_session::ACCOUNT,
        daypass_session::FOLDER,
        "GOOGLE_APPLICATION_CREDENTIALS",
        "KUBECONFIG",
        "KUBE_CONFIG_PATH",
    ];
    let line = |name: &str| {
        let value = variables.text(name)?.replace('\'', "'\\''");
        Some(format!("export {name}='{value}'\n"))
    };
    OURS.into_iter().filter_map(line).collect()
}

fn outside() -> Error {
    Error::Usage {
        message: "this shell is in no session, and files and variables are a session's".into(),
        hint: "open one with 'daypass assume -s EMAIL -R WHY', or ask for a token alone with --format access-token".into(),
    }
}
