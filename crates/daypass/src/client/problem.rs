//! Reading an error of the server.

use daypass_api::Problem;

use super::Credential;
use crate::error::Error;

/// The error that an answer with this status means. `body` is given if the answer says that it is a problem document.
pub(super) fn error(
    server: String,
    status: u16,
    body: Option<&Vec<u8>>,
    credential: Option<&Credential>,
) -> Error {
    if status == 401 {
        return match credential {
            None => Error::NotSignedIn(server),
            Some(Credential::Session(_)) => Error::SessionOver(server),
            Some(Credential::IdToken(_, file)) => Error::MachineRefused {
                server,
                file: file.clone(),
            },
        };
    }
    match body.and_then(|body| serde_json::from_slice::<Problem>(body).ok()) {
        Some(problem) => Error::Problem(Box::new(problem)),
        None => Error::Foreign { server, status },
    }
}
