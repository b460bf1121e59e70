//! `daypass logout`.

use super::Context;
use super::context::block_on;
use crate::client::{Client, Credential, SessionFile};
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

/// Ends the session at the server, and forgets it here even if the server cannot be told.
pub(super) fn run(context: &Context) -> Result<Exit, Error> {
    let server = context.server()?;
    let file = SessionFile::of_user()?;
    let Some(session) = file.session(&server)? else {
        output::talk(&format!("You were not signed in to {server}."));
        return Ok(Exit::Done);
    };
    let client = Client::new(server.clone(), Some(Credential::Session(session.token)));
    file.forget(&server)?;
    match client.and_then(|client| block_on(client.close_session())) {
        // A session that is over is what was wanted.
        Ok(()) | Err(Error::SessionOver(_)) => {
            output::talk(&format!("You are signed out of {server}."));
            Ok(Exit::Done)
        }
        Err(error) => {
            output::talk(
                "The session is forgotten here, but the server could not be told: it ends there by itself.",
            );
            Err(error)
        }
    }
}
