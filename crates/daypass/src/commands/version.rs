//! `daypass version`.

use serde::Serialize;

use super::Context;
use crate::error::Error;
use crate::exit::Exit;

#[derive(Serialize)]
struct Version {
    version: &'static str,
    sandbox: bool,
}

pub(super) fn run(context: &Context) -> Result<Exit, Error> {
    let version = Version {
        version: env!("CARGO_PKG_VERSION"),
        sandbox: cfg!(feature = "sandbox"),
    };
    context
        .output
        .data(&version, || format!("daypass {}", version.version))?;
    Ok(Exit::Done)
}
