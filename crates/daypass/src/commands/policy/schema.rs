//! `daypass policy schema`: the form of entitlement files, for editors.

use super::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::output;

pub(super) fn run(_: &Context) -> Result<Exit, Error> {
    let schema = serde_json::to_string_pretty(&daypass_core::form::json_schema())
        .map_err(std::io::Error::other)?;
    output::print(&schema)?;
    Ok(Exit::Done)
}
