//! What keeps a session from beginning, in the words of whoever refused.

use daypass_engine::ports::IamError;
use daypass_session::{ACCOUNT, SessionError, Way, of_this_session};

use super::inherited;
use crate::commands::own_failure;
use crate::error::Error;
use crate::output::visible;

/// What Google denied to the server's own account (the message of the engine's `IamError::Forbidden`, which the server
/// passes on).
const DENIED_TO_THE_SERVER: &str = "Google denied it to Daypass";

pub(super) fn told(error: SessionError, way: &Way) -> Error {
    let SessionError::Token { account, source } = error else {
        return Error::Session(error);
    };
    match (way, &source) {
        (Way::Broker { server, .. }, IamError::Refused { message }) => Error::Google {
            message: format!("{} mints no token: {message}", visible(server)),
            hint: message.contains(DENIED_TO_THE_SERVER).then(|| {
                "the server's own account lacks a right: tell whoever runs it that 'daypass doctor' there names it"
                    .to_owned()
            }),
            is_denied: false,
        },
        (Way::Direct, IamError::Forbidden { .. }) => {
            let refused = own_failure::failed(&format!("act as {account}"), &source);
            match (refused, account_here()) {
                (Error::Google { message, is_denied, .. }, Some(here)) => Error::Google {
                    message,
                    hint: Some(format!(
                        "you act as {here} in this shell already, and it was {here} that asked; 'exit' first"
                    )),
                    is_denied,
                },
                (refused, _) => refused,
            }
        }
        _ => own_failure::failed(&format!("act as {account}"), &source),
    }
}

/// Whether this shell is that of a session which is not over.
pub(in crate::commands) fn is_inside() -> bool {
    of_this_session(&inherited()).is_some_and(|folder| folder.is_dir())
}

/// Whom one acts as in this shell, if it is a session's.
fn account_here() -> Option<String> {
    if !is_inside() {
        return None;
    }
    let variables = inherited();
    let account = variables.get(ACCOUNT)?.to_string_lossy();
    Some(visible(&account))
}
