//! `daypass credentials`: what programs need that know neither files nor variables of a session.

use daypass_session::{Description, EXEC_API, Variables};
use serde_json::json;

use super::Context;
use super::assume::inherited;
use crate::cli::{CredentialsArguments, CredentialsFormat};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(_context: &Context, arguments: &CredentialsArguments) -> Result<Exit, Error> {
    let variables = inherited();
    let Some(folder) = daypass_session::of_this_session(&variables) else {
        return Err(outside());
    };
    let session = daypass_session::description(&folder).map_err(Error::Session)?;
    let text = match arguments.format {
        CredentialsFormat::AccessToken => token(&session)?,
        CredentialsFormat::Json => json!({
            "access_token": token(&session)?,
            "expires_at": session.token_ends_at,
            "service_account": session.account,
        })
        .to_string(),
        CredentialsFormat::Kube => json!({
            "apiVersion": EXEC_API,
            "kind": "ExecCredential",
            "status": { "token": token(&session)?, "expirationTimestamp": session.token_ends_at },
        })
        .to_string(),
        CredentialsFormat::Adc => file(&variables, "GOOGLE_APPLICATION_CREDENTIALS")?,
        CredentialsFormat::Env => lines(&variables),
    };
    output::print(&text)?;
    Ok(Exit::Done)
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
        message: "this shell is in no session".into(),
        hint: "open one with 'daypass assume -s EMAIL -R WHY', or run one command in it with '-- COMMAND'".into(),
    }
}
