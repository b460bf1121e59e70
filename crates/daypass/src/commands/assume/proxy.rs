//! The proxy of a session, and where it tells of its requests.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use daypass_core::Timestamp;
use daypass_session::proxy::{Entry, Others};
use daypass_session::{AuthProxy, Variables, place, private, terminal};

use crate::cli::SessionArguments;
use crate::error::Error;
use crate::output;
use crate::settings::Settings;

/// The file of all sessions' requests, below the state folder.
const LOG: &str = "proxy.log";

/// What the person wants. Each request is a line in a file of mode 0600, without query, header or secret; by the
/// setting `authproxy.verbose` in the terminal, too.
pub(super) fn wanted(
    arguments: &SessionArguments,
    inherited: &Variables,
) -> Result<AuthProxy, Error> {
    let folder = place::state(inherited).map_err(Error::Session)?;
    let path = log(inherited)?;
    let file = private::folder(&folder).and_then(|()| private::append(&path));
    let file = Mutex::new(file.map_err(|source| Error::File {
        doing: "write",
        path,
        source,
    })?);
    let is_verbose = Settings::load()?.proxy_is_verbose.unwrap_or(false);
    let log = move |entry: &Entry<'_>| {
        let line = format!("{} {entry}\n", now());
        // A full disk must not hold up requests.
        let _ = file
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write_all(line.as_bytes());
        if is_verbose && terminal::takes_words() {
            output::talk(&format!("\r{entry}\r"));
        }
    };
    Ok(AuthProxy {
        others: if arguments.proxy_others {
            Others::Tunnelled
        } else {
            Others::Refused
        },
        log: Some(Arc::new(log)),
    })
}

/// Where requests are told.
pub(super) fn log(inherited: &Variables) -> Result<PathBuf, Error> {
    let folder = place::state(inherited).map_err(Error::Session)?;
    Ok(folder.join(LOG))
}

#[expect(clippy::disallowed_methods, reason = "the time of a line in a log")]
fn now() -> Timestamp {
    Timestamp::now()
        .round(jiff::Unit::Millisecond)
        .unwrap_or_default()
}
